"""Two records that turn out to be one, and two works: what belonged to the one moves to the other.

Nothing is moved that somebody else speaks of: a work or record to which a reader's hold, a recording or the like refers
stays as it is (the database says so), and so does a record that a librarian put where it is.
"""

from __future__ import annotations

from sqlalchemy import delete, func, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from catalog.records.tables import BibliographicRecord, Item, SourceRecord, Work, WorkTitle


def move_record(session: Session, twin: int, held: int) -> bool:
    """Move the sources and items of a record without ISBNs to another one and remove it; False if it has to stay."""
    said = select(SourceRecord.id).where(SourceRecord.record_id == twin, SourceRecord.kept_apart)
    if session.scalars(said.limit(1)).first():
        return False
    try:
        with session.begin_nested():
            for table in (Item, SourceRecord):
                session.execute(update(table).where(table.record_id == twin).values(record_id=held))
            leading = select(func.min(SourceRecord.id)).where(SourceRecord.record_id == held).scalar_subquery()
            session.execute(
                update(SourceRecord)
                .where(SourceRecord.record_id == held, SourceRecord.why["rule"].as_string() == "first")
                .where(SourceRecord.id != leading)
                .values(why={"rule": "bridge"})
                .execution_options(synchronize_session="fetch")
            )
            session.execute(delete(BibliographicRecord).where(BibliographicRecord.id == twin))
    except IntegrityError:
        return False
    return True


def move_work(session: Session, work: int, kept: int) -> set[str] | None:
    """Move the editions of a work to another one and remove it; the titles that the other one has not got yet.

    None if it has to stay.
    """
    try:
        with session.begin_nested():
            editions = update(BibliographicRecord).where(BibliographicRecord.work_id == work)
            session.execute(editions.values(work_id=kept))
            titles = set(session.scalars(select(WorkTitle.title_key).where(WorkTitle.work_id == work)))
            titles -= set(session.scalars(select(WorkTitle.title_key).where(WorkTitle.work_id == kept)))
            session.execute(delete(WorkTitle).where(WorkTitle.work_id == work))
            session.execute(delete(Work).where(Work.id == work))
    except IntegrityError:
        return None
    return titles
