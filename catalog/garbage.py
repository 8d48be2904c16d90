"""Python's collector of reference cycles, held back while thousands of rows are made at once.

A batch's rows live until it is written. The collector would look at all of them, and at everything else that lives,
again and again, and find nothing: a third of an import's time. What is no cycle is freed at once as always. A session
that is over is a cycle, though, which holds all its rows: whoever makes batches says when one is done (`batch_done`).
"""

from __future__ import annotations

import gc
import threading
from collections.abc import Iterator
from contextlib import contextmanager

AT_ONCE = 200_000
"""So many more objects than before are looked at together: about what a batch makes."""
YOUNG = 1
"""The generation up to which a batch's objects get, and what lives long does not."""
_lock = threading.Lock()
_usual: list[tuple[int, int, int]] = []


@contextmanager
def seldom_collected() -> Iterator[None]:
    """Within, the collector comes seldom; as often as before once the last of those within has left."""
    with _lock:
        _usual.append(_usual[0] if _usual else gc.get_threshold())
        gc.set_threshold(AT_ONCE, *_usual[0][1:])
    try:
        yield
    finally:
        with _lock:
            before = _usual.pop()
            if not _usual:
                gc.set_threshold(*before)


def batch_done() -> None:
    """Free what a batch leaves behind; cheap, since nearly all of it is dead."""
    gc.collect(YOUNG)
