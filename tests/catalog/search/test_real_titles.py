"""Twenty thousand real titles (all 207,005 at night): imported, indexed, and asked for as people ask.

How fast they come in is `shusheng bench search` and `bench imports`.
"""

from __future__ import annotations

import multiprocessing
import random
import resource
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

import pytest

from catalog.interchange.importing import ImportReport
from catalog.records.names import clean, title_parts
from catalog.search import Index, Query
from catalog.search.readings import has_han, plain
from tests.catalog.union import Union

SAMPLE = 20_000
SEED = 20261122


@dataclass
class Loaded:
    union: Union
    file: Path
    report: ImportReport
    index: Index
    titles: list[str]
    """The titles that only one line has (editions and volumes apart), four signs or longer."""


def beginning_of(source: Path, folder: Path, lines: int) -> Path:
    """A table of the first `lines` books."""
    file = folder / "books.tsv"
    with source.open(encoding="utf-8") as rows:
        file.write_text("".join(islice(rows, lines + 1)), "utf-8")
    return file


def import_and_index(folder: Path, file: Path) -> tuple[ImportReport, float]:
    """What became of the file, and the most megabytes that this process has ever held."""
    union = Union(folder)
    report = union.load(file)
    union.index()
    union.close()
    return report, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def loaded_from(folder: Path, file: Path, report: ImportReport) -> Loaded:
    """The union in the folder, where the file was imported and indexed."""
    with file.open(encoding="utf-8") as rows:
        titles = [clean(row.split("\t")[0]) for row in islice(rows, 1, None)]
    seen = Counter(title_parts(title)[0] for title in titles)
    alone = [
        title for title in titles if len(plain(title)) >= 4 and has_han(title) and seen[title_parts(title)[0]] == 1
    ]
    union = Union(folder)
    return Loaded(union, file, report, Index.open(union.folder), alone)


@pytest.fixture(scope="module")
def loaded(shared: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Loaded]:
    folder = tmp_path_factory.mktemp("sample")
    file = beginning_of(shared / "data" / "books_cn.tsv", folder, SAMPLE)
    made = loaded_from(folder, file, import_and_index(folder, file)[0])
    yield made
    made.union.close()


def first_share(loaded: Loaded, ask: list[tuple[str, Query]], *, within: int = 1) -> float:
    hits = 0
    for title, query in ask:
        found = loaded.index.search(query)
        hits += any(title_parts(hit.title)[0] == title_parts(title)[0] for hit in found.hits[:within])
    return hits / len(ask)


def sampled(loaded: Loaded, number: int = 400) -> list[str]:
    return random.Random(SEED).sample(loaded.titles, number)


def test_all_lines_come_in_and_twice_is_once(loaded: Loaded) -> None:
    report = loaded.report
    assert report.read == SAMPLE
    assert report.rejected <= 2
    assert report.created > 0.95 * SAMPLE
    again = loaded.union.load(loaded.file)
    assert (again.created, again.updated) == (0, 0)
    assert loaded.index.behind(loaded.union.engine) == 0


def test_typed_exactly(loaded: Loaded) -> None:
    asked = [(title, Query(text=title)) for title in sampled(loaded)]
    assert first_share(loaded, asked) >= 0.995


def test_typed_with_one_slip(loaded: Loaded) -> None:
    chance = random.Random(SEED)
    signs = sorted({sign for title in loaded.titles[:3000] for sign in plain(title)})
    asked = []
    for title in sampled(loaded):
        words = plain(title)
        at = chance.randrange(len(words))
        slip = "" if chance.random() < 0.5 else chance.choice(signs)
        asked.append((title, Query(text=words[:at] + slip + words[at + 1 :])))
    assert first_share(loaded, asked) >= 0.97


@pytest.mark.nightly
@pytest.mark.timeout(900)
def test_all_of_it(shared: Path, tmp_path: Path) -> None:
    """In a process of its own: the memory that counts is the import's, not what else this one has ever held."""
    file = shared / "data" / "books_cn.tsv"
    with multiprocessing.get_context("spawn").Pool(1) as alone:
        report, megabytes = alone.apply(import_and_index, (tmp_path, file))
    assert report.read == 207_005
    assert report.rejected < 20
    assert megabytes < 600
    made = loaded_from(tmp_path, file, report)
    assert first_share(made, [(title, Query(text=title)) for title in sampled(made)]) >= 0.99
    made.union.close()
