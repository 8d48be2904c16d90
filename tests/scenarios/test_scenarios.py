"""Plays every scenario of the YAML files beside this one, on both databases, each in a transaction of its own."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from catalog.database import Base, open_engine
from tests.databases import KINDS, NewDatabase
from tests.scenarios.world import build

HERE = Path(__file__).parent
WORLD = yaml.safe_load((HERE / "world.yaml").read_text(encoding="utf-8"))
SCENARIOS = [
    pytest.param(scenario["steps"], id=f"{path.stem}: {scenario['name']}")
    for path in sorted(HERE.glob("*.yaml"))
    if path.stem != "world"
    for scenario in yaml.safe_load(path.read_text(encoding="utf-8"))
]


@pytest.fixture(scope="module", params=KINDS)
def engine(request: pytest.FixtureRequest, new_database: NewDatabase) -> Iterator[Engine]:
    """An engine on a new database with all tables."""
    engine = open_engine(new_database(request.param))
    Base.metadata.create_all(engine)
    yield engine
    engine.dispose()


@pytest.mark.parametrize("steps", SCENARIOS)
def test_scenario(engine: Engine, steps: list[dict[str, Any]]) -> None:
    with engine.connect() as connection, connection.begin() as transaction:
        session = Session(connection, expire_on_commit=False, join_transaction_mode="create_savepoint")
        build(session, WORLD).play(steps)
        session.close()
        transaction.rollback()
