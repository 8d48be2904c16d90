"""Home delivery as the reader orders it: promised before it is ordered, changed and cancelled while it is not out.

The books of a delivery are holds with the same rules as any hold; they wait in the same queue. What the van and the
desk do with the order stands in rounds.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from datetime import date, datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from catalog import audit, refusals
from catalog.circulation import holds, moving, policies, targets
from catalog.circulation.rules import OPEN_HOLD
from catalog.circulation.tables import Hold, Loan
from catalog.delivery.promises import Promise, brought, convertible, promise, settle, usable_address, wishes_of
from catalog.delivery.rules import OPEN, follow
from catalog.delivery.tables import DeliveryRequest
from catalog.organisation.calendar import day_of, delivery_date
from catalog.organisation.tables import OrgUnit
from catalog.patrons.tables import Address, Patron
from catalog.records.tables import BibliographicRecord, Work
from catalog.rows import lock, lock_all, locked

__all__ = [
    "Promise",
    "books",
    "brings",
    "cancel",
    "change",
    "end",
    "fetch",
    "fetch_day",
    "ids_of",
    "of_patron",
    "promise",
    "redirect",
    "request",
    "settle",
    "taken_along",
    "usable_address",
    "wishes_of",
]

CODE_WORD_DIGITS = 4
SWAP_WAITS = timedelta(days=7)
"""How much later than the next round a delivery may come and still take along what is to be fetched."""


def request(
    session: Session,
    *,
    patron: Patron,
    record_ids: Sequence[int],
    address: Address | None = None,
    now: datetime,
    by: audit.Actor,
    chance: random.Random,
) -> DeliveryRequest:
    """Order the works of `record_ids` to the door: a copy that can be brought the soonest is allocated for each, or
    it waits in the queue. A pick-up hold of the same reader becomes part of the delivery and keeps its place.

    Raises: as `promise`.
    """
    if not record_ids:
        raise refusals.NotFound(what="record")
    locked(session, Patron, patron.id)
    address = usable_address(session, patron=patron, address=address)
    records = session.scalars(select(BibliographicRecord).where(BibliographicRecord.id.in_(record_ids))).all()
    if len(records) != len(set(record_ids)):
        raise refusals.NotFound(what="record")
    for work_id in sorted({record.work_id for record in records}):
        lock(session, Work, work_id)
    delivery = DeliveryRequest(
        patron=patron,
        kind="bring",
        address_id=address.id,
        address_text=address.text,
        org_unit=address.org_unit,
        status="requested",
        requested_at=now,
        promised_date=day_of(now),
        window=policies.for_patron(session, patron).delivery_window,
        note=address.note,
        code_word=_code_word(session, patron, address, chance),
    )
    session.add(delivery)
    session.flush()
    turned: dict[str, int | None] = {}
    for record_id in dict.fromkeys(record_ids):
        _add(session, delivery, record_id, turned, now=now, by=by)
    settle(session, delivery, now=now)
    ids = ids_of(session, delivery)
    audit.record(session, "delivery_requested", now=now, by=by, ids=ids, before={"pickups": turned})
    return delivery


def of_patron(session: Session, *, patron: Patron) -> list[DeliveryRequest]:
    """The patron's open deliveries and fetches, the earliest first."""
    statement = select(DeliveryRequest).where(DeliveryRequest.patron_id == patron.id, DeliveryRequest.status.in_(OPEN))
    return list(session.scalars(statement.order_by(DeliveryRequest.promised_date, DeliveryRequest.id)))


def books(session: Session, *, delivery: DeliveryRequest) -> list[BibliographicRecord]:
    """The editions a delivery brings (the copy chosen, else the one asked for), or a fetch takes along."""
    if delivery.kind == "fetch":
        return [session.get_one(Loan, loan_id).item.record for loan_id in delivery.loan_ids]
    return [hold.item.record if hold.item else hold.record for hold in brings(session, delivery)]


def brings(session: Session, delivery: DeliveryRequest) -> list[Hold]:
    """The holds whose books come to the door, or came; not those that the reader has fetched himself meanwhile."""
    over = delivery.status not in OPEN
    return [hold for hold in wishes_of(session, delivery) if over or hold.status != "fulfilled"]


