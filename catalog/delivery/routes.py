"""In which order a round goes to its doors: the time of day first, then always to the nearest place that is left.

Only the standard library: a route can be read and disputed without a database.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

Point = tuple[float, float]
"""Latitude and longitude, in degrees."""
Distance = Callable[[Point, Point], float]
WINDOWS = ("morning", "", "afternoon")
"""In which order the parts of a day come; "" is any time."""
_NUMBERS = re.compile(r"(\d+)")


@dataclass(frozen=True, slots=True)
class Door:
    """A door to go to: part of the day, where its village lies if that is known, and its address."""

    window: str
    where: Point | None
    address: str


def route(doors: Sequence[Door], *, start: Point | None, distance: Distance) -> list[int]:
    """The places in `doors` in the order in which they are gone to, from `start`.

    Doors of one village stay together, by street and house number; villages that nobody has put on the map come last.
    """
    order: list[int] = []
    here = start
    for window in (*WINDOWS, *sorted({door.window for door in doors} - set(WINDOWS))):
        left = [at for at, door in enumerate(doors) if door.window == window]
        while left:
            where = _next(here, [doors[at].where for at in left], distance)
            here = where or here
            there = sorted((at for at in left if doors[at].where == where), key=lambda at: natural(doors[at].address))
            order += there
            left = [at for at in left if at not in there]
    return order


def natural(written: str) -> tuple[tuple[int, int, str], ...]:
    """A key by which "9 号" comes before "12 号", and I247.5 before I247.12 as on a shelf."""
    parts = _NUMBERS.split(written)
    return tuple((0, int(part), "") if part.isdecimal() else (1, 0, part) for part in parts if part)


def _next(here: Point | None, points: Sequence[Point | None], distance: Distance) -> Point | None:
    known = sorted({point for point in points if point is not None})
    if here is None or not known:
        return known[0] if known else None
    return min(known, key=lambda point: distance(here, point))
