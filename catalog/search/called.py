"""What readers call a subject or a person, and what the catalogue calls it: 抗日 is 抗日战争, growing peaches is 果树.

The words stand in called.tsv and persons.tsv. Of a longer wording the longest part that is known says what it is about
(糖尿病怎么吃: 糖尿病). Nothing is ranked here.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from catalog.search.asking import Words
from catalog.search.readings import encode_plain, has_han, plain
from catalog.search.sounds import fold_codes

LONGEST = 24
"""Signs (or words of letters) of a wording that are looked at."""
Tiers = tuple[tuple[str, ...], ...]
"""The catalogue's words for a subject, then, where it has none of those, what stands nearest."""
BESIDE = "beside"
"""The line of called.tsv whose words say nothing of the subject."""


@dataclass(frozen=True, slots=True)
class Called:
    """The catalogue's words for a subject, and the part of the wording that was one. `sure`: they mean just that, and
    all the rest said nothing; else they are what stands nearest. `near` stands next to them."""

    subjects: tuple[str, ...]
    part: str
    sure: bool
    near: tuple[str, ...] = ()
    alone: bool = True
    """Whether nothing was said of the subject but the part."""


def called(asked: Words, known: Callable[[str], bool], sounded: Callable[[str], bool]) -> Called | None:
    """What the catalogue calls what was asked for; `known` and `sounded` say whether it has a word, or a sound."""
    if not asked.key:
        return _by_sound(asked.folded, known, sounded)
    table = _table()
    nearly: Called | None = None
    for part in _parts(asked.words):
        if nearly is not None and len(part) < len(nearly.part):
            break
        subjects, exactly, near = _known(table.get(part, ()), known)
        if not exactly and len(part.replace(" ", "")) > 1 and part not in _beside() and known(part):
            subjects, exactly, near = (part,), True, subjects
        if subjects:
            alone = _says_nothing(asked.words, part, known)
            if exactly and alone:
                return Called(subjects, part, True, near)
            if alone or len(part) > 1:  # one sign of several may stand in any word
                nearly = nearly or Called(subjects, part, False, near, alone)
    return nearly


def warm() -> None:
    """Read the tables now."""
    _nothing_more(), _sounds(), _persons(), _persons_by_sound()


def _by_sound(folded: str, known: Callable[[str], bool], sounded: Callable[[str], bool]) -> Called | None:
    table = _sounds()
    for size in range(min(len(folded), LONGEST), 1, -1):
        for at in range(len(folded) - size + 1):
            part = folded[at : at + size]
            subjects, exactly, near = _known(table.get(part, ()), known)
            if subjects:
                return Called(subjects, "", exactly, near)
            if sounded(part):
                return Called((part,), part, size == len(folded))
    return None


def _known(tiers: Tiers, known: Callable[[str], bool]) -> tuple[tuple[str, ...], bool, tuple[str, ...]]:
    """Of the words for a subject those that are known, whether they mean just that, and those next to them."""
    here = [tuple(word for word in tier if known(word)) for tier in tiers]
    first = next((place for place, words in enumerate(here) if words), len(here))
    if first == len(here):
        return (), False, ()
    return here[first], first == 0, tuple(word for words in here[first + 1 :] for word in words)


def _parts(words: str) -> Iterator[str]:
    """The stretches of a wording, the longest first: of signs, or of words in letters."""
    han = has_han(words)
    tokens: Sequence[str] = words.replace(" ", "")[:LONGEST] if han else words.split()[:LONGEST]
    for size in range(len(tokens), 0, -1):
        for at in range(len(tokens) - size + 1):
            yield ("" if han else " ").join(tokens[at : at + size])


def _says_nothing(words: str, part: str, known: Callable[[str], bool]) -> bool:
    """Whether what stands beside the part says nothing of the subject, or is another word for one."""
    rest = words.replace(part, " ", 1)
    for word in _nothing_more():
        rest = rest.replace(word, " ") if has_han(word) else f" {rest} ".replace(f" {word} ", " ")
    return all(known(one) for one in rest.split())


def same_person(words: Words) -> tuple[str, ...]:
    """The other names, as the index keys them, of the person who is called so (周树人 is 鲁迅)."""
    if words.key:
        return _persons().get(words.key, ())
    return _persons_by_sound().get(words.folded, ())


@cache
def _lines(file: str) -> tuple[tuple[str, ...], ...]:
    text = Path(__file__).with_name(file).read_text("utf-8")
    return tuple(tuple(line.split("\t")) for line in text.splitlines() if line and not line.startswith("#"))


@cache
def _table() -> dict[str, Tiers]:
    table: dict[str, Tiers] = {}
    for readers, *tiers in _lines("called.tsv"):
        if readers != BESIDE:
            words = tuple(tuple(map(plain, tier.split("|"))) for tier in tiers)
            table.update((plain(word), words) for word in readers.split("|"))
    return table


@cache
def _beside() -> frozenset[str]:
    lines = (words for key, *words in _lines("called.tsv") if key == BESIDE)
    return frozenset(plain(word) for words in lines for word in words[0].split("|"))


@cache
def _nothing_more() -> tuple[str, ...]:
    """What says nothing beside a part, the longest first: another word for a subject hardly narrows it either."""
    return tuple(sorted({*_beside(), *_table()}, key=len, reverse=True))


@cache
def _sounds() -> dict[str, Tiers]:
    return {_sound(word): subjects for word, subjects in _table().items() if has_han(word) and len(word) > 1}


@cache
def _persons() -> dict[str, tuple[str, ...]]:
    keys = [tuple(plain(name).replace(" ", "") for name in names.split("|")) for (names,) in _lines("persons.tsv")]
    return {key: tuple(other for other in names if other != key) for names in keys for key in names}


@cache
def _persons_by_sound() -> dict[str, tuple[str, ...]]:
    return {_sound(key): (key, *others) for key, others in _persons().items() if has_han(key) and len(key) > 1}


def _sound(word: str) -> str:
    return fold_codes(encode_plain(word).replace(" ", ""))
