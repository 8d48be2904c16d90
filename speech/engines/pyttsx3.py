"""The default voice: pyttsx3 over espeak-ng, in a process of its own that is restarted when it dies or hangs.

It needs no model and no system package. It does not normalise numbers or dates (rendering does), and it sounds like a
machine: it is the voice that is always there, not the best one.
"""

from __future__ import annotations

import io
import re
import threading
import unicodedata
import wave
from pathlib import Path

import numpy as np

from speech.audio import AudioClip
from speech.child import Child, ChildError
from speech.readings import Readings, read_words
from speech.synthesis import NothingToSay, UnsupportedVoice, VoiceFailed, sentences

VOICES = {"zh-CN": "sit/cmn", "zh-Hant": "sit/cmn", "en": "gmw/en"}
"""espeak-ng's voice for each locale; its Mandarin reads traditional characters too."""
VARIANTS = {"": "", "woman": "+f2", "man": "+m7"}
"""espeak-ng's variants: the pitch of f2 is twice that of its own voice, m7 is darker than that."""
NORMAL_WPM = 175
"""About four Mandarin syllables a second."""
DEADLINE_S = 10.0
TRIES = 3
SILENT = frozenset({"Cc", "Cf", "Cs", "Co", "Cn"})
SIGNS = Path(__file__).with_name("espeak_signs.tsv")
IONG = re.compile(r"\b([jqx])iong(?=[1-5]\b)")
"""espeak knows qiong, xiong and jiong only without their i."""
HAN = r"\u3400-\u9fff\uf900-\ufaff"
SIGNS_BETWEEN = r"\u3001\u3002\u300a\u300b\u00b7\uff01\uff0c\uff1a\uff1b\uff1f"
MANDARIN_RUN = re.compile(f"([{HAN}][{HAN}{SIGNS_BETWEEN}]*)")
"""Chinese inside another language: espeak's English voice would say "Chinese letter" for every sign."""


class Pyttsx3Synthesizer:
    """The voice. Any thread may call; the process says one sentence at a time."""

    name = "pyttsx3"
    locales = frozenset(VOICES)
    takes_pinyin = True

    def __init__(self, *, deadline_s: float = DEADLINE_S) -> None:
        """Nothing is started before the first text (or `warm`)."""
        self._deadline_s = deadline_s
        self._lock = threading.Lock()
        self._child: Child | None = None
        self._signs = Readings(read_words(SIGNS))

    @property
    def pid(self) -> int | None:
        """The number of the process, while there is one."""
        return self._child.pid if self._child is not None and self._child.alive else None

    def warm(self) -> None:
        """Start the process now (0.2 s, in the background)."""
        with self._lock:
            self._living()

    def synthesize(self, text: str, *, locale: str, rate: float = 1.0, timbre: str = "") -> AudioClip:
        """Say `text`, already written as it is to be spoken. Raises UnsupportedVoice, NothingToSay, VoiceFailed."""
        voice = VOICES.get(locale)
        if voice is None:
            raise UnsupportedVoice(locale)
        parts = [
            (words, spoken_by)
            for sentence in sentences(_sayable(text))
            for words, spoken_by in _by_voice(sentence, voice)
            if any(sign.isalnum() for sign in words)
        ]
        if not parts:
            raise NothingToSay("no word in it")
        of = VARIANTS.get(timbre, "")
        clips = [self._said(self._readable(words), by + of, round(NORMAL_WPM * rate)) for words, by in parts]
        return AudioClip(np.concatenate([clip.samples for clip in clips]), clips[0].rate)

    def close(self) -> None:
        """End the process."""
        with self._lock:
            if self._child is not None:
                self._child.close()
            self._child = None

    def _readable(self, words: str) -> str:
        return IONG.sub(r"\1ong", self._signs.marked(words))

    def _living(self) -> Child:
        if self._child is None or not self._child.alive:
            if self._child is not None:
                self._child.close()
            self._child = Child("speech.engines.pyttsx3_process")
        return self._child

    def _said(self, sentence: str, voice: str, wpm: int) -> AudioClip:
        reason = ""
        with self._lock:
            for _ in range(TRIES):
                try:
                    child = self._living()
                    question: dict[str, str | int] = {"voice": voice, "wpm": wpm}
                    _, sound = child.ask(question, sentence.encode(), deadline_s=self._deadline_s)
                except (ChildError, OSError) as error:
                    reason = f"{type(error).__name__}: {error}"
                    continue
                if sound:
                    return _clip(sound)
                reason = "the sound was lost"
                child.close()  # a lost text can turn up under the next one's name
        raise VoiceFailed(reason)


def _by_voice(sentence: str, voice: str) -> list[tuple[str, str]]:
    """The sentence in parts, each with the voice that can read it; the Mandarin voice reads English by itself."""
    mandarin = VOICES["zh-CN"]
    if voice == mandarin:
        return [(sentence, voice)]
    return [(part, mandarin if place % 2 else voice) for place, part in enumerate(MANDARIN_RUN.split(sentence))]


def _sayable(text: str) -> str:
    """Without control characters, lone surrogates and private signs: they end or confuse espeak."""
    return "".join(" " if unicodedata.category(sign) in SILENT and sign != "\n" else sign for sign in text)


def _clip(sound: bytes) -> AudioClip:
    with wave.open(io.BytesIO(sound)) as file:
        samples = np.frombuffer(file.readframes(file.getnframes()), dtype="<i2").astype(np.int16)
        return AudioClip(samples, file.getframerate())
