"""The open event streams: who listens at which address, and how they are woken, replaced and closed.

Messages do not pass through here: a bell only says "look", and each stream reads the table after the last line it has
sent. So a stream that was away misses nothing, and two tabs of one browser both get everything.
"""

from __future__ import annotations

import asyncio
from collections import defaultdict

EACH = 4
"""Streams of one browser at once: browsers open only six connections to one place, and the rest must stay free."""


class Bell:
    """Wakes one stream, or one form that waits for its answer; `over` once it must end."""

    def __init__(self, *, stream: bool) -> None:
        self.stream = stream
        self.over = False
        self._event = asyncio.Event()

    def ring(self, *, over: bool = False) -> None:
        """Wake the stream."""
        self.over = self.over or over
        self._event.set()

    async def wait(self, seconds: float) -> bool:
        """Wait for a ring; False after `seconds` without one."""
        try:
            await asyncio.wait_for(self._event.wait(), seconds)
        except TimeoutError:
            return False
        self._event.clear()
        return True


class Bells:
    """All bells, by address. To be used in the event loop only."""

    def __init__(self) -> None:
        self._bells: defaultdict[str, list[Bell]] = defaultdict(list)
        self.closed = False

    def hang(self, address: str, *, stream: bool = False) -> Bell:
        """A new bell at `address`. Where there are too many streams, the oldest ends."""
        bell = Bell(stream=stream)
        self._bells[address].append(bell)
        streams = [one for one in self._bells[address] if one.stream and not one.over]
        if len(streams) > EACH:
            streams[0].ring(over=True)
        if self.closed:
            bell.ring(over=True)
        return bell

    def take_down(self, address: str, bell: Bell) -> None:
        """The stream of `bell` has ended."""
        bells = self._bells[address]
        bells.remove(bell)
        if not bells:
            del self._bells[address]

    def ring(self, address: str) -> None:
        """Wake whoever listens at `address`."""
        for bell in self._bells.get(address, ()):
            bell.ring()

    def end_streams(self, address: str) -> None:
        """End the streams at `address`; the browser opens them again, with its newest cookie."""
        for bell in self._bells.get(address, ()):
            if bell.stream:
                bell.ring(over=True)

    def close(self) -> None:
        """End all streams: the service ends."""
        self.closed = True
        for bells in self._bells.values():
            for bell in bells:
                bell.ring(over=True)
