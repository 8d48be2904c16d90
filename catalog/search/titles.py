"""The titles of all works in one flat file beside the index, so that a hundred candidates are read in no time.

tantivy gives a stored document back in 10 µs or more, since it unpacks a whole block for it; a question needs the
titles of sixty works and the rest of only a few. A work's document holds as a number where its titles lie (`place`).
The file is only ever appended to, before the commit that speaks of it, so that a killed writer leaves bytes that nobody
looks at and a reader never meets half a title. What updates leave behind goes with the next rebuild. How a title sounds
is put away only where it cannot be told from its signs alone, as most can: a third of the file.
"""

from __future__ import annotations

import mmap
from collections.abc import Iterable, Sequence
from pathlib import Path
from types import TracebackType

from catalog.search.documents import LONGEST, Name
from catalog.search.readings import sign_by_sign

FILE = "titles"
_LENGTH_BITS = 16
_MOST = 60
"""Titles of a work that are kept."""
_LENGTH_MASK = (1 << _LENGTH_BITS) - 1
_BETWEEN, _AFTER, _NEXT, _SHORT = "\x01", "\x02", "\x03", "-"
_WORK = _NEXT.encode("utf-16-le")


def written(titles: Sequence[Name]) -> bytes:
    """A work's titles as they are put away."""
    return _AFTER.join(
        _BETWEEN.join((name.words[:LONGEST], _codes(name), "" if name.whole else _SHORT)) for name in titles[:_MOST]
    ).encode("utf-16-le", "replace")


def _codes(name: Name) -> str:
    """How a title sounds; nothing where each of its signs sounds as it does alone."""
    return "" if name.codes == sign_by_sign(name.key) else name.codes[:LONGEST]


class Writer:
    """Appends titles; close it (or leave its block) before the commit."""

    def __init__(self, folder: Path) -> None:
        self._file = (folder / FILE).open("ab")
        self._end = self._file.tell()

    def add(self, written: bytes) -> int:
        """Put a work's titles away; gives their place."""
        place = self._end << _LENGTH_BITS | len(written)
        self._file.write(written)
        self._end += len(written)
        return place

    def __enter__(self) -> Writer:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._file.close()


class Reader:
    """Reads titles through a memory map, which grows with the file."""

    def __init__(self, folder: Path) -> None:
        self._path = folder / FILE
        self._map = self._mapped()

    def read(self, places: Iterable[int]) -> list[tuple[Name, ...]]:
        """The titles at each of the places. Raises OSError if the file does not hold them."""
        cut = [(place >> _LENGTH_BITS, (place >> _LENGTH_BITS) + (place & _LENGTH_MASK)) for place in places]
        if not cut:
            return []
        if max(end for _, end in cut) > len(self._map):
            self._map = self._mapped()
            if max(end for _, end in cut) > len(self._map):
                raise OSError("the file of titles is cut off")
        mapped = self._map
        text = str(_WORK.join([mapped[start:end] for start, end in cut]), "utf-16-le")
        return [tuple(map(_name, work.split(_AFTER))) if work else () for work in text.split(_NEXT)]

    def _mapped(self) -> bytes | mmap.mmap:
        with self._path.open("rb") as file:
            size = file.seek(0, 2)
            return mmap.mmap(file.fileno(), size, access=mmap.ACCESS_READ) if size else b""


def _name(written: str) -> Name:
    words, codes, short = written.split(_BETWEEN)
    key = words.replace(" ", "") if " " in words else words
    return Name(key, words, codes or sign_by_sign(key), not short)
