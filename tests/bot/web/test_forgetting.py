"""What the page shows of a talk goes in the turn in which its reader is forgotten, and is told to who asks for it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy.orm import Session

from bot.channels.web import drawing, lines
from bot.channels.web.tables import WebVisitor
from bot.locales import load
from bot.messages import Message
from catalog.database import open_engine, open_sessions, prepare

NOW = datetime(2026, 11, 22, 2, 0, tzinfo=UTC)


def test_the_lines_of_a_talk_are_told_and_erased_at_once(tmp_path: Path) -> None:
    engine = open_engine(f"sqlite:///{tmp_path}/page.db")
    prepare(engine)
    with open_sessions(engine)() as session:
        for address in ("here", "there"):
            lines.visitor(session, address, now=NOW)
            lines.add_words(session, address, "我借了哪些书", kind="words", locale="zh-CN", now=NOW)
            lines.add_message(session, address, Message("《我们仨》", ""), now=NOW)
        told = lines.told(session, ["web:here", "telegram:there"])["page_lines"]
        assert [one["words"] for one in told] == ["我借了哪些书", "《我们仨》"]
        lines.forget(session, ["web:here", "telegram:there"])
        assert lines.told(session, ["web:here"]) == {"page_lines": []}
        assert len(lines.after(session, "there", 0)) == 2
        row = session.get_one(WebVisitor, "here")
        assert row.patron_id is None
        assert lines.add_words(session, "here", "你好", kind="words", locale="zh-CN", now=NOW) == 3
    engine.dispose()


@pytest.fixture
def page(tmp_path: Path) -> Iterator[Session]:
    engine = open_engine(f"sqlite:///{tmp_path}/page.db")
    prepare(engine)
    with open_sessions(engine)() as session:
        lines.visitor(session, "here", now=NOW)
        yield session
    engine.dispose()


def record(session: Session) -> int:
    return lines.add_words(session, "here", "", kind="voice", locale="zh-CN", now=NOW)


def answer(session: Session, heard: str | None, **more: bool) -> None:
    lines.add_message(session, "here", Message("好的。", "好的。", heard=heard, **more), now=NOW)


def own(session: Session) -> list[str]:
    said = lines.after(session, "here", 0)
    return [drawing.said(line, load("zh-CN")) for line in said if line.who == "patron"]


def test_a_recording_shows_what_was_heard_in_it(page: Session) -> None:
    """Issue 5: the page showed "（一段录音）", and nobody could see why the answer was what it was."""
    numbers = [record(page) for _ in range(3)]
    answer(page, None)
    assert own(page) == ["（一段录音）"] * 3
    answer(page, "我想借三体")
    answer(page, "")
    answer(page, "第二本")
    assert own(page) == ["（录音）我听到：我想借三体", "（一段录音）", "（录音）我听到：第二本"]
    assert [line.seq for line in lines.changed(page, "here")] == [numbers[0], numbers[2]]
    answer(page, "再来一句")
    assert own(page)[-1] == "（录音）我听到：第二本"


def test_a_pin_that_was_heard_is_dots(page: Session) -> None:
    record(page)
    answer(page, "我的卡号是五二一零，密码是二七一八")
    answer(page, None, secret=True)
    record(page)
    answer(page, "四八三九")
    record(page)
    answer(page, "", hush=True)
    assert own(page) == [f"（录音）我听到：{lines.DOTS}"] * 3
    lines.forget(page, ["web:here"])
    assert own(page) == []
