"""Eight processes that want the same thing at the same moment, and a naive control that does it wrong."""

from __future__ import annotations

import contextlib
import multiprocessing
import random
import time
from collections.abc import Callable, Mapping
from datetime import timedelta
from multiprocessing.synchronize import Barrier

from sqlalchemy import Engine, create_engine, func, select
from sqlalchemy.orm import Session

from catalog import audit, refusals
from catalog.circulation import holds, loans, targets
from catalog.circulation.tables import Hold, Loan
from catalog.database import open_engine, open_sessions
from catalog.delivery import errands, requests
from catalog.delivery.tables import DeliveryRequest
from catalog.organisation.tables import OrgUnit
from catalog.outreach import events, notices
from catalog.outreach.tables import Event
from catalog.patrons import delegation
from catalog.patrons.tables import Card, Patron
from catalog.records.tables import Item
from tests.scenarios.world import moment

RUNNERS = 8
TURNS = 15
"""Turns that each is to have while all the others write as fast as they can."""
MOST_TURNS = 600
"""Nobody has so many while another is still waiting for his."""
PATIENCE_S = 240
"""Until all are there: eight new processes that import everything at once take half a minute on a busy machine."""
NOW = moment("2026-11-23 10:00")
BY = audit.Actor("patron")
_start: Barrier


def runners() -> multiprocessing.pool.Pool:
    """The processes, started once; they begin each race together."""
    context = multiprocessing.get_context("spawn")
    return context.Pool(RUNNERS, initializer=_remember, initargs=(context.Barrier(RUNNERS),))


def _remember(barrier: Barrier) -> None:
    global _start  # noqa: PLW0603 - what the pool hands to each process
    _start = barrier


def run(task: tuple[str, str, int]) -> str:
    """One runner's try at the race `task` (name, database, number): "ok", or the refusal's name."""
    name, url, number = task
    engine = open_engine(url)
    try:
        if name.startswith("naive"):
            return _naive(url, number) if name == "naive" else _naive_wish(url, to_the_door=name == "naive delivery")
        if name == "anything":
            return _anything(engine, number)
        if name == "turns":
            return _turns(engine, number)
        with open_sessions(engine, reading=True)() as session:
            session.scalars(select(Patron)).all()
        _start.wait(PATIENCE_S)
        with open_sessions(engine).begin() as session:
            return RACES[name](session, number)
    except refusals.Refusal as refusal:
        return type(refusal).__name__
    finally:
        engine.dispose()


def reader(session: Session, number: int) -> Patron:
    """One of the readers of the race."""
    return session.get_one(Card, f"race-{number}".upper()).patron


def item_of(session: Session, barcode: str = "s1") -> Item:
    """The item with this barcode; each race has one of its own."""
    return session.scalars(select(Item).where(Item.barcode == barcode)).one()


def _place(session: Session, code: str) -> OrgUnit:
    return session.scalars(select(OrgUnit).where(OrgUnit.code == code)).one()


def _last_copy(session: Session, number: int) -> str:
    loans.check_out(
        session,
        item=item_of(session),
        patron=reader(session, number),
        place=_place(session, "county"),
        now=NOW,
        by=BY,
    )
    return "ok"


def _same_hold(session: Session, number: int) -> str:
    holds.place(
        session,
        patron=reader(session, 0),
        record_id=item_of(session, "w1").record_id,
        pickup=_place(session, "town"),
        now=NOW,
        by=BY,
    )
    return "ok"


def _holds_of_many(session: Session, number: int) -> str:
    hold = holds.place(
        session,
        patron=reader(session, number),
        record_id=item_of(session, "p1").record_id,
        pickup=_place(session, "town"),
        now=NOW,
        by=BY,
    )
    return "copy" if hold.item_id else "waits"


def _same_delivery(session: Session, number: int) -> str:
    requests.request(
        session,
        patron=reader(session, 0),
        record_ids=[item_of(session, "h1").record_id],
        now=NOW,
        by=BY,
        chance=random.Random(number),
    )
    return "ok"


def _last_seat(session: Session, number: int) -> str:
    event = session.scalars(select(Event).where(Event.seats == 1)).one()
    events.join(session, patron=reader(session, number), event=event, now=NOW, by=BY)
    return "ok"


def _same_leave(session: Session, number: int) -> str:
    first, second = reader(session, 0), reader(session, 1)
    delegation.delegate(session, patron=first, delegate=second, now=NOW, by=audit.Actor("librarian", first.id))
    return "ok"


def _same_volunteer(session: Session, number: int) -> str:
    place = _place(session, "town")
    errands.enlist(session, patron=reader(session, 0), place=place, dialects=[], weekdays="", now=NOW, by=BY)
    return "ok"


def _same_notices(session: Session, number: int) -> str:
    return str(notices.gather(session, now=moment("2026-12-21 10:00")))


def _anything(engine: Engine, number: int) -> str:
    """Fifteen turns of whatever comes to mind, with the same few works as everybody else."""
    chance = random.Random(number)
    sessions = open_sessions(engine)
    _start.wait(PATIENCE_S)
    for turn in range(15):
        act = chance.choice(ACTS)
        with contextlib.suppress(refusals.Refusal), sessions.begin() as session:
            by = audit.Actor("patron", None, f"turn-{number}-{turn}")
            act(session, reader(session, chance.randrange(RUNNERS)), chance, by)
    return "ok"


