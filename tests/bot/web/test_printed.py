"""The round sheet and the pick list as real Chromium prints them: large, whole, in order, and nothing said too much."""

from __future__ import annotations

import random
import re
from pathlib import Path

import pytest
from playwright.sync_api import Browser
from sqlalchemy.orm import Session

from bot.cli.office import LIBRARIAN
from catalog.circulation import loans
from catalog.database import open_engine, open_sessions
from catalog.delivery import requests
from catalog.organisation.tables import OrgUnit
from catalog.patrons.tables import Address, Card, Patron
from catalog.records.tables import BibliographicRecord, Item, Work
from tests.bot.cli.office import MONDAY, Shusheng
from tests.databases import NewDatabase
from tests.scenarios.world import build_in, moment

NOW = moment("2026-11-23 10:00")
PAPER = {"width": 680, "height": 1009}
"""A4 without the sheet's margins, in CSS pixels."""
DOORS = (
    ("王桂英", "乾元镇直街12号", "", "活着"),
    ("李秀兰", "乾元镇联合村3组", "先打电话", "平凡的世界（普及本）第一部"),
    (
        "张德福",
        "乾元镇联合村9组书声里4幢2单元301室（新村口小卖部后面第二家，红色铁门）",
        "敲门重一点，耳朵不好",
        "德清县志：山水、物产与乡风民俗资料长编续集",
    ),
    ("陈阿毛", "莫干山镇燎原村书声里7号", "狗已拴好，走侧门", "白鹿原"),
    ("沈巧云", "乾元镇金火村书声里8号", "", "边城"),
)


@pytest.fixture
def sheets(new_database: NewDatabase, tmp_path: Path) -> dict[str, Path]:
    """Both sheets of one round, as files."""
    url = new_database("sqlite")
    engine = open_engine(url)
    build_in(engine, migrated=True)
    with open_sessions(engine).begin() as session:
        town = session.query(OrgUnit).filter_by(code="town").one()
        for number, (name, address, note, title) in enumerate(DOORS):
            _order(session, number, Patron(name=name, home=town, pickup=town, phone=f"0572-555-10{number:02}"),
                   Address(text=address, org_unit=town, note=note), title)  # fmt: skip
    engine.dispose()
    shusheng, found = Shusheng(url, str(tmp_path)), {name: tmp_path / f"{name}.html" for name in ("round", "picks")}
    shusheng("desk", "round-sheet", "--at", "town", "--day", "2026-11-25", "-o", str(found["round"]), *MONDAY)
    shusheng("desk", "pick-list", "--at", "town", "-o", str(found["picks"]), *MONDAY)
    return found


def _order(session: Session, number: int, patron: Patron, address: Address, title: str) -> None:
    """A book brought to this door; the first reader gives one back too."""
    address.patron, town = patron, address.org_unit
    session.add_all([patron, Card(number=f"9{number}", patron=patron, pin_hash=""), address])
    for more in ("", "（续）") if number == 0 else ("",):
        record = BibliographicRecord(work=Work(key=title + more), title=title + more, format="print")
        item = Item(record=record, barcode=f"D{number}{len(more)}", call_number=f"I247.57/{number * 37}", home=town,
                    location=town)  # fmt: skip
        session.add_all([record, item])
        session.flush()
        if more:
            lent = loans.check_out(session, item=item, patron=patron, place=town, now=NOW, by=LIBRARIAN)
            requests.fetch(session, patron=patron, loans=[lent], now=NOW, by=LIBRARIAN)
        else:
            chance = random.Random(number)
            requests.request(session, patron=patron, record_ids=[record.id], now=NOW, by=LIBRARIAN, chance=chance)


@pytest.mark.parametrize("name", ["round", "picks"])
def test_it_is_large_and_whole_on_paper(chromium: Browser, sheets: dict[str, Path], name: str) -> None:
    page = chromium.new_page(viewport=PAPER)  # type: ignore[arg-type]
    page.emulate_media(media="print")
    page.goto(sheets[name].as_uri())
    small = page.evaluate(
        "[...document.body.querySelectorAll('*')].filter(e => e.textContent.trim()"
        " && parseFloat(getComputedStyle(e).fontSize) < 23.9).map(e => e.textContent)"
    )
    assert small == [], "18 points at the least"
    width = page.evaluate("[document.documentElement.scrollWidth, document.documentElement.clientWidth]")
    assert width[0] <= width[1], "nothing is cut at the right"
    parts = page.evaluate(
        "[...document.querySelectorAll('li.stop, li.pick')].map(e => [e.getBoundingClientRect().height,"
        " getComputedStyle(e).breakInside])"
    )
    assert len(parts) == len(DOORS)
    assert all(height < PAPER["height"] and kept == "avoid" for height, kept in parts), "no door is cut in two"
    printed = page.pdf(prefer_css_page_size=True)
    pages = len(re.findall(rb"/Type\s*/Page\b", printed))
    assert sum(height for height, _ in parts) / PAPER["height"] <= pages <= len(DOORS)
    page.close()


def test_the_sheet_for_the_door_says_all_and_the_list_for_the_shelf_no_more_than_it_needs(
    chromium: Browser, sheets: dict[str, Path]
) -> None:
    page = chromium.new_page()
    page.goto(sheets["round"].as_uri())
    doors = page.locator("li.stop").all_inner_texts()
    nearest = next(text for text in doors if "直街12号" in text)
    for wanted in (
        "电话：0572-555-1000",
        "第一次上门，请两个人一起去",
        "门口说的暗号：",
        "带去1本",
        "取回1本",
        "没碰到人",
    ):
        assert wanted in nearest
    assert "敲门：先打电话" in next(text for text in doors if "联合村3组" in text)
    villages = [re.findall(r"(\w+村)|直街", text)[0] for text in doors]
    assert len(set(villages)) == len([one for at, one in enumerate(villages) if at == 0 or villages[at - 1] != one]), (
        "who lives in one village is visited in one go"
    )
    page.goto(sheets["picks"].as_uri())
    picked = page.locator("body").inner_text()
    assert not any(name in picked or address in picked for name, address, *_ in DOORS)
    assert "暗号" not in picked and "电话" not in picked
    assert re.findall(r"I247\.57/(\d+)", picked) == ["0", "37", "74", "111", "148"]
    page.close()
