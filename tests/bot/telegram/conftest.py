"""The fake Bot API server and a Telegram channel on it, over real HTTP."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
from sqlalchemy.orm import Session, sessionmaker

from bot.inbox import InboxRow
from catalog.database import Base, open_engine, open_sessions
from tests.fakes.bot_api import FakeBotApi


@pytest.fixture
def sessions(tmp_path: Path) -> Iterator[sessionmaker[Session]]:
    """Sessions on a database that holds an inbox and nothing else."""
    engine = open_engine(f"sqlite:///{tmp_path / 't.db'}")
    Base.metadata.create_all(engine, tables=[InboxRow.__table__])  # type: ignore[list-item]
    yield open_sessions(engine)
    engine.dispose()


@pytest.fixture
async def api() -> AsyncIterator[FakeBotApi]:
    """The fake server."""
    async with FakeBotApi() as server:
        yield server
