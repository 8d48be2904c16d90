"""A copy that is not where it should be: it is missing, and whoever it was meant for gets another one, or waits again
at his old place, and is told if that is later than he was promised. Scanned anywhere it is found again (returns.py).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from catalog import audit, refusals
from catalog.circulation import holds, moving, targets
from catalog.circulation.rules import OPEN_HOLD
from catalog.circulation.tables import Hold, Loan
from catalog.delivery import promises
from catalog.delivery.tables import DeliveryRequest
from catalog.organisation.calendar import day_of
from catalog.outreach import notices
from catalog.patrons.tables import Patron
from catalog.records.tables import Item, Work
from catalog.rows import lock, locked

TOLD_WITHIN = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class Sought:
    """What became of it: the hold it was meant for, if any, with the copy chosen instead; `was_ready` where its reader
    was told to come, `told` where he is told now: he had come, has no copy, or gets one later than he was promised.
    `changed` is False for one that is missing already.
    """

    item: Item
    hold: Hold | None = None
    was_ready: bool = False
    told: bool = False
    changed: bool = True


def miss(session: Session, *, item: Item, now: datetime, by: audit.Actor) -> Sought:
    """The item was looked for in vain. Said again it changes nothing.

    Raises: refusals.ItemUnavailable: it is on loan or withdrawn; AlreadyOnItsWay: it left with the van for a door.
    """
    wish = select(Hold).where(Hold.item_id == item.id, Hold.status.in_(OPEN_HOLD))
    promised = session.scalars(wish).first()
    if promised is not None:
        locked(session, Patron, promised.patron_id)
    lock(session, Work, item.record.work_id)
    item = locked(session, Item, item.id) or item
    if item.status == "missing":
        return Sought(item, changed=False)
    lent = session.scalars(select(Loan.id).where(Loan.item_id == item.id, Loan.returned_at.is_(None))).first()
    if lent is not None or item.status == "withdrawn":
        raise refusals.ItemUnavailable()
    hold = session.scalars(wish.execution_options(populate_existing=True)).first()
    delivery: DeliveryRequest | None = None
    if hold is not None and hold.delivery_id is not None:
        delivery = locked(session, DeliveryRequest, hold.delivery_id)
        if delivery is not None and delivery.status == "dispatched":
            raise refusals.AlreadyOnItsWay()
    promised_for = _day(hold, delivery)
    was_ready = hold is not None and hold.status == "ready"
    moving.arrive(session, item, now=now)
    if hold is not None:
        moving.let_go(session, hold, now=now)
        moving.set_hold(hold, "waiting", now=now)
        hold.expected_date = None
    moving.set_item(session, item, "missing")
    session.flush()
    ids = {"item": item.id, "record": item.record_id, "hold": hold.id if hold else None}
    audit.record(session, "item_missing", now=now, by=by, ids=ids)
    targets.serve(session, work_id=item.record.work_id, now=now, by=by)
    if hold is not None and hold.item_id is None:
        hold.expected_date = holds.expected(session, hold, now=now)
        session.flush()
        if delivery is not None:
            promises.settle(session, delivery, now=now)
    told = False
    if hold is not None:
        day, has_copy = _day(hold, delivery), hold.item_id is not None
        in_time = has_copy and day is not None and promised_for is not None and day <= promised_for
        if not in_time or (was_ready and delivery is None):
            told = _tell(session, hold, item, now=now)
    return Sought(item, hold, was_ready, told)


def _day(hold: Hold | None, delivery: DeliveryRequest | None) -> date | None:
    """The day that the reader of the hold goes by: of his delivery, or on which he can collect it."""
    if delivery is not None:
        return delivery.promised_date
    return hold.expected_date if hold is not None else None


def _tell(session: Session, hold: Hold, item: Item, *, now: datetime) -> bool:
    """Owe the reader the truth, once: that the copy meant for him is gone, and from when on there is another; whether
    it is new."""
    about = {"hold": hold.id, "item": item.id, "record": hold.record_id}
    cause = f"hold_delayed:hold:{hold.id}:{item.id}"
    owed = notices.Owed(hold.patron, cause, about, day_of(now + TOLD_WITHIN))
    return notices.owe(session, "hold_delayed", [owed], now=now) > 0
