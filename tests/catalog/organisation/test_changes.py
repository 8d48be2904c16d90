"""What is remembered of places between turns is never older than the last change, whoever made it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

import pytest
from sqlalchemy import Engine, event, select
from sqlalchemy.orm import Session

from catalog.circulation import availability
from catalog.database import open_engine, open_sessions
from catalog.organisation import directory
from catalog.organisation.calendar import calendar_of
from catalog.organisation.tables import Closure, OrgUnit
from catalog.patrons.tables import Card
from catalog.records.tables import Work
from tests.databases import KINDS, NewDatabase
from tests.scenarios.world import build_in, moment

MONDAY = date(2026, 11, 23)


@pytest.fixture(scope="module", params=KINDS)
def engine(request: pytest.FixtureRequest, new_database: NewDatabase) -> Iterator[Engine]:
    engine = open_engine(new_database(request.param))
    build_in(engine)
    yield engine
    engine.dispose()


def town(session: Session) -> OrgUnit:
    return session.scalars(select(OrgUnit).where(OrgUnit.code == "town")).one()


def opens(engine: Engine) -> bool:
    """What the next turn finds."""
    with open_sessions(engine)() as session:
        return calendar_of(session, place=town(session)).opens_on(MONDAY)


def close(session: Session) -> Closure:
    closure = Closure(org_unit_id=town(session).id, first_day=MONDAY, last_day=MONDAY)
    session.add(closure)
    session.flush()
    return closure


def test_a_change_is_seen_by_the_next_turn(engine: Engine) -> None:
    assert opens(engine)
    with open_sessions(engine).begin() as session:
        closure = close(session)
        assert not calendar_of(session, place=town(session)).opens_on(MONDAY)
    assert not opens(engine)
    with open_sessions(engine).begin() as session:
        session.delete(session.get_one(Closure, closure.id))
    assert opens(engine)
    with open_sessions(engine).begin() as session:
        here = directory.position(session, town(session))
        town(session).latitude = 31.0
        session.flush()
        assert directory.position(session, town(session)) != here


def test_what_was_taken_back_was_never_so(engine: Engine) -> None:
    with open_sessions(engine)() as session:
        point = session.begin_nested()
        close(session)
        assert not calendar_of(session, place=town(session)).opens_on(MONDAY)
        point.rollback()
        assert calendar_of(session, place=town(session)).opens_on(MONDAY)
        close(session)
        assert not calendar_of(session, place=town(session)).opens_on(MONDAY)
        session.rollback()
        assert calendar_of(session, place=town(session)).opens_on(MONDAY)
    assert opens(engine)


def test_a_change_beside_does_not_unsettle_a_turn_and_is_seen_after_it(engine: Engine) -> None:
    with open_sessions(engine, reading=True)() as turn:
        place = town(turn)
        assert calendar_of(turn, place=place).opens_on(MONDAY)
        with open_sessions(engine).begin() as session:
            closure = close(session)
        assert calendar_of(turn, place=place).opens_on(MONDAY)
        turn.rollback()
        assert not calendar_of(turn, place=town(turn)).opens_on(MONDAY)
    with open_sessions(engine).begin() as session:
        session.delete(session.get_one(Closure, closure.id))


def test_many_works_are_asked_for_with_as_many_statements_as_one(engine: Engine) -> None:
    said: list[str] = []
    with open_sessions(engine)() as session:
        patron = session.get_one(Card, "1001").patron
        works = list(session.scalars(select(Work.id)))
        availability.of_works(session, work_ids=works, patron=patron, now=moment("2026-11-23 10:00"))
        event.listen(engine, "before_cursor_execute", lambda *all: said.append(all[2]))
        counts = []
        for some in (works[:1], works):
            said.clear()
            availability.of_works(session, work_ids=some, patron=patron, now=moment("2026-11-23 10:00"))
            counts.append(len(said))
    assert counts[0] == counts[1] <= 4
