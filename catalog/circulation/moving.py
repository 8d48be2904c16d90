"""Moves items between the shelf, the hold shelf and the road, and keeps hold, item and transit in step.

No refusals and no audit rows: the use cases that call this know why something moves, and write it down. The caller
has locked the work.
"""

from __future__ import annotations

from datetime import date, datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from catalog import rows
from catalog.circulation import policies
from catalog.circulation.rules import follow
from catalog.circulation.tables import IS_OPEN, Hold, Transit
from catalog.delivery.rules import follow as follow_delivery
from catalog.delivery.tables import DeliveryRequest
from catalog.organisation.calendar import ZONE, arrival, calendar_of, day_of
from catalog.organisation.tables import OrgUnit
from catalog.records.tables import Item


def set_item(session: Session, item: Item, status: str) -> None:
    """Give the item its next status, in the database too."""
    rows.change(session, item, status=follow("item", item.status, status))


def set_hold(hold: Hold, status: str, *, now: datetime) -> None:
    """Give the hold its next status; one that ends lets its copy go (see `let_go`) and remembers when."""
    hold.status = follow("hold", hold.status, status)
    hold.ended_at = now if status in ("fulfilled", "cancelled", "expired") else None


def destination(session: Session, hold: Hold) -> OrgUnit:
    """Where the hold's item has to be: the pick-up location, or where the delivery's round starts."""
    if hold.delivery_id is not None:
        return session.get_one(DeliveryRequest, hold.delivery_id).org_unit
    return session.get_one(OrgUnit, hold.pickup_id)


def open_transit(session: Session, item: Item) -> Transit | None:
    """The way the item is on, if it is on one."""
    return session.scalars(select(Transit).where(Transit.item_id == item.id, Transit.arrived_at.is_(None))).first()


def arrive(session: Session, item: Item, *, now: datetime) -> Transit | None:
    """End the way the item is on, if it is on one."""
    transit = open_transit(session, item)
    if transit is not None:
        transit.arrived_at = now
        session.flush()
    return transit


def send(session: Session, item: Item, *, to: OrgUnit, hold: Hold | None, now: datetime) -> Transit:
    """Put the item, which is at its location, on the way to `to`, for `hold` or home."""
    transit = Transit(item_id=item.id, from_id=item.location_id, to_id=to.id, hold_id=hold.id if hold else None,
                      sent_at=now)  # fmt: skip
    session.add(transit)
    set_item(session, item, "in_transit")
    item.location = to
    item.location_id = to.id
    session.flush()
    return transit


def forward(session: Session, hold: Hold, item: Item, *, now: datetime) -> None:
    """The item, in hand at its location, serves `hold`: onto the hold shelf there, or on the way to its destination."""
    to = destination(session, hold)
    if item.location_id == to.id:
        set_item(session, item, "on_hold_shelf")
        set_hold(hold, "ready", now=now)
        hold.ready_at = now
        hold.expected_date = day_of(now)
        hold.pickup_until = last_day(session, hold, item, now=now) if hold.delivery_id is None else None
    else:
        today = day_of(now)
        hold.expected_date = arrival(session, to=to, origin=item.location_id, sent=today)
        send(session, item, to=to, hold=hold, now=now)
        set_hold(hold, "in_transit", now=now)
    session.flush()


def last_day(session: Session, hold: Hold, item: Item, *, now: datetime) -> date:
    """The last day on which the hold waits on the shelf: an open day of the pick-up location."""
    days = policies.for_patron(session, hold.patron, form=item.record.format).shelf_days
    until = now.astimezone(ZONE).date() + timedelta(days)
    return calendar_of(session, place=destination(session, hold)).next_open(until - timedelta(1))


def close_if_empty(session: Session, hold: Hold, *, now: datetime) -> None:
    """The delivery that this hold, now ended, belonged to ends with it if it has nothing else to bring; one that also
    takes loans along still comes for those."""
    if hold.delivery_id is None:
        return
    session.flush()
    others = select(Hold.id).where(Hold.delivery_id == hold.delivery_id, IS_OPEN)
    delivery = session.get_one(DeliveryRequest, hold.delivery_id)
    if delivery.status not in ("requested", "missed") or session.scalars(others).first() is not None:
        return
    if delivery.loan_ids:
        delivery.kind = "fetch"
        session.flush()
    else:
        delivery.status = follow_delivery(delivery.status, "cancelled")
        delivery.ended_at = now
        session.flush()


def let_go(session: Session, hold: Hold, *, now: datetime) -> Item | None:
    """Take the chosen copy from the hold. What is on the road goes on, for nobody; the rest can be lent again."""
    item = hold.item
    if item is None:
        return None
    if item.status == "in_transit":
        transit = open_transit(session, item)
        if transit is not None:
            transit.hold_id = None
    elif item.status in ("allocated", "on_hold_shelf"):
        set_item(session, item, "available")
    hold.item = None
    hold.item_id = None
    hold.ready_at = None
    hold.pickup_until = None
    session.flush()
    return item
