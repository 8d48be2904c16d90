"""What one process read is over in another: two sessions at once on PostgreSQL (on SQLite every writer is alone)."""

from __future__ import annotations

import random
import threading
from collections.abc import Iterator
from datetime import timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session, sessionmaker

from catalog import refusals
from catalog.audit import Actor, AuditEntry
from catalog.circulation import loans, targets
from catalog.database import open_engine, open_sessions
from catalog.delivery import errands, profiles, requests
from catalog.delivery.tables import DeliveryRequest, Errand, Parcel, ReadingProfile
from catalog.organisation.tables import OrgUnit
from catalog.patrons import delegation
from catalog.patrons.tables import Card, Delegation, Patron
from catalog.records.tables import BibliographicRecord, Item, Work
from catalog.rows import lock
from tests.databases import NewDatabase
from tests.scenarios.world import build_in, moment

NOW = moment("2026-11-23 10:00")
DESK = Actor("librarian")


@pytest.fixture
def sessions(new_database: NewDatabase) -> Iterator[sessionmaker[Session]]:
    engine = open_engine(new_database("postgresql"))
    build_in(engine)
    yield open_sessions(engine)
    engine.dispose()


def reader(session: Session, card: str) -> Patron:
    return session.get_one(Card, card).patron


def test_leave_is_not_taken_back_in_the_middle_of_what_is_done(sessions: sessionmaker[Session]) -> None:
    with sessions.begin() as session:
        mother, daughter = reader(session, "1001"), reader(session, "1002")
        held = delegation.delegate(session, patron=mother, delegate=daughter, now=NOW, by=DESK).id

    def revoke() -> None:
        with sessions.begin() as session:
            delegation.revoke(session, delegation=session.get_one(Delegation, held), now=NOW, by=DESK)

    taking_back = threading.Thread(target=revoke)
    with sessions.begin() as acting:
        assert delegation.given(acting, id=held, delegate=reader(acting, "1002")) is not None
        taking_back.start()
        taking_back.join(0.5)
        assert taking_back.is_alive(), "it was taken back while something was done by it"
    taking_back.join(30)
    with sessions() as session:
        assert not delegation.holds_today(session.get_one(Delegation, held), now=NOW)


def test_no_book_is_chosen_for_whom_it_was_stopped_meanwhile(sessions: sessionmaker[Session]) -> None:
    with sessions.begin() as session:
        profiles.set_up(session, patron=reader(session, "1001"), every_days=30, subjects=["x"], now=NOW, by=DESK)
    with sessions.begin() as clock:
        profile = clock.scalars(select(ReadingProfile)).one()
        found = list(clock.scalars(select(BibliographicRecord.id)))
        with sessions.begin() as session:
            profiles.end(session, profile=session.scalars(select(ReadingProfile)).one(), now=NOW, by=DESK)
        assert profiles.choose(clock, profile=profile, candidates=found, now=NOW) is None
    with sessions() as session:
        assert session.scalars(select(Parcel)).all() == []


def test_an_order_is_called_off_while_a_copy_for_it_comes_back(sessions: sessionmaker[Session]) -> None:
    """Bug: who called it off held the order and waited for its work; who had the work waited for the order."""
    with sessions.begin() as session:
        copy = session.scalars(select(Item).where(Item.barcode == "s1")).one()
        county = session.scalars(select(OrgUnit).where(OrgUnit.code == "county")).one()
        loans.check_out(session, item=copy, patron=reader(session, "1002"), place=county, now=NOW, by=DESK)
        order = requests.request(session, patron=reader(session, "1001"), record_ids=[copy.record_id], now=NOW, by=DESK,
                                 chance=random.Random(1)).id  # fmt: skip
    failed: list[BaseException] = []

    def call_off() -> None:
        try:
            with sessions.begin() as session:
                requests.cancel(session, delivery=session.get_one(DeliveryRequest, order), now=NOW, by=DESK)
        except OperationalError as error:
            failed.append(error)

    calling_off = threading.Thread(target=call_off)
    with sessions.begin() as desk:
        copy = desk.scalars(select(Item).where(Item.barcode == "s1")).one()
        lock(desk, Work, copy.record.work_id)
        calling_off.start()
        calling_off.join(0.5)
        for hold in targets.queue(desk, copy.record.work_id):
            hold.expected_date = NOW.date()
            targets.promise_again(desk, hold, now=NOW + timedelta(days=20))
        desk.flush()
    calling_off.join(30)
    assert not failed
    with sessions() as session:
        assert session.get_one(DeliveryRequest, order).status == "cancelled"


def test_an_errand_is_reported_once_and_not_by_who_gave_it_back(sessions: sessionmaker[Session]) -> None:
    with sessions.begin() as session:
        depot = session.scalars(select(OrgUnit).where(OrgUnit.code == "depot")).one()
        first, second = (
            errands.enlist(session, patron=reader(session, card), place=depot, dialects=[], weekdays="3", now=NOW,
                           by=DESK)
            for card in ("1002", "1006")
        )  # fmt: skip
        loans = DeliveryRequest(
            patron=reader(session, "1005"), kind="fetch", address_id=reader(session, "1005").addresses[0].id,
            address_text="", org_unit=depot, status="requested", requested_at=NOW,
            promised_date=NOW.date() + timedelta(3), loan_ids=[],
        )  # fmt: skip
        when = {"day": loans.promised_date, "address_id": loans.address_id, "offered_at": NOW}
        session.add_all(Errand(delivery=loans, volunteer=one, status="accepted", **when) for one in (first, second))
    with sessions.begin() as slow:
        mine, given_back = slow.scalars(select(Errand).order_by(Errand.id)).all()
        with sessions.begin() as session:
            quick, back = session.scalars(select(Errand).order_by(Errand.id)).all()
            errands.report(session, errand=quick, minutes=60, now=NOW, by=DESK)
            errands.decline(session, errand=back, now=NOW, by=DESK)
        errands.report(slow, errand=mine, minutes=30, now=NOW, by=DESK)
        with pytest.raises(refusals.NotFound):
            errands.report(slow, errand=given_back, minutes=30, now=NOW, by=DESK)
    with sessions() as session:
        assert [one.minutes for one in session.scalars(select(Errand).order_by(Errand.id))] == [60, None]
        assert len(session.scalars(select(AuditEntry).where(AuditEntry.what == "errand_done")).all()) == 1
