"""Step 0004 on a database with data: codes still link cards, delegations and the audit trail stay as they are."""

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
VALUES (1, 'A', 'zh-CN', '["print"]', false, '', 'adult', 1, '{}'),
       (2, 'B', 'en', '["print"]', false, '', 'adult', 1, '{}');
INSERT INTO link_codes (id, code_hash, patron_id, expires_at) VALUES (1, 'x', 1, '2026-11-23 00:00:00');
INSERT INTO delegations (id, patron_id, delegate_id, scope, expires_on) VALUES (1, 1, 2, 'borrow', '2027-01-01');
INSERT INTO audit (id, at, what, actor, patron_id, turn, ids, before)
VALUES (1, '2026-11-22 00:00:00', 'delegated', 'patron', 1, 't', '{"delegation": "1"}', '{}');
"""


def test_the_step_keeps_what_is_there(empty_database: str) -> None:
    engine = open_engine(empty_database)
    upgrade(engine, to="0003")
    with engine.begin() as connection:
        for statement in filter(str.strip, ROWS.split(";\n")):
            connection.execute(text(statement))
    upgrade(engine, to="0004")
    with engine.begin() as connection:
        assert connection.execute(text("SELECT scope, until FROM link_codes")).all() == [("", None)]
        assert str(connection.scalar(text("SELECT called FROM delegations"))) == "{}"
        assert connection.execute(text("SELECT what, delegate_id FROM audit")).all() == [("delegated", None)]
        connection.execute(text("UPDATE audit SET delegate_id = 2"))
    with pytest.raises(IntegrityError), engine.begin() as connection:
        connection.execute(text("UPDATE audit SET delegate_id = 99"))
    engine.dispose()
