"""Quiet hours: when a patron is not to be disturbed. Only plain times; the zone is the consortium's."""

from __future__ import annotations

from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from catalog.organisation.calendar import ZONE
from catalog.patrons.preferences import Preferring, preference


def earliest(patron: Preferring, now: datetime, zone: ZoneInfo = ZONE) -> datetime:
    """`now`, or the end of the patron's quiet hours if it falls into them."""
    begin = time.fromisoformat(str(preference(patron, "quiet_from")))
    end = time.fromisoformat(str(preference(patron, "quiet_to")))
    local = now.astimezone(zone)
    clock = local.time()
    if begin == end:
        return now
    if begin < end:
        return local.replace(hour=end.hour, minute=end.minute, second=0, microsecond=0) if begin <= clock < end else now
    if clock >= begin:
        tomorrow = local.date() + timedelta(1)
        return datetime.combine(tomorrow, end, zone)
    if clock < end:
        return datetime.combine(local.date(), end, zone)
    return now


def is_quiet(patron: Preferring, now: datetime, zone: ZoneInfo = ZONE) -> bool:
    """Whether the patron is not to be disturbed at `now`."""
    return earliest(patron, now, zone) > now
