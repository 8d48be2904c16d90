"""What typed words can mean, best first, before the moment of the talk is asked.

The whole sentence is held against the templates as it stands, without fillers, without a date said in passing, and
clause by clause. Sentences that no template fits are left to the caller (sounds, other languages, a bare title).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace

from bot.locales import Locale
from bot.understanding.matching import Reading, best_first, readings
from bot.understanding.meaning import Meaning, Phrase, SlotValue
from bot.understanding.normalise import Line, clauses, line, stripped, without_tags
from bot.understanding.resemblance import (
    LIKE_A_COMMAND,
    LIKE_A_COMMAND_WISHED,
    SHORTEST_RESEMBLED,
    resembled,
)
from bot.understanding.spelling import WRITTEN, Spelling, compiled
from bot.understanding.talk import is_talk
from bot.understanding.templates import Templates, templates
from bot.understanding.values import Cutter

PASSING = frozenset({"date", "time", "days"})
WHOLE_MESSAGE = frozenset({"feedback", "suggest_purchase", "request_recording"})
"""Intents whose wording matters to a librarian: the slot `text` keeps the whole message."""
_WHEN = frozenset({"request_delivery", "renew", "place_hold", "cancel_hold", "suspend_hold", "renew_all"})
"""Acts with a when: in their sentences a date or a length of time is no part of a title."""
FINDING = frozenset({"find_title", "find_audiobook"})
SOCIAL = frozenset({"greet", "thanks", "bye", "yes", "no", "help", "repeat", "human"})
"""What is said among other talk and meant all the same."""
_AND_MORE = 6
"""A message so much longer than its command says more than the command."""
_LISTENING_TO_IT = 2
"""听这本 is playing what is chosen; 有没有能听的书 has more words and is a search."""
_CLAUSE = 0.9
_IN_TALK = 0.5
"""Words of ours that make up less than this share of what is otherwise talk mean nothing."""
_IN_PASSING = 0.95
_UNTAGGED = 0.8
_RIVALS = 3


def candidates(text: str, cutter: Cutter) -> list[tuple[float, Meaning]]:
    """The meanings of cleaned words with their ranks, best first, one for each intent."""
    known = templates(cutter.locale, WRITTEN)
    found: list[Reading] = []
    whole = line(text, cutter.locale)
    core = stripped(whole, cutter.locale)
    found += readings(core, known)
    if core.text != whole.text:
        found += readings(whole, known)
    full = line(text, cutter.locale, light=False)
    if full.text != whole.text:
        found += readings(full, known)
        found += readings(stripped(full, cutter.locale), known)
    if core.tags:
        found += readings(stripped(line(text, cutter.locale, tagged=False), cutter.locale), known, worth=_UNTAGGED)
    lasting = stripped(without_tags(whole, PASSING), cutter.locale)
    if lasting.text and lasting.text != core.text:
        found += (one for one in readings(lasting, known, worth=_IN_PASSING) if one.whole)
    found += _shortened(core, cutter.locale, known, worth=_UNTAGGED)
    parts = clauses(text)
    if len(parts) > 1:
        for start, end in parts:
            clause = line(text, cutter.locale, start, end)
            inner = stripped(clause, cutter.locale)
            found += readings(inner, known, worth=_CLAUSE)
            found += _shortened(inner, cutter.locale, known, worth=_UNTAGGED)
            if inner.text != clause.text:
                found += readings(clause, known, worth=_CLAUSE)
    return meanings(found, text, cutter, known)


def _shortened(core: Line, locale: Locale, known: Templates, *, worth: float) -> list[Reading]:
    """The whole sentences that a line is without what ends it and says nothing (words.yaml: loose_end)."""
    end = compiled(locale.words.get("loose_end", r"(?!)")).search(core.text)
    if end is None:
        return []
    plain = stripped(core.part(0, end.start()), locale)
    return [one for one in readings(plain, known, worth=worth) if one.whole]


def meanings(
    found: Iterable[Reading], text: str, cutter: Cutter, known: Templates, *, sureness: float = 1.0
) -> list[tuple[float, Meaning]]:
    """Readings with their slots cut out; readings whose slots cannot be are dropped; one for each intent."""
    best: dict[str, tuple[float, Meaning]] = {}
    for one in best_first(found):
        if one.intent in best and best[one.intent][0] > one.rank + 1:
            continue
        meant = meaning(one, text, cutter, known, sureness)
        if meant is None:
            continue
        before = best.get(meant.intent)
        rank = one.rank + 0.3 * len(meant.slots)
        if before is None or rank > before[0]:
            best[meant.intent] = (rank, meant)
    return sorted(best.values(), key=lambda pair: -pair[0])


def meaning(one: Reading, text: str, cutter: Cutter, known: Templates, sureness: float) -> Meaning | None:
    """A reading with its slots; None if a slot cannot be what the template says, or it is a few words in other talk."""
    if one.intent not in SOCIAL and not one.whole and one.covered < _IN_TALK and _other_talk(text, cutter.locale):
        return None
    slots: dict[str, SlotValue] = {}
    named_book = False
    for name, start, end in one.slots:
        if name == "format":
            kind = known.formats.get(one.line.text[start:end])
            slots |= {"format": kind} if kind else {}
            continue
        said = cutter.slot(one.line, name, start, end)
        if said is None or (name == "book" and not _believable(said, one, one.line.part(start, end), text, cutter)):
            return None
        named_book = named_book or name == "book"
        slots |= said
    takes = known.takes.get(one.intent, frozenset())
    for tag in one.line.tags.values():
        kind = "title" if tag.kind == "marked" else tag.kind
        fits = kind in takes or ("book" in takes and kind in ("title", "ordinal", "isbn"))
        if fits and kind not in slots and (value := cutter.tag(one.line, tag)) is not None:
            slots[kind] = value
    if one.intent in WHOLE_MESSAGE and (slots or _says_more(one, text, cutter.locale)):
        slots["text"] = Phrase(text)
    if one.intent == "choose" and "count" in slots:
        slots.setdefault("ordinal", slots.pop("count"))
    intent = _by_what_is_named(one.intent, slots, named_book and one.literal <= _LISTENING_TO_IT)
    return Meaning(intent, slots, round(_confidence(one) * sureness, 3), text)


def _other_talk(text: str, locale: Locale) -> bool:
    """Whether cleaned words are talk in which no word of our trade stands."""
    words = locale.words
    ours = any(compiled(words.get(key, r"(?!)")).search(text.casefold()) for key in ("service", "wish"))
    return not ours and is_talk(text, locale)


def _says_more(one: Reading, text: str, locale: Locale) -> bool:
    """Whether a message to the librarian says what it is about, and not only that there will be one."""
    announced = locale.words.get("announced")
    if one.intent == "feedback" and announced:
        return not compiled(announced).search(line(text, locale).text)
    return not one.whole or len(text) > len(one.line.text) + _AND_MORE


def _believable(said: Mapping[str, SlotValue], one: Reading, part: Line, text: str, cutter: Cutter) -> bool:
    """Whether what stands in a book's place is a book: a long stretch that sounds like talk is not."""
    title = said.get("title")
    if not isinstance(title, Phrase):
        subject = said.get("subject")
        return one.intent in FINDING or not isinstance(subject, Phrase) or not cutter.is_talk(part, subject)
    if any(tag.kind == "marked" for tag in one.line.tags.values()):
        return True
    if one.intent not in FINDING and (no_object(title, cutter.locale) or _talk_before(part, one, title)):
        return False
    if one.intent in _WHEN and any(part.tags[sign].kind in PASSING for sign in part.text if sign in part.tags):
        return False
    service = cutter.locale.words.get("service")
    if title.text and service and compiled(service).search(title.text.casefold()):
        return False
    wished = bool(compiled(cutter.locale.words.get("wish", r"(?!)")).search(text.casefold()))
    if title.text and len(part.text) >= SHORTEST_RESEMBLED:
        like = resembled(part, cutter.locale)
        if like and like[0][0] >= (LIKE_A_COMMAND_WISHED if wished else LIKE_A_COMMAND):
            return False
    if wished:
        return True
    return not cutter.is_talk(part, title)


