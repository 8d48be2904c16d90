"""The tables of the patrons: people, cards, addresses, blocks, consents, one-time codes and wrong PINs."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from catalog.database import Base
from catalog.organisation.tables import OrgUnit


class Patron(Base):
    """A reader. `formats` are those he can use, best first; `print_disabled` entitles to accessible-format copies."""

    __tablename__ = "patrons"
    __table_args__ = (
        Index(
            "ix_patrons_reminder_days",
            "id",
            sqlite_where=text("JSON_EXTRACT(preferences, '$.\"reminder_days\"') IS NOT NULL"),
            postgresql_where=text("CAST((preferences ->> 'reminder_days') AS VARCHAR) IS NOT NULL"),
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str]
    locale: Mapped[str] = mapped_column(default="zh-CN")
    birth_year: Mapped[int | None]
    formats: Mapped[list[str]] = mapped_column(default=lambda: ["print"])
    print_disabled: Mapped[bool] = mapped_column(default=False)
    phone: Mapped[str] = mapped_column(default="")
    group: Mapped[str] = mapped_column(default="adult")
    """Of: adult, child, senior, disabled; policy speaks of these."""
    home_id: Mapped[int] = mapped_column(ForeignKey("org_units.id"))
    """The library that registered the reader."""
    pickup_id: Mapped[int | None] = mapped_column(ForeignKey("org_units.id"))
    """The usual pick-up location."""
    preferences: Mapped[dict[str, Any]] = mapped_column(default=dict)
    """Keys: rate (0.6-3), verbosity (short|normal|long), voice_reply (bool), volume, quiet_from and quiet_to ("21:00"),
    reminder_days (int), reminders (bool), titles_in_pushes (bool), topics (list), region (dialect)."""
    forgotten_at: Mapped[datetime | None]

    home: Mapped[OrgUnit] = relationship(foreign_keys=[home_id])
    pickup: Mapped[OrgUnit | None] = relationship(foreign_keys=[pickup_id])
    addresses: Mapped[list[Address]] = relationship(back_populates="patron", order_by="Address.id")

    @property
    def door(self) -> Address | None:
        """Where deliveries usually go: the first address that they can go to."""
        return next((one for one in self.addresses if one.deliverable), None)


class Card(Base):
    """A library card: its number, and the hash of its PIN (argon2; the PIN itself is stored nowhere)."""

    __tablename__ = "cards"
    __table_args__ = (CheckConstraint("status IN ('active', 'lost', 'expired')", name="status"),)

    number: Mapped[str] = mapped_column(primary_key=True)
    patron_id: Mapped[int] = mapped_column(ForeignKey("patrons.id"), index=True)
    pin_hash: Mapped[str]
    """Empty for a card from another system: its reader links it with a one-time code."""
    status: Mapped[str] = mapped_column(default="active")

    patron: Mapped[Patron] = relationship(lazy="joined", innerjoin=True)
    """Read with the card: whoever asks for a card asks whose it is."""


class Address(Base):
    """Where a patron lives, as the card has it. `org_unit_id` is the place whose van or volunteers come by."""

    __tablename__ = "addresses"

    id: Mapped[int] = mapped_column(primary_key=True)
    patron_id: Mapped[int] = mapped_column(ForeignKey("patrons.id"), index=True)
    text: Mapped[str]
    org_unit_id: Mapped[int] = mapped_column(ForeignKey("org_units.id"))
    deliverable: Mapped[bool] = mapped_column(default=True)
    note: Mapped[str] = mapped_column(default="")
    """The knocking note, such as "先打电话"."""

    patron: Mapped[Patron] = relationship(back_populates="addresses")
    org_unit: Mapped[OrgUnit] = relationship()


class Block(Base):
    """A reason why a patron may not borrow for now. Never set because a notice could not be delivered."""

    __tablename__ = "blocks"

    id: Mapped[int] = mapped_column(primary_key=True)
    patron_id: Mapped[int] = mapped_column(ForeignKey("patrons.id"), index=True)
    reason: Mapped[str]
    """Of: card_lost, card_expired, staff, too_many_overdue, unvouched (nobody has vouched for the reader yet)."""
    since: Mapped[date]
    until: Mapped[date | None]


class LinkCode(Base):
    """A one-time code: a librarian gives it out to link a card to a conversation, or a patron to let another act.

    Only its hash is kept.
    """

    __tablename__ = "link_codes"

    id: Mapped[int] = mapped_column(primary_key=True)
    code_hash: Mapped[str] = mapped_column(unique=True)
    patron_id: Mapped[int] = mapped_column(ForeignKey("patrons.id"))
    expires_at: Mapped[datetime]
    used_at: Mapped[datetime | None]
    scope: Mapped[str] = mapped_column(default="")
    """What whoever has it may do for the patron (as Delegation.scope); empty: it links the patron's own card."""
    until: Mapped[date | None]
    """The last day of that delegation."""

    patron: Mapped[Patron] = relationship()


class Throttle(Base):
    """Wrong PINs and codes, counted by card and by address of the sender, so that guessing is slowed, never locked."""

    __tablename__ = "throttles"

    key: Mapped[str] = mapped_column(primary_key=True)
    """"card:<hash>" or "from:<channel address hash>"."""
    failures: Mapped[int] = mapped_column(default=0)
    failed_at: Mapped[datetime | None]
    """The last failure; after a rest (cards.PATIENCE) the count starts again."""
    wait_until: Mapped[datetime | None]


class Consent(Base):
    """What a patron agreed to, when, and when it was taken back (PIPL art. 14 and 15)."""

    __tablename__ = "consents"

    id: Mapped[int] = mapped_column(primary_key=True)
    patron_id: Mapped[int] = mapped_column(ForeignKey("patrons.id"), index=True)
    what: Mapped[str]
    """Of: keep_recording, titles_in_pushes."""
    given_at: Mapped[datetime]
    revoked_at: Mapped[datetime | None]


class Delegation(Base):
    """Someone who may act for a patron: a scope, an end, revocable by a word."""

    __tablename__ = "delegations"
    __table_args__ = (UniqueConstraint("patron_id", "delegate_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    patron_id: Mapped[int] = mapped_column(ForeignKey("patrons.id"))
    delegate_id: Mapped[int] = mapped_column(ForeignKey("patrons.id"))
    scope: Mapped[str] = mapped_column(default="borrow")
    expires_on: Mapped[date | None]
    revoked_at: Mapped[datetime | None]
    called: Mapped[dict[str, Any]] = mapped_column(default=dict)
    """What the delegate calls the patron ("妈妈": true), and what is somebody else (false), as answered once."""

    patron: Mapped[Patron] = relationship(foreign_keys=[patron_id])
    delegate: Mapped[Patron] = relationship(foreign_keys=[delegate_id])
