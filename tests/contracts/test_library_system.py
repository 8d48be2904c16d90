"""What every library system behind the port has to do; one suite for all of CONNECTORS."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest
import yaml
from sqlalchemy import create_engine
from sqlalchemy.orm import Session

from catalog import audit, refusals
from catalog.connectors import CAPABILITIES, CONNECTORS, LibrarySystem
from catalog.database import Base
from tests.scenarios.world import HERE, World, build


@pytest.fixture(params=CONNECTORS)
def library(request: pytest.FixtureRequest) -> LibrarySystem:
    return CONNECTORS[request.param]()


@pytest.fixture
def world() -> Iterator[World]:
    engine = create_engine("sqlite://")
    Base.metadata.create_all(engine)
    with Session(engine) as session:
        yield build(session, yaml.safe_load((HERE / "world.yaml").read_text(encoding="utf-8")))
    engine.dispose()


def test_it_is_known_by_its_name_and_says_what_it_can_do(library: LibrarySystem) -> None:
    assert library.name in CONNECTORS
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
    assert whats == ["hold_placed", "hold_suspended", "hold_cancelled"]


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
