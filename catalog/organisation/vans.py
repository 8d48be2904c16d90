"""Where the vans take an item, and on which day: along their routes, changing vans where two of them stop.

Plain dates and ids; loads nothing. What lies at a place is fetched by the next van that stops there, never on the day
it was put there: nobody knows at which hour the van has passed.
"""

from __future__ import annotations

import heapq
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

LONGEST = 120
"""Days an item is followed; what no van has brought by then is under way by other means."""

Stops = Callable[[int, date], bool]
"""Whether a van can stop at a place on a day: not where it is closed."""


@dataclass(frozen=True, slots=True)
class Route:
    """A van's stops in order, and the weekdays (Monday is 0) on which it goes round them and back to the first."""

    stops: tuple[int, ...]
    weekdays: frozenset[int]


def reach(routes: Sequence[Route], *, start: int, sent: date, stops: Stops) -> dict[int, date]:
    """The first day on which an item put aside at `start` on the day `sent` gets to each place that vans take it to."""
    found: dict[int, date] = {}
    waiting = [(sent, start)]
    while waiting:
        day, place = heapq.heappop(waiting)
        if place in found:
            continue
        found[place] = day
        for route in routes:
            for to in _onwards(route, place):
                there = None if to in found else _run(route, place, to, day, stops)
                if there is not None and there <= sent + timedelta(LONGEST):
                    heapq.heappush(waiting, (there, to))
    return found


def _onwards(route: Route, place: int) -> tuple[int, ...]:
    """The stops after `place` on one run, and the first one, where the van comes back to."""
    if place not in route.stops:
        return ()
    return (*route.stops[route.stops.index(place) + 1 :], route.stops[0])


def _run(route: Route, place: int, to: int, after: date, stops: Stops) -> date | None:
    """The first run after the day `after` that stops at both places; a van whose first stop is closed does not go."""
    for number in range(1, LONGEST + 1):
        day = after + timedelta(number)
        if day.weekday() in route.weekdays and all(stops(one, day) for one in (route.stops[0], place, to)):
            return day
    return None
