"""A notice before it is written, and the writing: a cause that is written already writes nothing."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from itertools import islice
from typing import Any

from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from catalog.organisation.calendar import ZONE
from catalog.outreach.quiet import earliest
from catalog.outreach.tables import Notice
from catalog.patrons.preferences import Preferring

MOST_AT_ONCE = 2000
"""Rows read and written at a time."""


@dataclass(frozen=True, slots=True)
class Owed:
    """A notice before it is written: whom, its cause, the ids it concerns, the last day on which it makes sense."""

    patron: Preferring
    cause: str
    about: Mapping[str, Any]
    last_day: date


def end_of(day: date) -> datetime:
    """The moment from which a notice that makes sense up to `day` makes none."""
    return datetime.combine(day + timedelta(1), time(0), ZONE)


def write(session: Session, kind: str, owed: Iterable[Owed], *, now: datetime) -> int:
    """Write these notices of one kind, those whose cause is not written yet; how many are new.

    They come in an order that is the same for all who write them: two never wait for each other.
    """
    insert = postgresql.insert if session.get_bind().dialect.name == "postgresql" else sqlite.insert
    once = insert(Notice).on_conflict_do_nothing(index_elements=["cause"]).returning(Notice.id)
    connection, written, left = session.connection(), 0, iter(owed)
    while part := list(islice(left, MOST_AT_ONCE)):
        rows = [
            {
                "kind": kind,
                "cause": one.cause,
                "patron_id": one.patron.id,
                "about": dict(one.about),
                "created_at": now,
                "not_before": earliest(one.patron, now),
                "expires_at": end_of(one.last_day),
                "status": "due",
                "outcome": "",
            }
            for one in part
        ]
        written += len(connection.execute(once, rows).all())
    return written
