"""How dear it would be to hear or type these words for each of many titles, weighed at once.

What sounds.distance says of two, said of a hundred: a weighted edit distance, but one-sided. The title is what was
meant, the words are what came of it, and the prices follow how likely that is: an ear that misses a syllable does so
in one way, one that hears another could have heard a thousand, so a syllable that was not heard costs less than a wrong
one. Where the words came as characters, a character of the same sound is a small difference when heard and a greater
one when typed. The prices stand in confusions.json, in wholly wrong syllables.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import TYPE_CHECKING, Any

from catalog.search.asking import Words
from catalog.search.documents import Name
from catalog.search.readings import FIRST_CODE, TONES, readings
from catalog.search.sounds import costs, pair_prices

if TYPE_CHECKING:  # numpy takes long to import, and a service's page is there before its first search
    import numpy as np
    import numpy.typing as npt

    _Prices = npt.NDArray[np.float32]
    _Signs = npt.NDArray[np.uint32]

NEUTRAL = 5
BEYOND = 5
"""So many syllables more than the words have are looked at; the rest of a title counts as not heard."""
_SIGNS = 0x10000
_FIRST_CODE, _LAST_CODE = chr(FIRST_CODE), "\uf8ff"


def warm() -> None:
    """Read the prices."""
    _table()


def weigh(words: Words, titles: Sequence[Name]) -> list[float]:
    """The price of `words` for each title; 0 for one that sounds and, where signs are known, is written the same."""
    if not titles or not words.codes:
        return [float(len(words.codes))] * len(titles)
    import numpy as np

    table = _table()
    lengths = [len(title.codes) for title in titles]
    longest = min(max(lengths), len(words.codes) + BEYOND)
    ends = [min(length, longest) for length in lengths]
    meant = _signs([title.codes for title in titles], longest)
    codes = table.code[meant]
    steps = _instead_of(words, meant, codes)
    if len(words.key) == len(words.codes):
        written = _signs([title.key if len(title.key) == len(title.codes) else "" for title in titles], longest)
        other = _signs([words.key], len(words.key))[:, :, None] != written
        steps *= other  # 乐 is yue in 音乐 and le alone: the same sign is the same
        other &= written > 0
        steps += (table.sign_heard if words.heard else table.sign_typed) * other
        np.minimum(steps, 1.0, out=steps)
    unheard = table.unheard[codes]
    steps -= unheard
    row = np.zeros((longest + 1, len(titles)), np.float32)  # each price less that of hearing nothing up to there
    instead = np.empty_like(unheard)
    for step in steps:
        np.add(row[:-1], step, out=instead)
        row += table.unsaid
        np.minimum(row[1:], instead, out=row[1:])
        np.minimum.accumulate(row, axis=0, out=row)
    row[1:] += np.cumsum(unheard, axis=0)
    found: list[float] = row[ends, range(len(titles))].tolist()
    if max(lengths) > longest:
        return [
            price + table.unheard_syllable * (length - end)
            for price, length, end in zip(found, lengths, ends, strict=True)
        ]
    return found


@dataclass(frozen=True, slots=True)
class _Table:
    """The prices as arrays: a sign's code (how many there are: it is none), and prices by pairs of syllables."""

    code: npt.NDArray[np.intp]
    pairs: _Prices
    pairs_heard: _Prices
    unheard: _Prices
    unheard_syllable: float
    unsaid: float
    tone_price: float
    tone_of_sign: float
    sign_heard: float
    sign_typed: float


def _instead_of(words: Words, meant: _Signs, codes: npt.NDArray[np.intp]) -> _Prices:
    """For each sign of the words, sign of a title and title: the price of the one for the other, tones included."""
    import numpy as np

    rows = [_row(sign, bool(words.key), words.heard) for sign in words.codes]
    steps: _Prices = np.array([row[codes] for row in rows])
    if min(words.codes) < _FIRST_CODE or max(words.codes) > _LAST_CODE:
        asked = _signs([words.codes], len(words.codes))[:, :, None]
        steps *= asked != meant  # letters, which have no code: the same is the same
    return steps


@lru_cache(4096)
def _row(sign: str, written: bool, heard: bool) -> _Prices:
    """The price of a sign for each code, tones included, and for what is no code."""
    import numpy as np

    table = _table()
    code = int(table.code[min(ord(sign), _SIGNS - 1)])
    place, tone = divmod(code, TONES)
    pairs = (table.pairs if written and not heard else table.pairs_heard)[place]
    prices = np.append(np.repeat(pairs[:-1], TONES), pairs[-1])
    if place < len(pairs) - 1 and 0 < tone < NEUTRAL:
        tones = np.arange(len(prices)) % TONES
        wrong = (tones > 0) & (tones < NEUTRAL) & (tones != tone)
        wrong[-1] = False
        prices[wrong] += table.tone_of_sign if written else table.tone_price
        np.minimum(prices, 1.0, out=prices)
    if code < len(prices) - 1:
        prices[code] = 0.0
    return prices


def _signs(texts: Sequence[str], length: int) -> _Signs:
    """The signs of the texts, a column for each text."""
    import numpy as np

    if not length:
        return np.zeros((0, len(texts)), np.uint32)
    signs = np.array(texts, f"<U{length}").view(np.uint32).reshape(len(texts), length)
    return np.ascontiguousarray(np.minimum(signs, _SIGNS - 1).T)


def _once_near(pairs: _Prices, prices: dict[str, Any]) -> _Prices:
    """The prices of an ear: that it erred at all costs something, how far it erred the rest."""
    import numpy as np

    dearer: _Prices = np.minimum(prices["erred"] + prices["near"] * pairs, 1.0)
    return np.where(pairs > 0, dearer, 0).astype(np.float32)


@cache
def _table() -> _Table:
    import numpy as np

    names = readings().syllables
    prices: dict[str, Any] = costs().search
    none = len(names)
    code = np.full(_SIGNS, none * TONES, np.intp)
    code[FIRST_CODE : FIRST_CODE + none * TONES] = range(none * TONES)
    pairs = np.ones((none + 1, none + 1), np.float32)
    pairs[:none, :none] = pair_prices()
    unheard = np.full(none * TONES + 1, prices["unheard"], np.float32)
    for number, name in enumerate(names):
        if name in costs().light_syllables:
            unheard[number * TONES : (number + 1) * TONES] = prices["unheard_light"]
    return _Table(
        *(code, pairs, _once_near(pairs, prices), unheard, prices["unheard"], prices["unsaid"]),
        tone_price=prices["tone"],
        tone_of_sign=prices["tone_of_sign"],
        sign_heard=prices["sign_heard"],
        sign_typed=prices["sign_typed"],
    )
