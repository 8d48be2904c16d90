"""A library system that may be away, made patient: what it last said is still told, with its age, and what a reader
wishes meanwhile is written down (queue.py) instead of being refused for good.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, TypeVar

from sqlalchemy.orm import Session

from catalog import refusals
from catalog.audit import Actor
from catalog.circulation.availability import Availability
from catalog.circulation.loans import Renewal
from catalog.circulation.tables import Hold, Loan
from catalog.connectors import queue
from catalog.connectors.port import LibrarySystem
from catalog.organisation.tables import OrgUnit
from catalog.patrons.tables import Patron

Done = TypeVar("Done")


@dataclass(frozen=True, slots=True)
class Patient:
    """Fulfils catalog.connectors.port.LibrarySystem by `inner`. Writes raise refusals.WillBeDone where it is away."""

    inner: LibrarySystem

    @property
    def name(self) -> str:
        return self.inner.name

    @property
    def capabilities(self) -> frozenset[str]:
        return self.inner.capabilities

    def as_of(self, session: Session, *, now: datetime) -> datetime | None:
        return self.inner.as_of(session, now=now)

    def availability(
        self, session: Session, *, work_ids: Collection[int], patron: Patron | None, now: datetime
    ) -> dict[int, Availability]:
        return self.inner.availability(session, work_ids=work_ids, patron=patron, now=now)

    def holds(self, session: Session, *, patron: Patron) -> list[Hold]:
        return self.inner.holds(session, patron=patron)

    def queue_place(self, session: Session, *, hold: Hold) -> int:
        return self.inner.queue_place(session, hold=hold)

    def expected(self, session: Session, *, hold: Hold, now: datetime) -> date | None:
        return self.inner.expected(session, hold=hold, now=now)

    def loans(self, session: Session, *, patron: Patron) -> list[Loan]:
        return self.inner.loans(session, patron=patron)

    def place_hold(
        self, session: Session, *, patron: Patron, record_id: int, pickup: OrgUnit, now: datetime, by: Actor
    ) -> Hold:
        def act() -> Hold:
            return self.inner.place_hold(session, patron=patron, record_id=record_id, pickup=pickup, now=now, by=by)

        return _or_later(act, _Wished(session, patron, "place_hold", {"record": record_id, "pickup": pickup.id}, now))

    def cancel_hold(self, session: Session, *, hold: Hold, now: datetime, by: Actor) -> Hold:
        def act() -> Hold:
            return self.inner.cancel_hold(session, hold=hold, now=now, by=by)

        return _or_later(act, _Wished(session, hold.patron, "cancel_hold", {"hold": hold.id}, now))

    def suspend_hold(self, session: Session, *, hold: Hold, until: date, now: datetime, by: Actor) -> Hold:
        def act() -> Hold:
            return self.inner.suspend_hold(session, hold=hold, until=until, now=now, by=by)

        said = {"hold": hold.id, "until": until.isoformat()}
        return _or_later(act, _Wished(session, hold.patron, "suspend_hold", said, now))

    def resume_hold(self, session: Session, *, hold: Hold, now: datetime, by: Actor) -> Hold:
        def act() -> Hold:
            return self.inner.resume_hold(session, hold=hold, now=now, by=by)

        return _or_later(act, _Wished(session, hold.patron, "resume_hold", {"hold": hold.id}, now))

    def renew(self, session: Session, *, loan: Loan, now: datetime, by: Actor) -> Loan:
        def act() -> Loan:
            return self.inner.renew(session, loan=loan, now=now, by=by)

        return _or_later(act, _Wished(session, loan.patron, "renew", {"loan": loan.id}, now))

    def renew_all(self, session: Session, *, patron: Patron, now: datetime, by: Actor) -> list[Renewal]:
        def act() -> list[Renewal]:
            return self.inner.renew_all(session, patron=patron, now=now, by=by)

        return _or_later(act, _Wished(session, patron, "renew_all", {}, now))


@dataclass(frozen=True, slots=True)
class _Wished:
    """What is written down where the system is away (see queue.put)."""

    session: Session
    patron: Patron
    what: str
    said: Mapping[str, Any]
    now: datetime


def _or_later(act: Callable[[], Done], wished: _Wished) -> Done:
    """Do it, or write it down. Raises: refusals.WillBeDone, after which what was written stays."""
    try:
        return act()
    except refusals.SystemAway as away:
        queue.put(wished.session, patron=wished.patron, what=wished.what, arguments=wished.said, now=wished.now)
        raise refusals.WillBeDone(**away.values) from away
