"""What patrons are owed to be told: gathered as rows with a unique cause, checked again when they are sent.

Gathering twice, or by two processes at once, writes nothing twice. A Notice holds ids, no words: what is said is
rendered later, grouped per patron. Bot sends; nobody is punished because a notice could not be delivered.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session, joinedload

from catalog.circulation.tables import Hold
from catalog.delivery.tables import DeliveryRequest
from catalog.organisation.calendar import day_of
from catalog.organisation.tables import Closure
from catalog.outreach import delegated, lent, offered, reminders
from catalog.outreach.owed import Owed, write
from catalog.outreach.quiet import earliest
from catalog.outreach.tables import Broadcast, Event, Notice, SignUp
from catalog.patrons.preferences import preference
from catalog.patrons.tables import Patron
from catalog.records.tables import Item
from catalog.rows import locked

__all__ = ["NOTICES", "Kind", "Owed", "drop", "due", "gather", "mark_sent", "owe", "still_true", "told_of", "wants"]


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of notice: who is owed it today, and whether one already written is still true."""

    owed: Callable[[Session, date], Iterable[Owed]]
    still_true: Callable[[Session, Notice, date], bool]
    gather: Callable[[Session, datetime], int] | None = None
    """Writes itself what is owed now, where `owed` one by one would take too long; how many are new."""


def gather(session: Session, *, now: datetime) -> int:
    """Write what is owed now and is not written yet; how many are new."""
    today = day_of(now)
    session.flush()
    written = 0
    for name, kind in sorted(NOTICES.items()):
        written += kind.gather(session, now) if kind.gather else 0
        written += write(session, name, kind.owed(session, today), now=now)
    return written


def owe(session: Session, kind: str, owed: Iterable[Owed], *, now: datetime) -> int:
    """Write these notices of one kind, those whose cause is not written yet; how many are new."""
    return write(session, kind, sorted(owed, key=lambda one: one.cause), now=now)


def due(
    session: Session, *, now: datetime, limit: int = 100, patrons: Collection[int] | None = None
) -> dict[int, list[Notice]]:
    """What may be sent now, by patron (of `patrons`, if given), at most `limit` of them; locked, so that two relays
    never send the same.

    What has expired is dropped; what falls into quiet hours, also into ones chosen since, is moved past them.
    """
    _expire(session, now=now)
    statement = (
        select(Notice)
        .where(Notice.status == "due", Notice.not_before <= now)
        .order_by(Notice.not_before, Notice.id)
        .with_for_update(skip_locked=True, key_share=True)
    )
    if patrons is not None:
        statement = statement.where(Notice.patron_id.in_(patrons))
    found: dict[int, list[Notice]] = defaultdict(list)
    for notice in session.scalars(statement).all():
        if notice.patron_id not in found and len(found) >= limit:
            continue
        moment = earliest(session.get_one(Patron, notice.patron_id), now)
        if moment > now:
            notice.not_before = moment
            continue
        found[notice.patron_id].append(notice)
    session.flush()
    return dict(found)


def still_true(session: Session, notice: Notice, *, now: datetime) -> bool:
    """Whether what the notice tells still holds and the patron still wants to be told."""
    patron = session.get(Patron, notice.patron_id)
    if patron is None or patron.forgotten_at is not None or notice.expires_at <= now:
        return False
    return NOTICES[notice.kind].still_true(session, notice, day_of(now))


def mark_sent(session: Session, notices: Iterable[Notice], *, now: datetime) -> None:
    """They became a message in the outbox."""
    for notice in notices:
        notice.status, notice.sent_at = "sent", now
    session.flush()


def told_of(session: Session, kind: str, *, about: str, id: int) -> int:
    """How many notices of this kind there are about the thing with this id (`about` names it, as in the causes)."""
    owed = select(func.count()).where(Notice.kind == kind, Notice.cause.startswith(f"{kind}:{about}:{id}:"))
    return session.scalar(owed) or 0


def drop(session: Session, notice: Notice, *, reason: str) -> None:
    """It will not be sent: no longer true, expired, unwanted (`reason`, kept for staff)."""
    notice.status, notice.outcome = "dropped", reason
    session.flush()


def _expire(session: Session, *, now: datetime) -> None:
    statement = select(Notice.id).where(Notice.status == "due", Notice.expires_at <= now).order_by(Notice.id)
    for notice_id in session.scalars(statement).all():
        notice = locked(session, Notice, notice_id)
        if notice is not None and notice.status == "due":
            drop(session, notice, reason="expired")


def _hold_ready(session: Session, today: date) -> Iterator[Owed]:
    statement = (
        select(Hold)
        .where(Hold.status == "ready", Hold.delivery_id.is_(None), Hold.pickup_until >= today)
        .options(joinedload(Hold.patron))
        .order_by(Hold.id)
    )
    for hold in session.scalars(statement):
        if hold.patron.forgotten_at is None and hold.pickup_until is not None and hold.ready_at is not None:
            about = {
                "hold": hold.id,
                "item": hold.item_id,
                "record": hold.record_id,
                "place": hold.pickup_id,
                "pickup_until": hold.pickup_until.isoformat(),
            }
            cause = f"hold_ready:hold:{hold.id}:{int(hold.ready_at.timestamp())}"
            yield Owed(hold.patron, cause, about, hold.pickup_until)


def _still_ready(session: Session, notice: Notice, today: date) -> bool:
    hold = session.get(Hold, notice.about["hold"], populate_existing=True)
    return hold is not None and hold.status == "ready" and hold.pickup_id == notice.about["place"]


