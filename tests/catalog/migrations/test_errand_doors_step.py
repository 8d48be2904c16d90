"""Step 0008 on a database with data: an errand was for the delivery's door, and may be offered again for another."""

from __future__ import annotations

import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

from catalog.database import open_engine
from catalog.migrations import upgrade
from tests.catalog.migrations.test_errand_days_step import MORE
from tests.catalog.migrations.test_errands_step import ROWS

DATED = MORE.replace("status, offered_at)", "status, day, offered_at)").replace(
    "'accepted',", "'accepted', '2026-11-26',"
)
OTHER_DOOR = (
    "INSERT INTO addresses (id, patron_id, text, org_unit_id, deliverable, note) VALUES (2, 1, '', 1, true, '')"
)
AGAIN = """
INSERT INTO errands (delivery_id, volunteer_id, day, address_id, status, offered_at)
VALUES (1, 1, '2026-11-26', :door, 'offered', '2026-11-24 02:00:00')
"""


def test_the_step_keeps_what_is_there(empty_database: str) -> None:
    engine = open_engine(empty_database)
    upgrade(engine, to="0007")
    with engine.begin() as connection:
        for statement in filter(str.strip, f"{ROWS + DATED};\n{OTHER_DOOR}".split(";\n")):
            connection.execute(text(statement))
        if engine.dialect.name == "postgresql":
            connection.execute(text("SELECT setval(pg_get_serial_sequence('errands', 'id'), 1)"))
    upgrade(engine, to="0008")
    with engine.begin() as connection:
        kept = connection.execute(text("SELECT id, status, day, address_id FROM errands")).one()
        assert (kept.id, kept.status, str(kept.day), kept.address_id) == (1, "accepted", "2026-11-26", 1)
        connection.execute(text(AGAIN), {"door": 2})
    with pytest.raises(IntegrityError), engine.begin() as connection:
        connection.execute(text(AGAIN), {"door": 1})
    engine.dispose()
