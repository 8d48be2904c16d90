"""Holds: place, cancel, suspend, resume, and where one stands in the queue.

A hold keeps its place from the moment it was placed, also while it is suspended. Which copy serves it is chosen in
targets; what happens to that copy at the desk is in desk.
"""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import and_, bindparam, func, or_, select
from sqlalchemy.orm import Session, joinedload

from catalog import audit, refusals, rows
from catalog.circulation import moving, policies, targets
from catalog.circulation.rules import OPEN_HOLD
from catalog.circulation.tables import IS_OPEN, IS_WAITING, OPEN_WISH, Hold, Loan
from catalog.delivery.tables import DeliveryRequest
from catalog.organisation.calendar import day_of
from catalog.organisation.tables import OrgUnit
from catalog.patrons.blocks import BLOCKING, refuse_by
from catalog.patrons.tables import Patron
from catalog.records.tables import BibliographicRecord, Item, Work
from catalog.rows import insert_once, locked, locked_both

_ON_WORK = select(Hold).where(Hold.patron_id == bindparam("patron"), Hold.work_id == bindparam("work"), IS_OPEN)
_AT_HOME = (
    select(Loan.id)
    .join(Item, Loan.item_id == Item.id)
    .join(BibliographicRecord)
    .where(Loan.patron_id == bindparam("patron"), Loan.returned_at.is_(None))
    .where(BibliographicRecord.work_id == bindparam("work"))
)
_AGAINST = select(
    BLOCKING,
    select(Hold.id)
    .where(Hold.patron_id == bindparam("patron"), Hold.work_id == bindparam("work"), IS_OPEN)
    .scalar_subquery(),
    _AT_HOME.limit(1).scalar_subquery(),
    select(func.count()).where(Hold.patron_id == bindparam("patron"), IS_OPEN).scalar_subquery(),
    select(Hold.id).where(Hold.work_id == bindparam("work"), IS_WAITING).exists().label("waits"),
)
"""All that can stand against a new hold of a reader: the block, the hold, the loan, how many holds he has; and whether
others wait for the work."""
_AHEAD = select(func.count()).where(
    Hold.work_id == bindparam("work"),
    IS_WAITING,
    Hold.id != bindparam("hold"),
    or_(
        Hold.placed_at < bindparam("placed"),
        and_(Hold.placed_at == bindparam("placed"), Hold.id < bindparam("hold")),
    ),
)
"""Asked at every hold, and so written once."""


def place(
    session: Session,
    *,
    patron: Patron,
    record_id: int,
    pickup: OrgUnit,
    scope: str = "work",
    wanted: Item | None = None,
    now: datetime,
    by: audit.Actor,
) -> Hold:
    """Place a hold on the work of `record_id`, to be collected at `pickup`; a copy is chosen at once if there is one.

    With the scope "edition" only copies of that record serve it, with "item" only `wanted`, which is one of them.

    Raises: refusals.NotFound (record), NotAPickupLocation, Blocked, AlreadyOnHold, AlreadyOnLoan, TooManyHolds,
    NothingToLend.
    """
    if not pickup.is_pickup:
        raise refusals.NotAPickupLocation(place=pickup.name)
    batch = rows.Batch(session)
    hold = _added(session, patron, record_id, batch, pickup=pickup, scope=scope, wanted=wanted, now=now, by=by)
    audit.record(session, "hold_placed", now=now, by=by, ids=ids_of(hold), batch=batch)
    batch.send()
    return hold


def add(
    session: Session,
    *,
    patron: Patron,
    record_id: int,
    delivery: DeliveryRequest,
    now: datetime,
    by: audit.Actor,
) -> Hold:
    """The hold itself, for a delivery; the caller writes the audit row. Refuses as `place`."""
    batch = rows.Batch(session)
    hold = _added(session, patron, record_id, batch, delivery=delivery, now=now, by=by)
    batch.send()
    return hold


