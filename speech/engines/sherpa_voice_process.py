"""The optional voice's own process: one sherpa-onnx model; speech.engines.sherpa_voice starts it.

sherpa-onnx ends its process on a model that is not what it takes it for; here it ends nobody else's.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from speech.child import Frames
from speech.engines.sherpa_folder import Files, files_of
from speech.synthesis import VoiceFailed

PIPER = "piper"


def main() -> None:
    """Answer {folder} with what the model says of itself, then {speaker, speed} + UTF-8 text with {rate} + samples."""
    frames = Frames()
    question = frames.read()
    if question is None:
        return
    try:
        files = files_of(Path(str(question[0]["folder"])))
        notes = _notes(files.model)
        voice = _opened(files, notes)
    except VoiceFailed as error:
        frames.write({"problem": str(error)})
        return
    frames.write({"kind": files.kind, **{name: notes.get(name, "") for name in ("language", "voice", "speaker_names")}})
    while (question := frames.read()) is not None:
        header, text = question
        try:
            made = voice.generate(text.decode(), sid=int(header["speaker"]), speed=float(header["speed"]))
            samples = np.clip(np.asarray(made.samples, dtype=np.float32) * 32767, -32768, 32767).astype("<i2")
        except RuntimeError as error:
            frames.write({"problem": type(error).__name__})
            continue
        frames.write({"rate": made.sample_rate}, samples.tobytes())


def _opened(files: Files, notes: dict[str, str]) -> Any:
    """The voice. Raises VoiceFailed where it can be seen that sherpa-onnx would end the process."""
    import sherpa_onnx as sherpa

    if not notes.get("model_type", "").startswith(files.kind):
        raise VoiceFailed(f"{files.model} says of itself that it is no {files.kind} voice; convert it for sherpa-onnx")
    if notes.get("comment") == PIPER and not files.data_dir:
        raise VoiceFailed(f"no espeak-ng-data in {files.model.parent}; a piper voice needs that folder")
    shared = {"tokens": str(files.tokens), "lexicon": files.lexicon, "data_dir": files.data_dir}
    kinds: dict[str, Any] = {}
    if files.kind == "kokoro":
        kinds["kokoro"] = sherpa.OfflineTtsKokoroModelConfig(model=str(files.model), voices=str(files.beside), **shared)
    elif files.kind == "matcha":
        kinds["matcha"] = sherpa.OfflineTtsMatchaModelConfig(
            acoustic_model=str(files.model), vocoder=str(files.beside), **shared
        )
    else:
        kinds["vits"] = sherpa.OfflineTtsVitsModelConfig(model=str(files.model), **shared)
    config = sherpa.OfflineTtsConfig(model=sherpa.OfflineTtsModelConfig(num_threads=1, **kinds))
    if not config.validate():
        raise VoiceFailed(f"sherpa-onnx refuses the files in {files.model.parent}")
    return sherpa.OfflineTts(config)


def _notes(model: Path) -> dict[str, str]:
    from speech.engines.onnx_notes import notes

    try:
        return notes(model)
    except ValueError as error:
        raise VoiceFailed(str(error)) from error
