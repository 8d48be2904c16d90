"""The loops with a channel that does as it is told: order, waiting, dead addresses, lost answers, other processes."""

from __future__ import annotations

import asyncio
import contextlib
from collections import defaultdict
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from bot import inbox, outbox
from bot.channels import Channel, Gone, Later, Receipt, Sound
from bot.dialogue.state import Talk
from bot.messages import Message
from bot.outbox import OutboxRow
from bot.relay import Relay
from bot.relay.limits import Pace, Rate
from bot.relay.notices import pull_notices
from catalog.database import open_engine, open_sessions
from catalog.patrons.tables import Card
from speech.recognition import Hypothesis, Transcript
from tests.databases import NewDatabase
from tests.libraries import Library, services
from tests.scenarios.world import build_in
from tests.waiting import until


class Pigeon:
    """A channel that carries messages as `does` says, by address, and remembers them."""

    name = "telegram"
    pushes = True

    def __init__(self) -> None:
        self.carried: list[tuple[str, Message]] = []
        self.tried: dict[str, int] = defaultdict(int)
        self.does: dict[str, Callable[[int], Awaitable[None]]] = {}
        self.sounds: list[bytes | None] = []

    async def run(self) -> None:
        await asyncio.Event().wait()

    async def send(self, address: str, message: Message, sound: Sound) -> Receipt:
        self.tried[address] += 1
        if address in self.does:
            await self.does[address](self.tried[address])
        if message.aloud:
            self.sounds.append(await sound("ogg"))
        self.carried.append((address, message))
        return Receipt(str(len(self.carried)))

    def to(self, address: str) -> list[str]:
        return [message.shown for where, message in self.carried if where == address]


def hear(sound: bytes, media_type: str, locale: str, phrases: tuple[str, ...]) -> Transcript:
    return Transcript((Hypothesis("你好"),))


def speak(text: str, locale: str, rate: float, form: str, volume: float, *timbre: str) -> bytes:
    if not text:
        raise ValueError
    return ":".join(filter(None, (form, locale, str(rate), str(volume), *timbre, text))).encode()


@contextlib.asynccontextmanager
async def running(library: Library, *channels: Channel, **more: Any) -> AsyncIterator[Relay]:
    named = {channel.name: channel for channel in channels}
    relay = Relay(library.sessions, services=library.services, channels=named, hear=hear, speak=speak, **more)
    task = asyncio.create_task(relay.run())
    try:
        yield relay
    finally:
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task


def put(library: Library, key: str, address: str, shown: str = "", **more: Any) -> None:
    with library.sessions.begin() as session:
        message = Message(
            shown or key,
            more.pop("spoken", "x"),
            aloud=more.pop("aloud", False),
            volume=more.pop("volume", 1.0),
            timbre=more.pop("timbre", ""),
        )
        outbox.put(
            session, key=key, channel="telegram", address=address, talk=f"telegram:{address}", message=message,
            now=datetime.now(UTC), **more,
        )  # fmt: skip


def status(library: Library, key: str) -> str:
    with library.sessions.begin() as session:
        return session.scalars(select(OutboxRow.status).where(OutboxRow.key == key)).one()


def talk(library: Library, address: str, card: str, minutes_ago: int = 0, channel: str = "telegram") -> None:
    with library.sessions.begin() as session:
        patron = session.get_one(Card, card).patron_id
        when = datetime.now(UTC) - timedelta(minutes=minutes_ago)
        session.add(
            Talk(id=f"{channel}:{address}", channel=channel, address=address, patron_id=patron, updated_at=when)
        )


async def test_stored_messages_are_answered_in_order_and_woken_at_once(library: Library) -> None:
    pigeon = Pigeon()
    async with running(library, pigeon) as relay:
        await asyncio.sleep(0.2)
        with library.sessions.begin() as session:
            for number, say in enumerate(["你好", "谢谢", "再见"]):
                inbox.store(
                    session, channel="telegram", update_id=number, talk="telegram:a", address="a", body={"say": say},
                    now=datetime.now(UTC),
                )  # fmt: skip
        relay.wake()
        await until(lambda: len(pigeon.carried) == 3)
        with library.sessions.begin() as session:
            rows = session.scalars(select(OutboxRow).order_by(OutboxRow.id)).all()
        assert [row.key for row in rows] == ["turn:1", "turn:2", "turn:3"]
        assert pigeon.to("a") == [outbox.message_of(row).shown for row in rows]


