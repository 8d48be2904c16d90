"""Chinese addresses for readers of another language: from the smallest part to the largest, the kinds of parts named.

德清县武康街道书声苑 5 幢 301 室 → Room 301, Building 5, Shushengyuan, Wukang Subdistrict, Deqing County. What the kinds
are called stands in locales/<tag>/places.tsv; a language without that table leaves addresses as they are. Titles and
people's names are never touched here.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path

HAN = re.compile(r"[\u3400-\u9fff]")
APART = re.compile(r"[（()）,，]+")
SENTENCE = re.compile(r"[“”《》]|[A-Za-z]{2}")
"""What stands in a line with a title or in words that are Latin already, never in an address."""
ENOUGH = 2
"""Parts of known kinds that make a text an address."""


@dataclass(frozen=True, slots=True)
class Part:
    """A part of an address: `words` in English, and its order: before, after, number, house, or "" for a bare name."""

    words: str
    order: str


def romanised(text: str, table: Path, *, certainly: bool = False) -> str:
    """`text` in Latin letters, or "" where it is no Chinese address; `certainly`: it is known to name a place."""
    if not HAN.search(text) or not table.is_file() or (not certainly and SENTENCE.search(text)):
        return ""
    parts = [part for piece in APART.split("".join(text.split())) if piece for part in _parts(piece, table)]
    if sum(bool(part.order) for part in parts) < (0 if certainly else ENOUGH):
        return ""
    if any(part.order == "house" for part in parts):
        return " ".join(part.words for part in parts)
    words = "".join(part.words + (" " if part.order == "number" else ", ") for part in reversed(parts))
    return words.rstrip(", ")


def _parts(piece: str, table: Path) -> list[Part]:
    pattern, kinds = _kinds(table)
    parts, at = [], 0
    while at < len(piece):
        found = pattern.match(piece, at)
        if found is None:
            parts.append(Part(_spelt(piece[at:]), ""))
            break
        order, english = kinds.get(found["kind"] or found["house"], ("", ""))
        name = _spelt(found["name"] or found["bare"] or "")
        parts.append(
            Part((f"{english} {name}" if order in ("before", "number") else f"{name} {english}").strip(), order)
        )
        at = found.end()
    return parts


def _spelt(name: str) -> str:
    """One word with a capital letter; an apostrophe where syllables could be misread."""
    if not HAN.search(name):
        return name
    from pypinyin import lazy_pinyin

    word = ""
    for syllable in lazy_pinyin(name):
        word += ("'" if word and syllable[0] in "aeo" else "") + syllable
    return word.capitalize()


@cache
def _kinds(table: Path) -> tuple[re.Pattern[str], dict[str, tuple[str, str]]]:
    lines = [line.split("\t") for line in table.read_text("utf-8").splitlines() if line and not line.startswith("#")]
    kinds = {word: (order, english) for word, order, english in lines}
    any_kind = "|".join(sorted(map(re.escape, kinds), key=len, reverse=True))
    single = "".join(word for word, (order, _) in kinds.items() if len(word) == 1 and order == "after")
    houses = "|".join(word for word, (order, _) in kinds.items() if order == "house")
    named = rf"(?P<name>\d+|[^\d]+?)(?P<kind>{any_kind})(?![{single}])"
    return re.compile(rf"(?P<house>{houses})|{named}|(?P<bare>[^\d]+?)(?=\d)"), kinds
