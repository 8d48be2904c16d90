"""The public holidays, from public_holidays.json: which days are off, and which weekend days are worked instead.

A year that has not been announced yet has the days that the law itself names and no working weekends; what the
announcement adds is closed as any other days are.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache
from pathlib import Path
from typing import Any


@dataclass(frozen=True, slots=True)
class PublicHolidays:
    """The days off, each with the id of its holiday; and the weekend days that are working days."""

    off: Mapping[date, str]
    working: frozenset[date]


@cache
def public_holidays() -> PublicHolidays:
    """Those of all years that are known."""
    table = json.loads(Path(__file__).with_suffix(".json").read_text(encoding="utf-8"))
    announced: dict[str, Any] = table["announced"]
    off: dict[date, str] = {}
    for year, told in announced.items():
        for name, (first, last) in told["off"].items():
            off |= dict.fromkeys(_days(_day(year, first), _day(year, last)), name)
    for year in table["lunar"]:
        if year not in announced:
            off |= _by_law(table, year)
    working = {_day(year, one) for year, told in announced.items() for one in told["working"]}
    return PublicHolidays(off, frozenset(working))


def _by_law(table: Mapping[str, Any], year: str) -> dict[date, str]:
    new_year, dragon_boat, mid_autumn = (_day(year, one) for one in table["lunar"][year])
    off = dict.fromkeys(_days(new_year - timedelta(1), new_year + timedelta(2)), "spring_festival")
    off[_day(year, table["qingming"][year])] = "tomb_sweeping"
    off |= {dragon_boat: "dragon_boat", mid_autumn: "mid_autumn"}
    for name, (first, count) in table["fixed"].items():
        start = _day(year, first)
        off |= dict.fromkeys(_days(start, start + timedelta(count - 1)), name)
    return off


def _day(year: str, said: str) -> date:
    return date.fromisoformat(f"{year}-{said}")


def _days(first: date, last: date) -> Iterator[date]:
    return (first + timedelta(number) for number in range((last - first).days + 1))