async def test_what_another_process_wrote_is_sent_too(library: Library) -> None:
    pigeon = Pigeon()
    async with running(library, pigeon):
        await asyncio.sleep(0.3)
        put(library, "broadcast", "a")
        await until(lambda: pigeon.carried)


async def test_a_channel_that_comes_later_is_served_too(library: Library) -> None:
    channels: dict[str, Channel] = {}
    relay = Relay(library.sessions, services=library.services, channels=channels, hear=hear, speak=speak)
    task = asyncio.create_task(relay.run())
    put(library, "early", "a")
    await asyncio.sleep(0.2)
    channels["telegram"] = pigeon = Pigeon()
    relay.wake()
    await until(lambda: pigeon.carried)
    task.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await task


async def test_who_must_wait_keeps_only_his_own_talk_waiting(library: Library) -> None:
    pigeon = Pigeon()

    async def busy(attempt: int) -> None:
        if attempt == 1:
            raise Later(1.0)

    pigeon.does["a"] = busy
    put(library, "1", "a")
    put(library, "2", "a")
    put(library, "3", "b")
    async with running(library, pigeon):
        await until(lambda: len(pigeon.carried) == 3)
    assert pigeon.to("a") == ["1", "2"]
    assert next(message.shown for _, message in pigeon.carried) == "3"


async def test_a_slow_address_does_not_hold_up_the_others(library: Library) -> None:
    pigeon = Pigeon()

    others_have_theirs = asyncio.Event()

    async def slow(attempt: int) -> None:
        await others_have_theirs.wait()

    pigeon.does["a"] = slow
    put(library, "1", "a")
    for number in range(5):
        put(library, f"b{number}", f"b{number}")
    async with running(library, pigeon):
        await until(lambda: len(pigeon.carried) == 5)
        assert not pigeon.to("a")
        others_have_theirs.set()
        await until(lambda: pigeon.to("a"))


async def test_a_dead_address_is_left_for_the_patrons_next_channel(library: Library) -> None:
    pigeon = Pigeon()

    async def gone(attempt: int) -> None:
        raise Gone

    pigeon.does["a"] = pigeon.does["b"] = gone
    talk(library, "a", "1001")
    talk(library, "b", "1001", minutes_ago=1)
    talk(library, "c", "1001", minutes_ago=2)
    talk(library, "d", "1002")
    put(library, "notice:1", "a")
    async with running(library, pigeon):
        await until(lambda: pigeon.carried)
        await until(lambda: status(library, "notice:1>telegram:b>telegram:c") == "sent")
    assert [where for where, _ in pigeon.carried] == ["c"]
    with library.sessions.begin() as session:
        live = {one.id: one.live for one in session.scalars(select(Talk))}
        kept = {one.key: one.message for one in session.scalars(select(OutboxRow))}
    assert live == {"telegram:a": False, "telegram:b": False, "telegram:c": True, "telegram:d": True}
    assert kept["notice:1"] == kept["notice:1>telegram:b"] == {}
    with library.sessions.begin() as session:
        whose = session.get_one(Card, "1001").patron_id
        told = pull_notices(
            session, patron_id=whose, talk="telegram:c", now=datetime.now(UTC), services=library.services
        )
        assert told == 0, "it was said before"


async def test_a_dead_address_of_nobody_known_is_simply_left(library: Library) -> None:
    pigeon = Pigeon()

    async def gone(attempt: int) -> None:
        raise Gone

    pigeon.does["a"] = gone
    put(library, "1", "a")
    async with running(library, pigeon):
        await until(lambda: status(library, "1") == "dead")
    assert pigeon.tried["a"] == 1