def _delivery_coming(session: Session, today: date) -> Iterator[Owed]:
    """The day before the round, once the books are there; and on the day itself."""
    statement = (
        select(DeliveryRequest)
        .where(DeliveryRequest.status.in_(("requested", "missed", "dispatched")))
        .where(DeliveryRequest.promised_date >= today, DeliveryRequest.promised_date <= today + timedelta(1))
        .options(joinedload(DeliveryRequest.patron))
        .order_by(DeliveryRequest.id)
    )
    for delivery in session.scalars(statement):
        if delivery.patron.forgotten_at is None and _all_chosen(session, delivery):
            about = {"delivery": delivery.id, "promised_date": delivery.promised_date.isoformat()}
            cause = f"delivery_coming:delivery:{delivery.id}:{delivery.promised_date}"
            yield Owed(delivery.patron, cause, about, delivery.promised_date)


def _all_chosen(session: Session, delivery: DeliveryRequest) -> bool:
    """Whether every book of the delivery has its copy at the place where the round starts (a fetch needs none)."""
    if delivery.kind == "fetch":
        return True
    statement = (
        select(Hold.status, Item.location_id, Item.status)
        .outerjoin(Item, Hold.item_id == Item.id)
        .where(Hold.delivery_id == delivery.id, Hold.status.in_(("waiting", "in_transit", "ready", "suspended")))
    )
    wishes = session.execute(statement).all()
    return bool(wishes) and all(place == delivery.org_unit_id for _, place, _ in wishes)


def _still_coming(session: Session, notice: Notice, today: date) -> bool:
    delivery = session.get(DeliveryRequest, notice.about["delivery"], populate_existing=True)
    return (
        delivery is not None
        and delivery.status in ("requested", "missed", "dispatched")
        and delivery.promised_date.isoformat() == notice.about["promised_date"]
    )


def wants(patron: Patron, broadcast: Broadcast) -> bool:
    """Whether the patron wishes to be told: of a topic only if he asked for it, of the rest unless he asked not to."""
    if not broadcast.topic:
        return bool(preference(patron, "broadcasts"))
    topics = preference(patron, "topics")
    return isinstance(topics, list) and broadcast.topic in topics


def _nobody(session: Session, today: date) -> Iterator[Owed]:
    """Nothing is owed because a day has come: what happens, or a librarian, makes it owed."""
    yield from ()


def _still_sent(session: Session, notice: Notice, today: date) -> bool:
    broadcast = session.get(Broadcast, notice.about["broadcast"], populate_existing=True)
    patron = session.get(Patron, notice.patron_id)
    return broadcast is not None and broadcast.status == "sent" and patron is not None and wants(patron, broadcast)


def _has_seat(session: Session, notice: Notice) -> Event | None:
    """The event the notice speaks of, if the patron has a seat there still."""
    seat = select(SignUp.id).where(SignUp.event_id == notice.about["event"], SignUp.patron_id == notice.patron_id)
    if session.scalars(seat.where(SignUp.left_at.is_(None))).first() is None:
        return None
    return session.get(Event, notice.about["event"], populate_existing=True)


def _still_off(session: Session, notice: Notice, today: date) -> bool:
    event = _has_seat(session, notice)
    return event is not None and event.cancelled_at is not None


def _still_moved(session: Session, notice: Notice, today: date) -> bool:
    event = _has_seat(session, notice)
    return (
        event is not None
        and event.cancelled_at is None
        and event.starts_at == datetime.fromisoformat(notice.about["starts_at"])
        and event.org_unit_id == notice.about["place"]
    )


def _still_closed(session: Session, notice: Notice, today: date) -> bool:
    closure = session.get(Closure, notice.about["closure"], populate_existing=True)
    return closure is not None and closure.last_day >= today


def _always(session: Session, notice: Notice, today: date) -> bool:
    return True


NOTICES: Mapping[str, Kind] = {
    "due_soon": Kind(_nobody, reminders.still_due_soon, reminders.due_soon),
    "overdue": Kind(_nobody, reminders.still_overdue, reminders.overdue),
    "hold_ready": Kind(_hold_ready, _still_ready),
    "hold_delayed": Kind(_nobody, lent.still_delayed),
    "delivery_coming": Kind(_delivery_coming, _still_coming),
    "delivery_missed": Kind(_nobody, lent.still_missed),
    "renewed_itself": Kind(_nobody, lent.still_due),
    "not_renewed_itself": Kind(_nobody, lent.still_due),
    "broadcast": Kind(_nobody, _still_sent),
    "broadcast_recalled": Kind(_nobody, _always),
    "delegated": Kind(_nobody, delegated.still_given),
    "delegated_to": Kind(_nobody, delegated.still_given),
    "delegation_revoked": Kind(_nobody, delegated.still_ended),
    "acted_for": Kind(_nobody, delegated.still_known),
    "errand_offered": Kind(_nobody, offered.still_offered),
    "errand_off": Kind(_nobody, offered.still_off),
    "parcel_chosen": Kind(_nobody, offered.still_chosen),
    "place_closed": Kind(_nobody, _still_closed),
    "wish_done": Kind(_nobody, _always),
    "wish_refused": Kind(_nobody, _always),
    "event_off": Kind(_nobody, _still_off),
    "event_moved": Kind(_nobody, _still_moved),
    "parcel_given_up": Kind(_nobody, offered.still_given_up),
}
