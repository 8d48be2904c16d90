"""How tests wait: for a condition, never for a time; the limit is for what will never come, on any machine."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from pathlib import Path

PATIENCE_S = 60.0


async def until(condition: Callable[[], object], every_s: float = 0.02) -> None:
    """Wait until `condition` holds. Raises TimeoutError."""
    async with asyncio.timeout(PATIENCE_S):
        while not condition():
            await asyncio.sleep(every_s)


def waited(condition: Callable[[], object], pause: Callable[[float], object] = time.sleep) -> bool:
    """Whether `condition` comes to hold; `pause` waits for some seconds (a browser's pages live on meanwhile)."""
    end = time.monotonic() + PATIENCE_S
    while not (held := bool(condition())) and time.monotonic() < end:
        pause(0.05)
    return held


def runs(pid: int) -> bool:
    """Whether there is such a process, and it is no zombie."""
    try:
        return " Z " not in Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return False
