"""The local library system: our own database, by the use cases of circulation. Adds no rule of its own."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date, datetime

from sqlalchemy.orm import Session

from catalog.audit import Actor
from catalog.circulation import availability, holds, loans
from catalog.circulation.availability import Availability
from catalog.circulation.loans import Renewal
from catalog.circulation.tables import Hold, Loan
from catalog.connectors.port import CAPABILITIES
from catalog.organisation.tables import OrgUnit
from catalog.patrons.tables import Patron


class Local:
    """Fulfils catalog.connectors.port.LibrarySystem."""

    name = "local"
    capabilities = frozenset(CAPABILITIES)

    def as_of(self, session: Session, *, now: datetime) -> datetime | None:
        return None

    def availability(
        self, session: Session, *, work_ids: Collection[int], patron: Patron | None, now: datetime
    ) -> dict[int, Availability]:
        return availability.of_works(session, work_ids=work_ids, patron=patron, now=now)

    def holds(self, session: Session, *, patron: Patron) -> list[Hold]:
        return holds.of_patron(session, patron=patron)

    def queue_place(self, session: Session, *, hold: Hold) -> int:
        return holds.queue_place(session, hold)

    def expected(self, session: Session, *, hold: Hold, now: datetime) -> date | None:
        return holds.expected(session, hold, now=now)

    def loans(self, session: Session, *, patron: Patron) -> list[Loan]:
        return loans.of_patron(session, patron=patron)

    def place_hold(
        self, session: Session, *, patron: Patron, record_id: int, pickup: OrgUnit, now: datetime, by: Actor
    ) -> Hold:
        return holds.place(session, patron=patron, record_id=record_id, pickup=pickup, now=now, by=by)

    def cancel_hold(self, session: Session, *, hold: Hold, now: datetime, by: Actor) -> Hold:
        return holds.cancel(session, hold=hold, now=now, by=by)

    def suspend_hold(self, session: Session, *, hold: Hold, until: date, now: datetime, by: Actor) -> Hold:
        return holds.suspend(session, hold=hold, until=until, now=now, by=by)

    def resume_hold(self, session: Session, *, hold: Hold, now: datetime, by: Actor) -> Hold:
        return holds.resume(session, hold=hold, now=now, by=by)

    def renew(self, session: Session, *, loan: Loan, now: datetime, by: Actor) -> Loan:
        return loans.renew(session, loan=loan, now=now, by=by)

    def renew_all(self, session: Session, *, patron: Patron, now: datetime, by: Actor) -> list[Renewal]:
        return loans.renew_all(session, patron=patron, now=now, by=by)
