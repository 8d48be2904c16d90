"""The index on disk: kept up to date, shared, killed, broken, rebuilt; always with the real thing in a folder."""

from __future__ import annotations

import json
import multiprocessing
import os
import shutil
import signal
import time
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

import pytest
from sqlalchemy import delete, select, update

from catalog.records.tables import BibliographicRecord, SourceRecord
from catalog.search import generations, tables, writing
from catalog.search.index import Index, IndexUnusableError, Query
from catalog.search.index import update as update_index
from tests.catalog.union import Union

BOOKS = Path(__file__).with_name("books.tsv")


@pytest.fixture
def union(tmp_path: Path) -> Iterator[Union]:
    union = Union(tmp_path)
    union.load(BOOKS)
    yield union
    union.close()


def titles(index: Index, text: str) -> list[str]:
    return [hit.title for hit in index.search(Query(text=text)).hits]


def test_a_change_is_found(union: Union, tmp_path: Path) -> None:
    index = union.index()
    assert index.behind(union.engine) == 0
    with union.sessions.begin() as session:
        record = session.scalars(select(BibliographicRecord).where(BibliographicRecord.title == "懂")).one()
        record.title = "不懂"
        tables.touch(session, record.id)
    assert index.behind(union.engine) == 1
    assert update_index(union.sessions, union.folder) == 1
    assert titles(index, "不懂")[0] == "不懂"
    assert "懂" not in titles(index, "懂")
    assert update_index(union.sessions, union.folder) == 0


def test_a_record_that_is_gone_is_not_found(union: Union) -> None:
    index = union.index()
    with union.sessions.begin() as session:
        record = session.scalars(select(BibliographicRecord).where(BibliographicRecord.title == "懂")).one()
        tables.touch(session, record.id)
        session.execute(delete(SourceRecord).where(SourceRecord.record_id == record.id))
        session.delete(record)
    update_index(union.sessions, union.folder)
    assert "懂" not in titles(index, "懂")


def test_a_record_moved_to_another_work_leaves_the_first(union: Union) -> None:
    index = union.index()
    with union.sessions.begin() as session:
        one = session.scalars(
            select(BibliographicRecord).where(
                BibliographicRecord.title == "三体", BibliographicRecord.format == "print"
            )
        ).one()
        other = session.scalars(
            select(BibliographicRecord).where(
                BibliographicRecord.title == "三体", BibliographicRecord.format == "audiobook"
            )
        ).one()
        home = session.scalars(select(BibliographicRecord).where(BibliographicRecord.title == "懂")).one()
        session.execute(
            update(BibliographicRecord).where(BibliographicRecord.id == other.id).values(work_id=home.work_id)
        )
        tables.touch_all(session, (one.id, other.id, home.id))
    update_index(union.sessions, union.folder)
    hits = index.search(Query(text="三体")).hits
    assert sorted(hit.formats for hit in hits if hit.title in {"三体", "懂"}) == [
        ("audiobook", "print"),
        ("print",),
    ]


def test_a_broken_index_says_what_to_do_and_is_rebuilt(union: Union) -> None:
    union.index()
    folder = generations.in_force(union.folder)
    assert folder
    for file in folder.glob("*.store"):
        file.unlink()
    (folder / "meta.json").write_text("{")
    with pytest.raises(IndexUnusableError, match="index --rebuild"):
        Index.open(union.folder).search(Query(text="活着"))
    update_index(union.sessions, union.folder, rebuild=True)
    assert titles(Index.open(union.folder), "活着")[0] == "活着"
    assert len([entry for entry in union.folder.iterdir() if entry.is_dir()]) == 1


def test_an_index_of_another_version_is_built_anew(union: Union) -> None:
    index = union.index()
    folder = generations.in_force(union.folder)
    assert folder
    (folder / "form").write_text("older")
    assert update_index(union.sessions, union.folder) > 0
    assert titles(index, "活着")[0] == "活着"


def test_a_reader_follows_a_rebuild(union: Union) -> None:
    index = union.index()
    assert titles(index, "活着")
    update_index(union.sessions, union.folder, rebuild=True)
    assert titles(index, "活着")[0] == "活着"


def test_who_holds_the_lock_is_said(union: Union) -> None:
    union.index()
    with union.sessions.begin() as session:
        tables.touch(session, 1)
    with (
        writing._lock(union.folder / "writing.lock", 1),
        pytest.raises(generations.IndexLockedError, match=f"process {os.getpid()}"),
    ):
        update_index(union.sessions, union.folder, patience=0.1)
    assert update_index(union.sessions, union.folder) == 1


