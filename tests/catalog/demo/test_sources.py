"""The data files keep data/README.md's limits, and hold what they were chosen for."""

from __future__ import annotations

import csv
import re
from collections import Counter
from pathlib import Path

import pytest

from catalog.demo.sources import HERE, people, recordings, works
from catalog.records.isbn import isbns_in
from catalog.records.names import people as persons
from catalog.records.names import title_parts, work_key
from catalog.records.subjects import words_of_class

COLUMNS = ["title", "author", "publisher", "year", "isbn", "clc", "classic"]
MOST_VOTED = 2500
BEST_KNOWN = 400
TIDIED = {"阿麦从军：全新修订版": "阿麦从军", "蟲師 (1) アフタヌーンKC (255)": "蟲師 1"}
"""Titles whose advertising or series number was taken off by hand."""
NO_BOOK = "Twilight: The Complete Illustrated Movie Companion"
"""A companion to a film among the English titles; left out."""


def _shared(path: Path) -> list[dict[str, str]]:
    csv.field_size_limit(10_000_000)
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE))


def _bare(title: str) -> str:
    return title_parts(re.sub(r"\s*[（(【].*?[）)】]", "", title))[0]


def test_bare_facts_only() -> None:
    for name in ("works_cn.tsv", "works_en.tsv"):
        assert (HERE / name).read_text("utf-8").split("\n", 1)[0].split("\t") == COLUMNS
    assert len(works()) <= 4000


def test_no_isbn_twice_and_each_valid() -> None:
    numbers = [work.isbn for work in works() if work.isbn]
    assert [number for number, times in Counter(numbers).items() if times > 1] == []
    assert all(isbns_in(number) == (number,) for number in numbers)


def test_no_work_twice() -> None:
    keys = Counter(work_key(work.title, "", tuple(work.author.split(" / "))) for work in works())
    assert [key for key, times in keys.items() if times > 1] == []


def test_no_chinese_works_author_is_cut_by_the_reading_of_names() -> None:
    named = [work.author for work in works() if work.author and work.language == "chi"]
    assert [author for author in named if persons(author) != tuple(author.split(" / "))] == []


def test_every_work_has_a_title_and_a_class() -> None:
    for work in works():
        assert work.title == work.title.strip() and work.title
        assert re.fullmatch(r"[A-Z]{1,2}[0-9.()]*", work.clc), work.title


@pytest.mark.parametrize(
    ("word", "least"),
    [
        ("养花", 15),
        ("种菜", 8),
        ("养猪", 2),
        ("养蜂", 4),
        ("菜谱", 10),
        ("高血压", 2),
        ("糖尿病", 2),
        ("中医", 10),
        ("打太极", 5),
        ("织毛衣", 5),
        ("书法", 5),
        ("地方戏", 3),
        ("下棋", 5),
        ("育儿", 4),
        ("绘本", 10),
        ("法律常识", 3),
        ("湖州", 4),
        ("谚语", 2),
        ("民间故事", 4),
    ],
)
def test_practical_books_stand_under_the_words_readers_use(word: str, least: int) -> None:
    assert sum(word in words_of_class(work.clc) for work in works()) >= least


def test_the_most_voted_chinese_titles_are_there(shared: Path) -> None:
    rows = [row for row in _shared(shared / "data/books_cn.tsv") if row["votes"].isdigit()]
    rows.sort(key=lambda row: -int(row["votes"]))
    wanted = list(dict.fromkeys(row["title"] for row in rows))[:MOST_VOTED]
    held = {_bare(work.title) for work in works()}
    missing = [title for title in wanted if _bare(TIDIED.get(title, title)) not in held]
    assert missing == []


def test_the_best_known_english_titles_are_there(shared: Path) -> None:
    rows = _shared(shared / "data/books_en.tsv")[:BEST_KNOWN]
    held = [work.title.lower() for work in works() if work.language == "eng"]
    missing = [
        row["title"]
        for row in rows
        if not any(row["title"].replace("’", "'").lower().startswith(title) for title in held)
    ]
    assert set(missing) <= {NO_BOOK}


def test_librivox_chinese_recordings_are_there(shared: Path) -> None:
    rows = [row for row in _shared(shared / "data/audiobooks_librivox.tsv") if row["language"] == "Chinese"]
    held = {recording.url: recording.seconds for recording in recordings()}
    assert len(rows) == 19
    for row in rows:
        hours, minutes, seconds = (int(part) for part in row["totaltime"].split(":"))
        assert held[row["url"]] == hours * 3600 + minutes * 60 + seconds


def test_readers_are_told_apart() -> None:
    readers = people()["readers"]
    for name in ("card", "pin", "name", "phone"):
        assert len({reader[name] for reader in readers}) == len(readers)


@pytest.mark.parametrize("title", ["活着", "三体", "红楼梦", "围城", "小王子", "百年孤独", "呐喊", "骆驼祥子", "边城"])
def test_well_known_titles_have_one_work(title: str) -> None:
    assert [work.classic for work in works() if work.title == title] == [True]
