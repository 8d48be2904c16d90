"""The printed pages: large type, in order, every word from locales, and nothing that a page could be made to run."""

from __future__ import annotations

import random
import re
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from bot import cli, locales
from bot.cli.failing import Failure
from bot.cli.office import LIBRARIAN
from catalog.database import open_engine, open_sessions
from catalog.delivery import requests
from catalog.patrons.tables import Address, Card
from tests.bot.cli.office import MONDAY, Shusheng
from tests.databases import NewDatabase
from tests.scenarios.world import build_in, moment


@pytest.fixture
def shusheng(new_database: NewDatabase, tmp_path: Any) -> Shusheng:
    url = new_database("sqlite")
    engine = open_engine(url)
    build_in(engine, migrated=True)
    with open_sessions(engine).begin() as session:
        wang, qian = (session.get_one(Card, number).patron for number in ("1001", "1004"))
        session.add(Address(patron=qian, text="乾元镇直街12号<b>", org_unit=wang.addresses[0].org_unit))
        session.flush()
        for patron in (qian, wang):
            requests.request(session, patron=patron, record_ids=[3 if patron is qian else 1], by=LIBRARIAN,
                             now=moment("2026-11-23 10:00"), chance=random.Random(1))  # fmt: skip
    engine.dispose()
    return Shusheng(url, str(tmp_path))


def test_the_round_sheet_is_a_page_in_the_order_of_the_route(shusheng: Shusheng, tmp_path: Path) -> None:
    file = tmp_path / "round.html"
    rows = shusheng("desk", "round-sheet", "--at", "town", "--day", "2026-11-25", "-o", str(file), *MONDAY)
    assert [row["address"] for row in rows] == ["乾元镇直街1号", "乾元镇直街12号<b>"]
    assert [row["number"] for row in rows] == [1, 2]
    assert rows[0]["note"] == "先打电话" and rows[0]["first_visit"] and len(rows[0]["code"]) == 4
    page = file.read_text("utf-8")
    assert page.index("乾元镇直街1号") < page.index("乾元镇直街12号&lt;b&gt;")
    assert "请两个人一起去" in page and rows[0]["code"] in page
    assert '<html lang="zh-CN">' in page and "<script" not in page and "://" not in page
    assert float(re.findall(r"font: (\d+)pt", page)[0]) >= 18


def test_in_other_languages_and_with_nothing_on_it(shusheng: Shusheng) -> None:
    def page(*arguments: str) -> str:
        result = CliRunner().invoke(shusheng.app, ["--database", shusheng.url, "--data", shusheng.folder, *arguments])
        assert result.exit_code == 0, result.output
        return result.stdout

    assert "先打電話" not in page("desk", "round-sheet", "--at", "town", "--day", "2026-11-24")
    assert "這一天沒有要送的" in page("desk", "round-sheet", "--at", "town", "--day", "2026-11-24", "--locale", "zh-TW")
    assert "First visit" in page("desk", "round-sheet", "--at", "town", "--day", "2026-11-25", "--locale", "en")
    assert "I247.5" in page("desk", "pick-list", "--at", "county", *MONDAY)


def test_the_pick_list_names_books_and_no_readers(shusheng: Shusheng) -> None:
    rows = shusheng("desk", "pick-list", "--at", "county", *MONDAY)
    assert [(row["barcode"], row["call_number"]) for row in rows] == [("s1", "I247.5")]
    assert "乾元分馆" in rows[0]["whither"]
    assert "name" not in rows[0]


def test_a_file_that_cannot_be_written_is_one_sentence(shusheng: Shusheng, tmp_path: Path) -> None:
    with pytest.raises(Failure, match="cannot be written"):
        shusheng("desk", "pick-list", "--at", "county", "-o", str(tmp_path / "no" / "such.html"), *MONDAY)


@pytest.mark.parametrize("tag", locales.available())
def test_every_word_on_paper_is_there_and_used(tag: str) -> None:
    source = "".join(path.read_text("utf-8") for path in Path(cli.__file__).parent.glob("templates/*.html"))
    used = {f"sheet-{id}" for id in re.findall(r't\("([a-z-]+)"', source)}
    used |= {"sheet-round-brings", "sheet-round-takes"}
    used |= {f"sheet-pick-{one}" for one in ("shelf", "send", "round", "send-round")}
    files = "\n".join(path.read_text("utf-8") for path in locales.load(tag).texts_files())
    assert set(re.findall(r"^(sheet-[a-z-]+) =", files, re.MULTILINE)) == used
