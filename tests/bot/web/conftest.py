"""The chat page really served, on a database of its own, answered by a small scripted relay; and real Chromium."""

from __future__ import annotations

import asyncio
import contextlib
import io
import math
import os
import struct
import threading
import wave
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright
from sqlalchemy import select
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session, sessionmaker

import bot.dialogue.state
import bot.outbox  # noqa: F401 - their tables
from bot import inbox
from bot.channels.web import Web
from bot.channels.web.limits import Allowance
from bot.channels.web.tables import WebMessage, WebVisitor
from bot.messages import Message
from catalog.database import Base, open_engine, open_sessions
from tests.waiting import PATIENCE_S, waited

CHROMIUM = Path("/usr/bin/chromium")
ARGUMENTS = [
    *("--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"),
    *("--disable-background-networking", "--disable-component-update", "--disable-sync"),
]
KINDS = ("session", "address", "page", "sound", "pieces", "pieces-address")
PLENTY = {name: Allowance(10_000, 600_000) for name in KINDS}
BOOKS = ("活着，余华，大字本", "三体，刘慈欣", "平凡的世界，路遥")


def hum(seconds: float) -> bytes:
    """A WAV file of a hum that comes and goes."""
    samples = [
        int(8000 * math.sin(math.tau * 440 * at / 16000)) if at // 2600 % 2 == 0 else 0
        for at in range(int(16000 * seconds))
    ]
    content = io.BytesIO()
    with wave.open(content, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(16000)
        file.writeframes(struct.pack(f"<{len(samples)}h", *samples))
    return content.getvalue()


Answer = Callable[[dict[str, object], bytes | None], Message | None]


def scripted(body: dict[str, object], sound: bytes | None) -> Message | None:
    """A relay's answers without a dialogue behind them: enough for the page to show everything it can."""
    said = str(body.get("say", ""))
    if "hear" in body:
        return Message(f"听到了一段录音，{len(sound or b'')} 个字节。", "听到了一段录音。", heard="我想借三体")
    if "choose" in body:
        return Message(f"您选了第 {body['choose']} 本。", "好的。", ("是", "不"), offer="two")
    if said == "找书":
        lines = [f"{at}. {book}" for at, book in enumerate(BOOKS, 1)]
        return Message("\n".join(["找到三本：", *lines, "要哪一本？"]), "找到三本。", BOOKS, offer="one")
    if said == "办证":
        return Message("请说密码。", "请说密码。", secret=True)
    if said == "给我一个码":
        return Message("码是482913，24小时之内有效。", "码是四八二九一三。", hush=True, once=True)
    if said.startswith("密码"):
        return Message("好的。", "好的。", hush=True)
    if said == "English":
        return Message("Hello, here I am.", "Hello.", ("Yes", "No"), offer="en", locale="en")
    if said == "听书":
        return Message("在这里听：https://librivox.org/x?a=1&b=2。请收好。", "请收好。")
    if said == "不答":
        return None
    if said.strip("0123456789 ") != said:
        return Message("收到。", "收到。")
    return Message(f"您说的是：{said}", f"您说的是 {said}")


@dataclass
class Served:
    """A page that is being served. `answering` may be cleared to keep readers waiting."""

    url: str
    sessions: sessionmaker[Session]
    web: Web
    loop: asyncio.AbstractEventLoop
    spoken: list[str]
    answering: threading.Event = field(default_factory=threading.Event)
    later: timedelta = timedelta(0)
    end: Callable[[], None] = lambda: None

    def push(self, address: str, message: Message) -> None:
        """Hand a message to the channel, as the relay does."""

        async def no_sound(form: str) -> bytes | None:
            return None

        asyncio.run_coroutine_threadsafe(self.web.send(address, message, no_sound), self.loop).result(PATIENCE_S)

    def lines(self) -> list[str]:
        """What stands on all pages together, oldest first."""
        with self.sessions() as session:
            return list(session.scalars(select(WebMessage.text).order_by(WebMessage.seq)))

    def address(self) -> str:
        """The address of the one browser that has said something."""
        with self.sessions() as session:
            return session.scalars(select(WebVisitor.address)).one()

    def rows(self) -> list[inbox.InboxRow]:
        """All inbox rows, oldest first."""
        with self.sessions() as session:
            return session.query(inbox.InboxRow).order_by(inbox.InboxRow.id).all()


@pytest.fixture
def serve(tmp_path: Path) -> Iterator[Callable[..., Served]]:
    """Serve a page; options go to `Web`. It ends with the test, and must end quickly."""
    ends: list[Callable[[], None]] = []

    def start(answer: Answer = scripted, **options: object) -> Served:
        engine = open_engine(f"sqlite:///{tmp_path}/web{len(ends)}.db")
        Base.metadata.create_all(engine)
        sessions = open_sessions(engine)
        loop = asyncio.new_event_loop()
        ready = threading.Event()
        spoken: list[str] = []
        bell = asyncio.Event()
        served = Served("", sessions, None, loop, spoken)  # type: ignore[arg-type]
        served.answering.set()

        def announce(address: str) -> None:
            served.url = address.rstrip("/")
            ready.set()

        def pieces(text: str, locale: str, rate: float, form: str, volume: float, *timbre: str) -> Iterator[bytes]:
            spoken.append(text)
            sound = hum(0.5)
            yield from (sound[:1000], sound[1000:])

        served.web = Web(
            sessions=sessions,
            services=SimpleNamespace(secret="for tests only"),
            wake=lambda: loop.call_soon_threadsafe(bell.set),
            pieces=options.pop("pieces", pieces),  # type: ignore[arg-type]
            port=0,
            announce=announce,
            now=lambda: datetime.now(UTC) + served.later,
            **{"allowances": PLENTY, "patience_s": PATIENCE_S, **options},  # type: ignore[arg-type]
        )

        async def relay() -> None:
            while True:
                bell.clear()
                with contextlib.suppress(DBAPIError):  # a test may take the tables away
                    while served.answering.is_set() and (taken := await asyncio.to_thread(_take, sessions, answer)):
                        address, message = taken
                        if message is not None:
                            await served.web.send(address, message, None)  # type: ignore[arg-type]
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(0.2):
                        await bell.wait()

        ending = asyncio.Event()

        async def run() -> None:
            running = [asyncio.create_task(part) for part in (served.web.run(), relay(), ending.wait())]
            await asyncio.wait(running, return_when=asyncio.FIRST_COMPLETED)
            for task in running:
                task.cancel()
            await asyncio.gather(*running, return_exceptions=True)

        thread = threading.Thread(target=lambda: loop.run_until_complete(run()), daemon=True)
        thread.start()
        assert ready.wait(PATIENCE_S)

        def end() -> None:
            if thread.is_alive():
                loop.call_soon_threadsafe(ending.set)
                thread.join(PATIENCE_S)
                assert not thread.is_alive(), "the page must end"
                loop.close()
                engine.dispose()

        served.end = end
        ends.append(end)
        return served

    yield start
    for end in ends:
        end()


def _take(sessions: sessionmaker[Session], answer: Answer) -> tuple[str, Message | None] | None:
    with sessions() as session:
        row = inbox.claim(session, channels=("web",), now=datetime.now(UTC)) or inbox.claim(
            session, channels=("web",), now=datetime.now(UTC), needs="ears"
        )
        if row is None:
            return None
        message = answer(row.body, row.sound)
        inbox.finish(session, row)
        session.commit()
        return row.address, message


@pytest.fixture(scope="module")
def chromium(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    """Debian's Chromium with a microphone that plays a file; skipped visibly where it is missing, failed in CI."""
    if not CHROMIUM.exists():
        reason = f"needs {CHROMIUM} (apt-get install chromium fonts-noto-cjk)"
        if os.environ.get("CI"):
            pytest.fail(reason)
        pytest.skip(reason)
    voice = tmp_path_factory.mktemp("voice") / "voice.wav"
    voice.write_bytes(hum(3))
    fake = ["--use-fake-device-for-media-stream", f"--use-file-for-fake-audio-capture={voice}"]
    expect.set_options(timeout=PATIENCE_S * 1000)
    # Module scope: the sync API keeps its loop running, which async tests of other modules would trip over.
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=str(CHROMIUM), args=[*ARGUMENTS, *fake])
        yield browser
        browser.close()


OpenContext = Callable[..., BrowserContext]


@pytest.fixture
def open_context(chromium: Browser) -> Iterator[OpenContext]:
    """Call it with Playwright's options for a browser context in Chinese, as patient as every test."""
    opened: list[BrowserContext] = []

    def open_one(**options: Any) -> BrowserContext:
        context = chromium.new_context(**{"locale": "zh-CN", **options})
        context.set_default_timeout(PATIENCE_S * 1000)
        opened.append(context)
        return context

    yield open_one
    for context in opened:
        context.close()


@pytest.fixture
def context(open_context: OpenContext) -> BrowserContext:
    """A browser context with the microphone allowed."""
    return open_context(permissions=["microphone"], viewport={"width": 900, "height": 900})


def until(page: Page, condition: Callable[[], object]) -> None:
    """Wait for something that is not seen on `page`, which lives on meanwhile."""
    assert waited(condition, lambda seconds: page.wait_for_timeout(seconds * 1000))


@pytest.fixture
def page(context: BrowserContext) -> Iterator[Page]:
    """A page in which no script error may happen and nothing may be blocked."""
    page = context.new_page()
    troubles: list[str] = []
    page.on("pageerror", lambda error: troubles.append(str(error)))
    page.on("console", lambda said: troubles.append(said.text) if "Content Security" in said.text else None)
    yield page
    assert not troubles
