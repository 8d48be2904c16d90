"""Somebody whom nobody knows, where a typed sentence says for whom it is: "renew everything for Margaret Hill".

A guess, to be asked about and never acted on: whatever stands where a name would stand. Of what is only heard as sounds
nothing is guessed: nearly everything sounds like somebody's name.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache

from bot.dialogue import whom
from bot.dialogue.turn import Turn
from bot.dialogue.whom import ForWhom
from bot.locales import Locale
from bot.messages import Said, Utterance
from bot.understanding import understand
from bot.understanding.meaning import Meaning, Moment, Phrase
from catalog.search import Query, SearchError

FINDS = frozenset({"find_title", "find_audiobook"})
"""What only looks for a book."""
SURE_TO_LOOK = 0.8
"""Below this confidence it may be something else that is wished for somebody."""
HAN = r"[\u4e00-\u9fff]{1,4}"
WORD = r"[^\W\d_\u4e00-\u9fff][^\W\d_\u4e00-\u9fff'’.-]*"
WORDS = rf"{WORD}(?: (?!please\b){WORD}){{0,2}}"


@dataclass(frozen=True, slots=True)
class Stranger:
    """A name nobody knows, the sentence without it, and the mark and name as they stand in it."""

    name: str
    rest: Utterance
    marked: str
    changes: bool
    """Whether something is to be done, and not only looked for."""
    capital: bool
    """Whether it is written as names are; where a language does not write them otherwise than words, always."""


def named(said: Said | None, locale: Locale) -> Stranger | None:
    """Who may be named in `said`; None where nobody is."""
    if not isinstance(said, Utterance):
        return None
    table = whom.table(locale.tag)
    text = locale.incoming(unicodedata.normalize("NFKC", said.text)).strip(whom.EDGES)
    for form in _forms(locale.tag):
        if found := form.match(text):
            name, rest = found["name"].strip(), found["rest"].strip(whom.EDGES)
            first = name.casefold().split()[0]
            done = not table["acts"] or any(one in rest for one in table["acts"])
            if rest and done and first not in table["no_strangers"]:
                capital = bool(table["acts"]) or not any(word[0].islower() for word in name.split())
                marked, wish = f"{found['mark']}{found['name']}", Utterance(rest)
                return Stranger(name, wish, marked, changes(wish, locale), capital)
    return None


def changes(said: Said, locale: Locale) -> bool:
    """Whether something is to be done, and not only looked for; of what was only heard nobody knows."""
    acts = whom.table(locale.tag)["changes"]
    return not isinstance(said, Utterance) or not acts or any(one in whom.written(said.text) for one in acts)


def only_looks(turn: Turn) -> bool:
    """Whether a book is looked for, and none borrowed ("find a book for my grandson")."""
    if turn.said is None or changes(turn.said, turn.locale):
        return False
    meant = understand(turn.said, locale=turn.locale, moment=Moment(), today=turn.today)
    return meant.intent in FINDS and meant.confidence > SURE_TO_LOOK


def goes_on(turn: Turn, stranger: Stranger, named: ForWhom) -> bool:
    """Whether the name goes on behind the one that is known: then it is somebody else's."""
    said = whom.written(stranger.name)
    goes_on = said[-1] not in whom.table(turn.locale.tag)["no_strangers"]
    return goes_on and any(said.startswith(whom.written(one)) and len(said) == len(one) + 1 for one in named.words)


def meant(turn: Turn, stranger: Stranger, then: Meaning) -> bool:
    """Whether the name is somebody's, and no part of a title, of a place or of whatever else the sentence names."""
    if turn.said is None:
        return False
    whole = understand(turn.said, locale=turn.locale, moment=Moment(), today=turn.today)
    name, marked = stranger.name.casefold(), stranger.marked.casefold()
    within = False
    for slot in whole.slots.values():
        text = slot.text.casefold() if isinstance(slot, Phrase) else ""
        if name in text and marked not in text:
            return False
        if marked in text:
            within = True
            if _is_title(turn, text):
                return False
    return stranger.capital or not (within or then.intent in FINDS)


def _is_title(turn: Turn, text: str) -> bool:
    try:
        hits = turn.services.index.search(Query(text=text, limit=1)).hits
    except SearchError:
        return False
    return bool(hits) and hits[0].why == "exact"


@cache
def _forms(tag: str) -> list[re.Pattern[str]]:
    table = whom.table(tag)

    def one_of(words: Iterable[str]) -> str:
        return "|".join(re.escape(word) for word in sorted(words, key=len, reverse=True)) or "(?!)"

    openers, before, behind = (one_of(table[name]) for name in ("openers", "before_strangers", "behind_strangers"))
    if not table["acts"]:
        forms = [
            rf"^(?P<rest>.+?)[ ,]+(?P<mark>(?:{behind}) )(?P<name>{WORDS})(?:,? please)?$",
            rf"^(?:(?:{openers}) )?(?P<mark>(?:{before}) )(?P<name>{WORDS}), *(?P<rest>.+)$",
        ]
    else:
        acts, not_names = one_of(table["acts"]), one_of([*table["no_strangers"], *table["acts"]])
        name = rf"(?P<name>(?!{not_names})(?:{WORDS}|{HAN}?)) *"
        forms = [
            rf"^(?:{openers}){{0,3}}(?P<mark>{before}) *{name}(?P<rest>(?:{acts}).*)$",
            rf"^(?P<rest>.+?)[ ,，]*(?P<mark>{behind}) *(?P<name>(?!{not_names})(?:{WORDS}|{HAN}))$",
        ]
    return [re.compile(form, re.IGNORECASE) for form in forms]
