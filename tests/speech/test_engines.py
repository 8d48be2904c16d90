"""The engine contracts: what every recognizer and every synthesizer must do, whichever engine it is."""

from __future__ import annotations

import json
import math
import shutil
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest

from speech.activity import is_silent
from speech.audio import AudioClip, decode, resampled
from speech.engines import ENGINES
from speech.engines.pyttsx3 import Pyttsx3Synthesizer
from speech.engines.scripted import ScriptedRecognizer, open_script
from speech.engines.sherpa_pinyin import PinyinRecognizer
from speech.engines.vosk import VoskRecognizer
from speech.pool import Ears
from speech.recognition import EngineFailed, Recognizer, Transcript
from speech.synthesis import TIMBRES, NothingToSay, Synthesizer, UnsupportedVoice
from tests.speech import sounds

WORD = "一毛不拔"
SYLLABLES = "yi mao bu ba"
EARS = ("sherpa_pinyin", "sherpa_full", "vosk/lookahead", "vosk/static", "vosk/syllables", "scripted")
TRICKY_PHRASES: tuple[tuple[str, ...], ...] = (
    (), ("",), ("[]",), ("not json {",), ('"',), ("[unk]",), ("\0",), ("𠮷" * 40,), ("第二本", "一毛不拔"),
    ("zzz qqq",),
)  # fmt: skip


@pytest.fixture(scope="module", params=EARS)
def ear(request: pytest.FixtureRequest, models: Path, voices_data: Path) -> Iterator[Recognizer]:
    mandarin = frozenset({"zh-CN", "zh-Hant"})
    made: Recognizer
    if request.param == "sherpa_pinyin":
        made = PinyinRecognizer(models / "kws-zipformer-wenetspeech-3.3M-mobile")
    elif request.param == "sherpa_full":
        from speech.engines.sherpa_full import SherpaRecognizer

        made = SherpaRecognizer(models / "kws-zipformer-wenetspeech-3.3M-mobile", mandarin)
    elif request.param == "scripted":
        made = ScriptedRecognizer([WORD] * 200)
    else:
        made = VoskRecognizer(voices_data / "vosk-test-models" / request.param.partition("/")[2], mandarin)
    yield made
    made.close()


@pytest.fixture(scope="module")
def word(voices_data: Path) -> AudioClip:
    clip = decode((voices_data / "human-zh-words" / f"cmn-{WORD}.mp3").read_bytes())
    margin = np.zeros(4800, dtype=np.int16)
    return AudioClip(np.concatenate([margin, clip.samples, margin]))


def proper(heard: Transcript, clip: AudioClip) -> None:
    assert 0 <= heard.confidence <= 1
    assert heard.audio_s == pytest.approx(clip.seconds, abs=0.05)
    if heard.hypotheses:
        weights = [each.weight for each in heard.hypotheses]
        assert math.isclose(sum(weights), 1, abs_tol=1e-4)
        assert weights == sorted(weights, reverse=True)
        assert all(each.weight > 0 and (each.text or each.syllables) for each in heard.hypotheses)
        readings = [(each.text, each.syllables) for each in heard.hypotheses]
        assert len(set(readings)) == len(readings)


