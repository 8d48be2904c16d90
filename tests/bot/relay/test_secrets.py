"""A PIN that was typed is in no file of the data folder once its turn is over, the database's log included."""

from __future__ import annotations

import asyncio
import contextlib
from datetime import UTC, datetime
from pathlib import Path

from bot import inbox, relay
from bot.inbox import InboxRow
from bot.relay import Relay
from tests.bot.relay.test_answering import deaf
from tests.libraries import Library
from tests.waiting import until

PIN = "246810"
"""Of the card 1001 (tests/scenarios/world.yaml)."""


def store(library: Library, number: int, say: str) -> None:
    with library.sessions.begin() as session:
        inbox.store(
            session, channel="console", update_id=number, talk="console:a", address="a", body={"say": say},
            now=datetime.now(UTC),
        )  # fmt: skip


def with_pin(folder: Path) -> list[str]:
    return [file.name for file in folder.rglob("*") if file.is_file() and PIN.encode() in file.read_bytes()]


def status(library: Library, number: int) -> str:
    with library.sessions.begin() as session:
        return session.get_one(InboxRow, number).status


def no_voice(text: str, locale: str, rate: float, form: str, volume: float, *timbre: str) -> bytes:
    raise NotImplementedError


@contextlib.asynccontextmanager
async def serving(library: Library):  # type: ignore[no-untyped-def]
    """The relay of `serve`; the channel need not carry anything away."""
    made = Relay(library.sessions, services=library.services, channels={"console": None}, hear=deaf, speak=no_voice)  # type: ignore[dict-item]
    task = asyncio.create_task(made.run())
    yield made
    task.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await task


async def test_after_a_turn_of_the_service(library: Library, tmp_path: Path) -> None:
    async with serving(library) as made:
        store(library, 1, "绑定读者证 1001")
        made.wake()
        await until(lambda: status(library, 1) == "done")
        store(library, 2, PIN)
        assert with_pin(tmp_path), "else this test would show nothing"
        made.wake()
        await until(lambda: status(library, 2) == "done")
        await until(lambda: not with_pin(tmp_path))


async def test_after_a_start_where_the_process_before_was_killed(library: Library, tmp_path: Path) -> None:
    store(library, 1, f"绑定读者证 1001 密码 {PIN}")
    with library.sessions.begin() as session:
        row = inbox.claim(session, channels={"console"}, now=datetime.now(UTC))
        assert row is not None
        inbox.finish(session, row)
    assert with_pin(tmp_path) == ["library.db-wal"]
    async with serving(library):
        await until(lambda: not with_pin(tmp_path))


def test_after_a_turn_at_the_console(library: Library, tmp_path: Path) -> None:
    for number, say in enumerate(["绑定读者证 1001", PIN], start=1):
        store(library, number, say)
        answered = relay.answer_next(
            library.sessions, channels={"console"}, services=library.services, hear=deaf, now=datetime.now(UTC)
        )
        assert answered is not None
    assert not with_pin(tmp_path)
    assert status(library, 2) == "done"


def test_another_program_reading_is_not_waited_for_long(library: Library, tmp_path: Path) -> None:
    """The PIN is answered all the same; the service tries again."""
    from catalog.database import empty_log, open_sessions

    with open_sessions(library.engine, reading=True)() as reader:
        reader.get(InboxRow, 1)
        store(library, 1, PIN)
        assert not empty_log(library.engine, patience_ms=20)
    assert empty_log(library.engine)
