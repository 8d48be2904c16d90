"""The table of unmet need: wishes that found nothing, counted by org unit and day, without a person."""

from __future__ import annotations

from datetime import date

from sqlalchemy import ForeignKey, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from catalog.database import Base


class UnmetWish(Base):
    """How often a wish found nothing on a day; `wish` is the folded query, no person and no talk stands with it."""

    __tablename__ = "unmet_wishes"
    __table_args__ = (UniqueConstraint("day", "org_unit_id", "wish"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    day: Mapped[date]
    org_unit_id: Mapped[int | None] = mapped_column(ForeignKey("org_units.id"))
    wish: Mapped[str]
    times: Mapped[int] = mapped_column(default=1)
