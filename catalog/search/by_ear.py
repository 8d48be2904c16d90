"""The likeliest titles held against the sound of the words itself, where whoever heard them still has it.

What an ear writes down is its best guess; of two titles near to it the sound often knows the right one. It is asked
once, and what it says is weighed with what the words say: neither is right alone (docs/decisions/0023).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from catalog.search.asking import Ear
from catalog.search.ranking import NEAR, Ranked
from catalog.search.readings import decode

ASKED = 40
"""So many titles the ear is asked about."""
WORTH = 0.02
"""What a nat is worth, in wholly wrong syllables: what the words say is priced in them too (weighing.py)."""
MOST = 20.0
"""So many nats less likely than the likeliest a title is at the most."""


def by_ear(pool: Sequence[Ranked], ear: Ear) -> list[Ranked]:
    """The same works, scored by their sound too: what only comes near by its syllables loses what its sound lacks."""
    near = sorted((one for one in pool if one.why == NEAR and one.compared), key=lambda one: -one.score)
    if not near:
        return list(pool)
    likely = ear([decode(one.compared[1].codes) for one in near[:ASKED] if one.compared])
    best = max((one for one in likely if one is not None), default=0.0)
    found = [one for one in pool if one.why != NEAR or not one.compared]
    for place, one in enumerate(near):
        told = likely[place] if place < len(likely) else None
        lacks = MOST if told is None else min(MOST, best - told)
        found.append(replace(one, score=max(0.0, one.score - WORTH * lacks / _said(one))))
    return found


def _said(one: Ranked) -> int:
    """The syllables of the words that were compared: a score is what is right of each of them."""
    return max(1, len(one.compared[0].codes)) if one.compared else 1
