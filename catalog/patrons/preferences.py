"""What a patron prefers: one table of names, defaults and allowed values. What a preference does stands where it is
used."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

from sqlalchemy.orm import Session

from catalog import audit, refusals
from catalog.patrons.tables import Patron
from catalog.records.tables import FORMATS
from catalog.rows import locked

Preferred = str | int | float | bool | list[str] | None


@dataclass(frozen=True, slots=True)
class Preference:
    """One preference: what holds while nothing is said, what is allowed, what it means."""

    default: Preferred
    allowed: Callable[[object], bool]
    meaning: str


def _between(low: float, high: float) -> Callable[[object], bool]:
    return lambda value: isinstance(value, (int, float)) and not isinstance(value, bool) and low <= value <= high


def _whole_days(value: object) -> bool:
    return isinstance(value, int) and _between(0, 30)(value)


def _one_of(*values: str) -> Callable[[object], bool]:
    return lambda value: value in values


def _yes_or_no(value: object) -> bool:
    return isinstance(value, bool)


def _clock(value: object) -> bool:
    return isinstance(value, str) and re.fullmatch(r"([01]\d|2[0-3]):[0-5]\d", value) is not None


def _words(value: object) -> bool:
    return isinstance(value, list) and all(isinstance(word, str) for word in value)


def _short_text(value: object) -> bool:
    return isinstance(value, str) and len(value) <= 40


def _formats(value: object) -> bool:
    return isinstance(value, list) and bool(value) and set(value) <= set(FORMATS)


OF_PATRON = ("locale", "formats")
"""What stands with the patron himself, since more than a talk goes by it."""
PREFERENCES: Mapping[str, Preference] = {
    "locale": Preference("zh-CN", _short_text, "the language of the talk, a folder of locales/ (kept with the patron)"),
    "formats": Preference(["print"], _formats, "the formats that are looked for, best first (kept with the patron)"),
    "rate": Preference(1.0, _between(0.6, 3.0), "how fast replies are spoken, 1 is normal"),
    "verbosity": Preference("normal", _one_of("short", "normal", "long"), "how much is said"),
    "volume": Preference(1.0, _between(0.2, 2.0), "how loud replies are spoken, 1 is normal"),
    "timbre": Preference("", _one_of("", "woman", "man"), "whose voice replies sound like; unsaid: the engine's own"),
    "voice_reply": Preference(None, _yes_or_no, "spoken replies; unsaid: as the patron speaks or types"),
    "quiet_from": Preference("21:00", _clock, "when the quiet hours begin"),
    "quiet_to": Preference("08:00", _clock, "when the quiet hours end; equal to their beginning: there are none"),
    "reminders": Preference(True, _yes_or_no, "reminders of due dates"),
    "reminder_days": Preference(3, _whole_days, "how many days before the due date the reminder comes"),
    "auto_renew": Preference(False, _yes_or_no, "whether loans are renewed by themselves shortly before they are due"),
    "titles_in_pushes": Preference(False, _yes_or_no, "whether notices may name titles (Public Library Law art. 43)"),
    "broadcasts": Preference(True, _yes_or_no, "what a library announces to all its readers"),
    "topics": Preference([], _words, "the topics whose events and broadcasts are announced to the patron"),
    "region": Preference("", _short_text, "the dialect region, for what is heard"),
}


class Preferring(Protocol):
    """A patron, or as much of one as his preferences need (a scan over millions of loans reads no more)."""

    @property
    def id(self) -> int: ...
    @property
    def locale(self) -> str: ...
    @property
    def preferences(self) -> Mapping[str, Any]: ...
    @property
    def forgotten_at(self) -> datetime | None: ...


def preference(patron: Preferring, name: str) -> Preferred:
    """What the patron prefers, or the default. KeyError for a name that is no preference."""
    rule = PREFERENCES[name]
    if name in OF_PATRON:
        kept: Preferred = getattr(patron, name)
        return list(kept) if isinstance(kept, list) else kept
    held: Preferred = patron.preferences.get(name, rule.default)
    return list(held) if isinstance(held, list) else held


def change(session: Session, *, patron: Patron, name: str, value: Preferred, now: datetime, by: audit.Actor) -> None:
    """Set a preference; None takes it back to the default. What already holds changes nothing and writes nothing.

    Raises: refusals.NotFound (`what`: preference) for an unknown name or a value that is not allowed.
    """
    rule = PREFERENCES.get(name)
    if rule is None or (value is not None and not rule.allowed(value)):
        raise refusals.NotFound(what="preference")
    patron = locked(session, Patron, patron.id) or patron
    if preference(patron, name) == value:
        return
    before = {"name": name, "value": preference(patron, name) if name in OF_PATRON else patron.preferences.get(name)}
    put(session, patron=patron, name=name, value=value)
    audit.record(session, "preference_set", now=now, by=by, ids={"preference": name}, before=before)


def put(session: Session, *, patron: Patron, name: str, value: Preferred) -> None:
    """Store a preference as it is, without checks and without an audit row (undo writes its own)."""
    if name in OF_PATRON:
        setattr(patron, name, value or PREFERENCES[name].default)
    else:
        kept = {key: held for key, held in patron.preferences.items() if key != name}
        patron.preferences = kept if value is None else kept | {name: value}
    session.flush()
