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
from functools import cache
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING

from catalog.search.documents import LONGEST, Name
from catalog.search.readings import readings, sign_by_sign

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

FILE = "titles"
_LENGTH_BITS = 16
_MOST = 60
"""Titles of a work that are kept."""
_LENGTH_MASK = (1 << _LENGTH_BITS) - 1
_BETWEEN, _AFTER, _NEXT, _BEGINNING, _SHORT = "\x01", "\x02", "\x03", "\x04", "-"
_LENGTHS = 0x100
"""The sign that stands for the length 0: none of those of lengths is one of the above."""
_WORK = _NEXT.encode("utf-16-le")
_PUT_TOGETHER = frozenset((_BETWEEN, _AFTER, " "))


def written(titles: Sequence[Name]) -> bytes:
    """A work's titles as they are put away."""
    first = titles[0].words[:LONGEST] if titles and titles[0].whole else ""
    return _AFTER.join(
        _BETWEEN.join((_words(name, first), _codes(name), "" if name.whole else _SHORT)).rstrip(_BETWEEN)
        for name in titles[:_MOST]
    ).encode("utf-16-le", "replace")


def _words(name: Name, first: str) -> str:
    """A title's words; of one that is the beginning of the work's first title only how many signs of it."""
    words = name.words[:LONGEST]
    return words if name.whole or not first.startswith(words) else _BEGINNING + chr(_LENGTHS + len(words))


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
        written = _WORK.join([mapped[start:end] for start, end in cut])
        several = zip(str(written, "utf-16-le").split(_NEXT), _sounded(written).split(_NEXT), strict=True)
        return [_names(work, sounded) for work, sounded in several]

    def _mapped(self) -> bytes | mmap.mmap:
        with self._path.open("rb") as file:
            size = file.seek(0, 2)
            return mmap.mmap(file.fileno(), size, access=mmap.ACCESS_READ) if size else b""


def _names(work: str, sounded: str) -> tuple[Name, ...]:
    if _PUT_TOGETHER.isdisjoint(work):  # most are one title, all Chinese
        return (Name(work, work, sounded),) if work else ()
    first, _, _ = work.partition(_AFTER)
    first, _, _ = first.partition(_BETWEEN)
    return tuple(
        _name(one, first, sounded if one[0] == _BEGINNING else sounded_one)
        for one, sounded_one in zip(work.split(_AFTER), sounded.split(_AFTER), strict=True)
    )


def _name(written: str, first: str, sounded: str) -> Name:
    words, _, rest = written.partition(_BETWEEN)
    codes, _, short = rest.partition(_BETWEEN)
    if words[0] == _BEGINNING:
        words = first[: ord(words[1]) - _LENGTHS]
    if not codes:
        codes = sounded[: len(words)]
    if " " in words:
        return Name(words.replace(" ", ""), words, codes.replace(" ", ""), not short)
    return Name(words, words, codes, not short)


def _sounded(written: bytes) -> str:
    """`sign_by_sign` of all that was read, at once: of a hundred titles that takes as long as of one."""
    import numpy as np

    return str(_codes_of_signs()[np.frombuffer(written, "<u2")].tobytes(), "utf-16-le")


@cache
def _codes_of_signs() -> npt.NDArray[np.uint16]:
    import numpy as np

    codes = np.arange(1 << 16, dtype="<u2")
    for sign, code in readings().characters.items():
        codes[sign] = ord(code)
    return codes
