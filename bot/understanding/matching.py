"""A line held against the templates: which sentences it can be, and which of them says most of it.

A reading's rank is the number of signs that the template itself accounts for; free words (a title) count nothing, so
the template that explains more wins. What the moment of the talk makes of the readings is decided in moment.py.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from bot.understanding.normalise import Line
from bot.understanding.templates import WILD, Templates

WHOLE = 2.0
"""What it is worth in signs that a template says the whole sentence, not a part of it."""
LONGEST_WHOLE = 80
_PASSED_OVER = 0.08
_HEAVIEST = 6


@dataclass(frozen=True, slots=True)
class Reading:
    """One way to read a line: an intent, how much the template accounts for, and its free words as stretches of text.

    `covered` is the share of the line (0 to 1) that the template accounts for, free words in its places included.
    """

    intent: str
    line: Line
    rank: float
    covered: float
    literal: int
    whole: bool
    wild: int
    """How many signs are free words, gaps included."""
    slots: tuple[tuple[str, int, int], ...] = ()


def readings(line: Line, templates: Templates, *, worth: float = 1.0) -> list[Reading]:
    """Every template that fits `line`, as a reading; `worth` scales the ranks (a clause counts less than all)."""
    text = line.text
    size = len(text)
    found: list[Reading] = []
    if not size:
        return found
    for template in templates.possible(text):
        if template.cue:
            match = template.pattern.search(text)
        else:
            match = template.pattern.fullmatch(text) if size <= LONGEST_WHOLE else None
        if not match:
            continue
        slots: list[tuple[str, int, int]] = []
        wild = 0
        for name, said in match.groupdict().items():
            if said is None:
                continue
            slot = name.rsplit("_", 1)[0]
            start, end = match.span(name)
            wild += (end - start) if slot in WILD else 0
            if slot != "gap":
                slots.append((slot, start, end))
        literal = match.end() - match.start() - wild + _of_values(line, slots)
        if template.cue:
            rank = literal - _PASSED_OVER * (size - literal)
            covered = literal / size
        else:
            rank = literal + WHOLE
            covered = 1.0
        found.append(
            Reading(template.intent, line, rank * worth, covered, literal, not template.cue, wild, tuple(slots))
        )
    return found


def _of_values(line: Line, slots: list[tuple[str, int, int]]) -> int:
    """What values weigh beside their one sign: as many signs as were said for them, but no more than a few."""
    return sum(
        min(_HEAVIEST, line.spans[start][1] - line.spans[start][0]) - 1
        for slot, start, end in slots
        if slot not in WILD and end - start == 1
    )


def best_first(found: Iterable[Reading]) -> list[Reading]:
    """Readings by rank; of equal ones the one with fewer free words, then as the sentences stand in their files."""
    return sorted(found, key=lambda one: (-one.rank, len(one.slots)))
