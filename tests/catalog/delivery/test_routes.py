"""The order in which a round goes from door to door, and the order of the shelves."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from catalog.delivery.routes import Door, natural, route
from catalog.organisation.rules import kilometres

NEAR, FAR = (30.57, 120.09), (30.58, 120.12)
POINTS = st.one_of(st.none(), st.tuples(st.floats(30, 31), st.floats(119, 121)))
DOORS = st.lists(st.builds(Door, st.sampled_from(["morning", "", "afternoon"]), POINTS, st.text(max_size=6)))


def test_the_nearest_first_then_house_by_house_and_the_unknown_last() -> None:
    doors = [Door("", None, "9"), Door("", FAR, "2"), Door("", NEAR, "12 号"), Door("", NEAR, "9 号")]
    assert route(doors, start=NEAR, distance=kilometres) == [3, 2, 1, 0]
    assert route(doors, start=FAR, distance=kilometres) == [1, 3, 2, 0]


def test_the_morning_comes_before_the_afternoon_however_far() -> None:
    doors = [Door("afternoon", NEAR, "1"), Door("morning", FAR, "1"), Door("", NEAR, "2")]
    assert route(doors, start=NEAR, distance=kilometres) == [1, 2, 0]


@given(DOORS, POINTS)
def test_every_door_is_gone_to_once(doors: list[Door], start: tuple[float, float] | None) -> None:
    assert sorted(route(doors, start=start, distance=kilometres)) == list(range(len(doors)))


@pytest.mark.parametrize(
    ("first", "second"), [("直街9号", "直街12号"), ("I247.5/4", "I247.12/1"), ("", "A"), ("A", "A1")]
)
def test_numbers_are_read_as_numbers(first: str, second: str) -> None:
    assert natural(first) < natural(second)
