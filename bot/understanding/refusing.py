"""A negated wish never becomes an act: "那本别预约了" is no hold, "不用送了" is no delivery.

Whatever a sentence resembles, words that refuse the very act it was taken for win: the opposite is meant where there
is one (cancel_hold for place_hold), else a no. What refuses which act is data (words.yaml: refusals).
"""

from __future__ import annotations

from dataclasses import replace

from bot.locales import Locale
from bot.understanding.correcting import taken_back
from bot.understanding.meaning import Meaning, Phrase
from bot.understanding.normalise import clauses, line
from bot.understanding.spelling import compiled
from bot.understanding.wording import with_classes


def refused_act(text: str, intent: str, locale: Locale) -> str:
    """What `text` (cleaned words) means instead of `intent`, because it refuses that; "" if it does not."""
    refusals = locale.words.get("refusals", {}).get(intent, ())
    said = [line(text, locale, *span, light=False).text for span in clauses(text)] if refusals else []
    for source, instead in refusals:
        pattern = compiled(with_classes(source, locale.words.get("classes", {})))
        if any(pattern.search(clause) for clause in said):
            return str(instead)
    return ""


def as_wished(meant: Meaning, locale: Locale) -> Meaning:
    """`meant`, or what is meant by refusing it."""
    instead = refused_act(_without_names(meant, locale), meant.intent, locale)
    if not instead:
        return meant
    slots = {} if instead == "no" else meant.slots
    return replace(meant, intent=instead, slots=slots, rivals=())


def _without_names(meant: Meaning, locale: Locale) -> str:
    """The sentence without its free words: 别 in a title refuses nothing; a title that swallowed the no does."""
    text = meant.reading
    if parts := taken_back(text, locale):
        text = parts[1]
    for slot, value in meant.slots.items():
        if slot in ("title", "person", "topic") and isinstance(value, Phrase) and value.text and not value.heard:
            around = text.partition(value.text)
            if around[0] and around[2]:
                text = f"{around[0]} {value.text[-1]}{around[2]}"
    return text
