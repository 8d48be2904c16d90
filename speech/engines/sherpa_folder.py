"""A folder with a voice of the sherpa-onnx project: which kind it is, told by its files; nothing is loaded here."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from speech.synthesis import VoiceFailed

Kind = Literal["vits", "matcha", "kokoro"]
VOCODERS = ("vocos*.onnx", "hifigan*.onnx")


@dataclass(frozen=True, slots=True)
class Files:
    """The files of one voice. `beside` is Kokoro's table of voices, or Matcha's vocoder."""

    kind: Kind
    model: Path
    tokens: Path
    beside: Path | None = None
    lexicon: str = ""
    data_dir: str = ""


def files_of(folder: Path) -> Files:
    """The voice in `folder`. Raises VoiceFailed: what is missing."""
    if not folder.is_dir():
        raise VoiceFailed(f"there is no folder {folder}")
    tokens, voices, data = folder / "tokens.txt", folder / "voices.bin", folder / "espeak-ng-data"
    vocoder = next((path for pattern in VOCODERS for path in sorted(folder.glob(pattern))), None)
    models = sorted(
        (path for path in folder.glob("*.onnx") if path != vocoder), key=lambda path: (".int8." not in path.name, path)
    )
    if not models:
        raise VoiceFailed(f"no model (*.onnx) in {folder}")
    if not tokens.is_file():
        raise VoiceFailed(f"no tokens.txt in {folder}; a voice of piper has to be converted for sherpa-onnx first")
    steps = models[0].name.startswith("model-steps")
    if steps and vocoder is None:
        raise VoiceFailed(f"no vocoder (vocos*.onnx or hifigan*.onnx) in {folder}; a Matcha voice needs one beside it")
    if not data.is_dir() and not any(folder.glob("lexicon*.txt")):
        raise VoiceFailed(f"no lexicon.txt and no espeak-ng-data in {folder}; without one a voice knows no word")
    kind: Kind = "kokoro" if voices.is_file() else "vits" if vocoder is None else "matcha"
    return Files(
        kind,
        models[0],
        tokens,
        beside=voices if kind == "kokoro" else vocoder,
        lexicon=",".join(str(path) for path in sorted(folder.glob("lexicon*.txt"))),
        data_dir=str(data) if data.is_dir() else "",
    )