def _talk_before(part: Line, one: Reading, title: Phrase) -> bool:
    """Whether a title would be all that was said before the command, and more than one clause."""
    return part.spans[:1] == one.line.spans[:1] and len(clauses(title.text)) > 1


def no_object(title: Phrase, locale: Locale) -> bool:
    """Whether nothing is ever done to what is called so (words.yaml: not_an_object)."""
    refused = locale.words.get("not_an_object")
    return bool(title.text and refused and compiled(refused).search(title.text.casefold()))


def _by_what_is_named(intent: str, slots: Mapping[str, SlotValue], named_book: bool) -> str:
    """Listening to or finding what has been chosen already is playing or choosing it."""
    only = set(slots)
    if intent == "find_audiobook" and named_book and only <= {"ordinal"}:
        return "play_audiobook"
    if intent == "find_title" and only == {"ordinal"}:
        return "choose"
    if intent in ("find_title", "play_audiobook") and "title" in only and slots.get("format") == "audiobook":
        return "find_audiobook"
    if intent == "find_title" and slots.get("format") == "audiobook":
        return "find_audiobook"
    return intent


def _confidence(one: Reading) -> float:
    if not one.whole:
        return min(0.9, 0.5 + 0.4 * one.covered)
    if not one.slots:
        return 0.99
    return 0.95 if one.literal > 1 else 0.9


def with_rivals(found: list[tuple[float, Meaning]]) -> Meaning | None:
    """The best meaning with the next best as its rivals."""
    if not found:
        return None
    return replace(found[0][1], rivals=tuple(meant for _, meant in found[1 : 1 + _RIVALS]))


def in_spelling(source: Line, cutter: Cutter, spelling: Spelling) -> list[Reading]:
    """The readings of a line of sounds, as it stands and without fillers."""
    known = templates(cutter.locale, spelling)
    core = stripped(source, cutter.locale, spelling)
    found = readings(core, known)
    if core.text != source.text:
        found += readings(source, known)
    lasting = stripped(without_tags(source, PASSING), cutter.locale, spelling)
    if lasting.text and lasting.text != core.text:
        found += (one for one in readings(lasting, known, worth=_IN_PASSING) if one.whole)
    return found
