"""Recordings in pieces: joined whatever got lost, bounded, forgotten; and in a real browser on a bad line."""

from __future__ import annotations

import io
import re

import av
import pytest
from playwright.sync_api import expect

from bot.channels.web.recordings import KEPT_S, OF_ONE, Recordings, TooMuch
from bot.messages import Message
from tests.bot.web.conftest import until

LOG = "[role=log] .line"


class Clock:
    """A clock that is set by hand."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


def test_pieces_are_joined_whatever_came_twice_or_too_early() -> None:
    held = Recordings()
    assert held.add("a", "n", 0, b"one") == 3
    assert held.add("a", "n", 0, b"one") == 3, "a receipt got lost"
    assert held.add("a", "n", 9, b"four") == 3, "what is between is missing"
    assert held.add("a", "n", 1, b"netwo") == 6
    assert held.whole("a", "n", 7) is None and held.whole("b", "n", 6) is None
    assert held.whole("a", "n", 6) == b"onetwo"
    held.stored("a", "n")
    assert held.is_stored("a", "n") and held.whole("a", "n", 6) is None
    assert not held.is_stored("b", "n")


def test_what_waits_too_long_is_too_big_or_too_many_is_forgotten() -> None:
    clock = Clock()
    held = Recordings(clock, largest=10)
    held.add("a", "old", 0, b"x")
    clock.now = KEPT_S
    held.expire()
    assert held.have("a", "old") == 0
    with pytest.raises(TooMuch):
        held.add("a", "big", 0, bytes(11))
    for number in range(OF_ONE + 1):
        held.add("a", f"n{number}", 0, b"x")
    held.add("b", "n", 0, b"x")
    assert [held.have("a", f"n{number}") for number in range(OF_ONE + 1)] == [0, *[1] * OF_ONE]
    held.drop("a")
    assert held.have("a", "n3") == 0 and held.have("b", "n") == 1


@pytest.fixture
def notes(serve):
    """A page that keeps the recordings it gets, for a look at them."""
    got: list[bytes] = []

    def keep(body, sound):
        got.append(sound)
        return Message("好。", "好。", heard="好")

    served = serve(answer=keep)
    served.got = got
    return served


def seconds(sound: bytes) -> float:
    with av.open(io.BytesIO(sound), format="matroska") as file:
        return sum(frame.samples / frame.sample_rate for frame in file.decode(audio=0))


def test_the_page_sends_while_the_reader_speaks(notes, page):
    pieces: list[str] = []
    page.on("request", lambda request: pieces.append(request.url) if "/voice/piece" in request.url else None)
    page.goto(notes.url)
    page.click("#record")
    until(page, lambda: len(pieces) >= 2)
    expect(page.locator("#record")).to_have_text("停止录音并发送")
    assert any(int(re.search(r"at=(\d+)", url)[1]) > 0 for url in pieces), "the second goes on where the first ended"
    page.click("#record")
    expect(page.locator(LOG).last).to_have_text("书声： 好。")
    expect(page.locator(LOG).nth(1)).to_have_text("您： （录音）我听到：好")
    assert len(notes.got) == 1
    assert 1.5 < seconds(notes.got[0]) < 30


def test_a_line_that_breaks_while_speaking_loses_nothing(notes, page, context):
    page.goto(notes.url)
    page.click("#record")
    page.wait_for_timeout(2500)
    context.set_offline(True)
    page.wait_for_timeout(1500)
    page.click("#record")
    expect(page.locator("#status")).to_contain_text("没有网络")
    context.set_offline(False)
    expect(page.locator(LOG).last).to_have_text("书声： 好。")
    assert len(notes.got) == 1
    assert seconds(notes.got[0]) > 3


def test_a_server_that_forgot_the_beginning_gets_it_again(notes, page):
    page.goto(notes.url)
    page.click("#record")
    page.wait_for_timeout(2500)
    notes.web._parts.recordings._held.clear()
    page.click("#record")
    expect(page.locator(LOG).last).to_have_text("书声： 好。")
    assert seconds(notes.got[0]) > 2


def test_a_receipt_that_got_lost_does_not_double_a_recording(notes, page):
    lost: list[int] = []

    def lose_first(route):
        if lost:
            route.continue_()
        else:
            route.fetch()
            lost.append(1)
            route.abort()

    page.route(re.compile(r"/voice$"), lose_first)
    page.goto(notes.url)
    page.click("#record")
    page.wait_for_timeout(1200)
    page.click("#record")
    expect(page.locator(LOG).last).to_have_text("书声： 好。")
    until(page, lambda: lost)
    page.wait_for_timeout(2500)
    assert len(notes.got) == 1
