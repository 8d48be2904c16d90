"""What every request of the page needs, in one value: made by `Web`, read by the handlers through `parts(request)`."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import TypeVar
from urllib.parse import urlsplit

from aiohttp import web
from sqlalchemy.orm import Session, sessionmaker

from bot.channels.web.limits import Limits
from bot.channels.web.recordings import Recordings
from bot.channels.web.saying import Saying
from bot.channels.web.streams import Bells
from bot.channels.web.visitors import Sessions, Visitor, confirm, standing_of

Pieces = Callable[[str, str, float, str, float, str], Iterator[bytes]]
"""(text, locale, rate, format, volume, timbre) to sound, sentence by sentence; raises the errors of speech."""

T = TypeVar("T")


@dataclass(frozen=True)
class Parts:
    """The database, the relay's bell, the voice, the cookies, the limits and the open streams.

    `public_url` is the page's address as readers see it ("" if it is the one we listen on). `patience_s` is how long
    a form without JavaScript waits for the answer, `beat_s` how often an idle stream says that it lives.
    """

    sessions: sessionmaker[Session]
    readers: sessionmaker[Session]
    wake: Callable[[], None]
    pieces: Pieces
    cookies: Sessions
    limits: Limits
    bells: Bells
    now: Callable[[], datetime]
    public_url: str = ""
    patience_s: float = 8.0
    beat_s: float = 15.0
    sounds: dict[tuple[str, int], Saying] = field(default_factory=dict)
    recordings: Recordings = field(default_factory=Recordings)

    async def reading(self, act: Callable[[Session], T]) -> T:
        """`act` in a thread, in a session that takes no writer's lock."""

        def run() -> T:
            with self.readers() as session:
                return act(session)

        return await asyncio.to_thread(run)

    async def writing(self, act: Callable[[Session], T]) -> T:
        """`act` in a thread, in a session that is committed."""

        def run() -> T:
            with self.sessions() as session:
                result = act(session)
                session.commit()
                return result

        return await asyncio.to_thread(run)

    async def visitor(self, request: web.Request) -> Visitor:
        """The visitor of a request, with a cookie that is still valid, or a new one."""
        visitor = self.cookies.read(request)
        if visitor.fresh:
            return visitor
        standing = await self.reading(lambda session: standing_of(session, visitor, now=self.now()))
        if standing == "first shown":
            await self.writing(lambda session: confirm(session, visitor))
        return self.cookies.stranger(request) if standing == "void" else visitor

    def silence(self, address: str) -> None:
        """Drop the sounds made for `address`."""
        for key in [key for key in self.sounds if key[0] == address]:
            del self.sounds[key]

    def talk_mark(self, visitor: Visitor) -> str:
        """What an open page knows its talk by, so that it notices when this browser has begun another."""
        return self.cookies.mark(visitor.address)[:12]

    def sender(self, request: web.Request) -> str:
        """The sender's address: behind a proxy of ours the one it names last, which nobody else can write."""
        named = request.headers.get("X-Forwarded-For", "").rpartition(",")[2].strip()
        return named if self.public_url and named else request.remote or ""

    def hosts(self, request: web.Request) -> set[str]:
        """The host names under which this page is itself."""
        return {request.host, urlsplit(self.public_url).netloc} - {""}


PARTS: web.AppKey[Parts] = web.AppKey("parts", Parts)


def parts(request: web.Request) -> Parts:
    """The parts of the application that serves `request`."""
    return request.app[PARTS]
