"""Dates, times and lengths of time, from the named parts a locale's patterns find in a sentence (words.yaml: spans).

The parts are: offset, holiday, week + weekday, next_week, month + day (+ year), next_month, this_month, month_start,
month_end, mid_month, in_n + in_unit; part, hour, minute, half, quarter; n, unit, half_more. A part that stands twice in
a pattern ends in _2, _3. What is no date (31 February) is None, never an error.
"""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Mapping, Sequence
from datetime import date, time, timedelta
from typing import Any

from bot.understanding.numbers import number

Parts = Mapping[str, str]


def date_from(parts: Parts, today: date, words: Mapping[str, Any]) -> date | None:
    """The day meant, seen from `today`; a weekday or day of the month that is past means the next one."""
    if offset := parts.get("offset"):
        return _after(today, words["offsets"].get(offset))
    if holiday := parts.get("holiday"):
        return _next(words["holidays"].get(holiday), today)
    if weekday := parts.get("weekday"):
        return _weekday(parts.get("week", ""), weekday, today, words)
    if "next_week" in parts:
        return today - timedelta(today.weekday()) + timedelta(7)
    if "in_n" in parts:
        count = number(parts["in_n"], words["numbers"])
        return None if count is None else _after(today, count * words["units"].get(parts["in_unit"], 1))
    return _of_month(parts, today, words)


def time_from(parts: Parts, words: Mapping[str, Any]) -> time | None:
    """The time of day meant. With no part of the day said, 1 to 6 o'clock is the afternoon: libraries sleep."""
    hour = number(parts["hour"], words["numbers"])
    minute = number(parts["minute"], words["numbers"]) if "minute" in parts else 0
    if "half" in parts:
        minute = 30
    elif "quarter" in parts:
        minute = 15 * (number(parts["quarter"], words["numbers"]) or 1)
    if "to" in parts and hour is not None and minute:
        hour, minute = hour - 1, 60 - minute
    if hour is None or minute is None or not (0 <= hour <= 24 and 0 <= minute < 60):
        return None
    part = parts.get("part", "")
    late = part in words["afternoon"]
    if (late and 1 <= hour < 12) or (part in words["noon"] and hour < 3) or (not part and 1 <= hour <= 6):
        hour += 12
    elif late and hour == 12 and part in words.get("night", words["afternoon"]):
        hour = 0
    return time(hour % 24, minute)


def days_from(parts: Parts, words: Mapping[str, Any]) -> int | None:
    """A length of time in days ("两周" → 14, "半个月" → 15)."""
    unit = words["units"].get(parts["unit"])
    if unit is None:
        return None
    if "half" in parts:
        return int(unit) // 2
    count = number(parts["n"], words["numbers"]) if "n" in parts else 1
    if count is None:
        return None
    return count * int(unit) + (int(unit) // 2 if "half_more" in parts else 0)


def _after(today: date, days: int | None) -> date | None:
    if days is None or abs(days) > 3660:
        return None
    return today + timedelta(days)


def _next(month_and_day: Sequence[int] | None, today: date) -> date | None:
    """The next time a day of the year comes round."""
    if not month_and_day:
        return None
    month, day = month_and_day
    return date(today.year + (today > date(today.year, month, day)), month, day)


def _weekday(week: str, weekday: str, today: date, words: Mapping[str, Any]) -> date | None:
    place = words["weekdays"].get(weekday)
    if place is None:
        return None
    monday = today - timedelta(today.weekday())
    if week:
        return monday + timedelta(7 * int(words["weeks"].get(week, 0)) + int(place))
    return today + timedelta((int(place) - today.weekday()) % 7)


def _of_month(parts: Parts, today: date, words: Mapping[str, Any]) -> date | None:
    first = today.replace(day=1)
    following = (first + timedelta(32)).replace(day=1)
    if "month_start" in parts:
        return following
    if "month_end" in parts:
        return first.replace(day=monthrange(first.year, first.month)[1])
    if "mid_month" in parts:
        middle = first.replace(day=15)
        return middle if middle >= today else following.replace(day=15)
    day = number(parts.get("day", ""), words["numbers"])
    if day is None:
        return None
    if "next_month" in parts:
        return _day(following, day)
    if "month" in parts:
        name = parts["month"]
        month = words.get("months", {}).get(name) or number(name, words["numbers"])
        year = number(parts["year"], words["numbers"]) if "year" in parts else None
        if month is None or not 1 <= month <= 12:
            return None
        found = _day(date(year or today.year, month, 1), day) if 1900 < (year or today.year) < 2200 else None
        if found and year is None and found < today:
            return _day(date(today.year + 1, month, 1), day)
        return found
    this = _day(first, day)
    return this if this and (this >= today or "this_month" in parts) else _day(following, day)


def _day(first: date, day: int) -> date | None:
    return first.replace(day=day) if 1 <= day <= monthrange(first.year, first.month)[1] else None
