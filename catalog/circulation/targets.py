"""Chooses the copy for each waiting hold: the one that reaches the reader soonest, in the order of the queue.

Also brings back holds whose suspension is over and ends those that nobody collected. Nothing moves by itself: the
chosen copy is `allocated` until a librarian captures it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Sequence
from datetime import date, datetime

from sqlalchemy import and_, bindparam, or_, select
from sqlalchemy.orm import Session, joinedload

from catalog import audit
from catalog.circulation import moving
from catalog.circulation.policy import policy
from catalog.circulation.rules import NOT_LENT, expected_return, serving_formats
from catalog.circulation.tables import Hold, Loan
from catalog.database import lock
from catalog.delivery.tables import DeliveryRequest
from catalog.organisation.calendar import ZONE, calendar_of, day_of
from catalog.organisation.rules import Calendar
from catalog.organisation.tables import OrgUnit
from catalog.patrons.tables import Patron
from catalog.records.tables import BibliographicRecord, Item, Work

_QUEUE = (
    select(Hold)
    .where(Hold.work_id == bindparam("work"), Hold.status == "waiting", Hold.item_id.is_(None))
    .order_by(Hold.placed_at, Hold.id)
)
_LENDABLE = (
    select(BibliographicRecord.format)
    .join(Item, Item.record_id == BibliographicRecord.id)
    .where(BibliographicRecord.work_id == bindparam("work"), Item.status.not_in(NOT_LENT))
    .distinct()
)
_LENT = (
    select(Item)
    .join(BibliographicRecord)
    .where(BibliographicRecord.work_id == bindparam("work"), Item.status.not_in(NOT_LENT))
    .options(joinedload(Item.record))
    .order_by(Item.id)
    .execution_options(populate_existing=True)
)
_OUT = (
    select(Loan.due_date)
    .join(Item, Loan.item_id == Item.id)
    .join(BibliographicRecord)
    .where(Loan.returned_at.is_(None), BibliographicRecord.work_id == bindparam("work"))
    .where(BibliographicRecord.format.in_(bindparam("formats", expanding=True)))
)
"""Asked at every act, and so written once."""


def assign(session: Session, *, now: datetime, by: audit.Actor) -> int:
    """Choose copies for all waiting holds, after what a new day changes; how many were chosen."""
    return sum(assign_work(session, work_id=one, now=now, by=by) for one in works_to_assign(session, now=now))


def works_to_assign(session: Session, *, now: datetime) -> list[int]:
    """The works for which `assign_work` has something to do, in the order in which they are to be locked."""
    today = day_of(now)
    free = select(BibliographicRecord.work_id).join(Item, Item.record_id == BibliographicRecord.id)
    served = and_(Hold.status == "waiting", Hold.item_id.is_(None),
                  Hold.work_id.in_(free.where(Item.status == "available")))  # fmt: skip
    awake = and_(Hold.status == "suspended", Hold.suspended_until <= today)
    late = and_(Hold.status == "ready", Hold.pickup_until < today)
    return list(session.scalars(select(Hold.work_id).where(or_(served, awake, late)).distinct().order_by(Hold.work_id)))


def assign_work(session: Session, *, work_id: int, now: datetime, by: audit.Actor) -> int:
    """Bring back what is no longer suspended, end what nobody collected, then choose copies for the holds on one work,
    first come first served; how many were chosen."""
    lock(session, Work, work_id)
    today = day_of(now)
    of_work = select(Hold).where(Hold.work_id == work_id).order_by(Hold.id).execution_options(populate_existing=True)
    for hold in session.scalars(of_work.where(Hold.status == "suspended", Hold.suspended_until <= today)).all():
        moving.set_hold(hold, "waiting", now=now)
        hold.suspended_until = None
        audit.record(session, "hold_resumed", now=now, by=by, ids={"hold": hold.id, "record": hold.record_id})
    for hold in session.scalars(of_work.where(Hold.status == "ready", Hold.pickup_until < today)).all():
        item = moving.let_go(session, hold, now=now)
        moving.set_hold(hold, "expired", now=now)
        ids = {"hold": hold.id, "record": hold.record_id, "item": item.id if item else None}
        audit.record(session, "hold_expired", now=now, by=by, ids=ids)
    session.flush()
    return serve(session, work_id=work_id, now=now, by=by)


def serve(session: Session, *, work_id: int, now: datetime, by: audit.Actor) -> int:
    """Choose copies for the waiting holds of a work that the caller has locked; how many were chosen."""
    waiting = queue(session, work_id)
    if not waiting:
        return 0
    items = lent_items(session, work_id)
    chosen = 0
    for hold in waiting:
        best = choose(session, hold, items, now=now)
        if best is None:
            continue
        item, ready = best
        moving.set_item(item, "allocated")
        hold.item, hold.item_id = item, item.id
        hold.expected_date = ready
        session.flush()
        promise_again(session, hold, now=now)
        ids = {"hold": hold.id, "record": item.record_id, "item": item.id, "delivery": hold.delivery_id}
        audit.record(session, "copy_chosen", now=now, by=by, ids=ids | {"expected_date": ready.isoformat()})
        chosen += 1
    return chosen


def queue(session: Session, work_id: int) -> list[Hold]:
    """The holds on the work for which no copy has been chosen yet, in their order."""
    return list(session.scalars(_QUEUE, {"work": work_id}))


def lendable_formats(session: Session, work_id: int) -> set[str]:
    """The formats in which copies of the work are lent at all."""
    return set(session.scalars(_LENDABLE, {"work": work_id}))


def lent_items(session: Session, work_id: int) -> list[Item]:
    """The items of the work that are lent at all, in whatever state, by id."""
    session.flush()
    return list(session.scalars(_LENT, {"work": work_id}))


def formats(patron: Patron, record: BibliographicRecord, lendable: Collection[str]) -> tuple[str, ...]:
    """The formats whose copies serve the patron's wish for `record`, best first; `lendable` are those of its work."""
    return serving_formats(chosen=record.format, usable=patron.formats, lendable=lendable)


