"""What every channel must keep to, whoever made it: the same talk over each of CHANNELS, with the real dialogue.

A channel stores first and answers later, keeps a reader's messages in order, lets a repeated one act once, says in
numbered lines what it also offers as buttons, brings long texts whole, takes whatever comes in, and tells the relay
when an address is dead.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack
from typing import Any

import pytest
from sqlalchemy import select

from bot.channels import CHANNELS, PUSHING, Channel, Gone
from bot.dialogue.state import Talk
from bot.inbox import InboxRow
from bot.messages import Message
from bot.relay import Relay
from bot.relay.limits import Pace
from catalog.audit import AuditEntry
from catalog.patrons.tables import Card
from tests.contracts.ways import WAYS, Way, no_ears, no_voice, served
from tests.libraries import Library
from tests.waiting import PATIENCE_S

HOSTILE = (
    "<script>alert(1)</script><img src=x onerror=alert(1)>",
    "'; DROP TABLE inbox; --",
    "*_`[x](tg://user?id=1)`_* &lt;b&gt; &amp;",
    "😀" * 50,
    "\u202e右到左\u202c a\u0301\u0302\u0303",
    "借" * 4000,
    "{card} %s ${HOME} {{7*7}}",
)


class Scene:
    """One way in, and the relay behind it, which may be started later."""

    def __init__(self, library: Library, stack: AsyncExitStack) -> None:
        self.library = library
        self._stack = stack
        self._channels: dict[str, Channel] = {}
        self._relay = Relay(
            library.sessions, services=library.services, channels=self._channels, hear=no_ears, speak=no_voice,
            pace=Pace({}),
        )  # fmt: skip
        self.way: Way = None  # type: ignore[assignment]

    async def open(self, name: str) -> None:
        self.way = await self._stack.enter_async_context(WAYS[name](self.library, self._relay.wake))
        if self.way.channel is not None:
            self._channels[name] = self.way.channel

    async def answer(self) -> None:
        await self._stack.enter_async_context(served(self._relay))

    async def got(self, count: int) -> list[str]:
        """What has reached the reader, once there are `count` texts, and surely no more."""
        async with asyncio.timeout(PATIENCE_S):
            while len(await self.way.got()) < count:
                await asyncio.sleep(0.05)
        await asyncio.sleep(0.15)
        return await self.way.got()

    def link(self, card: str = "1001") -> None:
        """Link a card to the reader's talk, as a librarian's code would."""
        with self.library.sessions.begin() as session:
            patron = session.get_one(Card, card).patron_id
            for talk in session.scalars(select(Talk)):
                talk.patron_id = patron

    def done(self) -> list[str]:
        with self.library.sessions.begin() as session:
            return list(session.scalars(select(AuditEntry.what).order_by(AuditEntry.id)))


Open = Callable[[str], Awaitable[Scene]]


@pytest.fixture
async def scene(library: Library) -> AsyncIterator[Open]:
    async with AsyncExitStack() as stack:

        async def start(name: str, *, answering: bool = True) -> Scene:
            made = Scene(library, stack)
            await made.open(name)
            if answering:
                await made.answer()
            return made

        yield start  # type: ignore[misc]


EACH = pytest.mark.parametrize("name", sorted(CHANNELS))
SERVED = pytest.mark.parametrize("name", sorted(set(CHANNELS) - {"console"}))


def test_every_channel_stands_here() -> None:
    assert set(WAYS) == set(CHANNELS)


@SERVED
async def test_a_channel_says_whether_it_pushes(scene: Any, name: str) -> None:
    way = (await scene(name, answering=False)).way
    assert way.channel.name == name and way.channel.pushes == (name in PUSHING)


@SERVED
async def test_it_stores_first_and_answers_later(scene: Any, library: Library, name: str) -> None:
    made = await scene(name, answering=False)
    await made.way.say("你好")
    async with asyncio.timeout(PATIENCE_S):
        while True:
            with library.sessions.begin() as session:
                rows = session.scalars(select(InboxRow)).all()
            if rows:
                break
            await asyncio.sleep(0.05)
    assert [(row.channel, row.status, row.body["say"]) for row in rows] == [(name, "new", "你好")]
    assert rows[0].talk == f"{name}:{rows[0].address}" and await made.way.got() == []
    await made.answer()
    assert len(await made.got(1)) == 1


@EACH
async def test_a_talk_keeps_its_order(scene: Any, name: str) -> None:
    made = await scene(name)
    for text in ("你好", "谢谢", "再见"):
        await made.way.say(text)
    replies = await made.got(3)
    for count, text in enumerate(("谢谢", "再见"), start=4):
        await made.way.say(text)
        assert (await made.got(count))[-1] == replies[count - 3]


@SERVED
async def test_a_repeated_message_acts_once(scene: Any, name: str) -> None:
    made = await scene(name)
    await made.way.say("你好")
    await made.got(1)
    made.link()
    await made.way.say("慢一点")
    await made.got(2)
    await made.way.again()
    await made.way.say("大声一点")
    assert len(await made.got(3)) == 3
    assert made.done() == ["preference_set", "preference_set"]


@EACH
async def test_choices_are_numbered_lines_too_and_can_be_pressed_or_typed(scene: Any, name: str) -> None:
    made = await scene(name)
    await made.way.say("有什么活动")
    (offered,) = await made.got(1)
    assert "1. fair" in offered and "2. talk" in offered
    made.link()
    await made.way.choose(2)
    asked = (await made.got(2))[-1]
    await made.way.say("取消")
    await made.way.say("有什么活动")
    await made.got(4)
    await made.way.say("2")
    assert (await made.got(5))[-1] == asked


@EACH
async def test_a_button_of_long_ago_changes_nothing(scene: Any, name: str) -> None:
    made = await scene(name)
    await made.way.say("你好")
    await made.got(1)
    made.link()
    await made.way.say("有什么活动")
    await made.got(2)
    if made.way.buttons:
        await made.way.say("谢谢")
        await made.got(3)
        await made.way.choose(1)
        assert (await made.got(4))[-1].strip()
    else:
        await made.way.choose(9)
        assert (await made.got(3))[-1].strip()
    assert made.done() == []


@EACH
async def test_whatever_comes_in_is_answered_and_the_talk_goes_on(scene: Any, library: Library, name: str) -> None:
    made = await scene(name)
    for count, text in enumerate(HOSTILE, start=1):
        await made.way.say(text)
        replies = await made.got(count)
        assert len(replies) == count and replies[-1].strip()
    await made.way.say("你好")
    replies = await made.got(len(HOSTILE) + 1)
    with library.sessions.begin() as session:
        assert set(session.scalars(select(InboxRow.status))) == {"done"}
        assert set(session.scalars(select(InboxRow.attempts))) == {1}


@SERVED
async def test_a_long_text_arrives_whole(scene: Any, library: Library, name: str) -> None:
    made = await scene(name)
    await made.way.say("你好")
    before = await made.got(1)
    with library.sessions.begin() as session:
        address = session.scalars(select(Talk.address)).one()
    text = "这是很长的一句话，说的是一本很长的书。" * 600

    async def no_sound(form: str) -> bytes | None:
        return None

    receipt = await made.way.channel.send(address, Message(text, "长。"), no_sound)
    assert receipt.reference
    arrived = (await made.got(2))[len(before) :]
    assert "".join("".join(arrived).split()) == text


@SERVED
async def test_an_address_that_is_dead_is_gone(scene: Any, name: str) -> None:
    made = await scene(name, answering=False)

    async def no_sound(form: str) -> bytes | None:
        return None

    with pytest.raises(Gone):
        await made.way.channel.send(await made.way.leave(), Message("x", "x"), no_sound)


async def test_the_same_talk_is_the_same_on_every_channel(scene: Any, library: Library) -> None:
    heard: dict[str, list[str]] = {}
    for name in sorted(CHANNELS):
        made = await scene(name)
        for count, text in enumerate(("你好", "有什么活动", "帮助", "县馆几点开门"), start=1):
            await made.way.say(text)
            heard[name] = await made.got(count)
    assert heard["web"] == heard["telegram"] == heard["console"]
