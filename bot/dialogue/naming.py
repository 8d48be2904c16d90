"""How things of the library stand in a text: a record's title and people, a place's name, a format, an opening day."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, time

from bot.dialogue.turn import Turn
from bot.locales import Locale
from bot.messages import Place, Several, Title, Value, Word
from catalog.organisation.calendar import opening
from catalog.organisation.tables import OrgUnit
from catalog.outreach.tables import Event
from catalog.records.tables import BibliographicRecord

PEOPLE = 2
"""How many authors are named."""


def title(record: BibliographicRecord) -> Title:
    """The title as people say it: the title proper and, in a set, its volume."""
    return Title(f"{record.title} {record.volume}".strip())


def edition(turn: Turn, record: BibliographicRecord) -> Value:
    """The title, with the format where it is not the one this reader uses first."""
    first = turn.patron.formats[0] if turn.patron and turn.patron.formats else "print"
    if record.format == first:
        return title(record)
    return Word(f"edition-{record.format.replace('_', '-')}", {"title": title(record)})


def people(authors: Sequence[str]) -> Value:
    """The first authors, or the word for an unknown one."""
    return Several(tuple(authors[:PEOPLE])) if authors else Word("author-unknown")


def place(turn: Turn, unit: OrgUnit) -> Place:
    """What readers call a place, in this talk's language."""
    return place_in(turn.locale, unit)


def place_in(locale: Locale, unit: OrgUnit) -> Place:
    """What readers call a place in a language."""
    if locale.language != "zh" and unit.name_en:
        return Place(unit.name_en)
    return Place(unit.short_name or unit.name)


def form(name: str) -> Word:
    """A format in words."""
    return Word(f"format-{name.replace('_', '-')}")


def forms(names: Sequence[str]) -> Several:
    """Several formats in words."""
    return Several(tuple(form(name) for name in names))


def event(turn: Turn, one: Event) -> str:
    """An event's title, in this talk's language where it has one."""
    return one.title_en if turn.locale.language != "zh" and one.title_en else one.title


def hours(turn: Turn, unit: OrgUnit, day: date) -> Word:
    """When a place is open on a day: its spans, or that it is closed."""
    spans = opening(turn.session, place=unit, day=day)
    if not spans:
        return Word("hours-closed")
    return Word("hours-open", {"spans": Several(tuple(span(*one) for one in spans))})


def span(opens: time, closes: time) -> Word:
    """From a time to a time."""
    return Word("hours-span", {"opens": opens, "closes": closes})
