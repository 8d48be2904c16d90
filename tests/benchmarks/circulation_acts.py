"""What `bench circulation` does in a library: holds, renewals and check-outs as the desk and the dialogue ask for them.

An act is a whole transaction: the reader by his card, the item by its barcode or the loan by its number, the use case,
the commit. Each act concerns a loan or an item of its own, so that hardly any is refused.
"""

from __future__ import annotations

import gc
import random
from contextlib import suppress
from dataclasses import dataclass
from multiprocessing.synchronize import Barrier
from time import perf_counter, process_time
from typing import NamedTuple

from circulation_filling import NOW, OUT, SEED, TEN, Size, barcode, card, place_of
from sqlalchemy import bindparam, select
from sqlalchemy.orm import Session, joinedload, sessionmaker

from catalog import audit, refusals, rows
from catalog.circulation import holds, loans
from catalog.circulation.tables import Loan
from catalog.database import open_engine, open_sessions
from catalog.organisation.calendar import calendar_of
from catalog.organisation.tables import OrgUnit
from catalog.patrons.tables import Card, Patron
from catalog.records.tables import Item
from catalog.rows import Row

KINDS = ("hold", "renew", "check_out")
_ITEM = select(Item).where(Item.barcode == bindparam("barcode")).options(joinedload(Item.record))
TAKEN = (3, 6, 7, 8)
"""Which of ten items in a row are taken from the shelf, by turns."""


@dataclass(frozen=True, slots=True)
class Act:
    """One act: its kind, the reader's number, and the record, loan or item it concerns."""

    kind: str
    number: int
    reader: int
    thing: int


@dataclass(frozen=True, slots=True)
class Done:
    """How long it took in milliseconds, and "" or the refusal's name."""

    kind: str
    ms: float
    refused: str = ""


class Share(NamedTuple):
    """What one process did, what failed, when it began and ended, and the seconds of processor it took itself."""

    done: list[Done]
    failed: list[str]
    start: float
    end: float
    processor: float


def acts(size: Size, count: int, *, part: int = 0, parts: int = 1, chance: int = 0) -> list[Act]:
    """`count` acts in a random order; no two parts share a loan or an item."""
    drawn = random.Random(f"{SEED} {part} {chance}")
    lent, tens = size.lent_tens * len(OUT), size.tens
    shares = {"renew": lent // parts, "check_out": tens * len(TAKEN) // parts}
    if max(count // len(KINDS) + 1, 1) > min(shares.values()):
        raise SystemExit("too few items and loans for so many operations")
    own = {kind: iter(drawn.sample(range(share), count // len(KINDS) + 1)) for kind, share in shares.items()}
    found = []
    for number in range(count):
        kind = KINDS[number % len(KINDS)]
        reader = drawn.randint(1, size.readers)
        if kind == "hold":
            thing = drawn.randint(1, size.works)
        else:
            thing = next(own[kind]) * parts + part
            if kind == "check_out":
                ten, place = divmod(thing, len(TAKEN))
                thing = ten * TEN + TAKEN[place]
            thing += 1
        found.append(Act(kind, part * 10_000_000 + number, reader, thing))
    drawn.shuffle(found)
    return found


def warm(sessions: sessionmaker[Session]) -> None:
    """Know the places' calendars, as a service that has run for a while does."""
    with sessions() as session:
        for place in session.scalars(select(OrgUnit)):
            calendar_of(session, place=place)


def do(sessions: sessionmaker[Session], act: Act) -> Done:
    """Do it, committed; how long it took."""
    start = perf_counter()
    refused = ""
    try:
        with sessions.begin() as session:
            once(session, act)
    except refusals.Refusal as refusal:
        refused = type(refusal).__name__
    return Done(act.kind, (perf_counter() - start) * 1000, refused)


def _read(session: Session, table: type[Row], key: object) -> Row:
    found = rows.find(session, table, key)
    assert found is not None
    return found


def once(session: Session, act: Act) -> None:
    """The act within the transaction of `session`, not committed."""
    by = audit.Actor("patron", None, f"bench:{act.number}")
    if act.kind == "renew":
        loans.renew(session, loan=_read(session, Loan, act.thing), now=NOW, by=by)
        return
    if act.kind == "hold":
        patron = _read(session, Patron, act.reader)
        pickup = _read(session, OrgUnit, patron.pickup_id)
        holds.place(session, patron=patron, record_id=act.thing, pickup=pickup, now=NOW, by=by)
    else:
        patron = session.get_one(Card, card(act.reader)).patron
        item = session.scalars(_ITEM, {"barcode": barcode(act.thing)}).one()
        place = _read(session, OrgUnit, place_of(act.thing))
        loans.check_out(session, item=item, patron=patron, place=place, now=NOW, by=by)


def work(url: str, todo: list[Act], begun: Barrier) -> Share:
    """One process's share; `begun` is a barrier."""
    engine = open_engine(url)
    sessions = open_sessions(engine)
    warm(sessions)
    for act in todo[:12]:
        with sessions() as session, suppress(refusals.Refusal):  # what is compiled once is compiled now, for nothing
            once(session, act)
    gc.freeze()  # as `serve` does once it has begun
    begun.wait(120)
    done: list[Done] = []
    failed: list[str] = []
    start, processor = perf_counter(), process_time()
    for act in todo:
        try:
            done.append(do(sessions, act))
        except Exception as error:
            failed.append(f"{type(error).__name__}: {error}"[:200])
    end, processor = perf_counter(), process_time() - processor
    engine.dispose()
    return Share(done, failed, start, end, processor)
