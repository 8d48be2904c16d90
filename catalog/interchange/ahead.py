"""A large file read ahead by a process of its own: records found, decoded and described while the union is written.

Reading and describing is more than half of an import, and knows nothing of the database. The process hands back what
it made in the order of the file; should it be killed, the rest is read here, from the record after the last one.
"""

from __future__ import annotations

import pickle
from collections.abc import Callable, Generator, Iterator
from contextlib import suppress
from dataclasses import replace
from functools import partial

from catalog.garbage import batch_done, seldom_collected
from catalog.interchange.batches import Read, described_of
from catalog.interchange.describing import Places, Unusable
from catalog.interchange.records import MarcRecord
from catalog.processes import beside, give, own_pipes, receive, send, take

Reader = Callable[..., Iterator[tuple[Read, int]]]
"""Reads a file from the record after number `after` on (importing.py); it can be pickled."""
TOGETHER = 250


def read(reader: Reader, after: int, name: str, places: Places) -> Generator[tuple[Read, int]]:
    """What `reader` reads, described already (Read.described)."""
    reached, whole = after, False
    with beside("catalog.interchange.ahead") as process:
        give(process, pickle.dumps((partial(reader, after=after), name, places)))
        while frame := take(process):
            several: list[tuple[Read, int]] | None = pickle.loads(frame)
            if several is None:
                whole = True
                break
            reached = several[-1][0].position
            yield from several
    if not whole:
        yield from reader(after=reached)


def main() -> None:
    """Read and describe the file that is asked for on the input."""
    asked, answers = own_pipes()
    frame = receive(asked)
    if frame is None:
        return
    reader, name, places = pickle.loads(frame)
    several: list[tuple[Read, int]] = []
    with seldom_collected(), suppress(BrokenPipeError):
        for one, at in reader():
            several.append((_described(one, name, places), at))
            if len(several) == TOGETHER:
                send(answers, pickle.dumps(several, pickle.HIGHEST_PROTOCOL))
                several.clear()
                batch_done()
        if several:
            send(answers, pickle.dumps(several, pickle.HIGHEST_PROTOCOL))
        send(answers, pickle.dumps(None))


def _described(one: Read, name: str, places: Places) -> Read:
    if not isinstance(one.found, MarcRecord):
        return one
    if one.found.deleted:
        return replace(one, found={}, deleted=True)
    try:
        return replace(one, found={}, described=described_of(one, name, places))
    except Unusable as error:
        return replace(one, found=error)
