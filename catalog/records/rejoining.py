"""What a librarian took apart by mistake, put together again: the way back from splitting.py.

A source goes back into the record it was split off from, with whatever came to its own record since; an edition goes
back into its work. Only what the audit trail knows as a librarian's split goes back, so that nobody can put together
what was never one. Afterwards imports may move it again as they may any other.
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import delete, or_, select, update
from sqlalchemy.orm import Session

from catalog import audit
from catalog.audiobooks.tables import Recording
from catalog.audit import AuditEntry
from catalog.records import joining
from catalog.records.sources import Reread, rebuild
from catalog.records.tables import BibliographicRecord, RecordIsbn, SourceRecord, Work, WorkTitle
from catalog.refusals import NotFound, NothingToJoin, StillSpokenOf
from catalog.search.tables import touch_all


def join_source(session: Session, number: int, *, reread: Reread, now: datetime, by: audit.Actor) -> int:
    """Put the source record `number`, and all of the record that it was given, back where it was; that record's id.

    Raises: refusals.NotFound: there is no such source. refusals.NothingToJoin: no librarian split it off, or what she
    split it off from is gone. refusals.StillSpokenOf: a reader's hold or parcel speaks of its own record.
    """
    source = session.get(SourceRecord, number)
    if source is None or source.record_id is None:
        raise NotFound(what=str(number))
    made = source.record_id
    split = _split(session, "record_split", source=number, record=made)
    before = int(split.ids["from"])
    if session.get(BibliographicRecord, before) is None:
        raise NothingToJoin()
    with session.begin_nested():
        source.kept_apart, source.why = False, dict(split.before["why"])
        split.undone_at = now
        session.flush()
        session.execute(delete(RecordIsbn).where(RecordIsbn.record_id == made))
        if session.scalars(select(Recording.id).where(Recording.record_id == before)).first():
            session.execute(delete(Recording).where(Recording.record_id == made))
        else:
            session.execute(update(Recording).where(Recording.record_id == made).values(record_id=before))
        if not joining.move_record(session, made, before):
            raise StillSpokenOf()
    _let_go(session, before)
    rebuild(session, before, reread)
    touch_all(session, (before, made))
    audit.record(session, "record_joined", now=now, by=by, ids={"record": before, "from": made, "source": number})
    return before


def join_work(session: Session, number: int, *, now: datetime, by: audit.Actor) -> int:
    """Put the record `number` back among the editions of the work that it was taken out of; that work's id.

    Raises: refusals.NotFound; refusals.NothingToJoin: no librarian took it out, or the work is gone.
    refusals.StillSpokenOf: a reader's hold speaks of the work of its own.
    """
    record = session.get(BibliographicRecord, number)
    if record is None:
        raise NotFound(what=str(number))
    apart = record.work_id
    split = _split(session, "work_split", record=number, work=apart)
    work = int(split.ids["from"])
    if session.get(Work, work) is None:
        raise NothingToJoin()
    titles = joining.move_work(session, apart, work)
    if titles is None:
        raise StillSpokenOf()
    session.add_all(WorkTitle(title_key=key, work_id=work) for key in sorted(titles))
    split.undone_at = now
    session.flush()
    _let_go(session, number)
    touch_all(session, session.scalars(select(BibliographicRecord.id).where(BibliographicRecord.work_id == work)).all())
    audit.record(session, "work_joined", now=now, by=by, ids={"record": number, "work": work, "from": apart})
    return work


def _split(session: Session, what: str, **ids: int) -> AuditEntry:
    """The newest split of that kind that concerns these, and was not taken back. Raises NothingToJoin."""
    statement = select(AuditEntry).where(AuditEntry.what == what, AuditEntry.undone_at.is_(None))
    for name, value in ids.items():
        statement = statement.where(AuditEntry.ids[name].as_string() == str(value))
    found = session.scalars(statement.order_by(AuditEntry.id.desc()).limit(1)).first()
    if found is None:
        raise NothingToJoin()
    return found


def _let_go(session: Session, record: int) -> None:
    """Let imports move the sources of a record again, unless another split says where they belong."""
    said = str(record)
    others = select(AuditEntry.id).where(
        AuditEntry.what.in_(("record_split", "work_split")),
        AuditEntry.undone_at.is_(None),
        or_(
            AuditEntry.ids["record"].as_string() == said,
            (AuditEntry.what == "record_split") & (AuditEntry.ids["from"].as_string() == said),
        ),
    )
    said_so = session.scalars(others.limit(1)).first() is not None
    session.execute(update(SourceRecord).where(SourceRecord.record_id == record).values(kept_apart=said_so))
