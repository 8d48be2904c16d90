"""The source records: kept as they came, found again by their library's number, and what they say put together anew.

A record of the union is what its sources say, the oldest leading. While sources only come, it is filled up; when one is
changed, deleted or split off, the record is made anew from what its sources say now (`rebuild`). Reading a source's
bytes is interchange's, which hands in `reread`.
"""

from __future__ import annotations

import zlib
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from sqlalchemy import delete, insert, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from catalog.audiobooks.tables import Recording
from catalog.records.describing import Entry, Origin
from catalog.records.matching import folded
from catalog.records.tables import BibliographicRecord, Item, RecordIsbn, SourceRecord
from catalog.records.union import FIELDS, parts
from catalog.search.tables import touch_all

Key = tuple[str, str]
"""A library and its number for a record."""
Reread = Callable[[SourceRecord], Entry | None]
"""Reads a source record again, as far as it can still be read."""


def known(session: Session, origins: Iterable[Origin]) -> dict[Key, SourceRecord]:
    """The source records that came before under the same numbers."""
    by_library: dict[str, list[str]] = {}
    for origin in origins:
        by_library.setdefault(origin.library, []).append(origin.number)
    found: dict[Key, SourceRecord] = {}
    for library, numbers in by_library.items():
        for part in parts(numbers):
            statement = select(SourceRecord).where(SourceRecord.library == library, SourceRecord.number.in_(part))
            found.update({(source.library, source.number): source for source in session.scalars(statement)})
    return found


def keep(session: Session, kept: Iterable[tuple[Origin, int, Mapping[str, Any]]]) -> None:
    """Keep new source records: each with its record and why it is that one."""
    rows = [
        {
            **{"library": origin.library, "number": origin.number, "record_id": record, "why": why},
            **{
                "kept_apart": False,
                "kind": origin.kind,
                "encoding": origin.encoding,
                "data": origin.data,
            },
            **{"digest": origin.digest, "file": origin.file},
        }
        for origin, record, why in kept
    ]
    if rows:
        session.connection().execute(insert(SourceRecord.__table__), rows)  # type: ignore[arg-type]


def renew(source: SourceRecord, origin: Origin) -> None:
    """Take over the newer version of a source record."""
    source.kind, source.encoding, source.file = origin.kind, origin.encoding, origin.file
    source.data, source.digest, source.deleted_at = origin.data, origin.digest, None


def raw(source: SourceRecord) -> bytes:
    """The record as it came."""
    return zlib.decompress(source.data)


def of_record(session: Session, record: int) -> list[SourceRecord]:
    """The source records merged into a record that their libraries still have, the oldest first."""
    statement = select(SourceRecord).where(SourceRecord.record_id == record, SourceRecord.deleted_at.is_(None))
    return list(session.scalars(statement.order_by(SourceRecord.id)))


def rebuild(session: Session, number: int, reread: Reread) -> bool:
    """Make a record anew from its sources; whether anything of it changed. One without sources is left as it is."""
    record = session.get(BibliographicRecord, number, populate_existing=True)
    entries = [entry for source in of_record(session, number) if (entry := reread(source)) is not None]
    if record is None or not entries:
        return False
    made = folded(entries, number=number, work=record.work_id)
    before = {name: getattr(record, name) for name in FIELDS}
    for name in FIELDS:
        setattr(record, name, getattr(made, name))
    isbns = set(session.scalars(select(RecordIsbn.isbn).where(RecordIsbn.record_id == number)))
    session.execute(delete(RecordIsbn).where(RecordIsbn.record_id == number, RecordIsbn.isbn.not_in(made.isbns)))
    session.add_all(RecordIsbn(record_id=number, isbn=isbn) for isbn in sorted(made.isbns - isbns))
    session.flush()
    return isbns != made.isbns or any(before[name] != getattr(record, name) for name in FIELDS)


def remove_if_bare(session: Session, number: int) -> bool:
    """Remove a record that no library describes any more, unless something still refers to it (a loan's item, a hold).

    One that was ever lent or reserved stays, without copies: readers' own records speak of it.
    """
    if of_record(session, number):
        return False
    items = list(session.scalars(select(Item).where(Item.record_id == number)))
    if any(item.status != "withdrawn" for item in items):
        return False
    try:
        with session.begin_nested():
            for statement in (
                delete(RecordIsbn).where(RecordIsbn.record_id == number),
                delete(Recording).where(Recording.record_id == number),
                delete(Item).where(Item.record_id == number),
            ):
                session.execute(statement)
            for source in session.scalars(select(SourceRecord).where(SourceRecord.record_id == number)):
                source.record_id = None
            session.flush()
            session.execute(delete(BibliographicRecord).where(BibliographicRecord.id == number))
    except IntegrityError:
        session.expire_all()
        return False
    touch_all(session, (number,))
    return True


def unchanged(session: Session, origins: Iterable[Origin]) -> set[Key]:
    """Those that came before just as they are now: nothing need be done for them."""
    digests = {(origin.library, origin.number): origin.digest for origin in origins}
    by_library: dict[str, list[str]] = {}
    for library, number in digests:
        by_library.setdefault(library, []).append(number)
    found: set[Key] = set()
    for library, numbers in by_library.items():
        for part in parts(numbers):
            statement = select(SourceRecord.number, SourceRecord.digest).where(
                SourceRecord.library == library,
                SourceRecord.number.in_(part),
                SourceRecord.record_id.is_not(None),
                SourceRecord.deleted_at.is_(None),
            )
            for number, digest in session.execute(statement):
                if digests[library, number] == digest:
                    found.add((library, number))
    return found
