"""Why records were put together, and how a librarian takes them apart again. What she says, no import undoes.

A source record that is split off gets a record of its own in the same work; a record that is split off gets a work of
its own. Items that only that source lists go with it. Both are marked, so that the next import of the same record goes
where she put it, and both are one audit row with what is needed to see who did what, and to go back (rejoining.py).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from catalog import audit
from catalog.records.describing import Entry
from catalog.records.matching import folded
from catalog.records.names import work_key
from catalog.records.sources import Reread, of_record, rebuild
from catalog.records.tables import BibliographicRecord, Item, RecordIsbn, SourceRecord, Work
from catalog.records.union import FIELDS
from catalog.refusals import NotFound, NothingToSplit
from catalog.search.tables import touch_all


@dataclass(frozen=True, slots=True)
class Reason:
    """Why a source record is part of a record: `rule` is first, isbn, description, bridge or librarian."""

    source: int
    library: str
    number: str
    file: str
    rule: str
    evidence: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Sibling:
    """Another edition of the same work, and what both have in common: a title, and a person."""

    record: int
    title: str
    format: str
    language: str
    year: int | None


def reasons(session: Session, record: int) -> list[Reason]:
    """Why each source record was put into the record, the oldest first."""
    return [
        Reason(
            source=source.id,
            library=source.library,
            number=source.number,
            file=source.file,
            rule=str(source.why.get("rule", "first")),
            evidence={name: value for name, value in source.why.items() if name != "rule"},
        )
        for source in of_record(session, record)
    ]


def siblings(session: Session, record: BibliographicRecord) -> list[Sibling]:
    """The other editions of its work."""
    statement = select(BibliographicRecord).where(
        BibliographicRecord.work_id == record.work_id, BibliographicRecord.id != record.id
    )
    return [
        Sibling(one.id, one.title, one.format, one.language, one.year)
        for one in session.scalars(statement.order_by(BibliographicRecord.id))
    ]


def split_source(session: Session, number: int, *, reread: Reread, now: datetime, by: audit.Actor) -> int:
    """Give the source record `number` a record of its own; its id.

    Raises: refusals.NotFound: there is no such source. refusals.NothingToSplit: it is its record's only one, or it
    cannot be read.
    """
    source = session.get(SourceRecord, number)
    if source is None or source.record_id is None:
        raise NotFound(what=str(number))
    before = source.record_id
    entry = reread(source)
    if entry is None or len(of_record(session, before)) < 2:
        raise NothingToSplit()
    work = session.scalars(select(BibliographicRecord.work_id).where(BibliographicRecord.id == before)).one()
    record = _write(session, entry, work)
    why = dict(source.why)
    source.record_id, source.kept_apart, source.why = record.id, True, {"rule": "librarian"}
    for other in of_record(session, before):
        other.kept_apart = True
    session.flush()
    rebuild(session, before, reread)
    _move_items(session, entry, before, record.id, reread)
    touch_all(session, (before, record.id))
    ids = {"record": record.id, "from": before, "source": number}
    audit.record(session, "record_split", now=now, by=by, ids=ids, before={"why": why})
    return record.id


def split_work(session: Session, number: int, *, now: datetime, by: audit.Actor) -> int:
    """Give the record `number` a work of its own, away from the other editions; the work's id.

    The new work has no title by which other editions would find it: they go on to the work it left.
    Raises: refusals.NotFound; refusals.NothingToSplit: it is its work's only edition.
    """
    record = session.get(BibliographicRecord, number)
    if record is None:
        raise NotFound(what=str(number))
    before = record.work_id
    others = select(func.count()).where(BibliographicRecord.work_id == before, BibliographicRecord.id != number)
    if not session.scalar(others):
        raise NothingToSplit()
    key = f"{work_key(record.title, record.volume, tuple(record.authors))}|apart {number}"
    work = Work(key=key)
    session.add(work)
    session.flush()
    record.work_id = work.id
    session.execute(update(SourceRecord).where(SourceRecord.record_id == number).values(kept_apart=True))
    session.flush()
    left = session.scalars(select(BibliographicRecord.id).where(BibliographicRecord.work_id == before))
    touch_all(session, (number, *left))
    audit.record(session, "work_split", now=now, by=by, ids={"record": number, "work": work.id, "from": before})
    return work.id


def _write(session: Session, entry: Entry, work: int) -> BibliographicRecord:
    made = folded([entry], number=0, work=work)
    record = BibliographicRecord(work_id=work, **{name: getattr(made, name) for name in FIELDS})
    session.add(record)
    session.flush()
    session.add_all(RecordIsbn(record_id=record.id, isbn=isbn) for isbn in sorted(made.isbns))
    session.flush()
    return record


def _move_items(session: Session, entry: Entry, before: int, record: int, reread: Reread) -> None:
    """Take along the items that the source lists and no other source of the old record does."""
    listed = {item.barcode for item in entry.items if item.barcode}
    for source in of_record(session, before):
        if other := reread(source):
            listed -= {item.barcode for item in other.items}
    if listed:
        session.execute(update(Item).where(Item.barcode.in_(listed), Item.record_id == before).values(record_id=record))
