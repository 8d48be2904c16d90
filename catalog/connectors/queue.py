"""Wishes that a library system could not hear because it was away: written down, tried again in their order, and the
reader told what became of each. A wish is written down once, however often it is said.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, select, text
from sqlalchemy.orm import Mapped, Session, mapped_column, relationship

from catalog import audit, refusals
from catalog.circulation.tables import Hold, Loan
from catalog.connectors.port import LibrarySystem
from catalog.database import Base
from catalog.organisation.calendar import day_of
from catalog.organisation.tables import OrgUnit
from catalog.outreach import notices
from catalog.patrons.tables import Patron
from catalog.rows import locked

STATUSES = ("waiting", "done", "refused", "withdrawn")
LASTING = timedelta(days=7)
"""How long a reader is still told what became of a wish."""


class QueuedWish(Base):
    """Something a reader wished while the system was away: a key of PERFORMED, and what it needs."""

    __tablename__ = "queued_wishes"
    __table_args__ = (
        CheckConstraint(f"status IN {STATUSES}", name="status"),
        Index("uq_queued_wishes_waiting", "key", unique=True, sqlite_where=text("status = 'waiting'"),
              postgresql_where=text("status = 'waiting'")),
    )  # fmt: skip

    id: Mapped[int] = mapped_column(primary_key=True)
    patron_id: Mapped[int] = mapped_column(ForeignKey("patrons.id"), index=True)
    what: Mapped[str]
    key: Mapped[str]
    """What it is, of whom and of what: the same wish again is no second one."""
    arguments: Mapped[dict[str, Any]] = mapped_column(default=dict)
    asked_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
    status: Mapped[str] = mapped_column(default="waiting")
    outcome: Mapped[str] = mapped_column(default="")
    """The reason (text id) with which the system refused it."""

    patron: Mapped[Patron] = relationship()

    @property
    def turn(self) -> str:
        """The turn of its audit rows, when it is done."""
        return f"wish:{self.id}"


@dataclass(frozen=True, slots=True)
class Call:
    """A wish on its way to the system: `said` are its arguments."""

    session: Session
    library: LibrarySystem
    patron: Patron
    said: Mapping[str, Any]
    now: datetime
    by: audit.Actor

    @property
    def hold(self) -> Hold:
        """The hold it is about."""
        return self.session.get_one(Hold, self.said["hold"])


def _place(call: Call) -> object:
    return call.library.place_hold(
        call.session,
        patron=call.patron,
        record_id=call.said["record"],
        pickup=call.session.get_one(OrgUnit, call.said["pickup"]),
        now=call.now,
        by=call.by,
    )


def _cancel(call: Call) -> object:
    return call.library.cancel_hold(call.session, hold=call.hold, now=call.now, by=call.by)


def _suspend(call: Call) -> object:
    until = date.fromisoformat(call.said["until"])
    return call.library.suspend_hold(call.session, hold=call.hold, until=until, now=call.now, by=call.by)


def _resume(call: Call) -> object:
    return call.library.resume_hold(call.session, hold=call.hold, now=call.now, by=call.by)


def _renew(call: Call) -> object:
    loan = call.session.get_one(Loan, call.said["loan"])
    return call.library.renew(call.session, loan=loan, now=call.now, by=call.by)


def _renew_all(call: Call) -> object:
    renewals = call.library.renew_all(call.session, patron=call.patron, now=call.now, by=call.by)
    if all(one.refusal is not None for one in renewals):
        raise renewals[0].refusal or refusals.NothingOnLoan()
    return renewals


PERFORMED: Mapping[str, Callable[[Call], object]] = {
    "place_hold": _place,
    "cancel_hold": _cancel,
    "suspend_hold": _suspend,
    "resume_hold": _resume,
    "renew": _renew,
    "renew_all": _renew_all,
}


def put(session: Session, *, patron: Patron, what: str, arguments: Mapping[str, Any], now: datetime) -> QueuedWish:
    """Write the wish down; one that waits already is that one."""
    locked(session, Patron, patron.id)
    about = ",".join(f"{name}={value}" for name, value in sorted(arguments.items()) if name != "pickup")
    key = f"{what}:{patron.id}:{about}"
    waiting = select(QueuedWish).where(QueuedWish.key == key, QueuedWish.status == "waiting")
    held = session.scalars(waiting).first()
    if held is None:
        held = QueuedWish(patron=patron, what=what, key=key, arguments=dict(arguments), asked_at=now)
        session.add(held)
        session.flush()
    return held


def withdraw(session: Session, *, wish: QueuedWish, now: datetime, by: audit.Actor) -> QueuedWish:
    """The reader takes back what waits. Raises: refusals.NothingToUndo: it was done or refused meanwhile."""
    wish = locked(session, QueuedWish, wish.id) or wish
    if wish.status == "withdrawn":
        return wish
    if wish.status != "waiting":
        raise refusals.NothingToUndo()
    wish.status, wish.ended_at = "withdrawn", now
    session.flush()
    audit.record(session, "wish_withdrawn", now=now, by=by, ids={"wish": wish.id} | about(session, wish))
    return wish


def about(session: Session, wish: QueuedWish) -> dict[str, int]:
    """The ids that a wish is about: record, hold, loan; none where it is about all of the reader's loans."""
    ids: dict[str, int] = {
        name: int(wish.arguments[name]) for name in ("record", "hold", "loan") if name in wish.arguments
    }
    if "hold" in ids:
        ids["record"] = session.get_one(Hold, ids["hold"]).record_id
    if "loan" in ids:
        ids["record"] = session.get_one(Loan, ids["loan"]).item.record_id
    return ids


def waiting(session: Session, *, patron: Patron | None = None) -> list[QueuedWish]:
    """What waits for the system to come back, in the order in which it was asked."""
    statement = select(QueuedWish).where(QueuedWish.status == "waiting").order_by(QueuedWish.asked_at, QueuedWish.id)
    return list(session.scalars(statement.where(QueuedWish.patron_id == patron.id) if patron else statement))


def perform(session: Session, *, library: LibrarySystem, now: datetime) -> int:
    """Do what waits, in its order, as far as the system is there; how many came to an end. Each reader is told."""
    return sum(1 for _ in _performed(session, library, now))


def _performed(session: Session, library: LibrarySystem, now: datetime) -> Iterator[QueuedWish]:
    for one in waiting(session):
        wish = locked(session, QueuedWish, one.id)
        if wish is None or wish.status != "waiting":
            continue
        by = audit.Actor("patron", wish.patron_id, wish.turn)
        try:
            with session.begin_nested():
                PERFORMED[wish.what](Call(session, library, wish.patron, wish.arguments, now, by))
            wish.status = "done"
        except refusals.SystemAway:
            return
        except refusals.Refusal as refusal:
            wish.status, wish.outcome = "refused", refusal.reason
        wish.ended_at = now
        session.flush()
        told = notices.Owed(wish.patron, f"wish_{wish.status}:wish:{wish.id}", {"wish": wish.id}, day_of(now + LASTING))
        notices.owe(session, f"wish_{wish.status}", [told], now=now)
        yield wish
