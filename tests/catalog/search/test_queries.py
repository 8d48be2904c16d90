"""Every line of queries.tsv: what is asked, how it came, which work must stand first and why."""

from __future__ import annotations

from pathlib import Path

import pytest

from catalog.search import Found, Index, Query

LINES = [
    line.split("\t")
    for line in Path(__file__).with_name("queries.tsv").read_text("utf-8").splitlines()
    if not line.startswith("#")
]


def ask(text: str, how: str) -> Query:
    if how == "syllables":
        return Query(syllables=text, heard=True)
    return Query(text=text, heard=how == "heard")


def first(found: Found) -> str:
    return f"{found.hits[0].title} / {', '.join(found.hits[0].authors)}" if found.hits else "nothing"


@pytest.mark.parametrize(("text", "how", "work", "why"), LINES, ids=[f"{line[1]}-{line[0]}" for line in LINES])
def test_the_right_book_stands_first(small_index: Index, text: str, how: str, work: str, why: str) -> None:
    found = small_index.search(ask(text, how))
    assert (first(found), found.hits[0].why if found.hits else "") == (work, why)


def test_an_exact_match_stands_above_one_by_sound(small_index: Index) -> None:
    assert [hit.title for hit in small_index.search(Query(text="懂")).hits][:1] == ["懂"]
    assert small_index.search(Query(text="京东")).hits[0].title == "京东"


def test_one_hit_is_one_work_in_all_its_formats(small_index: Index) -> None:
    found = small_index.search(Query(text="三体"))
    assert found.hits[0].formats == ("audiobook", "print")
    assert [hit.title for hit in found.hits].count("三体") == 1


def test_the_readers_formats_break_ties(small_index: Index) -> None:
    asked = Query(author="余华", formats=frozenset({"braille"}))
    assert [hit.title for hit in small_index.search(asked).hits] == ["活着", "许三观卖血记"]
    heard = Query(subject="科幻", formats=frozenset({"audiobook"}))
    assert small_index.search(heard).hits[0].title == "三体"


def test_an_author_alone_gives_the_works_by_popularity(small_index: Index) -> None:
    for asked in (Query(author="余华"), Query(author_syllables="yu2 hua4", heard=True)):
        found = small_index.search(asked)
        assert found.total == 2
        assert [hit.title for hit in found.hits] == ["活着", "许三观卖血记"]


def test_a_title_with_its_author(small_index: Index) -> None:
    found = small_index.search(Query(text="或者", heard=True, author="鱼花"))
    assert found.hits[0].title == "活着"


def test_further_hypotheses_are_looked_at(small_index: Index) -> None:
    asked = Query(text="上体", heard=True, others=(("", "san1 ti3", 0.4), ("伤体", "", 0.1)))
    assert small_index.search(asked).hits[0].title == "三体"


def test_pages_follow_each_other(small_index: Index) -> None:
    whole = small_index.search(Query(subject="小说", limit=8))
    paged = [small_index.search(Query(subject="小说", limit=4, offset=offset)) for offset in (0, 4)]
    assert [hit.work for hit in whole.hits] == [hit.work for page in paged for hit in page.hits]
    assert {page.total for page in paged} == {whole.total}


@pytest.mark.parametrize(
    "text",
    ["", " ", "😀😀", "\x00\x01", "？！", "长" * 10_000, "a" * 10_000, "的", "0", "' OR 1=1", "活着\n\t", "\ud800"],
)
def test_whatever_is_asked_is_answered(small_index: Index, text: str) -> None:
    for heard in (False, True):
        found = small_index.search(Query(text=text, heard=heard))
        assert found.total >= len(found.hits) >= 0


def test_nothing_written_yet_finds_nothing(tmp_path: Path) -> None:
    assert Index.open(tmp_path / "none").search(Query(text="活着")).total == 0
