"""The few answers a question leaves open, as phrases for an ear that can be told what to expect.

They only help: whatever else is said is heard too (speech.recognition). Where anything may be said there are none.
"""

from __future__ import annotations

from functools import cache

from bot.locales import Locale
from bot.understanding.meaning import Moment
from bot.understanding.plain_forms import plain_sentences

ANSWERS = frozenset({"yes", "no", "cancel", "repeat", "choose", "more_results"})
"""What a question or a short list is answered with."""
LONGEST = 24
"""Signs: longer ones are said in too many ways to be worth expecting."""


def few_answers(moment: Moment, locale: Locale) -> tuple[str, ...]:
    """The phrases for this moment."""
    if moment.state not in ("confirming", "choosing"):
        return ()
    grammar = locale.grammar
    named = tuple(option for option in moment.options if option)
    if moment.state == "confirming" and not named:
        return _plain(grammar)
    ordinals = tuple(grammar.words.get("spoken_ordinals", {}))
    return (*_plain(grammar), *ordinals, *(option for option in named if len(option) <= LONGEST))


@cache
def _plain(locale: Locale) -> tuple[str, ...]:
    said = {text for intent, text in plain_sentences(locale) if intent in ANSWERS and "{" not in text}
    return tuple(sorted(text for text in said if len(text) <= LONGEST))
