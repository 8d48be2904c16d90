"""The bot as it is served, unmodified, on the fake Bot API over HTTP: a card linked, a book found and held by voice.

The voice is a person's syllables joined (../shared/data/voice), heard by the real pinyin ears; the replies are spoken
by the real voice.
"""

from __future__ import annotations

import asyncio
import os
import random
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import select

from bot.dialogue.state import Talk
from bot.inbox import InboxRow
from catalog.audit import DONE, AuditEntry
from catalog.circulation.tables import Hold
from catalog.database import open_engine, open_sessions
from catalog.patrons.cards import issue_code
from catalog.patrons.tables import Card
from speech.audio import AudioClip, decode, encode
from tests.demonstration import DemoUnion
from tests.fakes.bot_api import TOKEN, FakeBotApi, Fault
from tests.speech_samples import make_ogg
from tests.waiting import PATIENCE_S

READER = 77
SHUSHENG = Path(sys.executable).parent / "shusheng"


@asynccontextmanager
async def served(union: DemoUnion, api: FakeBotApi, models: Path) -> AsyncIterator[asyncio.subprocess.Process]:
    environment = {
        **{name: value for name, value in os.environ.items() if not name.startswith("SHUSHENG_")},
        **union.environment,
        "SHUSHENG_MODELS": str(models),
        "SHUSHENG_TELEGRAM_TOKEN": TOKEN,
        "SHUSHENG_TELEGRAM_API": api.url,
    }
    log = (union.data / "serve.log").open("wb")
    process = await asyncio.create_subprocess_exec(
        str(SHUSHENG), "serve", "--port", "0", env=environment, stdout=log, stderr=log
    )
    log.close()
    try:
        yield process
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()


@pytest.mark.timeout(900)
async def test_a_book_is_found_and_held_by_voice(demo_union: DemoUnion, shared: Path) -> None:
    engine = open_engine(demo_union.database_url)
    sessions = open_sessions(engine)
    with sessions.begin() as session:
        patron = session.scalars(select(Card).order_by(Card.number).limit(1)).one().patron
        code = issue_code(session, patron=patron, now=datetime.now(UTC), chance=random.Random(1))
    async with FakeBotApi() as api, served(demo_union, api, shared / "models") as process:
        await api.say(READER, f"/start {code}")
        await api.replies(READER, 1, within_s=5 * PATIENCE_S)
        with sessions.begin() as session:
            assert session.scalars(select(Talk.patron_id).where(Talk.id == f"telegram:{READER}")).one() == patron.id

        async def speak(*syllables: str) -> str:
            before = len(api.of(READER))
            await api.speak(READER, make_ogg(syllables))
            reply = (await api.replies(READER, before + 1))[-1]
            assert reply.voice.startswith(b"OggS") and reply.text, (
                "what was said aloud is answered aloud, with the text"
            )
            assert decode(reply.voice).seconds > 1
            return reply.text

        found = await speak("wo3", "xiang3", "kan4", "wei2", "cheng2")
        assert "围城" in found
        if "1. " in found:
            await speak("di4", "yi1", "ben3")
        asked = await speak("bang1", "wo3", "yu4", "yue1")
        assert "围城" in asked
        await speak("hao3", "de5")
        with sessions.begin() as session:
            hold = session.scalars(select(Hold).where(Hold.patron_id == patron.id).order_by(Hold.id.desc())).first()
            assert (
                hold is not None
                and hold.record.title == "围城"
                and hold.placed_at > datetime.now(UTC) - timedelta(minutes=3)
            )
            written = session.scalars(select(AuditEntry).where(AuditEntry.turn.startswith("turn:"))).all()
            done = [entry for entry in written if entry.what in DONE]
            assert [entry.what for entry in done] == ["card_linked", "hold_placed"]
            assert done[-1].ids["hold"] == str(hold.id)

        sentences = set()
        silence = encode(AudioClip(decode(make_ogg(["a1"])).samples * 0), "ogg")
        for sound in (silence, b"this is no sound at all" * 40, make_ogg(["ni3", "hao3"])[:300], b"O" * 21_000_000):
            before = len(api.of(READER))
            await api.speak(READER, sound)
            sentences.add((await api.replies(READER, before + 1))[-1].text)
        assert len(sentences) >= 3 and all(sentences)

        api.faults["sendMessage"].append(Fault(429, "Too Many Requests: retry after 1", {"retry_after": 1}))
        before = len(api.of(READER))
        await api.say(READER, "谢谢")
        await api.replies(READER, before + 1)

        process.send_signal(signal.SIGTERM)
        assert await asyncio.wait_for(process.wait(), PATIENCE_S) == 0
    with sessions.begin() as session:
        rows = session.scalars(select(InboxRow)).all()
        assert {row.status for row in rows} == {"done"}
        assert all(row.body == {} and row.sound is None and row.transcript is None for row in rows)
    engine.dispose()
    log = (demo_union.data / "serve.log").read_text(encoding="utf-8")
    assert "Traceback" not in log and "围城" not in log and code not in log and TOKEN not in log
