"""The real ears on real sound: syllables joined into requests, human recordings, our own voice, and their figures."""

from __future__ import annotations

import csv
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from rapidfuzz.distance import Levenshtein

from speech.audio import AudioClip, decode, encode, resampled
from speech.engines.pinyin_tokens import syllables_of
from speech.engines.pyttsx3 import Pyttsx3Synthesizer
from speech.engines.sherpa_pinyin import PinyinRecognizer
from speech.engines.vosk import VoskRecognizer
from tests.speech import sounds
from tests.speech_samples import make_note

REQUESTS = Path(__file__).with_name("requests.tsv")
TOKENS = [
    ("w ǒ x iǎng j iè s ān t ǐ", "wo3 xiang3 jie4 san1 ti3"),
    ("ér n ǚ y ìng x ióng zh uàn", "er2 nv3 ying4 xiong2 zhuan4"),
    ("n üè d ài", "nve4 dai4"),
    ("l iǎng g e", "liang3 ge5"),
    ("ń", "n2"),
    ("T x ù", "t xu4"),
    ("zh s ān", "zhi5 san1"),
    ("b s ān", "san1"),
    ("zh", "zhi5"),
    ("iàng uò uí ūn ǜ", "yang4 wo4 wei2 wen1 yu4"),
    ("īn ì ú iú", "yin1 yi4 wu2 you2"),
    ("○", ""),
    ("", ""),
]


def toneless(syllables: str) -> list[str]:
    return [syllable.rstrip("12345") for syllable in syllables.split()]


@pytest.mark.parametrize(("tokens", "syllables"), TOKENS)
def test_tokens_are_joined_into_syllables(tokens: str, syllables: str) -> None:
    assert " ".join(syllables_of(tokens.split())) == syllables


def test_every_token_of_the_model_is_understood(models: Path) -> None:
    lines = (models / "kws-zipformer-wenetspeech-3.3M-mobile" / "tokens.txt").read_text(encoding="utf-8").splitlines()
    for token in (line.split()[0] for line in lines):
        if token.startswith(("<", "#")) or token == "○":
            continue
        for syllable in syllables_of(["m", token]):
            assert syllable.isascii() and syllable.rstrip("12345").isalpha(), token


def test_requests_made_of_syllables_are_heard(pinyin: PinyinRecognizer) -> None:
    """The first reading has at most 22 % wrong syllables, the nearest of the alternatives at most 15 %."""
    wrong = nearest = count = 0
    with REQUESTS.open(encoding="utf-8") as file:
        for row in csv.DictReader(file, delimiter="\t"):
            expected = toneless(row["syllables"])
            heard = pinyin.recognize(make_note(row["syllables"].split()))
            distances = [Levenshtein.distance(expected, toneless(each.syllables)) for each in heard.hypotheses]
            wrong, nearest, count = wrong + distances[0], nearest + min(distances), count + len(expected)
    assert wrong / count <= 0.22
    assert nearest / count <= 0.15


def overdriven(clip: AudioClip) -> AudioClip:
    """As a cheap phone held to the mouth records it: most peaks are cut off."""
    return AudioClip(np.clip(clip.samples.astype(np.int32) * 12, -32768, 32767).astype(np.int16))


def by_telephone(clip: AudioClip) -> AudioClip:
    """8 kHz and AMR-NB."""
    return decode(encode(clip, "amr"))


def thin(clip: AudioClip) -> AudioClip:
    """Opus at 16 kb/s."""
    return decode(sounds.packed(clip, "ogg", "libopus", bit_rate=16_000))


def as_a_child(clip: AudioClip) -> AudioClip:
    """A quarter higher and quicker."""
    return AudioClip(resampled(clip, 12_500).samples)


def from_afar(clip: AudioClip) -> AudioClip:
    """At a sixteenth of the loudness."""
    return AudioClip((clip.samples * 0.06).astype(np.int16))


@pytest.mark.parametrize("spoiled", [overdriven, by_telephone, thin, as_a_child, from_afar])
def test_what_phones_and_kitchens_do_to_a_request_is_survived(
    pinyin: PinyinRecognizer, spoiled: Callable[[AudioClip], AudioClip]
) -> None:
    """Two syllables in three at least are right (`shusheng bench voice` has the figures)."""
    wrong = count = 0
    with REQUESTS.open(encoding="utf-8") as file:
        for row in list(csv.DictReader(file, delimiter="\t"))[::2]:
            expected = toneless(row["syllables"])
            heard = pinyin.recognize(spoiled(make_note(row["syllables"].split())))
            best = toneless(heard.hypotheses[0].syllables) if heard.hypotheses else []
            wrong, count = wrong + Levenshtein.distance(expected, best), count + len(expected)
    assert wrong / count <= 0.34


@pytest.mark.parametrize("syllable", ["hao3", "bu4", "dui4"])
def test_an_answer_of_one_syllable_is_heard(pinyin: PinyinRecognizer, syllable: str) -> None:
    assert pinyin.recognize(make_note([syllable])).hypotheses[0].syllables == syllable


