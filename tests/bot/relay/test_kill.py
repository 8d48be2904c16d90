"""kill -9 in the middle of many talks, again and again: nothing is lost, nothing is done twice, all are answered.

Readers ask for slower and faster speech in turn; each such message changes their preferences once, which the audit
trail shows. The same test run over a bot that answers updates where they arrive must fail, or it would prove nothing.
"""

from __future__ import annotations

import asyncio
import json
import os
import random
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import func, select

from bot.dialogue.state import Talk
from bot.inbox import InboxRow
from bot.outbox import OutboxRow
from catalog.audit import AuditEntry
from catalog.database import open_sessions
from catalog.organisation.tables import OrgUnit
from catalog.patrons.tables import Patron
from tests.fakes.bot_api import FakeBotApi
from tests.libraries import Library
from tests.waiting import PATIENCE_S, until

ROOT = Path(__file__).resolve().parents[3]
SAYINGS = ("慢一点", "快一点")
FIRST_CHAT = 5000
AT_ONCE = 300
"""Messages that wait for an answer: enough for every kill to hit some, and no more than a slow machine works off."""

pytestmark = pytest.mark.timeout(900)


@dataclass
class Tally:
    """What became of `sent` messages: without effect, with several, without reply; replies too many; kills that hit
    messages in hand."""

    sent: int
    lost: int
    twice: int
    unanswered: int
    repeated: int
    hits: int


@dataclass
class Parent:
    """The parent of the processes to be killed (killed.py)."""

    process: subprocess.Popen[str]

    def fork(self, given: dict[str, str]) -> int:
        assert self.process.stdin and self.process.stdout
        print(json.dumps(given), file=self.process.stdin, flush=True)
        while not (line := self.process.stdout.readline().strip()).isdigit():
            assert line, "the parent has ended"
        return int(line)


@pytest.fixture(scope="module")
def parent() -> Iterator[Parent]:
    command = [sys.executable, "-m", "tests.bot.relay.killed"]
    with subprocess.Popen(
        command, cwd=ROOT, text=True, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
    ) as process:
        yield Parent(process)


def add_readers(library: Library, count: int) -> None:
    with library.sessions.begin() as session:
        home = session.scalars(select(OrgUnit.id).where(OrgUnit.kind == "library").limit(1)).one()
        for number in range(count):
            patron = Patron(name=f"R{number}", home_id=home)
            session.add(patron)
            session.flush()
            chat = FIRST_CHAT + number
            session.add(
                Talk(id=f"telegram:{chat}", channel="telegram", address=str(chat), patron_id=patron.id,
                     updated_at=datetime.now(UTC))
            )  # fmt: skip


async def talk_and_kill(
    how: str,
    parent: Parent,
    library: Library,
    index: Path,
    *,
    chats: int,
    kills: int,
    chance: random.Random,
    still_s: float = PATIENCE_S,
) -> Tally:
    add_readers(library, chats)
    sent: dict[int, list[int]] = {FIRST_CHAT + number: [] for number in range(chats)}
    hits = 0
    async with FakeBotApi() as api:
        given = {"how": how, "database": f"sqlite:///{library.file}", "index": str(index), "api": api.url}
        child = parent.fork(given)

        async def feed() -> None:
            while True:
                await until(lambda: sum(map(len, sent.values())) - len(api.sent) < AT_ONCE)
                chat = chance.choice(sorted(sent))
                sent[chat].append(await api.say(chat, SAYINGS[len(sent[chat]) % 2]))
                await asyncio.sleep(chance.uniform(0, 0.14))

        feeding = asyncio.create_task(feed())
        for _ in range(kills):
            taken = len(api.confirmed)
            await until(lambda: len(api.confirmed) > taken, 0.003)  # noqa: B023 - awaited in the same round
            await asyncio.sleep(chance.uniform(0, 0.06))
            hits += api.in_hand(since=taken) > 0
            os.kill(child, signal.SIGKILL)
            child = parent.fork(given)
        feeding.cancel()
        await settled(library, api, said=sum(map(len, sent.values())), still_s=still_s)
        os.kill(child, signal.SIGKILL)
        replies = Counter(one.chat for one in api.sent)
    return tally(library, sent, replies, hits)


async def settled(library: Library, api: FakeBotApi, *, said: int, still_s: float) -> None:
    """Wait until all that was `said` is answered, or nothing has moved for `still_s` seconds.

    However slow the machine is, what still moves is not lost.
    """
    sessions = open_sessions(library.engine, reading=True)
    before: tuple[int, ...] = ()
    moved = time.monotonic()
    while time.monotonic() - moved < still_s:
        with sessions() as session:
            asked = session.scalar(select(func.count()).where(InboxRow.status.in_(("new", "claimed"))))
            owed = session.scalar(select(func.count()).where(OutboxRow.status.in_(("waiting", "sending"))))
        if not (api.updates or asked or owed) and len(api.sent) >= said:
            return
        now = (len(api.updates), len(api.confirmed), len(api.sent), asked or 0, owed or 0)
        if now != before:
            before, moved = now, time.monotonic()
        await asyncio.sleep(0.05)


def tally(library: Library, sent: dict[int, list[int]], replies: Counter[int], hits: int) -> Tally:
    with library.sessions.begin() as session:
        update_of = {f"turn:{row.id}": row.update_id for row in session.scalars(select(InboxRow))}
        changes = session.scalars(select(AuditEntry).where(AuditEntry.what == "preference_set")).all()
        turns = [one.turn for one in changes if one.ids["preference"] == "rate"]
    effects = Counter(int(update_of.get(turn, turn.removeprefix("update:"))) for turn in turns)
    updates = [update for of_chat in sent.values() for update in of_chat]
    return Tally(
        sent=len(updates),
        lost=sum(effects[update] == 0 for update in updates),
        twice=sum(effects[update] > 1 for update in updates),
        unanswered=sum(max(0, len(of_chat) - replies[chat]) for chat, of_chat in sent.items()),
        repeated=sum(max(0, replies[chat] - len(of_chat)) for chat, of_chat in sent.items()),
        hits=hits,
    )


async def test_nothing_is_lost_and_nothing_done_twice(parent: Parent, library: Library, built_library: Path) -> None:
    found = await talk_and_kill(
        "ours", parent, library, built_library / "index", chats=30, kills=6, chance=random.Random(7)
    )
    assert (found.lost, found.twice, found.unanswered) == (0, 0, 0), found
    assert found.hits >= 5, f"the kills must hit live work: {found}"
    assert found.repeated <= 6 * 16, f"a reply may rarely repeat: {found}"


async def test_the_same_kills_hurt_a_bot_without_an_inbox(
    parent: Parent, library: Library, built_library: Path
) -> None:
    found = await talk_and_kill(
        "naive", parent, library, built_library / "index", chats=30, kills=4, chance=random.Random(7), still_s=10
    )
    assert found.lost + found.twice > 0 and found.unanswered > 0, found


@pytest.mark.nightly
@pytest.mark.timeout(3600)
@pytest.mark.parametrize("seed", range(4))
async def test_a_long_night_of_kills(parent: Parent, library: Library, built_library: Path, seed: int) -> None:
    found = await talk_and_kill(
        "ours", parent, library, built_library / "index", chats=60, kills=60, chance=random.Random(seed)
    )
    assert (found.lost, found.twice, found.unanswered) == (0, 0, 0), found
    assert found.hits >= 48, found
