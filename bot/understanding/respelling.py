"""Syllables back into characters, as far as our own sentences know them: what a reader who was heard sees of it.

The words of the templates are a small lexicon of sounds; the longest known word wins. Syllables that belong to none
stay pinyin without tones: which title or name they are, the catalogue tells.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cache

from hassil.expression import Expression, Group, TextChunk

from bot.locales import Locale
from bot.understanding.templates import sentence_expressions
from catalog.search.readings import decode, encode, encode_syllables, has_han
from catalog.search.sounds import fold_codes

LONGEST_WORD = 6
_TONES = "012345"
_COMMON = 5


def respelled(heard: tuple[str, ...], locale: Locale, free: Sequence[str] = ()) -> str:
    """The sentence in characters where its words are known ("xu4 jie4" → "续借"), in pinyin where not.

    `free` are stretches (syllables with blanks) that are a title or a name, and stay pinyin.
    """
    for stretch in free:
        wanted = tuple(stretch.split())
        for at in range(len(heard) - len(wanted) + 1):
            if wanted and heard[at : at + len(wanted)] == wanted:
                rest = [one for one in free if one != stretch]
                pinyin = "".join(one.rstrip(_TONES) for one in wanted)
                behind = heard[at + len(wanted) :]
                parts = (respelled(heard[:at], locale, rest), pinyin, respelled(behind, locale, rest))
                return " ".join(part for part in parts if part)
    words = _words(locale)
    names = tuple(one.rstrip(_TONES) for one in heard)
    out: list[str] = []
    at = 0
    while at < len(names):
        for size in range(min(LONGEST_WORD, len(names) - at), 0, -1):
            codes = encode_syllables(names[at : at + size])
            word = words.get(codes) or words.get(fold_codes(codes) if size > 1 else "")
            if word:
                out.append(word)
                at += size
                break
        else:
            out.append(f" {names[at]} ")
            at += 1
    return " ".join("".join(out).split())


def prepare(locale: Locale) -> None:
    """Gather the words of the locale's sentences now."""
    _words(locale)


@cache
def _words(locale: Locale) -> dict[str, str]:
    """Toneless codes of the words in the locale's templates, the most frequent word of each sound."""
    counts: dict[str, int] = {}
    for _, _, sentence in sentence_expressions(locale):
        for text in _chunks(sentence.expression):
            counts[text] = counts.get(text, 0) + 1
    for rule in locale.sentences().expansion_rules.values():
        for text in _chunks(rule.expression):
            counts[text] = counts.get(text, 0) + 1
    for text in _closed_class(locale):
        counts[text] = counts.get(text, 0) + _COMMON
    known: dict[str, tuple[int, str]] = {}
    for text, count in counts.items():
        if not has_han(text) or len(text) > LONGEST_WORD or not all(map(has_han, text)):
            continue
        sound = "".join(encode_syllables((name.rstrip(_TONES),)) for name in _names(text))
        for key in (sound, fold_codes(sound)):
            known[key] = max(known.get(key, (0, "")), (count, text))
    return {sound: text for sound, (_, text) in known.items()}


def _closed_class(locale: Locale) -> Iterator[str]:
    """Numerals, days and ordinals: they stand in patterns, not in templates."""
    words = locale.words
    yield from words.get("numbers", {}).get("numerals", ())
    for key in ("offsets", "parts_of_day", "spoken_values"):
        yield from words.get(key, ())


def _names(text: str) -> tuple[str, ...]:
    return decode(encode(text))


def _chunks(expression: Expression) -> list[str]:
    if isinstance(expression, TextChunk):
        text = expression.original_text.strip()
        return [text] if text else []
    if isinstance(expression, Group):
        return [text for item in expression.items for text in _chunks(item)]
    return []
