"""The ears of a service: which engine hears, what bad notes and missing or damaged models do, many notes at once."""

from __future__ import annotations

import shutil
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest

from speech.audio import AudioClip, NotAudio, TooLong, encode
from speech.engines import ENGINES
from speech.engines.scripted import ScriptedRecognizer
from speech.pool import Ears
from speech.recognition import EngineFailed, UnsupportedLanguage
from tests.speech import sounds
from tests.speech_samples import make_note, make_ogg

REQUEST = ["wo3", "xiang3", "jie4", "san1", "ti3"]
PINYIN = "kws-zipformer-wenetspeech-3.3M-mobile"


@pytest.fixture(scope="module")
def ears(models: Path) -> Ears:
    return Ears((models,))


@pytest.fixture(scope="module")
def note(shared: Path) -> bytes:
    return make_ogg(REQUEST)


def test_a_note_is_heard_as_syllables(ears: Ears, note: bytes) -> None:
    heard = ears.hear(note, "audio/ogg", "zh-CN")
    assert heard.hypotheses[0].syllables.startswith("wo3 xiang3 ")
    assert heard.hypotheses[0].text == ""
    assert 0.5 < heard.confidence <= 1
    assert heard.locale == "zh-CN"
    assert heard.audio_s > 2
    assert ears.hear(note, locale="zh-Hant").locale == "zh-Hant"


def test_auto_takes_only_what_is_installed(ears: Ears, models: Path, note: bytes) -> None:
    assert ears.installed("zh-CN") and ears.installed("zh-Hant") and not ears.installed("en")
    with pytest.raises(UnsupportedLanguage):
        ears.hear(note, locale="en")
    assert ears.describe() == [
        f"zh-CN: sherpa_pinyin ({PINYIN})", f"zh-Hant: sherpa_pinyin ({PINYIN})", "en: not heard (no voice model)",
    ]  # fmt: skip


def test_auto_takes_a_full_model_where_its_package_is_there_and_goes_on_without(models: Path, tmp_path: Path) -> None:
    """The folder holds the pinyin model under the name of a full one: that is enough to be taken, and to hear."""
    full = "sherpa-onnx-conformer-zh-stateless2-2023-05-23"
    shutil.copytree(models / PINYIN, tmp_path / full, copy_function=shutil.copyfile)
    ears = Ears((tmp_path, models))
    expected = f"sherpa_full ({full})" if ENGINES["sherpa_full"].there else f"sherpa_pinyin ({PINYIN})"
    assert ears.describe()[0] == f"zh-CN: {expected}"
    assert ears.hear(make_ogg(REQUEST)).hypotheses[0].syllables.startswith("wo3 xiang3 ")
    ears.close()


def test_test_models_are_never_taken_by_auto(voices_data: Path, note: bytes) -> None:
    ears = Ears((voices_data / "vosk-test-models", voices_data))
    assert not ears.installed("zh-CN")
    with pytest.raises(UnsupportedLanguage):
        ears.hear(note)


@pytest.mark.parametrize("folders", [(), (Path("/nowhere"),)])
def test_without_a_model_one_line_says_so(folders: tuple[Path, ...], note: bytes) -> None:
    ears = Ears(folders)
    assert len(ears.describe()) == 1
    assert "without ears" in ears.describe()[0]
    with pytest.raises(UnsupportedLanguage):
        ears.hear(note)
    ears.warm()


def test_ears_can_be_switched_off_and_an_unknown_engine_is_named(models: Path) -> None:
    assert not Ears((models,), engine="none").installed("zh-CN")
    with pytest.raises(ValueError, match="sherpa_pinyin, sherpa_full, vosk, scripted, auto, none"):
        Ears((models,), engine="whisper")
    with pytest.raises(ValueError, match="pyttsx3"):
        Ears((models,), engine="pyttsx3")


def test_an_engine_with_a_model_of_one_s_own(voices_data: Path) -> None:
    ears = Ears((), engine=f"vosk:{voices_data / 'vosk-test-models' / 'static'}")
    word = (voices_data / "human-zh-words" / "cmn-一毛不拔.mp3").read_bytes()
    assert ears.hear(word).hypotheses[0].text == "一毛不拔"
    ears.close()