def change(
    session: Session,
    *,
    delivery: DeliveryRequest,
    date: date | None = None,
    address: Address | None = None,
    note: str | None = None,
    window: str | None = None,
    now: datetime,
    by: audit.Actor,
) -> DeliveryRequest:
    """Another day (the first round from that day on), address, note or window; the promised day is reckoned anew.

    Raises: refusals.AlreadyOnItsWay, NotFound (it has ended), NoAddress, NoRound.
    """
    delivery = _changeable(session, delivery)
    before = {
        "asked_date": delivery.asked_date.isoformat() if delivery.asked_date else None,
        "promised_date": delivery.promised_date.isoformat(),
        "address_id": delivery.address_id,
        "note": delivery.note,
        "window": delivery.window,
    }
    if address is not None:
        address = usable_address(session, patron=delivery.patron, address=address)
        delivery.address_id, delivery.address_text = address.id, address.text
        delivery.org_unit = address.org_unit
        delivery.org_unit_id = address.org_unit_id
        delivery.note = address.note or delivery.note
    if date is not None:
        delivery.asked_date = date
    delivery.note = delivery.note if note is None else note
    delivery.window = delivery.window if window is None else window
    session.flush()
    if date is not None or address is not None:
        settle(session, delivery, now=now)
    audit.record(session, "delivery_changed", now=now, by=by, ids=ids_of(session, delivery), before=before)
    return delivery


def cancel(session: Session, *, delivery: DeliveryRequest, now: datetime, by: audit.Actor) -> DeliveryRequest:
    """Call it off; its books go back or to the next reader. Raises: refusals.AlreadyOnItsWay, NotFound (ended)."""
    delivery = _changeable(session, delivery)
    ids = ids_of(session, delivery)
    taken = end(session, delivery=delivery, now=now, by=by)
    audit.record(session, "delivery_cancelled", now=now, by=by, ids=ids, before={"holds": taken})
    return delivery


def end(session: Session, *, delivery: DeliveryRequest, now: datetime, by: audit.Actor) -> list[int]:
    """Cancel a delivery, which the caller has locked, with its holds, whose ids come back."""
    wishes = [hold for hold in wishes_of(session, delivery) if hold.status in OPEN_HOLD]
    for hold in sorted(wishes, key=lambda one: one.work_id):
        lock(session, Work, hold.work_id)
        holds.end(session, hold=locked(session, Hold, hold.id) or hold, now=now, by=by)
    delivery.status = follow(delivery.status, "cancelled")
    delivery.ended_at = now
    session.flush()
    return [hold.id for hold in wishes]


def fetch(
    session: Session,
    *,
    patron: Patron,
    loans: Sequence[Loan],
    address: Address | None = None,
    now: datetime,
    by: audit.Actor,
) -> DeliveryRequest:
    """Have loans fetched from the door with the next round; those already asked for are left out.

    A delivery to that door that comes soon takes them along (a swap): it is what is given back then.
    Raises: refusals.NothingToFetch, NoAddress, NoRound.
    """
    locked(session, Patron, patron.id)
    address = usable_address(session, patron=patron, address=address)
    asked = {loan_id for one in of_patron(session, patron=patron) for loan_id in one.loan_ids}
    wanted = [
        loan for loan in loans if loan.returned_at is None and loan.patron_id == patron.id and loan.id not in asked
    ]
    if not wanted:
        raise refusals.NothingToFetch()
    day, along = _fetched(session, patron=patron, address=address, now=now)
    if along is not None:
        return _take_along(session, along, wanted, now=now, by=by)
    delivery = DeliveryRequest(
        patron=patron,
        kind="fetch",
        address_id=address.id,
        address_text=address.text,
        org_unit=address.org_unit,
        status="requested",
        requested_at=now,
        promised_date=day,
        window=policies.for_patron(session, patron).delivery_window,
        note=address.note,
        loan_ids=[loan.id for loan in wanted],
    )
    session.add(delivery)
    session.flush()
    ids = ids_of(session, delivery)
    audit.record(session, "return_pickup_requested", now=now, by=by, ids=ids)
    return delivery


def fetch_day(session: Session, *, patron: Patron, address: Address, now: datetime) -> date:
    """The day on which loans would be fetched from this door. Raises: refusals.NoRound."""
    return _fetched(session, patron=patron, address=address, now=now)[0]


def taken_along(session: Session, *, patron_id: int | None = None) -> set[int]:
    """The loans (of one patron, or of all) that an open order takes from a door: they run until the van comes."""
    statement = select(DeliveryRequest.loan_ids).where(DeliveryRequest.status.in_(OPEN))
    if patron_id is not None:
        statement = statement.where(DeliveryRequest.patron_id == patron_id)
    return {loan_id for loan_ids in session.scalars(statement) for loan_id in loan_ids}


def ids_of(session: Session, delivery: DeliveryRequest) -> dict[str, object]:
    """The ids of an audit row about the delivery: `record`, `item`, `hold`, `loan` of its first book; where it has
    several, `records`, `holds`, `loans` list them all, parted by blanks."""
    ids: dict[str, object] = {"delivery": delivery.id, "promised_date": delivery.promised_date.isoformat()}
    if delivery.kind == "fetch":
        loans = [session.get_one(Loan, loan_id) for loan_id in delivery.loan_ids]
        rows: list[dict[str, int | None]] = [
            {"loan": loan.id, "item": loan.item_id, "record": loan.item.record_id} for loan in loans
        ]
    else:
        wishes = wishes_of(session, delivery)
        rows = [{"hold": hold.id, "item": hold.item_id, "record": hold.record_id} for hold in wishes]
    for row in rows[:1]:
        ids |= row
    if len(rows) > 1:
        ids |= {f"{name}s": " ".join(str(row[name]) for row in rows) for name in rows[0] if name != "item"}
    return ids


