"""The tables of the union catalogue: works, the records of their editions, and the items on the shelves."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from catalog.database import Base
from catalog.organisation.tables import OrgUnit

FORMATS = ("print", "large_print", "braille", "audiobook", "ebook")

ITEM_STATUSES = (
    "available",
    "on_loan",
    "on_hold_shelf",
    "in_transit",
    "allocated",
    "missing",
    "withdrawn",
    "reference",
    "away",
)
"""`allocated`: taken off the shelf for one reader's delivery or hold; `reference`: read in the library only; `away`:
not on the shelf for a reason of its library's own system (lent there, in repair, on order): it comes back.
"""
STATED = ("available", "away", "missing", "withdrawn", "reference")
"""What another system may say of an item; the other statuses are circulation's alone."""


class Work(Base):
    """What an author made, over all editions, formats and languages. `key` is the title and author it began with."""

    __tablename__ = "works"

    id: Mapped[int] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(unique=True)


class WorkTitle(Base):
    """A title (with its volume, made comparable) that a work is known by; where editions of it meet (matching.py)."""

    __tablename__ = "work_titles"

    title_key: Mapped[str] = mapped_column(primary_key=True)
    work_id: Mapped[int] = mapped_column(ForeignKey("works.id"), primary_key=True, index=True)


class BibliographicRecord(Base):
    """One edition in one format: what is on its title page. `popularity` orders equals (0 is unknown)."""

    __tablename__ = "records"
    __table_args__ = (CheckConstraint(f"format IN {FORMATS}", name="format"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    work_id: Mapped[int] = mapped_column(ForeignKey("works.id"), index=True)
    format: Mapped[str] = mapped_column(default="print")
    title: Mapped[str]
    subtitle: Mapped[str] = mapped_column(default="")
    volume: Mapped[str] = mapped_column(default="")
    authors: Mapped[list[str]] = mapped_column(default=list)
    publisher: Mapped[str] = mapped_column(default="")
    year: Mapped[int | None]
    language: Mapped[str] = mapped_column(default="")
    """ISO 639-3 code as MARC writes it (chi, eng), or empty."""
    clc: Mapped[str] = mapped_column(default="")
    """Chinese Library Classification number, such as I247.5."""
    subjects: Mapped[list[str]] = mapped_column(default=list)
    popularity: Mapped[int] = mapped_column(default=0)
    source: Mapped[dict[str, Any]] = mapped_column(default=dict)
    """Where the record came from first, that source record's own number, and titles it is also known by."""

    work: Mapped[Work] = relationship()
    isbns: Mapped[list[RecordIsbn]] = relationship(back_populates="record")


class RecordIsbn(Base):
    """An ISBN-13 (digits only) of a record; ISBN-10s are stored as ISBN-13."""

    __tablename__ = "record_isbns"

    record_id: Mapped[int] = mapped_column(ForeignKey("records.id"), primary_key=True)
    isbn: Mapped[str] = mapped_column(primary_key=True, index=True)

    record: Mapped[BibliographicRecord] = relationship(back_populates="isbns")


class Item(Base):
    """One physical copy: its home, where it is now, and its state. Two items never share a barcode."""

    __tablename__ = "items"
    __table_args__ = (
        CheckConstraint(f"status IN {ITEM_STATUSES}", name="status"),
        Index("ix_items_record_status", "record_id", "status"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    record_id: Mapped[int] = mapped_column(ForeignKey("records.id"))
    barcode: Mapped[str] = mapped_column(unique=True)
    call_number: Mapped[str] = mapped_column(default="")
    home_id: Mapped[int] = mapped_column(ForeignKey("org_units.id"))
    location_id: Mapped[int] = mapped_column(ForeignKey("org_units.id"), index=True)
    """Where it is now (or, in transit, where it is going)."""
    status: Mapped[str] = mapped_column(default="available")
    added_at: Mapped[datetime | None]

    record: Mapped[BibliographicRecord] = relationship()
    home: Mapped[OrgUnit] = relationship(foreign_keys=[home_id])
    location: Mapped[OrgUnit] = relationship(foreign_keys=[location_id])


class SourceRecord(Base):
    """A record as a library sent it, in its own bytes; which record of the union it was put into, and why there.

    A library sends its record again under the same `number` when it changes it, and once more when it deletes it.
    """

    __tablename__ = "source_records"
    __table_args__ = (UniqueConstraint("library", "number"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    library: Mapped[str] = mapped_column(default="")
    """Whose number it is: a library's code, MARC's agency, or empty for a file that named neither."""
    number: Mapped[str]
    record_id: Mapped[int | None] = mapped_column(ForeignKey("records.id"), index=True)
    why: Mapped[dict[str, Any]] = mapped_column(default=dict)
    """`rule` (WHY in sources.py) and what spoke for it, such as the ISBN."""
    kept_apart: Mapped[bool] = mapped_column(default=False)
    """A librarian said where it belongs: no import moves it."""
    kind: Mapped[str]
    """iso2709, marcxml or row."""
    encoding: Mapped[str] = mapped_column(default="")
    """What the operator said it is written in; empty: what its bytes show."""
    data: Mapped[bytes]
    """The record as it came, compressed with zlib."""
    digest: Mapped[bytes]
    """Of the record and of how it was read: what is equal need not be read again."""
    file: Mapped[str] = mapped_column(default="")
    deleted_at: Mapped[datetime | None]


class ImportProgress(Base):
    """How far an import or a harvest has come, so that one that broke off goes on there."""

    __tablename__ = "import_progress"

    source: Mapped[str] = mapped_column(primary_key=True)
    """A fingerprint of the file and of how it is read, or the address of what is harvested."""
    reached: Mapped[str] = mapped_column(default="")
    """The last record's place, or the resumption token; empty at the end."""
    since: Mapped[str] = mapped_column(default="")
    """For a harvest: the day from which the next one asks for changes."""
    counts: Mapped[dict[str, Any]] = mapped_column(default=dict)
