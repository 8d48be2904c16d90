"""What lending asks goes by an index: SQLite says which way it takes, and it is never through a whole table.

Bug: with bound values in the condition of a partial index SQLite read all holds at every check-out.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
import yaml
from sqlalchemy import Engine, create_engine, event
from sqlalchemy.orm import Session

from catalog.database import Base
from tests.scenarios.world import HERE, VERBS, build

STEPS: list[dict[str, Any]] = [
    {"check_out": {"item": "s1", "reader": "li", "at": "county"}},
    {"at": "2026-12-01 10:00"},
    {"renew": "s1"},
    {"place_hold": {"reader": "wang", "work": "santi"}},
    {"place_hold": {"reader": "qian", "work": "huozhe"}},
    {"capture": {"item": "h2", "at": "county"}},
    {"check_in": {"item": "s1", "at": "other"}},
    {"cancel": "wang/santi"},
]
BIG = ("items", "loans", "holds", "transits", "audit", "patrons", "records", "works", "deliveries")


@pytest.fixture
def engine() -> Iterator[Engine]:
    engine = create_engine("sqlite://")
    Base.metadata.create_all(engine)
    yield engine
    engine.dispose()


def test_no_act_reads_a_whole_table(engine: Engine) -> None:
    sent: dict[str, Any] = {}
    with Session(engine) as session:
        world = build(session, yaml.safe_load((HERE / "world.yaml").read_text(encoding="utf-8")))

        @event.listens_for(engine, "before_cursor_execute")
        def _sent(*given: Any) -> None:
            statement, parameters, _, many = given[2:6]
            if statement.startswith(("SELECT", "UPDATE")) and not many:
                sent[statement] = parameters

        for step in STEPS:
            for verb, facts in step.items():
                VERBS[verb](world, facts)
        session.flush()
        event.remove(engine, "before_cursor_execute", _sent)
        driver = session.connection().connection.driver_connection
        assert driver is not None
        for statement, parameters in sent.items():
            if statement.endswith("DESC"):
                continue  # how the player finds what a step means
            ways = [row[3] for row in driver.execute(f"EXPLAIN QUERY PLAN {statement}", parameters)]
            assert not [way for way in ways if way.startswith("SCAN") and way.split()[1] in BIG], (statement, ways)
    assert len(sent) > len(STEPS)
