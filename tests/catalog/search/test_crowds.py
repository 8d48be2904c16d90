"""Works that stand in a crowd: of many editions, of titles like others', of authors whose names are in titles."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from sqlalchemy import select

from catalog.records.tables import BibliographicRecord
from catalog.search import Index, Query, tables
from tests.catalog.union import Union

NUMBERS = "一二三四五六七八九"
OTHERS = [f"小王{first}{second}" for first in "山水花草树石云霜风" for second in "记传说论史"]


@pytest.fixture(scope="module")
def crowd(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Index]:
    folder = tmp_path_factory.mktemp("crowd")
    books = [("小王子", "圣埃克苏佩里", 9000), ("小 王子 6", "", 0), ("围城", "钱锺书", 5000)]
    books += [
        ("钱钟书围城批判", "汤某", 10),
        ("音乐的故事", "罗兰", 5),
        ("孩子的古诗", "某人", 5),
        ("孩子的音乐", "某人", 1),
    ]
    books += [(title, "", 1) for title in OTHERS]
    table = folder / "books.tsv"
    lines = ["title\tauthor\tvotes", *(f"{title}\t{author}\t{votes}" for title, author, votes in books)]
    table.write_text("\n".join(lines), "utf-8")
    union = Union(folder)
    union.load(table)
    with union.sessions.begin() as session:
        record = session.scalars(select(BibliographicRecord).where(BibliographicRecord.title == "小王子")).one()
        others = [f"小王子 {one}{two} 版" for one in NUMBERS for two in NUMBERS]
        record.source = {**record.source, "titles": others}
        tables.touch(session, record.id)
    yield union.index()
    union.close()


@pytest.mark.parametrize(
    ("asked", "title"),
    [
        (Query(text="小王紫", heard=True), "小王子"),
        (Query(text="小黄子", heard=True), "小王子"),
        (Query(syllables="xiao3 wang2 zi3", heard=True), "小王子"),
        (Query(text="xiaowangzi"), "小王子"),
        (Query(text="小王于"), "小王子"),
        (Query(text="钱钟书围城"), "围城"),
        (Query(text="围城 錢鍾書"), "围城"),
        (Query(text="孩子的乐"), "孩子的音乐"),
    ],
)
def test_the_book_that_was_meant_stands_out(crowd: Index, asked: Query, title: str) -> None:
    assert [hit.title for hit in crowd.search(asked).hits][:1] == [title]
