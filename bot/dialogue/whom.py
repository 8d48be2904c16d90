"""For whom a sentence asks: "帮我妈妈借三体" is "借三体", for somebody who is called 妈妈. No database is asked here.

The words stand in locales/<tag>/acting.yaml. The same rules read characters and, where an ear writes only sounds,
syllables without tones and without what dialects confuse.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache, lru_cache
from typing import Any

import yaml

from bot import locales
from bot.locales import Locale
from bot.messages import Said, Utterance
from catalog.search import sounds
from speech.recognition import Hypothesis, Transcript

SELF, PRONOUN = "self", "pronoun"
"""What stands for the speaker himself, and for whom was spoken of before."""
EDGES = " ,，。;；!！?？"


@dataclass(frozen=True, slots=True)
class ForWhom:
    """Somebody as he was called (`word`, also SELF or PRONOUN; `words` are all who are written or sound so), and the
    sentence without that (None where it says no more)."""

    words: tuple[str, ...]
    rest: Said | None

    @property
    def word(self) -> str:
        return self.words[0]


def tongue(said: Said | None, locale: Locale) -> Locale:
    """The language in which `said` may name somebody: typed in letters on a Chinese page it is English."""
    latin = isinstance(said, Utterance) and said.text.isascii() and any(sign.isalpha() for sign in said.text)
    others = locale.grammar.understands if latin and locale.language == "zh" else ()
    return locales.load(others[0]) if others else locale


def named(said: Said | None, locale: Locale) -> ForWhom | None:
    """For whom `said` asks, called as one calls a relative; None where nobody is named."""
    rows = table(locale.tag)
    people = {word: one[0] for one in rows["people"] for word in one}
    people |= dict.fromkeys(rows["pronouns"], PRONOUN) | dict.fromkeys(rows["self"], SELF)
    return _read(said, locale, tuple(sorted(people.items())))


def by_name(said: Said | None, locale: Locale, names: Iterable[str]) -> ForWhom | None:
    """For whom `said` asks, of these people by their names, however they are written."""
    return _read(said, locale, tuple(sorted((written(name), name) for name in set(names) if name)))


def called(name: str, locale: Locale) -> str:
    """What `name` is remembered as, if it is what one calls a relative; "" for a name of somebody's own."""
    rows, word = table(locale.tag), written(name)
    if word in rows["pronouns"]:
        return PRONOUN
    return next((str(one[0]) for one in rows["people"] if word in one), "")


def may_name(said: Said | None, locale: Locale) -> bool:
    """Whether a name may stand where `said` says for whom it asks: it is worth looking up who could be meant."""
    return any(rules.opens.search(plain) for plain, rules in _plain(said, locale, ()))


def names_somebody(said: Said | None, locale: Locale) -> bool:
    """Whether somebody's name surely stands there, whoever that is."""
    return any(form.match(plain) for plain, rules in _plain(said, locale, ()) for form in rules.somebody)


def only_ends(said: Said | None, locale: Locale) -> bool:
    """Whether `said` only says that it is one's own turn again."""
    return any(plain.strip(EDGES) in rules.ends for plain, rules in _plain(said, locale, ()))


@dataclass(frozen=True, slots=True)
class _Rules:
    """The words of a language, spelled in characters or in sounds, as patterns."""

    people: Mapping[str, tuple[str, ...]]
    forms: Sequence[tuple[re.Pattern[str], str]]
    opens: re.Pattern[str]
    somebody: Sequence[re.Pattern[str]]
    ends: frozenset[str]
    nothing: frozenset[str]
    tones: Mapping[str, tuple[frozenset[str], ...]]
    """The tones of each syllable in which somebody is called, where sounds are read."""


def _read(said: Said | None, locale: Locale, people: tuple[tuple[str, str], ...]) -> ForWhom | None:
    for plain, rules in _plain(said, locale, people):
        for form, instead in rules.forms:
            if (found := form.match(plain)) and not _another_tone(found, said, rules):
                words = rules.people[found["person"].strip()]
                rest = (instead + found["rest"]).strip(EDGES)
                return ForWhom(words, None if rest in rules.nothing else _without(said, rest, found, instead))
    return None


