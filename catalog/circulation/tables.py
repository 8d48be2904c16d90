"""The tables of lending. Partial unique indexes make "one item in two hands" impossible, whatever the code does."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import JSON, CheckConstraint, ForeignKey, Index, UniqueConstraint, and_, literal_column, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from catalog.database import Base
from catalog.organisation.tables import OrgUnit
from catalog.patrons.tables import Patron
from catalog.records.tables import BibliographicRecord, Item
from catalog.rows import Unlike

HOLD_STATUSES = ("waiting", "in_transit", "ready", "suspended", "fulfilled", "cancelled", "expired")
HOLD_SCOPES = ("work", "edition", "item")
OPEN_HOLD = "status IN ('waiting', 'in_transit', 'ready', 'suspended')"
OPEN_LOAN = "returned_at IS NULL"
OPEN_WISH: Unlike = (("patron_id", "work_id"), OPEN_HOLD)
ITEM_OUT: Unlike = (("item_id",), OPEN_LOAN)
"""The partial unique indexes that two processes may run into."""


class PolicySetting(Base):
    """One figure of the policy that a place, and all below it, has settled for itself (circulation.policies).

    `group` and `format` say for whom and for what; "" is everybody and everything.
    """

    __tablename__ = "policy_settings"
    __table_args__ = (UniqueConstraint("org_unit_id", "group", "format", "name"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    org_unit_id: Mapped[int] = mapped_column(ForeignKey("org_units.id"))
    group: Mapped[str] = mapped_column(default="")
    format: Mapped[str] = mapped_column(default="")
    name: Mapped[str]
    """A field of Policy."""
    value: Mapped[Any] = mapped_column(JSON)


class Loan(Base):
    """An item in a patron's hands, from check-out to check-in."""

    __tablename__ = "loans"
    __table_args__ = (
        Index("uq_loans_open_item", "item_id", unique=True, sqlite_where=text(OPEN_LOAN),
              postgresql_where=text(OPEN_LOAN)),
        Index("ix_loans_patron_open", "patron_id", "returned_at"),
        Index("ix_loans_due_open", "due_date", sqlite_where=text(OPEN_LOAN),
              postgresql_where=text(OPEN_LOAN)),
        CheckConstraint("renewals >= 0", name="renewals"),
    )  # fmt: skip

    id: Mapped[int] = mapped_column(primary_key=True)
    item_id: Mapped[int] = mapped_column(ForeignKey("items.id"))
    patron_id: Mapped[int] = mapped_column(ForeignKey("patrons.id"))
    place_id: Mapped[int] = mapped_column(ForeignKey("org_units.id"))
    """Where it was checked out."""
    checked_out_at: Mapped[datetime]
    due_date: Mapped[date]
    renewals: Mapped[int] = mapped_column(default=0)
    returned_at: Mapped[datetime | None]

    item: Mapped[Item] = relationship()
    patron: Mapped[Patron] = relationship()


class Hold(Base):
    """A patron's wish for a work (any edition he can use), kept in the order in which wishes were placed.

    `scope` narrows it to the edition of `record_id`, or to the one item `wanted_id`. `item_id` is the copy chosen for
    it. A hold that a home delivery serves has `delivery_id` set and no pick-up location.
    """

    __tablename__ = "holds"
    __table_args__ = (
        CheckConstraint(f"status IN {HOLD_STATUSES}", name="status"),
        CheckConstraint(f"scope IN {HOLD_SCOPES}", name="scope"),
        CheckConstraint("(scope = 'item') = (wanted_id IS NOT NULL)", name="wanted"),
        Index("uq_holds_open_wish", "patron_id", "work_id", unique=True, sqlite_where=text(OPEN_HOLD),
              postgresql_where=text(OPEN_HOLD)),
        Index("uq_holds_open_item", "item_id", unique=True, sqlite_where=text(OPEN_HOLD),
              postgresql_where=text(OPEN_HOLD)),
        Index("ix_holds_work_status", "work_id", "status"),
    )  # fmt: skip

    id: Mapped[int] = mapped_column(primary_key=True)
    patron_id: Mapped[int] = mapped_column(ForeignKey("patrons.id"), index=True)
    work_id: Mapped[int] = mapped_column(ForeignKey("works.id"))
    record_id: Mapped[int] = mapped_column(ForeignKey("records.id"))
    """The edition that was chosen; for the scope "work" other editions in a format the patron can use serve too."""
    scope: Mapped[str] = mapped_column(default="work")
    wanted_id: Mapped[int | None] = mapped_column(ForeignKey("items.id"))
    item_id: Mapped[int | None] = mapped_column(ForeignKey("items.id"))
    pickup_id: Mapped[int | None] = mapped_column(ForeignKey("org_units.id"))
    delivery_id: Mapped[int | None] = mapped_column(ForeignKey("deliveries.id"), index=True)
    status: Mapped[str] = mapped_column(default="waiting")
    placed_at: Mapped[datetime]
    expected_date: Mapped[date | None]
    """When it is likely to be ready; never said as "ready"."""
    ready_at: Mapped[datetime | None]
    pickup_until: Mapped[date | None]
    suspended_until: Mapped[date | None]
    ended_at: Mapped[datetime | None]

    patron: Mapped[Patron] = relationship()
    record: Mapped[BibliographicRecord] = relationship()
    item: Mapped[Item | None] = relationship(foreign_keys=[item_id])
    wanted: Mapped[Item | None] = relationship(foreign_keys=[wanted_id])
    pickup: Mapped[OrgUnit | None] = relationship()


class Transit(Base):
    """An item on its way from one org unit to another."""

    __tablename__ = "transits"
    __table_args__ = (
        Index("uq_transits_open_item", "item_id", unique=True, sqlite_where=text("arrived_at IS NULL"),
              postgresql_where=text("arrived_at IS NULL")),
    )  # fmt: skip

    id: Mapped[int] = mapped_column(primary_key=True)
    item_id: Mapped[int] = mapped_column(ForeignKey("items.id"))
    from_id: Mapped[int] = mapped_column(ForeignKey("org_units.id"))
    to_id: Mapped[int] = mapped_column(ForeignKey("org_units.id"))
    hold_id: Mapped[int | None] = mapped_column(ForeignKey("holds.id"))
    sent_at: Mapped[datetime]
    arrived_at: Mapped[datetime | None]


IS_OPEN = Hold.status.in_([literal_column(f"'{status}'") for status in HOLD_STATUSES if status in OPEN_HOLD])
"""As the partial indexes say it, word for word: with bound values SQLite could not know that they fit, and would read
the whole table."""
IS_WAITING = and_(Hold.status == literal_column("'waiting'"), Hold.item_id.is_(None))
"""In the queue: open, and no copy was chosen for it yet."""
