"""words.yaml made ready for normalising, in one spelling: one word for many, fillers, and the patterns of values.

Only patterns are made here; normalise.py uses them on a sentence.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

from bot.locales import Locale
from bot.understanding.spelling import Spelling, compiled


@dataclass(frozen=True)
class Wording:
    """The patterns of a locale in one spelling; None where it has none."""

    same: re.Pattern[str]
    same_by: Mapping[str, str]
    light: re.Pattern[str] | None
    lead: re.Pattern[str] | None
    trail: re.Pattern[str] | None
    spans: tuple[tuple[str, re.Pattern[str]], ...]
    first: frozenset[str]
    last: frozenset[str]
    """Toned syllables that are fillers at the front and at the end of what was heard."""


@cache
def wording(locale: Locale, spelling: Spelling) -> Wording:
    """The patterns of words.yaml, compiled once a process."""
    words = locale.words
    fillers: Mapping[str, Any] = words.get("heard", {}) if spelling.sounds else words
    classes: Mapping[str, str] = {**words.get("classes", {}), **fillers.get("classes", {})}

    def written(source: str) -> str:
        return spelling.pattern(with_classes(source, classes))

    def several(sources: Sequence[str]) -> str:
        return "|".join(f"(?:{written(source)})" for source in sources)

    pairs = [pair for pair in words.get("same", ()) if not (spelling.sounds and "written" in pair[2:])]
    return Wording(
        same=compiled("|".join(f"(?P<s{n}>{written(pair[0])})" for n, pair in enumerate(pairs)) or r"(?!)"),
        same_by={f"s{n}": spelling.text(pair[1]) for n, pair in enumerate(pairs)},
        light=compiled(written(fillers["light"])) if fillers.get("light") else None,
        lead=compiled(several(fillers["lead"])) if fillers.get("lead") else None,
        trail=compiled(f"(?:{several(fillers['trail'])})$") if fillers.get("trail") else None,
        spans=tuple((span["kind"], compiled(written(span["match"]))) for span in words.get("spans", ())),
        first=frozenset(fillers.get("first", ())) if spelling.sounds else frozenset(),
        last=frozenset(fillers.get("particles", ())) if spelling.sounds else frozenset(),
    )


def with_classes(source: str, classes: Mapping[str, str]) -> str:
    """A pattern of words.yaml with the names of its classes (NUM, DIGIT) put in."""
    for name, stands_for in sorted(classes.items(), key=lambda pair: -len(pair[0])):
        source = source.replace(name, stands_for)
    return source


def same(text: str, locale: Locale, spelling: Spelling) -> str:
    """`text` with one word for many (words.yaml: same)."""
    rules = wording(locale, spelling)
    return rules.same.sub(lambda match: rules.same_by[str(match.lastgroup)], text) if rules.same else text
