"""An inbox and an outbox on each database: one PostgreSQL database for all tests, since making one takes a second."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from sqlalchemy.orm import Session, sessionmaker

from bot.inbox import InboxRow
from bot.outbox import OutboxRow
from catalog.database import Base, open_engine, open_sessions
from tests.databases import KINDS, NewDatabase

QUEUES = [InboxRow.__table__, OutboxRow.__table__]


@pytest.fixture(scope="session", params=KINDS)
def queue_database(request: pytest.FixtureRequest, new_database: NewDatabase) -> str:
    """The address of a database for queues, once of each kind."""
    return new_database(request.param)


@pytest.fixture
def queues(queue_database: str) -> Iterator[sessionmaker[Session]]:
    """Sessions on a fresh inbox and outbox."""
    engine = open_engine(queue_database)
    Base.metadata.create_all(engine, tables=QUEUES)  # type: ignore[arg-type]
    yield open_sessions(engine)
    Base.metadata.drop_all(engine, tables=QUEUES)  # type: ignore[arg-type]
    engine.dispose()
