"""What it costs that one syllable was heard for another, in nats: minus the logarithm of how often an ear does that.

misheard.json holds what the pinyin ear did with joined notes that are in no figure (said, then heard;
docs/decisions/0021): what stands there costs what was counted. All else costs what it does in
catalog/search/confusions.json, in which the confusions of dialects stand, turned into the same unit. Nothing here knows
what a sentence is.
"""

from __future__ import annotations

import json
from functools import cache, lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

from catalog.search.readings import FIRST_CODE, TONES, encode_syllables, readings
from catalog.search.sounds import costs, parts

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

RIGHT = 0.15
"""A syllable heard as it was said."""
OTHER = 8.0
"""A syllable heard as a wholly other one."""
_LEAST, _PER_PRICE = 1.2, 4.5
"""A price of confusions.json in nats: so much at least, and so much more for each wholly other syllable."""
_TONE = 0.8
_NEUTRAL = 5
_SHIFTING = ("bu", "yi")
"""Syllables whose tone depends on the next one."""


@lru_cache(4096)
def heard_as(heard: str) -> npt.NDArray[np.float32]:
    """What it costs to hear `heard` ("jie4") where each toned syllable was said, by code from FIRST_CODE on."""
    import numpy as np

    tables, names = _tables(), readings().syllables
    code = encode_syllables((heard,))
    place, tone = divmod(ord(code) - FIRST_CODE, TONES) if len(code) == 1 else (len(names), 0)
    if not 0 <= place < len(names):
        return np.full(len(names) * TONES, OTHER, np.float32)
    toneless = RIGHT + tables.initials[:, tables.initial[place]][tables.initial]
    toneless += tables.finals[:, tables.final[place]][tables.final]
    toned = np.repeat(toneless[:, None], TONES, axis=1)
    if tone not in (0, _NEUTRAL) and names[place] not in _SHIFTING:
        others = [other for other in range(1, _NEUTRAL) if other != tone]
        toned[:, others] += _TONE
    found: npt.NDArray[np.float32] = np.minimum(toned, OTHER).ravel()
    return found


class _Tables:
    """Initials and finals by number, and what each costs for each: rows are said, columns heard."""

    def __init__(self) -> None:
        import numpy as np

        counted = json.loads(Path(__file__).with_name("misheard.json").read_text("utf-8"))
        cut = [parts(name) for name in readings().syllables]
        kinds = [sorted({both[side] for both in cut}) for side in (0, 1)]
        self.initial, self.final = (np.array([kinds[side].index(both[side]) for both in cut]) for side in (0, 1))
        pairs = (costs().initial_pair, costs().final_pair)
        self.initials, self.finals = (
            np.array(
                [
                    [_price(one, other, counted[name], pairs[side](one, other)) for other in kinds[side]]
                    for one in kinds[side]
                ],
                np.float32,
            )
            for side, name in enumerate(("initials", "finals"))
        )


def _price(said: str, heard: str, counted: dict[str, float], price: float) -> float:
    if said == heard:
        return 0.0
    return min(float(counted.get(f"{said or '-'} {heard or '-'}", OTHER)), _LEAST + _PER_PRICE * price)


@cache
def _tables() -> _Tables:
    return _Tables()
