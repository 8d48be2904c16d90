"""Step 0006: one reader has one profile, one book open in it, and no work twice."""

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
INSERT INTO works (id, key) VALUES (1, 'a'), (2, 'b');
INSERT INTO records (id, work_id, format, title, subtitle, volume, authors, publisher, language, clc, subjects,
                     popularity, source)
VALUES (1, 1, 'print', 'A', '', '', '[]', '', '', '', '[]', 0, '{}'),
       (2, 2, 'print', 'B', '', '', '[]', '', '', '', '[]', 0, '{}')
"""
PROFILE = (
    "INSERT INTO reading_profiles (id, patron_id, every_days, subjects, next_on, started_at)"
    " VALUES ({id}, 1, 30, '[]', '2026-11-23', '2026-11-23 00:00:00')"
)
PARCEL = (
    "INSERT INTO parcels (id, profile_id, patron_id, work_id, record_id, status, chosen_at, order_on)"
    " VALUES ({id}, 1, 1, {work}, {work}, '{status}', '2026-11-23 00:00:00', '2026-11-25')"
)


def test_the_step_on_a_database_with_data(empty_database: str) -> None:
    engine = open_engine(empty_database)
    upgrade(engine, to="0005")
    with engine.begin() as connection:
        for statement in ROWS.split(";\n"):
            connection.execute(text(statement))
    upgrade(engine, to="0006")
    with engine.begin() as connection:
        connection.execute(text(PROFILE.format(id=1)))
        connection.execute(text(PARCEL.format(id=1, work=1, status="chosen")))
    for refused in (
        PROFILE.format(id=2),
        PARCEL.format(id=2, work=2, status="chosen"),
        PARCEL.format(id=2, work=1, status="vetoed"),
        PARCEL.format(id=2, work=2, status="lost"),
    ):
        with pytest.raises(IntegrityError), engine.begin() as connection:
            connection.execute(text(refused))
    engine.dispose()
