"""Step 0005 on a database with data: volunteers stay, without a card of their own, and may get one each."""

from __future__ import annotations

import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

from catalog.database import open_engine
from catalog.migrations import upgrade

ROWS = """
INSERT INTO org_units (id, code, level, kind, name, name_en, short_name, aliases, address, phone, is_pickup, access,
                       van_days, transfer_days)
VALUES (1, 'DQ', 'county', 'library', 'DQ', '', '', '[]', '', '', true, '[]', '', 2);
INSERT INTO patrons (id, name, locale, formats, print_disabled, phone, "group", home_id, preferences)
VALUES (1, 'A', 'zh-CN', '["print"]', false, '', 'adult', 1, '{}');
INSERT INTO volunteers (id, name, phone, org_unit_id, dialects, details)
VALUES (1, 'V', '', 1, '["wu"]', '{"weekdays": "25"}'), (2, 'W', '', 1, '[]', '{}');
"""


def test_the_step_keeps_what_is_there(empty_database: str) -> None:
    engine = open_engine(empty_database)
    upgrade(engine, to="0004")
    with engine.begin() as connection:
        for statement in filter(str.strip, ROWS.split(";\n")):
            connection.execute(text(statement))
    upgrade(engine, to="0005")
    with engine.begin() as connection:
        kept = connection.execute(text("SELECT name, patron_id FROM volunteers ORDER BY id")).all()
        assert [tuple(row) for row in kept] == [("V", None), ("W", None)]
        connection.execute(text("UPDATE volunteers SET patron_id = 1 WHERE id = 1"))
    with pytest.raises(IntegrityError), engine.begin() as connection:
        connection.execute(text("UPDATE volunteers SET patron_id = 1 WHERE id = 2"))
    engine.dispose()
