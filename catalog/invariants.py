"""What must never happen, one sentence each, and the query that would show it. Nothing here repairs anything.

Tests ask after every step of every scenario; `shusheng check` can ask on a living database.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

from sqlalchemy import Select, and_, func, literal, not_, or_, select, union_all
from sqlalchemy.orm import Session, aliased, joinedload

from catalog.audit import AuditEntry
from catalog.circulation import targets
from catalog.circulation.rules import OPEN_HOLD
from catalog.circulation.tables import Hold, Loan, Transit
from catalog.connectors.queue import QueuedWish
from catalog.delivery.rules import OPEN
from catalog.delivery.tables import DeliveryRequest, Errand, Parcel
from catalog.organisation.tables import Closure
from catalog.outreach.tables import Broadcast, Event, Notice, SignUp
from catalog.records.tables import BibliographicRecord, Item

WAITS_ANEW = ("hold_placed", "delivery_requested", "hold_resumed", "undone", "imported", "item_missing")
"""The acts after which a hold waits in the queue."""
BEGINNINGS = ("hold_placed", "delivery_requested", "checked_out", "delivered", "imported")
"""The acts that begin a hold or a loan."""

Found = Callable[[Session], Iterator[int]]

_lent = select(Loan.item_id).where(Loan.returned_at.is_(None))
_moving = select(Transit.item_id).where(Transit.arrived_at.is_(None))


def _held(*statuses: str) -> Select[int | None]:
    return select(Hold.item_id).where(Hold.item_id.is_not(None), Hold.status.in_(statuses))


def _either(status: str, rows: Select[int] | Select[int | None]) -> Select[int]:
    """Items that have the status without such a row, or such a row without the status."""
    has = Item.id.in_(rows)
    return select(Item.id).where(or_(and_(Item.status == status, not_(has)), and_(Item.status != status, has)))


_waiting = (
    select(Hold)
    .where(Hold.status == "waiting", Hold.item_id.is_(None))
    .where(Hold.work_id.in_(select(BibliographicRecord.work_id).join(Item).where(Item.status == "available")))
    .options(joinedload(Hold.patron), joinedload(Hold.record))
)


def _overlooked(session: Session) -> Iterator[int]:
    """Holds that wait although a copy that serves them stands on a shelf."""
    lent: dict[int, list[Item]] = {}
    for hold in session.scalars(_waiting):
        items = lent.get(hold.work_id) or lent.setdefault(hold.work_id, targets.lent_items(session, hold.work_id))
        formats = targets.formats(hold.patron, hold.record, {item.record.format for item in items})
        free = (item for item in items if item.status == "available" and targets.fits(hold, item))
        if any(item.record.format in formats for item in free):
            yield hold.id


_early, _late = aliased(Hold), aliased(Hold)
_passed = (
    select(_early, _late.id, Item, BibliographicRecord.format)
    .join(_late, _late.work_id == _early.work_id)
    .join(Item, _late.item_id == Item.id)
    .join(BibliographicRecord)
    .where(_early.status == "waiting", _early.item_id.is_(None))
    .where(_late.status.in_(OPEN_HOLD))
    .where(or_(_early.placed_at < _late.placed_at, and_(_early.placed_at == _late.placed_at, _early.id < _late.id)))
)


def _overtaken(session: Session) -> Iterator[int]:
    """Holds that wait although a later one was given a copy that serves them too while they were waiting.

    A hold that was suspended or cancelled meanwhile, and wakes at its old place, takes no copy from anybody.
    """
    pairs = session.execute(_passed).all()
    if not pairs:
        return
    since: dict[int, int] = {}
    given: dict[tuple[int, str | None], int] = {}
    first = min(early.placed_at for early, *_ in pairs)
    rows = select(AuditEntry.id, AuditEntry.what, AuditEntry.ids).where(AuditEntry.at >= first)
    for row, what, ids in session.execute(rows.order_by(AuditEntry.id)):
        for hold in _named(ids, "hold"):
            if what in WAITS_ANEW:
                since[hold] = row
            if what == "copy_chosen":
                given[hold, ids["item"]] = row
            given.setdefault((hold, ids.get("item")), row)
    for early, late_id, item, form in pairs:
        if early.id in since and given.get((late_id, str(item.id)), 0) > since[early.id] and targets.fits(early, item):
            lendable = targets.lendable_formats(session, early.work_id)
            if form in targets.formats(early.patron, early.record, lendable):
                yield early.id


def _named(ids: Mapping[str, str], name: str) -> list[int]:
    """The things of this name (hold, loan) that an audit row is about: one, or several under the plural."""
    return [int(value) for key in (name, f"{name}s") for value in ids.get(key, "").split()]


def _fetched_twice(session: Session) -> Iterator[int]:
    """Open orders that take a loan along which another one takes too."""
    seen: set[int] = set()
    rows = select(DeliveryRequest.id, DeliveryRequest.loan_ids).where(DeliveryRequest.status.in_(OPEN))
    for number, loan_ids in session.execute(rows.order_by(DeliveryRequest.id)):
        if len(seen | set(loan_ids)) < len(seen) + len(loan_ids):
            yield number
        seen.update(loan_ids)


def _vanished(session: Session) -> Iterator[int]:
    """Items that an act was about and that are nowhere any more."""
    there = set(session.scalars(select(Item.id)))
    for ids in session.scalars(select(AuditEntry.ids)):
        yield from (one for one in _named(ids, "item") if one not in there)


CAUSES: Mapping[str, Select[int]] = {
    "loan": select(Loan.id),
    "hold": select(Hold.id),
    "delivery": select(DeliveryRequest.id),
    "errand": select(Errand.id),
    "closure": select(Closure.id),
    "parcel": select(Parcel.id),
    "broadcast": select(Broadcast.id),
    "event": select(Event.id),
    "wish": select(QueuedWish.id),
    "audit": select(AuditEntry.id),
}
"""The things that a notice's cause can name; a `turn` is named by its audit rows."""


