"""Python's collector of reference cycles, held back while thousands of rows are made at once.

A batch's rows live until it is written. The collector would look at all of them, and at everything else that lives,
again and again, and find nothing: a third of an import's time. What is no cycle is freed at once as always.
"""

from __future__ import annotations

import gc
import threading
from collections.abc import Iterator
from contextlib import contextmanager

AT_ONCE = 200_000
"""So many more objects than before are looked at together: about what a batch makes."""
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
