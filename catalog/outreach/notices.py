"""What patrons are owed to be told: gathered as rows with a unique cause, checked again when they are sent.

Gathering twice, or by two processes at once, writes nothing twice. A Notice holds ids, no words: what is said is
rendered later, grouped per patron. Bot sends; nobody is punished because a notice could not be delivered.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from itertools import chain, islice
from typing import Any, NamedTuple

from sqlalchemy import String, cast, func, literal, not_, select, type_coerce
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session, joinedload

from catalog.circulation.tables import Hold, Loan
from catalog.database import locked
from catalog.delivery.requests import taken_along
from catalog.delivery.tables import DeliveryRequest
from catalog.organisation.calendar import ZONE, day_of
from catalog.organisation.tables import Closure
from catalog.outreach import delegated, offered
from catalog.outreach.quiet import earliest
from catalog.outreach.tables import Broadcast, Event, Notice, SignUp
from catalog.patrons.preferences import PREFERENCES, Preferring, preference
from catalog.patrons.tables import Patron
from catalog.records.tables import Item

OVERDUE_STAGES = (1, 7, 30)
"""Days after the due date on which an overdue loan is spoken of."""
LONGEST_REMINDER = 30
"""The most days ahead a patron can choose (preference reminder_days)."""
USUAL_REMINDER = int(str(PREFERENCES["reminder_days"].default))
MOST_AT_ONCE = 2000
"""Rows read and written at a time."""
PATRONS_AT_ONCE = 2000
"""Patrons whose loans one statement asks for."""


@dataclass(frozen=True, slots=True)
class Owed:
    """A notice before it is written: whom, its cause, the ids it concerns, the last day on which it makes sense."""

    patron: Preferring
    cause: str
    about: Mapping[str, Any]
    last_day: date


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of notice: who is owed it today, and whether one already written is still true."""

    owed: Callable[[Session, date], Iterable[Owed]]
    still_true: Callable[[Session, Notice, date], bool]


def gather(session: Session, *, now: datetime) -> int:
    """Write what is owed now and is not written yet; how many are new."""
    today = day_of(now)
    session.flush()
    return sum(_write(session, name, kind.owed(session, today), now=now) for name, kind in sorted(NOTICES.items()))


def owe(session: Session, kind: str, owed: Iterable[Owed], *, now: datetime) -> int:
    """Write these notices of one kind, those whose cause is not written yet; how many are new."""
    return _write(session, kind, sorted(owed, key=lambda one: one.cause), now=now)


def _write(session: Session, kind: str, owed: Iterable[Owed], *, now: datetime) -> int:
    """As `owe`; they come in an order that is the same for all who write them: two never wait for each other."""
    insert = postgresql.insert if session.get_bind().dialect.name == "postgresql" else sqlite.insert
    once = insert(Notice).on_conflict_do_nothing(index_elements=["cause"]).returning(Notice.id)
    connection, written, left = session.connection(), 0, iter(owed)
    while part := list(islice(left, MOST_AT_ONCE)):
        rows = [
            {
                "kind": kind,
                "cause": one.cause,
                "patron_id": one.patron.id,
                "about": dict(one.about),
                "created_at": now,
                "not_before": earliest(one.patron, now),
                "expires_at": datetime.combine(one.last_day + timedelta(1), time(0), ZONE),
                "status": "due",
                "outcome": "",
            }
            for one in part
        ]
        written += len(connection.execute(once, rows).all())
    return written


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


def _reminded(patron: Preferring) -> bool:
    return patron.forgotten_at is None and bool(preference(patron, "reminders"))


def _days_ahead(patron: Preferring) -> int:
    days = preference(patron, "reminder_days")
    return int(days) if isinstance(days, (int, float)) else 0


class _Out(NamedTuple):
    """An open loan and as much of its reader as a reminder needs: millions may be out."""

    loan_id: int
    item_id: int
    record_id: int
    due_date: date
    id: int
    locale: str
    preferences: Mapping[str, Any]
    forgotten_at: datetime | None


