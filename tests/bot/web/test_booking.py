"""From a typed wish to a booked delivery, in Chromium, against the whole service on the demonstration union."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect
from sqlalchemy import select

from catalog.circulation.tables import Hold
from catalog.database import open_engine, open_sessions
from catalog.patrons.tables import Card
from tests.waiting import PATIENCE_S

LOG = "[role=log] .line"
SHUSHENG = Path(sys.executable).parent / "shusheng"

pytestmark = pytest.mark.timeout(900)


@dataclass
class Service:
    """`shusheng serve` in a process of its own."""

    url: str
    process: subprocess.Popen[str]
    environment: dict[str, str]
    readers: list[dict[str, str]]

    def deliveries(self, card: str) -> list[str]:
        """The titles that are to be brought to the reader of this card."""
        engine = open_engine(self.environment["SHUSHENG_DATABASE_URL"])
        with open_sessions(engine, reading=True)() as session:
            patron = session.get_one(Card, card).patron_id
            holds = session.scalars(select(Hold).where(Hold.patron_id == patron, Hold.delivery_id.is_not(None)))
            titles = [hold.record.title for hold in holds]
        engine.dispose()
        return titles


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    folder = tmp_path_factory.mktemp("service")
    environment = os.environ | {
        "SHUSHENG_DATABASE_URL": f"sqlite:///{folder}/shusheng.db",
        "SHUSHENG_DATA": str(folder),
        "SHUSHENG_MODELS": "",
        "PYTHONUNBUFFERED": "1",
    }
    built = subprocess.run(
        [SHUSHENG, "demo", "--json"],
        env=environment,
        capture_output=True,
        text=True,
        check=True,
        timeout=5 * PATIENCE_S,
    )
    readers = [one for line in built.stdout.splitlines() if (one := json.loads(line))["kind"] == "reader"]
    log = (folder / "log").open("w")
    process = subprocess.Popen(
        [SHUSHENG, "serve", "--port", "0"], env=environment, stdout=subprocess.PIPE, stderr=log, text=True
    )
    assert process.stdout is not None
    url = ""
    while not url and (line := process.stdout.readline()):
        found = re.search(r"http://\S+?(?=/?\s)", line)
        url = found[0].rstrip("/") if found else ""
    assert url, (folder / "log").read_text()
    yield Service(url, process, environment, readers)
    process.kill()
    process.wait()
    process.stdout.close()
    log.close()


def exchange(page: Page, act: Callable[[], None]) -> str:
    """Do `act`, and give what the library says to it: its first line after the patron's new one."""
    page.wait_for_load_state()
    own = page.locator(LOG + ".patron")
    before = own.count()
    act()
    answer = own.nth(before).locator("xpath=following-sibling::*[contains(@class, 'library')][1]")
    look_again = page.locator("#refresh")  # there without script, where the answer takes its time
    expect(answer.or_(look_again).first).to_be_visible()
    while not answer.is_visible():
        look_again.click()
        page.wait_for_load_state()
    return answer.inner_text()


def say(page: Page, words: str) -> str:
    def act() -> None:
        page.fill("#say", words)
        page.press("#say", "Enter")

    return exchange(page, act)


def press(page: Page, label: str) -> str:
    return exchange(page, page.locator("#buttons button", has_text=label).first.click)


def book(page: Page, card: str, pin: str) -> None:
    assert "密码" in say(page, f"绑定读者证 {card}")
    expect(page.locator("#say")).to_have_attribute("type", "password")
    assert "绑定好了" in say(page, pin)
    expect(page.locator(LOG + ".patron").last).to_contain_text("••••")
    assert "《活着》" in say(page, "我想借活着")
    assert "送到家" in press(page, "余华")
    assert "对吗" in press(page, "送到家")
    promised = press(page, "好")
    assert re.search(r"月\d+日", promised), promised
    assert pin not in page.content()


def test_typed_wish_to_booked_delivery(service, page):
    reader = service.readers[0]
    page.goto(service.url)
    book(page, reader["card"], reader["pin"])
    assert "活着" in service.deliveries(reader["card"])
    page.reload()
    expect(page.locator(LOG + ".patron").last).to_contain_text("好")


def test_the_same_without_javascript(service, open_context):
    page = open_context(java_script_enabled=False).new_page()
    page.goto(service.url)
    reader = next(one for one in service.readers[1:] if one["locale"] == "zh-CN" and one.get("addresses"))
    book(page, reader["card"], reader["pin"])
    assert "活着" in service.deliveries(reader["card"])


def test_a_wish_without_a_card_goes_on_after_linking(service, open_context):
    page = open_context().new_page()
    page.goto(service.url)
    reader = service.readers[0]
    say(page, "我想借三体")
    press(page, "刘慈欣")
    assert "读者证" in press(page, "送到家")
    say(page, reader["card"])
    assert "对吗" in say(page, reader["pin"])


def test_spoken_replies_are_real_sound(service, page):
    page.goto(service.url)
    say(page, "你好")
    page.click("#play")
    expect(page.locator("#play")).to_have_text("停止朗读")
    response = page.request.get(service.url + "/sound/2")
    assert response.status == 200 and len(response.body()) > 2000


def test_sigterm_ends_it_with_open_streams(service, page):
    page.goto(service.url)
    say(page, "你好")
    service.process.send_signal(signal.SIGTERM)
    assert service.process.wait(PATIENCE_S) == 0
    expect(page.locator("#status")).to_contain_text("正在重新连接")
