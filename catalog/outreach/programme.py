"""The programme of events as librarians keep it: entered, changed, moved, called off. Who has a seat is told what
changes for him; nobody else is.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from catalog import audit
from catalog.organisation.calendar import ZONE, day_of
from catalog.organisation.tables import OrgUnit
from catalog.outreach import notices
from catalog.outreach.events import seats_taken
from catalog.outreach.tables import Event, SignUp
from catalog.patrons.tables import Patron
from catalog.rows import locked

KNOWN = ("title", "title_en", "topic", "seats", "access", "register_until")
"""What may be told of an event besides when and where."""


class Impossible(Exception):  # noqa: N818 - said to the operator as it is
    """An event that cannot be as it is told; the message is the sentence that says why."""


def known(session: Session, *, place: OrgUnit, title: str, starts_at: datetime, code: str = "") -> Event | None:
    """The event that is told again: by its code, or by its place, its title and its day."""
    if code:
        return session.scalars(select(Event).where(Event.code == code)).first()
    same = select(Event).where(Event.org_unit_id == place.id, Event.title == title).order_by(Event.id)
    day = starts_at.astimezone(ZONE).date()
    return next((one for one in session.scalars(same) if one.starts_at.astimezone(ZONE).date() == day), None)


def enter(
    session: Session,
    *,
    place: OrgUnit,
    title: str,
    starts_at: datetime,
    ends_at: datetime,
    code: str = "",
    told: Mapping[str, Any],
    now: datetime,
    by: audit.Actor,
) -> tuple[Event, str]:
    """A new event, or what is told anew of a known one: the event, and "created", "updated" or "merged".

    `told` are some of KNOWN. One that is called off stays so. Raises: Impossible.
    """
    _refuse(starts_at, ends_at, told)
    event = known(session, place=place, title=title, starts_at=starts_at, code=code)
    if event is None:
        if starts_at <= now:
            raise Impossible("it would have begun already")
        event = Event(org_unit=place, title=title, starts_at=starts_at, ends_at=ends_at, code=code, **told)
        session.add(event)
        session.flush()
        audit.record(session, "event_entered", now=now, by=by, ids={"event": event.id})
        return event, "created"
    event = locked(session, Event, event.id) or event
    taken = seats_taken(session, event=event)
    seats = told.get("seats")
    if seats is not None and seats < taken:
        raise Impossible(f"it has {taken} readers with a seat already, and cannot have {seats} seats")
    changed = False
    for name, value in {"title": title, **told}.items():
        if getattr(event, name) != value:
            setattr(event, name, value)
            changed = True
    if event.cancelled_at is None and (event.starts_at, event.ends_at, event.org_unit_id) != (
        starts_at,
        ends_at,
        place.id,
    ):
        move(session, event=event, place=place, starts_at=starts_at, ends_at=ends_at, now=now, by=by)
        return event, "updated"
    session.flush()
    if changed:
        audit.record(session, "event_changed", now=now, by=by, ids={"event": event.id})
    return event, "updated" if changed else "merged"


def move(
    session: Session,
    *,
    event: Event,
    place: OrgUnit,
    starts_at: datetime,
    ends_at: datetime,
    now: datetime,
    by: audit.Actor,
) -> int:
    """Another time or place; how many readers are told. Said again it tells nobody. Raises: Impossible."""
    _refuse(starts_at, ends_at, {})
    event = locked(session, Event, event.id) or event
    if event.cancelled_at is not None:
        raise Impossible("it was called off; enter it anew")
    if starts_at <= now:
        raise Impossible("it would have begun already")
    if (event.starts_at, event.ends_at, event.org_unit_id) == (starts_at, ends_at, place.id):
        return 0
    before = {"starts_at": event.starts_at.isoformat(), "place": event.org_unit_id}
    event.starts_at, event.ends_at, event.org_unit = starts_at, ends_at, place
    session.flush()
    audit.record(session, "event_moved", now=now, by=by, ids={"event": event.id}, before=before)
    about = {"event": event.id, "starts_at": starts_at.isoformat(), "place": place.id}
    return _tell(session, event, "event_moved", about, now=now)


def call_off(session: Session, *, event: Event, now: datetime, by: audit.Actor) -> int:
    """It does not take place; how many readers are told. Said again it tells nobody."""
    event = locked(session, Event, event.id) or event
    if event.cancelled_at is not None:
        return 0
    event.cancelled_at = now
    session.flush()
    audit.record(session, "event_called_off", now=now, by=by, ids={"event": event.id})
    return _tell(session, event, "event_off", {"event": event.id}, now=now)


def _refuse(starts_at: datetime, ends_at: datetime, told: Mapping[str, Any]) -> None:
    if ends_at <= starts_at:
        raise Impossible("it would end before it begins")
    until = told.get("register_until")
    if until is not None and until > starts_at:
        raise Impossible("one could join when it has begun already; the last moment to join comes before")


def _tell(session: Session, event: Event, kind: str, about: Mapping[str, Any], *, now: datetime) -> int:
    """Everybody who has a seat is owed the notice, up to the day it would have been, once for each change."""
    seats = select(SignUp).where(SignUp.event_id == event.id, SignUp.left_at.is_(None)).order_by(SignUp.id)
    change = f"{kind}:event:{event.id}:{now.isoformat()}"
    owed = [
        notices.Owed(
            session.get_one(Patron, seat.patron_id), f"{change}:{seat.patron_id}", about, day_of(event.starts_at)
        )
        for seat in session.scalars(seats)
    ]
    return notices.owe(session, kind, owed, now=now) if owed else 0
