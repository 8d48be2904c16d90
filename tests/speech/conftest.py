"""What the tests of speech share: folders, loaded ears, one voice."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from speech.engines.pyttsx3 import Pyttsx3Synthesizer
from speech.engines.sherpa_pinyin import PinyinRecognizer
from speech.engines.vosk import VoskRecognizer

MANDARIN = frozenset({"zh-CN", "zh-Hant"})


@pytest.fixture(scope="session")
def voices_data(shared: Path) -> Path:
    return shared / "data" / "voice"


@pytest.fixture(scope="session")
def models(shared: Path) -> Path:
    return shared / "models"


@pytest.fixture(scope="session")
def pinyin(models: Path) -> Iterator[PinyinRecognizer]:
    ear = PinyinRecognizer(models / "kws-zipformer-wenetspeech-3.3M-mobile")
    yield ear
    ear.close()


@pytest.fixture(scope="session", params=["lookahead", "static", "syllables"])
def vosk_ear(request: pytest.FixtureRequest, voices_data: Path) -> Iterator[VoskRecognizer]:
    ear = VoskRecognizer(voices_data / "vosk-test-models" / request.param, MANDARIN)
    yield ear
    ear.close()


@pytest.fixture(scope="session")
def lookahead(voices_data: Path) -> Iterator[VoskRecognizer]:
    ear = VoskRecognizer(voices_data / "vosk-test-models" / "lookahead", MANDARIN)
    yield ear
    ear.close()


@pytest.fixture(scope="session")
def voice() -> Iterator[Pyttsx3Synthesizer]:
    synthesizer = Pyttsx3Synthesizer()
    yield synthesizer
    synthesizer.close()
