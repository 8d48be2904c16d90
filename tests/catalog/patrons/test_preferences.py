"""What may be preferred: each preference says it, and nothing else is kept."""

from __future__ import annotations

import pytest

from catalog.patrons.preferences import PREFERENCES


@pytest.mark.parametrize(
    ("name", "good", "wrong"),
    [
        ("reminder_days", [0, 7, 30], [7.5, 7.0, "7", True, 31, -1]),
        ("quiet_from", ["00:00", "23:59"], ["24:00", "7:00", "21:00'", "21:00-07:00", "21:00\n", 21]),
        ("rate", [1, 0.6, 3.0], ["1", True, 3.1]),
    ],
)
def test_only_what_is_allowed(name: str, good: list[object], wrong: list[object]) -> None:
    """Bug: reminders are found in the database by whole days, and days such as 7.5 were kept."""
    allowed = PREFERENCES[name].allowed
    assert all(map(allowed, good))
    assert not any(map(allowed, wrong))
