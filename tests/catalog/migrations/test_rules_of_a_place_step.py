"""Step 0010 on a database with data: places stay as they are, open on public holidays as before."""

from __future__ import annotations

import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

from catalog.database import open_engine
from catalog.migrations import upgrade

PLACE = """
INSERT INTO org_units (id, code, level, kind, name, name_en, short_name, aliases, address, phone, is_pickup, access,
    van_days, transfer_days) VALUES (1, 'A', 'county', 'library', 'A', '', '', '[]', '', '', true, '[]', '24', 1)
"""
ROUTE = "INSERT INTO van_stops (id, route_id, position, org_unit_id) VALUES ({0}, 1, {1}, 1)"


def test_the_step_keeps_what_is_there(empty_database: str) -> None:
    engine = open_engine(empty_database)
    upgrade(engine, to="0009")
    with engine.begin() as connection:
        connection.execute(text(PLACE))
    upgrade(engine, to="0010")
    with engine.begin() as connection:
        assert connection.execute(text("SELECT van_days, public_holidays FROM org_units")).all() == [("24", "")]
        connection.execute(text("INSERT INTO van_routes (id, code, name, weekdays) VALUES (1, 'T', '', '24')"))
        connection.execute(text(ROUTE.format(1, 0)))
    for wrong in ("UPDATE org_units SET public_holidays = 'perhaps'", ROUTE.format(2, 0)):
        with pytest.raises(IntegrityError), engine.begin() as connection:
            connection.execute(text(wrong))
    engine.dispose()
