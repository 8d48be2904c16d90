"""The change log of the catalogue, from which every search index is fed; what the index holds is in documents.py.

A use case that writes a work, record or item calls `touch` in its own transaction. Indexes, one on each machine,
remember how far they have read (catalog.search.writing).
"""

from __future__ import annotations

from collections.abc import Collection

from sqlalchemy import func, insert, select, text
from sqlalchemy.orm import Mapped, Session, mapped_column

from catalog.database import Base

_LOG_LOCK = 7_253_001
"""PostgreSQL's advisory lock of the log. Writers share it: no number is committed after a later one was read."""


class RecordChange(Base):
    """Record `record_id` (it may be gone by now) was written; `seq` grows with every change."""

    __tablename__ = "record_changes"
    __table_args__ = ({"sqlite_autoincrement": True},)

    seq: Mapped[int] = mapped_column(primary_key=True, autoincrement=True)
    record_id: Mapped[int]


def touch(session: Session, record_id: int) -> None:
    """Log that a record, its items or its work changed, so that searches find it as it is now."""
    touch_all(session, (record_id,))


def touch_all(session: Session, record_ids: Collection[int]) -> None:
    """`touch` for many records in one statement."""
    if not record_ids:
        return
    if session.get_bind().dialect.name == "postgresql":
        session.execute(text("SELECT pg_advisory_xact_lock_shared(:lock)"), {"lock": _LOG_LOCK})
    session.connection().execute(insert(RecordChange), [{"record_id": record_id} for record_id in record_ids])


def last_change(session: Session) -> int:
    """The number of the newest change, 0 if there is none; every smaller one is committed or never will be."""
    if session.get_bind().dialect.name == "postgresql":
        session.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _LOG_LOCK})
    return session.scalar(select(func.max(RecordChange.seq))) or 0


def changed_records(session: Session, after: int, *, up_to: int, limit: int) -> tuple[int, list[int]]:
    """Up to `limit` changes after number `after`: the number of the last of them, and the records (each once)."""
    rows = session.execute(
        select(RecordChange.seq, RecordChange.record_id)
        .where(RecordChange.seq > after, RecordChange.seq <= up_to)
        .order_by(RecordChange.seq)
        .limit(limit)
    ).all()
    if not rows:
        return up_to, []
    return rows[-1].seq, list(dict.fromkeys(row.record_id for row in rows))
