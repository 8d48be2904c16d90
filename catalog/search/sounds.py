"""What sounds alike: syllables read from typed or recognised pinyin, folded, and weighed against each other.

A recognizer hears "san1 ti3" as 三题, a reader in Sichuan says "lai2" for "nai2": both are near, and near has a price.
The prices stand in confusions.json. Characters become syllables in readings.py; typed pinyin is read in pinyin.py.
Nothing here knows titles or the index, and bot.understanding uses it for commands as well.
"""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Sequence
from functools import cache, lru_cache
from itertools import accumulate
from pathlib import Path
from typing import TYPE_CHECKING

from rapidfuzz.distance import Levenshtein

from catalog.search.readings import FIRST_CODE, TONES, readings, syllables, to_simplified

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

__all__ = ["distance", "fold", "fold_codes", "parse_syllables", "similarity", "syllables", "to_simplified"]

FIRST_FOLDED = 0xF000
OFTEN = 12
"""So many syllables are taken to be heard for one another; with twenty no more titles are found (decision 0026)."""
INITIALS = ("zh", "ch", "sh", *"bpmfdtnlgkhjqxrzcs")
_FOLDED_INITIALS = {"zh": "z", "ch": "c", "sh": "s", "n": "l", "r": "l"}
_MARKS = {"̄": "1", "́": "2", "̌": "3", "̀": "4"}
_TOKEN = re.compile(r"([a-z]+)([0-5])?")


def parse_syllables(written: str) -> tuple[str, ...]:
    """Syllables from pinyin as recognizers and people write it: "san1 ti3", "sān tǐ", "san1ti3", "santi", "lü4".

    Syllables without a tone stay so ("san"). Letters that are no pinyin come back as they are; nothing is refused.
    """
    if not (written := _tones_as_digits(written)):
        return ()
    found: list[str] = []
    for letters, tone in _TOKEN.findall(written):
        parts = split_letters(letters) or (letters,)
        found += parts[:-1]
        found.append(parts[-1] + (tone if tone != "0" else ""))
    return tuple(found)


@lru_cache(4096)
def split_letters(letters: str) -> tuple[str, ...]:
    """`letters` cut into the fewest toneless syllables ("huozhe" → huo zhe); () if that cannot be done."""
    ways = ways_to_split(letters, most=1)
    return ways[0] if ways else ()


def ways_to_split(letters: str, *, most: int = 4) -> tuple[tuple[str, ...], ...]:
    """The ways to cut `letters` into toneless syllables, at most `most`, fewest first ("xian" → xian; xi an)."""
    known = typable()
    ways: list[list[tuple[str, ...]]] = [[()], *([] for _ in letters)]
    for end in range(1, len(letters) + 1):
        for start in range(max(0, end - 6), end):
            if ways[start] and letters[start:end] in known:
                ways[end] += [(*way, letters[start:end]) for way in ways[start]]
        ways[end] = sorted(ways[end], key=len)[: max(most, 4)]
    return tuple(ways[len(letters)][:most])


def typable() -> frozenset[str]:
    """The toneless syllables that people type: all but the hums (m, n, hm)."""
    return _typable()


def fold(syllable: str) -> str:
    """The syllable without tone and without what dialects confuse: "zhang1" → "zan", "rong2" → "long", "feng" → "hun".

    z=zh, c=ch, s=sh, n=l=r, -n=-ng, f=h(u). Words that are no syllable come back as they are.
    """
    name = syllable.rstrip("012345")
    if name not in readings().places:
        return syllable
    initial, final = parts(name)
    if initial == "f":
        initial, final = "h", {"o": "uo", "ei": "ui", "en": "un", "eng": "un"}.get(final, final)
        if not final.startswith("u"):
            final = "u" + final
    elif initial == "h" and final in ("ong", "eng"):
        final = "un"
    if final.endswith("ng") and final not in ("ong", "iong"):
        final = final[:-1]
    return _FOLDED_INITIALS.get(initial, initial) + final


