"""How a book is to be, where none is named: new, light, thin, for a grandson of eight, like one he knows, or any good.

Understanding says that a book is wished for and cuts out what may be its title or subject. Which of these words only
say how it is to be is read here, from the words of locales/<tag>/named.yaml, typed or by their sound. What is put into
his hands then is suggesting.py's.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from bot.dialogue import named
from bot.dialogue.flows import searching
from bot.dialogue.flows.searching import CLAUSES
from bot.dialogue.flows.unfound import GUESSED, phrase
from bot.dialogue.turn import Turn
from bot.understanding.books import is_subject
from bot.understanding.meaning import Meaning, Phrase
from bot.understanding.numbers import number
from catalog.search import sounds
from catalog.search.browsing import TOGETHER

FREE = ("title", "subject", "author")
ANY = "any"
"""How a book is to be that is only to be a good one."""
LIKE = "like"
"""How it is to be if another book is named that it shall be like."""
MANNER = "manner"
"""The slot in which a wish that is on offer keeps how the book is to be (it is no word of the sentence)."""
ADULTS, OLDEST = "adults", "elders"
AGES = ((6, "toddlers"), (9, "children"), (13, "pupils"), (18, "teens"), (60, ADULTS))
"""Below which age who reads what: picture books before school, fairy tales until nine, then longer stories."""
ALIKE = 0.85
"""From this likeness on (0 to 1) heard syllables are a word."""


@dataclass(frozen=True, slots=True)
class Wished:
    """How the book is to be (`manner`, a key of catalog.search.kinds, or new, popular, like), what about, for whom
    (`reader`, a key of kinds, too), and `wish`: what was understood, without the words that said so."""

    manner: str
    wish: Meaning
    subject: str = ""
    reader: str = ""
    like: Phrase | None = None


def wished(turn: Turn, wish: Meaning) -> Wished | None:
    """How the book is to be; None where one is named, or nothing is said of it at all."""
    if any(name in wish.slots for name in ("isbn", "ordinal")):
        return None
    kept = wish.slots.get(MANNER)
    subject = phrase(wish, "subject")
    if isinstance(kept, str):
        manner, _, reader = kept.partition(" ")
        return Wished(manner, wish, subject.text if subject else "", reader, phrase(wish, "title"))
    said = next(((slot, one) for slot in FREE if (one := phrase(wish, slot)) is not None), None)
    whom = phrase(wish, "person")
    manner, kind = named.named(turn, "manner", whole=True), named.named(turn, "kind_of_book")
    reader = _reader(turn, whom) if whom is not None else _young_reader(turn)
    if said is None:
        anything = bool(manner or reader or kind or whom)
        return Wished(manner or ANY, wish, kind, reader) if anything else None
    slot, words = said
    if slot == "title" and named.named(turn, "likeness", whole=True):
        return Wished(LIKE, wish, like=words)
    rest, stripped = _without_manner(turn, words)
    if not stripped and rest:
        if slot != "subject" or not words.text:
            return None
        subject_said = f"{rest}{TOGETHER}{kind}" if kind and kind not in rest else rest
        asked = bool(manner or reader) or subject_said != rest
        return Wished(manner or ANY, wish, subject_said, reader) if asked else None
    if slot != "subject" and rest and not is_subject(rest, turn.locale.grammar):
        return None
    if slot != "subject" and (_a_title(turn, wish, words) or _bluntly(turn, slot, words)):
        return None
    slots = {name: value for name, value in wish.slots.items() if name not in FREE}
    subject_said = rest or kind
    if subject_said:
        slots["subject"] = Phrase(subject_said)
    return Wished(manner or ANY, replace(wish, slots=slots), subject_said, reader)


def _a_title(turn: Turn, wish: Meaning, words: Phrase) -> bool:
    """Whether there is a book of just that title, and it was not said as a quality ("something cheerful": 高兴的)."""
    if wish.confidence > GUESSED and (words.others or not words.text):
        return False
    hits = searching.asked(turn, searching.query_of(turn, wish, searching.usable(turn)))
    return bool(hits) and hits[0].why == "exact"


def _bluntly(turn: Turn, slot: str, words: Phrase) -> bool:
    """Whether a quality stands where a title would, as a title would ("我想借高兴"), and not as one ("看点高兴的")."""
    if slot != "title" or words.others or not words.text or turn.locale.grammar.words.get("spaced"):
        return False
    qualities = [word for _, some in named.table(turn, "manner") for word in some]
    return words.text in qualities and not named.says(turn, "a_little")


def _young_reader(turn: Turn) -> str:
    """For which child the sentence wants something, though not in the words for it ("he is five, find him a book")."""
    years = _age(turn, turn.words)
    if years is not None:
        return _of_age(years)
    who = named.named(turn, "audience")
    return who if who not in (OLDEST, ADULTS) else ""


def _reader(turn: Turn, whom: Phrase) -> str:
    """For whom it is to be: by his age, else by what he was called."""
    years = _age(turn, whom.text or turn.meaning.reading)
    return _of_age(years) if years is not None else named.named(turn, "audience", whom.text)


def _of_age(years: int) -> str:
    return next((reader for below, reader in AGES if years < below), OLDEST)


def _age(turn: Turn, text: str) -> int | None:
    """How many years old somebody is, as far as the words say."""
    numeral = turn.locale.grammar.words["classes"]["NUM"]
    pattern = "|".join(named.words(turn, "years_old"))
    found = re.search(rf"({numeral})[ -]*(?:{pattern})", turn.locale.incoming(text).casefold())
    return number(found[1], turn.locale.grammar.words["numbers"]) if found else None


def _without_manner(turn: Turn, said: Phrase) -> tuple[str, bool]:
    """What is left of some words without those at their ends that say how it is to be, and whether there were any."""
    spaced = bool(turn.locale.grammar.words.get("spaced")) and said.text.isascii()
    tokens = _tokens(_without_age(turn, said), spaced)
    manners = [word for _, words in named.table(turn, "manner") for word in words]
    beside = named.words(turn, "manner_beside")
    both = sorted([(one, True) for one in manners] + [(one, False) for one in beside], key=lambda one: -len(one[0]))
    found = False
    before: Sequence[str] = ()
    while tokens and tokens != before:
        before = tokens
        for word, says in both:
            part = _tokens(Phrase(word) if said.text else Phrase(syllables=" ".join(sounds.syllables(word))), spaced)
            size = len(part)
            if not size or size > len(tokens):
                continue
            if _same(tokens[:size], part, said):
                tokens, found = tokens[size:], found or says
                break
            if _same(tokens[-size:], part, said):
                tokens, found = tokens[:-size], found or says
                break
    return (" " if spaced or not said.text else "").join(tokens), found


def _without_age(turn: Turn, said: Phrase) -> Phrase:
    """Some words without the clauses that only say how old somebody is ("a book to look at, he is five")."""
    parts = CLAUSES.split(said.text)
    return Phrase("".join(part for part in parts if _age(turn, part) is None)) if len(parts) > 1 else said


def _tokens(said: Phrase, spaced: bool) -> Sequence[str]:
    if not said.text:
        return tuple(said.syllables.split())
    text = said.text.casefold()
    return tuple(text.split()) if spaced else tuple(sign for sign in text if not sign.isspace())


def _same(some: Sequence[str], word: Sequence[str], said: Phrase) -> bool:
    if said.text:
        return tuple(some) == tuple(word)
    return sounds.similarity(tuple(some), tuple(word)) >= ALIKE
