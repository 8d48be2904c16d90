"""The scenarios' small library ready for talks: a database of one's own, the index, the services."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import Engine
from sqlalchemy.orm import Session, sessionmaker

from bot import inbox, outbox  # noqa: F401 - their tables
from bot.channels.web import tables  # noqa: F401 - its tables
from bot.dialogue.services import Services
from catalog.connectors import CONNECTORS
from catalog.database import open_engine, open_sessions
from catalog.search import Index
from catalog.search.writing import update
from tests.scenarios.world import build_in


@dataclass(frozen=True)
class Library:
    """A database with the scenarios' union in it, its index, and what the dialogue needs."""

    engine: Engine
    sessions: sessionmaker[Session]
    services: Services
    file: Path


@pytest.fixture(scope="session")
def built_library(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the union (library.db) and its index, to be copied."""
    folder = tmp_path_factory.mktemp("library")
    engine = open_engine(f"sqlite:///{folder / 'library.db'}")
    build_in(engine)
    update(open_sessions(engine), folder / "index")
    engine.dispose()
    return folder


@pytest.fixture
def library(built_library: Path, tmp_path: Path) -> Iterator[Library]:
    """The union in a database of the test's own."""
    file = tmp_path / "library.db"
    shutil.copy(built_library / "library.db", file)
    engine = open_engine(f"sqlite:///{file}")
    yield Library(engine, open_sessions(engine), services(built_library / "index"), file)
    engine.dispose()


def services(index: Path) -> Services:
    """What the dialogue needs besides the database."""
    return Services(Index.open(index), CONNECTORS["local"](), ZoneInfo("Asia/Shanghai"), "secret")
