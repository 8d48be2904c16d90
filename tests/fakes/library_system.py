"""An outside library system that can be cut off, for the tests of the port: it lends by the same rules as the local
one, and what we know of it is what it last said. It passes the port's contract suite.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from datetime import date, datetime
from typing import TypeVar

from sqlalchemy.orm import Session

from catalog import refusals
from catalog.audit import Actor
from catalog.circulation.availability import Availability
from catalog.circulation.loans import Renewal
from catalog.circulation.tables import Hold, Loan
from catalog.connectors.local import Local
from catalog.connectors.port import CAPABILITIES
from catalog.organisation.tables import OrgUnit
from catalog.patrons.tables import Patron

Answer = TypeVar("Answer")


class Outside:
    """Fulfils catalog.connectors.port.LibrarySystem; `cut` since a moment it hears nothing, until `joined`."""

    name = "outside"
    capabilities = frozenset(CAPABILITIES)

    def __init__(self) -> None:
        self._there = Local()
        self.cut: datetime | None = None
        self.asked = 0
        """How often it was written to in vain."""

    def as_of(self, session: Session, *, now: datetime) -> datetime | None:
        return self.cut

    def availability(
        self, session: Session, *, work_ids: Collection[int], patron: Patron | None, now: datetime
    ) -> dict[int, Availability]:
        return self._there.availability(session, work_ids=work_ids, patron=patron, now=now)

    def holds(self, session: Session, *, patron: Patron) -> list[Hold]:
        return self._there.holds(session, patron=patron)

    def queue_place(self, session: Session, *, hold: Hold) -> int:
        return self._there.queue_place(session, hold=hold)

    def expected(self, session: Session, *, hold: Hold, now: datetime) -> date | None:
        return self._there.expected(session, hold=hold, now=now)

    def loans(self, session: Session, *, patron: Patron) -> list[Loan]:
        return self._there.loans(session, patron=patron)

    def place_hold(
        self, session: Session, *, patron: Patron, record_id: int, pickup: OrgUnit, now: datetime, by: Actor
    ) -> Hold:
        return self._written(
            lambda: self._there.place_hold(session, patron=patron, record_id=record_id, pickup=pickup, now=now, by=by)
        )

    def cancel_hold(self, session: Session, *, hold: Hold, now: datetime, by: Actor) -> Hold:
        return self._written(lambda: self._there.cancel_hold(session, hold=hold, now=now, by=by))

    def suspend_hold(self, session: Session, *, hold: Hold, until: date, now: datetime, by: Actor) -> Hold:
        return self._written(lambda: self._there.suspend_hold(session, hold=hold, until=until, now=now, by=by))

    def resume_hold(self, session: Session, *, hold: Hold, now: datetime, by: Actor) -> Hold:
        return self._written(lambda: self._there.resume_hold(session, hold=hold, now=now, by=by))

    def renew(self, session: Session, *, loan: Loan, now: datetime, by: Actor) -> Loan:
        return self._written(lambda: self._there.renew(session, loan=loan, now=now, by=by))

    def renew_all(self, session: Session, *, patron: Patron, now: datetime, by: Actor) -> list[Renewal]:
        return self._written(lambda: self._there.renew_all(session, patron=patron, now=now, by=by))

    def _written(self, act: Callable[[], Answer]) -> Answer:
        if self.cut is not None:
            self.asked += 1
            raise refusals.SystemAway(since=self.cut)
        return act()
