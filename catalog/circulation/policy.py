"""The policy: how long, how many, how often. The figures stand in policy.toml; this reads them and decides nothing."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any


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


@cache
def policy(*, group: str, form: str = "") -> Policy:
    """The policy for readers of `group` and items in the format `form` ("" where no item is concerned)."""
    table = _table()
    return Policy(**(table["default"] | table.get("group", {}).get(group, {}) | table.get("format", {}).get(form, {})))


@cache
def _table() -> dict[str, Any]:
    """The file as tomllib reads it."""
    return tomllib.loads(Path(__file__).with_name("policy.toml").read_text(encoding="utf-8"))
