"""Recordings that arrive in pieces while they are being made, so that on a bad line little is left to send.

A browser names its recording and the place at which a piece begins; the answer says how many bytes are here, and the
browser goes on from there, whatever got lost on the way. They are held in memory only, for a few minutes, and never
longer than until the recording is handed to the inbox; what was dropped is simply sent again.
"""

from __future__ import annotations

import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field

KEPT_S = 600.0
"""How long a recording waits for its next piece."""
OF_ONE = 3
"""Recordings of one browser at a time: the one being made, and those still on their way."""
SOUND_BYTES = 20 << 20
"""Of one recording."""
BYTES = 256 << 20
"""Of all recordings together."""


class TooMuch(Exception):  # noqa: N818 - what happened, not what broke
    """More bytes than a recording may have."""


@dataclass(slots=True)
class _Held:
    sound: bytearray = field(default_factory=bytearray, repr=False)
    touched: float = 0.0
    stored: bool = False
    """It is in the inbox: the sound is gone, and a receipt that got lost is sent again."""


class Recordings:
    """The recordings on their way, by browser and by the name it gave them."""

    def __init__(self, clock: Callable[[], float] = time.monotonic, *, largest: int = SOUND_BYTES) -> None:
        """`largest` is how many bytes one recording may have."""
        self._clock, self._largest = clock, largest
        self._held: OrderedDict[tuple[str, str], _Held] = OrderedDict()

    def add(self, address: str, note: str, at: int, piece: bytes) -> int:
        """Put a piece where it belongs; how many bytes are here now. One that begins beyond them is not taken.

        Raises TooMuch.
        """
        held = self._touched(address, note)
        if not held.stored and at <= len(held.sound):
            if at + len(piece) > self._largest:
                del self._held[address, note]
                raise TooMuch
            held.sound += piece[len(held.sound) - at :]
        self._bounded(address)
        return len(held.sound)

    def whole(self, address: str, note: str, size: int) -> bytes | None:
        """The recording, if just so many bytes of it are here."""
        held = self._held.get((address, note))
        return bytes(held.sound) if held and not held.stored and len(held.sound) == size else None

    def have(self, address: str, note: str) -> int:
        """How many bytes of it are here."""
        held = self._held.get((address, note))
        return len(held.sound) if held else 0

    def is_stored(self, address: str, note: str) -> bool:
        """Whether it was handed to the inbox."""
        held = self._held.get((address, note))
        return held is not None and held.stored

    def stored(self, address: str, note: str) -> None:
        """It is in the inbox: forget the sound."""
        held = self._touched(address, note)
        held.sound, held.stored = bytearray(), True

    def drop(self, address: str, note: str = "") -> None:
        """Forget one recording, or all of a browser."""
        for key in [key for key in self._held if key[0] == address and note in ("", key[1])]:
            del self._held[key]

    def _touched(self, address: str, note: str) -> _Held:
        held = self._held.pop((address, note), None) or _Held()
        held.touched = self._clock()
        self._held[address, note] = held
        return held

    def expire(self) -> None:
        """Forget what has waited too long."""
        old = self._clock() - KEPT_S
        for key in [key for key, held in self._held.items() if held.touched <= old]:
            del self._held[key]

    def _bounded(self, address: str) -> None:
        """Forget what is too much, the oldest first; never the one just touched."""
        self.expire()
        for key in [key for key in self._held if key[0] == address][:-OF_ONE]:
            del self._held[key]
        while sum(len(held.sound) for held in self._held.values()) > BYTES and len(self._held) > 1:
            self._held.popitem(last=False)
