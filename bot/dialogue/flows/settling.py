"""What was said, written as the catalogue has it: the title that was found takes the place of what the ear wrote.

Of typed words it takes the place of another way to cut them: 看见 is the book, not the wish to see one called 见.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from bot.dialogue.turn import Turn
from bot.understanding.meaning import Meaning, Phrase
from catalog.search import Hit, sounds
from catalog.search.readings import plain

ALIKE = 0.8
"""From this likeness of sounds on (0 to 1) what an ear wrote is taken to be the title that was found."""

BLANK = re.compile(r"(?<=[\u4e00-\u9fff]) (?=[\u4e00-\u9fff])")
"""A blank that stood beside pinyin; none stands between characters."""
SIGN = re.compile(r"[a-z]+|.")
"""A character, or a run of letters."""


def settle(turn: Turn, wish: Meaning, hit: Hit) -> None:
    """Write title and author of what was understood with the characters of the book that was found."""
    meaning = turn.understood
    if meaning is None or meaning.intent != wish.intent:
        return
    if not turn.heard:
        turn.understood = _as_typed(meaning, hit)
        return
    slots, reading = dict(meaning.slots), meaning.reading
    for name, right in (("title", hit.title), ("author", hit.authors[0] if hit.authors else "")):
        said = slots.get(name)
        if not isinstance(said, Phrase) or not right or (name == "title" and hit.why == "author"):
            continue
        if not alike(said, right):
            continue
        reading = written(reading, said, right)
        slots[name] = replace(said, text=right)
    turn.understood = replace(meaning, slots=slots, reading=reading)


def _as_typed(meaning: Meaning, hit: Hit) -> Meaning:
    """`meaning` with the way to cut the title out of typed words that is the title of a book (看见, not 见)."""
    said = meaning.slots.get("title")
    if hit.why != "exact" or not isinstance(said, Phrase):
        return meaning
    right = next((one for one in said.others if plain(one.text) == plain(hit.title)), None)
    return replace(meaning, slots={**meaning.slots, "title": replace(said, text=right.text)}) if right else meaning


def alike(said: Phrase, right: str) -> bool:
    """Whether one of the hypotheses for `said` sounds like `right`."""
    sound = sounds.syllables(right)
    return any(
        sounds.similarity(heard, sound) >= ALIKE
        for one in (said, *said.others)
        for heard in (_syllables(one.text), sounds.parse_syllables(one.syllables))
        if heard
    )


def written(reading: str, said: Phrase, right: str) -> str:
    """`reading` with `right` in the place of what the ear wrote: its characters, or its syllables without tones."""
    letters = _toneless(said.syllables.split())
    for stretch in (said.text, "".join(letters), " ".join(letters), said.syllables):
        if stretch and stretch in reading:
            return BLANK.sub("", reading.replace(stretch, right, 1))
    signs = SIGN.findall(reading)
    sound = [_toneless(_syllables(one)) for one in signs]
    for at in range(len(signs) - len(letters) + 1):
        if letters and [one for run in sound[at : at + len(letters)] for one in run] == letters:
            return BLANK.sub("", "".join((*signs[:at], right, *signs[at + len(letters) :])))
    return reading


def _toneless(some: Sequence[str]) -> list[str]:
    return [one.rstrip("012345") for one in some]


def _syllables(text: str) -> tuple[str, ...]:
    if text.isascii():
        return sounds.parse_syllables(text)
    return sounds.syllables(text)
