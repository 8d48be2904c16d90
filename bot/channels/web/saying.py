"""A line of the library's being said: made once, in a thread, and sent to everyone who asks for it while it grows."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import AsyncIterator, Callable, Iterator

PIECE_S = 30.0
"""How long one sentence may take."""


class Saying:
    """The sound of one line, from its first piece on; `ended` once nothing more will come."""

    def __init__(self, pieces: Callable[[], Iterator[bytes]]) -> None:
        self.ended = False
        self._error: BaseException | None = None
        self._made: list[bytes] = []
        self._grown = asyncio.Condition()
        self._task = asyncio.create_task(self._make(pieces))

    @property
    def failed(self) -> bool:
        """Whether the voice failed: then it may be tried anew."""
        return self._error is not None

    async def pieces(self) -> AsyncIterator[bytes]:
        """The pieces from the first one, each as soon as it is made. Raises the errors of the voice, TimeoutError."""
        for at in itertools.count():
            async with self._grown:
                while at == len(self._made) and not self.ended:
                    await self._grown.wait()
            if at == len(self._made):
                break
            yield self._made[at]
        if self._error is not None:
            raise self._error

    async def _make(self, pieces: Callable[[], Iterator[bytes]]) -> None:
        try:
            making = await asyncio.to_thread(pieces)
            while piece := await asyncio.wait_for(asyncio.to_thread(next, making, b""), PIECE_S):
                await self._tell(piece)
        except asyncio.CancelledError as error:  # the service ends: half a sound is not taken for a whole one
            self._error = error
            raise
        except Exception as error:
            self._error = error
        finally:
            self.ended = True
            await self._tell()

    async def _tell(self, *piece: bytes) -> None:
        async with self._grown:
            self._made += piece
            self._grown.notify_all()
