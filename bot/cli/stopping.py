"""How `serve` ends: at SIGTERM and SIGINT, from its first line to its last, in time and with exit 0.

What is under way gets a few seconds. A thread that does not come back by then (a long recording being heard, a large
package being imported) is left where it is: what counts is committed, and the rest is still in its table.
"""

from __future__ import annotations

import asyncio
import os
import signal
import sys
import threading
import time
from collections.abc import Callable
from types import FrameType

LONGEST_S = 3.2
"""Seconds from the signal to the end, whatever hangs (CONTRACT.md promises five)."""


class Stop:
    """Takes the signals from `listen` on. Before `wait` is awaited the command just ends."""

    def __init__(self) -> None:
        self._asked = False
        self._ring: Callable[[], object] | None = None

    def listen(self) -> None:
        """Take SIGTERM and SIGINT from now on; only in the main thread."""
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, self._stop)

    async def wait(self) -> None:
        """Return when the service is to end."""
        loop, asked = asyncio.get_running_loop(), asyncio.Event()
        self._ring = lambda: loop.is_closed() or loop.call_soon_threadsafe(asked.set)
        if self._asked:
            return
        await asked.wait()

    def _stop(self, number: int, frame: FrameType | None) -> None:
        if self._asked:
            return
        self._asked = True
        threading.Thread(target=_end_at_last, daemon=True).start()
        if self._ring is None:
            raise SystemExit(0)
        self._ring()


def _end_at_last() -> None:
    time.sleep(LONGEST_S)
    for stream in (sys.stdout, sys.stderr):
        stream.flush()
    os._exit(0)
