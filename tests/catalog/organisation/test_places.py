"""Finding places by name, sound and nearness, and their calendars, on the small union of the scenarios."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, time

import pytest
import yaml
from sqlalchemy import create_engine
from sqlalchemy.orm import Session

from catalog import refusals
from catalog.database import Base
from catalog.organisation import calendar, directory
from tests.scenarios.world import HERE, World, build, moment


@pytest.fixture
def world() -> Iterator[World]:
    engine = create_engine("sqlite://")
    Base.metadata.create_all(engine)
    with Session(engine) as session:
        yield build(session, yaml.safe_load((HERE / "world.yaml").read_text(encoding="utf-8")))
    engine.dispose()


@pytest.mark.parametrize(
    ("name", "syllables", "first"),
    [
        ("乾元镇分馆", "", "town"),
        ("乾元", "", "town"),
        ("乾元分馆", "", "town"),
        ("县馆", "", "county"),
        ("德清县图书馆", "", "county"),
        ("联合村", "", "village"),
        ("联合农家书屋", "", "village"),
        ("前元分馆", "", "town"),
        ("", "qian2 yuan2", "town"),
        ("", "lian2 he2 cun1", "village"),
        ("", "mo4 gan1 san1", "other"),
    ],
)
def test_a_place_is_found_by_name_or_sound(world: World, name: str, syllables: str, first: str) -> None:
    found = directory.find(world.session, name=name, syllables=syllables)
    assert [unit.code for unit in found[:1]] == [first]


@pytest.mark.parametrize("name", ["", "  ", "😀", "火星基地", "。"])
def test_what_is_no_place_finds_nothing(world: World, name: str) -> None:
    assert directory.find(world.session, name=name) == []


def test_the_nearest_come_first(world: World) -> None:
    near = directory.nearest(world.session, to=world.places["village"], pickup_only=True)
    assert [unit.code for unit, _ in near] == ["town", "county", "other"]
    assert near[0][1] == pytest.approx(3.1, abs=0.3)
    here = directory.nearest(world.session, to=(30.54, 119.97), limit=1)
    assert [unit.code for unit, _ in here] == ["county"]
    points = directory.pickup_points(world.session, near=world.places["village"])
    assert [unit.code for unit in points] == ["village", "town", "county", "other"]
    assert directory.nearest(world.session, to=world.places["union"]) == []


def test_hours_closures_and_the_next_open_day(world: World) -> None:
    session, town, village = world.session, world.places["town"], world.places["village"]
    monday, saturday = date(2026, 11, 23), date(2026, 11, 28)
    assert calendar.opening(session, place=town, day=monday) == [(time(9), time(17))]
    assert calendar.opening(session, place=town, day=saturday) == []
    assert calendar.is_open(session, place=town, now=moment("2026-11-23 16:59"))
    assert not calendar.is_open(session, place=town, now=moment("2026-11-23 17:00"))
    assert calendar.next_open_day(session, place=town, after=saturday) == date(2026, 11, 30)
    assert list(calendar.week(session, place=village)) == [2, 5]
    assert calendar.closure_on(session, place=village, day=monday) is None
    world.play([{"close": {"place": "county", "from": "2026-11-30", "to": "2026-12-02", "reason": "台风"}}])
    closure = calendar.closure_on(session, place=village, day=date(2026, 12, 1))
    assert closure is not None and closure.reason == "台风"
    assert calendar.next_open_day(session, place=town, after=saturday) == date(2026, 12, 3)
    assert calendar.closure_on(session, place=world.places["province"], day=date(2026, 12, 1)) is None


def test_a_place_closed_until_the_last_day_there_is_overflows_nothing(world: World) -> None:
    """Bug: `libraries close --to 9999-12-31`, said for "until further notice", ended in an OverflowError."""
    town = world.places["town"]
    assert calendar.next_open_day(world.session, place=town, after=date.max) == date.max
    world.play([{"close": {"place": "town", "from": "2026-11-30", "to": "9999-12-31", "reason": "拆迁"}}])
    assert calendar.opening(world.session, place=town, day=date(2030, 1, 7)) == []
    assert calendar.next_open_day(world.session, place=town, after=date(9999, 6, 1)) == date.max


def test_transfers_and_rounds_follow_the_van(world: World) -> None:
    session = world.session
    now = moment("2026-11-23 10:00")
    county = world.places["county"].id
    for name, day in (("town", date(2026, 11, 25)), ("other", date(2026, 11, 26))):
        assert calendar.arrival(session, to=world.places[name], origin=county, sent=now.date()) == day
    town = world.places["town"]
    assert calendar.delivery_date(session, place=town, now=now, ready=now.date()) == date(2026, 11, 25)
    wednesday = moment("2026-11-25 07:00")
    assert calendar.delivery_date(session, place=town, now=wednesday, ready=wednesday.date()) == date(2026, 11, 27)
    with pytest.raises(refusals.NoRound):
        calendar.delivery_date(session, place=world.places["depot"], now=now, ready=now.date())


def test_the_day_is_the_consortiums(world: World) -> None:
    from datetime import UTC, datetime

    assert calendar.day_of(datetime(2026, 11, 23, 16, 30, tzinfo=UTC)) == date(2026, 11, 24)
