"""A patron's own data: handed over whole, or erased (PIPL art. 45 and 47).

Erasing keeps what the library must account for (loans and deliveries that were, audit rows with ids) without the
person: the name, address, telephone, voice and every way to link them are gone. What bot keeps of a talk is erased by
bot.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import date, datetime
from typing import Any

from sqlalchemy import delete, func, select, update
from sqlalchemy.orm import Session

from catalog import audit, refusals
from catalog.audiobooks.tables import ListeningPosition
from catalog.audit import AuditEntry
from catalog.circulation import holds
from catalog.circulation.rules import OPEN_HOLD
from catalog.circulation.tables import Hold, Loan
from catalog.connectors import queue
from catalog.connectors.queue import QueuedWish
from catalog.database import Base
from catalog.delivery import errands, requests
from catalog.delivery.tables import DeliveryRequest, Errand, Parcel, ReadingProfile, Volunteer
from catalog.outreach.tables import Enquiry, Event, Notice, SignUp
from catalog.patrons.tables import Address, Block, Card, Consent, Delegation, LinkCode, Patron
from catalog.records.tables import BibliographicRecord, Work
from catalog.rows import lock, locked

HIDDEN = {"pin_hash", "code_hash", "recording"}
"""Columns that are not handed over as they are: a hash is no use to a reader, a recording is told by its length."""

OWNED: tuple[tuple[str, type[Base]], ...] = (
    ("cards", Card),
    ("addresses", Address),
    ("blocks", Block),
    ("link_codes", LinkCode),
    ("consents", Consent),
    ("delegations", Delegation),
    ("holds", Hold),
    ("queued_wishes", QueuedWish),
    ("loans", Loan),
    ("deliveries", DeliveryRequest),
    ("volunteering", Volunteer),
    ("reading_profiles", ReadingProfile),
    ("parcels", Parcel),
    ("sign_ups", SignUp),
    ("notices", Notice),
    ("enquiries", Enquiry),
    ("listening_positions", ListeningPosition),
    ("audit", AuditEntry),
)
"""Every table that holds rows of a patron (`patron_id`)."""


def export(session: Session, *, patron: Patron, now: datetime, by: audit.Actor) -> dict[str, Any]:
    """Everything held of the patron, as JSON-able values: {"patron": {…}, "loans": [{…}], …}."""
    found: dict[str, Any] = {"exported_at": now.isoformat(), "patron": _row(patron)}
    for name, table in OWNED:
        columns = table.__table__.columns
        statement = select(table).where(columns["patron_id"] == patron.id).order_by(*table.__table__.primary_key)
        found[name] = [_row(row) | _titles(session, row) for row in session.scalars(statement)]
    acting = select(Delegation).where(Delegation.delegate_id == patron.id).order_by(Delegation.id)
    found["acts_for"] = [_row(row) for row in session.scalars(acting)]
    gone = select(Errand).join(Errand.volunteer).where(Volunteer.patron_id == patron.id).order_by(Errand.id)
    found["errands"] = [_row(row) for row in session.scalars(gone)]
    for entry in found["loans"]:
        entry["title"] = entry["titles"][0]
    audit.record(session, "data_exported", now=now, by=by)
    return found


def told_of(session: Session, *, patron: Patron) -> set[int]:
    """The patrons whose talks may name this one: who acts for him or he for them, who agreed to go to his door or went
    with him."""
    mine = select(Volunteer.id).where(Volunteer.patron_id == patron.id)
    together = select(Errand.delivery_id).where(Errand.volunteer_id.in_(mine), Errand.answered_at.is_not(None))
    his = select(DeliveryRequest.id).where(DeliveryRequest.patron_id == patron.id)
    went = select(Volunteer.patron_id).join(Errand, Errand.volunteer_id == Volunteer.id)
    went = went.where(Errand.answered_at.is_not(None), Errand.delivery_id.in_(together) | Errand.delivery_id.in_(his))
    found = set(session.scalars(went))
    found |= set(session.scalars(select(Delegation.delegate_id).where(Delegation.patron_id == patron.id)))
    found |= set(session.scalars(select(Delegation.patron_id).where(Delegation.delegate_id == patron.id)))
    return {one for one in found if one is not None} - {patron.id}


def forget(session: Session, *, patron: Patron, now: datetime, by: audit.Actor) -> None:
    """Erase the person. Open holds, deliveries and seats are given up; forgotten once is forgotten.

    Raises: refusals.StillOnLoan (`count`): what is at home has to come back first.
    """
    patron = locked(session, Patron, patron.id) or patron
    if patron.forgotten_at is not None:
        return
    out = session.scalar(select(func.count()).where(Loan.patron_id == patron.id, Loan.returned_at.is_(None))) or 0
    if out:
        raise refusals.StillOnLoan(count=out)
    _give_up(session, patron, now=now, by=by)
    session.execute(
        update(DeliveryRequest)
        .where(DeliveryRequest.patron_id == patron.id)
        .values(address_text="", note="", code_word="")
    )
    session.execute(update(Address).where(Address.patron_id == patron.id).values(text="", note="", deliverable=False))
    session.execute(
        update(Enquiry)
        .where(Enquiry.patron_id == patron.id)
        .values(patron_id=None, talk="", text="", transcript=[], recording=None, recording_type="", closed_at=now)
    )
    for table in (Card, Block, LinkCode, Consent, ListeningPosition, Notice, Parcel, ReadingProfile):
        session.execute(delete(table).where(table.__table__.columns["patron_id"] == patron.id))
    session.execute(
        delete(Delegation).where((Delegation.patron_id == patron.id) | (Delegation.delegate_id == patron.id))
    )
    session.execute(update(Volunteer).where(Volunteer.patron_id == patron.id).values(patron_id=None, name="", phone=""))
    patron.name = ""
    patron.phone = ""
    patron.birth_year = None
    patron.preferences = {}
    patron.print_disabled = False
    patron.formats = []
    patron.forgotten_at = now
    session.flush()
    session.expire(patron, ["addresses"])
    audit.record(session, "data_forgotten", now=now, by=by)


TITLES: Mapping[type[Base], Callable[[Session, Any], list[str]]] = {
    Loan: lambda session, loan: [loan.item.record.title],
    Hold: lambda session, hold: [hold.record.title],
    Parcel: lambda session, parcel: [parcel.record.title],
    DeliveryRequest: lambda session, delivery: [one.title for one in requests.books(session, delivery=delivery)],
    SignUp: lambda session, seat: [session.get_one(Event, seat.event_id).title],
    ListeningPosition: lambda session, place: [session.get_one(BibliographicRecord, place.recording.record_id).title],
}
"""What the rows that hold only ids are about: books and events, by their titles."""


def _give_up(session: Session, patron: Patron, *, now: datetime, by: audit.Actor) -> None:
    """End what the patron waits for, and what others wait for from him."""
    mine = select(Errand).join(Errand.volunteer).where(Volunteer.patron_id == patron.id)
    for errand in session.scalars(mine.where(Errand.status.in_(("offered", "accepted"))).order_by(Errand.id)).all():
        errands.decline(session, errand=errand, now=now, by=by)
    wishes = select(Hold).where(Hold.patron_id == patron.id, Hold.status.in_(OPEN_HOLD))
    for work_id in sorted({hold.work_id for hold in session.scalars(wishes)}):
        lock(session, Work, work_id)
    for wish in queue.waiting(session, patron=patron):
        queue.withdraw(session, wish=wish, now=now, by=by)
    for delivery in requests.of_patron(session, patron=patron):
        requests.cancel(session, delivery=delivery, now=now, by=by)
    for hold in session.scalars(wishes).all():
        holds.cancel(session, hold=hold, now=now, by=by)
    session.execute(update(SignUp).where(SignUp.patron_id == patron.id, SignUp.left_at.is_(None)).values(left_at=now))


def _row(row: Base) -> dict[str, Any]:
    columns: Iterable[str] = row.__table__.columns.keys()
    return {name: _plain(getattr(row, name)) for name in columns if name not in HIDDEN} | _lengths(row)


def _titles(session: Session, row: Base) -> dict[str, Any]:
    about = TITLES.get(type(row))
    return {"titles": about(session, row)} if about is not None else {}


def _lengths(row: Base) -> dict[str, Any]:
    return {"recording_bytes": len(row.recording or b"")} if isinstance(row, Enquiry) else {}


def _plain(value: Any) -> Any:
    return value.isoformat() if isinstance(value, (date, datetime)) else value