class TestEveryRecognizer:
    def test_it_has_the_protocol_s_face(self, ear: Recognizer) -> None:
        assert isinstance(ear, Recognizer)
        assert ENGINES[ear.name].kind == "recognizer"
        assert ear.locales <= {"zh-CN", "zh-Hant", "en"}

    def test_it_can_what_it_declares_and_no_more(self, ear: Recognizer, word: AudioClip) -> None:
        can = ear.abilities
        free, told = ear.recognize(word), ear.recognize(word, phrases=("第二本", WORD))
        assert 1 <= len(free.hypotheses) <= can.alternatives
        assert all(bool(each.syllables) == can.syllables for each in free.hypotheses if ear.name != "scripted")
        assert all(bool(each.times) == can.times for each in free.hypotheses)
        if not can.phrases:
            assert told.hypotheses == free.hypotheses
        for each in free.hypotheses:
            assert all(0 <= begin < end <= word.seconds for begin, end in each.times)
            assert list(each.times) == sorted(each.times)
        assert can.rate == 16_000 and not can.partial

    def test_it_hears_a_word(self, ear: Recognizer, word: AudioClip) -> None:
        heard = ear.recognize(word)
        proper(heard, word)
        best = heard.hypotheses[0]
        if ear.abilities.syllables:
            assert " ".join(each.rstrip("12345") for each in best.syllables.split()) == SYLLABLES
        else:
            assert best.text in (WORD, SYLLABLES)

    @pytest.mark.parametrize(
        "clip", [sounds.silence(), sounds.noise(), sounds.noise(level=20)], ids=["still", "noise", "hiss"]
    )
    def test_silence_and_noise_give_nothing(self, ear: Recognizer, clip: AudioClip) -> None:
        """Noise that is level never reaches an ear (speech.pool asks is_silent first); silence may."""
        if is_silent(clip) and clip.samples.any():
            clip = AudioClip(np.zeros_like(clip.samples))
        heard = ear.recognize(clip)
        assert heard.hypotheses == ()
        assert heard.confidence == 0

    @pytest.mark.parametrize("phrases", TRICKY_PHRASES, ids=range(len(TRICKY_PHRASES)))
    def test_no_phrase_can_hurt_it(self, ear: Recognizer, word: AudioClip, phrases: tuple[str, ...]) -> None:
        assert ear.recognize(word, phrases=phrases).hypotheses

    @pytest.mark.parametrize("rate", [8_000, 22_050, 48_000])
    def test_any_rate_is_heard(self, ear: Recognizer, word: AudioClip, rate: int) -> None:
        assert ear.recognize(resampled(word, rate)).hypotheses

    def test_threads_may_share_it(self, ear: Recognizer, word: AudioClip) -> None:
        alone = ear.recognize(word).hypotheses[0]
        with ThreadPoolExecutor(4) as pool:
            heard = list(pool.map(lambda _: ear.recognize(word), range(8)))
        assert [each.hypotheses[0] for each in heard] == [alone] * 8

    def test_a_very_short_clip_is_no_trouble(self, ear: Recognizer) -> None:
        for count in (1, 100, 1600):
            ear.recognize(AudioClip(np.full(count, 900, dtype=np.int16)))


@pytest.fixture(scope="module")
def pinyin(models: Path) -> Iterator[PinyinRecognizer]:
    made = PinyinRecognizer(models / "kws-zipformer-wenetspeech-3.3M-mobile")
    yield made
    made.close()


class TestSound:
    """Whoever keeps the sound of a note can be asked which of several sentences it was."""

    def test_what_was_said_is_likelier_than_what_was_not(self, pinyin: PinyinRecognizer, word: AudioClip) -> None:
        sound = pinyin.recognize(word).sound
        assert sound is not None
        said, other_tone, near, far = (
            one if one is not None else math.nan
            for one in sound.likelihoods(
                [(f"{first} mao2 bu4 ba2").split() for first in ("yi4", "yi1", "ni3")] + [["xie4", "xie5", "nin2"]]
            )
        )
        assert said == pytest.approx(0, abs=1.5)
        assert said >= other_tone - 1 > near > far

    def test_what_it_cannot_write_it_cannot_tell(self, pinyin: PinyinRecognizer, word: AudioClip) -> None:
        sound = pinyin.recognize(word).sound
        assert sound is not None
        assert sound.likelihoods([]) == []
        told = sound.likelihoods([["h\u00e9llo"], [], ["yi4", "mao2", "bu4", "ba2"]])
        assert told[:2] == [None, None] and told[2] is not None

    def test_the_likelihood_of_a_reading_is_what_the_beam_says(self, pinyin: PinyinRecognizer, word: AudioClip) -> None:
        heard = pinyin.recognize(word)
        assert heard.sound is not None
        told = heard.sound.likelihoods([each.syllables.split() for each in heard.hypotheses])
        assert told[0] == pytest.approx(0, abs=0.5)
        assert max(one for one in told if one is not None) == pytest.approx(0, abs=1)

    def test_no_sound_of_a_letter_is_kept(self, pinyin: PinyinRecognizer, word: AudioClip) -> None:
        long = AudioClip(np.tile(word.samples, 12))
        assert long.seconds > 16
        heard = pinyin.recognize(long)
        assert heard.hypotheses and heard.sound is None


