"""Where free words stand in what was heard: the syllables around them, in each way their sentence may have been said.

With them whoever has the sound can be asked how likely other words are in the same place: a title that the catalogue
knows, with what was said before and behind it (bot/dialogue/flows/searching.py).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from bot.understanding.meaning import Around, Meaning, Phrase, SlotValue

SIDES, MOST = 3, 6
"""So many beginnings and ends of a sentence, and ways it may have been said around its free words."""


def as_said(slots: Mapping[str, SlotValue], free: Sequence[str], around: Around) -> dict[str, SlotValue]:
    """The slots, with `around` for the words that are all of `free`."""
    return {
        slot: replace(value, around=(around,))
        if isinstance(value, Phrase) and value.syllables.split() == list(free)
        else value
        for slot, value in slots.items()
    }


def as_heard(value: Phrase, heard: Sequence[str], cost: float) -> Phrase:
    """The phrase with what was heard around it; `cost` is what it costs that those sounds belong to our sentence."""
    said = value.syllables.split()
    for at in range(len(heard) - len(said) + 1):
        if said and list(heard[at : at + len(said)]) == said:
            here = Around(tuple(heard[:at]), tuple(heard[at + len(said) :]), cost)
            return replace(value, around=(*value.around, here))
    return value


def unplaced(meant: Meaning) -> Meaning:
    """The meaning, where its free words stand only in a part of what was heard."""
    slots = {
        slot: replace(value, around=()) if isinstance(value, Phrase) else value for slot, value in meant.slots.items()
    }
    return replace(meant, slots=slots)


def likeliest(several: Iterable[Phrase]) -> tuple[Around, ...]:
    """All that may have been said around the same words in several readings, cheapest first.

    What one reading has before them may stand with what another has behind.
    """
    before: dict[tuple[str, ...], float] = {}
    behind: dict[tuple[str, ...], float] = {}
    for way in sorted((way for one in several for way in one.around), key=lambda way: way.cost):
        before.setdefault(way.before, way.cost)
        behind.setdefault(way.behind, way.cost)
    ways = [
        Around(front, back, max(cost, more))
        for front, cost in list(before.items())[:SIDES]
        for back, more in list(behind.items())[:SIDES]
    ]
    return tuple(sorted(ways, key=lambda way: way.cost)[:MOST])
