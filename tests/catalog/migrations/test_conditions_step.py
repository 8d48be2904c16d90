"""Step 0011 on a database with data: wishes that wait stay as they are and can be taken back; states are checked."""

from __future__ import annotations

import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

from catalog.database import open_engine
from catalog.migrations import upgrade

PLACE = """
INSERT INTO org_units (id, code, level, kind, name, name_en, short_name, aliases, address, phone, is_pickup, access,
    van_days, transfer_days, public_holidays)
VALUES (1, 'A', 'county', 'library', 'A', '', '', '[]', '', '', true, '[]', '24', 1, '')
"""
READER = """
INSERT INTO patrons (id, name, locale, "group", home_id, formats, print_disabled, phone, preferences)
VALUES (1, 'x', 'zh-CN', 'adult', 1, '["print"]', false, '', '{}')
"""
WISH = """
INSERT INTO queued_wishes (id, patron_id, what, key, arguments, asked_at, status, outcome)
VALUES (1, 1, 'renew', 'renew:1:loan=1', '{"loan": 1}', '2026-11-22 10:00:00', 'waiting', '')
"""


def test_the_step_keeps_what_waits(empty_database: str) -> None:
    engine = open_engine(empty_database)
    upgrade(engine, to="0010")
    with engine.begin() as connection:
        for row in (PLACE, READER, WISH):
            connection.execute(text(row))
    upgrade(engine, to="0011")
    with engine.begin() as connection:
        assert connection.execute(text("SELECT what, status FROM queued_wishes")).all() == [("renew", "waiting")]
        connection.execute(text("UPDATE queued_wishes SET status = 'withdrawn'"))
    for wrong in (
        "UPDATE queued_wishes SET status = 'forgotten'",
        "INSERT INTO conditions (id, item_id, moment, state, noted_at) "
        "VALUES (1, 1, 'dispatched', 'eaten', '2026-11-22 10:00:00')",
    ):
        with pytest.raises(IntegrityError), engine.begin() as connection:
            connection.execute(text(wrong))
    engine.dispose()
