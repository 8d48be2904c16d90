"""Tables as reading rooms keep them: comma, tab or semicolon, Chinese or English headings, Excel's or anyone's.

A row is one line. A quoted field may hold the separator; a quote that is never closed on its line is a quote, and
swallows nothing. Headings are known from columns.json, or told by the operator; what a value means is describing.py's.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from itertools import zip_longest
from pathlib import Path
from typing import TextIO

from catalog.interchange import encodings
from catalog.interchange.describing import Unusable
from catalog.search.readings import plain

SEPARATORS = ("\t", ",", ";", "|", "，")
LONGEST_LINE = 1_000_000
HEADING_ROWS = 5
"""Excel lists often begin with a line that names the library: the headings may stand a few lines below."""

Row = tuple[int, dict[str, str] | Unusable]
"""A row's line number, and its fields by our names (other columns by theirs) or why it cannot be read."""
Told = Callable[[Mapping[str, str]], None]
"""Told which heading was taken for which of our names ("" for none of them), before the first row comes."""
ROW_NEEDS = (frozenset({"title"}), frozenset({"barcode", "number"}), frozenset({"barcode", "isbn"}))
"""A table of books has titles; a list of items names the record of each by its number or ISBN."""


@dataclass(frozen=True, slots=True)
class Columns:
    """What a kind of table holds: the data file of its headings, the columns of which it needs one set, and what is
    said where none is there."""

    file: str
    needs: tuple[frozenset[str], ...]
    without: str


BOOKS = Columns(
    "columns.json", ROW_NEEDS, "{} has no column that is headed as a title; --column HEADING=title says which it is"
)


@dataclass(frozen=True, slots=True)
class Reading:
    """How a table is read: `columns` are headings and the names an operator gives them; `encoding`, if told."""

    columns: Mapping[str, str] = field(default_factory=dict)
    encoding: str = ""
    told: Told = lambda columns: None
    kind: Columns = BOOKS


class Unreadable(Exception):  # noqa: N818 - said to the operator as it is
    """A file that cannot be read at all; the message is the sentence that says why."""


def read_text(path: Path, reading: Reading) -> Iterator[tuple[Row, int]]:
    """The rows of a text file, and the bytes read so far. Raises Unreadable."""
    encoding = reading.encoding or encodings.of_text_file(path)
    if encoding is None:
        raise Unreadable(f"{path.name} is neither UTF-8 nor GB18030 text; --encoding says what it is")
    with path.open(encoding=encoding, newline=None) as file:
        heading: list[str] | None = None
        separator = ","
        read = 0
        for number, line in enumerate(_lines(file, path, encoding), start=1):
            read += len(line.encode("utf-8", "surrogatepass")) if not line.isascii() else len(line)
            if not line.strip():
                continue
            if heading is None:
                separator = _separator(line, reading)
                heading = headings(split(line, separator), reading)
                if heading is None and number >= HEADING_ROWS:
                    break
                continue
            if len(line) > LONGEST_LINE:
                yield (number, Unusable("the line is far too long")), read
                continue
            yield (number, _fields(heading, split(line, separator))), read
        if heading is None:
            raise Unreadable(reading.kind.without.format(path.name))


def _lines(file: TextIO, path: Path, encoding: str) -> Iterator[str]:
    try:
        yield from file
    except UnicodeDecodeError:
        raise Unreadable(f"{path.name} is not written in {encoding}") from None


def read_workbook(path: Path, reading: Reading) -> Iterator[tuple[Row, int]]:
    """The rows of every sheet of an XLSX workbook that has headings. Raises Unreadable."""
    import zipfile

    import openpyxl
    from openpyxl.utils.exceptions import InvalidFileException

    try:
        book = openpyxl.load_workbook(path, read_only=True, data_only=True)
    except (InvalidFileException, zipfile.BadZipFile, KeyError, ValueError, OSError) as error:
        raise Unreadable(f"{path.name} is no readable XLSX workbook") from error
    try:
        found = False
        size = path.stat().st_size
        before = 0  # rows of the sheets before: a position is a row of the whole book, so that an import can go on
        for sheet in book.worksheets:
            heading: list[str] | None = None
            number = 0
            for number, cells in enumerate(sheet.iter_rows(values_only=True), start=1):
                values = [_cell(value) for value in cells]
                if not any(values):
                    continue
                if heading is None:
                    heading = headings(values, reading)
                    if heading is None and number >= HEADING_ROWS:
                        break
                    found = found or heading is not None
                    continue
                yield (before + number, _fields(heading, values)), size
            before += number
        if not found:
            raise Unreadable(reading.kind.without.format(path.name))
    finally:
        book.close()


def headings(cells: Sequence[str], reading: Reading) -> list[str] | None:
    """What each column is called by us ("?" and its own heading for one we do not know), or None for no headings."""
    known = _columns(reading.kind.file)
    names = [reading.columns.get(cell.strip()) or known.get(plain(cell)) or f"?{cell.strip()}" for cell in cells]
    if not any(needed.issubset(names) for needed in reading.kind.needs):
        return None
    reading.told({cell.strip(): "" if name.startswith("?") else name for cell, name in zip(cells, names, strict=True)})
    return names


def split(line: str, separator: str) -> list[str]:
    """The fields of one line; `""` inside a quoted field is a quote."""
    line = line.rstrip("\r\n")
    if '"' not in line:
        return line.split(separator)
    fields: list[str] = []
    start = 0
    while start <= len(line):
        end = _closing(line, start, separator) if line.startswith('"', start) else None
        if end is not None:
            fields.append(line[start + 1 : end].replace('""', '"'))
            start = end + 2
            continue
        end = line.find(separator, start)
        end = len(line) if end < 0 else end
        fields.append(line[start:end])
        start = end + 1
    return fields


def _closing(line: str, start: int, separator: str) -> int | None:
    """Where the quoted field that opens at `start` closes: at a quote before a separator or the line's end."""
    at = start + 1
    while (at := line.find('"', at)) >= 0:
        if line.startswith('""', at):
            at += 2
            if at >= len(line) and at - 1 > start + 1:
                return at - 1
            continue
        if at + 1 == len(line) or line.startswith(separator, at + 1):
            return at
        at += 1
    return None


def _separator(line: str, reading: Reading) -> str:
    """The separator that makes the most headings of the line."""
    known = _columns(reading.kind.file)

    def count(separator: str) -> tuple[int, int]:
        cells = split(line, separator)
        return sum(plain(cell) in known or cell.strip() in reading.columns for cell in cells), line.count(separator)

    return max(SEPARATORS, key=count)


def _fields(heading: Sequence[str], values: Sequence[str]) -> dict[str, str]:
    fields: dict[str, str] = {}
    for name, value in zip_longest(heading, values, fillvalue=""):
        if name and value and name != "?" and name not in fields:
            fields[name] = value
    return fields


def columns(kind: Columns = BOOKS) -> tuple[str, ...]:
    """Our names for columns."""
    return tuple(dict.fromkeys(_columns(kind.file).values()))


def _cell(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value)


@cache
def _columns(file: str) -> dict[str, str]:
    table: dict[str, list[str]] = json.loads(Path(__file__).with_name(file).read_text("utf-8"))
    return {plain(heading): name for name, written in table.items() for heading in written}
