"""What every library system behind the port has to do; one suite for all of CONNECTORS."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta

import pytest
import yaml
from sqlalchemy import create_engine, select
from sqlalchemy.orm import Session

from catalog import audit, refusals
from catalog.connectors import CAPABILITIES, CONNECTORS, LibrarySystem, queue
from catalog.connectors.patient import Patient
from catalog.database import Base
from catalog.outreach.tables import Notice
from tests.fakes.library_system import Outside
from tests.scenarios.world import HERE, World, build

SYSTEMS: dict[str, Callable[[], LibrarySystem]] = {
    **CONNECTORS,
    "outside": Outside,
    "patient outside": lambda: Patient(Outside()),
}


@pytest.fixture(params=SYSTEMS)
def library(request: pytest.FixtureRequest) -> LibrarySystem:
    return SYSTEMS[request.param]()


@pytest.fixture
def world() -> Iterator[World]:
    engine = create_engine("sqlite://")
    Base.metadata.create_all(engine)
    with Session(engine) as session:
        yield build(session, yaml.safe_load((HERE / "world.yaml").read_text(encoding="utf-8")))
    engine.dispose()


def test_it_is_known_by_its_name_and_says_what_it_can_do(library: LibrarySystem) -> None:
    assert library.name in SYSTEMS
    assert library.capabilities <= frozenset(CAPABILITIES)


def test_a_hold_is_read_back_after_every_write(library: LibrarySystem, world: World) -> None:
    session, patron, now = world.session, world.readers["wang"], world.now
    record, by = world.record("santi"), audit.Actor("patron", patron.id, "turn-x")
    hold = library.place_hold(session, patron=patron, record_id=record.id, pickup=world.places["town"], now=now, by=by)
    assert library.holds(session, patron=patron) == [hold]
    assert library.queue_place(session, hold=hold) == 0
    assert library.expected(session, hold=hold, now=now) is not None
    library.suspend_hold(session, hold=hold, until=now.date() + timedelta(10), now=now, by=by)
    assert library.holds(session, patron=patron)[0].status == "suspended"
    library.resume_hold(session, hold=hold, now=now, by=by)
    assert library.holds(session, patron=patron)[0].status == "waiting"
    library.cancel_hold(session, hold=hold, now=now, by=by)
    assert library.holds(session, patron=patron) == []
    with pytest.raises(refusals.HoldEnded):
        library.cancel_hold(session, hold=hold, now=now, by=by)
    whats = [entry.what for entry in audit.of_turn(session, "turn-x") if entry.what in audit.DONE]
    assert whats == ["hold_placed", "hold_suspended", "hold_resumed", "hold_cancelled"]


def test_loans_are_listed_and_renewed(library: LibrarySystem, world: World) -> None:
    session, patron, by = world.session, world.readers["wang"], audit.Actor("patron")
    assert library.loans(session, patron=patron) == []
    world.play([{"check_out": {"item": "h1", "reader": "wang", "at": "town"}}])
    [loan] = library.loans(session, patron=patron)
    later = world.now + timedelta(20)
    before = loan.due_date
    assert library.renew(session, loan=loan, now=later, by=by).due_date > before
    [renewal] = library.renew_all(session, patron=patron, now=later, by=by)
    assert isinstance(renewal.refusal, refusals.AlreadyRenewed)


def test_availability_tells_of_every_work_asked_for(library: LibrarySystem, world: World) -> None:
    works = [world.record(name).work_id for name in ("santi", "huozhe")]
    found = library.availability(world.session, work_ids=works, patron=None, now=world.now)
    assert list(found) == works and all(one.available for one in found.values())


def test_one_that_is_there_says_nothing_of_an_age(library: LibrarySystem, world: World) -> None:
    assert library.as_of(world.session, now=world.now) is None


def test_one_that_is_away_tells_its_age_and_changes_nothing(world: World) -> None:
    outside, session, patron = Outside(), world.session, world.readers["wang"]
    outside.cut = world.now - timedelta(hours=3)
    record, by = world.record("santi"), audit.Actor("patron", patron.id)
    assert outside.as_of(session, now=world.now) == outside.cut
    with pytest.raises(refusals.SystemAway):
        outside.place_hold(
            session, patron=patron, record_id=record.id, pickup=world.places["town"], now=world.now, by=by
        )
    assert outside.holds(session, patron=patron) == [] and outside.loans(session, patron=patron) == []


def test_what_is_wished_while_it_is_away_is_done_later_once_and_told(world: World) -> None:
    outside, session, now = Outside(), world.session, world.now
    patient, patron, town = Patient(outside), world.readers["wang"], world.places["town"]
    by = audit.Actor("patron", patron.id)
    world.play([{"check_out": {"item": "h1", "reader": "wang", "at": "town"}}])
    [loan] = patient.loans(session, patron=patron)
    before = loan.due_date
    outside.cut = now
    for _ in range(2):
        with pytest.raises(refusals.WillBeDone):
            patient.place_hold(session, patron=patron, record_id=world.record("santi").id, pickup=town, now=now, by=by)
    with pytest.raises(refusals.WillBeDone):
        patient.place_hold(session, patron=patron, record_id=world.record("zidian").id, pickup=town, now=now, by=by)
    with pytest.raises(refusals.WillBeDone):
        patient.renew(session, loan=loan, now=now, by=by)
    later = now + timedelta(20)
    assert queue.perform(session, library=outside, now=later) == 0, "it is still away"
    assert [one.what for one in queue.waiting(session, patron=patron)] == ["place_hold", "place_hold", "renew"]
    outside.cut = None
    assert queue.perform(session, library=outside, now=later) == 3
    assert queue.perform(session, library=outside, now=later) == 0
    assert [one.record_id for one in patient.holds(session, patron=patron)] == [world.record("santi").id]
    assert loan.due_date > before
    kinds = session.scalars(select(Notice.kind).order_by(Notice.id)).all()
    assert kinds == ["wish_done", "wish_refused", "wish_done"]
    first, refused, _ = session.scalars(select(queue.QueuedWish).order_by(queue.QueuedWish.id))
    assert (first.status, refused.outcome) == ("done", refusals.NothingToLend.reason)
    assert [one.what for one in audit.of_turn(session, first.turn) if one.what in audit.DONE] == ["hold_placed"]
