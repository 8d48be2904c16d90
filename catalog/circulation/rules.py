"""The rules of lending as tables and plain functions: which state may follow which, which copies serve which hold.

Only the standard library; no rows are read here. The statuses are those of the tables.

hold     waiting → in_transit → ready → fulfilled; suspended and back; cancelled and expired end it
item     available → allocated (a copy chosen) → in_transit | on_hold_shelf → on_loan → available
transit  open → arrived
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import date, timedelta

TRANSITIONS: Mapping[str, Mapping[str, frozenset[str]]] = {
    "hold": {
        "waiting": frozenset({"in_transit", "ready", "suspended", "fulfilled", "cancelled"}),
        "in_transit": frozenset({"waiting", "ready", "suspended", "fulfilled", "cancelled"}),
        "ready": frozenset({"waiting", "in_transit", "suspended", "fulfilled", "cancelled", "expired"}),
        "suspended": frozenset({"waiting", "fulfilled", "cancelled"}),
        "cancelled": frozenset({"waiting"}),  # only by undo
        "fulfilled": frozenset(),
        "expired": frozenset(),
    },
    "item": {
        "available": frozenset({"allocated", "on_hold_shelf", "in_transit", "on_loan", "missing", "withdrawn"}),
        "allocated": frozenset({"available", "on_hold_shelf", "in_transit", "on_loan", "missing"}),
        "on_hold_shelf": frozenset({"available", "allocated", "in_transit", "on_loan", "missing"}),
        "in_transit": frozenset({"available", "allocated", "on_hold_shelf", "on_loan", "missing"}),
        "on_loan": frozenset({"available", "on_hold_shelf", "in_transit", "missing"}),
        "missing": frozenset({"available", "on_hold_shelf", "in_transit", "on_loan", "withdrawn"}),
        "away": frozenset({"available", "on_hold_shelf", "in_transit", "on_loan", "missing", "withdrawn"}),
        "reference": frozenset({"missing", "withdrawn"}),
        "withdrawn": frozenset(),
    },
    "transit": {"open": frozenset({"arrived"}), "arrived": frozenset()},
}
OPEN_HOLD = ("waiting", "in_transit", "ready", "suspended")
NOT_LENT = ("missing", "withdrawn", "reference")
"""The statuses of items that no hold can hope for."""


def follow(kind: str, old: str, new: str) -> str:
    """`new`, if it may follow `old` for this kind of thing; ValueError if not: a fault in our code, never a refusal."""
    if new != old and new not in TRANSITIONS[kind][old]:
        raise ValueError(f"{kind}: {new} cannot follow {old}")
    return new


def serving_formats(*, chosen: str, usable: Sequence[str], lendable: Collection[str]) -> tuple[str, ...]:
    """The formats whose copies may serve a hold on an edition in the format `chosen`, best first.

    The chosen format alone, if the reader can use it and copies of it are lent (who reads print can borrow any that he
    asks for, for somebody else perhaps); else those he can use, in his order.
    """
    if chosen in lendable and (chosen in usable or "print" in usable):
        return (chosen,)
    return tuple(form for form in usable if form in lendable)


def expected_return(due_dates: Sequence[date], *, ahead: int, today: date, loan_days: int) -> date | None:
    """When a copy is likely to come back for a reader with `ahead` others before him; None without any loan."""
    if not due_dates:
        return None
    turns, place = divmod(ahead, len(due_dates))
    return max(sorted(due_dates)[place], today) + timedelta(turns * loan_days)
