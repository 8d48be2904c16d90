"""What the desk and the bringer do with a delivery: out with the round, brought to the door, missed, or fetched.

The loan starts at the door. Each act done again changes nothing. A book that is not there when the round leaves gets
a delivery of its own, so that no wish is lost.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime
from types import MappingProxyType

from sqlalchemy import select
from sqlalchemy.orm import Session

from catalog import audit, refusals
from catalog.circulation import loans, moving
from catalog.circulation.returns import check_in
from catalog.circulation.tables import Hold, Loan
from catalog.delivery import conditions, errands, requests
from catalog.delivery.rules import OPEN, follow
from catalog.delivery.tables import DeliveryRequest
from catalog.organisation.calendar import day_of, delivery_date
from catalog.outreach import notices
from catalog.patrons.tables import Patron
from catalog.records.tables import Item, Work
from catalog.rows import lock, locked

NONE_SAID: Mapping[int, str] = MappingProxyType({})


def dispatch(
    session: Session,
    *,
    delivery: DeliveryRequest,
    states: Mapping[int, str] = NONE_SAID,
    now: datetime,
    by: audit.Actor,
) -> DeliveryRequest:
    """The round leaves with it; in which state each copy leaves (`states` by item) is written down.

    Raises: refusals.NotFound (it has ended), ItemUnavailable (no book of it is here), TwoPersons.
    """
    delivery = _open(session, delivery)
    if delivery.status == "dispatched":
        return delivery
    wishes = requests.brings(session, delivery)
    here = [hold for hold in wishes if _is_here(hold, delivery)]
    if delivery.kind == "bring" and not here and not delivery.loan_ids:
        raise refusals.ItemUnavailable()
    errands.refuse_alone(session, delivery)
    late = [hold for hold in wishes if hold not in here]
    if late:
        _split(session, delivery, late, now=now, by=by)
    if not here:
        delivery.kind = "fetch"
    for hold in here:
        item = hold.item
        assert item is not None
        moving.send(session, item, to=delivery.org_unit, hold=hold, now=now)
        moving.set_hold(hold, "in_transit", now=now)
        _note(session, delivery, item, "dispatched", states, now=now, by=by)
    delivery.status = follow(delivery.status, "dispatched")
    session.flush()
    audit.record(session, "dispatched", now=now, by=by, ids=requests.ids_of(session, delivery))
    return delivery


def deliver(
    session: Session,
    *,
    delivery: DeliveryRequest,
    kept: Collection[int] = (),
    states: Mapping[int, str] = NONE_SAID,
    now: datetime,
    by: audit.Actor,
) -> list[Loan]:
    """It reached the door: the loans start now, and those of a swap end, but for the items `kept` by the reader.
    In which state each copy is there (`states` by item) is written down; unsaid it is as it was.

    Said again, it gives the same loans.

    Raises: refusals.NotFound (it was cancelled, or fetches), ItemUnavailable (it never left).
    """
    if delivery.status == "delivered":
        return _loans(session, delivery)
    delivery = _open(session, delivery)
    if delivery.kind != "bring":
        raise refusals.NotFound(what="delivery")
    if delivery.status != "dispatched":
        raise refusals.ItemUnavailable()
    patron = delivery.patron
    for hold in [hold for hold in requests.wishes_of(session, delivery) if hold.status == "in_transit"]:
        item = session.get_one(Item, hold.item_id)
        loans.lend(session, item=item, patron=patron, place=delivery.org_unit, now=now, by=by)
        _note(session, delivery, item, "delivered", states, now=now, by=by)
    _take(session, delivery, kept, states, now=now, by=by)
    delivery.status = follow(delivery.status, "delivered")
    delivery.ended_at = now
    session.flush()
    begun = _loans(session, delivery)
    ids = requests.ids_of(session, delivery) | {"loan": begun[0].id if begun else None}
    if len(begun) > 1:
        ids["loans"] = " ".join(str(loan.id) for loan in begun)
    audit.record(session, "delivered", now=now, by=by, ids=ids)
    return begun


def missed(session: Session, *, delivery: DeliveryRequest, now: datetime, by: audit.Actor) -> DeliveryRequest:
    """Nobody was at home: it comes again with the next round, which the reader is told.

    Raises: refusals.NotFound (it has ended).
    """
    delivery = _open(session, delivery)
    if delivery.status != "dispatched":
        return delivery
    for hold in requests.wishes_of(session, delivery):
        if hold.status == "in_transit" and hold.item is not None:
            moving.arrive(session, hold.item, now=now)
            moving.forward(session, hold, hold.item, now=now)
    delivery.status = follow(delivery.status, "missed")
    delivery.promised_date = delivery_date(session, place=delivery.org_unit, now=now, ready=day_of(now))
    session.flush()
    audit.record(session, "missed", now=now, by=by, ids=requests.ids_of(session, delivery))
    day = delivery.promised_date.isoformat()
    about = {"delivery": delivery.id, "promised_date": day}
    cause = f"delivery_missed:delivery:{delivery.id}:{day}"
    notices.owe(
        session, "delivery_missed", [notices.Owed(delivery.patron, cause, about, delivery.promised_date)], now=now
    )
    return delivery


def collected(
    session: Session,
    *,
    delivery: DeliveryRequest,
    kept: Collection[int] = (),
    states: Mapping[int, str] = NONE_SAID,
    now: datetime,
    by: audit.Actor,
) -> DeliveryRequest:
    """The loans were fetched from the door: they end now, but for the items `kept` by the reader; `states` as above.

    Raises: refusals.NotFound (cancelled, or not a fetch).
    """
    if delivery.status == "collected":
        return delivery
    delivery = _open(session, delivery)
    if delivery.kind != "fetch":
        raise refusals.NotFound(what="delivery")
    ids = requests.ids_of(session, delivery)
    _take(session, delivery, kept, states, now=now, by=by)
    delivery.status = follow(delivery.status, "collected")
    delivery.ended_at = now
    session.flush()
    audit.record(session, "collected", now=now, by=by, ids=ids)
    return delivery


def _open(session: Session, delivery: DeliveryRequest) -> DeliveryRequest:
    """The delivery, locked with its patron and its works, found open."""
    locked(session, Patron, delivery.patron_id)
    works = {hold.work_id for hold in requests.wishes_of(session, delivery)}
    works |= {loan.item.record.work_id for loan in _taken(session, delivery)}
    for work_id in sorted(works):
        lock(session, Work, work_id)
    fresh = locked(session, DeliveryRequest, delivery.id)
    if fresh is None or fresh.status not in OPEN:
        raise refusals.NotFound(what="delivery")
    return fresh


def _is_here(hold: Hold, delivery: DeliveryRequest) -> bool:
    item = hold.item
    if item is None or item.location_id != delivery.org_unit_id:
        return False
    return item.status in ("allocated", "on_hold_shelf")


def _split(
    session: Session, delivery: DeliveryRequest, late: list[Hold], *, now: datetime, by: audit.Actor
) -> DeliveryRequest:
    """A delivery of its own for the books that are not there yet."""
    other = DeliveryRequest(
        patron=delivery.patron,
        kind="bring",
        address_id=delivery.address_id,
        address_text=delivery.address_text,
        org_unit=delivery.org_unit,
        status="requested",
        requested_at=delivery.requested_at,
        promised_date=delivery.promised_date,
        window=delivery.window,
        note=delivery.note,
        code_word=delivery.code_word,
    )
    session.add(other)
    session.flush()
    for hold in late:
        hold.delivery_id = other.id
    session.flush()
    requests.settle(session, other, now=now)
    audit.record(session, "delivery_split", now=now, by=by, ids=requests.ids_of(session, other))
    return other


def _loans(session: Session, delivery: DeliveryRequest) -> list[Loan]:
    """The loans that began with this delivery."""
    wishes = requests.wishes_of(session, delivery)
    items = [hold.item_id for hold in wishes if hold.status == "fulfilled"]
    statement = select(Loan).where(Loan.item_id.in_(items), Loan.patron_id == delivery.patron_id)
    return list(session.scalars(statement.where(Loan.checked_out_at >= delivery.requested_at).order_by(Loan.id)))


def _note(
    session: Session,
    delivery: DeliveryRequest,
    item: Item,
    moment: str,
    states: Mapping[int, str],
    *,
    now: datetime,
    by: audit.Actor,
) -> None:
    state = states.get(item.id, "")
    conditions.note(session, item=item, moment=moment, state=state, delivery_id=delivery.id, now=now, by=by)


def _take(
    session: Session,
    delivery: DeliveryRequest,
    kept: Collection[int],
    states: Mapping[int, str],
    *,
    now: datetime,
    by: audit.Actor,
) -> None:
    """The reader has handed these over."""
    for loan in _taken(session, delivery):
        if loan.returned_at is None and loan.item_id not in kept:
            _note(session, delivery, loan.item, "collected", states, now=now, by=by)
            check_in(session, item=loan.item, place=delivery.org_unit, now=now, by=by)


def _taken(session: Session, delivery: DeliveryRequest) -> list[Loan]:
    """The loans that are taken along, in the order in which their works are locked."""
    loans_out = [session.get_one(Loan, loan_id) for loan_id in delivery.loan_ids]
    return sorted(loans_out, key=lambda loan: (loan.item.record.work_id, loan.id))