def _turns(engine: Engine, number: int) -> str:
    """One write after the other without a pause, until everybody has had his turns; how many it were."""
    sessions, mine, least = open_sessions(engine), 0, 0
    counts = select(func.count()).where(audit.AuditEntry.what == "hammered").group_by(audit.AuditEntry.turn)
    _start.wait(PATIENCE_S)
    while least < TURNS and mine < MOST_TURNS:
        with sessions.begin() as session:
            audit.record(session, "hammered", now=NOW, by=audit.Actor(turn=f"runner-{number}"))
            session.flush()
            had = session.scalars(counts).all()
            least = min(had) if len(had) == RUNNERS else 0
        mine += 1
    return str(mine)


def _some_hold(session: Session, patron: Patron, chance: random.Random, by: audit.Actor) -> None:
    record_id, pickup = item_of(session, chance.choice(BARCODES)).record_id, _place(session, "town")
    holds.place(session, patron=patron, record_id=record_id, pickup=pickup, now=NOW, by=by)


def _some_order(session: Session, patron: Patron, chance: random.Random, by: audit.Actor) -> None:
    ids = [item_of(session, barcode).record_id for barcode in chance.sample(BARCODES, 2)]
    requests.request(session, patron=patron, record_ids=ids, now=NOW, by=by, chance=chance)


def _no_more(session: Session, patron: Patron, chance: random.Random, by: audit.Actor) -> None:
    for hold in holds.of_patron(session, patron=patron)[:1]:
        holds.cancel(session, hold=hold, now=NOW, by=by)


def _no_order(session: Session, patron: Patron, chance: random.Random, by: audit.Actor) -> None:
    for order in requests.of_patron(session, patron=patron)[:1]:
        requests.cancel(session, delivery=order, now=NOW, by=by)


def _order_later(session: Session, patron: Patron, chance: random.Random, by: audit.Actor) -> None:
    for order in requests.of_patron(session, patron=patron)[:1]:
        later = order.promised_date + timedelta(chance.randrange(1, 9))
        requests.change(session, delivery=order, date=later, now=NOW, by=by)


def _some_loan(session: Session, patron: Patron, chance: random.Random, by: audit.Actor) -> None:
    item, place = item_of(session, chance.choice(BARCODES)), _place(session, "town")
    loans.check_out(session, item=item, patron=patron, place=place, now=NOW, by=by)


def _some_return(session: Session, patron: Patron, chance: random.Random, by: audit.Actor) -> None:
    item = item_of(session, chance.choice(BARCODES))
    loans.check_in(session, item=item, place=_place(session, chance.choice(["town", "county"])), now=NOW, by=by)


def _all_renewed(session: Session, patron: Patron, chance: random.Random, by: audit.Actor) -> None:
    loans.renew_all(session, patron=patron, now=NOW + timedelta(days=chance.randrange(20)), by=by)


def _all_assigned(session: Session, patron: Patron, chance: random.Random, by: audit.Actor) -> None:
    targets.assign(session, now=NOW, by=by)


BARCODES = ("s1", "h1", "h2", "p1", "w1", "w2")
ACTS = (
    _some_hold,
    _some_order,
    _no_more,
    _no_order,
    _order_later,
    _some_loan,
    _some_return,
    _some_return,
    _all_renewed,
    _all_assigned,
)


def _naive(url: str, number: int) -> str:
    """Look first, then lend, in two transactions and without a lock: what the test must catch."""
    engine = open_engine(url) if url.startswith("postgresql") else create_engine(url, connect_args={"timeout": 30})
    _start.wait(PATIENCE_S)
    with Session(engine) as session:
        item = item_of(session)
        free = item.status == "available"
    time.sleep(0.05)
    if not free:
        return "ItemUnavailable"
    with Session(engine, expire_on_commit=False) as session:
        session.add(
            Loan(
                item_id=item_of(session).id,
                patron_id=reader(session, number).id,
                place_id=_place(session, "county").id,
                checked_out_at=NOW,
                due_date=NOW.date(),
            )
        )
        item_of(session).status = "on_loan"
        session.commit()
    engine.dispose()
    return "ok"


def _naive_wish(url: str, *, to_the_door: bool) -> str:
    """Look whether the reader has asked for the work, then ask for it, in two transactions and without a lock."""
    engine = open_engine(url) if url.startswith("postgresql") else create_engine(url, connect_args={"timeout": 30})
    _start.wait(PATIENCE_S)
    with Session(engine) as session:
        record, patron = item_of(session, "w1").record, reader(session, 0)
        asked = holds.open_on(session, patron=patron, work_id=record.work_id)
    time.sleep(0.05)
    if asked is not None:
        return "AlreadyOnHold"
    with Session(engine) as session:
        patron, town = reader(session, 0), _place(session, "town")
        order = DeliveryRequest(patron=patron, address_id=patron.addresses[0].id, address_text="", org_unit=town,
                                requested_at=NOW, promised_date=NOW.date())  # fmt: skip
        if to_the_door:
            session.add(order)
            session.flush()
        wish = Hold(patron_id=patron.id, work_id=record.work_id, record_id=record.id, placed_at=NOW)
        wish.pickup_id, wish.delivery_id = (None, order.id) if to_the_door else (town.id, None)
        session.add(wish)
        session.commit()
    engine.dispose()
    return "ok"


RACES: Mapping[str, Callable[[Session, int], str]] = {
    "last copy": _last_copy,
    "same hold": _same_hold,
    "holds of many": _holds_of_many,
    "same delivery": _same_delivery,
    "last seat": _last_seat,
    "same notices": _same_notices,
    "same leave": _same_leave,
    "same volunteer": _same_volunteer,
}
