"""Enters places: a new one, or what has changed of one that is known by its code. A place that closes for good stays:
what was lent there must still be found; `closing` says when it is closed.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, time
from typing import Any

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from catalog import audit
from catalog.organisation.calendar import above
from catalog.organisation.tables import LEVELS, OpeningHours, OrgUnit

Span = tuple[int, time, time]
"""A weekday (Monday is 0), and from when to when a place is open on it."""
KIND_OF_LEVEL: Mapping[str, str] = {
    **{"consortium": "consortium", "province": "library", "city": "library", "county": "library"},
    **{"township": "branch", "village": "reading_room"},
}
"""What a place is where nobody says so."""


class Misplaced(Exception):  # noqa: N818 - said to the operator as it is
    """A place cannot stand where it is said to; the message is the sentence that says why."""


@dataclass(frozen=True, slots=True)
class Place:
    """A place as it is told: its code, what is known of it (columns of OrgUnit), and its hours, None for not told."""

    code: str
    known: Mapping[str, Any] = field(default_factory=dict)
    hours: Sequence[Span] | None = None


def enter(session: Session, place: Place, *, parent: OrgUnit | None, now: datetime, by: audit.Actor) -> str:
    """Enter `place` below `parent` (None: as it was, or at the top): "created", "updated" or "" for no change.

    What is not told of a known place stays as it is. Raises: Misplaced.
    """
    unit = session.scalars(select(OrgUnit).where(OrgUnit.code == place.code)).one_or_none()
    created = unit is None
    if unit is None:
        if parent is None and "level" not in place.known and session.scalars(select(OrgUnit.id).limit(1)).first():
            raise Misplaced("it is not said what it belongs to, nor of which level it is")
        unit = OrgUnit(code=place.code, name=place.known.get("name", place.code))
        unit.level = unit.kind = ""
    parent = parent or unit.parent
    told = dict(place.known)
    level = told.setdefault("level", unit.level or _below(parent))
    told.setdefault("kind", unit.kind or KIND_OF_LEVEL[level])
    if parent is not None and LEVELS.index(level) < LEVELS.index(parent.level):
        raise Misplaced(f"a {level} place cannot belong to {parent.name}, which is a {parent.level} one")
    if parent is not None and not created and unit in above(session, parent):
        raise Misplaced(f"it cannot belong to {parent.name}, which belongs to it")
    changed = created or parent is not unit.parent
    unit.parent = parent
    for name, value in told.items():
        changed = changed or getattr(unit, name) != value
        setattr(unit, name, value)
    session.add(unit)
    session.flush()
    changed = _opens(session, unit, place.hours) or changed
    if changed:
        audit.record(session, "place_entered" if created else "place_changed", now=now, by=by, ids={"place": unit.id})
    return ("created" if created else "updated") if changed else ""


def _below(parent: OrgUnit | None) -> str:
    """The level under that of `parent`."""
    return LEVELS[min(LEVELS.index(parent.level) + 1, len(LEVELS) - 1)] if parent else LEVELS[0]


def _opens(session: Session, unit: OrgUnit, hours: Sequence[Span] | None) -> bool:
    """Give `unit` these hours; whether they are others than before."""
    if hours is None:
        return False
    statement = select(OpeningHours).where(OpeningHours.org_unit_id == unit.id)
    before = {(one.weekday, one.opens, one.closes) for one in session.scalars(statement)}
    if before == set(hours):
        return False
    session.execute(delete(OpeningHours).where(OpeningHours.org_unit_id == unit.id))
    session.add_all(
        OpeningHours(org_unit_id=unit.id, weekday=weekday, opens=opens, closes=closes)
        for weekday, opens, closes in sorted(set(hours))
    )
    session.flush()
    return True
