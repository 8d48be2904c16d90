"""Lists of events, a row an event: what a county library and its reading rooms plan, in one spreadsheet. Bringing the
changed list again moves and calls off what has changed, and tells those who have a seat.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from catalog.interchange.days import moment_in
from catalog.interchange.describing import Unusable
from catalog.interchange.lists import Kind, Taking, needed, one_of
from catalog.interchange.registering import place_of
from catalog.interchange.tables import Columns
from catalog.organisation.calendar import ZONE
from catalog.outreach import programme

COLUMNS = Columns(
    "event_columns.json",
    (frozenset({"title", "place", "starts"}), frozenset({"title", "place", "day"})),
    "{} has no columns that are headed as an event, its place and its time; --column HEADING=title says which it is",
)
USUALLY = timedelta(hours=2)
"""How long an event is where its list does not say when it ends."""
_CLOCK = re.compile(r"\s*(\d{1,2})\s*[:\uff1a\u70b9\u65f6]\s*(\d{1,2})?")
_TO = re.compile(r"\s*(?:[-\u2013\u2014~\uff5e\u81f3\u5230]+)\s*(?=\d{1,2}\s*[:\uff1a\u70b9\u65f6])")
_LIST = re.compile("[,/;|\u3001\uff0c\uff1b\\s]+")


def _take(taking: Taking, said: Mapping[str, str]) -> str:
    place = place_of(taking, needed(said, "place"))
    title = needed(said, "title")
    starts, ends = _times(said)
    told: dict[str, Any] = {}
    if "title_en" in said:
        told["title_en"] = said["title_en"]
    if "topic" in said:
        told["topic"] = one_of("topic", said["topic"])
    if "seats" in said:
        told["seats"] = _seats(said["seats"])
    if "access" in said:
        told["access"] = [one_of("access", one) for one in _LIST.split(said["access"]) if one]
    if "register_until" in said:
        told["register_until"] = _until(said["register_until"])
    code = said.get("code", "")
    try:
        if "state" in said and one_of("event state", said["state"]) == "off":
            known = programme.known(taking.session, place=place, title=title, starts_at=starts, code=code)
            if known is None:
                raise Unusable("it is called off, and was never entered")
            if known.cancelled_at is not None:
                return "merged"
            programme.call_off(taking.session, event=known, now=taking.now, by=taking.by)
            return "updated"
        _, done = programme.enter(
            taking.session,
            place=place,
            title=title,
            starts_at=starts,
            ends_at=ends,
            code=code,
            told=told,
            now=taking.now,
            by=taking.by,
        )
    except programme.Impossible as error:
        raise Unusable(str(error)) from None
    return done


def _times(said: Mapping[str, str]) -> tuple[datetime, datetime]:
    """From when to when it is: "2026-12-05" and "14:00-16:00", or two moments, or one."""
    begins = " ".join(said[name] for name in ("day", "starts") if name in said)
    first, *rest = _TO.split(begins, maxsplit=1)
    starts = moment_in("time", first)
    if starts.time() == datetime.min.time() and not _CLOCK.search(first[8:]):
        raise Unusable("it does not say at what time it begins")
    last = said.get("ends") or (rest[0] if rest else "")
    if not last:
        return starts, starts + USUALLY
    if _CLOCK.match(last):
        return starts, moment_in("end", f"{starts.astimezone(ZONE).date()} {last}")
    return starts, moment_in("end", last)


def _until(said: str) -> datetime:
    """The last moment to join; a day alone is its end."""
    moment = moment_in("last moment to join", said)
    return moment if _CLOCK.search(said[8:]) else moment + timedelta(days=1, seconds=-1)


def _seats(said: str) -> int:
    found = re.fullmatch(r"(\d{1,5})\s*\D{0,2}", said)
    if found is None or int(found[1]) < 1:
        raise Unusable(f"its seats are a number from 1 on, not {said!r}")
    return int(found[1])


EVENTS = Kind("events", COLUMNS, _take)
