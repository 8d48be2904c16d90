"""Several processes import the same books at once, on both databases: each book is there once, and all are indexed."""

from __future__ import annotations

import multiprocessing
from pathlib import Path

import pytest
from sqlalchemy import func, select

from catalog.records.tables import BibliographicRecord, Work
from tests.catalog.union import Union
from tests.databases import KINDS, NewDatabase

BOOKS = Path(__file__).parent.parent / "search" / "books.tsv"
RUNNERS = 4


def import_books(task: tuple[str, str]) -> tuple[int, int]:
    """One runner: import the books, bring the index up to date; gives what was read and made."""
    url, folder = task
    union = Union(Path(folder), url)
    report = union.load(BOOKS)
    union.index()
    union.close()
    return report.read, report.created


@pytest.mark.parametrize("kind", KINDS)
def test_racing_imports(kind: str, new_database: NewDatabase, tmp_path: Path) -> None:
    union = Union(tmp_path, new_database(kind))
    with multiprocessing.get_context("spawn").Pool(RUNNERS) as pool:
        outcomes = pool.map(import_books, [(union.url, str(tmp_path))] * RUNNERS, chunksize=1)
    lines = len(BOOKS.read_text("utf-8").splitlines()) - 1
    assert [read for read, _ in outcomes] == [lines] * RUNNERS
    with union.sessions() as session:
        records = session.scalar(select(func.count(BibliographicRecord.id)))
        keys = session.scalars(select(Work.key)).all()
    assert records == sum(created for _, created in outcomes) == lines
    assert len(set(keys)) == len(keys)
    assert union.index().behind(union.engine) == 0
    union.close()
