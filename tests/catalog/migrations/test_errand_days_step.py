"""Step 0007 on a database with data: an errand was for the promised day, and may be offered again for another."""

from __future__ import annotations

import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

from catalog.database import open_engine
from catalog.migrations import upgrade
from tests.catalog.migrations.test_errands_step import ROWS

MORE = """
INSERT INTO addresses (id, patron_id, text, org_unit_id, deliverable, note) VALUES (1, 1, '', 1, true, '');
INSERT INTO deliveries (id, patron_id, address_id, kind, address_text, org_unit_id, status, requested_at,
                        promised_date, "window", note, loan_ids, code_word)
VALUES (1, 1, 1, 'bring', '', 1, 'requested', '2026-11-23 02:00:00', '2026-11-26', '', '', '[]', '');
INSERT INTO errands (id, delivery_id, volunteer_id, status, offered_at)
VALUES (1, 1, 1, 'accepted', '2026-11-23 02:00:00')
"""
AGAIN = """
INSERT INTO errands (delivery_id, volunteer_id, day, status, offered_at)
VALUES (1, 1, :day, 'offered', '2026-11-24 02:00:00')
"""


def test_the_step_keeps_what_is_there(empty_database: str) -> None:
    engine = open_engine(empty_database)
    upgrade(engine, to="0006")
    with engine.begin() as connection:
        for statement in filter(str.strip, (ROWS + MORE).split(";\n")):
            connection.execute(text(statement))
        if engine.dialect.name == "postgresql":
            connection.execute(text("SELECT setval(pg_get_serial_sequence('errands', 'id'), 1)"))
    upgrade(engine, to="0007")
    with engine.begin() as connection:
        kept = connection.execute(text("SELECT id, status, day FROM errands")).one()
        assert (kept.id, kept.status, str(kept.day)) == (1, "accepted", "2026-11-26")
        connection.execute(text(AGAIN), {"day": "2026-12-03"})
    with pytest.raises(IntegrityError), engine.begin() as connection:
        connection.execute(text(AGAIN), {"day": "2026-11-26"})
    engine.dispose()