BROKEN: dict[str, Callable[[Path], object]] = {
    "no folder": shutil.rmtree,
    "empty folder": lambda folder: [shutil.rmtree(folder), folder.mkdir()],
    "truncated model": lambda folder: (folder / "am" / "final.mdl").write_bytes(b"x" * 5000),
    "truncated graph": lambda folder: (folder / "graph" / "HCLr.fst").write_bytes(b"\xd6\xfd\xb2\x7e" + bytes(99)),
    "no words": lambda folder: (folder / "graph" / "words.txt").unlink(),
}


@pytest.mark.parametrize("how", BROKEN)
def test_a_broken_vosk_model_is_refused_and_does_not_end_the_process(
    how: str, voices_data: Path, tmp_path: Path
) -> None:
    folder = tmp_path / "model"
    shutil.copytree(voices_data / "vosk-test-models" / "lookahead", folder, copy_function=shutil.copyfile)
    for path in (folder, *folder.rglob("*")):
        path.chmod(0o755)
    BROKEN[how](folder)
    with pytest.raises(EngineFailed):
        VoskRecognizer(folder, frozenset({"zh-CN"}))


@pytest.mark.parametrize("missing", ["tokens.txt", "encoder", "joiner", "everything"])
def test_a_pinyin_model_with_a_part_missing_is_refused(missing: str, models: Path, tmp_path: Path) -> None:
    source = models / "kws-zipformer-wenetspeech-3.3M-mobile"
    for path in source.iterdir():
        if path.is_file() and not path.name.startswith(missing) and missing != "everything":
            shutil.copyfile(path, tmp_path / path.name)
    with pytest.raises(EngineFailed):
        PinyinRecognizer(tmp_path)


def test_an_engine_whose_package_is_missing_is_not_there(models: Path) -> None:
    from dataclasses import replace

    engine = ENGINES["sherpa_full"]
    assert not replace(engine, package="no_such_package_of_ours").there
    assert ENGINES["vosk"].there
    ears = Ears((models,), engine=f"sherpa_full:{models / 'kws-zipformer-wenetspeech-3.3M-mobile'}")
    assert ears.installed("zh-CN") == engine.there


FULL: dict[str, Callable[[Path], object]] = {
    "no tokens": lambda folder: (folder / "tokens.txt").unlink(),
    "no joiner": lambda folder: next(folder.glob("joiner*")).unlink(),
    "damaged encoder": lambda folder: next(folder.glob("encoder*")).write_bytes(b"x" * 5000),
    "of another kind": lambda folder: [
        next(folder.glob("joiner*")).rename(folder / "model.onnx"), next(folder.glob("encoder*")).unlink(),
    ],
    "only tokens": lambda folder: [path.unlink() for path in folder.glob("*.onnx")],
}  # fmt: skip


@pytest.mark.parametrize("how", FULL)
def test_a_full_model_that_is_none_is_refused_before_it_could_end_the_process(
    how: str, models: Path, tmp_path: Path
) -> None:
    from speech.engines.sherpa_full import SherpaRecognizer

    for path in (models / "kws-zipformer-wenetspeech-3.3M-mobile").iterdir():
        if path.is_file():
            shutil.copyfile(path, tmp_path / path.name)
    FULL[how](tmp_path)
    with pytest.raises(EngineFailed):
        SherpaRecognizer(tmp_path, frozenset({"zh-CN"}))


def test_closed_ears_say_so(models: Path, voices_data: Path) -> None:
    for ear in (
        PinyinRecognizer(models / "kws-zipformer-wenetspeech-3.3M-mobile"),
        VoskRecognizer(voices_data / "vosk-test-models" / "static", frozenset({"zh-CN"})),
    ):
        ear.close()
        with pytest.raises(EngineFailed):
            ear.recognize(sounds.tone())


def test_a_script_is_read_from_its_folder(tmp_path: Path) -> None:
    (tmp_path / "script.json").write_text(json.dumps({"in_order": ["the next one"]}))
    assert open_script(tmp_path).recognize(sounds.tone()).hypotheses[0].text == "the next one"
    with pytest.raises(EngineFailed):
        open_script(tmp_path / "nowhere")


@pytest.fixture(scope="module", params=["pyttsx3", "sherpa_voice"])
def speaker(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Synthesizer]:
    made: Synthesizer
    if request.param == "sherpa_voice":
        from speech.engines.sherpa_voice import SherpaSynthesizer
        from tests.speech import tiny_voice

        made = SherpaSynthesizer(tiny_voice.write(tmp_path_factory.mktemp("voice")))
    else:
        made = Pyttsx3Synthesizer()
    yield made
    made.close()


