"""The port of library systems: what a talk may ask of whichever system keeps the holds and the loans.

The port says what the system can do (`capabilities`); a talk asks before it offers.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import date, datetime
from typing import Protocol

from sqlalchemy.orm import Session

from catalog.audit import Actor
from catalog.circulation.availability import Availability
from catalog.circulation.loans import Renewal
from catalog.circulation.tables import Hold, Loan
from catalog.organisation.tables import OrgUnit
from catalog.patrons.tables import Patron

CAPABILITIES = ("availability", "holds", "loans", "place_hold", "cancel_hold", "suspend_hold", "renew", "renew_all")


class LibrarySystem(Protocol):
    """The port. Refusals are those of catalog.refusals; every change writes its audit row, and nothing commits."""

    @property
    def name(self) -> str:
        """Its key in CONNECTORS."""
        ...

    @property
    def capabilities(self) -> frozenset[str]:
        """Which of CAPABILITIES it has."""
        ...

    def as_of(self, session: Session, *, now: datetime) -> datetime | None:
        """As of when what it says holds, if it is away and that is not now; None where it holds now.

        A write to a system that is away raises refusals.SystemAway (`since`), and has changed nothing anywhere.
        """
        ...

    def availability(
        self, session: Session, *, work_ids: Collection[int], patron: Patron | None, now: datetime
    ) -> dict[int, Availability]:
        """Where copies are and when this reader can have one, by work id."""
        ...

    def holds(self, session: Session, *, patron: Patron) -> list[Hold]:
        """The patron's open holds, ready ones first."""
        ...

    def queue_place(self, session: Session, *, hold: Hold) -> int:
        """The hold's place in the queue: 1 is next; 0 once a copy has been chosen."""
        ...

    def expected(self, session: Session, *, hold: Hold, now: datetime) -> date | None:
        """When the hold is likely to be ready, if anybody can say."""
        ...

    def loans(self, session: Session, *, patron: Patron) -> list[Loan]:
        """What the patron has at home, the earliest due date first."""
        ...

    def place_hold(
        self, session: Session, *, patron: Patron, record_id: int, pickup: OrgUnit, now: datetime, by: Actor
    ) -> Hold:
        """Place a hold, to be collected at `pickup`."""
        ...

    def cancel_hold(self, session: Session, *, hold: Hold, now: datetime, by: Actor) -> Hold:
        """End a hold."""
        ...

    def suspend_hold(self, session: Session, *, hold: Hold, until: date, now: datetime, by: Actor) -> Hold:
        """Rest a hold until a day; its place in the queue stays."""
        ...

    def resume_hold(self, session: Session, *, hold: Hold, now: datetime, by: Actor) -> Hold:
        """Wake a hold that rests."""
        ...

    def renew(self, session: Session, *, loan: Loan, now: datetime, by: Actor) -> Loan:
        """Move a due date on."""
        ...

    def renew_all(self, session: Session, *, patron: Patron, now: datetime, by: Actor) -> list[Renewal]:
        """Renew what can be renewed, with a refusal for each that cannot."""
        ...