def _causeless(session: Session) -> Iterator[int]:
    """Notices whose cause is not there, or is another's too."""
    there: dict[str, set[int]] = {}
    told: set[str] = set()
    for number, cause in session.execute(select(Notice.id, Notice.cause)):
        _, name, of = cause.split(":", 2)
        if cause in told:
            yield number
        told.add(cause)
        if name in CAUSES:
            if name not in there:
                there[name] = set(session.scalars(CAUSES[name]))
            if int(of.partition(":")[0]) not in there[name]:
                yield number
        elif session.scalars(select(AuditEntry.id).where(AuditEntry.turn == of).limit(1)).first() is None:
            yield number


_taken = select(func.count()).where(SignUp.event_id == Event.id, SignUp.left_at.is_(None)).scalar_subquery()
_twin = aliased(Loan)
_other = aliased(Hold)


def _unaudited(session: Session) -> Iterator[int]:
    """Loans and holds that no audit row speaks of."""
    spoken: set[tuple[str, int]] = set()
    for ids in session.scalars(select(AuditEntry.ids).where(AuditEntry.what.in_(BEGINNINGS))):
        for name in ("hold", "loan"):
            spoken.update((name, one) for one in _named(ids, name))
    begun = union_all(select(literal("hold"), Hold.id), select(literal("loan"), Loan.id))
    yield from (one for name, one in session.execute(begun) if (name, one) not in spoken)


INVARIANTS: Mapping[str, Select[int] | Found] = {
    "No item is in two hands.": select(Loan.item_id)
    .join(_twin, and_(_twin.item_id == Loan.item_id, _twin.id > Loan.id))
    .where(Loan.returned_at.is_(None), _twin.returned_at.is_(None)),
    "No item is kept for two readers.": select(Hold.id)
    .join(_other, and_(_other.item_id == Hold.item_id, _other.id > Hold.id))
    .where(Hold.status.in_(OPEN_HOLD), _other.status.in_(OPEN_HOLD)),
    "No copy vanishes.": _vanished,
    "An item is on loan exactly while a loan of it is open.": _either("on_loan", _lent),
    "An item is on the hold shelf exactly while it lies ready for a reader.": _either("on_hold_shelf", _held("ready")),
    "An item is in transit exactly while it is on its way.": _either("in_transit", _moving),
    "An item is taken off the shelf exactly while a reader waits for it.": select(Item.id).where(
        or_(
            and_(Item.status == "allocated", not_(Item.id.in_(_held("waiting")))),
            and_(Item.status.in_(("available", "on_loan", "missing")), Item.id.in_(_held(*OPEN_HOLD))),
        )
    ),
    "A hold that is on its way or ready has its copy.": select(Hold.id).where(
        Hold.status.in_(("in_transit", "ready")), Hold.item_id.is_(None)
    ),
    "A hold is either open or has ended.": select(Hold.id).where(
        Hold.status.in_(OPEN_HOLD) == Hold.ended_at.is_not(None)
    ),
    "A delivery is either open or has ended.": select(DeliveryRequest.id).where(
        DeliveryRequest.status.in_(OPEN) == DeliveryRequest.ended_at.is_not(None)
    ),
    "An open hold goes to a pick-up location or to a door, never to both or nowhere.": select(Hold.id).where(
        Hold.status.in_(OPEN_HOLD), Hold.pickup_id.is_(None) == Hold.delivery_id.is_(None)
    ),
    "No hold is left behind by a delivery that has ended.": select(Hold.id)
    .join(DeliveryRequest, Hold.delivery_id == DeliveryRequest.id)
    .where(Hold.status.in_(OPEN_HOLD), DeliveryRequest.status.not_in(OPEN)),
    "A delivery has something to bring.": select(DeliveryRequest.id).where(
        DeliveryRequest.kind == "bring",
        DeliveryRequest.status.in_(OPEN),
        not_(select(Hold.id).where(Hold.delivery_id == DeliveryRequest.id, Hold.status.in_(OPEN_HOLD)).exists()),
    ),
    "No loan is fetched from a door by two rounds.": _fetched_twice,
    "A reader asks for a work once at a time.": select(Hold.id)
    .join(_other, and_(_other.patron_id == Hold.patron_id, _other.work_id == Hold.work_id, _other.id > Hold.id))
    .where(Hold.status.in_(OPEN_HOLD), _other.status.in_(OPEN_HOLD)),
    "Nobody waits while a copy for him stands on a shelf.": _overlooked,
    "A hold is never overtaken.": _overtaken,
    "No hold and no loan begins without its audit row.": _unaudited,
    "No notice is told without its cause, and none twice for one.": _causeless,
    "No event has more seats taken than there are.": select(Event.id).where(
        Event.seats.is_not(None), _taken > Event.seats
    ),
}


_ASKED = union_all(
    *(
        query.add_columns(literal(number))
        for number, query in enumerate(INVARIANTS.values())
        if isinstance(query, Select)
    )
)
"""All that one statement can ask, in one: it is asked after every step of every scenario."""


def broken(session: Session) -> dict[str, list[int]]:
    """The sentences that do not hold, each with the ids that show it; empty if all is well."""
    found: dict[str, list[int]] = {}
    sentences = list(INVARIANTS)
    for one, number in session.execute(_ASKED):
        found.setdefault(sentences[number], []).append(one)
    for sentence, query in INVARIANTS.items():
        if not isinstance(query, Select) and (ids := list(query(session))):
            found[sentence] = ids
    return found
