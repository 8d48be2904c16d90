"""Step 0002 on a database with data: works keep their titles, items their loans, and an item may be away."""

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
INSERT INTO works (id, key) VALUES (1, 'huozhe||yuhua'), (2, 'hongloumeng|1|caoxueqin');
INSERT INTO records (id, work_id, format, title, subtitle, volume, authors, publisher, language, clc, subjects,
                     popularity, source)
VALUES (1, 1, 'print', 'Huozhe', '', '', '[]', '', '', '', '[]', 0, '{}');
INSERT INTO items (id, record_id, barcode, call_number, home_id, location_id, status)
VALUES (1, 1, 'A1', '', 1, 1, 'on_loan');
INSERT INTO recordings (record_id, url, seconds, narrator, open_access)
VALUES (1, 'https://example.org/a', 1, '', true);
"""


def test_the_step_keeps_what_is_there(empty_database: str) -> None:
    engine = open_engine(empty_database)
    upgrade(engine, to="0001")
    with engine.begin() as connection:
        for statement in filter(str.strip, ROWS.split(";\n")):
            connection.execute(text(statement))
    upgrade(engine, to="0002")
    with engine.begin() as connection:
        titles = connection.execute(text("SELECT title_key, work_id FROM work_titles ORDER BY work_id")).all()
        assert [tuple(row) for row in titles] == [("huozhe|", 1), ("hongloumeng|1", 2)]
        assert connection.execute(text("SELECT barcode, status FROM items")).all() == [("A1", "on_loan")]
        connection.execute(text("UPDATE items SET status = 'away'"))
    with engine.begin() as connection:
        assert connection.scalar(text("SELECT status FROM items")) == "away"
    with pytest.raises(IntegrityError), engine.begin() as connection:
        connection.execute(text("UPDATE items SET status = 'nowhere'"))
    with pytest.raises(IntegrityError), engine.begin() as connection:
        connection.execute(text("DELETE FROM records WHERE id = 1"))
    engine.dispose()
