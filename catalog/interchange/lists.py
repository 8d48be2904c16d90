"""Lists that are not of books: readers, loans, holds, closed days, events; a row a thing, each told what became of it.

What the rows of a kind hold is known to its own module (LISTS names them); here they are read, taken in some hundred
at a time, and counted. Nothing is remembered of a list: what it tells is found again by what it is (a card, an item
and the day it was lent, a reader's wish and the moment it was made), so the same list again changes nothing, and one
that broke off goes on.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache
from itertools import islice
from pathlib import Path

from sqlalchemy.orm import Session, sessionmaker

from catalog.audit import Actor
from catalog.interchange.batches import Reject
from catalog.interchange.describing import Unusable
from catalog.interchange.tables import Columns, Reading, read_text, read_workbook
from catalog.search.readings import plain

BATCH = 500
_NO_TEXT = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff]+")
Row = tuple[int, Mapping[str, str] | Unusable]


class Explained(Unusable):
    """A row that is not taken in, though something of what it tells is kept."""


@dataclass(frozen=True, slots=True)
class ListReport:
    """What became of a list's rows: `read` is the sum of the others; `merged` were known already."""

    file: str
    what: str
    read: int
    created: int
    merged: int
    updated: int
    rejected: int


@dataclass(frozen=True, slots=True)
class Taking:
    """What a row needs to be taken in; `places` are the source's own codes for places, and ours."""

    session: Session
    now: datetime
    by: Actor
    places: Mapping[str, str]
    known: dict[str, int] = field(default_factory=dict)
    """Places that were found already, by what they are called."""


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of list: its name, its columns, what takes one row ("created", "updated" or "merged"; raises Unusable),
    and what is to be done when all have been taken."""

    name: str
    columns: Columns
    take: Callable[[Taking, Mapping[str, str]], str]
    after: Callable[[Taking], None] = lambda taking: None


def rows_of(path: Path, reading: Reading) -> Iterator[Row]:
    """The rows of a table, text or XLSX, with their places. Raises: tables.Unreadable."""
    read = read_workbook if path.suffix.lower() == ".xlsx" else read_text
    for row, _ in read(path, reading):
        yield row


def import_list(
    sessions: sessionmaker[Session],
    kind: Kind,
    rows: Iterable[Row],
    *,
    file: str,
    now: datetime,
    by: Actor,
    places: Mapping[str, str],
    on_reject: Callable[[Reject], None],
) -> ListReport:
    """Take the rows in; what cannot be is told and left out, the rest goes on. Commits some hundred rows at a time."""
    counts: Counter[str] = Counter()
    waiting = iter(rows)
    while batch := list(islice(waiting, BATCH)):
        told: list[Reject] = []
        with sessions.begin() as session:
            taking = Taking(session, now, by, places)
            for position, fields in batch:
                try:
                    if isinstance(fields, Unusable):
                        raise fields
                    with session.begin_nested():
                        said = {name: value for name, cell in fields.items() if (value := _usable(cell))}
                        try:
                            counts[kind.take(taking, said)] += 1
                        except Explained as error:
                            told.append(Reject(file, position, str(error)))
                except Unusable as error:
                    told.append(Reject(file, position, str(error)))
        counts["read"] += len(batch)
        counts["rejected"] += len(told)
        for one in told:
            on_reject(one)
    with sessions.begin() as session:
        kind.after(Taking(session, now, by, places))
    names = ("read", "created", "merged", "updated", "rejected")
    return ListReport(file, kind.name, *(counts[name] for name in names))


def _usable(cell: str) -> str:
    """A cell without the signs that no text has and PostgreSQL refuses, and without blanks around it."""
    return _NO_TEXT.sub(" ", cell).strip()


def needed(fields: Mapping[str, str], name: str) -> str:
    """The cell of a column that no row can do without. Raises: Unusable."""
    if name not in fields:
        raise Unusable(f"it has no {name.replace('_', ' ')}")
    return fields[name]


def one_of(column: str, said: str) -> str:
    """The id of a word in a column, such as a state. Raises: Unusable."""
    found = _words(column).get(plain(said))
    if found is None:
        raise Unusable(f"its {column} is one of {', '.join(dict.fromkeys(_words(column).values()))}, not {said!r}")
    return found


@cache
def _words(column: str) -> dict[str, str]:
    table: dict[str, dict[str, list[str]]] = json.loads(Path(__file__).with_name("list_values.json").read_text("utf-8"))
    return {plain(word): id for id, words in table[column].items() for word in words}
