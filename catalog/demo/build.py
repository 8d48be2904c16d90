"""Builds the demonstration union in an empty database, by the product's own import and its own use cases.

Three steps, each whole: the places, then the works and items (imported in batches; importing again changes nothing),
then readers, loans, holds and events. Two audit rows say how far it came, so that a build that was killed is completed
by the next one and a finished one is left alone. A database with anything else in it is refused.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import select, text
from sqlalchemy.orm import Session, sessionmaker

from catalog import audit, refusals
from catalog.audit import Actor, AuditEntry
from catalog.demo import readers, settling, stock
from catalog.demo.facts import facts
from catalog.organisation.tables import OrgUnit
from catalog.patrons.tables import Patron
from catalog.records.tables import Work
from catalog.search import writing

if TYPE_CHECKING:
    from catalog.interchange.batches import Reject

__all__ = ["Progress", "build", "facts", "is_built"]

Progress = Callable[[int, int], None]
"""Told how much is done, and of how much; the unit is the builder's own."""

BEGUN = "demo_begun"
BUILT = "demo_built"
BY = Actor("system")
IMPORTED = 80
PEOPLED = 90
WHOLE = 100
_LOCK = 7_253_101
"""PostgreSQL's advisory lock of building: two commands at once make one demonstration."""


def build(sessions: sessionmaker[Session], *, now: datetime, data: Path, progress: Progress | None = None) -> None:
    """Make the demonstration if it is not there, and bring the search index in `data` up to date.

    The schema must stand. Dates are counted from the day of `now`; all else is the same each time.
    Raises: refusals.AnotherDatabase: something else is in the database.
    """
    tell = progress or _silent
    with sessions.begin() as session:
        _alone(session)
        built = _state(session) == BUILT
        if not built and _state(session) != BEGUN:
            _refuse_others(session)
            settling.settle(session, now=now, by=BY)
            audit.record(session, BEGUN, now=now, by=BY)
    if not built:
        _import(sessions, now=now, tell=tell)
        with sessions.begin() as session:
            _alone(session)
            if _state(session) != BUILT:
                readers.register(session, now=now)
                settling.plan_events(session, now=now)
                audit.record(session, BUILT, now=now, by=BY)
        tell(PEOPLED, WHOLE)
    writing.update(sessions, data / "index")
    tell(WHOLE, WHOLE)


def is_built(session: Session) -> bool:
    """Whether the demonstration stands in this database."""
    return _state(session) == BUILT


def _state(session: Session) -> str:
    """How far a build came: BUILT, BEGUN or nothing."""
    found = select(AuditEntry.what).where(AuditEntry.what.in_((BEGUN, BUILT))).order_by(AuditEntry.id.desc())
    return session.scalars(found).first() or ""


def _refuse_others(session: Session) -> None:
    for table in (OrgUnit, Work, Patron):
        if session.scalars(select(table.id).limit(1)).first() is not None:
            raise refusals.AnotherDatabase()


def _alone(session: Session) -> None:
    """Wait until no other build writes (on SQLite every writer is alone already)."""
    if session.get_bind().dialect.name == "postgresql":
        session.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _LOCK})


def _import(sessions: sessionmaker[Session], *, now: datetime, tell: Progress) -> None:
    from catalog.interchange.importing import import_file  # a demonstration that stands needs no import

    with tempfile.TemporaryDirectory() as folder:
        table = Path(folder) / "demonstration.tsv"
        with table.open("w", encoding="utf-8") as file:
            file.write("\t".join(stock.COLUMNS) + "\n")
            for row in stock.rows():
                file.write("\t".join(row.values()) + "\n")

        def watch(done: int, total: int) -> None:
            tell(done * IMPORTED // max(1, total), WHOLE)

        import_file(sessions, table, format="csv", now=now, by=BY, on_reject=_refused, progress=watch)


def _refused(reject: Reject) -> None:
    raise ValueError(f"the demonstration's own table is wrong in line {reject.position}: {reject.reason}")


def _silent(done: int, total: int) -> None:
    """Nobody watches."""