def fold_codes(codes: str) -> str:
    """A code string (readings.encode) with each syllable's sign replaced by the sign of its folded form (U+F000 on)."""
    return codes.translate(_fold_table())


def distance(a: Sequence[str], b: Sequence[str]) -> float:
    """How far `a` is from `b` in syllables: 0 is the same, 1 one syllable wholly other; near ones cost a fraction.

    A weighted edit distance; leaving out or putting in a syllable costs nearly 1, a light one (的, 了) half. A tone
    that is not known costs nothing.
    """
    alone = costs().alone
    a, b = _unlike_parts(a, b)
    put_in = [alone(syllable) for syllable in b]
    row = [0.0, *accumulate(put_in)]
    for one in a:
        dropped = alone(one)
        corner = row[0]
        last = corner + dropped
        fresh = [last]
        for place, other in enumerate(b):
            above = row[place + 1]
            instead = corner + between(one, other)
            last = min(instead, above + dropped, last + put_in[place])
            fresh.append(last)
            corner = above
        row = fresh
    return row[-1]


def _unlike_parts(a: Sequence[str], b: Sequence[str]) -> tuple[Sequence[str], Sequence[str]]:
    """Both without what is the same at their beginnings and ends, up to the first light syllable.

    The same syllable is best left where it is, unless leaving it out is cheaper than leaving out another would be.
    """
    light = costs().light_syllables
    start, shorter = 0, min(len(a), len(b))
    while start < shorter and a[start] == b[start] and a[start].rstrip("012345") not in light:
        start += 1
    end = 0
    while end < shorter - start and a[-1 - end] == b[-1 - end] and a[-1 - end].rstrip("012345") not in light:
        end += 1
    return a[start : len(a) - end], b[start : len(b) - end]


def similarity(a: Sequence[str], b: Sequence[str]) -> float:
    """1 for the same syllables, 0 for nothing in common: 1 - distance / the longer one's length."""
    longer = max(len(a), len(b))
    return 1.0 if not longer else max(0.0, 1.0 - distance(a, b) / longer)


@lru_cache(262_144)
def between(one: str, other: str) -> float:
    """The price of hearing `one` for `other`, 0 to 1."""
    if one == other:
        return 0.0
    places = readings().places
    name, name_other = one.rstrip("012345"), other.rstrip("012345")
    if name not in places or name_other not in places:
        return 1.0 - Levenshtein.normalized_similarity(one, other)
    prices = costs()
    tones = {one[len(name) :], other[len(name_other) :]}
    tone = prices.tone if len(tones) == 2 and "" not in tones and "5" not in tones else 0.0
    if name == name_other:
        return tone
    initial, final = parts(name)
    initial_other, final_other = parts(name_other)
    return min(1.0, prices.initial_pair(initial, initial_other) + prices.final_pair(final, final_other) + tone / 2)


def pair_prices() -> npt.NDArray[np.float32]:
    """`between` for all pairs of toneless syllables, in the order of readings().syllables."""
    import numpy as np

    cut = [parts(name) for name in readings().syllables]
    prices = np.zeros((len(cut), len(cut)), np.float32)
    for side, pair in ((0, costs().initial_pair), (1, costs().final_pair)):
        kinds = sorted({both[side] for both in cut})
        table = np.array([[pair(one, other) for other in kinds] for one in kinds], np.float32)
        place = np.array([kinds.index(both[side]) for both in cut])
        prices += table[place[:, None], place]
    return np.minimum(prices, 1.0)


