"""The tables of home delivery: requests with their promised day, and the volunteers who bring books."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from catalog.database import Base
from catalog.organisation.tables import OrgUnit
from catalog.patrons.tables import Address, Patron
from catalog.records.tables import BibliographicRecord

DELIVERY_STATUSES = ("requested", "dispatched", "delivered", "missed", "cancelled", "collected")
"""`collected` ends a return pick-up."""


class DeliveryRequest(Base):
    """An order to bring books to a patron's door (`kind` bring: its books are holds) or to fetch loans (fetch).

    A swap is one that brings and takes loans along on the same visit.
    """

    __tablename__ = "deliveries"
    __table_args__ = (
        CheckConstraint(f"status IN {DELIVERY_STATUSES}", name="status"),
        CheckConstraint("kind IN ('bring', 'fetch')", name="kind"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    patron_id: Mapped[int] = mapped_column(ForeignKey("patrons.id"), index=True)
    kind: Mapped[str] = mapped_column(default="bring")
    address_id: Mapped[int] = mapped_column(ForeignKey("addresses.id"))
    address_text: Mapped[str]
    """The address as it was read back, kept even if the card's changes later."""
    org_unit_id: Mapped[int] = mapped_column(ForeignKey("org_units.id"))
    """Whose round brings it."""
    status: Mapped[str] = mapped_column(default="requested")
    requested_at: Mapped[datetime]
    promised_date: Mapped[date]
    asked_date: Mapped[date | None]
    """The day before which the reader does not want it, if he asked for one."""
    window: Mapped[str] = mapped_column(default="")
    """Of: morning, afternoon, or empty."""
    note: Mapped[str] = mapped_column(default="")
    code_word: Mapped[str] = mapped_column(default="")
    """Four digits that the bringer says at the door."""
    loan_ids: Mapped[list[int]] = mapped_column(default=list)
    """The loans to be taken along; those of a swap stay on loan until the van comes."""
    ended_at: Mapped[datetime | None]

    patron: Mapped[Patron] = relationship()
    org_unit: Mapped[OrgUnit] = relationship()


CONDITION_MOMENTS = ("dispatched", "delivered", "collected", "returned")
CONDITIONS = ("good", "worn", "damaged")


class Condition(Base):
    """In which state a copy left for a door (dispatched), was handed over there (delivered), was fetched from there
    (collected), or was found when it came back (returned): so that no reader answers for what the road did to it."""

    __tablename__ = "conditions"
    __table_args__ = (
        CheckConstraint(f"moment IN {CONDITION_MOMENTS}", name="moment"),
        CheckConstraint(f"state IN {CONDITIONS}", name="state"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    item_id: Mapped[int] = mapped_column(ForeignKey("items.id"), index=True)
    delivery_id: Mapped[int | None] = mapped_column(ForeignKey("deliveries.id"))
    moment: Mapped[str]
    state: Mapped[str]
    noted_at: Mapped[datetime]


class Volunteer(Base):
    """Someone who brings books round a village, and the dialects they speak."""

    __tablename__ = "volunteers"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str]
    phone: Mapped[str] = mapped_column(default="")
    org_unit_id: Mapped[int] = mapped_column(ForeignKey("org_units.id"))
    dialects: Mapped[list[str]] = mapped_column(default=list)
    details: Mapped[dict[str, Any]] = mapped_column(default=dict)
    patron_id: Mapped[int | None] = mapped_column(ForeignKey("patrons.id"), unique=True)
    """The volunteer's own card, in whose talk errands are offered; without one only the desk knows of him."""

    org_unit: Mapped[OrgUnit] = relationship()
    patron: Mapped[Patron | None] = relationship()


ERRAND_STATUSES = ("offered", "accepted", "declined", "lapsed", "done")


class Errand(Base):
    """A delivery that was offered to a volunteer for one day and door, what he said, and the time he gave (`minutes`).

    What is moved to another day or door is offered anew, as another errand.
    """

    __tablename__ = "errands"
    __table_args__ = (
        UniqueConstraint("delivery_id", "volunteer_id", "day", "address_id"),
        CheckConstraint(f"status IN {ERRAND_STATUSES}", name="status"),
        CheckConstraint("minutes IS NULL OR (status = 'done' AND minutes > 0)", name="minutes"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    delivery_id: Mapped[int] = mapped_column(ForeignKey("deliveries.id"), index=True)
    volunteer_id: Mapped[int] = mapped_column(ForeignKey("volunteers.id"), index=True)
    day: Mapped[date]
    """The day that was promised when it was offered."""
    address_id: Mapped[int] = mapped_column(ForeignKey("addresses.id"))
    """The door it was to go to then."""
    status: Mapped[str] = mapped_column(default="offered")
    offered_at: Mapped[datetime]
    answered_at: Mapped[datetime | None]
    minutes: Mapped[int | None]

    delivery: Mapped[DeliveryRequest] = relationship()
    volunteer: Mapped[Volunteer] = relationship()
    address: Mapped[Address] = relationship()

    @property
    def ahead(self) -> bool:
        """Whether the delivery is not over yet and still comes on the day, and to the door, it was offered for."""
        delivery = self.delivery
        return delivery.ended_at is None and (delivery.promised_date, delivery.address_id) == (
            self.day,
            self.address_id,
        )

    def takeable(self, today: date) -> bool:
        """Whether it waits for an answer, or may still be taken: not answered, not gone out, its day not past."""
        waits = self.status in ("offered", "lapsed") and self.delivery.status in ("requested", "missed")
        return waits and self.ahead and self.day >= today


PARCEL_STATUSES = ("chosen", "vetoed", "ordered", "given_up")


class ReadingProfile(Base):
    """A reader's wish to be brought a book every so many days, chosen for him; `subjects` are what he likes to read."""

    __tablename__ = "reading_profiles"
    __table_args__ = (CheckConstraint("every_days > 0", name="every_days"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    patron_id: Mapped[int] = mapped_column(ForeignKey("patrons.id"), unique=True)
    every_days: Mapped[int]
    subjects: Mapped[list[str]] = mapped_column(default=list)
    next_on: Mapped[date]
    """The day on which the next book is chosen."""
    started_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]

    patron: Mapped[Patron] = relationship()


class Parcel(Base):
    """A book that was chosen for a reader: vetoed by a word, or ordered on its day. Never the same work twice."""

    __tablename__ = "parcels"
    __table_args__ = (
        UniqueConstraint("patron_id", "work_id"),
        CheckConstraint(f"status IN {PARCEL_STATUSES}", name="status"),
        Index("uq_parcels_open", "profile_id", unique=True, sqlite_where=text("status = 'chosen'"),
              postgresql_where=text("status = 'chosen'")),
    )  # fmt: skip

    id: Mapped[int] = mapped_column(primary_key=True)
    profile_id: Mapped[int] = mapped_column(ForeignKey("reading_profiles.id"))
    patron_id: Mapped[int] = mapped_column(ForeignKey("patrons.id"))
    work_id: Mapped[int] = mapped_column(ForeignKey("works.id"))
    record_id: Mapped[int] = mapped_column(ForeignKey("records.id"))
    status: Mapped[str] = mapped_column(default="chosen")
    chosen_at: Mapped[datetime]
    order_on: Mapped[date]
    """The day on which it is ordered if nothing was said against it."""
    delivery_id: Mapped[int | None] = mapped_column(ForeignKey("deliveries.id"))

    profile: Mapped[ReadingProfile] = relationship()
    record: Mapped[BibliographicRecord] = relationship()
