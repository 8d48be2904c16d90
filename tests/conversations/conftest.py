"""The demonstration union, built once for all conversations; each conversation talks to a copy that is rolled back."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy.orm import Session, sessionmaker

from bot.dialogue.services import Services
from catalog.connectors.local import Local
from catalog.database import open_engine, open_sessions, prepare
from catalog.demo.build import build
from catalog.search import Index

ZONE = ZoneInfo("Asia/Shanghai")
NOW = datetime(2026, 11, 22, 10, 0, tzinfo=ZONE)
"""A Sunday morning; the demonstration is built on this day."""


@pytest.fixture(scope="session")
def union(tmp_path_factory: pytest.TempPathFactory) -> tuple[sessionmaker[Session], Services]:
    folder: Path = tmp_path_factory.mktemp("union")
    engine = open_engine(f"sqlite:///{folder}/union.db")
    prepare(engine)
    sessions = open_sessions(engine)
    build(sessions, now=NOW, data=folder)
    return sessions, Services(Index.open(folder / "index"), Local(), ZONE, "a secret of the tests")


@pytest.fixture
def session(union: tuple[sessionmaker[Session], Services]) -> Iterator[Session]:
    with union[0]() as session:
        yield session
        session.rollback()


@pytest.fixture(scope="session")
def services(union: tuple[sessionmaker[Session], Services]) -> Services:
    return union[1]
