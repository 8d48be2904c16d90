"""Deals the works out over the org units: how many copies, in which formats, where, with which numbers.

The same every time: places follow from a checksum of title and author, barcodes and call numbers from the order of
the data files. The outcome is a table as a library would send it, for catalog.interchange to import.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from zlib import crc32

from catalog.demo.sources import RecordingFact, WorkFact, places, recordings, works

COLUMNS = (
    *("title", "author", "publisher", "year", "isbn", "language", "clc", "votes", "format"),
    *("library", "barcode", "call_number", "url", "duration", "narrator"),
)
CLASSIC_COPIES = 4
"""Print copies of a classic, so that two are on the shelf whatever the demonstration's readers have taken."""
COPIES = ((300, 4), (1000, 3), (10_000, 2))
"""Print copies by fame: (up to this place in the order, so many)."""
SHELVES = {"province": 2, "city": 4, "county": 6, "township": 3, "village": 1}
"""How often a place of each level is dealt a copy."""
STRIDE = 7
FIRST_BARCODE = 3305210000001
"""330521 is Deqing's number in the national code of divisions."""
ACCESSIBLE_HOMES = ("DQ", "HZL", "ZJL")
RECORDED_FAME = 300
Row = dict[str, str]


def rows() -> Iterator[Row]:
    """The table's rows, an item or a recording each, in a fixed order."""
    numbers = _Numbers()
    for work in works():
        for home in _homes(work):
            yield _item(work, "print", home, numbers)
        for form, homes in _accessible(work):
            for home in homes:
                yield _item(work, form, home, numbers)
    for recording in recordings():
        yield _recording(recording)


def popularity(work: WorkFact) -> int:
    """A figure that orders equals: our own, from the place in the data files, the two languages side by side."""
    return max(1, 4000 - work.order) if work.language == "chi" else max(1, 2400 - 4 * work.order)


class _Numbers:
    """Barcodes, and call numbers as a county library gives them: the class, and a running number within it."""

    def __init__(self) -> None:
        self._barcode = FIRST_BARCODE
        self._in_class: dict[str, dict[tuple[str, str], int]] = defaultdict(dict)

    def barcode(self) -> str:
        self._barcode += 1
        return str(self._barcode - 1)

    def call_number(self, work: WorkFact) -> str:
        numbers = self._in_class[work.clc]
        return f"{work.clc}/{numbers.setdefault((work.title, work.author), len(numbers) + 1)}"


def _shelves() -> list[str]:
    dealt = []
    for place in places():
        if place["kind"] not in ("consortium", "service_point"):
            dealt += [place["code"]] * SHELVES[place["level"]]
    return dealt


def _homes(work: WorkFact) -> list[str]:
    """The homes of a work's print copies, all different."""
    wanted = CLASSIC_COPIES if work.classic else next(copies for upto, copies in COPIES if _fame(work) < upto)
    shelves = _shelves()
    at = _sum(work) % len(shelves)
    homes: list[str] = ["DQ"] if work.classic or _sum(work) % 5 else []
    while len(homes) < wanted:
        if shelves[at] not in homes:
            homes.append(shelves[at])
        at = (at + STRIDE) % len(shelves)
    return homes


def _accessible(work: WorkFact) -> list[tuple[str, list[str]]]:
    """Copies for readers who cannot read print: the Chinese classics, and large print of the English ones."""
    if not work.classic:
        return []
    if work.language == "eng":
        return [("large_print", ["HZL"])]
    braille = [ACCESSIBLE_HOMES[_sum(work) % 3]] if _sum(work) % 4 else []
    return [("large_print", ["DQ", "HZL"]), ("braille", braille), ("audiobook", ["DQ"])]


def _item(work: WorkFact, form: str, home: str, numbers: _Numbers) -> Row:
    row = dict.fromkeys(COLUMNS, "")
    row.update(title=work.title, author=work.author, language=work.language, clc=work.clc, format=form)
    row.update(votes=str(popularity(work)), library=home, barcode=numbers.barcode())
    row.update(call_number=numbers.call_number(work))
    if form == "print":
        row.update(publisher=work.publisher, year=work.year, isbn=work.isbn)
    return row


def _recording(recording: RecordingFact) -> Row:
    row = dict.fromkeys(COLUMNS, "")
    row.update(title=recording.title, author=recording.author, language=recording.language, clc=recording.clc)
    row.update(format="audiobook", url=recording.url, duration=str(recording.seconds), narrator="LibriVox")
    row.update(votes=str(RECORDED_FAME))
    return row


def _fame(work: WorkFact) -> int:
    return work.order if work.language == "chi" else work.order * 5


def _sum(work: WorkFact) -> int:
    return crc32(f"{work.title}/{work.author}".encode())
