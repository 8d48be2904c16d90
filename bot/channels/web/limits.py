"""How fast a browser may talk: buckets in memory, by session and by sender's address, and open streams counted.

A village's reading room sends everything from one address, so an address may do much more than a session. This keeps
the page usable; wrong PINs are slowed down elsewhere (catalog.patrons).
"""

from __future__ import annotations

import math
from collections import OrderedDict
from dataclasses import dataclass

REMEMBERED = 20_000


@dataclass(frozen=True, slots=True)
class Allowance:
    """`burst` at once, and `a_minute` in the long run."""

    burst: float
    a_minute: float


ALLOWANCES: dict[str, Allowance] = {
    "session": Allowance(burst=12, a_minute=30),
    "address": Allowance(burst=120, a_minute=600),
    "sound": Allowance(burst=20, a_minute=60),
    "page": Allowance(burst=120, a_minute=600),
    "pieces": Allowance(burst=90, a_minute=180),
    "pieces-address": Allowance(burst=900, a_minute=3600),
}


class Limits:
    """Counts what each key has used of its allowance."""

    def __init__(self, allowances: dict[str, Allowance] | None = None) -> None:
        self._allowances = ALLOWANCES if allowances is None else ALLOWANCES | allowances
        self._left: OrderedDict[tuple[str, str], tuple[float, float]] = OrderedDict()

    def wait(self, kind: str, key: str, now: float) -> int:
        """0 if one more is allowed (it is counted), else the whole seconds to wait. `now` never goes back."""
        allowance = self._allowances[kind]
        each = allowance.a_minute / 60
        left, at = self._left.pop((kind, key), (allowance.burst, now))
        left = min(allowance.burst, left + (now - at) * each)
        waiting = 0 if left >= 1 else math.ceil((1 - left) / each)
        self._left[kind, key] = (left if waiting else left - 1, now)
        while len(self._left) > REMEMBERED:
            self._left.popitem(last=False)
        return waiting