def test_human_sentences_are_heard_and_confidence_tells_how_well(pinyin: PinyinRecognizer, voices_data: Path) -> None:
    from pypinyin import lazy_pinyin

    right, sure = [], []
    with (voices_data / "human-zh.tsv").open(encoding="utf-8") as file:
        for row in csv.DictReader(file, delimiter="\t"):
            clip = decode((voices_data / "human-zh" / row["file"]).read_bytes())
            if row["variety"] != "cmn" or clip.seconds > 5:
                continue
            expected = lazy_pinyin("".join(sign for sign in row["text"] if "\u4e00" <= sign <= "\u9fff"))
            heard = pinyin.recognize(clip)
            best = toneless(heard.hypotheses[0].syllables)
            right.append(1 - Levenshtein.distance(expected, best) / len(expected))
            sure.append(heard.confidence)
    assert np.mean(right) > 0.85
    assert np.mean(sure) == pytest.approx(np.mean(right), abs=0.08)
    assert np.corrcoef(right, sure)[0, 1] > 0.3


@pytest.mark.parametrize(
    "clip",
    [sounds.silence(3), sounds.noise(3), sounds.noise(3, level=30), sounds.hum(3)],
    ids=["still", "loud", "hiss", "hum"],
)
def test_the_pinyin_ear_hears_nothing_in_noise(pinyin: PinyinRecognizer, clip: AudioClip) -> None:
    heard = pinyin.recognize(clip)
    assert heard.hypotheses == ()
    assert heard.confidence == 0


def test_vosk_hears_human_words(vosk_ear: VoskRecognizer, voices_data: Path) -> None:
    """Of ten words, seven are among the readings (the model of syllables writes them in pinyin)."""
    from pypinyin import lazy_pinyin

    right = 0
    margin = np.zeros(4800, dtype=np.int16)
    for path in sorted((voices_data / "human-zh-words").glob("cmn-*.mp3"))[::30]:
        word = path.stem.removeprefix("cmn-")
        clip = decode(path.read_bytes())
        heard = vosk_ear.recognize(AudioClip(np.concatenate([margin, clip.samples, margin])))
        right += bool({each.text for each in heard.hypotheses} & {word, " ".join(lazy_pinyin(word))})
    assert right >= 7


@pytest.mark.parametrize("sentence", ["我想借三体", "我要听平凡的世界"])
def test_our_ears_understand_our_voice(lookahead: VoskRecognizer, voice: Pyttsx3Synthesizer, sentence: str) -> None:
    heard = lookahead.recognize(voice.synthesize(sentence, locale="zh-CN"))
    assert heard.hypotheses[0].text == sentence
    assert heard.confidence > 0.8


def test_expected_phrases_help_vosk_and_force_nothing(lookahead: VoskRecognizer, voice: Pyttsx3Synthesizer) -> None:
    clip = voice.synthesize("第二本", locale="zh-CN", rate=1.6)
    free = lookahead.recognize(clip)
    helped = lookahead.recognize(clip, phrases=("第一本", "第二本"))
    weight = {each.text: each.weight for each in free.hypotheses}.get("第二本", 0.0)
    assert helped.hypotheses[0].text == "第二本"
    assert helped.hypotheses[0].weight >= weight
    other = lookahead.recognize(voice.synthesize("我想借三体", locale="zh-CN"), phrases=("第一本", "第二本"))
    assert other.hypotheses[0].text == "我想借三体"


def test_every_answer_the_talk_ever_awaits_is_a_grammar_vosk_survives(vosk_ear: VoskRecognizer) -> None:
    """Hundreds of phrases, some of words no model knows, on every kind of model, while it hears on as before."""
    from bot import locales
    from bot.understanding.awaited import few_answers
    from bot.understanding.meaning import Moment

    clip = sounds.tone(1.0)
    for tag in locales.available():
        for state, options in (("confirming", ()), ("choosing", ("活着", "Emma", "𠮷野家", "C++"))):
            awaited = few_answers(Moment(state, options=options), locales.load(tag))
            assert len(awaited) > 20
            vosk_ear.recognize(clip, phrases=awaited)


def test_a_long_note_is_heard_to_its_end(pinyin: PinyinRecognizer) -> None:
    request = ["wo3", "xiang3", "jie4", "san1", "ti3"]
    heard = pinyin.recognize(make_note(request * 7))
    assert 30 <= len(heard.hypotheses[0].syllables.split()) <= 40
    assert heard.hypotheses[0].syllables.split()[-4].rstrip("12345") == "xiang"


def test_hypotheses_differ_in_more_than_tone(pinyin: PinyinRecognizer) -> None:
    heard = pinyin.recognize(make_note(["wo3", "xiang3", "jie4", "yi1", "ben3", "san1", "ti3"]))
    readings = [tuple(toneless(each.syllables)) for each in heard.hypotheses]
    assert 2 <= len(set(readings)) == len(readings) <= 6
