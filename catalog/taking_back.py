"""What a savepoint or a transaction takes back of the rows that were written without the unit of work (rows.py):
SQLAlchemy, which restores its objects by what it has written itself, cannot know of them.
"""

from __future__ import annotations

from weakref import ref

from sqlalchemy import Connection, event
from sqlalchemy.orm import Session, SessionTransaction

from catalog.database import Base

_WRITTEN = "catalog.taking_back.written"


def written(session: Session, row: Base, *, new: bool = False) -> None:
    """`row` was changed, or put in (`new`), in the transaction or savepoint at hand.

    Changes outside of savepoints need not be known: when all is taken back, SQLAlchemy reads all anew.
    """
    within = session.get_nested_transaction()
    if new or within is not None:
        session.info.setdefault(_WRITTEN, []).append((ref(row), new, within or session.get_transaction()))


@event.listens_for(Session, "after_soft_rollback")
def _taken_back(session: Session, transaction: SessionTransaction) -> None:
    """What was written in this transaction or savepoint, or in those within it, is read anew, or no longer known."""
    kept = []
    for held, new, within in session.info.pop(_WRITTEN, ()):
        row = held()
        if not _is_within(within, transaction):
            kept.append((held, new, within))
        elif row is not None and row in session:
            (session.expunge if new else session.expire)(row)
    if kept:
        session.info[_WRITTEN] = kept


def _is_within(inner: SessionTransaction | None, outer: SessionTransaction) -> bool:
    while inner is not None and inner is not outer:
        inner = inner.parent
    return inner is outer


@event.listens_for(Session, "after_begin")
def _begun(session: Session, transaction: SessionTransaction, connection: Connection) -> None:
    """What the transaction before has written stays."""
    if transaction.parent is None:
        session.info.pop(_WRITTEN, None)
