"""The tables of outreach: events and sign-ups, notices with a unique cause, enquiries to a librarian."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, LargeBinary, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from catalog.database import Base
from catalog.organisation.tables import OrgUnit

ENQUIRY_KINDS = ("human", "call_back", "feedback", "purchase", "recording")
NOTICE_STATUSES = ("due", "sent", "dropped")
BROADCAST_STATUSES = ("draft", "approved", "sent", "recalled")


class Event(Base):
    """Something that takes place at a library."""

    __tablename__ = "events"

    id: Mapped[int] = mapped_column(primary_key=True)
    org_unit_id: Mapped[int] = mapped_column(ForeignKey("org_units.id"))
    title: Mapped[str]
    title_en: Mapped[str] = mapped_column(default="")
    topic: Mapped[str] = mapped_column(default="")
    """Of: health, farming, children, reading, culture, technology."""
    starts_at: Mapped[datetime] = mapped_column(index=True)
    ends_at: Mapped[datetime]
    seats: Mapped[int | None]
    code: Mapped[str] = mapped_column(default="")
    """What its library calls it in its own list, so that it is known again there."""
    access: Mapped[list[str]] = mapped_column(default=list)
    """Of: ramp, lift, hearing_loop, sign_language, braille, escort."""
    register_until: Mapped[datetime | None]
    """The last moment to take a seat; empty: until it begins."""
    cancelled_at: Mapped[datetime | None]

    org_unit: Mapped[OrgUnit] = relationship()


class SignUp(Base):
    """A patron's seat at an event, until given back."""

    __tablename__ = "sign_ups"
    __table_args__ = (
        Index("uq_sign_ups_open", "event_id", "patron_id", unique=True, sqlite_where=text("left_at IS NULL"),
              postgresql_where=text("left_at IS NULL")),
    )  # fmt: skip

    id: Mapped[int] = mapped_column(primary_key=True)
    event_id: Mapped[int] = mapped_column(ForeignKey("events.id"))
    patron_id: Mapped[int] = mapped_column(ForeignKey("patrons.id"), index=True)
    joined_at: Mapped[datetime]
    left_at: Mapped[datetime | None]

    event: Mapped[Event] = relationship()


class Notice(Base):
    """Something a patron is owed to be told. `cause` is unique, so that one cause can never tell twice.

    `kind` is a key of NOTICES (catalog.outreach.notices); `about` holds the ids it concerns. Checked again when it is
    sent: what is no longer true is dropped, with the reason in `outcome`.
    """

    __tablename__ = "notices"
    __table_args__ = (
        CheckConstraint(f"status IN {NOTICE_STATUSES}", name="status"),
        Index("ix_notices_status_not_before", "status", "not_before"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[str]
    cause: Mapped[str] = mapped_column(unique=True)
    """Such as "due_soon:loan:12:2026-11-24"."""
    patron_id: Mapped[int] = mapped_column(ForeignKey("patrons.id"), index=True)
    about: Mapped[dict[str, Any]] = mapped_column(default=dict)
    created_at: Mapped[datetime]
    not_before: Mapped[datetime]
    expires_at: Mapped[datetime]
    status: Mapped[str] = mapped_column(default="due")
    outcome: Mapped[str] = mapped_column(default="")
    sent_at: Mapped[datetime | None]


class Broadcast(Base):
    """What a library tells many readers at once; two librarians stand behind it."""

    __tablename__ = "broadcasts"
    __table_args__ = (
        CheckConstraint(f"status IN {BROADCAST_STATUSES}", name="status"),
        CheckConstraint(
            "status IN ('draft', 'recalled') OR (approved_by IS NOT NULL AND approved_by <> drafted_by)",
            name="two_librarians",
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    org_unit_id: Mapped[int] = mapped_column(ForeignKey("org_units.id"))
    """The library that speaks; its readers, and those of all below it, are meant."""
    place_ids: Mapped[list[int]] = mapped_column(default=list)
    """Only the readers of these places of the library; empty: all of them."""
    topic: Mapped[str] = mapped_column(default="")
    """As of events; those who asked for the topic are meant. Empty: everybody."""
    text: Mapped[str]
    text_en: Mapped[str] = mapped_column(default="")
    """For readers whose talk is in English; empty: they get `text`."""
    correction: Mapped[str] = mapped_column(default="")
    """What is right instead, of a recalled one."""
    status: Mapped[str] = mapped_column(default="draft")
    drafted_by: Mapped[int] = mapped_column(ForeignKey("librarians.id"))
    approved_by: Mapped[int | None] = mapped_column(ForeignKey("librarians.id"))
    drafted_at: Mapped[datetime]
    approved_at: Mapped[datetime | None]
    sent_at: Mapped[datetime | None]
    recalled_at: Mapped[datetime | None]

    org_unit: Mapped[OrgUnit] = relationship()


class Enquiry(Base):
    """Something that waits for a librarian: a wish for a person, a call back, an opinion, a book to buy or to record.

    `recording` is the reader's own voice, kept only where `consent` was given.
    """

    __tablename__ = "enquiries"
    __table_args__ = (CheckConstraint(f"kind IN {ENQUIRY_KINDS}", name="kind"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[str]
    patron_id: Mapped[int | None] = mapped_column(ForeignKey("patrons.id"), index=True)
    talk: Mapped[str] = mapped_column(default="")
    text: Mapped[str] = mapped_column(default="")
    transcript: Mapped[list[str]] = mapped_column(default=list)
    """The last turns of the talk, so that nobody has to tell it twice."""
    recording: Mapped[bytes | None] = mapped_column(LargeBinary)
    recording_type: Mapped[str] = mapped_column(default="")
    consent: Mapped[bool] = mapped_column(default=False)
    created_at: Mapped[datetime]
    call_at: Mapped[datetime | None]
    closed_at: Mapped[datetime | None]
