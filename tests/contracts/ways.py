"""The ways in and out as a reader uses them, each over its real channel: the console, the page by HTTP, Telegram.

A `Way` is one reader at one channel. `again` repeats the last message exactly as a bad line would.
"""

from __future__ import annotations

import asyncio
import contextlib
import html
import re
from collections.abc import AsyncIterator, Callable, Iterator
from datetime import UTC, datetime
from typing import Any, Protocol

import aiohttp

from bot.channels import Channel
from bot.channels.console import Console
from bot.channels.telegram import Telegram
from bot.channels.web import Web
from bot.channels.web.limits import Allowance
from bot.messages import Message
from speech.recognition import Transcript, UnsupportedLanguage
from tests.fakes.bot_api import TOKEN, FakeBotApi
from tests.libraries import Library

CHAT = 5001
KINDS = ("session", "address", "page", "sound", "pieces", "pieces-address")
PLENTY = {name: Allowance(10_000, 600_000) for name in KINDS}


class Way(Protocol):
    """One reader at one channel."""

    channel: Channel | None
    """None for the console, which answers line by line and is not served."""
    buttons: bool

    async def say(self, text: str) -> None: ...

    async def again(self) -> None: ...

    async def choose(self, number: int) -> None: ...

    async def got(self) -> list[str]:
        """The texts that have reached the reader, oldest first."""
        ...

    async def leave(self) -> str:
        """The reader goes for good; the address where he was."""
        ...


def no_ears(sound: bytes, media_type: str, locale: str, phrases: tuple[str, ...]) -> Transcript:
    raise UnsupportedLanguage(locale)


class AtConsole:
    channel = None
    buttons = False

    def __init__(self, library: Library) -> None:
        self._console = Console(
            library.sessions, library.services, no_ears, "console:contract", clock=lambda: datetime.now(UTC)
        )
        self._got: list[str] = []

    async def say(self, text: str) -> None:
        await self._send({"say": text})

    async def again(self) -> None:
        raise NotImplementedError("nobody repeats a line of the console")

    async def choose(self, number: int) -> None:
        await self._send({"choose": number})

    async def got(self) -> list[str]:
        return list(self._got)

    async def leave(self) -> str:
        raise NotImplementedError("a console cannot be left")

    async def _send(self, body: dict[str, Any]) -> None:
        came: list[tuple[Message, Any]] = await asyncio.to_thread(lambda: list(self._console.answer(body)))
        self._got += [message.shown for message, _ in came]


class OnThePage:
    buttons = True

    def __init__(self, url: str, channel: Channel, client: aiohttp.ClientSession) -> None:
        self.channel = channel
        self._url, self._client = url, client
        self._last: tuple[str, dict[str, str]] = ("", {})
        self._page = ""

    async def say(self, text: str) -> None:
        await self._send("/say", {"say": text})

    async def again(self) -> None:
        await self._post(*self._last)

    async def choose(self, number: int) -> None:
        await self._look()
        await self._send("/choose", {"choose": str(number), "offer": self._offer()})

    async def got(self) -> list[str]:
        await self._look()
        return self._lines()

    async def leave(self) -> str:
        return "nobody-has-this-address"

    def _offer(self) -> str:
        return (re.findall(r'name="offer" value="([^"]*)"', self._page) or [""])[-1]

    def _lines(self) -> list[str]:
        """What the service said, as lines of plain text."""
        said = re.findall(r'<div class="line library" data-line=.*?<span[^>]*>(.*?)</span></p></div>', self._page, re.S)
        return [html.unescape(re.sub(r"<[^>]+>", "", one)) for one in said]

    async def _look(self) -> None:
        async with self._client.get(self._url) as page:
            self._page = await page.text()

    async def _send(self, path: str, fields: dict[str, str]) -> None:
        await self._look()
        own = {name: self._field(name) for name in ("csrf", "update_id")}
        await self._post(path, own | fields)

    def _field(self, name: str) -> str:
        return str((re.findall(rf'name="{name}" value="([^"]*)"', self._page) or [""])[0])

    async def _post(self, path: str, fields: dict[str, str]) -> None:
        self._last = (path, fields)
        headers = {"Accept": "application/json", "X-CSRF-Token": fields["csrf"]}
        async with self._client.post(self._url.rstrip("/") + path, data=fields, headers=headers) as answer:
            await answer.read()


class OnTelegram:
    buttons = True

    def __init__(self, api: FakeBotApi, channel: Channel) -> None:
        self.channel = channel
        self._api = api
        self._update = 0
        self._last: dict[str, Any] = {}
        api.known.add(CHAT)

    async def say(self, text: str) -> None:
        chat = {"id": CHAT, "type": "private"}
        self._last = {"message": {"message_id": 1, "chat": chat, "from": {"id": CHAT}, "text": text}}
        self._update = await self._api.post(self._last)

    async def again(self) -> None:
        await self._api.post(self._last, update_id=self._update)

    async def choose(self, number: int) -> None:
        await self._api.press(CHAT, number)

    async def got(self) -> list[str]:
        return [one.text for one in self._api.of(CHAT)]

    async def leave(self) -> str:
        self._api.blocked.add(CHAT)
        return str(CHAT)


@contextlib.asynccontextmanager
async def at_console(library: Library, wake: Callable[[], None]) -> AsyncIterator[Way]:
    yield AtConsole(library)


@contextlib.asynccontextmanager
async def on_the_page(library: Library, wake: Callable[[], None]) -> AsyncIterator[Way]:
    ready: asyncio.Future[str] = asyncio.get_running_loop().create_future()
    channel = Web(
        sessions=library.sessions, services=library.services, wake=wake, pieces=no_pieces, port=0,
        announce=ready.set_result, allowances=PLENTY,
    )  # fmt: skip
    async with served(channel), aiohttp.ClientSession(cookie_jar=aiohttp.CookieJar(unsafe=True)) as client:
        yield OnThePage(await ready, channel, client)


@contextlib.asynccontextmanager
async def on_telegram(library: Library, wake: Callable[[], None]) -> AsyncIterator[Way]:
    async with FakeBotApi() as api:
        channel = Telegram(sessions=library.sessions, wake=wake, token=TOKEN, api=api.url)
        async with served(channel):
            yield OnTelegram(api, channel)


def no_pieces(text: str, locale: str, rate: float, form: str, volume: float) -> Iterator[bytes]:
    """The page without a voice."""
    raise NotImplementedError


def no_voice(text: str, locale: str, rate: float, form: str, volume: float) -> bytes:
    raise NotImplementedError


@contextlib.asynccontextmanager
async def served(part: Any) -> AsyncIterator[None]:
    """`part` running until the end of the block."""
    task = asyncio.create_task(part.run())
    try:
        yield
    finally:
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task


WAYS = {"console": at_console, "web": on_the_page, "telegram": on_telegram}
"""How a reader comes in by each channel of CHANNELS."""
