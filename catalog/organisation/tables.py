"""The tables of the organisation: org units in five levels, their opening hours, closures and van days."""

from __future__ import annotations

from datetime import date, time
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from catalog.database import Base

LEVELS = ("consortium", "province", "city", "county", "township", "village")
KINDS = ("consortium", "library", "branch", "reading_room", "service_point")


class OrgUnit(Base):
    """A library, branch, reading room or service point, or the consortium above them all."""

    __tablename__ = "org_units"
    __table_args__ = (
        CheckConstraint(f"level IN {LEVELS}", name="level"),
        CheckConstraint(f"kind IN {KINDS}", name="kind"),
        CheckConstraint("public_holidays IN ('', 'closed', 'open')", name="public_holidays"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    code: Mapped[str] = mapped_column(unique=True)
    parent_id: Mapped[int | None] = mapped_column(ForeignKey("org_units.id"))
    level: Mapped[str]
    kind: Mapped[str]
    name: Mapped[str]
    name_en: Mapped[str] = mapped_column(default="")
    short_name: Mapped[str] = mapped_column(default="")
    """What readers call it ("乾元分馆"); empty means the name."""
    aliases: Mapped[list[str]] = mapped_column(default=list)
    address: Mapped[str] = mapped_column(default="")
    latitude: Mapped[float | None]
    longitude: Mapped[float | None]
    phone: Mapped[str] = mapped_column(default="")
    is_pickup: Mapped[bool] = mapped_column(default=False)
    """Holds may be collected here."""
    access: Mapped[list[str]] = mapped_column(default=list)
    """Of: ramp, braille_room, hearing_loop, lift."""
    van_days: Mapped[str] = mapped_column(default="")
    """The weekdays on which the van brings items here and home deliveries round here: "0".."6", Monday is 0."""
    transfer_days: Mapped[int] = mapped_column(default=2)
    """Working days an item sent from elsewhere in the union needs to get here, van day not counted; only where no van
    route leads here (VanRoute)."""
    public_holidays: Mapped[str] = mapped_column(default="")
    """"closed" or "open" on the public holidays, with all below it that does not say otherwise; "" is as above it."""

    parent: Mapped[OrgUnit | None] = relationship(remote_side=[id])


class OpeningHours(Base):
    """One span of opening on one weekday (Monday is 0). A weekday without a row is a closed day."""

    __tablename__ = "opening_hours"
    __table_args__ = (
        UniqueConstraint("org_unit_id", "weekday", "opens"),
        CheckConstraint("opens < closes", name="span"),
        CheckConstraint("weekday BETWEEN 0 AND 6", name="weekday"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    org_unit_id: Mapped[int] = mapped_column(ForeignKey("org_units.id"), index=True)
    weekday: Mapped[int]
    opens: Mapped[time]
    closes: Mapped[time]


class Closure(Base):
    """Days on which an org unit and all below it are closed, first and last included, with what is said of it."""

    __tablename__ = "closures"
    __table_args__ = (CheckConstraint("first_day <= last_day", name="days"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    org_unit_id: Mapped[int] = mapped_column(ForeignKey("org_units.id"), index=True)
    first_day: Mapped[date]
    last_day: Mapped[date]
    reason: Mapped[str] = mapped_column(default="")


class VanRoute(Base):
    """A van's way: on which weekdays ("0".."6", Monday is 0) it goes round its stops and back to the first of them."""

    __tablename__ = "van_routes"

    id: Mapped[int] = mapped_column(primary_key=True)
    code: Mapped[str] = mapped_column(unique=True)
    name: Mapped[str] = mapped_column(default="")
    weekdays: Mapped[str]

    stops: Mapped[list[VanStop]] = relationship(order_by="VanStop.position", cascade="all, delete-orphan")


class VanStop(Base):
    """A place where a van stops, counted from 0 in the order of its way."""

    __tablename__ = "van_stops"
    __table_args__ = (UniqueConstraint("route_id", "position"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    route_id: Mapped[int] = mapped_column(ForeignKey("van_routes.id"))
    position: Mapped[int]
    org_unit_id: Mapped[int] = mapped_column(ForeignKey("org_units.id"), index=True)


class Librarian(Base):
    """A member of staff, and where they work."""

    __tablename__ = "librarians"

    id: Mapped[int] = mapped_column(primary_key=True)
    org_unit_id: Mapped[int] = mapped_column(ForeignKey("org_units.id"))
    name: Mapped[str]
    phone: Mapped[str] = mapped_column(default="")
    details: Mapped[dict[str, Any]] = mapped_column(default=dict)
