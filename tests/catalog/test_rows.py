"""Rows that are written without the unit of work: the database and the objects say the same, also after a rollback."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

import pytest
from sqlalchemy import event, select
from sqlalchemy.orm import Session

from catalog import rows
from catalog.circulation.tables import ITEM_OUT, Hold, Loan
from catalog.database import open_engine, open_sessions
from catalog.organisation.tables import OrgUnit
from catalog.patrons.tables import Card, Patron
from catalog.records.tables import Item, Work
from tests.scenarios.world import build_in, moment

NOW = moment("2026-11-23 10:00")


class _TakenBackError(Exception):
    """Ends a savepoint."""


@pytest.fixture
def session(empty_database: str) -> Iterator[Session]:
    """A session in the small union of the scenarios."""
    engine = open_engine(empty_database)
    build_in(engine)
    with open_sessions(engine)() as session:
        yield session
    engine.dispose()


def _items(session: Session) -> list[Item]:
    return list(session.scalars(select(Item).where(Item.status == "available").order_by(Item.id).limit(3)))


def _status(session: Session, item: Item) -> object:
    columns = Item.__table__.c
    return session.connection().scalar(select(columns.status).where(columns.id == item.id))


def _loan_of(item: Item, patron: Patron) -> dict[str, object]:
    return {"item_id": item.id, "patron_id": patron.id, "place_id": item.home_id, "checked_out_at": NOW,
            "renewals": 0, "due_date": date(2026, 12, 24)}  # fmt: skip


def _sent(session: Session) -> list[str]:
    sent: list[str] = []

    @event.listens_for(session.connection(), "before_cursor_execute")
    def _one(*given: object) -> None:
        sent.append(str(given[2]))

    return sent


def test_what_is_changed_is_in_the_database_and_on_the_object_with_nothing_left_to_flush(session: Session) -> None:
    item, *_ = _items(session)
    village = session.scalars(select(OrgUnit).where(OrgUnit.id != item.location_id)).first()
    assert village is not None
    rows.change(session, item, status="missing", location=village, location_id=village.id)
    assert not session.dirty
    assert (item.status, item.location) == ("missing", village)
    session.expire_all()
    assert (item.status, item.location) == ("missing", village)


def test_a_batch_writes_nothing_before_it_is_sent_and_then_one_statement_of_a_kind(session: Session) -> None:
    items = _items(session)
    batch = rows.Batch(session)
    for item in items:
        batch.change(item, status="allocated")
    assert {_status(session, item) for item in items} == {"available"}
    sent = _sent(session)
    batch.send()
    batch.send()
    assert len(sent) == 1
    assert {_status(session, item) for item in items} == {"allocated"}


def test_what_a_savepoint_takes_back_is_known_as_before(session: Session) -> None:
    item, *_ = _items(session)
    patron = session.get_one(Card, "1001").patron
    begun = _loan_of(item, patron)
    with pytest.raises(_TakenBackError), session.begin_nested():
        rows.change(session, item, status="on_loan")
        loan = rows.insert_once(session, Loan, begun, unlike=ITEM_OUT)
        raise _TakenBackError
    assert item.status == "available"
    assert loan not in session
    again = rows.insert_once(session, Loan, begun, unlike=ITEM_OUT)
    assert again is not None
    assert (again.item, again.patron) == (item, patron)
    assert rows.insert_once(session, Loan, begun, unlike=ITEM_OUT) is None


def test_what_another_savepoint_wrote_stays_when_one_is_taken_back(session: Session) -> None:
    item, other, *_ = _items(session)
    patron = session.get_one(Card, "1001").patron
    with session.begin_nested():
        first = rows.insert_once(session, Loan, _loan_of(item, patron), unlike=ITEM_OUT)
        with session.begin_nested():
            inner = rows.insert_once(session, Loan, _loan_of(other, patron), unlike=ITEM_OUT)
        with pytest.raises(_TakenBackError), session.begin_nested():
            rows.change(session, item, status="on_loan")
            raise _TakenBackError
    assert first is not None
    assert inner is not None
    assert first in session
    assert inner in session
    assert item.status == "available"
    first.renewals = inner.renewals = 1
    session.commit()
    session.expire_all()
    assert session.get_one(Loan, first.id).renewals == session.get_one(Loan, inner.id).renewals == 1


def test_an_outer_savepoint_takes_back_what_an_inner_one_had_written(session: Session) -> None:
    item, *_ = _items(session)
    patron = session.get_one(Card, "1001").patron
    with pytest.raises(_TakenBackError), session.begin_nested():
        with session.begin_nested():
            loan = rows.insert_once(session, Loan, _loan_of(item, patron), unlike=ITEM_OUT)
            rows.change(session, item, status="on_loan")
        raise _TakenBackError
    assert item.status == "available"
    assert loan not in session


def test_a_row_that_the_whole_transaction_took_back_makes_room_for_one_with_its_id(session: Session) -> None:
    item, *_ = _items(session)
    patron = session.get_one(Card, "1001").patron
    session.commit()
    first = rows.insert_once(session, Loan, _loan_of(item, patron), unlike=ITEM_OUT)
    session.rollback()
    assert first not in session
    again = rows.insert_once(session, Loan, _loan_of(item, patron), unlike=ITEM_OUT)
    assert again is not None
    assert again.item is item


def test_a_row_is_read_once_and_what_is_not_there_is_none(session: Session) -> None:
    work_id = _items(session)[0].record.work_id
    work = rows.find(session, Work, work_id)
    sent = _sent(session)
    assert rows.find(session, Work, work_id) is work
    assert not sent
    session.expire_all()
    again = rows.find(session, Work, work_id)
    assert again is not None
    assert again.id == work_id
    assert rows.find(session, Hold, 0) is None


def test_two_rows_locked_in_one_statement_are_both_locked(session: Session) -> None:
    work_id = _items(session)[0].record.work_id
    patron = session.get_one(Card, "1001").patron
    session.expire_all()
    assert rows.locked_both(session, Patron, patron.id, Work, work_id) is patron
    sent = _sent(session)
    assert rows.locked(session, Patron, patron.id) is patron
    rows.lock(session, Work, work_id)
    assert not sent
