"""The synthesizer's process, and what surrounds it: sentences, cache, voices."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from pathlib import Path

import numpy as np
import pytest

from speech.audio import AudioClip, decode
from speech.engines.pyttsx3 import Pyttsx3Synthesizer
from speech.pool import Voices, nearest
from speech.spoken_cache import SpokenCache
from speech.synthesis import LONGEST_SENTENCE, NothingToSay, UnsupportedVoice, VoiceFailed, sentences
from tests.speech import sounds
from tests.waiting import PATIENCE_S, runs, waited

TEXTS = [
    ("您好。请说。", ["您好。", "请说。"]),
    ("好！真的？行；走…", ["好！", "真的？", "行；", "走…"]),
    ("Version 1.5 is here. Read it.", ["Version 1.5 is here.", "Read it."]),
    ("一行\n二行", ["一行", "二行"]),
    ("", []),
    ("  \n ", []),
    ("没有标点", ["没有标点"]),
]


@pytest.mark.parametrize(("text", "expected"), TEXTS)
def test_texts_fall_into_sentences(text: str, expected: list[str]) -> None:
    assert sentences(text) == expected


@pytest.mark.parametrize("text", ["好" * 500, "好，" * 300, "word " * 200, "a" * 81, "，" * 100])
def test_no_sentence_is_long_and_nothing_is_lost(text: str) -> None:
    pieces = sentences(text)
    assert all(len(piece) <= LONGEST_SENTENCE for piece in pieces)
    assert "".join(pieces).replace(" ", "") == text.replace(" ", "")


def test_only_the_packaged_espeak_is_loaded_and_only_in_the_child() -> None:
    import espeakng_loader

    synthesizer = Pyttsx3Synthesizer()
    try:
        synthesizer.synthesize("好", locale="zh-CN")
        maps = Path(f"/proc/{synthesizer.pid}/maps").read_text()
        loaded = {line.split(maxsplit=5)[-1] for line in maps.splitlines() if "espeak" in line}
        packaged = str(Path(espeakng_loader.__file__).resolve().parent)
        assert loaded
        assert all(path.startswith(packaged) for path in loaded), loaded
        assert "espeak" not in Path("/proc/self/maps").read_text()
    finally:
        synthesizer.close()


def test_a_killed_child_is_restarted() -> None:
    synthesizer = Pyttsx3Synthesizer()
    try:
        before = synthesizer.synthesize("一本书", locale="zh-CN").seconds
        first = synthesizer.pid
        assert first is not None
        os.kill(first, signal.SIGKILL)
        assert synthesizer.synthesize("一本书", locale="zh-CN").seconds == pytest.approx(before, abs=0.05)
        assert synthesizer.pid != first
    finally:
        synthesizer.close()


def test_a_child_killed_while_others_wait_loses_no_text() -> None:
    synthesizer = Pyttsx3Synthesizer()
    said: list[float] = []
    try:
        synthesizer.warm()
        threads = [
            threading.Thread(target=lambda: said.append(synthesizer.synthesize("一本书", locale="zh-CN").seconds))
            for _ in range(12)
        ]
        for thread in threads:
            thread.start()
        pid = synthesizer.pid
        assert pid is not None
        os.kill(pid, signal.SIGKILL)
        for thread in threads:
            thread.join(PATIENCE_S)
        assert len(said) == 12
        assert max(said) - min(said) < 0.1
    finally:
        synthesizer.close()


def test_a_hanging_child_is_given_up_at_the_deadline() -> None:
    synthesizer = Pyttsx3Synthesizer(deadline_s=5.0)
    try:
        synthesizer.synthesize("好", locale="zh-CN")
        pid = synthesizer.pid
        assert pid is not None
        os.kill(pid, signal.SIGSTOP)
        assert synthesizer.synthesize("好", locale="zh-CN").seconds > 0.2
        assert synthesizer.pid != pid
    finally:
        synthesizer.close()


def test_a_voice_that_cannot_be_had_in_time_fails_with_our_error() -> None:
    synthesizer = Pyttsx3Synthesizer(deadline_s=0.0)
    try:
        with pytest.raises(VoiceFailed):
            synthesizer.synthesize("好", locale="zh-CN")
    finally:
        synthesizer.close()


def test_nothing_reaches_our_stdout() -> None:
    code = (
        "from speech.pool import Voices; v = Voices(); v.say('一本书'); v.say('two books', locale='en'); v.close()\n"
        "from speech.audio import decode, encode; decode(encode(v.say('三本书'), 'ogg')); v.close()"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, check=True, timeout=PATIENCE_S)
    assert done.stdout == b""
    assert done.stderr == b""


def test_the_child_ends_with_us() -> None:
    code = (
        "import os; from speech.engines.pyttsx3 import Pyttsx3Synthesizer as S\n"
        "s = S(); s.synthesize('一', locale='zh-CN'); print(s.pid, flush=True); os.kill(os.getpid(), 9)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False, timeout=PATIENCE_S)
    assert waited(lambda: not runs(int(done.stdout)))


class CountingVoice:
    """A voice for tests: a tone as long as its text, and how often it was asked."""

    name = "counting"
    locales = frozenset({"zh-CN", "en"})
    takes_pinyin = True

    def __init__(self) -> None:
        self.asked: list[str] = []

    def synthesize(self, text: str, *, locale: str, rate: float = 1.0, timbre: str = "") -> AudioClip:
        self.asked.append(text)
        if not any(sign.isalnum() for sign in text):
            raise NothingToSay("no word in it")
        return sounds.tone(0.1 * len(text) / rate)

    def close(self) -> None:
        """Nothing is held."""


class TestVoices:
    def test_what_was_said_is_not_made_again(self) -> None:
        voice = CountingVoice()
        voices = Voices(given=voice)
        first = voices.say("您好。请说。")
        assert np.array_equal(voices.say("请说。您好。您好。").samples[: 16_00 * 3], voices.say("请说。").samples)
        assert voice.asked == ["您好。", "请说。"]
        voices.say("您好。", rate=2)
        voices.say("您好。", locale="en")
        assert voice.asked == ["您好。", "请说。", "您好。", "您好。"]
        assert first.seconds == pytest.approx(0.6)

    def test_sentences_come_one_by_one(self) -> None:
        voice = CountingVoice()
        stream = Voices(given=voice).stream("一。二。三。")
        next(stream)
        assert voice.asked == ["一。"]

    @pytest.mark.parametrize("form", ["mp3", "ogg"])
    def test_the_first_sound_goes_out_before_the_second_sentence_is_made(self, form: str) -> None:
        voice = CountingVoice()
        pieces = Voices(given=voice).pieces("我找到了三本书。第一本是三体。要借吗？", form=form)
        first = next(pieces)
        assert voice.asked == ["我找到了三本书。"]
        assert len(first) > 1000
        whole = first + b"".join(pieces)
        assert decode(whole).seconds == pytest.approx(1.9, abs=0.15)
        assert 0.4 < decode(first).seconds < 1.0

    def test_a_reading_is_forced_only_where_the_voice_takes_pinyin(self) -> None:
        voice = CountingVoice()
        readings = {"zh-CN": {"还书": "huan2 shu1"}}
        Voices(given=voice, readings=readings).say("请还书。")
        voice.takes_pinyin = False
        Voices(given=voice, readings=readings).say("请还书。")
        Voices(given=voice, readings=readings).say("请还书。", locale="en")
        assert voice.asked == ["请 huan2 shu1 。", "请还书。", "请还书。"]

    def test_pieces_without_words_are_left_out(self) -> None:
        assert Voices(given=CountingVoice()).say("好。……。").seconds == pytest.approx(0.2)
        with pytest.raises(NothingToSay):
            Voices(given=CountingVoice()).say("……")

    def test_pace_is_held_within_its_bounds(self) -> None:
        voices = Voices(given=CountingVoice())
        assert voices.say("好", rate=99).seconds == pytest.approx(0.1 / 3, abs=0.01)

    def test_who_wants_it_louder_gets_it_louder_from_the_same_cache(self) -> None:
        voice = CountingVoice()
        voices = Voices(given=voice)
        soft, loud = (decode(voices.speak("您好。", "zh-CN", 1.0, "wav", volume)).samples for volume in (1.0, 2.0))
        assert np.abs(loud).max() > 1.8 * np.abs(soft).max()
        assert voice.asked == ["您好。"]

    def test_another_language_or_no_voice_is_refused(self) -> None:
        with pytest.raises(UnsupportedVoice):
            Voices(given=CountingVoice()).say("bonjour", locale="fr")
        assert not Voices(engine="none").speaks("zh-CN")
        with pytest.raises(UnsupportedVoice):
            Voices(engine="none").speak("好")
        with pytest.raises(ValueError, match="pyttsx3"):
            Voices(engine="vosk")

    @pytest.mark.parametrize("form", ["ogg", "mp3", "wav"])
    @pytest.mark.parametrize("locale", ["zh-CN", "zh-Hant", "en", "en-US"])
    def test_the_real_voice_speaks_every_form(self, form: str, locale: str) -> None:
        voices = Voices()
        try:
            clip = decode(voices.speak("3 books, 三本书。", locale, 1.0, form))
            assert 0.8 < clip.seconds < 6
        finally:
            voices.close()


class TestSpokenCache:
    def test_memory_is_bounded_and_the_least_used_goes(self) -> None:
        clip = sounds.tone(1.0)
        cache = SpokenCache(memory_bytes=clip.samples.nbytes * 3)
        for text in "abc":
            cache.put(text, "en", 1.0, clip)
        cache.get("a", "en", 1.0)
        cache.put("d", "en", 1.0, clip)
        assert [text for text in "abcd" if cache.get(text, "en", 1.0) is not None] == ["a", "c", "d"]

    def test_the_folder_is_bounded_and_read_again(self, tmp_path: Path) -> None:
        clip = sounds.tone(1.0)
        cache = SpokenCache(tmp_path, folder_bytes=clip.samples.nbytes * 3 + 200)
        for number, text in enumerate("abcde"):
            cache.put(text, "en", 1.0, clip)
            for path in tmp_path.iterdir():
                os.utime(path, (path.stat().st_mtime - 10 * number, path.stat().st_mtime - 10))
        assert len(list(tmp_path.iterdir())) <= 3
        again = SpokenCache(tmp_path).get("e", "en", 1.0)
        assert again is not None
        assert np.array_equal(again.samples, clip.samples)
        assert not any(path.stem == "e" for path in tmp_path.iterdir())

    def test_a_damaged_or_missing_folder_is_no_error(self, tmp_path: Path) -> None:
        cache = SpokenCache(tmp_path / "sounds")
        cache.put("a", "en", 1.0, sounds.tone())
        for path in (tmp_path / "sounds").iterdir():
            path.write_bytes(b"rubbish")
        assert SpokenCache(tmp_path / "sounds").get("a", "en", 1.0) is None
        (tmp_path / "file").write_text("")
        SpokenCache(tmp_path / "file").put("a", "en", 1.0, sounds.tone())


@pytest.mark.parametrize(
    ("tag", "locale"),
    [
        ("zh-CN", "zh-CN"),
        ("zh", "zh-CN"),
        ("zh-TW", "zh-Hant"),
        ("zh_hant_TW", "zh-Hant"),
        ("en-US", "en"),
        ("fr", "fr"),
    ],
)
def test_language_tags_find_their_locale(tag: str, locale: str) -> None:
    assert nearest(tag) == locale
