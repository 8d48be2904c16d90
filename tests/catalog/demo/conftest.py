"""One demonstration for all tests of this room: built once, from a fixed moment, and only read afterwards."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy.orm import Session, sessionmaker

from catalog.database import open_engine, open_sessions, prepare
from catalog.demo.build import build

NOW = datetime(2026, 11, 22, 9, 30, tzinfo=ZoneInfo("Asia/Shanghai"))


@dataclass(frozen=True)
class Built:
    """A finished demonstration: its database and its folder."""

    sessions: sessionmaker[Session]
    data: Path


@pytest.fixture(scope="session")
def built(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Built]:
    """The demonstration; tests that change something roll back."""
    data = tmp_path_factory.mktemp("demonstration")
    engine = open_engine(f"sqlite:///{data}/library.db")
    prepare(engine)
    sessions = open_sessions(engine)
    build(sessions, now=NOW, data=data)
    yield Built(sessions, data)
    engine.dispose()


@pytest.fixture
def session(built: Built) -> Iterator[Session]:
    """A session on the demonstration that is rolled back."""
    with built.sessions() as opened:
        yield opened
        opened.rollback()
