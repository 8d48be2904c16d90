"""Step 0009 on a database with data: the holds there are go on asking for the work."""

from __future__ import annotations

import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

from catalog.database import open_engine
from catalog.migrations import upgrade

ROWS = """
INSERT INTO org_units (id, code, level, kind, name, name_en, short_name, aliases, address, phone, is_pickup, access,
    van_days, transfer_days) VALUES (1, 'A', 'county', 'library', 'A', '', '', '[]', '', '', true, '[]', '', 2);
INSERT INTO patrons (id, name, locale, formats, print_disabled, phone, "group", home_id, preferences)
VALUES (1, 'x', 'en', '["print"]', false, '', 'adult', 1, '{}');
INSERT INTO works (id, key) VALUES (1, 'w');
INSERT INTO records (id, work_id, format, title, subtitle, volume, authors, publisher, language, clc, subjects,
    popularity, source) VALUES (1, 1, 'print', 't', '', '', '[]', '', '', '', '[]', 0, '{}');
INSERT INTO holds (id, patron_id, work_id, record_id, pickup_id, status, placed_at)
VALUES (1, 1, 1, 1, 1, 'waiting', '2026-11-20 02:00:00')
"""


def test_the_step_keeps_what_is_there(empty_database: str) -> None:
    engine = open_engine(empty_database)
    upgrade(engine, to="0008")
    with engine.begin() as connection:
        for statement in filter(str.strip, ROWS.split(";\n")):
            connection.execute(text(statement))
    upgrade(engine, to="0009")
    with engine.begin() as connection:
        assert connection.execute(text("SELECT scope, wanted_id FROM holds")).all() == [("work", None)]
        connection.execute(text("UPDATE holds SET scope = 'edition'"))
    for wrong in ("scope = 'item'", "scope = 'shelf'"):
        with pytest.raises(IntegrityError), engine.begin() as connection:
            connection.execute(text(f"UPDATE holds SET {wrong}"))
    engine.dispose()
