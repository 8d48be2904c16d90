"""An ear that says what it was told: for tests of everything behind the ears, and for languages without a model.

It hears nothing. A script maps the SHA-256 of a clip's samples to what is to be heard; clips it does not know get the
next line of `in_order`, and after the last one, silence.
"""

from __future__ import annotations

import hashlib
import json
import threading
from collections.abc import Iterable, Mapping
from pathlib import Path

from speech.activity import is_silent
from speech.audio import AudioClip
from speech.recognition import Abilities, EngineFailed, Hypothesis, Transcript

ALL_LOCALES = frozenset({"zh-CN", "zh-Hant", "en"})
SCRIPT = "script.json"


class ScriptedRecognizer:
    """The ear; it gives whatever the script holds."""

    name = "scripted"
    abilities = Abilities(alternatives=1000)

    def __init__(
        self,
        in_order: Iterable[str | Transcript] = (),
        *,
        by_digest: Mapping[str, str | Transcript] | None = None,
        locales: frozenset[str] = ALL_LOCALES,
    ) -> None:
        """`in_order` and `by_digest` hold texts, or transcripts where hypotheses or doubt matter."""
        self.locales = locales
        self._in_order = iter(tuple(in_order))
        self._by_digest = dict(by_digest or {})
        self._lock = threading.Lock()

    def recognize(self, clip: AudioClip, *, phrases: tuple[str, ...] = ()) -> Transcript:
        """What the script says to `clip`."""
        if is_silent(clip):
            return Transcript((), confidence=0.0, audio_s=clip.seconds)
        known = self._by_digest.get(digest_of(clip))
        if known is None:
            with self._lock:
                known = next(self._in_order, Transcript((), confidence=0.0, audio_s=clip.seconds))
        if isinstance(known, Transcript):
            return known
        return Transcript((Hypothesis(text=known),), audio_s=clip.seconds)

    def close(self) -> None:
        """Nothing is held."""


def digest_of(clip: AudioClip) -> str:
    """The name of a clip in a script."""
    return hashlib.sha256(clip.samples.tobytes()).hexdigest()


def open_script(folder: Path, locales: frozenset[str] = ALL_LOCALES) -> ScriptedRecognizer:
    """The script in `folder`/script.json: {"in_order": [texts], "by_digest": {digest: text}}. Raises EngineFailed."""
    try:
        script = json.loads((folder / SCRIPT).read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise EngineFailed(f"no script in {folder}: {error}") from error
    return ScriptedRecognizer(script.get("in_order", ()), by_digest=script.get("by_digest"), locales=locales)
