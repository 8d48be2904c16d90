"""The loops of `serve`: hear, answer, send; woken by what happens here, and looking each second for what others wrote.

The turns themselves are synchronous and run on worker threads: one on SQLite, which has one writer at a time, several
on PostgreSQL. Hearing has threads of its own, so that a long recording keeps nobody else waiting.
"""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from concurrent.futures import Executor, ThreadPoolExecutor
from datetime import UTC, datetime
from typing import TypeVar

import structlog
from sqlalchemy.orm import Session, sessionmaker

from bot import inbox, outbox
from bot.channels import Channel
from bot.dialogue.services import Services
from bot.outbox import OutboxRow
from bot.relay.answering import Hear, hear_next, held_secret, passing, turn_next
from bot.relay.limits import Pace
from bot.relay.sending import Mark, Speak, deliver, turn_over
from catalog.database import empty_log

LOOK_S = 1.0
"""How often each loop looks for work that another process wrote."""
RELEASE_S = 3.0
"""How often claims of dead processes are looked for."""
EMPTY_S = 600.0
"""How often the database's log is emptied in any case: of a failed turn's PIN, of a reader who was forgotten."""
HEARERS = 2
AT_ONCE = 16
"""Messages under way at once, for each channel."""
ENDING_S = 2.0
"""How long messages under way may take to arrive when the service ends."""

T = TypeVar("T")
log = structlog.get_logger()


class Relay:
    """Carries messages from the inbox through the dialogue to the outbox, and from there to the channels.

    `channels` may grow while it runs: a channel that is added is served from then on. `wake` may be called from any
    thread whenever something was written.
    """

    def __init__(
        self,
        sessions: sessionmaker[Session],
        *,
        services: Services,
        channels: Mapping[str, Channel],
        hear: Hear,
        speak: Speak,
        workers: int = 1,
        pace: Pace | None = None,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._sessions = sessions
        self._services = services
        self._channels = channels
        self._hear = hear
        self._speak = speak
        self._workers = workers
        self._now = now
        self._pace = pace or Pace()
        self._bells: list[asyncio.Event] = []
        self._loop: asyncio.AbstractEventLoop | None = None
        self._secret_said = True
        self._emptied_at = 0.0
        self._turns: Executor = ThreadPoolExecutor(workers, "turn")
        self._ears: Executor = ThreadPoolExecutor(HEARERS, "hear")
        # With one writer at a time, one queue is fair to turns and marks; SQLite itself lets either wait for seconds.
        self._marks: Executor = self._turns if workers == 1 else ThreadPoolExecutor(1, "mark")

    def wake(self) -> None:
        """Something was written: look now."""
        if self._loop is not None and not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self._ring)

    async def run(self) -> None:
        """Serve until cancelled. What is under way is then given a moment to end; the rest stays in its table."""
        self._loop = asyncio.get_running_loop()
        sending: dict[str, asyncio.Task[None]] = {}
        try:
            async with asyncio.TaskGroup() as group:
                group.create_task(self._repeat(self._release, RELEASE_S, at_a_bell=False))
                group.create_task(self._repeat(self._empty))
                for _ in range(self._workers):
                    group.create_task(self._repeat(self._turn))
                for _ in range(HEARERS):
                    group.create_task(self._repeat(self._listen))

                async def start_senders() -> bool:
                    for name in [name for name in self._channels if name not in sending]:
                        sending[name] = group.create_task(self._send_all(name))
                    return False

                group.create_task(self._repeat(start_senders))
        finally:
            for executor in (self._turns, self._ears, self._marks):
                executor.shutdown(wait=False, cancel_futures=True)
            with contextlib.suppress(TimeoutError):  # a turn ends in milliseconds; a long recording may not
                async with asyncio.timeout(ENDING_S):
                    await asyncio.to_thread(self._turns.shutdown)
                    await asyncio.to_thread(self._marks.shutdown)

    def _ring(self) -> None:
        for bell in self._bells:
            bell.set()

    async def _repeat(
        self, step: Callable[[], Awaitable[bool]], seconds: float = LOOK_S, *, at_a_bell: bool = True
    ) -> None:
        """Do `step` for as long as it finds work, then wait for a bell or `seconds`; whatever goes wrong, go on."""
        bell = asyncio.Event()
        if at_a_bell:
            self._bells.append(bell)
        while True:
            bell.clear()
            try:
                worked = await step()
            except Exception as error:
                log.error("relay", step=step.__name__, error=type(error).__name__, passing=passing(error))
                await asyncio.sleep(LOOK_S)
                continue
            if not worked:
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(seconds):  # not wait_for, which swallows a cancellation in Python 3.11
                        await bell.wait()

    async def _in(self, executor: Executor, function: Callable[[], T]) -> T:
        return await asyncio.get_running_loop().run_in_executor(executor, function)

    async def _turn(self) -> bool:
        def turn() -> OutboxRow | None:
            return turn_next(self._sessions, channels=tuple(self._channels), services=self._services, now=self._now())

        answered = await self._in(self._turns, turn)
        if answered is None:
            return False
        if held_secret(answered):
            self._secret_said = True
        self._ring()
        return True

    async def _empty(self) -> bool:
        """Empty the database's log: at the start, after a secret was said, and now and then."""
        if self._secret_said or time.monotonic() - self._emptied_at > EMPTY_S:
            self._secret_said, self._emptied_at = False, time.monotonic()
            if not await self._in(self._marks, lambda: empty_log(self._sessions.kw["bind"])):
                self._secret_said = True
        return False

    async def _listen(self) -> bool:
        def listen() -> bool:
            return hear_next(self._sessions, channels=tuple(self._channels), hear=self._hear, now=self._now())

        if heard := await self._in(self._ears, listen):
            self._ring()
        return heard

    async def _send_all(self, name: str) -> None:
        """Send what waits for the channel `name`, several talks at once, each talk in order."""
        under_way: set[asyncio.Task[None]] = set()
        marks: list[Mark] = []

        async def send(row: OutboxRow) -> None:
            try:
                await asyncio.sleep(self._pace.wait(name, row.address, time.monotonic()))
                marks.append(await deliver(row, channel=self._channels[name], speak=self._speak, now=self._now))
            except Exception as error:
                log.error("relay", step="send", outbox=row.id, error=type(error).__name__)
            finally:
                under_way.discard(asyncio.current_task())
                self._ring()

        async def step() -> bool:
            made = marks.copy()
            rows = await self._in(self._marks, lambda: self._turn_over(name, made, AT_ONCE - len(under_way)))
            del marks[: len(made)]
            for row in rows:
                under_way.add(asyncio.create_task(send(row)))
            return bool(rows)

        try:
            await self._repeat(step)
        finally:
            if under_way:
                await asyncio.wait(under_way, timeout=ENDING_S)
            await self._in(self._marks, lambda: self._turn_over(name, marks, 0))

    def _turn_over(self, name: str, marks: Sequence[Mark], free: int) -> list[OutboxRow]:
        with self._sessions() as session:
            rows = turn_over(session, name, marks, free=free, now=self._now())
            session.commit()
            return rows

    async def _release(self) -> bool:
        def release() -> int:
            with self._sessions() as session:
                freed = inbox.release(session, now=self._now()) + outbox.release(session, now=self._now())
                session.commit()
                return freed

        if freed := await self._in(self._marks, release):
            log.warning("released", rows=freed)
            self._ring()
        return False
