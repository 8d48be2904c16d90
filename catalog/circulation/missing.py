"""A copy that is not where it should be: it is missing, and whoever it was meant for gets another one, or waits again
at his old place. Scanned anywhere it is found again (returns.py).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from catalog import audit, refusals
from catalog.circulation import holds, moving, targets
from catalog.circulation.rules import OPEN_HOLD
from catalog.circulation.tables import Hold, Loan
from catalog.delivery.tables import DeliveryRequest
from catalog.patrons.tables import Patron
from catalog.records.tables import Item, Work
from catalog.rows import lock, locked


@dataclass(frozen=True, slots=True)
class Sought:
    """What became of it: the hold it was meant for, if any, with the copy chosen instead; `was_ready` where its reader
    was told to come. `changed` is False for one that is missing already."""

    item: Item
    hold: Hold | None = None
    was_ready: bool = False
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
    if hold is not None and hold.delivery_id is not None:
        delivery = session.get_one(DeliveryRequest, hold.delivery_id)
        if delivery.status == "dispatched":
            raise refusals.AlreadyOnItsWay()
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
    return Sought(item, hold, was_ready)
