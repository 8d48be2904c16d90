"""Every work of the catalogue made ready for the index by several processes, in order, a stretch of numbers each.

Python makes terms on one core at a time, and of a million titles that is most of the time: so each core gets a process
of its own, which reads its stretches from the database by itself and hands back plain values (marshal). A process is
asked on its input and ends when that does: whatever becomes of us, none is left behind. What one that was killed did
not hand back is read here. A small catalogue, or one core, needs no others.
"""

from __future__ import annotations

import marshal
import subprocess
from collections import deque
from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack, contextmanager, suppress
from itertools import islice

from sqlalchemy import Engine, func, select
from sqlalchemy.orm import Session, sessionmaker

from catalog.database import open_engine, open_sessions
from catalog.garbage import batch_done, seldom_collected
from catalog.processes import beside, cores, give, own_pipes, receive, send, take
from catalog.records.tables import BibliographicRecord
from catalog.search import works
from catalog.search.documents import Written
from catalog.search.works import Work

STRETCH = 2_000
FEW = 20_000
"""Up to so many works no process is started for: that would take longer."""
MOST_PROCESSES = 8
AHEAD = 2
"""Stretches that a process is asked for before the first is taken from it."""

Stretch = tuple[int, int]


def every_work(sessions: sessionmaker[Session]) -> Iterator[list[Work]]:
    """All works, by stretches. Those that come while it goes on are among the changes of the log."""
    engine: Engine = sessions.kw["bind"]
    with Session(engine.execution_options(reading=True)) as session:
        first = session.scalar(select(func.min(BibliographicRecord.work_id)))
        last = session.scalar(select(func.max(BibliographicRecord.work_id)))
    if first is None or last is None:
        return
    stretches = [(at, min(at + STRETCH - 1, last)) for at in range(first, last + 1, STRETCH)]
    processes = min(cores(), MOST_PROCESSES)
    if last - first < FEW or processes == 1 or engine.url.database in (None, "", ":memory:"):
        yield from read_here(engine, stretches)
    else:
        yield from shared_out(engine, stretches, processes)


def read_here(engine: Engine, stretches: Sequence[Stretch]) -> Iterator[list[Work]]:
    """The works of each stretch, read by this process."""
    sessions = open_sessions(engine, reading=True)
    for first, last in stretches:
        with sessions() as session:
            found = works.within(session, first, last)
        yield found
        found.clear()
        batch_done()


def shared_out(engine: Engine, stretches: Sequence[Stretch], processes: int) -> Iterator[list[Work]]:
    """The stretches dealt out in turn; each process is one ahead of what was taken from it."""
    with ExitStack() as stack:
        makers = [stack.enter_context(_maker(engine)) for _ in range(processes)]
        threads = [stack.enter_context(ThreadPoolExecutor(1)) for _ in makers]
        turns = ((place % processes, stretch) for place, stretch in enumerate(stretches))
        asked: deque[tuple[Stretch, Future[list[Work] | None]]] = deque()

        def ask(number: int) -> None:
            for place, stretch in islice(turns, number):
                asked.append((stretch, threads[place].submit(_asked, makers[place], stretch)))

        ask(AHEAD * processes)
        while asked:
            stretch, answer = asked.popleft()
            found = answer.result()
            ask(1)
            if found is None:
                yield from read_here(engine, [stretch])
            else:
                yield found
                found.clear()
            batch_done()


@contextmanager
def _maker(engine: Engine) -> Iterator[subprocess.Popen[bytes]]:
    """A process that makes works, given the database's address where nobody else reads it: on its input."""
    with beside("catalog.search.making") as process:
        give(process, marshal.dumps(engine.url.render_as_string(hide_password=False)))
        yield process


def _asked(maker: subprocess.Popen[bytes], stretch: Stretch) -> list[Work] | None:
    """The works of a stretch; None from a process that has ended."""
    give(maker, marshal.dumps(stretch))
    frame = take(maker)
    return None if frame is None else [Work(Written(*written), titles) for written, titles in marshal.loads(frame)]


def main() -> None:
    """Make the stretches that are asked for on the input, until it ends."""
    asked, answers = own_pipes()
    if (url := receive(asked)) is None:
        return
    sessions = open_sessions(open_engine(marshal.loads(url)), reading=True)
    with seldom_collected(), suppress(BrokenPipeError):
        while stretch := receive(asked):
            with sessions() as session:
                found = works.within(session, *marshal.loads(stretch))
            send(answers, marshal.dumps([(tuple(work.written), work.titles) for work in found]))
            found.clear()
            batch_done()
