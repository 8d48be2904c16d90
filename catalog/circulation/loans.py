"""Loans: check out, renew, list. Checking in, which also moves items and serves holds, stands in returns.

A due date never falls on a day on which the reader's usual place is closed.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import bindparam, func, select
from sqlalchemy.orm import Session, joinedload

from catalog import audit, refusals, rows
from catalog.circulation import moving, policies, targets
from catalog.circulation.returns import Returned, check_in
from catalog.circulation.rules import NOT_LENT, follow
from catalog.circulation.tables import IS_OPEN, IS_WAITING, ITEM_OUT, Hold, Loan, Transit
from catalog.organisation.calendar import calendar_at, day_of
from catalog.organisation.tables import OrgUnit
from catalog.patrons.blocks import BLOCKING, refuse_blocked, refuse_by
from catalog.patrons.tables import Patron
from catalog.records.tables import Item, Work
from catalog.rows import insert_once, lock, locked, locked_both

__all__ = ["Renewal", "Returned", "check_in", "check_out", "due", "lend", "of_patron", "renew", "renew_all"]


_AT_HOME = (
    select(Loan)
    .where(Loan.patron_id == bindparam("patron"), Loan.returned_at.is_(None))
    .options(joinedload(Loan.item).joinedload(Item.record), joinedload(Loan.item).joinedload(Item.home))
    .order_by(Loan.due_date, Loan.id)
)
_WISH = (
    select(Hold.id).where(Hold.patron_id == bindparam("patron"), Hold.work_id == bindparam("work"), IS_OPEN)
).scalar_subquery()
_ON_THE_WAY = (
    select(Transit.id).where(Transit.item_id == bindparam("item"), Transit.arrived_at.is_(None)).scalar_subquery()
)
_ITEM = select(Item).where(Item.id == bindparam("item")).options(joinedload(Item.record))
_CONCERNED = select(_ON_THE_WAY, _WISH)
_AGAINST = select(
    select(Loan.id).where(Loan.item_id == bindparam("item"), Loan.returned_at.is_(None)).scalar_subquery(),
    select(Hold.patron_id).where(Hold.item_id == bindparam("item"), IS_OPEN).scalar_subquery(),
    BLOCKING,
    select(func.count()).where(Loan.patron_id == bindparam("patron"), Loan.returned_at.is_(None)).scalar_subquery(),
    _ON_THE_WAY,
    _WISH,
)
"""All that a check-out asks of item and patron: the open loan, whom it is promised, the block, how many he has."""
_AGAINST_RENEWING = select(
    BLOCKING, select(Hold.id).where(Hold.work_id == bindparam("work"), IS_WAITING).exists().label("waits")
)


@dataclass(frozen=True, slots=True)
class Renewal:
    """What became of one loan when all were to be renewed: renewed, or why not."""

    loan: Loan
    refusal: refusals.Refusal | None = None


def due(session: Session, *, patron: Patron, form: str, now: datetime) -> date:
    """The due date of a loan in the format `form` that starts or is renewed today."""
    last = day_of(now) + timedelta(policies.for_patron(session, patron, form=form).loan_days)
    return calendar_at(session, patron.pickup_id or patron.home_id).next_open(last - timedelta(1))


def check_out(session: Session, *, item: Item, patron: Patron, place: OrgUnit, now: datetime, by: audit.Actor) -> Loan:
    """Lend the item, in hand at `place`, to the patron. Scanned again it changes nothing and gives the same loan.

    Raises: refusals.ItemUnavailable (lent, promised to someone else, or not lent at all), Blocked, TooManyLoans.
    """
    record = item.record  # kept, so that reading the item anew does not read it anew too
    locked_both(session, Patron, patron.id, Work, record.work_id)
    item = locked(session, Item, item.id) or item
    session.flush()
    asked = {"item": item.id, "patron": patron.id, "work": record.work_id, "today": day_of(now)}
    loan_id, holder, block, count, transit_id, wish_id = session.connection().execute(_AGAINST, asked).one()
    held = session.get_one(Loan, loan_id) if loan_id is not None else None
    if held is not None and held.patron_id == patron.id:
        return held
    promised = holder is not None and holder != patron.id
    if held is not None or promised or (item.status in NOT_LENT and item.status != "missing"):
        raise refusals.ItemUnavailable()
    refuse_by(session, block)
    limit = policies.for_patron(session, patron).loans
    if count >= limit:
        raise refusals.TooManyLoans(limit=limit)
    loan, wish = _lent(session, item, patron, place, (transit_id, wish_id), now=now, by=by)
    ids = {"loan": loan.id, "item": item.id, "record": item.record_id, "due_date": loan.due_date.isoformat()}
    fulfilled = {"hold": wish.id, "delivery": wish.delivery_id} if wish else {}
    audit.record(session, "checked_out", now=now, by=by, ids=ids | fulfilled)
    return loan


def lend(
    session: Session, *, item: Item, patron: Patron, place: OrgUnit, now: datetime, by: audit.Actor
) -> tuple[Loan, Hold | None]:
    """The loan itself, and the patron's hold on the work that it fulfilled; the item leaves shelf or road.

    The caller has locked patron, work and item and refused what is to be refused. Raises ItemUnavailable if another
    process was faster.
    """
    session.flush()
    asked = {"item": item.id, "patron": patron.id, "work": item.record.work_id}
    transit_id, wish_id = session.execute(_CONCERNED, asked).one()
    return _lent(session, item, patron, place, (transit_id, wish_id), now=now, by=by)


def _lent(
    session: Session,
    item: Item,
    patron: Patron,
    place: OrgUnit,
    concerned: tuple[int | None, int | None],
    *,
    now: datetime,
    by: audit.Actor,
) -> tuple[Loan, Hold | None]:
    """What `lend` does, the item's open transit and the patron's wish for its work being known (`concerned`)."""
    transit_id, wish_id = concerned
    if transit_id is not None:
        session.get_one(Transit, transit_id).arrived_at = now
    begun = {"item_id": item.id, "patron_id": patron.id, "place_id": place.id, "checked_out_at": now, "renewals": 0,
             "due_date": due(session, patron=patron, form=item.record.format, now=now)}  # fmt: skip
    loan = insert_once(session, Loan, begun, unlike=ITEM_OUT)
    if loan is None:
        raise refusals.ItemUnavailable()
    lent = follow("item", item.status, "on_loan")
    rows.change(session, item, status=lent, location=place, location_id=place.id)
    work_id = item.record.work_id
    wish = session.get_one(Hold, wish_id) if wish_id is not None else None
    if wish is not None and not targets.fits(wish, item):
        wish = None  # another edition than the one that is waited for
    if wish is not None:
        if wish.item_id != item.id:
            moving.let_go(session, wish, now=now)
        wish.item, wish.item_id = item, item.id
        moving.set_hold(wish, "fulfilled", now=now)
        moving.close_if_empty(session, wish, now=now)
        session.flush()
        targets.serve(session, work_id=work_id, now=now, by=by)
    return loan, wish


def of_patron(session: Session, *, patron: Patron) -> list[Loan]:
    """What the patron has at home, the earliest due date first."""
    return list(session.scalars(_AT_HOME, {"patron": patron.id}))


def renew(session: Session, *, loan: Loan, now: datetime, by: audit.Actor) -> Loan:
    """Move the due date on, counted from today.

    Raises: refusals.NothingOnLoan (returned meanwhile), Blocked, OthersWaiting, RenewedOften, LongOverdue,
    AlreadyRenewed.
    """
    item = _item_of(session, loan)
    patron = locked_both(session, Patron, loan.patron_id, Work, item.record.work_id) or loan.patron
    fresh = _at_home(session, loan)
    asked = {"patron": patron.id, "work": item.record.work_id, "today": day_of(now)}
    session.flush()
    block, waits = session.connection().execute(_AGAINST_RENEWING, asked).one()
    refuse_by(session, block)
    return _renewed(session, fresh, item, patron, alone=not waits, now=now, by=by)


def _item_of(session: Session, loan: Loan) -> Item:
    """The item with its record, in one statement; kept by the caller, the loan may be read anew without them."""
    return session.scalars(_ITEM, {"item": loan.item_id}).one()


def _at_home(session: Session, loan: Loan) -> Loan:
    """The loan, locked. Raises: refusals.NothingOnLoan (returned meanwhile)."""
    lock(session, Work, loan.item.record.work_id)
    fresh = locked(session, Loan, loan.id)
    if fresh is None or fresh.returned_at is not None:
        raise refusals.NothingOnLoan()
    return fresh


def _renewed(
    session: Session, fresh: Loan, item: Item, patron: Patron, *, alone: bool = False, now: datetime, by: audit.Actor
) -> Loan:
    until = _until(session, fresh, item, patron, alone=alone, now=now)
    before = {"due_date": fresh.due_date.isoformat(), "renewals": fresh.renewals}
    batch = rows.Batch(session)
    batch.change(fresh, due_date=until, renewals=fresh.renewals + 1)
    ids = {"loan": fresh.id, "item": fresh.item_id, "record": item.record_id, "due_date": until.isoformat()}
    audit.record(session, "loan_renewed", now=now, by=by, ids=ids, before=before, batch=batch)
    batch.send()
    return fresh


def renewable_until(session: Session, *, loan: Loan, patron: Patron, now: datetime) -> date:
    """The due date a renewal today would give; raises what stands against it (see `renew`)."""
    if loan.returned_at is not None:
        raise refusals.NothingOnLoan()
    refuse_blocked(session, patron=patron, now=now)
    return _until(session, loan, loan.item, patron, now=now)


def _until(session: Session, loan: Loan, item: Item, patron: Patron, *, alone: bool = False, now: datetime) -> date:
    """`alone`: it is known that nobody waits for the work."""
    form = item.record.format
    rule = policies.for_patron(session, patron, form=form)
    if not alone and _others_wait(session, item):
        raise refusals.OthersWaiting()
    if loan.renewals >= rule.renewals:
        raise refusals.RenewedOften(limit=rule.renewals)
    if (day_of(now) - loan.due_date).days > rule.long_overdue_days:
        raise refusals.LongOverdue(limit=rule.long_overdue_days)
    until = due(session, patron=patron, form=form, now=now)
    if until <= loan.due_date:
        raise refusals.AlreadyRenewed()
    return until


def renew_all(session: Session, *, patron: Patron, now: datetime, by: audit.Actor) -> list[Renewal]:
    """Renew what can be renewed; one answer for each loan, in the order of `of_patron`. Raises: NothingOnLoan."""
    loans = of_patron(session, patron=patron)
    if not loans:
        raise refusals.NothingOnLoan()
    patron = locked(session, Patron, patron.id) or patron
    try:
        refuse_blocked(session, patron=patron, now=now)
    except refusals.Blocked as blocked:
        return [Renewal(loan, blocked) for loan in loans]
    done = {loan.id: _renewal(session, loan, patron, now=now, by=by) for loan in _in_lock_order(loans)}
    return [done[loan.id] for loan in loans]


def _renewal(session: Session, loan: Loan, patron: Patron, *, now: datetime, by: audit.Actor) -> Renewal:
    try:
        item = loan.item
        return Renewal(_renewed(session, _at_home(session, loan), item, patron, now=now, by=by))
    except refusals.Refusal as refusal:
        return Renewal(loan, refusal)


def _in_lock_order(loans: Sequence[Loan]) -> list[Loan]:
    return sorted(loans, key=lambda loan: (loan.item.record.work_id, loan.id))


def _others_wait(session: Session, item: Item) -> bool:
    """Whether a reader waits for a copy whom this very item could serve."""
    record = item.record
    waiting = targets.queue(session, record.work_id)
    if not waiting:
        return False
    lendable = targets.lendable_formats(session, record.work_id)
    return any(
        targets.fits(hold, item) and record.format in targets.formats(hold.patron, hold.record, lendable)
        for hold in waiting
    )
