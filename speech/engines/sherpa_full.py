"""An optional ear: full models of the sherpa-onnx project (Paraformer, SenseVoice, Zipformer), run by its own package.

They write characters, and one reading only. The package is no dependency of ours: who wants these ears installs it
(`pip install sherpa-onnx`) and puts a model into a folder of models. sherpa-onnx ends the whole process on a file
that is not what it expects, so what a model is, is read from its own notes with onnxruntime first.
"""

from __future__ import annotations

import math
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from speech.audio import HEARING_RATE, AudioClip, resampled
from speech.engines.onnx_notes import notes
from speech.engines.pinyin_tokens import syllables_of
from speech.recognition import Abilities, EngineFailed, Hypothesis, Transcript

if TYPE_CHECKING:
    from collections.abc import Sequence

KINDS = {"paraformer": "paraformer", "sense_voice_ctc": "sense_voice"}
"""What a model with one file calls itself, and how sherpa-onnx does."""
QUIET_S = 0.3
"""Silence a streaming model needs around a clip."""
CERTAINTY = 0.8
"""These models do not say how sure they are; where they give the probabilities of their tokens, those count."""
LANGUAGES = {"zh-CN": "zh", "zh-Hant": "zh", "en": "en"}
TONED = "\u01ceo"
"""A token that only models of pinyin have."""


class SherpaRecognizer:
    """The ear. One may be used by several threads at once: the model is shared, the streams are not."""

    name = "sherpa_full"

    def __init__(self, folder: Path, locales: frozenset[str]) -> None:
        """Load the model in `folder`. Raises EngineFailed."""
        self.locales = locales
        tokens = folder / "tokens.txt"
        if not tokens.is_file():
            raise EngineFailed(f"no tokens.txt in {folder}")
        self._pinyin = any(line.startswith(TONED + " ") for line in tokens.read_text(encoding="utf-8").splitlines())
        self.abilities = Abilities(syllables=self._pinyin)
        language = LANGUAGES[min(locales)] if len({LANGUAGES[one] for one in locales}) == 1 else "auto"
        self._streams, self._model = _opened(folder, str(tokens), language)

    def recognize(self, clip: AudioClip, *, phrases: tuple[str, ...] = ()) -> Transcript:
        """Hear `clip`. Raises EngineFailed."""
        model = self._model
        if model is None:
            raise EngineFailed("the model was closed")
        sound = resampled(clip, HEARING_RATE).samples.astype(np.float32) / np.float32(32768)
        quiet = np.zeros(int(QUIET_S * HEARING_RATE), dtype=np.float32)
        stream = model.create_stream()
        try:
            stream.accept_waveform(HEARING_RATE, np.concatenate([quiet, sound, quiet, quiet]))
            if self._streams:
                stream.input_finished()
                while model.is_ready(stream):
                    model.decode_stream(stream)
                result = model.get_result_all(stream)
            else:
                model.decode_stream(stream)
                result = stream.result
        except RuntimeError as error:
            raise EngineFailed(f"sherpa-onnx: {error}") from error
        return self._transcript(result, clip.seconds)

    def close(self) -> None:
        """Free the model."""
        self._model = None

    def _transcript(self, result: Any, seconds: float) -> Transcript:
        written = list(result.tokens)
        syllables = " ".join(syllables_of(written)) if self._pinyin else ""
        text = "" if self._pinyin else str(result.text).strip()
        if not any(sign.isalnum() for sign in text or syllables):
            return Transcript((), confidence=0.0, audio_s=seconds)
        sure = _probability(getattr(result, "ys_probs", ()) or ())
        return Transcript((Hypothesis(text=text, syllables=syllables),), confidence=sure, audio_s=seconds)


def _opened(folder: Path, tokens: str, language: str) -> tuple[bool, Any]:
    """Whether it hears in a stream, and the recognizer. Raises EngineFailed."""
    import sherpa_onnx

    if encoder := _file(folder, "encoder*.onnx"):
        parts = {"encoder": encoder, "decoder": _file(folder, "decoder*.onnx"), "joiner": _file(folder, "joiner*.onnx")}
        if missing := [name for name, path in parts.items() if path is None]:
            raise EngineFailed(f"no {missing[0]} in {folder}")
        notes = [_notes(path) for path in parts.values() if path is not None]
        files = {name: str(path) for name, path in parts.items()}
        streams = "decode_chunk_len" in notes[0]
        maker = sherpa_onnx.OnlineRecognizer if streams else sherpa_onnx.OfflineRecognizer
        return streams, maker.from_transducer(tokens=tokens, num_threads=1, **files)
    whole = _file(folder, "model*.onnx")
    if whole is None:
        raise EngineFailed(f"no model in {folder}")
    kind = KINDS.get(_notes(whole).get("model_type", ""))
    if kind == "paraformer":
        return False, sherpa_onnx.OfflineRecognizer.from_paraformer(str(whole), tokens, num_threads=1)
    if kind == "sense_voice":
        return False, sherpa_onnx.OfflineRecognizer.from_sense_voice(
            str(whole), tokens, num_threads=1, language=language, use_itn=False
        )
    raise EngineFailed(f"{whole} is no Paraformer, SenseVoice or Zipformer")


def _file(folder: Path, pattern: str) -> Path | None:
    """The file of that name; the small one (int8) before the large one."""
    found = sorted(folder.glob(pattern), key=lambda path: (".int8." not in path.name, path.name))
    return found[0] if found else None


def _notes(model: Path) -> dict[str, str]:
    try:
        return notes(model)
    except ValueError as error:
        raise EngineFailed(str(error)) from error


def _probability(logs: Sequence[float]) -> float:
    return round(math.exp(sum(logs) / len(logs)), 3) if len(logs) and max(logs) <= 0 else CERTAINTY
