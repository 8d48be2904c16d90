"""Which intent a sentence resembles when no template fits it: how much of it is made of that intent's words.

From every template's plain forms, and from the further paraphrases of a locale (paraphrases.yaml), each intent gets
the pairs and triples of signs (of words, where words stand apart) that its sentences are made of. A sentence's score
for an intent is the share of its pieces that belong to that intent, the rarer elsewhere the more: 0 to 1. Titles and
talk are made of other pieces and score low. What is found so is a guess with a modest confidence.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache

from bot.locales import Locale
from bot.understanding.normalise import KINDS, TAGS, Line, line, stripped
from bot.understanding.plain_forms import plain_sentences
from bot.understanding.spelling import compiled

CLEAR = 0.03
"""So much more than the next intent's share it must be."""
SHORTEST_RESEMBLED = 4
SURELY_NOT_TALK = 0.36
"""What sounds like talk must resemble a sentence of ours at least so much."""
LIKE_A_COMMAND, LIKE_A_COMMAND_WISHED = 0.25, 0.5
"""A title is made of other pieces than our sentences; one that resembles them so much is none (more in a wish)."""
MUCH_MORE = 2.0
"""An intent is preferred to a reading of mostly free words if the sentence resembles it so many times more."""
_EDGE = "\x02"
_SLOT = r"\{\w+\}"


LEAST = ((5, 0.4), (7, 0.28), (10, 0.22), (1000, 0.18))
"""By length (shorter than this), the share below which nothing is resembled; short phrases are more often titles."""
LEAST_OF_SENTENCES = ((5, 0.24), (1000, 0.16))
"""The same for what sounds like a sentence (talk.talk_weight), as titles rarely do. Both measured on 3,000 titles."""
SENTENCE = 0.7


def least(size: int, weight_of_talk: float) -> float:
    """The score from which a phrase of `size` signs resembles a sentence of ours more than a title."""
    steps = LEAST_OF_SENTENCES if weight_of_talk >= SENTENCE else LEAST
    return next(share for longest, share in steps if size < longest)


@dataclass(frozen=True)
class _Pieces:
    shares: Mapping[str, Mapping[str, float]]
    """Per piece, per intent: how far the piece belongs to that intent."""


def resembled(core: Line, locale: Locale) -> list[tuple[float, str]]:
    """The intents that `core` (a line without fillers) resembles, with their scores, best first."""
    shares = _learned(locale).shares
    found: dict[str, float] = {}
    total = 0.0
    for piece, weight in _pieces(_kinds_only(core.text), bool(locale.words.get("spaced"))):
        total += weight
        for intent, share in shares.get(piece, {}).items():
            found[intent] = found.get(intent, 0.0) + weight * share
    if not total:
        return []
    return sorted(((score / total, intent) for intent, score in found.items()), reverse=True)


def prepare(locale: Locale) -> None:
    """Learn the pieces of the locale's sentences now."""
    _learned(locale)


def _pieces(text: str, spaced: bool) -> Iterator[tuple[str, float]]:
    """The pieces of a text with their weights: single signs lightly, pairs, and triples."""
    signs = [_EDGE, *(text.split() if spaced else text.replace(" ", "")), _EDGE]
    for at, sign in enumerate(signs):
        if sign != _EDGE:
            yield sign, 0.3
        if at + 1 < len(signs):
            yield " ".join(signs[at : at + 2]), 1.0
        if at + 2 < len(signs):
            yield " ".join(signs[at : at + 3]), 1.0


def _kinds_only(text: str) -> str:
    """`text` with each tag as the first sign of its kind: which date it is does not matter here."""
    for kind in KINDS:
        text = compiled(f"[{TAGS[kind]}]").sub(TAGS[kind][0], text)
    return text


@cache
def _learned(locale: Locale) -> _Pieces:
    spaced = bool(locale.words.get("spaced"))
    counts: dict[str, dict[str, float]] = {}
    sizes: dict[str, int] = {}
    for intent, texts in _sentences(locale).items():
        sizes[intent] = len(texts)
        for text in texts:
            parts = compiled(_SLOT).split(text)
            seen = {piece for part in parts if part for piece, _ in _pieces(part, spaced)}
            for piece in seen:
                by_intent = counts.setdefault(piece, {})
                by_intent[intent] = by_intent.get(intent, 0.0) + 1
    shares: dict[str, dict[str, float]] = {}
    for piece, by_intent in counts.items():
        often = {intent: (count / sizes[intent]) ** 0.5 for intent, count in by_intent.items()}
        total = sum(often.values())
        shares[piece] = {intent: value / total for intent, value in often.items()}
    return _Pieces(shares)


def _sentences(locale: Locale) -> dict[str, set[str]]:
    """Every intent's sentences as they look after normalising: plain forms and paraphrases."""
    found: dict[str, set[str]] = {}
    for intent, text in plain_sentences(locale):
        found.setdefault(intent, set()).add(text.replace(" ", "") if not locale.words.get("spaced") else text)
    for intent, texts in locale.paraphrases.items():
        found.setdefault(intent, set()).update(_cores(texts, locale))
    return found


def _cores(texts: Iterable[str], locale: Locale) -> Iterator[str]:
    for text in texts:
        yield _kinds_only(stripped(line(text, locale), locale).text)
