"""The moment an operator names, on the command line or on a line of the console; nobody else may choose the time."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

YEARS = range(1970, 2201)
"""Far enough for every test and history, and near enough for calendars to count days from it."""


def moment_in(text: str, zone: ZoneInfo) -> datetime:
    """The moment `text` names (ISO 8601; without an offset, in `zone`). Raises ValueError, outside YEARS too."""
    at = datetime.fromisoformat(text)
    if at.year not in YEARS:
        raise ValueError(text)
    return at if at.tzinfo else at.replace(tzinfo=zone)
