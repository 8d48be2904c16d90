"""Writes the places of the demonstration, who works there, and its coming events. Rows only; no rules of its own."""

from __future__ import annotations

from datetime import datetime, time, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from catalog.demo.sources import events, people, places
from catalog.organisation.calendar import ZONE, day_of
from catalog.organisation.tables import Librarian, OpeningHours, OrgUnit
from catalog.outreach.tables import Event

PLAIN = ("code", "level", "kind", "name", "name_en", "short_name", "aliases", "address", "latitude", "longitude")
MORE = ("phone", "is_pickup", "access", "van_days", "transfer_days")


def settle(session: Session) -> None:
    """Write the org units with their hours, and the librarians."""
    units: dict[str, OrgUnit] = {}
    for place in places():
        unit = OrgUnit(**{name: place[name] for name in (*PLAIN, *MORE)})
        unit.parent = units.get(place["parent"])
        units[place["code"]] = unit
        session.add(unit)
        session.flush()
        session.add_all(
            OpeningHours(
                org_unit_id=unit.id,
                weekday=int(weekday),
                opens=time.fromisoformat(opens),
                closes=time.fromisoformat(closes),
            )
            for weekdays, opens, closes in place["hours"]
            for weekday in weekdays
        )
    for one in people()["librarians"]:
        details = {"duty": one["duty"]}
        session.add(
            Librarian(org_unit_id=units[one["place"]].id, name=one["name"], phone=one["phone"], details=details)
        )
    session.flush()


def plan_events(session: Session, *, now: datetime) -> None:
    """Write the coming events, counted from the day of `now`."""
    units = by_code(session)
    for event in events():
        day = day_of(now) + timedelta(event["days"])
        starts, ends = (
            datetime.combine(day, time.fromisoformat(event[name]), ZONE) for name in ("starts", "ends")
        )  # fmt: skip
        session.add(
            Event(
                org_unit_id=units[event["place"]].id,
                title=event["title"],
                title_en=event["title_en"],
                topic=event["topic"],
                starts_at=starts,
                ends_at=ends,
                seats=event["seats"],
            )
        )
    session.flush()


def by_code(session: Session) -> dict[str, OrgUnit]:
    """The org units by their codes."""
    return {unit.code: unit for unit in session.scalars(select(OrgUnit).order_by(OrgUnit.id))}
