"""What a search is asked and what it answers: value types, and a question made ready for comparing."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

from catalog.records.isbn import said
from catalog.search.documents import name_of
from catalog.search.readings import decode, encode_syllables, has_han, plain
from catalog.search.sounds import fold_codes, parse_syllables, ways_to_split

Ear = Callable[[Sequence[Sequence[str]]], Sequence[float | None]]
"""Tells of titles (toned syllables) how likely each is by the sound itself, in nats; None for what it cannot tell."""

_SAID_DIGITS = {
    **{"ling": "0", "yi": "1", "yao": "1", "er": "2", "san": "3", "si": "4", "wu": "5"},
    **{"liu": "6", "qi": "7", "ba": "8", "jiu": "9"},
}
_LATIN_RUNS = re.compile(r"[a-z]+")


@dataclass(frozen=True, slots=True)
class Query:
    """A question. `text` alone may be anything: a title, an author, both, a subject, an ISBN, pinyin or initials.

    `heard`: the words come from an ear, so that characters weigh less than sounds. `syllables` is toned pinyin ("san1
    ti3"); `others` are further hypotheses of the same words: (text, syllables, weight). `author`, `subject` and `isbn`
    (with `…_syllables`) narrow it to what they name. `formats` are those the reader can use best: they stand first
    among equals, nothing is left out for them. `limit` works from the `offset`-th on. `whole`: `text` is looked for as
    a title alone, without the ways that take it for an author or a subject, or for an author and a title. `ear`: whose
    words were heard may still have the sound, and is asked which of the likeliest titles it was.
    """

    text: str = ""
    syllables: str = ""
    heard: bool = False
    others: tuple[tuple[str, str, float], ...] = ()
    author: str = ""
    subject: str = ""
    isbn: str = ""
    formats: frozenset[str] = frozenset()
    limit: int = 5
    offset: int = 0
    author_syllables: str = ""
    subject_syllables: str = ""
    whole: bool = False
    ear: Ear | None = field(default=None, compare=False)


@dataclass(frozen=True, slots=True)
class Hit:
    """A work that was found, with the formats and ISBNs of all its editions; `record` is the edition to be shown."""

    record: int
    work: int
    title: str
    authors: tuple[str, ...]
    formats: tuple[str, ...]
    isbns: tuple[str, ...]
    score: float
    why: str
    """How it matched: exact, prefix, part, title (the question holds the whole title and more, such as its author),
    author, subject, isbn, spelling, phonetic, pinyin or initials."""


@dataclass(frozen=True, slots=True)
class Found:
    """How many works fit in all, those asked for, best first, and the time it took in milliseconds."""

    total: int
    hits: tuple[Hit, ...]
    ms: float


@dataclass(frozen=True, slots=True)
class Words:
    """One reading of the words asked for, ready for comparing. `key` is empty where only the sounds are known."""

    key: str
    words: str
    codes: str
    folded: str
    heard: bool
    weight: float = 1.0
    tokens: tuple[str, ...] = field(default=())

    @property
    def empty(self) -> bool:
        """Whether nothing is left to compare."""
        return not self.codes


def words_of(text: str, syllables: str = "", *, heard: bool = False, weight: float = 1.0) -> Words:
    """`text` or, where there is none, `syllables`, as Words."""
    name = name_of(text)
    codes = encode_syllables(parse_syllables(syllables)) if syllables and not (name.key and not heard) else name.codes
    return Words(name.key, name.words, codes, fold_codes(codes), heard, weight, decode(codes))


def hypotheses(query: Query) -> tuple[Words, ...]:
    """The readings of the question's free words, best first; weights relative to the best's."""
    heard = query.heard or bool(query.syllables)
    several = [(query.text, query.syllables, 0.0), *query.others]
    top = max((weight for _, _, weight in query.others), default=0.0)
    found: dict[tuple[str, str], Words] = {}
    for place, (text, syllables, weight) in enumerate(several):
        share = 1.0 if place == 0 or not top else min(1.0, weight / top)
        words = words_of(text, syllables, heard=heard, weight=share)
        if not words.empty:
            found.setdefault((words.key, words.codes), words)
    return tuple(found.values())


def isbn_asked(query: Query) -> str | None:
    """The ISBN that the question is, typed or spoken digit by digit; None if it is none."""
    if query.isbn:
        return said(query.isbn) or "".join(filter(str.isdigit, query.isbn)) or None
    if query.text and (isbn := said(query.text)):
        return isbn
    if query.syllables:
        digits = [_SAID_DIGITS.get(syllable.rstrip("012345"), "-") for syllable in parse_syllables(query.syllables)]
        return said("".join(digits)) if "-" not in digits else None
    return None


def typed_pinyin(words: Words) -> Iterator[Words]:
    """The readings of typed Latin letters as pinyin, alone or among characters: "huozhe", "红lou梦"; few, or none."""
    runs = _LATIN_RUNS.findall(words.words)
    if not runs:
        return
    ways = [ways_to_split(run, most=2) for run in runs]
    if not all(ways):
        return
    most = max(len(way) for way in ways)
    for choice in range(most):
        place = iter(way[min(choice, len(way) - 1)] for way in ways)
        parts = re.split(r"([a-z]+)", words.words)
        codes = "".join(
            encode_syllables(next(place)) if _LATIN_RUNS.fullmatch(part) else name_of(part).codes for part in parts
        )
        yield Words("", "", codes, fold_codes(codes), False, 1.0, decode(codes))


def initials_typed(words: Words) -> str:
    """The first letters that a short typed query can be read as ("hlm", "红lm"); "" if it is no such thing."""
    if words.words.isascii() and " " in words.words:
        return ""
    runs = _LATIN_RUNS.findall(words.words)
    if not runs or max(map(len, runs)) > 8 or any(sign.isdigit() for sign in words.words):
        return ""
    parts = re.split(r"([a-z]+)", words.words)
    return "".join(
        part if _LATIN_RUNS.fullmatch(part) else "".join(token[0] for token in decode(name_of(part).codes))
        for part in parts
    )


def subject_in(words: str) -> str:
    """The subject that a plain question names, the words around it taken off ("养花的书" → "养花")."""
    table = wording()
    for start in table["before"]:
        opening = start if has_han(start) else start + " "
        if words.startswith(opening) and len(words) > len(opening):
            words = words.removeprefix(opening)
            break
    for end in table["after"]:
        ending = end if has_han(end) else " " + end
        if words.endswith(ending) and len(words) > len(ending):
            words = words.removesuffix(ending)
            break
    return words


def without_joints(words: str) -> str:
    """A title freed from the words that join it to its author ("的活着" → "活着")."""
    for joint in wording()["between"]:
        words = words.strip()
        if has_han(joint):
            words = words.removeprefix(joint) or words
            words = words.removesuffix(joint) or words
        else:
            words = words.removeprefix(joint + " ").removesuffix(" " + joint)
    return words.strip()


@cache
def wording() -> dict[str, list[str]]:
    """The words around titles and subjects (wording.json), longest first, in plain form."""
    table = json.loads(Path(__file__).with_name("wording.json").read_text("utf-8"))
    return {kind: sorted((plain(word) for word in words), key=len, reverse=True) for kind, words in table.items()}
