"""A book every so often, chosen for the reader: by his wishes, vetoed by a word, never one he had, held or refused.

Who knows which works fit a wish (the index) hands their records in, the likeliest first; whether this reader can have
one is decided here. What he says nothing against is ordered by itself on its day.
"""

from __future__ import annotations

import random
from collections.abc import Iterable, Sequence
from datetime import date, datetime, timedelta

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from catalog import audit, refusals
from catalog.circulation import targets
from catalog.circulation.rules import OPEN_HOLD
from catalog.circulation.tables import Hold, Loan
from catalog.delivery import requests
from catalog.delivery.rules import OPEN
from catalog.delivery.tables import DeliveryRequest, Parcel, ReadingProfile
from catalog.organisation.calendar import day_of, delivery_date
from catalog.outreach import notices
from catalog.patrons.tables import Patron
from catalog.records.tables import BibliographicRecord, Item
from catalog.rows import locked

VETO = timedelta(days=2)
"""How long a reader has to say no before a book is ordered."""
TRIED_AGAIN = timedelta(days=7)
"""When the next try is made if nothing was found; and when a book that could not be ordered may be chosen again."""


def set_up(
    session: Session, *, patron: Patron, every_days: int, subjects: Sequence[str], now: datetime, by: audit.Actor
) -> ReadingProfile:
    """Choose a book for the patron every `every_days` from today on; said again it changes how often and what about.

    Raises: refusals.NoAddress, NoRound: nobody could bring it.
    """
    locked(session, Patron, patron.id)
    address = requests.usable_address(session, patron=patron)
    delivery_date(session, place=address.org_unit, now=now, ready=day_of(now))
    held = session.scalars(select(ReadingProfile).where(ReadingProfile.patron_id == patron.id)).first()
    if held is None:
        held = ReadingProfile(patron_id=patron.id, started_at=now)
        session.add(held)
    held.every_days, held.subjects, held.next_on, held.ended_at = every_days, list(subjects), day_of(now), None
    session.flush()
    audit.record(session, "profile_set", now=now, by=by, ids={"profile": held.id, "every_days": every_days})
    return held


def end(session: Session, *, profile: ReadingProfile, now: datetime, by: audit.Actor) -> None:
    """No more books are chosen; one that was chosen and not ordered is not sent. Ended already, it stays so."""
    locked(session, Patron, profile.patron_id)
    profile = locked(session, ReadingProfile, profile.id) or profile
    if profile.ended_at is None:
        profile.ended_at = now
        open_ = waiting(session, patron=profile.patron)
        if open_ is not None:
            open_.status = "given_up"
        session.flush()
        audit.record(session, "profile_ended", now=now, by=by, ids={"profile": profile.id})


def of_patron(session: Session, *, patron: Patron) -> ReadingProfile | None:
    """The patron's profile, if books are chosen for him."""
    statement = select(ReadingProfile).where(ReadingProfile.patron_id == patron.id, ReadingProfile.ended_at.is_(None))
    return session.scalars(statement).first()


def waiting(session: Session, *, patron: Patron) -> Parcel | None:
    """The book that is chosen for the patron and not ordered yet."""
    return session.scalars(select(Parcel).where(Parcel.patron_id == patron.id, Parcel.status == "chosen")).first()


def coming(session: Session, *, patron: Patron) -> Parcel | None:
    """The chosen book that was ordered last, while its delivery is open: a late veto means that one."""
    statement = select(Parcel).join(DeliveryRequest, DeliveryRequest.id == Parcel.delivery_id)
    statement = statement.where(Parcel.patron_id == patron.id, DeliveryRequest.status.in_(OPEN))
    return session.scalars(statement.order_by(DeliveryRequest.id.desc()).limit(1)).first()


def due(session: Session, *, now: datetime) -> list[ReadingProfile]:
    """The profiles for which a book is to be chosen today."""
    open_ = select(Parcel.profile_id).where(Parcel.status == "chosen")
    statement = select(ReadingProfile).where(
        ReadingProfile.ended_at.is_(None), ReadingProfile.next_on <= day_of(now), ReadingProfile.id.not_in(open_)
    )
    return list(session.scalars(statement.order_by(ReadingProfile.id)))


def choose(
    session: Session, *, profile: ReadingProfile, candidates: Iterable[int], now: datetime, tell: bool = True
) -> Parcel | None:
    """The first of `candidates` (records) that this reader can be brought and never had; None if none is, then tried
    again in a week. He is told (unless he is just being told, `tell`), and has two days to say no."""
    locked(session, Patron, profile.patron_id)
    profile = locked(session, ReadingProfile, profile.id) or profile
    patron = profile.patron
    open_ = waiting(session, patron=patron)
    if open_ is not None or profile.ended_at is not None:
        return open_
    record = next((one for id in candidates if (one := _to_bring(session, patron, id, now=now)) is not None), None)
    if record is None:
        profile.next_on = day_of(now + TRIED_AGAIN)
        session.flush()
        return None
    given_up = select(Parcel).where(Parcel.patron_id == patron.id, Parcel.work_id == record.work_id)
    parcel = session.scalars(given_up).first() or Parcel(patron_id=patron.id, work_id=record.work_id)
    parcel.profile_id, parcel.record_id, parcel.status = profile.id, record.id, "chosen"
    parcel.chosen_at, parcel.order_on = now, day_of(now + VETO)
    session.add(parcel)
    session.flush()
    ids = {"parcel": parcel.id, "record": record.id}
    audit.record(session, "parcel_chosen", now=now, by=audit.Actor("system", patron.id), ids=ids)
    if tell:
        _owe(session, "parcel_chosen", parcel, last_day=parcel.order_on, now=now)
    return parcel


