"""The tables of audiobooks: recordings and listening positions."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column, relationship

from catalog.database import Base
from catalog.records.tables import BibliographicRecord


class Recording(Base):
    """A recording of a record in the format audiobook. `open_access`: anyone may listen (public domain)."""

    __tablename__ = "recordings"

    id: Mapped[int] = mapped_column(primary_key=True)
    record_id: Mapped[int] = mapped_column(ForeignKey("records.id"), unique=True)
    url: Mapped[str]
    seconds: Mapped[int] = mapped_column(default=0)
    narrator: Mapped[str] = mapped_column(default="")
    open_access: Mapped[bool] = mapped_column(default=True)

    record: Mapped[BibliographicRecord] = relationship()


class ListeningPosition(Base):
    """Where a patron stopped in a recording, and when."""

    __tablename__ = "listening_positions"

    patron_id: Mapped[int] = mapped_column(ForeignKey("patrons.id"), primary_key=True)
    recording_id: Mapped[int] = mapped_column(ForeignKey("recordings.id"), primary_key=True)
    seconds: Mapped[int] = mapped_column(default=0)
    at: Mapped[datetime]

    recording: Mapped[Recording] = relationship()
