"""The sounds of notes between hearing and answering: in this process's memory only, few, and dropped when answered.

A sound is never stored with its note. Where another process answers, or this one began anew in between, the note is
answered by what was written down of it alone.
"""

from __future__ import annotations

import secrets
import threading
from collections import OrderedDict

from speech.recognition import Sound

MOST = 32
"""Notes that wait with their sound: 12 MB at the most."""

_lock = threading.Lock()
_kept: OrderedDict[str, Sound] = OrderedDict()


def keep(sound: Sound | None) -> str:
    """Keep a sound; gives the word for which it is to be had again, "" where there is none."""
    if sound is None:
        return ""
    word = secrets.token_hex(8)
    with _lock:
        _kept[word] = sound
        while len(_kept) > MOST:
            _kept.popitem(last=False)
    return word


def kept(word: str) -> Sound | None:
    """The sound kept for that word, if it is here still."""
    with _lock:
        return _kept.get(word)


def drop(word: str) -> None:
    """Forget it."""
    with _lock:
        _kept.pop(word, None)