def veto(session: Session, *, parcel: Parcel, now: datetime, by: audit.Actor) -> None:
    """Not this one, now or ever. Raises: refusals.NotFound: it is ordered already, or was vetoed."""
    parcel = _chosen(session, parcel)
    parcel.status = "vetoed"
    session.flush()
    audit.record(session, "parcel_vetoed", now=now, by=by, ids={"parcel": parcel.id, "record": parcel.record_id})


def order(session: Session, *, parcel: Parcel, now: datetime, by: audit.Actor, chance: random.Random) -> Parcel:
    """Have it brought, and let the next be chosen when its time has come. Raises: refusals.NotFound; as `requests`."""
    parcel = _chosen(session, parcel)
    patron = parcel.profile.patron
    delivery = requests.request(
        session, patron=patron, record_ids=[parcel.record_id], now=now, by=by, chance=chance
    )  # fmt: skip
    parcel.delivery_id, parcel.status = delivery.id, "ordered"
    parcel.profile.next_on = day_of(now + timedelta(parcel.profile.every_days))
    session.flush()
    return parcel


def to_order(session: Session, *, now: datetime) -> list[int]:
    """The ids of the parcels that nobody said no to in time."""
    statement = select(Parcel.id).where(Parcel.status == "chosen", Parcel.order_on <= day_of(now))
    return list(session.scalars(statement.order_by(Parcel.id)))


def order_due(session: Session, *, parcel_id: int, now: datetime, chance: random.Random) -> bool:
    """Order one of `to_order`, in a transaction of its own; whether it was. What cannot be had any more is given up:
    the reader is told, and another is chosen."""
    parcel = session.get_one(Parcel, parcel_id)
    by = audit.Actor("system", parcel.patron_id)
    try:
        with session.begin_nested():
            order(session, parcel=parcel, now=now, by=by, chance=chance)
        return True
    except refusals.Refusal as refusal:
        locked(session, Patron, parcel.patron_id)
        fresh = locked(session, Parcel, parcel_id)
        if fresh is not None and fresh.status == "chosen":
            fresh.status = "given_up"
            session.flush()
            audit.record(session, "parcel_given_up", now=now, by=by, ids={"parcel": fresh.id, "why": refusal.reason})
            _owe(session, "parcel_given_up", fresh, last_day=day_of(now + TRIED_AGAIN), now=now)
        return False


def _owe(session: Session, kind: str, parcel: Parcel, *, last_day: date, now: datetime) -> None:
    cause = f"{kind}:parcel:{parcel.id}:{parcel.order_on}"
    owed = notices.Owed(parcel.profile.patron, cause, {"parcel": parcel.id}, last_day)
    notices.owe(session, kind, [owed], now=now)


def _chosen(session: Session, parcel: Parcel) -> Parcel:
    locked(session, Patron, parcel.patron_id)
    fresh = locked(session, Parcel, parcel.id)
    if fresh is None or fresh.status != "chosen":
        raise refusals.NotFound(what="record")
    return fresh


def _to_bring(session: Session, patron: Patron, record_id: int, *, now: datetime) -> BibliographicRecord | None:
    """The edition of this work that the reader gets, if it is new to him and a copy can be brought without waiting."""
    record = session.get(BibliographicRecord, record_id)
    if record is None or _had(session, patron, record.work_id, now=now):
        return None
    forms = targets.formats(patron, record, targets.lendable_formats(session, record.work_id))
    if not forms:
        return None
    if record.format not in forms:
        statement = select(BibliographicRecord).where(
            BibliographicRecord.work_id == record.work_id, BibliographicRecord.format == forms[0]
        )
        record = session.scalars(statement.order_by(BibliographicRecord.id)).first()
    try:
        if record is None or not requests.promise(session, patron=patron, record_id=record.id, now=now).certain:
            return None
    except refusals.Refusal:
        return None
    return record


def _had(session: Session, patron: Patron, work_id: int, *, now: datetime) -> bool:
    """Whether the reader ever had the work at home, waits for it, or was offered it (long ago, if given up)."""
    lent = (
        select(Loan.id)
        .join(Item, Loan.item_id == Item.id)
        .join(BibliographicRecord, Item.record_id == BibliographicRecord.id)
        .where(Loan.patron_id == patron.id, BibliographicRecord.work_id == work_id)
    )
    held = select(Hold.id).where(Hold.patron_id == patron.id, Hold.work_id == work_id, Hold.status.in_(OPEN_HOLD))
    whole = or_(Parcel.work_id == work_id, BibliographicRecord.work_id == work_id)  # it may have been split since
    offered = select(Parcel.id).join(Parcel.record).where(Parcel.patron_id == patron.id, whole)
    offered = offered.where((Parcel.status != "given_up") | (Parcel.order_on > day_of(now - TRIED_AGAIN)))
    return any(session.scalars(one.limit(1)).first() is not None for one in (lent, held, offered))
