"""The values that stand in a text, for the eye and for the ear: titles, places, numbers that are names, days, times.

Days near `today` are called tomorrow or the day after; how a language writes and says them stands in its texts
(value-…, day-…, time-…), with Babel's patterns.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time
from functools import cache

from babel import Locale as Region
from babel.dates import format_date, format_time
from babel.lists import format_list

from bot.locales import Locale
from bot.messages import CallNumber, Code, Isbn, Link, Phone, Place, Several, Text, Title, Value, Word
from bot.rendering import figures, speech, texts
from bot.rendering.romanised import romanised

NEAR_DAYS = 2
"""Days from today on that have names of their own."""
SPELT = (Phone, Isbn, Code)


@dataclass(frozen=True, slots=True)
class Manner:
    """How texts are to be put into words: for the eye or `aloud`, how much, and which day it is."""

    locale: Locale
    aloud: bool
    verbosity: str = "normal"
    today: date | None = None

    def text(self, text: Text) -> str:
        """The words of `text`. Raises KeyError for an unknown id or a missing value."""
        words = self.words(text)
        return speech.sayable(words, texts.of(self.locale)) if self.aloud else words

    def value(self, value: Value) -> str | int | float:
        """One value in words; whole and broken numbers stay numbers, for the text's own choices of form."""
        known = texts.of(self.locale)
        if isinstance(value, Word):
            return self.words(Text(value.id, value.values))
        if isinstance(value, Several):
            return format_list([str(self.value(item)) for item in value.items], locale=self._region())
        if isinstance(value, datetime):
            id = "value-moment-today" if value.date() == self.today else "value-moment"
            return self._form(id, day=self.value(value.date()), time=self.value(value.timetz()))
        if isinstance(value, date):
            return self._day(value)
        if isinstance(value, time):
            return self._time(value)
        if isinstance(value, Link):
            return "" if self.aloud else str(value)
        if isinstance(value, SPELT):
            return figures.spelt(value, known) if self.aloud else str(value)
        if isinstance(value, CallNumber):
            return figures.called(value, known) if self.aloud else str(value)
        if isinstance(value, Title):
            name = value.strip("《》 ")
            return self._form("value-title", title=speech.named(name, known) if self.aloud else name)
        if isinstance(value, str):
            return self._named(value)
        return value

    def _named(self, words: str) -> str:
        """A name or an address: a Chinese one in Latin letters too, where the language has a table for it."""
        latin = romanised(words, self.locale.folder / "places.tsv", certainly=isinstance(words, Place))
        return self._form("value-foreign", latin=latin, written=str(words)) if latin else str(words)

    def words(self, text: Text) -> str:
        """The words of `text` with its values in them, before they are made sayable."""
        values = {name: self.value(value) for name, value in text.values.items()}
        return texts.of(self.locale).format(text.id, values, *self._attributes())

    def _attributes(self) -> tuple[str, ...]:
        short = () if self.verbosity == "normal" else (self.verbosity,)
        if not self.aloud:
            return (*short, "")
        return (*(f"{name}-spoken" for name in short), *short, "spoken", "")

    def _form(self, id: str, **values: str | int | float) -> str:
        known = texts.of(self.locale)
        return known.format(id, values, *(("spoken", "") if self.aloud else ("",)))

    def _region(self) -> Region:
        return _region(self.locale.tag)

    def _day(self, day: date) -> str:
        region = self._region()
        near = (day - self.today).days if self.today else None
        weekday = format_date(day, "EEEE", locale=region)
        pattern = "day-pattern" if self.today is None or day.year == self.today.year else "day-pattern-year"
        written = format_date(day, self._form(pattern), locale=region)
        if near is not None and 0 <= near <= NEAR_DAYS:
            return self._form(f"day-near-{near}", weekday=weekday, day=written)
        return self._form("day-far", weekday=weekday, day=written)

    def _time(self, at: time) -> str:
        form = "time-pattern-hour" if at.minute == 0 else "time-pattern-half" if at.minute == 30 else "time-pattern"
        return format_time(at.replace(tzinfo=None), self._form(form), locale=self._region())


@cache
def _region(tag: str) -> Region:
    return Region.parse(tag.replace("-", "_"))
