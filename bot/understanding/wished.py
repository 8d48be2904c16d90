"""What a typed wish for a book names where its words can be read in several ways, or are spread over several clauses.

看见 may be seeing or a book of that name: both go along, and the catalogue decides. In 红楼梦，大字版的 one clause
names the book and another says which edition; in 有没有讲养花的书啊，我想种种月季 the second only gives a reason.
Whether there is such a book is not asked here.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from bot.locales import Locale
from bot.understanding.books import named
from bot.understanding.meaning import Meaning, Phrase, SlotValue
from bot.understanding.normalise import clauses, line, stripped
from bot.understanding.resemblance import SENTENCE
from bot.understanding.spelling import compiled
from bot.understanding.talk import is_talk, talk_weight
from bot.understanding.typed import FINDING, candidates, with_rivals
from bot.understanding.values import Cutter

NAMES = frozenset({"title", "author", "subject", "isbn", "ordinal"})
"""Slots of which one says which book is meant."""
BESIDE = frozenset({"format", "person"})
"""What may be said of a book in a clause of its own."""
_AS_SAID = 0.5
_SWALLOWED = 2
"""So many signs (or words) of a title may have been taken for the sentence around it."""


def ways(meant: Meaning, text: str, locale: Locale) -> Meaning:
    """`meant` with the other ways to cut its title out of `text` as the title's `others`."""
    title = meant.slots.get("title")
    if meant.intent not in FINDING or not isinstance(title, Phrase) or not title.text:
        return meant
    start = text.find(title.text)
    end = start + len(title.text)
    if start < 0:
        return meant
    spaced = bool(locale.words.get("spaced"))
    before, after = _next_to(text[:start], spaced, last=True), _next_to(text[end:], spaced, last=False)
    longer = [*(text[start - size : end] for size in before), *(text[start : end + size] for size in after)]
    others = tuple(Phrase(way, weight=_AS_SAID) for way in longer if way != title.text)
    return replace(meant, slots={**meant.slots, "title": replace(title, others=(*title.others, *others))})


def _next_to(text: str, spaced: bool, *, last: bool) -> list[int]:
    """How many signs of `text` the first (or last) one or two words are, as far as no mark stands between."""
    sizes: list[int] = []
    size = 0
    for _ in range(_SWALLOWED):
        if spaced:
            while size < len(text) and _at(text, size, last) == " ":
                size += 1
        begun = size
        while size < len(text) and _at(text, size, last).isalnum() and (spaced or size == begun):
            size += 1
        if size == begun:
            break
        sizes.append(size)
    return sizes


def _at(text: str, place: int, last: bool) -> str:
    return text[-1 - place] if last else text[place]


def gathered(best: Meaning, text: str, cutter: Cutter) -> Meaning:
    """A wish for a book with what the several clauses of `text` say of it.

    Words before a wish that names no book are talk ("睡不着，放点故事听听"), unless it asks for an edition.
    """
    parts = [text[start:end] for start, end in clauses(text)]
    free = (best.slots.get(slot) for slot in ("title", "subject", "author"))
    whole = next((one for one in free if isinstance(one, Phrase) and len(clauses(one.text)) > 1), None)
    if whole is not None:
        wish = compiled(cutter.locale.words.get("wish", r"(?!)"))
        in_order = sorted(parts, key=lambda part: not wish.search(part.casefold()))
        alone = (with_rivals(candidates(part, cutter)) for part in in_order)
        first = next((one for one in alone if one and one.intent in FINDING and NAMES & set(one.slots)), None)
        if first is None:
            return best
        named_first = first.slots.get("title")
        slots = dict(first.slots)
        if isinstance(named_first, Phrase):
            slots["title"] = replace(named_first, others=(*named_first.others, Phrase(whole.text, weight=_AS_SAID)))
        best = replace(first, slots=slots, reading=best.reading)
    slots = dict(best.slots)
    intent = best.intent
    sentences = [with_rivals(candidates(part, cutter)) for part in parts]
    wishing = next((place for place, said in enumerate(sentences) if said and said.intent in FINDING), 0)
    names = _by_name(parts if "format" in slots else parts[wishing:], cutter)
    for said in (*sentences, names):
        if said is None or said.intent not in FINDING:
            continue
        wanted = BESIDE if NAMES & set(slots) else BESIDE | NAMES
        slots |= {slot: value for slot, value in said.slots.items() if slot in wanted and slot not in slots}
        intent = said.intent if said.intent == "find_audiobook" else intent
    return replace(best, intent=intent, slots=slots)


def by_name(text: str, cutter: Cutter) -> Meaning | None:
    """The book that a clause of `text` without any command names ("三体，谢谢"); None if none does."""
    return _by_name([text[start:end] for start, end in clauses(text)], cutter)


def _by_name(parts: list[str], cutter: Cutter) -> Meaning | None:
    """The book that a clause without any command names: the least like talk first, the others beside it."""
    found: list[tuple[float, int, Mapping[str, SlotValue]]] = []
    for place, part in enumerate(parts):
        weight = talk_weight(part, cutter.locale)
        if weight >= SENTENCE or is_talk(part, cutter.locale) or candidates(part, cutter):
            continue
        core = stripped(line(part, cutter.locale), cutter.locale)
        first, last = core.span(0, len(core.text))
        if slots := named(part[first:last], cutter.locale):
            found.append((weight, place, slots))
    if not found:
        return None
    found.sort(key=lambda one: one[:2])
    slots = dict(found[0][2])
    title = slots.get("title")
    if isinstance(title, Phrase):
        rest = (more.get("title") for _, _, more in found[1:])
        others = tuple(replace(one, weight=_AS_SAID) for one in rest if isinstance(one, Phrase))
        slots["title"] = replace(title, others=(*title.others, *others))
    return Meaning("find_audiobook" if slots.get("format") == "audiobook" else "find_title", slots)
