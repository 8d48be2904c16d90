"""What can be promised for a home delivery: the day, the address, what it costs; read back before anything is ordered.

Changes nothing but the promised day of an order whose books have moved (`settle`).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import bindparam, select
from sqlalchemy.orm import Session

from catalog import refusals
from catalog.circulation import holds, policies, targets
from catalog.circulation.tables import Hold
from catalog.delivery.tables import DeliveryRequest
from catalog.organisation.calendar import arrival, day_of, delivery_date
from catalog.organisation.tables import OrgUnit
from catalog.patrons.blocks import refuse_blocked
from catalog.patrons.tables import Address, Patron
from catalog.records.tables import BibliographicRecord


@dataclass(frozen=True, slots=True)
class Promise:
    """What is read back before a reader confirms: the day, the window ("morning", "afternoon" or ""), who comes.

    `certain` is False where every copy is out and the day is reckoned from due dates. `fee_fen` is 0 if `fee_free`.
    """

    date: date
    window: str
    place: OrgUnit
    address: Address
    fee_free: bool
    fee_fen: int = 0
    certain: bool = True


_WISHES = (
    select(Hold)
    .where(Hold.delivery_id == bindparam("delivery"), Hold.status.not_in(("cancelled", "expired")))
    .order_by(Hold.id)
)


def promise(
    session: Session, *, patron: Patron, record_id: int, address: Address | None = None, now: datetime
) -> Promise:
    """When `record_id`'s work can be at the door; without `address` the card's first deliverable one.

    Raises: refusals.NotFound (record), Blocked, NoAddress, NoRound, AlreadyOnHold (on another delivery), AlreadyOnLoan,
    TooManyHolds, NothingToLend.
    """
    record = session.get(BibliographicRecord, record_id)
    if record is None:
        raise refusals.NotFound(what="record")
    address = usable_address(session, patron=patron, address=address)
    held = convertible(session, patron, record)
    if held is None:
        holds.refuse(session, patron=patron, record=record, now=now)
    else:
        refuse_blocked(session, patron=patron, now=now)
    to = address.org_unit
    if held is not None and held.item is not None:
        ready, certain = brought(session, held, to, now=now), True
    else:
        items = targets.lent_items(session, record.work_id)
        forms = targets.formats(patron, record, {item.record.format for item in items})
        best = targets.soonest(session, to=to, record_id=record.id, formats=forms, items=items, now=now)
        certain = best is not None
        back: date | None = None
        if best is None:
            ahead = holds.ahead_of(session, held) if held else len(targets.queue(session, record.work_id))
            back = targets.expected(
                session, work_id=record.work_id, formats=forms, to=to, ahead=ahead, patron=patron, now=now
            )
        ready = best[1] if best else back or arrival(session, to=to, origin=None, sent=day_of(now))
    rule = policies.for_patron(session, patron, form=record.format)
    day = delivery_date(session, place=to, now=now, ready=ready)
    return Promise(day, rule.delivery_window, to, address, rule.delivery_fee_fen == 0, rule.delivery_fee_fen, certain)


def usable_address(session: Session, *, patron: Patron, address: Address | None = None) -> Address:
    """The address if it can be delivered to, or the patron's first that can. Raises: refusals.NoAddress."""
    address = address or patron.door
    if address is None or not address.deliverable or address.patron_id != patron.id:
        raise refusals.NoAddress()
    return address


def wishes_of(session: Session, delivery: DeliveryRequest) -> list[Hold]:
    """The holds of a delivery that were not cancelled, in the order in which they were asked for."""
    return list(session.scalars(_WISHES, {"delivery": delivery.id}))


def brought(session: Session, hold: Hold, to: OrgUnit, *, now: datetime) -> date:
    """When the copy chosen for the hold can lie ready at `to`."""
    item = hold.item
    if item is None:
        return arrival(session, to=to, origin=None, sent=day_of(now))
    if item.status == "in_transit":
        there = max(hold.expected_date or day_of(now), day_of(now))
        return there if item.location_id == to.id else arrival(session, to=to, origin=item.location_id, sent=there)
    return targets.ready_days(session, to=to, places=[item.location_id], now=now)[item.location_id]


def settle(session: Session, delivery: DeliveryRequest, *, now: datetime) -> None:
    """Reckon the promised day from what its books need, and from the day the reader asked for."""
    today = day_of(now)
    ready = [today]
    for hold in wishes_of(session, delivery):
        if hold.item is not None:
            ready.append(brought(session, hold, delivery.org_unit, now=now))
        elif (likely := holds.expected(session, hold, now=now)) is not None:
            ready.append(likely)
    if delivery.asked_date is not None:
        ready.append(delivery.asked_date)
    delivery.promised_date = delivery_date(session, place=delivery.org_unit, now=now, ready=max(ready))
    session.flush()


def convertible(session: Session, patron: Patron, record: BibliographicRecord) -> Hold | None:
    """The reader's open pick-up hold on the work, which a delivery can take over."""
    held = holds.open_on(session, patron=patron, work_id=record.work_id)
    if held is not None and held.delivery_id is not None:
        raise refusals.AlreadyOnHold()
    return held
