"""The index as its one writer at a time keeps it: fed from the change log, batch by batch, or built anew.

    update(sessions, path)                 reads what changed since the last time (builds the index if there is none)
    update(sessions, path, rebuild=True)   builds it anew from the whole catalogue beside the old one, then switches

How far the log was read stands in the index itself, in the same commit as the works, so that nothing is lost or done
twice when the process is killed. The lock (a file lock, which a killed process loses) is held only while a batch is
written; a rebuild holds it only to switch. Several machines each keep an index of their own from the same log.
"""

from __future__ import annotations

import fcntl
import os
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import tantivy
from sqlalchemy import func, select
from sqlalchemy.orm import Session, sessionmaker

from catalog.garbage import seldom_collected
from catalog.records.tables import BibliographicRecord
from catalog.search import documents, generations, making, titles, works
from catalog.search.generations import IndexLockedError, IndexUnusableError
from catalog.search.tables import changed_records, last_change
from catalog.search.works import Work

BATCH = 5_000
"""Changes written under one lock: well under a second."""
WORKS_AT_ONCE = 2_000
PATIENCE_S = 30.0
HEAP_BYTES = 120_000_000
PART = 180_000
"""Works that the heap holds at once: written as a segment of their own."""
MERGED = 8
"""So many segments of one size tantivy merges into one, in which each word stands once."""
SMALL_HEAP_BYTES = 24_000_000


def update(
    sessions: sessionmaker[Session],
    path: Path,
    *,
    rebuild: bool = False,
    progress: Callable[[int, int], None] | None = None,
    patience: float = PATIENCE_S,
) -> int:
    """Bring the index in the folder `path` up to date; returns how many works were written.

    `progress` is told works written and works in all. Waits `patience` seconds for another writer, then raises
    IndexLockedError. An index that is missing, broken or of another version is built anew.
    """
    path.mkdir(parents=True, exist_ok=True)
    built = 0
    if rebuild or not _usable(path):
        built = _build(sessions, path, progress or _silent, patience, again=rebuild)
    with Session(sessions.kw["bind"].execution_options(reading=True)) as session:  # asked each second: no writer waits
        last = last_change(session)
    done = 0
    while (batch := _write_batch(sessions, path, last, patience)) is not None:
        done += batch
        if progress and done and not built:
            progress(done, done)
    return built + done


def _silent(done: int, total: int) -> None:
    """Nobody watches."""


def _usable(path: Path) -> bool:
    try:
        folder = generations.in_force(path)
        return folder is not None and generations.seen(generations.opened(folder)) >= 0
    except (OSError, ValueError):
        return False


def _newest(path: Path) -> tuple[Path, tantivy.Index]:
    folder = generations.in_force(path)
    if folder is None:
        raise IndexUnusableError(path)
    try:
        return folder, generations.opened(folder)
    except (OSError, ValueError) as error:
        raise IndexUnusableError(path) from error


def _write_batch(sessions: sessionmaker[Session], path: Path, last: int, patience: float) -> int | None:
    """Write the next changes up to number `last`; None if the index has them all."""
    if generations.seen(_newest(path)[1]) >= last:
        return None
    with _lock(path / "writing.lock", patience):
        folder, handle = _newest(path)
        seen = generations.seen(handle)
        if seen >= last:
            return None
        with sessions() as session:
            seen, records = changed_records(session, seen, up_to=last, limit=BATCH)
            numbers = _works_of(session, records)
            writer = _writer(handle, SMALL_HEAP_BYTES)
            for record in records:
                writer.delete_documents_by_term("record", record)
            with titles.Writer(folder) as places:
                for ids in _slices(numbers, WORKS_AT_ONCE):
                    for work in works.of(session, BibliographicRecord.work_id.in_(ids)):
                        for record in work.written.records:
                            writer.delete_documents_by_term("record", record)
                        _add(writer, places, work)
        _commit(writer, seen)
    return len(numbers)


def _build(
    sessions: sessionmaker[Session], path: Path, progress: Callable[[int, int], None], patience: float, *, again: bool
) -> int:
    """Build a new generation and put it in force; 0 if another process did so while we waited."""
    with _lock(path / "building.lock", patience):
        if not again and _usable(path):
            return 0
        folder, handle = generations.new(path, f"g{time.time_ns():x}")
        writer = _writer(handle, HEAP_BYTES)
        with sessions() as session:
            seen = last_change(session)
            total = session.scalar(select(func.count(func.distinct(BibliographicRecord.work_id)))) or 0
        done = written = 0
        part = _part(total)
        with seldom_collected(), titles.Writer(folder) as places:
            for some in making.every_work(sessions):
                if done - written >= part:
                    writer.commit()
                    written = done
                for work in some:
                    _add(writer, places, work)
                done += len(some)
                progress(done, total)
        _commit(writer, seen)
        with _lock(path / "writing.lock", patience):
            generations.put_in_force(path, folder)
        progress(done, total)
    return done


def _part(total: int) -> int:
    """How many works to commit together, so that all segments are merged into one in the end."""
    parts = 1
    while total > parts * PART:
        parts *= MERGED
    return -(-total // parts)


def _writer(handle: tantivy.Index, heap: int) -> tantivy.IndexWriter:
    """A writer, once what a killed one left is cleared away.

    tantivy names a file of deletions after the number of operations in the last commit: the batch that a killed writer
    did not finish comes to the same name again, and creating it would fail (FileAlreadyExists). Readers are safe: only
    files go that no commit names.
    """
    writer = handle.writer(heap, 1)
    writer.garbage_collect_files()
    return writer


def _add(writer: tantivy.IndexWriter, places: titles.Writer, work: Work) -> None:
    writer.add_document(documents.document(work.written, places.add(work.titles)))


def _commit(writer: tantivy.IndexWriter, seen: int) -> None:
    writer.delete_documents_by_term("whole", generations.STATE)
    writer.add_document(generations.state(seen))
    writer.commit()
    writer.wait_merging_threads()


def _works_of(session: Session, records: list[int]) -> list[int]:
    works: dict[int, None] = {}
    for ids in _slices(records, 500):
        works.update(
            dict.fromkeys(
                session.scalars(select(BibliographicRecord.work_id).where(BibliographicRecord.id.in_(ids)).distinct())
            )
        )
    return sorted(works)


def _slices(ids: list[int], length: int) -> Iterator[list[int]]:
    return (ids[at : at + length] for at in range(0, len(ids), length))


@contextmanager
def _lock(file: Path, patience: float) -> Iterator[None]:
    """Hold a file lock; whoever holds it has written its process and command there."""
    until = time.monotonic() + patience
    with file.open("a+", encoding="utf-8") as handle:
        while True:
            try:
                fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except OSError:
                if time.monotonic() > until:
                    handle.seek(0)
                    holder = handle.read().strip() or "another process"
                    raise IndexLockedError(
                        f"the search index is being written by {holder}: waited {patience:.0f} s, try again later"
                    ) from None
                time.sleep(0.05)
        handle.seek(0)
        handle.truncate()
        handle.write(f"process {os.getpid()} ({Path(sys.argv[0]).name} {' '.join(sys.argv[1:2])})")
        handle.flush()
        yield
