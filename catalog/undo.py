"""Takes back what was done: the newest act of a patron, read from the audit trail, undone by one function a kind.

What a turn did several times (renewing all) is taken back as one. Only the patron's own acts of the last day; what
the desk did is not undone by a word. An undone act cannot be undone again, and undoing is no act to be undone.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import date, datetime, timedelta

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from catalog import audit, refusals
from catalog.audit import AuditEntry
from catalog.circulation import holds
from catalog.circulation.rules import OPEN_HOLD
from catalog.circulation.tables import Hold, Loan
from catalog.delivery import requests
from catalog.delivery.rules import follow
from catalog.delivery.tables import DeliveryRequest
from catalog.organisation.tables import OrgUnit
from catalog.outreach import events
from catalog.outreach.tables import Event
from catalog.patrons import preferences
from catalog.patrons.tables import Address, Patron
from catalog.records.tables import Work
from catalog.rows import lock, locked

WITHIN = timedelta(days=1)
"""How long an act can be taken back."""

Undoing = Callable[[Session, AuditEntry, Patron, datetime, audit.Actor], None]


def last_done(
    session: Session,
    *,
    patron_id: int | None = None,
    turns: Sequence[str] | None = None,
    delegate_id: int | None = None,
    among: Collection[str] | None = None,
    now: datetime,
) -> AuditEntry | None:
    """The patron's newest act, only among `turns` if given: what to take back now means, even if `undo` refuses it.

    With `delegate_id` only of what this delegate did for the patron; without it also what others did for him. Without
    `patron_id` the newest of whomever it was done for. None if there is none. What cannot be taken back is not passed
    over: something older was not meant, unless `among` says of which kinds it must be (UNDOS, to ask for the newest
    that can be taken back).
    """
    statement = select(AuditEntry).where(
        AuditEntry.patron_id.is_not(None),
        AuditEntry.what.in_(among or ACTS),
        AuditEntry.undone_at.is_(None),
        AuditEntry.actor == "patron",
        AuditEntry.at >= now - WITHIN,
    )
    if patron_id is not None:
        statement = statement.where(AuditEntry.patron_id == patron_id)
    if delegate_id is not None:
        statement = statement.where(AuditEntry.delegate_id == delegate_id)
    if turns is not None:
        statement = statement.where(AuditEntry.turn.in_(turns))
    return session.scalars(statement.order_by(AuditEntry.id.desc()).limit(1)).first()


def undo(session: Session, *, entry: AuditEntry, patron: Patron, now: datetime, by: audit.Actor) -> list[AuditEntry]:
    """Take back `entry`, and what its turn did of the same kind; the `undone` rows, one for each.

    Raises: refusals.NotUndoable: it is none of UNDOS; NothingToUndo: undone already, too old, someone else's, or the
    world has moved on.
    """
    if entry.what not in UNDOS:
        raise refusals.NotUndoable()
    patron = locked(session, Patron, patron.id) or patron
    alike = [entry]
    if entry.turn:
        statement = select(AuditEntry).where(
            AuditEntry.turn == entry.turn, AuditEntry.what == entry.what, AuditEntry.undone_at.is_(None)
        )
        alike = list(session.scalars(statement.order_by(AuditEntry.id.desc())))
    wishes = [int(one.ids["hold"]) for one in alike if "hold" in one.ids]
    for work_id in sorted(set(session.scalars(select(Hold.work_id).where(Hold.id.in_(wishes))))):
        lock(session, Work, work_id)
    done = []
    for one in alike:
        fresh = locked(session, AuditEntry, one.id)
        if fresh is None or fresh.undone_at is not None or fresh.patron_id != patron.id or fresh.at < now - WITHIN:
            continue
        UNDOS[fresh.what](session, fresh, patron, now, by)
        fresh.undone_at = now
        dates = {name: fresh.before.get(name) for name in ("due_date", "promised_date") if name in fresh.ids}
        done.append(audit.record(session, "undone", now=now, by=by, ids=fresh.ids | dates, before={"what": fresh.what}))
    if not done:
        raise refusals.NothingToUndo()
    return list(session.scalars(select(AuditEntry).where(AuditEntry.id.in_(done)).order_by(AuditEntry.id)))


def _hold_placed(session: Session, entry: AuditEntry, patron: Patron, now: datetime, by: audit.Actor) -> None:
    hold = _hold(session, entry)
    if hold.status not in OPEN_HOLD or hold.delivery_id is not None:
        raise refusals.NothingToUndo()
    holds.end(session, hold=hold, now=now, by=by)


def _hold_cancelled(session: Session, entry: AuditEntry, patron: Patron, now: datetime, by: audit.Actor) -> None:
    """The hold waits again at its old place in the queue, unless the reader has meanwhile asked for the work anew."""
    hold = _hold(session, entry)
    if hold.status != "cancelled" or holds.open_on(session, patron=patron, work_id=hold.work_id) is not None:
        raise refusals.NothingToUndo()
    delivery = locked(session, DeliveryRequest, hold.delivery_id) if hold.delivery_id is not None else None
    if delivery is not None:
        if delivery.ended_at == entry.at and delivery.status == "cancelled":  # ended with its last book
            delivery.status, delivery.ended_at = follow(delivery.status, "requested"), None
        delivery.kind = "bring"
        if delivery.status != "requested":
            raise refusals.NothingToUndo()
    try:
        with session.begin_nested():
            holds.wake(session, hold=hold, now=now, by=by)
    except IntegrityError as error:
        raise refusals.NothingToUndo() from error
    if delivery is not None:
        requests.settle(session, delivery, now=now)
    if until := entry.before.get("suspended_until"):
        holds.rest(session, hold=hold, until=date.fromisoformat(until), now=now, by=by)


def _hold_suspended(session: Session, entry: AuditEntry, patron: Patron, now: datetime, by: audit.Actor) -> None:
    hold = _hold(session, entry)
    if hold.status != "suspended":
        raise refusals.NothingToUndo()
    if until := entry.before.get("suspended_until"):
        hold.suspended_until = date.fromisoformat(until)
        session.flush()
    else:
        holds.wake(session, hold=hold, now=now, by=by)


def _delivery_requested(session: Session, entry: AuditEntry, patron: Patron, now: datetime, by: audit.Actor) -> None:
    """The order ends; what was a pick-up hold before is one again, the other books go back."""
    delivery = _delivery(session, entry)
    pickups: Mapping[str, int | None] = entry.before.get("pickups", {})
    for hold in requests.wishes_of(session, delivery):
        pickup_id = pickups.get(str(hold.id))
        if pickup_id is not None and hold.status in OPEN_HOLD:
            lock(session, Work, hold.work_id)
            requests.redirect(session, hold, pickup=session.get_one(OrgUnit, pickup_id), delivery=None, now=now, by=by)
    requests.end(session, delivery=delivery, now=now, by=by)


def _return_pickup_requested(
    session: Session, entry: AuditEntry, patron: Patron, now: datetime, by: audit.Actor
) -> None:
    """Nobody comes for them; a delivery that would have taken them along comes without."""
    delivery = _delivery(session, entry)
    along = entry.before.get("taken_along")
    if along is not None:
        delivery.loan_ids = [one for one in delivery.loan_ids if one not in along]
        session.flush()
    if along is None or (delivery.kind == "fetch" and not delivery.loan_ids):
        requests.end(session, delivery=delivery, now=now, by=by)


def _delivery_changed(session: Session, entry: AuditEntry, patron: Patron, now: datetime, by: audit.Actor) -> None:
    delivery = _delivery(session, entry)
    before = entry.before
    address = session.get(Address, before["address_id"])
    if address is None:
        raise refusals.NothingToUndo()
    delivery.address_id, delivery.address_text = address.id, address.text
    delivery.org_unit, delivery.org_unit_id = address.org_unit, address.org_unit_id
    delivery.asked_date = date.fromisoformat(before["asked_date"]) if before["asked_date"] else None
    delivery.note, delivery.window = before["note"], before["window"]
    session.flush()
    requests.settle(session, delivery, now=now)


def _loan_renewed(session: Session, entry: AuditEntry, patron: Patron, now: datetime, by: audit.Actor) -> None:
    loan = locked(session, Loan, int(entry.ids["loan"]))
    if loan is None or loan.returned_at is not None or loan.due_date.isoformat() != entry.ids["due_date"]:
        raise refusals.NothingToUndo()
    loan.due_date = date.fromisoformat(entry.before["due_date"])
    loan.renewals = entry.before["renewals"]
    session.flush()


def _event_joined(session: Session, entry: AuditEntry, patron: Patron, now: datetime, by: audit.Actor) -> None:
    try:
        events.leave_seat(session, patron=patron, event=session.get_one(Event, int(entry.ids["event"])), now=now)
    except refusals.NotJoined as refusal:
        raise refusals.NothingToUndo() from refusal


def _event_left(session: Session, entry: AuditEntry, patron: Patron, now: datetime, by: audit.Actor) -> None:
    try:
        events.take_seat(session, patron=patron, event=session.get_one(Event, int(entry.ids["event"])), now=now)
    except refusals.AlreadyJoined as refusal:
        raise refusals.NothingToUndo() from refusal


def _address_saved(session: Session, entry: AuditEntry, patron: Patron, now: datetime, by: audit.Actor) -> None:
    """It is not on offer any more; an order that goes there keeps it."""
    address = session.get(Address, int(entry.ids["address"]))
    if address is None:
        raise refusals.NothingToUndo()
    address.deliverable = False
    session.flush()


def _preference_set(session: Session, entry: AuditEntry, patron: Patron, now: datetime, by: audit.Actor) -> None:
    preferences.put(session, patron=patron, name=entry.before["name"], value=entry.before["value"])


def _hold(session: Session, entry: AuditEntry) -> Hold:
    found = session.get(Hold, int(entry.ids["hold"]))
    if found is not None:
        lock(session, Work, found.work_id)
        found = locked(session, Hold, found.id)
    if found is None:
        raise refusals.NothingToUndo()
    return found


def _delivery(session: Session, entry: AuditEntry) -> DeliveryRequest:
    """The delivery, locked, and not yet on its way."""
    requests.lock_works(session, session.get_one(DeliveryRequest, int(entry.ids["delivery"])))
    delivery = locked(session, DeliveryRequest, int(entry.ids["delivery"]))
    if delivery is None or delivery.status not in ("requested", "missed"):
        raise refusals.NothingToUndo()
    return delivery


UNDOS: Mapping[str, Undoing] = {
    "hold_placed": _hold_placed,
    "hold_cancelled": _hold_cancelled,
    "hold_suspended": _hold_suspended,
    "delivery_requested": _delivery_requested,
    "delivery_changed": _delivery_changed,
    "return_pickup_requested": _return_pickup_requested,
    "loan_renewed": _loan_renewed,
    "event_joined": _event_joined,
    "event_left": _event_left,
    "address_saved": _address_saved,
    "preference_set": _preference_set,
}
"""What can be taken back, and how. A cancelled delivery is ordered again instead: its copies may be gone."""
ACTS = tuple(what for what in audit.DONE if what not in ("undone", "card_linked", "wish_withdrawn"))
"""What a patron may mean by "take it back": not that it was taken back, nor that he said who he is."""