def _another_tone(found: re.Match[str], said: Said | None, rules: _Rules) -> bool:
    """Whether a name was heard in none of the tones it is said in (提意见 names no 姨, 给我打个电话 no 大哥)."""
    tones = rules.tones.get(found["person"].strip())
    if not tones or not isinstance(said, Transcript):
        return False
    first = found.string.count(" ", 0, found.start("person"))
    heard = sounds.parse_syllables(said.hypotheses[0].syllables)[first : first + len(tones)]
    return all(one[-1:] in "1234" and one[-1:] not in known for one, known in zip(heard, tones, strict=True))


def _without(said: Said | None, rest: str, found: re.Match[str], instead: str) -> Said:
    """What was said without the person; of what was heard, every hypothesis loses as many syllables at that end."""
    if not isinstance(said, Transcript):
        return Utterance(rest)
    kept = len(found["rest"].split())
    first = found.start("rest") > found.start("person")

    def cut(one: Hypothesis) -> Hypothesis:
        toned = one.syllables.split()
        toned = toned[max(0, len(toned) - kept) :] if first else toned[:kept]
        mine = " ".join(sounds.syllables(instead)) if one.syllables else ""
        text = rest if one is said.hypotheses[0] and one.text else ""
        return Hypothesis(text, f"{mine} {' '.join(toned)}".strip() if one.syllables else "", one.weight)

    return replace(said, hypotheses=tuple(cut(one) for one in said.hypotheses))


def _plain(said: Said | None, locale: Locale, people: tuple[tuple[str, str], ...]) -> Iterable[tuple[str, _Rules]]:
    """What was said in characters, or in plain sounds, with the rules that read it."""
    if isinstance(said, Utterance):
        yield written(said.text), _rules(locale.tag, False, people)
    elif isinstance(said, Transcript) and said.hypotheses:
        best = said.hypotheses[0]
        if best.text:
            yield written(best.text), _rules(locale.tag, False, people)
        elif best.syllables:
            yield _sounds(sounds.parse_syllables(best.syllables)), _rules(locale.tag, True, people)


@lru_cache(256)
def _rules(tag: str, heard: bool, people: tuple[tuple[str, str], ...]) -> _Rules:
    rows = table(tag)
    spell: Callable[[str], str] = (lambda word: _sounds(sounds.syllables(word))) if heard else str
    gap = "" if heard else "[ ,，]*"

    def one_of(words: Iterable[str]) -> str:
        spelled = sorted({spell(word) for word in words}, key=len, reverse=True)
        return "|".join(re.escape(one) + (r"\b" if not heard and one[-1:].isascii() else "") for one in spelled)

    opener, my = f"^(?:{one_of(rows['openers'])})?{gap}", f"(?:{one_of(rows['my'])}){gap}"
    person = f"(?P<person>{one_of(word for word, _ in people) or '(?!)'}){gap}"
    rest = "(?P<rest>.*)$"
    kin = one_of(word for line in rows["people"] for word in line)
    marks, weak, behind = (one_of(rows[name]) for name in ("marks", "weak", "behind"))
    using, cards = one_of(rows["with"]), "|".join(re.escape(spell(word)) for word in rows["cards"])
    forms = [
        (f"{opener}(?:{using}){gap}(?:{my})?{person}(?:{cards}){gap}{rest}", ""),
        (f"{opener}(?:{marks}){gap}(?:{my})?{person}{rest}", ""),
        (f"{opener}(?:{weak}){gap}{my}{person}{rest}", ""),
        (f"^(?P<rest>.+?){gap}(?:{behind}){gap}{my}{person}$", ""),
    ]
    if people and not any(called in (SELF, PRONOUN) for _, called in people):
        forms.append((f"{opener}(?:{weak}){gap}{person}{rest}", ""))
        forms.append((f"^(?P<rest>.+?){gap}(?:{one_of(rows['names_behind'])}){gap}{person}$", ""))
    own = {word for word, called in people if called == SELF}
    if own:
        self = f"(?P<person>{one_of(own)}){gap}"
        forms.append((f"{opener}(?:{weak}){gap}(?:{my})?{self}{rest}", ""))
    for theirs, mine in rows["mine"].items():
        forms.append((f"^{my}{person}{re.escape(spell(theirs))}{rest}", mine))
    called_so: dict[str, tuple[str, ...]] = {}
    for word, called in people:
        known = called_so.get(spell(word).strip(), ())
        called_so[spell(word).strip()] = known if called in known else (*known, called)
    return _Rules(
        called_so,
        [(re.compile(form), _spelled(instead, heard)) for form, instead in forms],
        re.compile(
            f"(?:{opener}(?:{marks}|{using})|(?:{opener}(?:{weak})|(?:{one_of(rows['names_behind'])})){gap}(?!{kin}))"
            f"{gap}(?=\\S)(?!{one_of(rows['not_names']) or '(?!)'})"
        ),
        _somebody(rows, spell, one_of, opener, heard),
        frozenset(spell(word).strip() for word in rows["ends"]),
        frozenset({"", *(spell(word).strip() for word in rows["nothing_yet"])}),
        _tones(people) if heard else {},
    )