def _added(
    session: Session,
    patron: Patron,
    record_id: int,
    batch: rows.Batch,
    *,
    pickup: OrgUnit | None = None,
    delivery: DeliveryRequest | None = None,
    scope: str = "work",
    wanted: Item | None = None,
    now: datetime,
    by: audit.Actor,
) -> Hold:
    record = _record(session, record_id)
    locked_both(session, Patron, patron.id, Work, record.work_id)
    items, others_wait = _admitted(session, patron, record, scope, wanted, now=now)
    if others_wait:
        targets.serve(session, work_id=record.work_id, items=items, now=now, by=by)
    to = delivery.org_unit if delivery else pickup
    assert to is not None
    wanted_id = wanted.id if wanted else None
    fitting = [one for one in items if targets.within(one, scope=scope, record_id=record.id, wanted_id=wanted_id)]
    best = targets.choose(session, patron, record, fitting, to=to, now=now)
    wish = {
        "patron_id": patron.id,
        "work_id": record.work_id,
        "record_id": record.id,
        "scope": scope,
        "wanted_id": wanted_id,
        "item_id": best[0].id if best else None,
        "pickup_id": pickup.id if pickup else None,
        "delivery_id": delivery.id if delivery else None,
        "placed_at": now,
        "status": "waiting",
        "expected_date": best[1] if best else None,
    }
    hold = insert_once(session, Hold, wish, unlike=OPEN_WISH)
    if hold is None:
        raise refusals.AlreadyOnHold()
    if best is not None:
        targets.chosen(session, hold, best[0], batch, now=now, by=by)
    else:
        batch.change(hold, expected_date=expected(session, hold, now=now))
    return hold


def refuse(
    session: Session,
    *,
    patron: Patron,
    record: BibliographicRecord,
    scope: str = "work",
    wanted: Item | None = None,
    now: datetime,
) -> None:
    """Raise the refusal that stands against a new hold, if one does (see `place`)."""
    _admitted(session, patron, record, scope, wanted, now=now)


def _admitted(
    session: Session, patron: Patron, record: BibliographicRecord, scope: str, wanted: Item | None, *, now: datetime
) -> tuple[list[Item], bool]:
    """The items of the work that are lent, and whether others wait for it; or what stands against a new hold."""
    session.flush()
    asked = {"patron": patron.id, "work": record.work_id, "today": day_of(now)}
    block, wish, at_home, count, others_wait = session.connection().execute(_AGAINST, asked).one()
    refuse_by(session, block)
    if wish is not None:
        raise refusals.AlreadyOnHold()
    if at_home is not None:
        raise refusals.AlreadyOnLoan()
    limit = policies.for_patron(session, patron).holds
    if count >= limit:
        raise refusals.TooManyHolds(limit=limit)
    items = targets.lent_items(session, record.work_id)
    if not targets.formats(patron, record, {item.record.format for item in items}):
        raise refusals.NothingToLend()
    if scope != "work":
        wanted_id = wanted.id if wanted else None
        if not any(targets.within(item, scope=scope, record_id=record.id, wanted_id=wanted_id) for item in items):
            raise refusals.NothingToLend()
    return items, others_wait


def open_on(session: Session, *, patron: Patron, work_id: int) -> Hold | None:
    """The patron's open hold on the work, if there is one."""
    return session.scalars(_ON_WORK, {"patron": patron.id, "work": work_id}).first()


def cancel(session: Session, *, hold: Hold, now: datetime, by: audit.Actor) -> Hold:
    """End the hold; its copy goes to the next reader. Raises: refusals.HoldEnded, AlreadyOnItsWay (with the van)."""
    hold = _locked_open(session, hold)
    before = {
        "pickup_id": hold.pickup_id,
        "delivery_id": hold.delivery_id,
        "suspended_until": hold.suspended_until.isoformat() if hold.suspended_until else None,
    }
    ids = ids_of(hold)
    end(session, hold=hold, now=now, by=by)
    audit.record(session, "hold_cancelled", now=now, by=by, ids=ids, before=before)
    return hold


def end(session: Session, *, hold: Hold, now: datetime, by: audit.Actor) -> None:
    """Cancel the hold, which the caller has locked and found open, and let the next reader have its copy."""
    moving.let_go(session, hold, now=now)
    moving.set_hold(hold, "cancelled", now=now)
    hold.suspended_until = None
    moving.close_if_empty(session, hold, now=now)
    session.flush()
    targets.serve(session, work_id=hold.work_id, now=now, by=by)


def suspend(session: Session, *, hold: Hold, until: date, now: datetime, by: audit.Actor) -> Hold:
    """Rest the hold up to and without the day `until` (hospital, travel); its place in the queue stays.

    Raises: refusals.HoldEnded; AlreadyOnItsWay.
    """
    hold = _locked_open(session, hold)
    before = {"suspended_until": hold.suspended_until.isoformat() if hold.suspended_until else None}
    ids = ids_of(hold) | {"until": until.isoformat()}
    rest(session, hold=hold, until=until, now=now, by=by)
    audit.record(session, "hold_suspended", now=now, by=by, ids=ids, before=before)
    return hold


