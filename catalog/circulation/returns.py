"""What happens to an item in a librarian's hands: returned, received from the van, captured for a hold, sent home.

One rule for all four (`scan`), so that it does not matter which word the librarian chose, and scanning again changes
nothing. Returning is possible at any place of the union.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from catalog import audit, refusals
from catalog.circulation import moving, policies, targets
from catalog.circulation.tables import IS_OPEN, Hold, Loan, Transit
from catalog.organisation.tables import OrgUnit
from catalog.patrons.tables import Patron
from catalog.records.tables import Item, Work
from catalog.rows import lock, locked


@dataclass(frozen=True, slots=True)
class Returned:
    """What a scan found and did: the loan it ended, the hold the item serves now, where it is sent, if any.

    `changed` is False for a repeated scan.
    """

    item: Item
    loan: Loan | None = None
    hold: Hold | None = None
    transit: Transit | None = None
    changed: bool = True


def check_in(session: Session, *, item: Item, place: OrgUnit, now: datetime, by: audit.Actor) -> Returned:
    """Take the item, in hand at `place`, back: ends its loan, serves the next hold, or sends it home.

    Raises: refusals.ItemUnavailable: the item was withdrawn.
    """
    return scan(session, item=item, place=place, now=now, by=by, what="checked_in")


def receive(session: Session, *, item: Item, place: OrgUnit, now: datetime, by: audit.Actor) -> Returned:
    """The van brought the item to `place`. Raises: as `check_in`."""
    return scan(session, item=item, place=place, now=now, by=by, what="received")


def capture(session: Session, *, item: Item, place: OrgUnit, now: datetime, by: audit.Actor) -> Returned:
    """The librarian took the item from the shelf at `place` for the hold it was chosen for, or for the next one."""
    return scan(session, item=item, place=place, now=now, by=by, what="captured")


def scan(session: Session, *, item: Item, place: OrgUnit, now: datetime, by: audit.Actor, what: str) -> Returned:
    """The one rule: see the module. `what` names the act in the audit trail."""
    loan_patron = session.scalars(
        select(Loan.patron_id).where(Loan.item_id == item.id, Loan.returned_at.is_(None))
    ).first()
    if loan_patron is not None:
        locked(session, Patron, loan_patron)
    lock(session, Work, item.record.work_id)
    item = locked(session, Item, item.id) or item
    if item.status == "withdrawn":
        raise refusals.ItemUnavailable()
    before = (item.status, item.location_id)
    loan = session.scalars(select(Loan).where(Loan.item_id == item.id, Loan.returned_at.is_(None))).first()
    transit = moving.open_transit(session, item)
    hold = session.scalars(select(Hold).where(Hold.item_id == item.id, IS_OPEN)).first()
    if _again(item, place, loan, transit, hold):
        return Returned(item, hold=hold, transit=transit, changed=False)
    if loan is not None:
        loan.returned_at = now
        session.flush()
    moving.arrive(session, item, now=now)
    item.location, item.location_id = place, place.id
    hold = hold or _next_hold(session, item)
    sent: Transit | None = None
    if hold is not None:
        hold.item, hold.item_id = item, item.id
        moving.forward(session, hold, item, now=now)
        sent = moving.open_transit(session, item)
    elif item.status == "reference":
        pass
    elif place.id != item.home_id and _goes_home(session, item):
        sent = moving.send(session, item, to=item.home, hold=None, now=now)
    elif item.status != "available":
        moving.set_item(session, item, "available")
    session.flush()
    changed = loan is not None or transit is not None or (item.status, item.location_id) != before
    if changed:
        ids = {
            "item": item.id,
            "record": item.record_id,
            "loan": loan.id if loan else None,
            "hold": hold.id if hold else None,
            "place": place.id,
            "to": sent.to_id if sent else None,
        }
        audit.record(session, what, now=now, by=by, ids=ids)
    return Returned(item, loan=loan, hold=hold, transit=sent, changed=changed)


def _again(item: Item, place: OrgUnit, loan: Loan | None, transit: Transit | None, hold: Hold | None) -> bool:
    """Whether this scan only repeats the last one: on its way from here, or lying here for its reader."""
    if loan is not None:
        return False
    if transit is not None:
        return transit.from_id == place.id
    return hold is not None and hold.status == "ready" and item.location_id == place.id


def _next_hold(session: Session, item: Item) -> Hold | None:
    """The first hold in the queue that this item can serve, if it is lent at all."""
    if item.status == "reference":
        return None
    waiting = targets.queue(session, item.record.work_id)
    if not waiting:
        return None
    lendable = targets.lendable_formats(session, item.record.work_id) | {item.record.format}
    for hold in waiting:
        if targets.fits(hold, item) and item.record.format in targets.formats(hold.patron, hold.record, lendable):
            return hold
    return None


def _goes_home(session: Session, item: Item) -> bool:
    return policies.for_item(session, item).float_home
