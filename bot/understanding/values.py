"""What a tag or a slot of a reading is worth: dates, times, days, ordinals, ISBNs, card numbers, formats, free phrases.

A typed sentence gives the words themselves; a heard one gives syllables, which are first spelled back into the closed
class the part belongs to (a numeral, a weekday), by sound. A value that cannot be is None, and its reading falls.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import lru_cache

from bot.locales import Locale
from bot.understanding.books import book
from bot.understanding.dates import date_from, days_from, time_from
from bot.understanding.meaning import Phrase, SlotValue
from bot.understanding.normalise import Line, Tag
from bot.understanding.numbers import digits, isbn, number
from bot.understanding.spelling import compiled, sounds_of_locale
from bot.understanding.talk import is_talk, is_talk_by_sound
from catalog.search.readings import encode_syllables, syllables
from catalog.search.sounds import distance, fold_codes

LONGEST = {"author": 40, "subject": 40, "place": 24, "person": 12, "topic": 16, "text": 400}
_OF_CLASS = {
    "offset": "offsets",
    "holiday": "holidays",
    "weekday": "weekdays",
    "week": "weeks",
    "unit": "units",
    "in_unit": "units",
    "part": "parts_of_day",
    "month": "months",
}
SHORTEST_NAME = 2
"""Syllables of a name: 历史的书 is no book that 历 wrote (写的书)."""
_NUMERALS = frozenset({"n", "hour", "minute", "quarter", "day", "month", "year", "in_n"})
_NEVER_TALK = frozenset({"author", "subject", "place", "topic"})
_EDGES = " ,，。.;；:：!！?？、·-—“”\"'‘’"


@dataclass(frozen=True, slots=True)
class Cutter:
    """Cuts values out of the sentences of one turn: their locale, and the day it is."""

    locale: Locale
    today: date

    def tag(self, line: Line, tag: Tag) -> SlotValue | None:
        """What `tag` of `line` is worth."""
        words = self.locale.words
        if isinstance(line.source, str):
            parts: Mapping[str, str] = tag.said
        else:
            parts = {name: self._said(line, name, *span) for name, span in tag.parts.items()}
        match tag.kind:
            case "date":
                return date_from(parts, self.today, words)
            case "time":
                return time_from(parts, words)
            case "days":
                return days_from(parts, words)
            case "ordinal":
                return _ordinal(parts, words.get("numbers", {}))
            case "isbn":
                said = digits(self._said(line, "digits", tag.start, tag.end), words["numbers"])
                return isbn(said) or said.upper() or None
            case "card":
                return digits(self._said(line, "digits", tag.start, tag.end), words["numbers"]).upper() or None
            case _:
                return self.phrase(line, tag.start, tag.end)

    def slot(self, line: Line, name: str, start: int, end: int) -> dict[str, SlotValue] | None:
        """The slots that signs `start` to `end` fill as template slot `name`; None if they cannot be that."""
        part = line.part(start, end)
        if len(part.text) == 1 and part.text in line.tags:
            tag = line.tags[part.text]
            value = self.tag(line, tag)
            if value is not None and (tag.kind == name or (name == "topic" and tag.kind == "ordinal")):
                return {tag.kind: value}
        if name == "book":
            if isinstance(line.source, str):
                return book(part, self.locale, lambda tag: self.tag(line, tag))
            return self._heard_book(part)
        first, last = part.span(0, len(part.text))
        if name == "count":
            said = self._said(line, "n", first, last)
            count = number(said, self.locale.words["numbers"])
            return {"count": count} if count is not None else {}
        if name == "format":
            return {}
        phrase = self.phrase(line, first, last)
        if name in ("author", "subject") and self._says(part, phrase, "not_a_book"):
            return None
        if self._says(part, phrase, f"not_a_{name}") or (name in _NEVER_TALK and self.is_talk(part, phrase)):
            return None
        if self._says(part, phrase, f"any_{name}"):
            return {}
        letters = phrase.text.split() if phrase.text.isascii() else phrase.text
        size = len(letters) or len(phrase.syllables.split())
        return {name: phrase} if 0 < size <= LONGEST.get(name, 40) else None

    def phrase(self, line: Line, start: int, end: int) -> Phrase:
        """The stretch of the source as a phrase: words, or the syllables heard."""
        if isinstance(line.source, str):
            return Phrase(line.source[start:end].strip(_EDGES))
        return Phrase(syllables=" ".join(line.source[start:end]), heard=True)

    def is_talk(self, part: Line, phrase: Phrase) -> bool:
        """Whether the free words of a slot are talk and not what the template takes them for."""
        if phrase.text:
            return is_talk(phrase.text, self.locale)
        return is_talk_by_sound(_folded(part), self.locale)

    def _says(self, part: Line, phrase: Phrase, key: str) -> bool:
        """Whether a pattern of words.yaml fits the free words of a slot."""
        source = self.locale.words.get(key)
        if not source:
            return False
        if phrase.text:
            return bool(compiled(source).search(phrase.text.casefold()))
        return bool(compiled(sounds_of_locale(self.locale).pattern(source)).search(_folded(part)))

    def _said(self, line: Line, name: str, start: int, end: int) -> str:
        """A part of a tag in characters; heard syllables are spelled back into the class `name` belongs to."""
        if isinstance(line.source, str):
            return line.source[start:end].casefold()
        heard = tuple(line.source[start:end])
        words = self.locale.words
        if name in _NUMERALS or name == "digits":
            table = "digits" if name == "digits" else "numerals"
            return "".join(nearest((one,), _sounds(tuple(words["numbers"].get(table, ())))) for one in heard)
        return nearest(heard, _sounds(tuple(words.get(_OF_CLASS.get(name, ""), ()))))

    def spelled_number(self, line: Line) -> str:
        """The characters of a line of sounds that is nothing but a number, else ""."""
        numerals = _sounds(tuple(self.locale.words["numbers"].get("numerals", ())))
        found = []
        for one in line.source[slice(*line.span(0, len(line.text)))]:
            word = nearest((one,), numerals)
            if not word or distance((one,), numerals[word]) > 0.25:
                return ""
            found.append(word)
        return "".join(found)

    def _heard_book(self, part: Line) -> dict[str, SlotValue] | None:
        """A book named in a heard sentence: pointing words by sound, subjects and authors by their frames."""
        words = self.locale.words.get("heard_book", {})
        if self._says(part, Phrase(), "not_a_book"):
            return None
        first, last = part.span(0, len(part.text))
        heard = tuple(part.source[first:last])
        slots: dict[str, SlotValue] = {}
        for tag in (part.tags[sign] for sign in part.text if sign in part.tags):
            inside = len(heard) - (tag.end - tag.start)
            if tag.kind in ("ordinal", "isbn") and inside <= 2 and (value := self.tag(part, tag)) is not None:
                return {tag.kind: value}
        if not heard or _near(heard, words.get("pointing", ())):
            return {}
        for kind, said in words.get("formats", ()):
            sound = syllables(said)
            if len(heard) > len(sound) and all(_alike((one,), (two,)) for one, two in zip(heard, sound, strict=False)):
                slots["format"], heard = kind, heard[len(sound) :]
        for frame in words.get("frames", ()):
            before, after = syllables(frame.get("before", "")), syllables(frame.get("after", ""))
            middle = heard[len(before) : len(heard) - len(after)]
            if frame["slot"] == "author" and (
                len(middle) < SHORTEST_NAME or not _alike(heard[-len(after) :][:1], after[:1])
            ):
                continue
            if middle and _alike(heard[: len(before)], before) and _alike(heard[len(heard) - len(after) :], after):
                slots[frame["slot"]] = Phrase(syllables=" ".join(middle), heard=True)
                return slots
        return slots | self._heard_title(heard)

    def _heard_title(self, heard: tuple[str, ...]) -> dict[str, SlotValue]:
        whole = Phrase(syllables=" ".join(heard), heard=True)
        of = syllables(self.locale.words.get("heard_book", {}).get("of", ""))
        for at in range(2, min(len(heard) - 1, 8)):
            if of and _alike(heard[at : at + 1], of):
                name = tuple(heard[:at])
                author = nearest(name, _sounds(tuple(self.locale.words["book"]["authors"])))
                if author and distance(name, syllables(author)) <= 0.35 * len(name):
                    title = Phrase(syllables=" ".join(heard[at + 1 :]), heard=True, others=(whole,))
                    said = Phrase(text=author, syllables=" ".join(name), heard=True)
                    return {"author": said, "title": title}
        return {"title": whole}


def _ordinal(parts: Mapping[str, str], words: Mapping[str, object]) -> int | None:
    for name, value in (("first", 1), ("second", 2), ("third", 3), ("last", -1)):
        if name in parts:
            return value
    found = number(parts.get("n", "") or parts.get("from_end", ""), words)
    if not found:
        return None
    return -found if "from_end" in parts else found


def _folded(part: Line) -> str:
    """The folded sounds of a stretch of a heard sentence, whichever spelling its line is in."""
    return fold_codes(encode_syllables(part.source[slice(*part.span(0, len(part.text)))]))


def nearest(heard: tuple[str, ...], among: Mapping[str, tuple[str, ...]]) -> str:
    """The word of `among` that sounds most like `heard`; "" if there are none."""
    return min(among, key=lambda word: distance(heard, among[word]), default="")


def _near(heard: tuple[str, ...], words: Sequence[str]) -> bool:
    return any(_alike(heard, sound) for sound in _sounds(tuple(words)).values() if len(sound) == len(heard))


def _alike(heard: Sequence[str], sound: Sequence[str]) -> bool:
    return len(heard) == len(sound) and distance(heard, sound) <= 0.3 * len(sound)


@lru_cache(256)
def _sounds(words: tuple[str, ...]) -> Mapping[str, tuple[str, ...]]:
    return {word: syllables(word) for word in words}
