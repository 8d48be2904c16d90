"""Lists of places as libraries keep them: a row a place, in any order, with what it belongs to, its hours and van days.

Headings are known from place_columns.json, words in the cells from place_values.json. A column that is not there, or a
cell that is empty, says nothing: of a known place all else stays as it is.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, time
from functools import cache
from pathlib import Path
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from catalog.audit import Actor
from catalog.interchange.batches import Reject
from catalog.interchange.describing import Unusable
from catalog.interchange.tables import Columns, Reading, read_text, read_workbook
from catalog.organisation import directory
from catalog.organisation.entering import Misplaced, Place, Span, enter
from catalog.organisation.tables import OrgUnit
from catalog.search.readings import plain

COLUMNS = Columns(
    "place_columns.json",
    (frozenset({"code", "name"}),),
    "{} has no columns that are headed as a place's code and name; --column HEADING=code says which one it is",
)
WORDS = ("name", "name_en", "short_name", "address", "phone")
_NUMBERS: Mapping[str, tuple[float, float]] = {
    "latitude": (-90, 90),
    "longitude": (-180, 180),
    "transfer_days": (0, 60),
}
_SIGNS = ",/;|\u3001\uff0c\uff1b"
"""What stands between several things in one cell: also the full-width signs."""


@dataclass(frozen=True, slots=True)
class PlacesReport:
    """What became of a list's rows."""

    file: str
    read: int
    created: int
    updated: int
    rejected: int


def import_places(
    session: Session,
    path: Path,
    *,
    now: datetime,
    by: Actor,
    reading: Reading,
    on_reject: Callable[[Reject], None],
) -> PlacesReport:
    """Enter the places of a table (text or XLSX); what cannot be read is told and left out, the rest goes on.

    Raises: tables.Unreadable.
    """
    counts = {"read": 0, "created": 0, "updated": 0, "rejected": 0}
    waiting: list[tuple[int, Place, str]] = []

    def left_out(position: int, reason: str) -> None:
        counts["rejected"] += 1
        on_reject(Reject(path.name, position, reason))

    rows = read_workbook(path, reading) if path.suffix.lower() == ".xlsx" else read_text(path, reading)
    for (position, fields), _ in rows:
        counts["read"] += 1
        try:
            waiting.append((position, *_place(fields)))
        except Unusable as error:
            left_out(position, str(error))
    while waiting:
        later: list[tuple[int, Place, str]] = []
        codes = {place.code for _, place, _ in waiting} | {place.known.get("name", "") for _, place, _ in waiting}
        for position, place, said in waiting:
            try:
                parent = _parent(session, said, place)
                if said and parent is None:
                    if said not in codes:
                        raise Misplaced(f"what it belongs to, {said}, is no place that is known or in this list")
                    later.append((position, place, said))
                    continue
                done = enter(session, place, parent=parent, now=now, by=by)
                counts[done] = counts.get(done, 0) + 1
            except Misplaced as error:
                left_out(position, str(error))
        if len(later) == len(waiting):
            for position, _, said in later:
                left_out(position, f"it belongs to {said}, which belongs to it in the end")
            break
        waiting = later
    return PlacesReport(path.name, *(counts[name] for name in ("read", "created", "updated", "rejected")))


def _parent(session: Session, said: str, place: Place) -> OrgUnit | None:
    """The place that is called `said`, by its code or its name; a name that several have is no answer."""
    if not said:
        return None
    by_code = session.scalars(select(OrgUnit).where(OrgUnit.code == said)).one_or_none()
    if by_code is not None:
        return by_code
    named = [unit for unit in directory.called(session, said) if unit.code != place.code]
    if len(named) > 1:
        raise Misplaced(f"several places are called {said}; say its code")
    return named[0] if named else None


