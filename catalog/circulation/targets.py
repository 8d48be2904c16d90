"""Chooses the copy for each waiting hold: the one that reaches the reader soonest, in the order of the queue.

Also brings back holds whose suspension is over and ends those that nobody collected. Nothing moves by itself: the
chosen copy is `allocated` until a librarian captures it.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Iterable, Sequence
from datetime import date, datetime
from itertools import chain
from typing import TypeVar

from sqlalchemy import and_, bindparam, select
from sqlalchemy.orm import Session, contains_eager, joinedload

from catalog import audit, rows
from catalog.circulation import moving, policies
from catalog.circulation.rules import NOT_LENT, expected_return, follow, serving_formats
from catalog.circulation.tables import IS_WAITING, Hold, Loan
from catalog.delivery.tables import DeliveryRequest
from catalog.organisation.calendar import ZONE, arrival, arrivals, calendar_of, day_of
from catalog.organisation.tables import OrgUnit
from catalog.patrons.tables import Patron
from catalog.records.tables import BibliographicRecord, Item, Work
from catalog.rows import lock_all

Row = TypeVar("Row")
WORKS_AT_ONCE = 200
"""Works that one transaction of the job chooses for."""
_QUEUE = (
    select(Hold)
    .where(Hold.work_id == bindparam("work"), IS_WAITING)
    .options(joinedload(Hold.patron), joinedload(Hold.record))
    .order_by(Hold.placed_at, Hold.id)
)
_QUEUES = (
    select(Hold)
    .where(Hold.work_id.in_(bindparam("works", expanding=True)), IS_WAITING)
    .options(joinedload(Hold.patron), joinedload(Hold.record), joinedload(Hold.pickup))
    .order_by(Hold.work_id, Hold.placed_at, Hold.id)
)
_ALL_LENT = (
    select(Item)
    .join(BibliographicRecord)
    .where(BibliographicRecord.work_id.in_(bindparam("works", expanding=True)), Item.status.not_in(NOT_LENT))
    .options(contains_eager(Item.record))
    .order_by(Item.id)
    .execution_options(populate_existing=True)
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
    return sum(assign_works(session, work_ids=part, now=now, by=by) for part in works_to_assign(session, now=now))


def works_to_assign(session: Session, *, now: datetime) -> list[list[int]]:
    """The works for which `assign_works` has something to do, in the order in which they are to be locked: in parts,
    so that a job can let others have their turn after each."""
    today = day_of(now)
    free = (
        select(Item.id)
        .join(BibliographicRecord, Item.record_id == BibliographicRecord.id)
        .where(BibliographicRecord.work_id == Hold.work_id, Item.status == "available")
    )
    served = and_(IS_WAITING, free.exists())
    awake = and_(Hold.status == "suspended", Hold.suspended_until <= today)
    late = and_(Hold.status == "ready", Hold.pickup_until < today)
    found = (session.scalars(select(Hold.work_id).where(one).distinct()) for one in (served, awake, late))
    works = sorted(set(chain.from_iterable(found)))
    return [works[start : start + WORKS_AT_ONCE] for start in range(0, len(works), WORKS_AT_ONCE)]


def assign_works(session: Session, *, work_ids: Sequence[int], now: datetime, by: audit.Actor) -> int:
    """Bring back what is no longer suspended, end what nobody collected, then choose copies for the holds on these
    works (ascending), first come first served; how many were chosen."""
    lock_all(session, Work, work_ids)
    today = day_of(now)
    of_work = (
        select(Hold).where(Hold.work_id.in_(work_ids)).order_by(Hold.id).execution_options(populate_existing=True)
    )  # fmt: skip
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
    waiting = _by_work(session.scalars(_QUEUES, {"works": work_ids}), lambda hold: hold.work_id)
    brought = {hold.delivery_id for holds in waiting.values() for hold in holds if hold.delivery_id is not None}
    lock_all(session, DeliveryRequest, sorted(brought))
    items = _by_work(session.scalars(_ALL_LENT, {"works": list(waiting)}), lambda item: item.record.work_id)
    batch = rows.Batch(session)
    count = sum(_give(session, holds, items[work_id], batch, now=now, by=by) for work_id, holds in waiting.items())
    batch.send()
    return count


def _by_work(rows: Iterable[Row], work_of: Callable[[Row], int]) -> dict[int, list[Row]]:
    found: dict[int, list[Row]] = defaultdict(list)
    for row in rows:
        found[work_of(row)].append(row)
    return found


def serve(
    session: Session, *, work_id: int, now: datetime, by: audit.Actor, items: Sequence[Item] | None = None
) -> int:
    """Choose copies for the waiting holds of a work that the caller has locked; how many were chosen.

    `items` are those of `lent_items`, if the caller has read them under the lock.
    """
    waiting = queue(session, work_id)
    if not waiting:
        return 0
    if items is None:
        items = lent_items(session, work_id)
    batch = rows.Batch(session)
    count = _give(session, waiting, items, batch, now=now, by=by)
    batch.send()
    return count


def _give(
    session: Session,
    waiting: Iterable[Hold],
    items: Sequence[Item],
    batch: rows.Batch,
    *,
    now: datetime,
    by: audit.Actor,
) -> int:
    """Choose copies out of `items` for the holds, which are those that wait on one work, in their order."""
    count = 0
    for hold in waiting:
        if not any(item.status == "available" for item in items):
            break
        to = moving.destination(session, hold)
        fitting = [item for item in items if fits(hold, item)]
        best = choose(session, hold.patron, hold.record, fitting, to=to, now=now)
        if best is not None:
            batch.change(hold, item=best[0], item_id=best[0].id, expected_date=best[1])
            chosen(session, hold, best[0], batch, now=now, by=by)
            count += 1
    return count


def chosen(session: Session, hold: Hold, item: Item, batch: rows.Batch, *, now: datetime, by: audit.Actor) -> None:
    """The item, which the hold now has, leaves the shelf; it is written down, and a delivery's promise told anew."""
    assert hold.expected_date is not None
    batch.change(item, status=follow("item", item.status, "allocated"))
    if hold.delivery_id is not None:
        batch.send()
        promise_again(session, hold, now=now)
    ids = {"hold": hold.id, "record": item.record_id, "item": item.id, "delivery": hold.delivery_id}
    audit.record(session, "copy_chosen", now=now, by=by, ids=ids | {"expected_date": hold.expected_date.isoformat()},
                 batch=batch)  # fmt: skip


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