SENTENCES = {
    "zh-CN": "您想借的三体已经为您预约好了，请等通知。",
    "zh-Hant": "您想借的三體已經為您預約好了，請等通知。",
    "en": "The book you asked for is on hold for you; wait for word from us.",
}


def spoken_by(speaker: Synthesizer, locale: str) -> None:
    """Go no further where this voice has another language."""
    if locale not in speaker.locales:
        with pytest.raises(UnsupportedVoice):
            speaker.synthesize(SENTENCES[locale], locale=locale)
        pytest.skip(f"{speaker.name} does not speak {locale}")


class TestEverySynthesizer:
    def test_it_has_the_protocol_s_face(self, speaker: Synthesizer) -> None:
        assert isinstance(speaker, Synthesizer)
        assert ENGINES[speaker.name].kind == "synthesizer"

    @pytest.mark.parametrize("locale", SENTENCES)
    def test_it_speaks_at_every_pace(self, speaker: Synthesizer, locale: str) -> None:
        spoken_by(speaker, locale)
        normal = speaker.synthesize(SENTENCES[locale], locale=locale)
        assert 2 < normal.seconds < 9
        assert not is_silent(normal)
        for rate in (0.6, 0.8, 1.3, 2.0, 3.0):
            ratio = normal.seconds / speaker.synthesize(SENTENCES[locale], locale=locale, rate=rate).seconds
            assert ratio == pytest.approx(rate, rel=0.2)

    def test_the_same_text_lasts_the_same_after_any_other(self, speaker: Synthesizer) -> None:
        """pyttsx3 loses changes of rate and voice, and whole texts, unless it is waited for."""
        first = {
            key: speaker.synthesize(text, locale=key).seconds
            for key, text in SENTENCES.items()
            if key in speaker.locales
        }
        for _ in range(15):
            for key, seconds in first.items():
                text = SENTENCES[key]
                speaker.synthesize(text, locale=key, rate=2.5)
                assert speaker.synthesize(text, locale=key).seconds == pytest.approx(seconds, abs=0.05)

    @pytest.mark.parametrize("locale", SENTENCES)
    def test_every_timbre_is_another_sound_at_the_same_pace(self, speaker: Synthesizer, locale: str) -> None:
        spoken_by(speaker, locale)
        clips = [speaker.synthesize(SENTENCES[locale], locale=locale, timbre=timbre) for timbre in TIMBRES]
        assert len({clip.samples.tobytes() for clip in clips}) == (len(TIMBRES) if speaker.name == "pyttsx3" else 1)
        assert [clip.seconds for clip in clips] == pytest.approx([clips[0].seconds] * len(clips), rel=0.1)

    def test_threads_may_share_it(self, speaker: Synthesizer) -> None:
        texts = ["一本书", "两本书在东莞村", "三个图书馆都有这本书可以借给您", "您好"] * 4
        alone = {text: speaker.synthesize(text, locale="zh-CN").seconds for text in set(texts)}
        with ThreadPoolExecutor(8) as pool:
            clips = list(pool.map(lambda text: speaker.synthesize(text, locale="zh-CN"), texts))
        for text, clip in zip(texts, clips, strict=True):
            assert clip.seconds == pytest.approx(alone[text], abs=0.05)

    @pytest.mark.parametrize("text", ["", " ", "。", "…！？", "\0\x07", "📚", "\n\n"])
    def test_no_word_is_nothing_to_say(self, speaker: Synthesizer, text: str) -> None:
        with pytest.raises(NothingToSay):
            speaker.synthesize(text, locale="zh-CN")

    @pytest.mark.parametrize(
        "text",
        ["一\0二", "[[abc]] 好", "<speak>好</speak>", "好\ud800", "-w a.wav 好", "好" * 2_000, "é\u200d好", "'; rm 好"],
    )
    def test_odd_texts_are_said(self, speaker: Synthesizer, text: str) -> None:
        assert not is_silent(speaker.synthesize(text, locale="zh-CN", rate=3.0))

    def test_another_language_is_refused(self, speaker: Synthesizer) -> None:
        with pytest.raises(UnsupportedVoice):
            speaker.synthesize("bonjour", locale="fr")
