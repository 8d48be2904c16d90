"""Takes over what a library's earlier system says is lent and waited for, as it is: no limit and no block stands
against what is true already. What cannot be true here is refused with a sentence for the librarian
who moves in (`NotTaken`).

Each is known again by what it is, so that saying it twice changes nothing, also after it has been returned here.
"""

from __future__ import annotations

from datetime import date, datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from catalog import audit
from catalog.circulation import moving, targets
from catalog.circulation.rules import OPEN_HOLD
from catalog.circulation.tables import Hold, Loan
from catalog.organisation.calendar import calendar_of, day_of
from catalog.organisation.tables import OrgUnit
from catalog.patrons.tables import Patron
from catalog.records.tables import BibliographicRecord, Item, Work
from catalog.rows import lock, locked


class NotTaken(Exception):  # noqa: N818 - said to the operator as it is
    """A loan or a hold that cannot be taken over; the message is the sentence that says why."""


def loan(
    session: Session,
    *,
    item: Item,
    patron: Patron,
    place: OrgUnit,
    since: datetime,
    due_date: date,
    renewals: int = 0,
    now: datetime,
    by: audit.Actor,
) -> Loan | None:
    """The loan of `item` to `patron` that began at `since`; None if it was taken over before.

    A due date still to come moves to a day on which the reader's usual place is open. Raises: NotTaken.
    """
    locked(session, Patron, patron.id)
    lock(session, Work, item.record.work_id)
    item = locked(session, Item, item.id) or item
    same = select(Loan.id).where(Loan.item_id == item.id, Loan.patron_id == patron.id, Loan.checked_out_at == since)
    if session.scalars(same).first() is not None:
        return None
    if since > now:
        raise NotTaken(f"it was lent on {since:%Y-%m-%d}, which is still to come")
    out = session.scalars(select(Loan.patron_id).where(Loan.item_id == item.id, Loan.returned_at.is_(None))).first()
    if out is not None:
        who = "this reader has it on loan already" if out == patron.id else "another reader has it on loan"
        raise NotTaken(f"{who} here; check it in first")
    if session.scalars(select(Loan.id).where(Loan.item_id == item.id, Loan.returned_at >= since)).first() is not None:
        raise NotTaken(f"it has been returned here since {since:%Y-%m-%d}; if it is out again, check it out")
    if session.scalars(select(Hold.id).where(Hold.item_id == item.id, Hold.status.in_(OPEN_HOLD))).first() is not None:
        raise NotTaken("it is put aside for a reader here; look where it is, and scan it")
    if item.status in ("withdrawn", "reference"):
        raise NotTaken(f"its item is {item.status} here, and cannot be on loan")
    if due_date >= day_of(now):
        usual = patron.pickup or patron.home
        due_date = calendar_of(session, place=usual).next_open(due_date - timedelta(1))
    moving.arrive(session, item, now=now)
    taken = Loan(item=item, patron=patron, place_id=place.id, checked_out_at=since, due_date=due_date)
    taken.renewals = renewals
    session.add(taken)
    moving.set_item(session, item, "on_loan")
    item.location, item.location_id = place, place.id
    session.flush()
    ids = {"loan": taken.id, "item": item.id, "record": item.record_id, "due_date": due_date.isoformat()}
    audit.record(session, "imported", now=now, by=by, ids=ids)
    return taken


def lost(session: Session, *, item: Item, now: datetime, by: audit.Actor) -> None:
    """Its library has written the item off: it is missing here, unless it has turned up meanwhile."""
    if item.status == "away":
        moving.set_item(session, item, "missing")
        session.flush()
        audit.record(session, "imported", now=now, by=by, ids={"item": item.id})


def hold(
    session: Session,
    *,
    patron: Patron,
    record: BibliographicRecord,
    pickup: OrgUnit,
    since: datetime,
    scope: str = "work",
    wanted: Item | None = None,
    suspended: bool = False,
    until: date | None = None,
    now: datetime,
    by: audit.Actor,
) -> Hold | None:
    """The wish that `patron` uttered at `since`; None if it was taken over before. `suspended` rests it up to `until`.

    It waits: `targets.serve` chooses its copy, once the whole queue of the work is there. Raises: NotTaken.
    """
    locked(session, Patron, patron.id)
    lock(session, Work, record.work_id)
    wanted_id = wanted.id if wanted else None
    of_reader = select(Hold).where(Hold.patron_id == patron.id, Hold.work_id == record.work_id)
    for same in session.scalars(of_reader.where(Hold.placed_at == since)):
        if (same.record_id, same.scope, same.wanted_id) == (record.id, scope, wanted_id):
            return None
    if since > now:
        raise NotTaken(f"it was placed on {since:%Y-%m-%d}, which is still to come")
    if not pickup.is_pickup:
        raise NotTaken(f"books are not collected at {pickup.name}; say another pick-up place, or make it one")
    if session.scalars(of_reader.where(Hold.status.in_(OPEN_HOLD))).first() is not None:
        raise NotTaken("this reader waits for the same work already, by an earlier line or here")
    at_home = (
        select(Loan.id)
        .join(Item, Loan.item_id == Item.id)
        .join(BibliographicRecord)
        .where(Loan.patron_id == patron.id, Loan.returned_at.is_(None))
        .where(BibliographicRecord.work_id == record.work_id)
    )
    if session.scalars(at_home).first() is not None:
        raise NotTaken("this reader has the work at home already")
    items = targets.lent_items(session, record.work_id)
    forms = targets.formats(patron, record, {item.record.format for item in items})
    fitting = [item for item in items if targets.within(item, scope=scope, record_id=record.id, wanted_id=wanted_id)]
    if not any(item.record.format in forms for item in fitting):
        raise NotTaken(_nothing(scope, wanted, some=bool(fitting)))
    taken = Hold(patron=patron, work_id=record.work_id, record=record, scope=scope, wanted=wanted, pickup=pickup)
    taken.placed_at, taken.status = since, "suspended" if suspended else "waiting"
    taken.suspended_until = until if suspended else None
    session.add(taken)
    session.flush()
    ids = {"hold": taken.id, "record": record.id, "item": wanted_id}
    audit.record(session, "imported", now=now, by=by, ids=ids)
    return taken


def _nothing(scope: str, wanted: Item | None, *, some: bool) -> str:
    """Why no copy can serve a wish."""
    if some:
        return "no copy of it is in a format that this reader can use"
    if wanted is not None:
        return f"the copy {wanted.barcode} is {wanted.status} here, and is not lent"
    return f"no copy of this {scope} is lent: there are none, or they are missing, withdrawn or for reading here only"


def lies_ready(session: Session, *, hold: Hold, item: Item, now: datetime, by: audit.Actor) -> None:
    """The copy for a hold that was taken over lies put aside already: it is the reader's, where he collects it.

    A copy that is lent, or somebody else's, is not: then the hold waits as the others do.
    """
    item = locked(session, Item, item.id) or item
    taken = session.scalars(select(Hold.id).where(Hold.item_id == item.id, Hold.status.in_(OPEN_HOLD))).first()
    if item.status not in ("available", "away") or taken is not None or not targets.fits(hold, item):
        return
    if hold.pickup is not None:
        item.location, item.location_id = hold.pickup, hold.pickup.id
    hold.item, hold.item_id = item, item.id
    moving.forward(session, hold, item, now=now)
    audit.record(session, "copy_chosen", now=now, by=by, ids={"hold": hold.id, "item": item.id})
