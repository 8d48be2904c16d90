"""Every speech engine there is; their packages load only when one is used.

One file per engine beside this one, one line in ENGINES; tests/speech/test_engines.py holds what all must do.
"""

from __future__ import annotations

import importlib
import importlib.util
from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, slots=True)
class Engine:
    """One engine: `kind` is "recognizer" or "synthesizer", `maker` the import path of what opens it.

    A recognizer's maker takes (folder of its model, locales it hears); a synthesizer's maker takes nothing, or the
    folder of its model where it `needs_model`.
    """

    name: str
    kind: Literal["recognizer", "synthesizer"]
    maker: str
    package: str = ""
    """The package it needs beyond ours: it is optional, and the engine is there where that is."""

    needs_model: bool = False
    """Of a synthesizer: it is used as "name:folder" only; nobody's model becomes a voice by chance."""

    @property
    def there(self) -> bool:
        """Whether its package is installed."""
        return not self.package or importlib.util.find_spec(self.package) is not None

    def load(self) -> object:
        """The maker itself; imports the engine's package."""
        module, _, name = self.maker.partition(":")
        return getattr(importlib.import_module(module), name)


ENGINES: dict[str, Engine] = {
    engine.name: engine
    for engine in (
        Engine("sherpa_pinyin", "recognizer", "speech.engines.sherpa_pinyin:PinyinRecognizer"),
        Engine("sherpa_full", "recognizer", "speech.engines.sherpa_full:SherpaRecognizer", package="sherpa_onnx"),
        Engine("vosk", "recognizer", "speech.engines.vosk:VoskRecognizer"),
        Engine("scripted", "recognizer", "speech.engines.scripted:open_script"),
        Engine("pyttsx3", "synthesizer", "speech.engines.pyttsx3:Pyttsx3Synthesizer"),
        Engine(
            "sherpa_voice",
            "synthesizer",
            "speech.engines.sherpa_voice:SherpaSynthesizer",
            package="sherpa_onnx",
            needs_model=True,
        ),
    )
}
