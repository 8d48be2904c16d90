"""Finds places: by the name people say, by its sound, or by nearness. Says nothing of hours (calendar does)."""

from __future__ import annotations

import json
import unicodedata
from pathlib import Path

from sqlalchemy import select
from sqlalchemy.orm import Session

from catalog.organisation import changes
from catalog.organisation.calendar import above
from catalog.organisation.rules import kilometres
from catalog.organisation.tables import OrgUnit
from catalog.search import sounds

SOUNDS_ALIKE = 0.75
"""From this similarity on (0 to 1) a place's name counts as heard."""
_SAID: dict[str, list[str]] = json.loads(Path(__file__).with_name("said.json").read_text(encoding="utf-8"))
KINDS_SAID = tuple(_SAID["kinds"])
"""What may be left away: 乾元镇 means 乾元镇分馆."""
LEVELS_SAID = tuple(_SAID["levels"])
"""What may be left away at the end of that: 乾元 means 乾元镇."""
STREETS_SAID = tuple(_SAID["streets"])
"""What follows the name of a street or an estate: 幸福路 is not the village 幸福."""

Point = tuple[float, float]


def find(session: Session, *, name: str = "", syllables: str = "") -> list[OrgUnit]:
    """The places called `name` or sounding like `syllables` ("qian2 yuan2"), best first.

    Ranked: the exact name, an alias or short name, a part of one, then by sound. Empty for empty input.
    """
    wanted = _folded(name)
    heard = sounds.parse_syllables(syllables) if syllables else sounds.syllables(name) if wanted else ()
    scored: list[tuple[float, int, OrgUnit]] = []
    for unit in session.scalars(select(OrgUnit)):
        names = [unit.name, unit.short_name, unit.name_en, *unit.aliases]
        score = max((_score(wanted, _folded(one), exact=3.0 - (place > 0) * 0.5) for place, one in enumerate(names)))
        if score == 0.0 and heard:
            alike = max(
                (sounds.similarity(heard, sounds.syllables(form)) for one in names for form in _forms(one)), default=0.0
            )
            score = alike if alike >= SOUNDS_ALIKE else 0.0
        if score > 0.0:
            scored.append((-score, unit.id, unit))
    return [unit for _, _, unit in sorted(scored, key=lambda entry: entry[:2])]


def called(session: Session, name: str) -> list[OrgUnit]:
    """The places that are called just `name`, in full or as people say it."""
    wanted = _folded(name)
    units = session.scalars(select(OrgUnit).order_by(OrgUnit.id))
    return [
        unit
        for unit in units
        if wanted and wanted in map(_folded, (unit.name, unit.short_name, unit.name_en, *unit.aliases))
    ]


def nearest(
    session: Session, *, to: OrgUnit | Point, pickup_only: bool = False, limit: int = 3
) -> list[tuple[OrgUnit, float]]:
    """The places nearest `to` (a place, which is left out, or latitude and longitude), with kilometres."""
    point = to if isinstance(to, tuple) else position(session, to)
    if point is None:
        return []
    places = session.scalars(select(OrgUnit).where(OrgUnit.latitude.is_not(None), OrgUnit.kind != "consortium"))
    reached = [
        (place, kilometres(point, (place.latitude, place.longitude)))
        for place in places
        if place is not to and place.latitude is not None and place.longitude is not None
        if place.is_pickup or not pickup_only
    ]
    return sorted(reached, key=lambda pair: (pair[1], pair[0].id))[:limit]


def pickup_points(session: Session, *, near: OrgUnit | Point | None = None) -> list[OrgUnit]:
    """All places where holds can be collected: the nearest to `near` first (that place itself if it is one)."""
    points = list(session.scalars(select(OrgUnit).where(OrgUnit.is_pickup).order_by(OrgUnit.id)))
    point = near if near is None or isinstance(near, tuple) else position(session, near)
    if point is None:
        return points

    def distance(place: OrgUnit) -> float:
        if place.latitude is None or place.longitude is None:
            return float("inf")
        return kilometres(point, (place.latitude, place.longitude))

    return sorted(points, key=lambda place: (place is not near, distance(place), place.id))


def position(session: Session, place: OrgUnit) -> Point | None:
    """Where `place` stands: its own coordinates, else those of the nearest place above it that has some."""
    positions = changes.known(session).positions
    if place.id not in positions:
        found = ((unit.latitude, unit.longitude) for unit in above(session, place))
        positions[place.id] = next(((lat, lon) for lat, lon in found if lat is not None and lon is not None), None)
    return positions[place.id]


def _folded(name: str) -> str:
    text = unicodedata.normalize("NFKC", name).casefold()
    return "".join(sign for sign in text if sign.isalnum())


def _forms(name: str) -> list[str]:
    """A name as it may be said: in full, without the word for what kind of place it is, without its level."""
    bare = name
    for kind in KINDS_SAID:
        bare = bare.replace(kind, "")
    short = next((bare.removesuffix(level) for level in LEVELS_SAID if bare.endswith(level)), bare)
    return [form for form in dict.fromkeys((name, bare, short)) if len(form) > 1]


def _score(wanted: str, name: str, *, exact: float) -> float:
    if not wanted or not name:
        return 0.0
    if wanted == name:
        return exact
    if wanted in name or (len(name) > 1 and name in wanted):
        return 1.0 + min(len(wanted), len(name)) / max(len(wanted), len(name))
    return 0.0
