"""An optional voice: VITS (piper's too), Matcha and Kokoro models, run by sherpa-onnx in a process of its own.

The package is no dependency of ours, and no model is fetched: who wants such a voice installs the one
(`pip install sherpa-onnx`), unpacks the other and names its folder (`SHUSHENG_VOICE=sherpa_voice:/folder`).
"""

from __future__ import annotations

import re
import threading
from pathlib import Path

import numpy as np

from speech.audio import AudioClip
from speech.child import Child, ChildError
from speech.engines.sherpa_folder import files_of
from speech.synthesis import NothingToSay, UnsupportedVoice, VoiceFailed, sentences

LOADING_S = 60.0
WORDS = re.compile(r"[a-z]+|[^\W_a-z]")
"""Latin words whole, any other sign alone."""
DEADLINE_S = 30.0
TRIES = 2
MANDARIN = frozenset({"zh-CN"})
"""Their lexicons know simplified characters; a sign that a lexicon has not is left out, so traditional ones are not
given to them."""
FORM = {"woman": "f", "man": "m"}
"""The second letter of Kokoro's names of speakers; the first is their language."""
TONGUE = {"zh-CN": "z", "en": "ab"}


class SherpaSynthesizer:
    """The voice. Any thread may call; the process says one sentence at a time, and is restarted when it dies."""

    name = "sherpa_voice"
    takes_pinyin = False

    def __init__(self, folder: Path, *, deadline_s: float = DEADLINE_S) -> None:
        """Load the model in `folder`, in a process of its own. Raises VoiceFailed."""
        self._folder, self._deadline_s = folder, deadline_s
        files = files_of(folder)
        self._kind = files.kind
        self._words = frozenset() if files.data_dir else _words(files.lexicon)
        self._lock = threading.Lock()
        self._child: Child | None = None
        with self._lock:
            notes = self._opened()
        self.locales = _locales(self._kind, notes)
        self._speakers = [name.strip() for name in notes.get("speaker_names", "").split(",") if name.strip()]

    def synthesize(self, text: str, *, locale: str, rate: float = 1.0, timbre: str = "") -> AudioClip:
        """Say `text`, already written as it is to be spoken. Raises UnsupportedVoice, NothingToSay, VoiceFailed."""
        if locale not in self.locales:
            raise UnsupportedVoice(locale)
        parts = [one for one in sentences(_sayable(text)) if any(sign.isalnum() for sign in one)]
        if not parts:
            raise NothingToSay("no word in it")
        speaker = _speaker(self._speakers, locale, timbre)
        clips = [self._said(part, speaker, rate) for part in parts]
        return AudioClip(np.concatenate([clip.samples for clip in clips]), clips[0].rate)

    def knows(self, text: str) -> bool:
        """Whether it can say every word: sherpa-onnx leaves out, without a word, what a lexicon has not."""
        return not self._words or all(word in self._words for word in WORDS.findall(text.casefold()))

    def close(self) -> None:
        """End the process."""
        with self._lock:
            if self._child is not None:
                self._child.close()
            self._child = None

    def _opened(self) -> dict[str, str]:
        self._child = Child("speech.engines.sherpa_voice_process")
        try:
            notes, _ = self._child.ask({"folder": str(self._folder)}, deadline_s=LOADING_S)
        except (ChildError, OSError) as error:
            raise VoiceFailed(
                f"sherpa-onnx does not take the voice in {self._folder} ({type(error).__name__})"
            ) from error
        if problem := notes.get("problem", ""):
            self._child.close()
            raise VoiceFailed(problem)
        return notes

    def _said(self, sentence: str, speaker: int, rate: float) -> AudioClip:
        reason = ""
        with self._lock:
            for _ in range(TRIES):
                if self._child is None or not self._child.alive:
                    self._opened()
                assert self._child is not None
                try:
                    header: dict[str, str | int] = {"speaker": speaker, "speed": f"{rate:.2f}"}
                    answer, sound = self._child.ask(header, sentence.encode(), deadline_s=self._deadline_s)
                except (ChildError, OSError) as error:
                    reason = type(error).__name__
                    continue
                if sound:
                    return AudioClip(np.frombuffer(sound, dtype="<i2").astype(np.int16), int(answer["rate"]))
                reason = answer.get("problem", "it said nothing")
        raise VoiceFailed(f"the voice in {self._folder} failed: {reason}")


def _words(lexicons: str) -> frozenset[str]:
    lines = (line for path in lexicons.split(",") for line in Path(path).read_text(encoding="utf-8").splitlines())
    return frozenset(line.split(maxsplit=1)[0].casefold() for line in lines if line.strip())


def _sayable(text: str) -> str:
    """Without lone surrogates and signs that end a text in C."""
    return "".join(sign if sign.isprintable() or sign == "\n" else " " for sign in text)


def _locales(kind: str, notes: dict[str, str]) -> frozenset[str]:
    """The languages a model says it speaks; one that says none is taken for Mandarin's, as most of these are."""
    said = f"{notes.get('language', '')} {notes.get('voice', '')}".casefold()
    english = "english" in said or " en" in f" {said}"
    chinese = any(word in said for word in ("chinese", "mandarin", "zh", "cmn"))
    if kind == "kokoro" and any(name.startswith("z") for name in notes.get("speaker_names", "").split(",")):
        chinese = english = True
    found = (MANDARIN if chinese else frozenset()) | ({"en"} if english else frozenset())
    return found or MANDARIN


def _speaker(speakers: list[str], locale: str, timbre: str) -> int:
    """The speaker's number: of the language and, where it was asked for, a woman or a man; the first where no name
    tells."""
    of = [place for place, name in enumerate(speakers) if name[:1] in TONGUE.get(locale, "")]
    fitting = [place for place in of if speakers[place][1:2] == FORM.get(timbre)]
    return (fitting or of or [0])[0]
