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
from functools import cache
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
    meant = _signs([title.codes for title in titles], longest)
    places = table.place[meant]
    prices = _substitutions(table, words, meant, places)
    if len(words.key) == len(words.codes):
        written = _signs([title.key if len(title.key) == len(title.codes) else "" for title in titles], longest)
        asked = _signs([words.key], len(words.key))[0][:, None, None]
        prices *= asked != written  # 乐 is yue in 音乐 and le alone: the same sign is the same
        prices += (table.sign_heard if words.heard else table.sign_typed) * ((asked != written) & (written > 0))
        np.minimum(prices, 1.0, out=prices)
    unheard = np.zeros((len(titles), longest + 1), np.float32)
    np.cumsum(table.unheard[places], axis=1, out=unheard[:, 1:])
    row = unheard.copy()
    for step in prices:
        instead = row[:, :-1] + step
        row += table.unsaid
        np.minimum(row[:, 1:], instead, out=row[:, 1:])
        row -= unheard
        np.minimum.accumulate(row, axis=1, out=row)
        row += unheard
    ends = [min(length, longest) for length in lengths]
    found: list[float] = row[range(len(titles)), ends].tolist()
    if max(lengths) > longest:
        return [
            price + table.unheard_syllable * (length - end)
            for price, length, end in zip(found, lengths, ends, strict=True)
        ]
    return found


@dataclass(frozen=True, slots=True)
class _Table:
    """The prices as arrays: a sign's place among the toneless syllables (the last place: no syllable) and its tone."""

    place: npt.NDArray[np.intp]
    tone: npt.NDArray[np.int8]
    pairs: _Prices
    pairs_heard: _Prices
    unheard: _Prices
    unheard_syllable: float
    unsaid: float
    tone_price: float
    tone_of_sign: float
    sign_heard: float
    sign_typed: float


def _substitutions(table: _Table, words: Words, meant: _Signs, places: npt.NDArray[np.intp]) -> _Prices:
    """For each sign of the words, title and sign of the title: the price of the one for the other, tones included."""
    asked = _signs([words.codes], len(words.codes))[0]
    import numpy as np

    pairs = table.pairs if words.key and not words.heard else table.pairs_heard
    prices: _Prices = pairs[table.place[asked]][:, places]
    tones, tones_meant = table.tone[asked], table.tone[meant]
    if tones.any():
        wrong = tones[:, None, None] != tones_meant
        wrong &= (tones > 0)[:, None, None]
        wrong &= tones_meant > 0
        prices += (table.tone_of_sign if words.key else table.tone_price) * wrong
        np.minimum(prices, 1.0, out=prices)
    prices *= asked[:, None, None] != meant
    return prices


def _signs(texts: Sequence[str], length: int) -> _Signs:
    import numpy as np

    joined = "".join(text[:length].ljust(length, "\0") for text in texts)
    signs = np.frombuffer(joined.encode("utf-32-le", "replace"), np.uint32)
    return np.minimum(signs, _SIGNS - 1).reshape(len(texts), length)


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
    place = np.full(_SIGNS, none, np.intp)
    tone = np.zeros(_SIGNS, np.int8)
    for number in range(len(names)):
        first = FIRST_CODE + number * TONES
        place[first : first + TONES] = number
        tone[first : first + NEUTRAL] = range(NEUTRAL)
    pairs = np.ones((none + 1, none + 1), np.float32)
    pairs[:none, :none] = pair_prices()
    unheard = np.full(none + 1, prices["unheard"], np.float32)
    unheard[[number for number, name in enumerate(names) if name in costs().light_syllables]] = prices["unheard_light"]
    return _Table(
        *(place, tone, pairs, _once_near(pairs, prices), unheard, prices["unheard"], prices["unsaid"]),
        tone_price=prices["tone"],
        tone_of_sign=prices["tone_of_sign"],
        sign_heard=prices["sign_heard"],
        sign_typed=prices["sign_typed"],
    )
