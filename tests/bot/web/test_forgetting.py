"""What the page shows of a talk goes in the turn in which its reader is forgotten, and is told to who asks for it."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

from bot.channels.web import lines
from bot.channels.web.tables import WebVisitor
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