@lru_cache(4096)
def often_heard(sign: str) -> tuple[str, ...]:
    """The folded forms of the syllables that are heard most easily for a code's, nearest first, without its own."""
    import numpy as np

    place = (ord(sign) - FIRST_CODE) // TONES
    if not 0 <= place < len(readings().syllables):
        return ()
    nearest = np.argsort(_pair_prices()[place], kind="stable")
    codes = "".join(chr(FIRST_CODE + int(other) * TONES) for other in nearest[: 4 * OFTEN])
    return tuple(form for form in dict.fromkeys(fold_codes(codes)) if form != fold_codes(sign))[:OFTEN]


@cache
def parts(name: str) -> tuple[str, str]:
    """A toneless syllable's initial and final, y, w and the hidden ü undone: "yan" → ("", "ian"), "ju" → ("j", "v")."""
    initial = next((start for start in INITIALS if name.startswith(start) and name != start), "")
    final = name[len(initial) :]
    if initial in ("j", "q", "x") and final.startswith("u"):
        final = "v" + final[1:]
    elif not initial and name.startswith("yu"):
        final = "v" + name[2:]
    elif not initial and name.startswith("y"):
        final = name[1:] if name[1:2] == "i" else "i" + name[1:]
    elif not initial and name.startswith("w"):
        final = name[1:] if name[1:2] == "u" else "u" + name[1:]
    same = {"iou": "iu", "uei": "ui", "uen": "un", "ueng": "ong", "uong": "ong", "io": "o"}
    return initial, same.get(final, final)


class Costs:
    """confusions.json, read once: the price of each difference."""

    def __init__(self) -> None:
        table = json.loads(Path(__file__).with_name("confusions.json").read_text("utf-8"))
        self.tone: float = table["tone"]
        self._initial: float = table["initial"]
        self._final: float = table["final"]
        self._initials = _both_ways(table["initials"])
        self._finals = _both_ways(table["finals"])
        self.search: dict[str, float] = table["search"]
        """What weighing.py asks for words beside a title."""
        self._alone: float = table["left_out"]
        self._light: float = table["light"]
        self.light_syllables = frozenset(table["light_syllables"])

    def initial_pair(self, one: str, other: str) -> float:
        return 0.0 if one == other else self._initials.get((one, other), self._initial)

    def final_pair(self, one: str, other: str) -> float:
        return 0.0 if one == other else self._finals.get((one, other), self._final)

    def alone(self, syllable: str) -> float:
        return self._light if syllable.rstrip("012345") in self.light_syllables else self._alone


def _both_ways(prices: dict[str, float]) -> dict[tuple[str, str], float]:
    pairs: dict[tuple[str, str], float] = {}
    for pair, price in prices.items():
        one, other = (part.strip("-") for part in pair.split(" "))
        pairs[one, other] = pairs[other, one] = price
    return pairs


@cache
def costs() -> Costs:
    return Costs()


@cache
def _pair_prices() -> npt.NDArray[np.float32]:
    return pair_prices()


@cache
def _typable() -> frozenset[str]:
    hums = ("m", "n", "hm", "ng", "hng")
    return frozenset(name for name in readings().syllables if name not in hums) | {"lue", "nue"}


@cache
def _fold_table() -> dict[int, str]:
    names = readings().syllables
    folded = [fold(name) for name in names]
    signs = {form: chr(FIRST_FOLDED + place) for place, form in enumerate(sorted(set(folded)))}
    return {
        FIRST_CODE + place * TONES + tone: signs[form] for place, form in enumerate(folded) for tone in range(TONES)
    }


def _tones_as_digits(written: str) -> str:
    """Tone marks become digits behind their syllable, ü becomes v; small letters."""
    written = written.casefold().replace("u:", "v")
    if written.isascii():
        return written
    out: list[str] = []
    for word in re.split(r"([\s'’\-]+)", written):
        tone = ""
        letters = ""
        for sign in unicodedata.normalize("NFD", word):
            if sign in _MARKS:
                tone = _MARKS[sign]
            elif sign == "̈":
                letters = letters[:-1] + "v"
            else:
                letters += sign
        out.append(letters + tone)
    return "".join(out)
