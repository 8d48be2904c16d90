"""Events: what is coming, taking a seat and giving it back."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session, joinedload

from catalog import audit, refusals
from catalog.organisation import directory
from catalog.organisation.rules import kilometres
from catalog.organisation.tables import OrgUnit
from catalog.outreach.tables import Event, SignUp
from catalog.patrons.tables import Patron
from catalog.rows import locked

TOPICS = ("health", "farming", "children", "reading", "culture", "technology")
NEAR_KM = 15.0
"""Events within this distance come first when a place is named."""


def coming(
    session: Session, *, now: datetime, near: OrgUnit | None = None, topic: str = "", limit: int = 5
) -> list[Event]:
    """The events that have not begun and were not called off, the earliest first; those around `near` before others."""
    statement = (
        select(Event)
        .where(Event.starts_at > now, Event.cancelled_at.is_(None))
        .options(joinedload(Event.org_unit))
        .order_by(Event.starts_at, Event.id)
    )
    if topic:
        statement = statement.where(Event.topic == topic)
    here = directory.position(session, near) if near is not None else None
    if near is None or here is None:
        return list(session.scalars(statement.limit(limit)))

    def far(event: Event) -> bool:
        there = directory.position(session, event.org_unit)
        return event.org_unit_id != near.id and (there is None or kilometres(here, there) > NEAR_KM)

    return sorted(session.scalars(statement), key=far)[:limit]


def seats_left(session: Session, *, event: Event) -> int | None:
    """How many seats are left; None where they are not counted."""
    return None if event.seats is None else max(0, event.seats - seats_taken(session, event=event))


def seats_taken(session: Session, *, event: Event) -> int:
    """How many readers have a seat."""
    return session.scalar(select(func.count()).where(SignUp.event_id == event.id, SignUp.left_at.is_(None))) or 0


def join(session: Session, *, patron: Patron, event: Event, now: datetime, by: audit.Actor) -> SignUp:
    """Take a seat. Raises: refusals.EventOver, RegistrationOver, AlreadyJoined, EventFull."""
    sign_up = take_seat(session, patron=patron, event=event, now=now)
    audit.record(session, "event_joined", now=now, by=by, ids={"event": event.id})
    return sign_up


def take_seat(session: Session, *, patron: Patron, event: Event, now: datetime) -> SignUp:
    """The seat itself; the caller writes the audit row. Refuses as `join`."""
    event = locked(session, Event, event.id) or event
    if event.cancelled_at is not None or event.starts_at <= now:
        raise refusals.EventOver()
    if _seat(session, patron, event) is not None:
        raise refusals.AlreadyJoined()
    if event.register_until is not None and event.register_until < now:
        raise refusals.RegistrationOver(until=event.register_until)
    if seats_left(session, event=event) == 0:
        raise refusals.EventFull()
    sign_up = SignUp(event=event, patron_id=patron.id, joined_at=now)
    try:
        with session.begin_nested():
            session.add(sign_up)
    except IntegrityError as error:
        raise refusals.AlreadyJoined() from error
    return sign_up


def leave(session: Session, *, patron: Patron, event: Event, now: datetime, by: audit.Actor) -> None:
    """Give the seat back. Raises: refusals.NotJoined."""
    leave_seat(session, patron=patron, event=event, now=now)
    audit.record(session, "event_left", now=now, by=by, ids={"event": event.id})


def leave_seat(session: Session, *, patron: Patron, event: Event, now: datetime) -> None:
    """Give the seat back; the caller writes the audit row. Raises: refusals.NotJoined."""
    event = locked(session, Event, event.id) or event
    sign_up = _seat(session, patron, event)
    if sign_up is None:
        raise refusals.NotJoined()
    sign_up.left_at = now
    session.flush()


def of_patron(session: Session, *, patron: Patron, now: datetime | None = None) -> list[Event]:
    """The events at which the patron has a seat, the earliest first; with `now`, only those that are not over."""
    statement = (
        select(Event)
        .join(SignUp, SignUp.event_id == Event.id)
        .where(SignUp.patron_id == patron.id, SignUp.left_at.is_(None))
        .options(joinedload(Event.org_unit))
        .order_by(Event.starts_at, Event.id)
    )
    if now is not None:
        statement = statement.where(Event.ends_at > now)
    return list(session.scalars(statement))


def _seat(session: Session, patron: Patron, event: Event) -> SignUp | None:
    statement = select(SignUp).where(SignUp.event_id == event.id, SignUp.patron_id == patron.id)
    return session.scalars(statement.where(SignUp.left_at.is_(None))).first()
