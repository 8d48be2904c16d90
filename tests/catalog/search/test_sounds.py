"""What sounds alike, and that our tables read as pypinyin and OpenCC do."""

from __future__ import annotations

from itertools import islice
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from catalog.search import documents, readings, sounds


@pytest.mark.parametrize(
    ("text", "read"),
    [
        ("三体", "san1 ti3"),
        ("重庆", "chong2 qing4"),
        ("银行", "yin2 hang2"),
        ("曾国藩家书", "zeng1 guo2 fan1 jia1 shu1"),
        ("呼兰河传", "hu1 lan2 he2 zhuan4"),
        ("紅樓夢", "hong2 lou2 meng4"),
        ("１９８４", "yi1 jiu3 ba1 si4"),
        ("第24章", "di4 er4 shi2 si4 zhang1"),
        ("阿Q正传", "a1 qiu1 zheng4 zhuan4"),
        ("Harry Potter与魔法石", "harry potter yu3 mo2 fa3 shi2"),
        ("《活着》！", "huo2 zhe5"),
        ("", ""),
    ],
)
def test_how_text_is_read(text: str, read: str) -> None:
    assert sounds.syllables(text) == tuple(read.split())


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("san1 ti3", "san1 ti3"),
        ("sān tǐ", "san1 ti3"),
        ("San1Ti3", "san1 ti3"),
        ("huozhe", "huo zhe"),
        ("lü4 se4", "lv4 se4"),
        ("nǚ'ér", "nv3 er2"),
        ("xian", "xian"),
        ("", ""),
        ("!!", ""),
    ],
)
def test_pinyin_as_people_write_it(written: str, read: str) -> None:
    assert sounds.parse_syllables(written) == tuple(read.split())


@pytest.mark.parametrize(
    ("syllable", "other"),
    [("zhang1", "zan4"), ("rong2", "long2"), ("nan2", "lan2"), ("feng1", "hong2"), ("shi4", "si1"), ("jing1", "jin1")],
)
def test_what_dialects_confuse_folds_alike(syllable: str, other: str) -> None:
    assert sounds.fold(syllable) == sounds.fold(other)


def test_near_is_nearer_than_far() -> None:
    title = sounds.syllables("红楼梦")
    near = sounds.distance(sounds.syllables("红漏梦"), title)
    dialect = sounds.distance(sounds.syllables("洪楼蒙"), title)
    far = sounds.distance(sounds.syllables("红茶梦"), title)
    assert 0 < near <= dialect < far <= 1
    assert sounds.distance(title, title) == 0
    assert sounds.similarity(title, sounds.syllables("西游记")) < 0.3
    assert sounds.distance(sounds.syllables("我的家"), sounds.syllables("我家")) < 0.6


@given(st.text(max_size=40), st.text(max_size=40))
def test_any_text_can_be_compared(one: str, other: str) -> None:
    a, b = sounds.syllables(one), sounds.syllables(other)
    assert sounds.distance(a, b) == pytest.approx(sounds.distance(b, a))
    assert 0 <= sounds.similarity(a, b) <= 1
    assert sounds.distance(a, a) == 0
    sounds.parse_syllables(one)


def test_the_tables_are_those_of_pypinyin() -> None:
    made = readings.made_from_pypinyin()
    assert (readings.HERE / "readings.tsv").read_text("utf-8") == made, "run: python -m catalog.search.readings"


def test_real_titles_are_read_as_pypinyin_reads_them(shared: Path) -> None:
    from pypinyin import Style, lazy_pinyin

    with (shared / "data" / "books_cn.tsv").open(encoding="utf-8") as file:
        titles = [readings.plain(line.split("\t")[0]) for line in islice(file, 1, 3000)]
    titles = [title for title in titles if title and all("\u4e00" <= sign <= "\u9fff" for sign in title)]
    same = 0
    for title in titles:
        theirs = lazy_pinyin(title, style=Style.TONE3, neutral_tone_with_five=True)
        ours = sounds.syllables(title)
        same += [one[:-1] for one in theirs] == [one[:-1] for one in ours]
    assert same / len(titles) > 0.993  # what differs: 曾国藩, 水浒后传 …, which corrections.tsv reads right


def test_traditional_and_simplified_are_one() -> None:
    assert sounds.to_simplified("後來的皇后") == "后来的皇后"
    assert sounds.to_simplified("活著") == sounds.to_simplified("活着") == "活着"
    assert sounds.to_simplified("隨著 藏著的中國 著急 爱著你") == "随着 藏着的中国 着急 爱着你"
    for stays in ("著名", "著作", "名著", "论著", "刘慈欣著", "吕著中国通史", "曹雪芹 著", "著"):
        assert sounds.to_simplified(stays) == stays
    assert sounds.to_simplified("編著 著者 顯著") == "编著 著者 显著"
    assert readings.plain("　ＡＢＣ　謀殺案！") == "abc谋杀案"
    assert readings.plain("Les Misérables") == "les miserables"


@pytest.mark.parametrize("text", ["家", "三体", "红楼梦", "平凡世界", "呼兰河传记"])
def test_the_terms_of_one_syllable_changed(text: str) -> None:
    folded = sounds.fold_codes(readings.encode(text))
    other = sounds.fold_codes(readings.encode("鹅"))
    for at in range(len(folded)):
        whole = documents.sounds(folded[:at] + other + folded[at + 1 :])
        assert set(documents.sounds_with(folded, at, other)) == set(whole) - set(documents.sounds(folded))
