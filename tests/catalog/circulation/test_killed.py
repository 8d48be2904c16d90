"""kill -9 before every single statement of an act: until the last one nothing has happened, then all of it has.

The control does the same acts without a transaction, and the same test catches it.
"""

from __future__ import annotations

import os
import random
import signal
from collections.abc import Callable, Sequence
from datetime import timedelta

import pytest
from sqlalchemy import Engine, create_engine, event, select
from sqlalchemy.orm import Session

from catalog import audit, invariants
from catalog.circulation import holds, loans, returns, targets
from catalog.circulation.tables import Hold, Loan
from catalog.database import open_engine, open_sessions
from catalog.delivery import requests, rounds
from catalog.delivery.tables import DeliveryRequest
from catalog.organisation.tables import OrgUnit
from catalog.patrons.tables import Card, Patron
from catalog.records.tables import Item
from tests.catalog.circulation.shape import Row, look
from tests.databases import KINDS, NewDatabase
from tests.scenarios.world import build_in, moment

NOW = moment("2026-11-23 10:00")
BY = audit.Actor("librarian")
MOST_STATEMENTS = 80


def _reader(session: Session, card: str) -> Patron:
    return session.get_one(Card, card).patron


def _item(session: Session, barcode: str) -> Item:
    return session.scalars(select(Item).where(Item.barcode == barcode)).one()


def _place(session: Session, code: str) -> OrgUnit:
    return session.scalars(select(OrgUnit).where(OrgUnit.code == code)).one()


def _lend(session: Session, barcode: str, card: str) -> Loan:
    item, patron = _item(session, barcode), _reader(session, card)
    return loans.check_out(session, item=item, patron=patron, place=_place(session, "county"), now=NOW, by=BY)


def _check_out(session: Session) -> None:
    _lend(session, "s1", "1001")


def _place_hold(session: Session) -> None:
    record, town = _item(session, "s1").record_id, _place(session, "town")
    holds.place(session, patron=_reader(session, "1002"), record_id=record, pickup=town, now=NOW, by=BY)


def _renew(session: Session) -> None:
    loan = _lend(session, "h2", "1004")
    session.flush()
    loans.renew(session, loan=loan, now=NOW + timedelta(5), by=BY)


def _check_in(session: Session) -> None:
    """At a third place: the loan ends, the hold gets the copy, and it is sent on its way."""
    returns.check_in(session, item=_item(session, "s1"), place=_place(session, "other"), now=NOW, by=BY)


def _cancel(session: Session) -> None:
    hold = session.scalars(select(Hold).where(Hold.ended_at.is_(None))).one()
    holds.cancel(session, hold=hold, now=NOW, by=BY)


def _order(session: Session) -> None:
    records = [_item(session, barcode).record_id for barcode in ("h1", "w1")]
    requests.request(session, patron=_reader(session, "1001"), record_ids=records, now=NOW, by=BY,
                     chance=random.Random(1))  # fmt: skip


def _bring(session: Session) -> None:
    order = session.scalars(select(DeliveryRequest)).one()
    for hold in requests.wishes_of(session, order):
        assert hold.item is not None
        returns.scan(session, item=hold.item, place=order.org_unit, now=NOW, by=BY, what="captured")
    rounds.dispatch(session, delivery=order, now=NOW, by=BY)
    rounds.deliver(session, delivery=order, now=NOW, by=BY)


def _suspend_and_choose(session: Session) -> None:
    record, town = _item(session, "p1").record_id, _place(session, "town")
    hold = holds.place(session, patron=_reader(session, "1005"), record_id=record, pickup=town, now=NOW, by=BY)
    holds.suspend(session, hold=hold, until=NOW.date() + timedelta(1), now=NOW, by=BY)
    targets.assign(session, now=NOW + timedelta(2), by=BY)


ACTS: tuple[Callable[[Session], None], ...] = (
    _check_out, _place_hold, _renew, _check_in, _cancel, _order, _bring, _suspend_and_choose
)  # fmt: skip
"""One after the other, each on what the one before it left."""
EVERY_DAY = (_check_out, _place_hold, _check_in)
"""Lent, wished for, and brought back at a third place; the others are killed at night."""


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(
    "killed", [pytest.param(EVERY_DAY, id="every day"), pytest.param(ACTS, id="every act", marks=pytest.mark.nightly)]
)
def test_killed_before_any_statement_nothing_has_happened(
    new_database: NewDatabase, kind: str, killed: Sequence[Callable[[Session], None]]
) -> None:
    url = _built(new_database(kind))
    for act in ACTS[: ACTS.index(killed[-1]) + 1]:
        if act not in killed:
            _done(url, act)
            continue
        torn = _torn(url, act, naive=False)
        assert torn == [], f"{act.__name__}, killed before statement {torn}: something had happened"
        engine = open_engine(url)
        with open_sessions(engine)() as session:
            assert invariants.broken(session) == {}
        engine.dispose()


@pytest.mark.parametrize("kind", KINDS)
def test_an_act_without_a_transaction_is_caught(new_database: NewDatabase, kind: str) -> None:
    assert _torn(_built(new_database(kind)), _check_out, naive=True)


def _built(url: str) -> str:
    engine = open_engine(url)
    build_in(engine)
    engine.dispose()
    return url


def _done(url: str, act: Callable[[Session], None]) -> None:
    """The act, with nobody killed."""
    engine = open_engine(url)
    with open_sessions(engine).begin() as session:
        act(session)
    engine.dispose()


def _torn(url: str, act: Callable[[Session], None], *, naive: bool) -> list[int]:
    """Kill the act before its first statement, its second, … until it ends; the statements before which a kill left
    something behind."""
    watching = open_engine(url)
    own = url.replace("postgresql:", "postgresql+psycopg:")
    engine = create_engine(own, isolation_level="AUTOCOMMIT") if naive else open_engine(url)
    if not naive:
        with open_sessions(engine)() as session:
            act(session)  # for nothing: what is compiled once need not be compiled by every child
            session.rollback()
    torn = []
    before = _look(watching)
    for number in range(1, MOST_STATEMENTS):
        engine.dispose()
        killed = _killed(engine, act, number)
        after = _look(watching)
        if not killed:
            assert after != before, "the act did nothing"
            engine.dispose()
            return torn
        if after != before:
            torn.append(number)
            if naive:
                return torn
            before = after
    raise AssertionError(f"{act.__name__} has more than {MOST_STATEMENTS} statements")


def _look(engine: Engine) -> frozenset[Row]:
    with open_sessions(engine, reading=True)() as session:
        shape = look(session)
    engine.dispose()
    return shape


def _killed(engine: Engine, act: Callable[[Session], None], last: int) -> bool:
    """Run the act in a process of its own that kills itself before its statement number `last`; whether it came to
    that. The commit is a statement too."""
    child = os.fork()
    if child == 0:
        try:
            _run(engine, act, last)
        finally:
            os._exit(1)
    _, status = os.waitpid(child, 0)
    assert os.WIFSIGNALED(status) or os.WEXITSTATUS(status) == 0, f"{act.__name__} failed at statement {last}"
    return os.WIFSIGNALED(status)


def _run(engine: Engine, act: Callable[[Session], None], last: int) -> None:
    sent = 0

    def count(*_: object) -> None:
        nonlocal sent
        sent += 1
        if sent == last:
            os.kill(os.getpid(), signal.SIGKILL)

    event.listen(engine, "before_cursor_execute", count)
    event.listen(engine, "commit", count)
    with open_sessions(engine).begin() as session:
        act(session)
    os._exit(0)
