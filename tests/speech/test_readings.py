"""How words are read: the table, and what espeak-ng makes of every Chinese word we say."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

from bot import locales
from speech.engines.pyttsx3 import SIGNS, Pyttsx3Synthesizer, _by_voice
from speech.readings import Readings, faults, read_words

ROOT = Path(__file__).resolve().parents[2]
TABLE = ROOT / "locales" / "zh-CN" / "readings.tsv"
PHONEMES = """
import ctypes, json, os, sys
import espeakng_loader as loader
espeak = ctypes.CDLL(loader.get_library_path() + ".1")
espeak.espeak_Initialize(1, 0, os.path.dirname(loader.get_data_path()).encode(), 0)
espeak.espeak_SetVoiceByName(b"cmn")
say = espeak.espeak_TextToPhonemes
say.restype = ctypes.c_char_p
def said(text):
    rest, out = ctypes.c_char_p(text.encode()), []
    while rest.value:
        out.append((say(ctypes.byref(rest), 1, 0) or b"").decode())
    return " ".join(out)
print(json.dumps([said(text) for text in json.load(sys.stdin)]))
"""


def phonemes(texts: list[str]) -> list[str]:
    """What espeak's Mandarin voice makes of `texts`, in a process of its own (espeak is GPL)."""
    done = subprocess.run(
        [sys.executable, "-c", PHONEMES],
        input=json.dumps(texts),
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    return list(json.loads(done.stdout))


def plain(said: str) -> str:
    return re.sub(r"[|_ ',\-\[]", "", said)


def readable(text: str) -> str:
    """`text` as it reaches espeak."""
    return Pyttsx3Synthesizer()._readable(Readings(read_words(TABLE)).marked(text))


@pytest.mark.parametrize("table", [TABLE, SIGNS], ids=lambda table: table.name)
def test_every_line_is_a_word_and_its_pinyin(table: Path) -> None:
    assert faults(table) == []
    words = [line.split("\t")[0] for line in table.read_text("utf-8").splitlines() if not line.startswith("#")]
    assert len(words) == len(set(words)) > 20
    assert all(len(word) == len(said.split()) for word, said in read_words(table).items())


def test_a_wrong_line_is_named_and_the_others_count(tmp_path: Path) -> None:
    table = tmp_path / "readings.tsv"
    table.write_text("# ours\n还书\thuan2 shu1\n重听 chong2\n行\thang\n", "utf-8")
    assert read_words(table) == {"还书": "huan2 shu1"}
    assert [re.search(r"line (\d+)", fault)[1] for fault in faults(table)] == ["3", "4"]  # type: ignore[index]


def test_longer_words_go_first() -> None:
    marked = Readings({"还": "huan2", "还没": "hai2 mei2"}).marked("还没还")
    assert marked.split() == ["hai2", "mei2", "huan2"]
    assert Readings().marked("还书") == "还书"


@pytest.mark.parametrize(
    ("sentence", "pinyin"),
    [
        ("这本书还了", "zhe4 ben3 shu1 huan2 le5"), ("还有三本", "hai2 you3 san1 ben3"),
        ("您要还有别的", "nin2 yao4 hai2 you3 bie2 de5"), ("还没还", "hai2 mei2 huan2"), ("馆长", "guan3 zhang3"),
        ("重听", "chong2 ting1"), ("单老师", "shan4 lao3 shi1"), ("英雄传", "ying1 xong2 zhuan4"),
        ("穷兄弟", "qong2 xong1 di4"), ("一会儿", "yi2 hui4 er2"), ("哪儿", "na3 er2"), ("银行", "yin2 hang2"),
        ("长大", "zhang3 da4"), ("贾平凹", "jia3 ping2 ao1"), ("便宜", "pian2 yi5"), ("种菜", "zhong4 cai4"),
        ("角色", "jue2 se4"), ("朝花夕拾", "zhao1 hua1 xi1 shi2"), ("还两本", "huan2 liang3 ben3"),
    ],
)  # fmt: skip
def test_words_of_several_readings_are_said_as_they_should(sentence: str, pinyin: str) -> None:
    said, meant = (plain(each) for each in phonemes([readable(sentence), pinyin]))
    assert said == meant


def test_nothing_we_say_in_chinese_is_read_in_english() -> None:
    """espeak-ng reads 熊, 穷, 兄 and every 一会儿 as English letters unless it is helped."""
    texts = sorted(
        {
            run
            for path in [*(ROOT / "locales" / "zh-CN" / "texts").glob("*.ftl"), *(ROOT / "catalog/demo").glob("*.json")]
            for run in re.findall(r"[\u3400-\u9fff]+", path.read_text("utf-8"))
        }
    )
    works = (ROOT / "catalog" / "demo" / "works_cn.tsv").read_text("utf-8")
    texts += sorted(set(re.findall(r"[\u3400-\u9fff]{2,}", works)))
    said = phonemes([readable(text) for text in texts])
    wrong = [text for text, each in zip(texts, said, strict=True) if "(en)" in each]
    assert len(wrong) <= len(texts) / 1000, wrong
    assert any("(en)" in each for each in phonemes(["英雄", "一会儿"]))


def test_traditional_readers_have_the_same_table() -> None:
    assert locales.load("zh-Hant").readings()["還書"] == "huan2 shu1"
    assert locales.load("en").readings() == {}
    assert set(locales.readings()) == set(locales.available())


def test_chinese_inside_english_is_said_by_the_mandarin_voice() -> None:
    parts = _by_voice("I send 活着 to Deqing.", "gmw/en")
    assert parts == [("I send ", "gmw/en"), ("活着", "sit/cmn"), (" to Deqing.", "gmw/en")]
    assert _by_voice("我用 Telegram", "sit/cmn") == [("我用 Telegram", "sit/cmn")]
