"""The rules of delivery: which state may follow which. Only the standard library.

bring  requested → dispatched → delivered; missed and out again; cancelled before it goes out
fetch  requested → dispatched → collected, or missed; cancelled before it goes out
"""

from __future__ import annotations

from collections.abc import Mapping

TRANSITIONS: Mapping[str, frozenset[str]] = {
    "requested": frozenset({"dispatched", "cancelled", "delivered", "collected"}),
    "dispatched": frozenset({"delivered", "missed", "collected"}),
    "missed": frozenset({"dispatched", "cancelled", "delivered", "collected"}),
    "cancelled": frozenset({"requested"}),  # only by undo
    "delivered": frozenset(),
    "collected": frozenset(),
}
OPEN = ("requested", "dispatched", "missed")

ERRANDS: Mapping[str, frozenset[str]] = {
    "offered": frozenset({"accepted", "declined", "lapsed"}),
    "accepted": frozenset({"declined", "lapsed", "done"}),
    "declined": frozenset({"accepted"}),
    "lapsed": frozenset({"accepted", "declined"}),
    "done": frozenset(),
}
"""What may follow what: an offer that nobody answered lapses and may still be taken; so does what was agreed to once
the delivery is called off or moved to another day."""
PERSONS, AT_A_FIRST_VISIT = 1, 2
"""How many persons go to a door: nobody goes alone where nobody of ours has been before."""


def persons(*, first_visit: bool) -> int:
    """How many volunteers a visit needs."""
    return AT_A_FIRST_VISIT if first_visit else PERSONS


def follow(old: str, new: str) -> str:
    """`new`, if it may follow `old`; ValueError if not: a fault in our code, never a refusal."""
    if new != old and new not in TRANSITIONS[old]:
        raise ValueError(f"delivery: {new} cannot follow {old}")
    return new