async def test_a_channel_that_breaks_is_tried_again(library: Library, capsys: pytest.CaptureFixture[str]) -> None:
    pigeon = Pigeon()

    async def breaks(attempt: int) -> None:
        if attempt == 1:
            raise ZeroDivisionError("words of a reader")

    pigeon.does["a"] = breaks
    put(library, "1", "a")
    async with running(library, pigeon):
        await until(lambda: pigeon.to("a") == ["1"])
    out = capsys.readouterr()
    assert "words of a reader" not in out.out + out.err


async def test_said_aloud_in_the_readers_language_pace_and_volume(library: Library) -> None:
    pigeon = Pigeon()
    put(library, "1", "a", aloud=True, spoken="你好", volume=1.5, timbre="woman")
    put(library, "2", "b", aloud=True, spoken="")
    async with running(library, pigeon):
        await until(lambda: len(pigeon.sounds) == 2)
    assert set(pigeon.sounds) == {b"ogg:zh-CN:1.0:1.5:woman:" + "你好".encode(), None}


async def test_a_voice_note_is_heard_and_answered(library: Library) -> None:
    pigeon = Pigeon()
    with library.sessions.begin() as session:
        inbox.store(
            session, channel="telegram", update_id=1, talk="telegram:a", address="a", body={"hear": "audio/ogg"},
            sound=b"OggS", now=datetime.now(UTC),
        )  # fmt: skip
    async with running(library, pigeon):
        await until(lambda: pigeon.to("a"))


async def test_a_sender_that_died_leaves_its_message_to_the_next(library: Library) -> None:
    put(library, "1", "a")
    with library.sessions.begin() as session:
        row = outbox.claim(session, channels={"telegram"}, now=datetime.now(UTC))
        assert row is not None
    with library.sessions.begin() as session:
        machine = row.holder.split("/")[0]
        session.get_one(OutboxRow, row.id).holder = f"{machine}/4194303/1"
    pigeon = Pigeon()
    async with running(library, pigeon):
        await until(lambda: pigeon.to("a") == ["1"])


async def test_what_is_under_way_may_arrive_when_the_service_ends(library: Library) -> None:
    pigeon = Pigeon()
    ending = asyncio.Event()

    async def slow(attempt: int) -> None:
        await ending.wait()

    pigeon.does["a"] = slow
    put(library, "1", "a")
    async with running(library, pigeon):
        await until(lambda: pigeon.tried["a"])
        asyncio.get_running_loop().call_later(0.1, ending.set)
    assert status(library, "1") == "sent"


async def test_several_workers_keep_each_talk_in_order_on_postgresql(
    new_database: NewDatabase, built_library: Path
) -> None:
    engine = open_engine(new_database("postgresql"))
    build_in(engine)
    library = Library(engine, open_sessions(engine), services(built_library / "index"), built_library)
    pigeon = Pigeon()
    sayings = ("你好", "谢谢", "再见", "帮助")
    with library.sessions.begin() as session:
        for number, say in enumerate(sayings):
            for reader in range(12):
                inbox.store(
                    session, channel="telegram", update_id=f"{reader}.{number}", talk=f"telegram:{reader}",
                    address=str(reader), body={"say": say}, now=datetime.now(UTC),
                )  # fmt: skip
    async with running(library, pigeon, workers=4, pace=Pace({})):
        await until(lambda: len(pigeon.carried) == 48)
    first = pigeon.to("0")
    assert len(set(first)) == 4
    assert all(pigeon.to(str(reader)) == first for reader in range(12))
    engine.dispose()


def test_the_pace_keeps_to_the_table() -> None:
    pace = Pace({"telegram": Rate(overall=10, each=1), "sms": Rate(overall=100, each=1, burst=3)})
    assert pace.wait("web", "a", 0.0) == 0
    assert [pace.wait("telegram", "a", 0.0) for _ in range(3)] == pytest.approx([0, 1.0, 2.0])
    assert pace.wait("telegram", "b", 0.0) == pytest.approx(0.3)
    assert pace.wait("telegram", "b", 100.0) == 0
    waits = [pace.wait("telegram", f"x{number}", 200.0) for number in range(50)]
    assert waits[-1] == pytest.approx(4.9)
    assert [round(pace.wait("sms", "a", 0.0)) for _ in range(5)] == [0, 0, 0, 1, 2]
