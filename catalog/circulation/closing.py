"""A place closes for some days: what follows for due dates, shelves and rounds; no promise names a closed day."""

from __future__ import annotations

from datetime import date, datetime, timedelta

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from catalog import audit
from catalog.circulation import holds, targets
from catalog.circulation.tables import Hold, Loan
from catalog.delivery import promises
from catalog.delivery.rules import OPEN
from catalog.delivery.tables import DeliveryRequest
from catalog.organisation.calendar import below, calendar_of, comes_again, day_of
from catalog.organisation.tables import Closure, OrgUnit
from catalog.outreach import notices
from catalog.patrons.tables import Patron
from catalog.rows import locked


def close(
    session: Session,
    *,
    place: OrgUnit,
    first_day: date,
    last_day: date,
    reason: str = "",
    now: datetime,
    by: audit.Actor,
) -> Closure:
    """Close `place`, and all below it, on these days. Said again it changes nothing and gives the same closure.

    Due dates, the last days on the hold shelf, days on which a hold was expected and promised deliveries that would
    fall into it move on, and those whose they are get told.
    """
    same = select(Closure).where(
        Closure.org_unit_id == place.id, Closure.first_day == first_day, Closure.last_day == last_day
    )
    held = session.scalars(same).first()
    if held is not None:
        return held
    closure = Closure(org_unit_id=place.id, first_day=first_day, last_day=last_day, reason=reason)
    session.add(closure)
    session.flush()
    moved, concerned = 0, dict[int, int]()
    for unit in below(session, place):
        count, patrons = _move(session, unit, closure, now=now)
        moved += count
        concerned |= dict.fromkeys(patrons, unit.id)
    audit.record(session, "place_closed", now=now, by=by, ids={"place": place.id, "moved": moved})
    told = (
        notices.Owed(
            session.get_one(Patron, patron),
            f"place_closed:closure:{closure.id}:{patron}",
            {"closure": closure.id, "place": unit},
            last_day,
        )
        for patron, unit in sorted(concerned.items())
    )
    if concerned:
        notices.owe(session, "place_closed", told, now=now)
    return closure


def _move(session: Session, place: OrgUnit, closure: Closure, *, now: datetime) -> tuple[int, set[int]]:
    """Move on what falls into the closure at this one place; how much it was, and whose."""
    days = (closure.first_day, closure.last_day)
    if closure.last_day < day_of(now):
        return 0, set()  # a list of closed days reaches back: what was promised then is past
    usual = or_(Patron.pickup_id == place.id, (Patron.pickup_id.is_(None)) & (Patron.home_id == place.id))
    loans = (
        select(Loan)
        .join(Patron, Loan.patron_id == Patron.id)
        .where(usual, Loan.returned_at.is_(None), Loan.due_date.between(*days))
    )
    shelf = select(Hold).where(Hold.pickup_id == place.id, Hold.status == "ready", Hold.pickup_until.between(*days))
    coming = select(Hold).where(
        Hold.pickup_id == place.id, Hold.status.in_(("waiting", "in_transit")), Hold.expected_date.between(*days)
    )
    rounds = (
        select(DeliveryRequest)
        .where(DeliveryRequest.org_unit_id == place.id, DeliveryRequest.status.in_(OPEN))
        .where(DeliveryRequest.promised_date.between(*days))
    )
    carried = select(Hold).where(
        Hold.delivery_id.in_(select(DeliveryRequest.id).where(DeliveryRequest.org_unit_id == place.id)),
        Hold.status.in_(("waiting", "in_transit")),
        Hold.expected_date.between(*days),
    )
    concerned = {row.patron_id for rows in (loans, shelf, coming, rounds) for row in session.scalars(rows)}
    if not concerned:
        return 0, set()
    calendar = calendar_of(session, place=place)
    for patron_id in sorted(concerned):
        locked(session, Patron, patron_id)
    moved = 0
    for loan in session.scalars(loans.execution_options(populate_existing=True)).all():
        loan.due_date = calendar.next_open(loan.due_date - timedelta(1))
        moved += 1
    for hold in session.scalars(shelf.execution_options(populate_existing=True)).all():
        hold.pickup_until = calendar.next_open((hold.pickup_until or closure.first_day) - timedelta(1))
        moved += 1
    for hold in session.scalars(coming.execution_options(populate_existing=True)).all():
        hold.expected_date = _comes(session, hold, place, hold.expected_date or closure.first_day, now=now)
        moved += 1
    for hold in session.scalars(carried.execution_options(populate_existing=True)).all():
        hold.expected_date = _comes(session, hold, place, hold.expected_date or closure.first_day, now=now)
    for delivery in session.scalars(rounds.execution_options(populate_existing=True)).all():
        there = [hold.expected_date for hold in promises.wishes_of(session, delivery) if hold.status != "ready"]
        ready = max((day for day in there if day is not None), default=delivery.promised_date)
        day = calendar.round_day(today=day_of(now), ready=max(ready, delivery.promised_date))
        delivery.promised_date = day or delivery.promised_date
        moved += 1
    session.flush()
    return moved, concerned


def _comes(session: Session, hold: Hold, place: OrgUnit, was: date, *, now: datetime) -> date:
    """When a hold that was to come to `place` on the day `was`, which is closed now, can lie ready there: with a van,
    where one brings it."""
    item = hold.item
    if item is None:
        likely = holds.expected(session, hold, now=now)
        return likely if likely is not None and likely > was else calendar_of(session, place=place).next_open(was)
    if item.status != "in_transit" and item.location_id == place.id:
        return targets.ready_days(session, to=place, places=[place.id], now=now)[place.id]
    return comes_again(session, to=place, after=was)
