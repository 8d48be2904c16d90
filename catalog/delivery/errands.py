"""Errands: deliveries from places without a van, offered to volunteers who live near and speak as the reader does.

A volunteer accepts or declines by a word; what nobody answers goes to the next. To a door where nobody of ours has been
go two. Whose address it is, is told only to those who have said yes. A yes is for one day and one door: who agreed to a
delivery that is called off or moved is told with the next offers, and what was moved is offered anew.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import and_, func, or_, select
from sqlalchemy.orm import Session

from catalog import audit, refusals
from catalog.delivery import sheets
from catalog.delivery.rules import AT_A_FIRST_VISIT, ERRANDS, OPEN, persons
from catalog.delivery.tables import DeliveryRequest, Errand, Volunteer
from catalog.organisation.calendar import day_of
from catalog.organisation.rules import kilometres
from catalog.organisation.tables import OrgUnit
from catalog.outreach import notices
from catalog.patrons.preferences import preference
from catalog.patrons.tables import Patron
from catalog.rows import locked

AHEAD = timedelta(days=7)
"""How long before its day a delivery is offered."""
ANSWERED_WITHIN = timedelta(days=1)
"""After so long an offer goes to the next."""
FARTHEST_KM = 15.0
"""Who lives farther from where the books lie is not asked."""
GOING = ("accepted", "done")
WAITING = ("requested", "missed")
"""Deliveries that somebody can still go for."""


def enlist(
    session: Session, *, patron: Patron, place: OrgUnit, dialects: Sequence[str], weekdays: str, now: datetime,
    by: audit.Actor,
) -> Volunteer:  # fmt: skip
    """Let a patron be offered errands round `place`; said again it changes where, what he speaks and when he can."""
    locked(session, Patron, patron.id)
    found = volunteer_of(session, patron=patron)
    facts = (place.id, list(dialects), weekdays)
    if found is not None and (found.org_unit_id, found.dialects, found.details.get("weekdays", "")) == facts:
        return found
    if found is None:
        found = Volunteer(patron_id=patron.id, name=patron.name, phone=patron.phone, org_unit_id=place.id)
        session.add(found)
    found.org_unit, found.dialects = place, list(dialects)
    found.details = {**(found.details or {}), "weekdays": weekdays}
    session.flush()
    audit.record(session, "volunteer_enlisted", now=now, by=by, ids={"volunteer": found.id, "place": place.id})
    return found


def offer(session: Session, *, now: datetime) -> int:
    """Offer what needs somebody to whoever fits best, and end what nobody needs any more; how many offers are new."""
    call_off(session, now=now)
    return sum(offer_one(session, id, now=now) for id in unoffered(session, now=now))


def unoffered(session: Session, *, now: datetime) -> Sequence[int]:
    """The ids of the deliveries that may need somebody."""
    today = day_of(now)
    statement = (
        select(DeliveryRequest.id)
        .join(OrgUnit, OrgUnit.id == DeliveryRequest.org_unit_id)
        .where(OrgUnit.van_days == "", DeliveryRequest.status.in_(WAITING))
        .where(DeliveryRequest.promised_date >= today, DeliveryRequest.promised_date <= today + AHEAD)
        .order_by(DeliveryRequest.promised_date, DeliveryRequest.id)
    )
    return session.scalars(statement).all()


def agreed(session: Session, *, volunteer: Volunteer) -> list[Errand]:
    """What he has agreed to and not reported yet, the earliest first; `ahead` are those that are not over."""
    statement = select(Errand).join(Errand.delivery).where(Errand.volunteer_id == volunteer.id)
    statement = statement.where(Errand.status == "accepted", DeliveryRequest.status != "cancelled")
    return list(session.scalars(statement.order_by(Errand.day, Errand.id)))


def offers(session: Session, *, volunteer: Volunteer, now: datetime) -> list[Errand]:
    """What he can still say yes to, the earliest first."""
    statement = select(Errand).where(Errand.volunteer_id == volunteer.id, Errand.status.in_(("offered", "lapsed")))
    statement = statement.where(Errand.day >= day_of(now)).order_by(Errand.day, Errand.id)
    takeable = [one for one in session.scalars(statement) if one.takeable(day_of(now))]
    return [one for one in takeable if len(going(session, one.delivery)) < wanted(session, one.delivery)]


def volunteer_of(session: Session, *, patron: Patron) -> Volunteer | None:
    """The volunteer whose card this is."""
    return session.scalars(select(Volunteer).where(Volunteer.patron_id == patron.id)).first()


def accept(session: Session, *, errand: Errand, now: datetime, by: audit.Actor) -> Errand:
    """He goes. Said again it changes nothing. Raises: refusals.NotFound (it is over, or moved), ErrandTaken."""
    delivery = locked(session, DeliveryRequest, errand.delivery_id)
    errand = locked(session, Errand, errand.id) or errand
    if errand.status in GOING and errand.ahead:
        return errand
    if delivery is None or delivery.status not in WAITING or not errand.ahead or errand.day < day_of(now):
        raise refusals.NotFound(what="delivery")
    if len(going(session, delivery)) >= wanted(session, delivery):
        raise refusals.ErrandTaken()
    return _answered(session, errand, "accepted", now=now, by=by)


def decline(session: Session, *, errand: Errand, now: datetime, by: audit.Actor) -> Errand:
    """He cannot go; somebody else is asked with the next offers."""
    errand = locked(session, Errand, errand.id) or errand
    return errand if errand.status in ("declined", "done") else _answered(session, errand, "declined", now=now, by=by)


def report(session: Session, *, errand: Errand, minutes: int, now: datetime, by: audit.Actor) -> Errand:
    """He has been there and gave so much time; it is counted once."""
    errand = locked(session, Errand, errand.id) or errand
    return errand if errand.status == "done" else _answered(session, errand, "done", minutes=minutes, now=now, by=by)


def minutes_given(session: Session, *, volunteer: Volunteer) -> int:
    """The time a volunteer has given, in minutes."""
    given = select(func.sum(Errand.minutes)).where(Errand.volunteer_id == volunteer.id)
    return session.scalar(given) or 0


def going(session: Session, delivery: DeliveryRequest) -> list[Volunteer]:
    """Those who have said that they go there on the promised day."""
    statement = select(Volunteer).join(Errand, Errand.volunteer_id == Volunteer.id)
    statement = statement.where(Errand.delivery_id == delivery.id, Errand.status.in_(GOING))
    statement = statement.where(Errand.day == delivery.promised_date, Errand.address_id == delivery.address_id)
    return list(session.scalars(statement.order_by(Errand.id)))


def wanted(session: Session, delivery: DeliveryRequest) -> int:
    """How many persons the visit needs."""
    return persons(first_visit=not sheets.visited(session, [delivery.patron_id]))


def refuse_alone(session: Session, delivery: DeliveryRequest) -> None:
    """Refuse that one volunteer goes alone to a door where nobody has been. Raises: refusals.TwoPersons."""
    if delivery.org_unit.van_days:
        return
    offered = session.scalars(select(Errand.id).where(Errand.delivery_id == delivery.id).limit(1)).first()
    needed = wanted(session, delivery) if offered is not None else 0
    if needed == AT_A_FIRST_VISIT and len(going(session, delivery)) < needed:
        raise refusals.TwoPersons()


def offer_one(session: Session, delivery_id: int, *, now: datetime) -> int:
    """Offer one of `unoffered`, in a transaction of its own: who held several deliveries at once could wait for one
    that somebody holds who waits for another. How many offers are new."""
    delivery = locked(session, DeliveryRequest, delivery_id)
    if delivery is None or delivery.status not in WAITING:
        return 0
    ever = list(session.scalars(select(Errand).where(Errand.delivery_id == delivery.id)))
    willing = {one.volunteer_id for one in ever if one.status == "lapsed" and one.answered_at is not None}
    moment = (delivery.promised_date, delivery.address_id)
    asked = [one for one in ever if (one.day, one.address_id) == moment]
    for errand in asked:
        if errand.status == "offered" and errand.offered_at + ANSWERED_WITHIN <= now:
            _lapse(session, errand, now=now)
    open_ = sum(errand.status in ("offered", *GOING) for errand in asked)
    left = wanted(session, delivery) - open_
    known = {errand.volunteer_id for errand in asked}
    all_ = session.scalars(select(Volunteer).where(Volunteer.patron_id.is_not(None)).order_by(Volunteer.id))
    unasked = [one for one in all_ if one.id not in known] if left > 0 else []
    fitting = sorted((one.id not in willing, fit, one.id, one) for one in unasked if (fit := _fit(delivery, one)))
    chosen = [one for *_, one in fitting[: max(0, left)]]
    for one in chosen:
        errand = Errand(delivery=delivery, volunteer=one, day=moment[0], address_id=moment[1], offered_at=now)
        session.add(errand)
        session.flush()
        audit.record(session, "errand_offered", now=now, by=audit.Actor(), ids={"errand": errand.id})
        _owe(session, "errand_offered", errand, now=now)
    session.flush()
    return len(chosen)


def call_off(session: Session, *, now: datetime) -> None:
    """End the offers of what is over, and what was agreed to and is called off or moved; who had agreed is told.

    A delivery that was missed was gone for: that errand stays, and its time can be reported.
    """
    today = day_of(now)
    moved = or_(Errand.day != DeliveryRequest.promised_date, Errand.address_id != DeliveryRequest.address_id)
    waits = DeliveryRequest.status.in_(WAITING)
    missed_today = and_(DeliveryRequest.status == "missed", Errand.day == today)
    unneeded = or_(DeliveryRequest.status == "cancelled", and_(waits, moved, ~missed_today))
    over = or_(~DeliveryRequest.status.in_(OPEN), and_(waits, moved))
    statement = (
        select(Errand.id)
        .join(Errand.delivery)
        .where(
            or_(
                and_(Errand.status == "offered", over),
                and_(Errand.status == "accepted", Errand.day >= today, unneeded),
            )
        )
    )
    for id in session.scalars(statement.order_by(Errand.id)).all():
        errand = locked(session, Errand, id)
        if errand is not None and errand.status in ("offered", "accepted"):
            if errand.status == "accepted":
                _owe(session, "errand_off", errand, now=now)
            _lapse(session, errand, now=now)


def _owe(session: Session, kind: str, errand: Errand, *, now: datetime) -> None:
    patron = errand.volunteer.patron
    if patron is not None:
        owed = notices.Owed(patron, f"{kind}:errand:{errand.id}", {"errand": errand.id}, errand.day)
        notices.owe(session, kind, [owed], now=now)


def _lapse(session: Session, errand: Errand, *, now: datetime) -> None:
    errand.status = "lapsed"
    session.flush()
    ids = {"errand": errand.id, "delivery": errand.delivery_id}
    audit.record(session, "errand_lapsed", now=now, by=audit.Actor(), ids=ids)


def _fit(delivery: DeliveryRequest, one: Volunteer) -> tuple[bool, bool, float] | None:
    """How well a volunteer fits, the least the best: of another village, of another dialect, kilometres; None: not."""
    days = str(one.details.get("weekdays", ""))
    if one.patron_id == delivery.patron_id or (days and str(delivery.promised_date.weekday()) not in days):
        return None
    here, there = delivery.org_unit, one.org_unit
    far = 0.0
    if here.id != there.id:
        if None in (here.latitude, here.longitude, there.latitude, there.longitude):
            return None
        far = kilometres((here.latitude, here.longitude), (there.latitude, there.longitude))  # type: ignore[arg-type]
    spoken = preference(delivery.patron, "region") or delivery.patron.locale
    return (here.id != there.id, spoken not in one.dialects, far) if far <= FARTHEST_KM else None


def _answered(
    session: Session, errand: Errand, status: str, *, minutes: int | None = None, now: datetime, by: audit.Actor
) -> Errand:
    if status not in ERRANDS[errand.status]:
        raise refusals.NotFound(what="delivery")
    errand.status, errand.answered_at, errand.minutes = status, now, minutes
    session.flush()
    ids = {"errand": errand.id, "delivery": errand.delivery_id, "minutes": errand.minutes}
    audit.record(session, f"errand_{status}", now=now, by=by, ids=ids)
    return errand
