"""Whether a bare phrase is a wish for a book or ordinary talk: "三体" is, "今天天气怎么样" is not.

A phrase without any command is a title if nothing in it sounds like talk; the signs of talk and of titles are data
(words.yaml: talk). Being wrong costs little one way (a search that finds nothing) and a puzzled reader the other way.
"""

from __future__ import annotations

import re
from functools import cache

from bot.locales import Locale
from bot.understanding.spelling import compiled, sounds_of_locale

_STRONG, _WEAK = 2.0, 0.7


def is_talk(text: str, locale: Locale) -> bool:
    """Whether `text` (cleaned words) is talk rather than the name of a book."""
    return talk_weight(text, locale) >= _STRONG


def talk_weight(text: str, locale: Locale) -> float:
    """How much `text` sounds like talk; 2 and more is talk."""
    strong, weak, title = _patterns(locale)
    text = text.casefold().strip()
    if any(one.search(text) for one in strong):
        return _STRONG
    weight = sum(_WEAK for one in weak if one.search(text))
    return weight - sum(_WEAK for one in title if one.search(text))


def is_talk_by_sound(signs: str, locale: Locale) -> bool:
    """Whether folded sounds are talk; only the strong signs are asked, they are longer."""
    return any(one.search(signs) for one in _strong_by_sound(locale))


def prepare(locale: Locale) -> None:
    """Compile the signs of talk now."""
    _patterns(locale)
    if locale.language == "zh":
        _strong_by_sound(locale)


@cache
def _strong_by_sound(locale: Locale) -> tuple[re.Pattern[str], ...]:
    spelling = sounds_of_locale(locale)
    sources = locale.words.get("talk", {}).get("strong", ())
    return tuple(compiled(spelling.pattern(source)) for source in sources)


@cache
def _patterns(locale: Locale):  # type: ignore[no-untyped-def]  # three tuples of compiled patterns
    words = locale.words.get("talk", {})
    return tuple(tuple(compiled(source) for source in words.get(key, ())) for key in ("strong", "weak", "title"))
