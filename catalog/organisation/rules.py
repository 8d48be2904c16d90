"""What a place's calendar means, in plain dates: open days, closures, van days. Loads nothing, knows no database.

A place without any opening hours has unknown ones (an imported branch): it counts as open on every day that no
closure names. Working days are Monday to Friday outside closures and public holidays, and the weekend days that are
worked instead, where the place keeps them.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta

HORIZON = 400
"""Days looked ahead; a place closed for longer is said to open on the day after them."""
LAST_HOUR = timedelta(hours=1)
"""What is asked for later than this before closing time is put aside on the next open day."""
EARTH_KM = 6371.0

NEAREST_WEEKDAY = {5: 4, 6: 0}
"""Saturday is nearest to Friday, Sunday to Monday."""

Span = tuple[time, time]


@dataclass(frozen=True, slots=True)
class Calendar:
    """When a place is open (`hours` by weekday, Monday is 0), when not, and when the van comes by.

    `closures` are (first day, last day, what is said of it), of the place and of all above it. `rounds` are the
    weekdays of the van; `transfer_days` the working days an item from elsewhere is under way before the van has it.
    """

    hours: Mapping[int, tuple[Span, ...]] = field(default_factory=dict)
    closures: tuple[tuple[date, date, str], ...] = ()
    rounds: frozenset[int] = frozenset()
    transfer_days: int = 2
    off: Mapping[date, str] = field(default_factory=dict)
    """The public holidays on which the place is closed, with their ids."""
    working: Collection[date] = frozenset()
    """The weekend days that are worked instead; a place that is else closed on them opens as on the nearest weekday."""

    def closed_for(self, day: date) -> str | None:
        """What is said of the closure on `day` (perhaps nothing: "", as of a public holiday), or None for none."""
        said = next((reason for first, last, reason in self.closures if first <= day <= last), None)
        return "" if said is None and day in self.off else said

    def spans(self, day: date) -> tuple[Span, ...]:
        """The spans of opening on `day`, in order; none on a closed day, none where the hours are unknown."""
        return () if self.closed_for(day) is not None else self.hours.get(self._like(day), ())

    def opens_on(self, day: date) -> bool:
        """Whether the place is open at some time of `day`."""
        return self.closed_for(day) is None and (not self.hours or self._like(day) in self.hours)

    def _like(self, day: date) -> int:
        """The weekday whose hours hold on `day`: Friday's or Monday's on a weekend day that is worked instead."""
        weekday = day.weekday()
        return NEAREST_WEEKDAY[weekday] if day in self.working and weekday not in self.hours else weekday

    def next_open(self, after: date) -> date:
        """The first open day after `after`."""
        return next((day for day in _days(after) if self.opens_on(day)), after + timedelta(min(HORIZON, _left(after))))

    def put_aside(self, local: datetime) -> date:
        """When an item that stands here already can lie ready, asked for at `local`: today, if there is time left."""
        spans = self.spans(local.date())
        if spans and datetime.combine(local.date(), spans[-1][1], local.tzinfo) - local >= LAST_HOUR:
            return local.date()
        return self.next_open(local.date())

    def arrival(self, today: date) -> date:
        """When an item sent from elsewhere today can lie ready here: after the transfer days, with the next van."""
        left, ready = self.transfer_days, today
        while left > 0 and (ready - today).days < HORIZON:
            ready += timedelta(1)
            left -= (ready.weekday() < 5 or ready in self.working) and self.closed_for(ready) is None
        return self.next_van(ready)

    def next_van(self, after: date) -> date:
        """The first open day after `after` on which the van comes; where none does, the first open day."""
        if self.rounds:
            return next((day for day in _days(after) if self._van(day) and self.opens_on(day)), self.next_open(after))
        return self.next_open(after)

    def round_day(self, *, today: date, ready: date) -> date | None:
        """The first round to the readers' doors after today on which what is `ready` can go; None without rounds."""
        start = max(ready, today + timedelta(1)) - timedelta(1)
        return next((day for day in _days(start) if self._van(day)), None)

    def _van(self, day: date) -> bool:
        return day.weekday() in self.rounds and self.closed_for(day) is None


def _days(after: date) -> Iterator[date]:
    return (after + timedelta(number) for number in range(1, min(HORIZON, _left(after) + 1)))


def _left(after: date) -> int:
    """The days that a date can name after `after`: a place closed "for ever" is closed to the last of them."""
    return (date.max - after).days


def kilometres(one: tuple[float, float], other: tuple[float, float]) -> float:
    """The distance of two points (latitude, longitude in degrees) over the earth's surface."""
    north, south = math.radians(one[0]), math.radians(other[0])
    half_lat, half_lon = (north - south) / 2, math.radians(one[1] - other[1]) / 2
    chord = math.sin(half_lat) ** 2 + math.cos(north) * math.cos(south) * math.sin(half_lon) ** 2
    return 2 * EARTH_KM * math.asin(min(1.0, math.sqrt(chord)))
