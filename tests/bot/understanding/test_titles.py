"""Real titles, bare and wished for: the free words of a sentence are not mistaken for a command, nor for talk."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest

from bot.understanding.meaning import Phrase
from catalog.search.readings import plain
from tests.bot.understanding.saying import ACTING, FIGURES, typed

MOST_VOTED = 1500


@pytest.fixture(scope="module")
def titles(shared: Path) -> list[str]:
    with (shared / "data" / "books_cn.tsv").open(encoding="utf-8") as file:
        rows = [row for row in csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE) if row["votes"].isdigit()]
    rows.sort(key=lambda row: -int(row["votes"]))
    return list(dict.fromkeys(row["title"] for row in rows))[:MOST_VOTED]


def test_a_bare_title_is_a_wish_for_a_book(titles: list[str]) -> None:
    meant = [(title, typed(title, "zh-CN").intent) for title in titles]
    found = [title for title, intent in meant if intent == "find_title"]
    acts = [(title, intent) for title, intent in meant if intent in ACTING]
    FIGURES.append(
        f"bare titles: {len(found)} of {len(titles)} are find_title, {len(acts)} would act (and be read back)"
    )
    assert len(found) >= 0.96 * len(titles)
    assert len(acts) <= 0.008 * len(titles)


@pytest.mark.parametrize("frame", ["我想借{}", "帮我找一下《{}》", "有没有{}"])
def test_a_wished_title_is_found_whole(titles: list[str], frame: str) -> None:
    whole = 0
    for title in titles:
        slots = typed(frame.format(title), "zh-CN").slots
        said = slots.get("title")
        readings = [said.text, *(one.text for one in said.others)] if isinstance(said, Phrase) else []
        whole += any(plain(title).startswith(plain(one)[:12]) and one for one in readings)
    FIGURES.append(f"{frame.format('…')}: the title is cut out of {whole} of {len(titles)} sentences")
    assert whole >= 0.95 * len(titles)
