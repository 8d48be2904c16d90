"""The works of the catalogue as the index is to know them: read from the database, cut into terms.

Reading and cutting is most of what an index costs, and the same for a batch of changes and for a whole catalogue, which
several processes read at once (making.py). JSON is taken as the text that it is in the database: most of it is the same
few lists again and again.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from functools import lru_cache
from itertools import groupby
from operator import itemgetter
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Row, String, cast, select
from sqlalchemy.orm import Session

from catalog.records.tables import BibliographicRecord, RecordIsbn
from catalog.search import documents, titles
from catalog.search.documents import Edition, Written

_TABLE = BibliographicRecord.__table__
_ISBNS = RecordIsbn.__table__


class Work(NamedTuple):
    """A work to be written: its terms, and its titles as the flat file keeps them."""

    written: Written
    titles: bytes


def of(session: Session, chosen: ColumnElement[bool]) -> Iterator[Work]:
    """The works whose records are chosen; all records of a work must be."""
    for work, editions in _editions(session, chosen):
        names = documents.titles_of(editions)
        yield Work(documents.written(work, editions, names), titles.written(names))


def within(session: Session, first: int, last: int) -> list[Work]:
    """The works with these numbers and all between."""
    return list(of(session, BibliographicRecord.work_id.between(first, last)))


def _editions(session: Session, chosen: ColumnElement[bool]) -> Iterator[tuple[int, list[Edition]]]:
    table, connection = _TABLE.c, session.connection()
    isbns: dict[int, tuple[str, ...]] = {}
    pairs = select(_ISBNS.c.record_id, _ISBNS.c.isbn).join(_TABLE, table.id == _ISBNS.c.record_id).where(chosen)
    for record, isbn in connection.execute(pairs):
        isbns[record] = (*isbns[record], isbn) if record in isbns else (isbn,)
    columns = (table.work_id, table.id, table.format, table.title, table.subtitle, table.volume)
    lists = (cast(table.authors, String), cast(table.subjects, String), cast(table.source, String))
    rows = connection.execute(
        select(*columns, table.clc, table.popularity, table.language, table.year, *lists)
        .where(chosen)
        .order_by(table.work_id, table.id)
    )
    for work, several in groupby(rows, key=itemgetter(0)):
        yield work, [_edition(row, isbns.get(row[1], ())) for row in several]


def _edition(row: Row[*tuple[Any, ...]], isbns: tuple[str, ...]) -> Edition:
    _, record, form, title, subtitle, volume, clc, popularity, language, year, authors, subjects, source = row
    return Edition(
        *(record, form, title, subtitle, volume, _listed(authors), tuple(sorted(isbns)), clc, _listed(subjects)),
        *(popularity, _other_titles(source), language, year),
    )


@lru_cache(65536)
def _listed(written: str) -> tuple[str, ...]:
    return tuple(json.loads(written))


def _other_titles(source: str) -> tuple[str, ...]:
    return tuple(json.loads(source).get("titles", ())) if '"titles"' in source else ()
