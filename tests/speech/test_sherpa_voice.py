"""The optional voice: its folders, what is wrong with one, and who speaks where it cannot."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from speech.engines import ENGINES
from speech.engines.sherpa_folder import files_of
from speech.engines.sherpa_voice import _locales, _speaker
from speech.pool import Voices
from speech.synthesis import VoiceFailed

FOLDERS = {
    "vits": ["model.onnx", "tokens.txt", "lexicon.txt"],
    "vits of piper": ["zh_CN-huayan-medium.onnx", "zh_CN-huayan-medium.onnx.json", "tokens.txt", "espeak-ng-data/"],
    "matcha": ["model-steps-3.onnx", "vocos-22khz-univ.onnx", "tokens.txt", "lexicon.txt"],
    "kokoro": ["model.int8.onnx", "model.onnx", "voices.bin", "tokens.txt", "lexicon-zh.txt", "espeak-ng-data/"],
}
NONE = {
    "there is no folder": None,
    "no model": ["tokens.txt"],
    "no tokens.txt": ["zh_CN-huayan-medium.onnx", "zh_CN-huayan-medium.onnx.json"],
    "no vocoder": ["model-steps-3.onnx", "tokens.txt", "lexicon.txt"],
    "no lexicon.txt": ["model.onnx", "tokens.txt"],
}


def laid(folder: Path, names: list[str]) -> Path:
    for name in names:
        path = folder / name
        path.mkdir() if name.endswith("/") else path.write_bytes(b"x")
    return folder


@pytest.mark.parametrize("kind", FOLDERS)
def test_a_folder_s_files_tell_its_kind(kind: str, tmp_path: Path) -> None:
    found = files_of(laid(tmp_path, FOLDERS[kind]))
    assert found.kind == kind.split(maxsplit=1)[0]
    assert found.model.name == FOLDERS[kind][0]
    assert bool(found.data_dir) == ("espeak-ng-data/" in FOLDERS[kind])


@pytest.mark.parametrize("problem", NONE)
def test_a_folder_that_is_no_voice_is_told_by_a_sentence(problem: str, tmp_path: Path) -> None:
    names = NONE[problem]
    with pytest.raises(VoiceFailed, match=problem):
        files_of(laid(tmp_path, names) if names is not None else tmp_path / "nowhere")


@pytest.mark.parametrize(
    ("kind", "notes", "spoken"),
    [
        ("vits", {"language": "Chinese"}, {"zh-CN"}),
        ("vits", {"language": "English", "voice": "en-us"}, {"en"}),
        ("vits", {"language": "Chinese + English"}, {"zh-CN", "en"}),
        ("matcha", {}, {"zh-CN"}),
        ("kokoro", {"speaker_names": "af_maple,zf_001,zm_009"}, {"zh-CN", "en"}),
    ],
)
def test_its_notes_tell_its_languages(kind: str, notes: dict[str, str], spoken: set[str]) -> None:
    assert _locales(kind, notes) == spoken


def test_a_woman_s_and_a_man_s_voice_are_found_by_name() -> None:
    speakers = ["af_maple", "zf_001", "zm_009"]
    assert [_speaker(speakers, "zh-CN", timbre) for timbre in ("", "woman", "man")] == [1, 1, 2]
    assert [_speaker(speakers, "en", timbre) for timbre in ("", "woman", "man")] == [0, 0, 0]
    assert _speaker([], "zh-CN", "man") == 0


def test_where_it_cannot_be_used_that_is_said_and_the_default_voice_speaks(tmp_path: Path) -> None:
    for engine in ("sherpa_voice", f"sherpa_voice:{tmp_path}"):
        voices = Voices(engine=engine)
        try:
            with pytest.raises(VoiceFailed, match=r"folder|package|no model"):
                voices.warm()
            assert voices.say("一本书").seconds > 0.2
        finally:
            voices.close()
    assert Voices(engine="auto")._name == "pyttsx3"
    with pytest.raises(ValueError, match="no synthesizer"):
        Voices(engine="piper:/somewhere")


@pytest.fixture
def tiny(tmp_path: Path) -> Path:
    from tests.speech import tiny_voice

    return tiny_voice.write(tmp_path)


def notes_with(name: str, value: str = "") -> Callable[[Path], object]:
    """The voice with another note, or without it."""

    def spoil(folder: Path) -> None:
        from tests.speech import tiny_voice

        tiny_voice.write(folder, {key: held for key, held in (tiny_voice.NOTES | {name: value}).items() if held})

    return spoil


SPOILT: dict[str, Callable[[Path], object]] = {
    "damaged": lambda folder: (folder / "model.onnx").write_bytes(b"x" * 5000),
    "says of itself": notes_with("model_type"),
    "does not take": notes_with("sample_rate"),
    "no lexicon": lambda folder: (folder / "lexicon.txt").unlink(),
    "piper voice needs": notes_with("comment", "piper"),
}


@pytest.mark.parametrize("problem", SPOILT)
def test_a_model_that_would_end_the_process_ends_only_its_own(problem: str, tiny: Path) -> None:
    from speech.engines.sherpa_voice import SherpaSynthesizer

    SPOILT[problem](tiny)
    with pytest.raises(VoiceFailed, match=problem):
        SherpaSynthesizer(tiny)


def test_it_says_what_it_can_and_the_default_voice_the_rest(tiny: Path) -> None:
    voices = Voices(engine=f"sherpa_voice:{tiny}")
    try:
        voices.warm()
        assert ENGINES["sherpa_voice"].there
        assert voices.say("三本书").rate == 16_000
        assert voices.say("three books", locale="en").rate == 22_050, "it speaks no English"
        assert voices.say("一本鹦鹉书").rate == 22_050, "its lexicon has not these two signs, and would leave them out"
        assert voices.say("一本abc").rate == 22_050
        assert voices.speak("三本书", form="mp3")
    finally:
        voices.close()