def test_given_ears_hear_their_language(models: Path, note: bytes) -> None:
    ears = Ears((models,), given={"en": ScriptedRecognizer(["I would like to borrow Emma"])})
    assert ears.hear(note, locale="en-US").hypotheses[0].text == "I would like to borrow Emma"
    assert ears.hear(note, locale="en").hypotheses == ()
    assert ears.describe()[-1] == "en: scripted"


@pytest.mark.parametrize(
    ("clip", "missed"),
    [
        (sounds.silence(), "silent"), (sounds.noise(level=20), "silent"), (sounds.tone(0.05), "silent"),
        (sounds.noise(), "noise"), (sounds.hum(), "noise"), (sounds.tone(2.0), "unclear"),
    ],
    ids=["silence", "hiss", "touch", "noise", "hum", "no words"],
)  # fmt: skip
def test_nothing_said_is_heard_as_nothing_and_why(ears: Ears, clip: AudioClip, missed: str) -> None:
    heard = ears.hear(encode(clip, "wav"))
    assert heard.hypotheses == ()
    assert heard.confidence == 0
    assert heard.missed == missed


def test_what_is_heard_is_not_missed_and_lasts_as_long_as_its_note(ears: Ears) -> None:
    """The voice is found first: quiet before and after it costs no hearing, and changes nothing."""
    clip = make_note(REQUEST)
    quiet = np.zeros(6 * clip.rate, dtype=np.int16)
    long = AudioClip(np.concatenate([quiet, clip.samples, quiet]))
    heard, alone = ears.recognize(long), ears.recognize(clip)
    assert heard.missed == alone.missed == ""
    assert heard.audio_s == pytest.approx(long.seconds)
    assert heard.hypotheses[0].syllables == alone.hypotheses[0].syllables


def test_a_voice_drowned_in_noise_is_told_from_one_that_is_unclear() -> None:
    """The ear makes no words of either; the advice differs."""
    deaf = Ears((), given={"zh-CN": ScriptedRecognizer()})
    voice = sounds.tone(3.0).samples.astype(np.float64)
    around = sounds.noise(3.0, level=2500).samples
    drowned = AudioClip(np.clip(voice * 1.5 + around, -32768, 32767).astype(np.int16))
    assert deaf.recognize(drowned).missed == "noise"
    assert deaf.recognize(sounds.tone(3.0)).missed == "unclear"


def test_bad_notes_raise_the_errors_of_audio(ears: Ears) -> None:
    with pytest.raises(NotAudio):
        ears.hear(b"#EXTM3U\nhttp://127.0.0.1/a.ts")
    with pytest.raises(TooLong):
        ears.hear(encode(sounds.tone(61), "ogg"))


def test_many_notes_at_once_share_the_model(models: Path, note: bytes) -> None:
    ears = Ears((models,))
    try:
        with ThreadPoolExecutor(8) as pool:
            heard = list(pool.map(lambda _: ears.hear(note), range(8)))
        assert len({each.hypotheses for each in heard}) == 1
        assert len(ears._loaded) == 1
    finally:
        ears.close()


def test_a_damaged_model_is_never_loaded(models: Path, tmp_path: Path, note: bytes) -> None:
    """A broken file would end the process inside sherpa-onnx."""
    folder = tmp_path / PINYIN
    folder.mkdir()
    for path in (models / PINYIN).iterdir():
        if path.is_file():
            shutil.copyfile(path, folder / path.name)
    encoder = next(folder.glob("encoder*"))
    encoder.write_bytes(encoder.read_bytes()[:-1000] + bytes(1000))
    ears = Ears((tmp_path,))
    assert ears.installed("zh-CN")
    with pytest.raises(EngineFailed, match="damaged"):
        ears.hear(note)
    assert not ears.installed("zh-CN")
    assert len(ears.describe()) == 1
    assert "damaged" in ears.describe()[0]
    assert Ears((tmp_path, models)).installed("zh-CN")