def _untold(
    session: Session, *, first: date, last: date, told: str, patrons: Collection[int] | None = None
) -> Iterator[_Out]:
    """The open loans due from `first` to `last` (of `patrons`, if given) of which no notice speaks whose cause is
    `told`, with the loan's id and due date put in: what was told once is not even read."""
    due = Loan.due_date
    day = (
        func.to_char(due, "YYYY-MM-DD") if session.get_bind().dialect.name == "postgresql" else type_coerce(due, String)
    )
    start, between, end = told.partition("{loan}")[0], *told.partition("{loan}")[2].split("{due}")
    cause = literal(start) + cast(Loan.id, String) + literal(between) + day + literal(end)
    statement = (
        select(Loan.id, Loan.item_id, Item.record_id, due, Patron.id, Patron.locale, Patron.preferences,
               Patron.forgotten_at)
        .join(Item, Loan.item_id == Item.id)
        .join(Patron, Loan.patron_id == Patron.id)
        .where(Loan.returned_at.is_(None), due >= first, due <= last)
        .where(not_(select(Notice.id).where(Notice.cause == cause).exists()))
        .order_by(Loan.id)
        .execution_options(yield_per=MOST_AT_ONCE)
    )  # fmt: skip
    if patrons is not None:
        statement = statement.where(Loan.patron_id.in_(patrons))
    for row in session.execute(statement):
        yield _Out(*row)


def _about(loan: _Out) -> dict[str, Any]:
    return {"loan": loan.loan_id, "item": loan.item_id, "record": loan.record_id, "due_date": loan.due_date.isoformat()}


def _due_soon(session: Session, today: date) -> Iterator[Owed]:
    """Within the days that hold for most; and within the longest for those who have chosen their own."""
    fetched = taken_along(session)
    usual = today + timedelta(USUAL_REMINDER)
    told = "due_soon:loan:{loan}:{due}"
    choosers = session.scalars(
        select(Patron.id).where(Patron.preferences["reminder_days"].as_string().is_not(None)).order_by(Patron.id)
    ).all()
    parts = (choosers[start : start + PATRONS_AT_ONCE] for start in range(0, len(choosers), PATRONS_AT_ONCE))
    last = today + timedelta(LONGEST_REMINDER)
    early = (_untold(session, first=usual + timedelta(1), last=last, told=told, patrons=part) for part in parts)
    for loan in chain(_untold(session, first=today, last=usual, told=told), chain.from_iterable(early)):
        if loan.loan_id not in fetched and _reminded(loan) and loan.due_date - timedelta(_days_ahead(loan)) <= today:
            yield Owed(loan, told.format(loan=loan.loan_id, due=loan.due_date), _about(loan), loan.due_date)


def _overdue(session: Session, today: date) -> Iterator[Owed]:
    """Of the stages that a loan has reached, the last one."""
    fetched = taken_along(session)
    for stage, later in zip(OVERDUE_STAGES, (*OVERDUE_STAGES[1:], None), strict=True):
        first = date.min if later is None else today - timedelta(later - 1)
        told = f"overdue:loan:{{loan}}:{{due}}:{stage}"
        for loan in _untold(session, first=first, last=today - timedelta(stage), told=told):
            if loan.loan_id not in fetched and _reminded(loan):
                cause = told.format(loan=loan.loan_id, due=loan.due_date)
                yield Owed(loan, cause, _about(loan) | {"stage": stage}, today + timedelta(OVERDUE_STAGES[1]))


def _loan_as_told(session: Session, notice: Notice) -> Loan | None:
    """The loan the notice speaks of, if it is still out and due on the day that was meant, and no van comes for it."""
    loan = session.get(Loan, notice.about["loan"], populate_existing=True)
    if loan is None or loan.returned_at is not None or loan.due_date.isoformat() != notice.about["due_date"]:
        return None
    fetched = taken_along(session, patron_id=loan.patron_id)
    return loan if _reminded(loan.patron) and loan.id not in fetched else None


def _still_due_soon(session: Session, notice: Notice, today: date) -> bool:
    loan = _loan_as_told(session, notice)
    return loan is not None and loan.due_date >= today


def _still_overdue(session: Session, notice: Notice, today: date) -> bool:
    loan = _loan_as_told(session, notice)
    return loan is not None and loan.due_date < today


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
            cause = f"hold_ready:hold:{hold.id}:{day_of(hold.ready_at)}"
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
    "due_soon": Kind(_due_soon, _still_due_soon),
    "overdue": Kind(_overdue, _still_overdue),
    "hold_ready": Kind(_hold_ready, _still_ready),
    "delivery_coming": Kind(_delivery_coming, _still_coming),
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