def _tones(people: Iterable[tuple[str, str]]) -> Mapping[str, tuple[frozenset[str], ...]]:
    tones: dict[str, list[set[str]]] = {}
    for said in (sounds.syllables(word) for word, _ in people):
        known = tones.setdefault(_sounds(said).strip(), [set() for _ in said])
        for place, one in enumerate(said):
            known[place].add(one[-1])
    return {name: tuple(map(frozenset, found)) for name, found in tones.items()}


def _somebody(
    rows: Mapping[str, Any],
    spell: Callable[[str], str],
    one_of: Callable[[Iterable[str]], str],
    opener: str,
    heard: bool,
) -> Sequence[re.Pattern[str]]:
    """Where a name stands that nobody need know: with his card, on his behalf, a family name before what is done."""
    gap = "" if heard else "[ ,，]*"
    own = one_of([*rows["my"], *rows["self"]])
    cards = "|".join(re.escape(spell(word)) for word in rows["cards"])
    forms = [f"{opener}(?:{one_of(rows['with'])}){gap}(?=\\S)(?!{own}).{{2,24}}?(?:{cards})"]
    if rows["surely"]:
        forms.append(f"^(?:.*[^a-z])?(?:{one_of(rows['surely'])}){gap}(?=\\S)(?!{own})")
    if rows["family_names"]:
        family, acts = ("|".join(re.escape(spell(word)) for word in rows[one]) for one in ("family_names", "acts"))
        given = "(?:[a-z]+ ){1,2}?" if heard else ".{1,2}?"
        forms.append(
            f"{opener}(?:{one_of(rows['marks'])}){gap}(?!{one_of(rows['not_names'])}|{acts})(?:{family}){given}(?:{acts})"
        )
    return [re.compile(form) for form in forms]


def _spelled(instead: str, heard: bool) -> str:
    return instead if heard or not instead else instead + (" " if instead.isascii() else "")


def written(said: str) -> str:
    """As it is compared: in simplified characters, half-width, in small letters, without signs at its ends."""
    return sounds.to_simplified(unicodedata.normalize("NFKC", said)).casefold().strip(EDGES)


def _sounds(syllables: Sequence[str]) -> str:
    return "".join(f"{sounds.fold(one)} " for one in syllables)


@cache
def table(tag: str) -> dict[str, Any]:
    """The words of locales/<tag>/acting.yaml."""
    chain = locales.load(tag).chain
    file = next(path for one in chain if (path := locales.FOLDER / one / "acting.yaml").is_file())
    rows: dict[str, Any] = yaml.safe_load(file.read_text("utf-8"))
    return rows