def _place(fields: Mapping[str, str] | Unusable) -> tuple[Place, str]:
    """A row as a place, and what it is said to belong to. Raises: Unusable."""
    if isinstance(fields, Unusable):
        raise fields
    told = {name: value.strip() for name, value in fields.items() if value.strip()}
    if "code" not in told:
        raise Unusable("it has no code")
    known: dict[str, Any] = {name: told[name] for name in WORDS if name in told}
    for name in ("level", "kind"):
        if name in told:
            known[name] = _one(name, told[name])
    for name, (least, most) in _NUMBERS.items():
        if name in told:
            known[name] = _number(name, told[name], least, most)
    if "transfer_days" in known:
        known["transfer_days"] = int(known["transfer_days"])
    if "is_pickup" in told:
        known["is_pickup"] = _one("is_pickup", told["is_pickup"]) == "yes"
    if "public_holidays" in told:
        known["public_holidays"] = _one("public_holidays", told["public_holidays"])
    if "aliases" in told:
        known["aliases"] = [one.strip() for one in re.split(f"[{_SIGNS}]+", told["aliases"]) if one.strip()]
    if "access" in told:
        known["access"] = [_one("access", one) for one in re.split(rf"[{_SIGNS}\s]+", told["access"]) if one]
    if "van_days" in told:
        known["van_days"] = "".join(sorted(set(weekdays(told["van_days"]))))
    hours = _hours(told["hours"]) if "hours" in told else None
    return Place(told["code"], known, hours), told.get("parent", "")


def _number(name: str, said: str, least: float, most: float) -> float:
    try:
        value = float(said)
    except ValueError:
        value = float("nan")
    if not least <= value <= most:
        raise Unusable(f"its {name} must be a number from {least:g} to {most:g}, not {said!r}")
    return value


def _one(column: str, said: str) -> str:
    """The id of a word in a column."""
    found = _words(column).get(plain(said))
    if found is None:
        raise Unusable(f"its {column} is one of {', '.join(dict.fromkeys(_words(column).values()))}, not {said!r}")
    return found


def weekdays(said: str) -> list[str]:
    """The weekdays that are named, also as "周一至周五" or as digits ("14" is Tuesday and Friday, Monday being 0)."""
    text = said.casefold().strip()
    if re.fullmatch(r"[0-6]+", text):
        return list(text)
    if any(word in text for word in _values()["every_day"]):
        return list("0123456")
    named = _words("weekday")
    day = "|".join(sorted(map(re.escape, named), key=len, reverse=True))
    to = "|".join(map(re.escape, _values()["to"]))
    found: list[str] = []
    for first, last in re.findall(rf"({day})(?:\s*(?:{to})\s*({day}))?", text):
        begin, end = int(named[first]), int(named[last or first])
        found += [str((begin + step) % 7) for step in range((end - begin) % 7 + 1)]
    rest = re.sub(rf"{day}|{to}|{'|'.join(_values()['besides'])}|[\s.{_SIGNS}]+", "", text)
    if not found or rest:
        raise Unusable(f"its days are written like {_values()['days_like']}, not {said!r}")
    return found


def _hours(said: str) -> list[Span]:
    """Hours written like "周一至周五 8:30-17:00；周六 9:00-11:30,13:30-16:30"; days that are not named are closed."""
    found: list[Span] = []
    clock = _values()["clock"]
    to = "|".join(map(re.escape, _values()["to"]))
    for part in re.split(r"[;\uff1b\n]+", said):
        if not part.strip():
            continue
        spans = re.findall(rf"{clock}\s*(?:{to})\s*{clock}", part)
        days = re.split(clock, part, maxsplit=1)[0].strip(" :,\uff1a\uff0c")
        if not spans and any(word in part.casefold() for word in _values()["closed"]):
            continue
        try:
            for hour, minute, hour_end, minute_end in spans:
                opens, closes = time(int(hour), int(minute or 0)), time(int(hour_end) % 24, int(minute_end or 0))
                closes = closes if int(hour_end) < 24 else time(23, 59)
                found += [(int(day), opens, closes) for day in (weekdays(days) if days else "0123456")]
        except ValueError:
            spans = []
        if not spans or any(opens >= closes for _, opens, closes in found):
            raise Unusable(f"its hours are written like {_values()['hours_like']}, not {said!r}")
    return found


@cache
def _values() -> dict[str, Any]:
    table: dict[str, Any] = json.loads(Path(__file__).with_name("place_values.json").read_text("utf-8"))
    return table


@cache
def _words(column: str) -> dict[str, str]:
    """The words of a column, made plain, with their ids."""
    return {plain(word): id for id, words in _values()[column].items() for word in words}