def _add(
    session: Session,
    delivery: DeliveryRequest,
    record_id: int,
    turned: dict[str, int | None],
    *,
    now: datetime,
    by: audit.Actor,
) -> Hold:
    """One book of the order: a new hold, or the reader's pick-up hold turned into part of it (noted in `turned`)."""
    record = session.get_one(BibliographicRecord, record_id)
    held = convertible(session, delivery.patron, record)
    if held is None:
        return holds.add(session, patron=delivery.patron, record_id=record_id, delivery=delivery, now=now, by=by)
    turned[str(held.id)] = held.pickup_id
    redirect(session, held, pickup=None, delivery=delivery, now=now, by=by)
    return held


def redirect(
    session: Session,
    hold: Hold,
    *,
    pickup: OrgUnit | None,
    delivery: DeliveryRequest | None,
    now: datetime,
    by: audit.Actor,
) -> None:
    """Let the hold end elsewhere, with the copy and the place in the queue it has.

    A copy that lies ready at the old place is allocated again; one on the road is sent on when it arrives. A hold that
    rested waits again, and gets a copy at once where one is free.
    """
    hold.pickup, hold.pickup_id = pickup, pickup.id if pickup else None
    hold.delivery_id = delivery.id if delivery else None
    if hold.status == "suspended":
        moving.set_hold(hold, "waiting", now=now)
        hold.suspended_until = None
    if hold.status == "ready" and hold.item is not None:
        moving.set_item(session, hold.item, "allocated")
        moving.set_hold(hold, "waiting", now=now)
        hold.ready_at = None
        hold.pickup_until = None
    session.flush()
    if hold.item is None:
        targets.serve(session, work_id=hold.work_id, now=now, by=by)
    if hold.item is not None:
        hold.expected_date = brought(session, hold, moving.destination(session, hold), now=now)
    else:
        hold.expected_date = holds.expected(session, hold, now=now)
    session.flush()


def _fetched(
    session: Session, *, patron: Patron, address: Address, now: datetime
) -> tuple[date, DeliveryRequest | None]:
    """The day of the next round, or that of a delivery to the same door which comes soon after, with that delivery."""
    day = delivery_date(session, place=address.org_unit, now=now, ready=day_of(now))
    for one in of_patron(session, patron=patron):
        soon = day <= one.promised_date <= day + SWAP_WAITS
        if one.kind == "bring" and one.status != "dispatched" and one.address_id == address.id and soon:
            return one.promised_date, one
    return day, None


def _take_along(
    session: Session, delivery: DeliveryRequest, wanted: Sequence[Loan], *, now: datetime, by: audit.Actor
) -> DeliveryRequest:
    delivery = _changeable(session, delivery)
    added = [loan.id for loan in wanted]
    delivery.loan_ids = [*delivery.loan_ids, *added]
    session.flush()
    ids = {"delivery": delivery.id, "promised_date": delivery.promised_date.isoformat(), "loan": added[0]}
    ids |= {"item": wanted[0].item_id, "record": wanted[0].item.record_id}
    if len(added) > 1:
        ids["loans"] = " ".join(str(one) for one in added)
    audit.record(session, "return_pickup_requested", now=now, by=by, ids=ids, before={"taken_along": added})
    return delivery


def _changeable(session: Session, delivery: DeliveryRequest) -> DeliveryRequest:
    locked(session, Patron, delivery.patron_id)
    lock_works(session, delivery)
    fresh = locked(session, DeliveryRequest, delivery.id)
    if fresh is None or fresh.status not in OPEN:
        raise refusals.NotFound(what="delivery")
    if fresh.status == "dispatched":
        raise refusals.AlreadyOnItsWay()
    return fresh


def lock_works(session: Session, delivery: DeliveryRequest) -> None:
    """Lock the works of the delivery's books, before the delivery: who chooses a copy has the work, and then moves the
    promised day. The other way round the two wait for each other."""
    lock_all(session, Work, sorted({hold.work_id for hold in wishes_of(session, delivery)}))


def _code_word(session: Session, patron: Patron, address: Address, chance: random.Random) -> str:
    """The word of an order that is to come to the same door already (nobody has two to remember), else a new one."""
    others = [one.code_word for one in of_patron(session, patron=patron) if one.address_id == address.id]
    for word in filter(None, others):
        return word
    return "".join(chance.choice("0123456789") for _ in range(CODE_WORD_DIGITS))
