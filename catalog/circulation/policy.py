"""The policy: how long, how many, how often. The figures stand in policy.toml, and what a place does otherwise in its
own settings; this puts them together and decides nothing.
"""

from __future__ import annotations

import tomllib
from collections.abc import Sequence
from dataclasses import dataclass, fields
from functools import cache
from pathlib import Path

Value = int | bool | str
WINDOWS = ("", "morning", "afternoon")
CARRIERS = ("van", "courier")
MOST = 10_000
AT_LEAST_ONE = ("loan_days", "shelf_days")
"""Settings for which 0 would mean that nothing can be borrowed, or that a ready hold ends the day it is ready."""


@dataclass(frozen=True, slots=True)
class Policy:
    """What holds for one format and one group of readers; policy.toml says what each figure means."""

    loan_days: int
    renewals: int
    loans: int
    holds: int
    shelf_days: int
    long_overdue_days: int
    float_home: bool
    delivery_fee_fen: int
    delivery_window: str
    delivery_by: str


@dataclass(frozen=True, slots=True)
class Setting:
    """One figure of the policy: for a group of readers and a format, or "" for all of them."""

    group: str
    form: str
    name: str
    value: Value

    def concerns(self, *, group: str, form: str) -> bool:
        """Whether it is for readers of `group` and items in the format `form`."""
        return self.group in ("", group) and self.form in ("", form)


NAMES = tuple(field.name for field in fields(Policy))


def policy(*, group: str, form: str = "", own: Sequence[Sequence[Setting]] = ()) -> Policy:
    """The policy for readers of `group` and items in the format `form` ("" where no item is concerned).

    `own` are the settings of a place and of all above it, from the top down: the nearer place has the last word, and
    within one place the narrower setting, a format's before a group's.
    """
    found: dict[str, Value] = {}
    for layer in (_file(), *own):
        for one in sorted(layer, key=lambda one: (one.form != "", one.group != "")):
            if one.concerns(group=group, form=form):
                found[one.name] = one.value
    return Policy(**found)  # type: ignore[arg-type]  # what each holds is checked where it is entered (read_value)


def read_value(name: str, said: str) -> Value:
    """What `said` means for the setting `name`. Raises: ValueError, with what it should be."""
    said = said.strip().casefold()
    if name not in NAMES:
        raise ValueError(f"a setting is one of {', '.join(NAMES)}, not {name!r}")
    if name == "delivery_window":
        if said in ("", "any", *WINDOWS):
            return "" if said == "any" else said
        raise ValueError(f"{name} is morning, afternoon or any, not {said!r}")
    if name == "delivery_by":
        if said in CARRIERS:
            return said
        raise ValueError(f"{name} is {' or '.join(CARRIERS)}, not {said!r}")
    if name == "float_home":
        if said in ("true", "yes", "false", "no"):
            return said in ("true", "yes")
        raise ValueError(f"{name} is yes or no, not {said!r}")
    least = 1 if name in AT_LEAST_ONE else 0
    if not (said.isascii() and said.isdecimal() and len(said) <= len(str(MOST)) and least <= int(said) <= MOST):
        raise ValueError(f"{name} is a number from {least} to {MOST}, not {said!r}")
    return int(said)


@cache
def _file() -> tuple[Setting, ...]:
    """The settings of policy.toml."""
    table = tomllib.loads(Path(__file__).with_name("policy.toml").read_text(encoding="utf-8"))
    narrower = [(group, "", values) for group, values in table.get("group", {}).items()]
    narrower += [("", form, values) for form, values in table.get("format", {}).items()]
    return tuple(
        Setting(group, form, name, value)
        for group, form, values in (("", "", table["default"]), *narrower)
        for name, value in values.items()
    )
