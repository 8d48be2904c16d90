"""Writes the places of the demonstration, who works there, and its coming events. Rows only; no rules of its own."""

from __future__ import annotations

from datetime import datetime, time, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from catalog import audit
from catalog.demo.sources import events, people, places
from catalog.organisation.calendar import ZONE, day_of
from catalog.organisation.entering import Place, enter
from catalog.organisation.tables import Librarian, OrgUnit
from catalog.outreach.tables import Event

KNOWN = (
    *("level", "kind", "name", "name_en", "short_name", "aliases", "address", "latitude", "longitude"),
    *("phone", "is_pickup", "access", "van_days", "transfer_days"),
)


def settle(session: Session, *, now: datetime, by: audit.Actor) -> None:
    """Enter the org units with their hours, and write the librarians."""
    for place in places():
        hours = [
            (int(weekday), time.fromisoformat(opens), time.fromisoformat(closes))
            for weekdays, opens, closes in place["hours"]
            for weekday in weekdays
        ]
        told = Place(place["code"], {name: place[name] for name in KNOWN}, hours)
        enter(session, told, parent=by_code(session).get(place["parent"]), now=now, by=by)
    units = by_code(session)
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
