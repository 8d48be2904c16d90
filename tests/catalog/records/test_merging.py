"""When two descriptions are one record, one work or neither: every line of pairs.tsv, through the import's own door."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import select

from catalog.interchange.describing import Places, entry
from catalog.records.adding import add
from catalog.records.names import people, title_parts
from catalog.records.subjects import words_of_class
from catalog.records.tables import BibliographicRecord
from catalog.search.tables import RecordChange
from tests.catalog.union import Union

COLUMNS = ("title", "author", "publisher", "year", "isbn", "volume", "format")
PAIRS = [
    line.split("\t")
    for line in Path(__file__).with_name("pairs.tsv").read_text("utf-8").splitlines()
    if not line.startswith("#")
]
NOW = datetime(2026, 11, 22, tzinfo=UTC)


@pytest.fixture(scope="module")
def union(tmp_path_factory: pytest.TempPathFactory) -> Union:
    return Union(tmp_path_factory.mktemp("pairs"))


@pytest.mark.parametrize("together", [True, False], ids=["in one batch", "one after the other"])
@pytest.mark.parametrize(("one", "other", "what"), PAIRS, ids=[f"{pair[2]}: {pair[1]}" for pair in PAIRS])
def test_pairs(union: Union, one: str, other: str, what: str, together: bool) -> None:
    fields = [dict(zip(COLUMNS, row.split("|"), strict=True)) for row in (one, other)]
    entries = [entry(row, source={}, places=Places({})) for row in fields]
    with union.sessions() as session:
        batches = [entries] if together else [[each] for each in entries]
        ids = [added.record for batch in batches for added in add(session, batch, now=NOW)]
        works = session.execute(select(BibliographicRecord.work_id).where(BibliographicRecord.id.in_(ids))).scalars()
        found = "record" if ids[0] == ids[1] else "work" if len(set(works)) == 1 else "apart"
        session.rollback()
    assert found == what


def test_the_same_again_changes_nothing_and_is_not_logged(union: Union) -> None:
    row = {"title": "呐喊", "author": "鲁迅", "isbn": "9787020002207", "tags": "小说"}
    described = entry(row, source={}, places=Places({}))
    with union.sessions() as session:
        outcomes = [add(session, [described], now=NOW)[0].outcome for _ in range(3)]
        changes = len(session.scalars(select(RecordChange)).all())
        session.rollback()
    assert outcomes == ["created", "merged", "merged"]
    assert changes == 1


def test_a_fuller_description_fills_the_record(union: Union) -> None:
    first = entry({"title": "彷徨", "author": "鲁迅"}, source={}, places=Places({}))
    fuller = entry(
        {"title": "彷徨", "author": "鲁迅", "publisher": "北新", "year": "1926"}, source={}, places=Places({})
    )
    with union.sessions() as session:
        add(session, [first], now=NOW)
        (added,) = add(session, [fuller], now=NOW)
        record = session.get(BibliographicRecord, added.record)
        assert record
        assert (added.outcome, record.publisher, record.year) == ("updated", "北新", 1926)
        session.rollback()


@pytest.mark.parametrize(
    ("written", "named"),
    [
        ("[美] 马克·吐温 著；张友松 译", ["马克·吐温", "张友松"]),
        ("余华,,著", ["余华"]),
        ("余 华", ["余华"]),
        ("（清）曹雪芹、高鹗 著", ["曹雪芹", "高鹗"]),
        ("佚名", []),
        ("J.K. Rowling, Mary GrandPré", ["J.K. Rowling", "Mary GrandPré"]),
        ("小仲马（Dumas, A.）", ["小仲马"]),
        ("王著", ["王著"]),
        ("沈从文", ["沈从文"]),
        ("沈从文 著", ["沈从文"]),
        ("朱天文 / 筱原千绘 / 柏拉图", ["朱天文", "筱原千绘", "柏拉图"]),
        ("许 文", ["许文"]),
        ("曾阳晴 文 / 万华国 图", ["曾阳晴", "万华国"]),
        ("(美)艾瑞·卡尔 文/图", ["艾瑞·卡尔"]),
        ("宫西达也·文", ["宫西达也"]),
        ("蔡志忠绘图", ["蔡志忠"]),
    ],
)
def test_people(written: str, named: list[str]) -> None:
    assert list(people(written)) == named


@pytest.mark.parametrize(
    ("title", "parts"),
    [
        ("平凡的世界（第2版）（上）", ("平凡的世界", "上")),
        ("1984", ("1984", "")),
        ("三体 2", ("三体", "2")),
        ("上", ("上", "")),
        ("天龙八部（全五册）", ("天龙八部", "")),
    ],
)
def test_titles(title: str, parts: tuple[str, str]) -> None:
    assert title_parts(title) == parts


def test_classes_are_plain_words() -> None:
    assert words_of_class("I247.55")[:2] == ("科幻小说", "科幻")
    assert {"当代小说", "中国文学", "science fiction"} <= {*words_of_class("I247.5"), *words_of_class("I247.55")}
    assert "roses" in words_of_class("S685.12")
    assert words_of_class("?") == ()


@pytest.mark.parametrize(
    ("number", "word"),
    [
        ("S63", "种菜"),
        ("S83", "养鸡"),
        ("S66", "果树"),
        ("S89", "养蜂"),
        ("G891", "下棋"),
        ("G852", "打太极"),
        ("TS93", "织毛衣"),
        ("TS972", "烧菜"),
        ("R54", "高血压"),
        ("J29", "练字"),
        ("J825.55", "越剧"),
        ("I277.7", "歇后语"),
        ("I712.85", "绘本"),
        ("D920.5", "法律常识"),
        ("K295.5", "湖州"),
    ],
)
def test_classes_have_the_words_villagers_use(number: str, word: str) -> None:
    assert word in words_of_class(number)