def fits(hold: Hold, item: Item) -> bool:
    """Whether the item is within what the hold asks for: its work, its edition, or the one item."""
    return within(item, scope=hold.scope, record_id=hold.record_id, wanted_id=hold.wanted_id)


def within(item: Item, *, scope: str, record_id: int, wanted_id: int | None) -> bool:
    """Whether the item, one of the work, is within a scope of holds.HOLD_SCOPES."""
    if scope == "item":
        return item.id == wanted_id
    return scope != "edition" or item.record_id == record_id


def choose(session: Session, hold: Hold, items: Sequence[Item], *, now: datetime) -> tuple[Item, date] | None:
    """The available copy that is at the hold's place the soonest, and when; None without one.

    Among equals the chosen edition, then the lender with the most copies left.
    """
    items = [item for item in items if fits(hold, item)]
    return soonest(
        session,
        to=moving.destination(session, hold),
        record_id=hold.record_id,
        formats=formats(hold.patron, hold.record, {item.record.format for item in items}),
        items=items,
        now=now,
    )


def soonest(
    session: Session, *, to: OrgUnit, record_id: int, formats: Sequence[str], items: Sequence[Item], now: datetime
) -> tuple[Item, date] | None:
    """The available copy in one of `formats` that lies ready at `to` the soonest, and when; None without one."""
    free = [item for item in items if item.status == "available" and item.record.format in formats]
    if not free:
        return None
    here, elsewhere = ready_days(calendar_of(session, place=to), now=now)
    left = Counter(item.location_id for item in free)

    def order(item: Item) -> tuple[date, int, bool, int, int]:
        ready = here if item.location_id == to.id else elsewhere
        wish = formats.index(item.record.format)
        return (ready, wish, item.record_id != record_id, -left[item.location_id], item.id)

    best = min(free, key=order)
    return best, here if best.location_id == to.id else elsewhere


def ready_days(calendar: Calendar, *, now: datetime) -> tuple[date, date]:
    """When a copy lies ready at the place of `calendar`: if it stands there, and if it has to be sent."""
    local = now.astimezone(ZONE)
    return calendar.put_aside(local), calendar.arrival(local.date())


def expected(
    session: Session,
    *,
    work_id: int,
    formats: Sequence[str],
    to: OrgUnit,
    ahead: int,
    group: str,
    wish: Hold | None = None,
    now: datetime,
) -> date | None:
    """When a copy that has to come back first is likely to be ready at `to`, with `ahead` readers before; None if
    nothing is on loan in these formats (and within the scope of `wish`)."""
    returned = back(session, work_id=work_id, formats=formats, ahead=ahead, group=group, wish=wish, now=now)
    return None if returned is None else calendar_of(session, place=to).arrival(returned)


def back(
    session: Session,
    *,
    work_id: int,
    formats: Sequence[str],
    ahead: int,
    group: str,
    wish: Hold | None = None,
    now: datetime,
) -> date | None:
    """When a copy for a reader with `ahead` before him is likely to come back; None if nothing is on loan."""
    out = _OUT
    if wish is not None and wish.scope != "work":
        out = out.where(Item.id == wish.wanted_id if wish.scope == "item" else Item.record_id == wish.record_id)
    due = session.scalars(out, {"work": work_id, "formats": list(formats)}).all()
    loan_days = policy(group=group, form=formats[0] if formats else "").loan_days
    return expected_return(due, ahead=ahead, today=day_of(now), loan_days=loan_days)


def promise_again(session: Session, hold: Hold, *, now: datetime) -> None:
    """A copy was chosen for a hold of a delivery: the promised day becomes the first on which all can be brought."""
    if hold.delivery_id is None:
        return
    delivery = session.get_one(DeliveryRequest, hold.delivery_id)
    others = session.scalars(
        select(Hold).where(Hold.delivery_id == delivery.id, Hold.status.in_(("waiting", "in_transit")))
    )
    ready = [other.expected_date for other in others if other.expected_date is not None]
    today = day_of(now)
    calendar = calendar_of(session, place=delivery.org_unit)
    day = calendar.round_day(today=today, ready=max(ready, default=today))
    if day is not None and delivery.asked_date is not None:
        day = calendar.round_day(today=today, ready=max(day, delivery.asked_date))
    if day is not None:
        delivery.promised_date = day