def choose(
    session: Session, patron: Patron, record: BibliographicRecord, items: Sequence[Item], *, to: OrgUnit, now: datetime
) -> tuple[Item, date] | None:
    """The available copy out of `items`, those within the patron's wish for `record`, that is the soonest at `to`, and
    when; None without one.

    Among equals the chosen edition, then the lender with the most copies left.
    """
    forms = formats(patron, record, {item.record.format for item in items})
    return soonest(session, to=to, record_id=record.id, formats=forms, items=items, now=now)


def soonest(
    session: Session, *, to: OrgUnit, record_id: int, formats: Sequence[str], items: Sequence[Item], now: datetime
) -> tuple[Item, date] | None:
    """The available copy in one of `formats` that lies ready at `to` the soonest, and when; None without one."""
    free = [item for item in items if item.status == "available" and item.record.format in formats]
    if not free:
        return None
    left = Counter(item.location_id for item in free)
    days = ready_days(session, to=to, places=left, now=now)

    def order(item: Item) -> tuple[date, int, bool, int, int]:
        wish = formats.index(item.record.format)
        return (days[item.location_id], wish, item.record_id != record_id, -left[item.location_id], item.id)

    best = min(free, key=order)
    return best, days[best.location_id]


def ready_days(session: Session, *, to: OrgUnit, places: Iterable[int], now: datetime) -> dict[int, date]:
    """When a copy lies ready at `to`, by the place where it stands now."""
    local = now.astimezone(ZONE)
    elsewhere = arrivals(session, to=to, origins={place for place in places if place != to.id}, sent=local.date())
    days = {place: day for place, day in elsewhere.items() if place is not None}
    return days | {to.id: calendar_of(session, place=to).put_aside(local)}


def expected(
    session: Session,
    *,
    work_id: int,
    formats: Sequence[str],
    to: OrgUnit,
    ahead: int,
    patron: Patron,
    wish: Hold | None = None,
    now: datetime,
) -> date | None:
    """When a copy that has to come back first is likely to be ready at `to`, with `ahead` readers before; None if
    nothing is on loan in these formats (and within the scope of `wish`)."""
    returned = back(session, work_id=work_id, formats=formats, ahead=ahead, patron=patron, wish=wish, now=now)
    return None if returned is None else arrival(session, to=to, origin=None, sent=returned)


def back(
    session: Session,
    *,
    work_id: int,
    formats: Sequence[str],
    ahead: int,
    patron: Patron,
    wish: Hold | None = None,
    now: datetime,
) -> date | None:
    """When a copy for a reader with `ahead` before him is likely to come back; None if nothing is on loan."""
    out = _OUT
    if wish is not None and wish.scope != "work":
        out = out.where(Item.id == wish.wanted_id if wish.scope == "item" else Item.record_id == wish.record_id)
    due = session.scalars(out, {"work": work_id, "formats": list(formats)}).all()
    loan_days = policies.for_patron(session, patron, form=formats[0] if formats else "").loan_days
    return expected_return(due, ahead=ahead, today=day_of(now), loan_days=loan_days)


def promise_again(session: Session, hold: Hold, *, now: datetime) -> None:
    """A copy was chosen for a hold of a delivery: the promised day becomes the first on which all can be brought."""
    if hold.delivery_id is None:
        return
    session.flush()
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
