"""A large file read ahead by a process of its own: the same records in the same order, whatever becomes of it."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest

from catalog.interchange import ahead
from catalog.interchange.batches import Read, described_of
from catalog.interchange.describing import Places, Unusable
from catalog.interchange.importing import iso2709_records
from tests.catalog.interchange.marc_maker import book, write

PLACES = Places({"DQ": 3}, "DQ")
COUNT = 3 * ahead.TOGETHER + 7


@pytest.fixture
def file(tmp_path: Path) -> Path:
    records = [book(f"B{number}", f"第{number}种书", "老舍", items=(f"{number:07d}",)) for number in range(COUNT)]
    records[5] = book("B5", "", "老舍")
    records[6] = book("B6", "骆驼祥子", "老舍", status="d")
    records[7] = book("B7", "四世同堂", "老舍", place="NOWHERE", items=("9",), encoding="gb18030")
    return write(tmp_path, *records)


def told(reads: Iterator[tuple[Read, int]], name: str) -> list[object]:
    """What each record says, whoever described it."""
    return [_told(read, name) for read, _ in reads]


def _told(read: Read, name: str) -> object:
    assert read.origin
    known = (read.position, read.origin.number, read.origin.digest)
    if isinstance(read.found, Unusable):
        return (*known, str(read.found))
    if read.deleted or getattr(read.found, "deleted", False):
        return (*known, "deleted")
    try:
        entry, left_out = read.described or described_of(read, name, PLACES)
    except Unusable as error:
        return (*known, str(error))
    return (*known, entry, [(str(one), one.barcode, one.code) for one in left_out])


def test_it_is_what_is_read_here(file: Path) -> None:
    reader = partial(iso2709_records, file, "DQ", "")
    here = told(reader(after=2), file.name)
    assert len(here) == COUNT - 2
    reads = list(ahead.read(reader, 2, file.name, PLACES))
    assert told(iter(reads), file.name) == here
    assert sum(read.described is not None for read, _ in reads) == COUNT - 4


def test_what_a_killed_process_owes_is_read_here(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    reader = partial(iso2709_records, file, "DQ", "")
    here = told(reader(after=0), file.name)
    monkeypatch.setenv("PYTHONHASHSEED", "not a number")  # the process ends as it begins
    assert told(ahead.read(reader, 0, file.name, PLACES), file.name) == here
