"""Two transactions of PostgreSQL in each other's way: the turn that is given up begins anew, and nobody notices."""

from __future__ import annotations

import threading
from datetime import UTC, datetime
from pathlib import Path

import psycopg
import pytest
from sqlalchemy import select

from bot import inbox, relay
from bot.inbox import InboxRow
from catalog.audit import AuditEntry
from catalog.database import open_engine, open_sessions
from catalog.patrons.tables import Card
from tests.bot.relay.test_answering import deaf
from tests.databases import NewDatabase
from tests.libraries import Library, services
from tests.scenarios.world import build_in
from tests.waiting import PATIENCE_S, waited

WAITS = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"


def test_a_turn_that_lost_a_deadlock_begins_anew(
    new_database: NewDatabase, built_library: Path, request: pytest.FixtureRequest
) -> None:
    url = new_database("postgresql")
    # the turn looks for a deadlock after five seconds, the other never: so it is always the turn that is given up
    engine = open_engine(f"{url}?options=-cdeadlock_timeout%3D5s")
    request.addfinalizer(engine.dispose)
    build_in(engine)
    library = Library(engine, open_sessions(engine), services(built_library / "index"), built_library)
    with library.sessions.begin() as session:
        inbox.store(
            session, channel="console", update_id=1, talk="console:a", address="a",
            body={"say": "慢一点", "card": "1001"}, now=datetime.now(UTC),
        )  # fmt: skip
        patron = session.get_one(Card, "1001").patron_id
    answered = []

    def answer() -> None:
        def once() -> bool:  # None while the other still holds the message: whoever answers looks again
            answered.append(
                relay.answer_next(
                    library.sessions, channels={"console"}, services=library.services, hear=deaf, now=datetime.now(UTC)
                )
            )
            return answered[-1] is not None

        assert waited(once)

    turn = threading.Thread(target=answer)
    with (
        psycopg.connect(url, autocommit=True) as watch,  # within a transaction it would always see the same
        psycopg.connect(url, options="-cdeadlock_timeout=10min") as other,
    ):
        other.execute("SELECT 1 FROM patrons WHERE id = %s FOR UPDATE", [patron])
        turn.start()
        assert waited(lambda: watch.execute(WAITS).fetchone() != (0,))
        other.execute("UPDATE inbox SET outcome = 'seen' WHERE id = 1")  # goes on when the turn is given up
    turn.join(PATIENCE_S)
    assert not turn.is_alive()
    assert answered[-1] is not None
    with library.sessions.begin() as session:
        row = session.get_one(InboxRow, 1)
        assert (row.status, row.attempts, row.outcome) == ("done", 1, "seen")
        assert session.scalars(select(AuditEntry.what)).all() == ["preference_set"]
