"""Days and moments as lists write them: 2026-11-22, 2026/11/22 8:30, 20261122, 2026年11月22日; ISO with an offset too.

A moment without an offset is the consortium's; a day keeps the date it is written with, whatever its offset: that is
the day their library said.
"""

from __future__ import annotations

import re
from datetime import date, datetime, time, tzinfo

from catalog.interchange.describing import Unusable
from catalog.organisation.calendar import ZONE

_DAY = re.compile(r"\s*(\d{4})\s*[-/.\u5e74]\s*(\d{1,2})\s*[-/.\u6708]\s*(\d{1,2})\s*\u65e5?(?![\d])")
_COMPACT = re.compile(r"\s*(\d{4})(\d{2})(\d{2})(?!\d)")
_CLOCK = re.compile(r"(\d{1,2})\s*[:\uff1a\u70b9\u65f6]\s*(\d{1,2})?(?::(\d{1,2})(?:\.\d+)?)?")
_OFFSET = re.compile(r"\s*(?:[Zz]|[+-]\d{2}(?::?\d{2})?)\s*$")


def day_in(name: str, said: str) -> date:
    """The day that is written; `name` is the column it stands in. Raises: Unusable."""
    found = _DAY.match(said) or _COMPACT.match(said)
    try:
        if found is None:
            raise ValueError
        return date(int(found[1]), int(found[2]), int(found[3]))
    except ValueError:
        raise Unusable(f"its {name} is a day written like 2026-12-24, not {said!r}") from None


def moment_in(name: str, said: str, *, zone: tzinfo = ZONE) -> datetime:
    """The moment that is written; a day alone is its beginning. Raises: Unusable."""
    day = day_in(name, said)
    found = _DAY.match(said) or _COMPACT.match(said)
    rest = said[found.end() :] if found else ""
    clock = _CLOCK.search(rest)
    if clock is None and rest.strip():
        raise Unusable(f"its {name} is a moment written like 2026-12-24 14:30, not {said!r}")
    try:
        at = time(int(clock[1]), int(clock[2] or 0), int(clock[3] or 0)) if clock else time()
    except ValueError:
        raise Unusable(f"its {name} is a moment written like 2026-12-24 14:30, not {said!r}") from None
    offset = _OFFSET.search(rest[clock.end() :]) if clock else None
    return datetime.combine(day, at, _zone(offset[0].strip()) if offset else zone)


def _zone(offset: str) -> tzinfo | None:
    """The zone of an ISO offset: Z, +08, +0800 or +08:00."""
    if offset in ("Z", "z"):
        offset = "+00:00"
    elif len(offset) == 3:
        offset += ":00"
    return datetime.fromisoformat(f"2000-01-01T00:00:00{offset}").tzinfo