def test_what_a_killed_writer_left_does_not_stop_the_next(union: Union, tmp_path: Path) -> None:
    """FileAlreadyExists: deletions were written, then the writer was killed before the commit that names them."""
    index = union.index()
    folder = generations.in_force(union.folder)
    assert folder
    before = tmp_path / "before"
    shutil.copytree(folder, before)
    touch_some(union)
    update_index(union.sessions, union.folder)
    managed = [set(json.loads((one / ".managed.json").read_text())) for one in (before, folder)]
    for file in before.iterdir():
        if not (folder / file.name).exists():
            shutil.copy(file, folder)
    (before / "meta.json").replace(folder / "meta.json")  # never overwritten in place: readers have files mapped
    (folder / ".managed.json").write_text(json.dumps(sorted(set.union(*managed))))
    assert any(folder.glob("*.del"))
    assert index.behind(union.engine) > 0
    assert update_index(union.sessions, union.folder) > 0
    assert index.behind(union.engine) == 0
    assert titles(index, "活着")[0] == "活着"


def touch_some(union: Union) -> None:
    with union.sessions.begin() as session:
        tables.touch_all(session, range(1, 20))


def rebuild_for_ever(url: str, folder: str) -> None:
    union = Union(Path(folder), url)
    while True:
        update_index(union.sessions, union.folder, rebuild=True)
        touch_some(union)
        update_index(union.sessions, union.folder)


def update_for_ever(url: str, folder: str) -> None:
    union = Union(Path(folder), url)
    while True:
        touch_some(union)
        update_index(union.sessions, union.folder)


def written(union: Union) -> object:
    """Other after every commit and every rebuild."""
    folder = generations.in_force(union.folder)
    try:
        return folder, folder and (folder / "meta.json").stat().st_ino
    except FileNotFoundError:
        return None  # it was cleared away just now


def wait_for_a_write(union: Union) -> float:
    """Wait until the index is other than now; gives how long that took."""
    before, start = written(union), time.monotonic()
    while written(union) in (before, None):
        assert time.monotonic() - start < 60, "the kill must hit live work"
        time.sleep(0.001)
    return time.monotonic() - start


def kill_at_moments(union: Union, work: Callable[[str, str], None], moments: Iterable[float]) -> None:
    """Kill `work` at each of the moments between two of its writes; whatever it left, the next writer goes on."""
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload([__name__])
    for moment in moments:
        process = context.Process(target=work, args=(union.url, str(union.folder.parent)))
        process.start()
        wait_for_a_write(union)
        time.sleep(moment * wait_for_a_write(union))
        assert process.pid and process.is_alive()
        os.kill(process.pid, signal.SIGKILL)
        process.join()
        assert titles(Index.open(union.folder), "活着")[0] == "活着"
        touch_some(union)
        update_index(union.sessions, union.folder)
        assert Index.open(union.folder).behind(union.engine) == 0
        assert titles(Index.open(union.folder), "活着")[0] == "活着"


@pytest.mark.parametrize("work", [rebuild_for_ever, update_for_ever])
def test_kill_9_at_any_moment_leaves_a_usable_index(union: Union, work: Callable[[str, str], None]) -> None:
    union.index()
    kill_at_moments(union, work, (0.1, 0.35, 0.6, 0.85))


@pytest.mark.nightly
@pytest.mark.timeout(1800)
@pytest.mark.parametrize("work", [rebuild_for_ever, update_for_ever])
def test_kill_9_a_hundred_times(union: Union, work: Callable[[str, str], None]) -> None:
    union.index()
    kill_at_moments(union, work, (moment / 50 for moment in range(50)))


def touch_and_update(url: str, folder: str, first: int) -> None:
    union = Union(Path(folder), url)
    for record in range(first, first + 5):
        with union.sessions.begin() as session:
            session.execute(
                update(BibliographicRecord).where(BibliographicRecord.id == record).values(publisher=f"社{record}")
            )
            tables.touch(session, record)
        update_index(union.sessions, union.folder)
    union.close()


def test_writers_wait_for_each_other(union: Union, tmp_path: Path) -> None:
    index = union.index()
    context = multiprocessing.get_context("spawn")
    writers = [
        context.Process(target=touch_and_update, args=(union.url, str(tmp_path), first)) for first in (1, 6, 11, 16)
    ]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()
        assert writer.exitcode == 0
    assert index.behind(union.engine) == 0
    assert titles(index, "活着")[0] == "活着"
