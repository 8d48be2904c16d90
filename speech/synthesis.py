"""The synthesizer's protocol, its errors, and how a text falls into sentences; no engine stands here.

Texts arrive already written as they are spoken: numbers, dates and call numbers are rendering's work.
"""

from __future__ import annotations

import re
from typing import Protocol, runtime_checkable

from speech.audio import AudioClip

SLOWEST = 0.6
FASTEST = 3.0
TIMBRES = ("", "woman", "man")
"""Whose voice it sounds like: the engine's own, a woman's, a man's. An engine that has fewer uses what it has."""
LONGEST_SENTENCE = 80
"""Characters; engines slow down with the square of the length."""

_ENDS = re.compile(r"(?<=[。！？!?；;…\n])|(?<=\.)(?=\s)")
_PAUSES = re.compile(r"(?<=[，、：,:])|(?<=\s)")


class SynthesisError(Exception):
    """A text could not be said. The tree:

    SynthesisError
     +-- UnsupportedVoice   no engine speaks this language
     +-- NothingToSay       the text holds no word
     +-- VoiceFailed        the engine broke, and its restart did not help
    """


class UnsupportedVoice(SynthesisError):
    """No engine speaks this language."""


class NothingToSay(SynthesisError):
    """The text holds no word."""


class VoiceFailed(SynthesisError):
    """The engine broke, and its restart did not help."""


@runtime_checkable
class Synthesizer(Protocol):
    """A voice: turns text into sound. Any thread may call it.

    `takes_pinyin`: numbered pinyin in a Chinese text ("huan2 shu1") is said as such, so that readings can be forced.
    """

    name: str
    locales: frozenset[str]
    takes_pinyin: bool

    def synthesize(self, text: str, *, locale: str, rate: float = 1.0, timbre: str = "") -> AudioClip:
        """Say `text`; `rate` is 0.6 to 3, 1 is normal; `timbre` is one of TIMBRES. Raises SynthesisError."""
        ...

    def close(self) -> None:
        """Free what is held."""
        ...


def sentences(text: str) -> list[str]:
    """The text cut where one breathes: at ends of sentences, and in long ones at commas; none over 80 characters."""
    return [piece for whole in _ENDS.split(text) if (stripped := whole.strip()) for piece in _short(stripped)]


def _short(sentence: str) -> list[str]:
    if len(sentence) <= LONGEST_SENTENCE:
        return [sentence]
    pieces = [""]
    for part in _PAUSES.split(sentence):
        while len(part) > LONGEST_SENTENCE:
            pieces.append(part[:LONGEST_SENTENCE])
            part = part[LONGEST_SENTENCE:]  # noqa: PLW2901
        if len(pieces[-1]) + len(part) > LONGEST_SENTENCE:
            pieces.append("")
        pieces[-1] += part
    return [piece.strip() for piece in pieces if piece.strip()]
