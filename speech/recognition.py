"""The recognizer's protocol and its value types: what an ear must offer, whichever engine it is.

Engines stand in speech/engines, one file each, and are named in ENGINES there. This file imports no engine.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal, Protocol, runtime_checkable

from speech.audio import HEARING_RATE, AudioClip


@dataclass(frozen=True, slots=True)
class Hypothesis:
    """One reading of what was said: characters (`text`), toned pinyin (`syllables`, "wo3 xiang3 jie4"), or both.

    `weight` is relative, above 0; the hypotheses of a transcript sum to 1. `times` are when its words began and ended,
    in seconds, where the ear tells them.
    """

    text: str = ""
    syllables: str = ""
    weight: float = 1.0
    times: tuple[tuple[float, float], ...] = field(default=(), compare=False)


Missed = Literal["", "silent", "noise", "unclear"]
"""Why nothing was heard: no sound; a sound that is no voice, or drowns it; a voice without words made out."""


class Sound(Protocol):
    """The sound of a note, which the ear still has: it can be asked which of several sentences was said."""

    def likelihoods(self, sentences: Sequence[Sequence[str]]) -> list[float | None]:
        """How likely the sound is where each of `sentences` (toned syllables: "wo3") was said.

        In nats, beside the likeliest hypothesis; None for a sentence of which this ear cannot tell.
        """
        ...


@dataclass(frozen=True, slots=True)
class Transcript:
    """What a recognizer heard, best hypothesis first. No hypotheses means that nothing was heard; `missed` says why.

    `confidence` is 0 to 1, `audio_s` the length of the note in seconds, `locale` the language it was heard in. `sound`
    is for whoever has sentences to choose from; it lives in memory only, and an ear that keeps none gives none. `cut`:
    the recording breaks off, and more may have been said.
    """

    hypotheses: tuple[Hypothesis, ...]
    confidence: float = 1.0
    audio_s: float = 0.0
    locale: str = "zh-CN"
    missed: Missed = ""
    sound: Sound | None = field(default=None, compare=False, repr=False)
    cut: bool = False


class RecognitionError(Exception):
    """A recognizer could not do its work. The tree:

    RecognitionError
     +-- UnsupportedLanguage   no installed engine hears this language
     +-- EngineFailed          the engine or its model broke
    """


class UnsupportedLanguage(RecognitionError):
    """No installed engine hears this language."""


class EngineFailed(RecognitionError):
    """The engine or its model broke; the reason is in the message."""


@dataclass(frozen=True, slots=True)
class Abilities:
    """What an ear can do; the contract suite holds it to this.

    `syllables`: it writes pinyin instead of characters. `alternatives`: how many readings it gives at most. `phrases`:
    it hears better where it is told what is expected. `times`: it tells when each word was said. `partial`: it has
    words before the sound has ended. `rate`: the samples a second it was made for; others are converted for it.
    """

    syllables: bool = False
    alternatives: int = 1
    phrases: bool = False
    times: bool = False
    partial: bool = False
    rate: int = HEARING_RATE


@runtime_checkable
class Recognizer(Protocol):
    """An ear: turns a clip of mono sound into a transcript. Silence and noise give an empty transcript."""

    name: str
    locales: frozenset[str]
    abilities: Abilities

    def recognize(self, clip: AudioClip, *, phrases: tuple[str, ...] = ()) -> Transcript:
        """Hear `clip`; `phrases` are the few answers the talk expects now, or none. Raises RecognitionError."""
        ...

    def close(self) -> None:
        """Free the model."""
        ...