def rest(session: Session, *, hold: Hold, until: date, now: datetime, by: audit.Actor) -> None:
    """Suspend the hold, which the caller has locked and found open, and let the next reader have its copy."""
    if hold.status != "suspended":
        moving.let_go(session, hold, now=now)
        moving.set_hold(hold, "suspended", now=now)
    hold.suspended_until = until
    hold.expected_date = None
    session.flush()
    targets.serve(session, work_id=hold.work_id, now=now, by=by)


def resume(session: Session, *, hold: Hold, now: datetime, by: audit.Actor) -> Hold:
    """Wake a suspended hold, at its old place; one that is not suspended stays as it is. Raises: HoldEnded."""
    hold = _locked_open(session, hold)
    if hold.status == "suspended":
        wake(session, hold=hold, now=now, by=by)
        audit.record(session, "hold_resumed", now=now, by=by, ids=ids_of(hold))
    return hold


def wake(session: Session, *, hold: Hold, now: datetime, by: audit.Actor) -> None:
    """Let the suspended or cancelled hold wait again at its old place, and choose copies anew."""
    moving.set_hold(hold, "waiting", now=now)
    hold.suspended_until = None
    session.flush()
    targets.serve(session, work_id=hold.work_id, now=now, by=by)
    if hold.item_id is None:
        hold.expected_date = expected(session, hold, now=now)
        session.flush()


def of_patron(session: Session, *, patron: Patron) -> list[Hold]:
    """The patron's open holds: ready ones first, then in the order in which they were placed."""
    statement = (
        select(Hold)
        .where(Hold.patron_id == patron.id, IS_OPEN)
        .options(joinedload(Hold.record), joinedload(Hold.pickup), joinedload(Hold.item).joinedload(Item.record))
        .order_by(Hold.placed_at, Hold.id)
    )
    return sorted(session.scalars(statement), key=lambda hold: hold.status != "ready")


def queue_place(session: Session, hold: Hold) -> int:
    """The hold's place in the queue: 1 is next; 0 once a copy has been chosen for it."""
    if hold.item_id is not None or hold.status not in ("waiting", "suspended"):
        return 0
    return 1 + ahead_of(session, hold)


def ahead_of(session: Session, hold: Hold) -> int:
    """How many holds on the work wait for a copy and were placed before this one."""
    return session.scalar(_AHEAD, {"work": hold.work_id, "hold": hold.id, "placed": hold.placed_at}) or 0


def expected(session: Session, hold: Hold, *, now: datetime) -> date | None:
    """When the hold is likely to be ready; None while nobody can say. Never the day on which it *is* ready."""
    if hold.status == "suspended":
        return None
    if hold.item_id is not None:
        today = day_of(now)
        return None if hold.expected_date is None else max(hold.expected_date, today)
    formats = targets.formats(hold.patron, hold.record, targets.lendable_formats(session, hold.work_id))
    return targets.expected(
        session,
        work_id=hold.work_id,
        formats=formats,
        to=moving.destination(session, hold),
        ahead=ahead_of(session, hold),
        patron=hold.patron,
        wish=hold,
        now=now,
    )


def ids_of(hold: Hold) -> dict[str, object]:
    """The ids of an audit row about the hold."""
    return {"hold": hold.id, "record": hold.record_id, "item": hold.item_id, "delivery": hold.delivery_id}


def _record(session: Session, record_id: int) -> BibliographicRecord:
    record = rows.find(session, BibliographicRecord, record_id)
    if record is None:
        raise refusals.NotFound(what="record")
    return record


def _locked_open(session: Session, hold: Hold) -> Hold:
    """The hold, locked after its patron and its work, found open and not out with the van."""
    locked_both(session, Patron, hold.patron_id, Work, hold.work_id)
    fresh = locked(session, Hold, hold.id)
    if fresh is None or fresh.status not in OPEN_HOLD:
        raise refusals.HoldEnded()
    if fresh.delivery_id is not None:
        delivery = session.get_one(DeliveryRequest, fresh.delivery_id, populate_existing=True)
        if delivery.status == "dispatched" and fresh.status == "in_transit":
            raise refusals.AlreadyOnItsWay()
    return fresh
