"""Fetches the recordings that stored messages wait for; its work list is the inbox, so a restart goes on with it."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable
from datetime import datetime, timedelta

import structlog
from aiogram import Bot
from aiogram.exceptions import AiogramError, TelegramBadRequest
from aiohttp import ClientError
from sqlalchemy.orm import Session, sessionmaker

from bot import inbox
from bot.channels.telegram.updates import LARGEST_FILE
from bot.inbox import InboxRow

LOOK_S = 5.0
AT_ONCE = 4
PATIENCE = timedelta(minutes=3)
"""How long a recording is asked for before its reader is told that it cannot be heard."""
FETCH_S = 60

log = structlog.get_logger()


class TooLarge(Exception):  # noqa: N818 - an answer for the reader
    """The recording is larger than a bot may fetch."""


class Fetching:
    """Brings recordings from Telegram into the inbox."""

    def __init__(
        self, bot: Bot, sessions: sessionmaker[Session], woken: Callable[[], None], now: Callable[[], datetime]
    ) -> None:
        self._bot = bot
        self._sessions = sessions
        self._woken = woken
        self._now = now
        self._bell = asyncio.Event()

    def wake(self) -> None:
        """A message that waits for its recording may have been stored."""
        self._bell.set()

    async def run(self) -> None:
        """Fetch until cancelled."""
        while True:
            self._bell.clear()
            try:
                rows = await asyncio.to_thread(self._waiting)
                done = await asyncio.gather(*(self._fetch(row) for row in rows))
            except Exception as error:
                log.error("telegram-fetch", error=type(error).__name__)
                done = []
            if not any(done):
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(LOOK_S):  # not wait_for, which swallows a cancellation in Python 3.11
                        await self._bell.wait()

    def _waiting(self) -> list[InboxRow]:
        with self._sessions() as session:
            rows = inbox.waiting(session, channel="telegram", needs="sound")[:AT_ONCE]
            session.commit()
            return rows

    async def _fetch(self, row: InboxRow) -> bool:
        """Bring one recording, or say why it cannot be had; False to try again later."""
        sound, reason = None, ""
        try:
            sound = await self._download(str(row.body.get("file", "")))
        except TooLarge:
            reason = "too_long"
        except TelegramBadRequest as error:
            reason = "too_long" if "too big" in error.message else "not_audio"
        except (AiogramError, ClientError, TimeoutError) as error:
            log.warning("telegram-fetch", inbox=row.id, error=type(error).__name__)
            if self._now() - row.received_at < PATIENCE:
                return False
            reason = "engine_failed"
        await asyncio.to_thread(self._supply, row.id, sound, reason)
        self._woken()
        return True

    async def _download(self, file_id: str) -> bytes:
        file = await self._bot.get_file(file_id, request_timeout=20)
        if (file.file_size or 0) > LARGEST_FILE:
            raise TooLarge
        url = self._bot.session.api.file_url(self._bot.token, file.file_path or "")
        sound = bytearray()
        async for chunk in self._bot.session.stream_content(url, timeout=FETCH_S):
            sound += chunk
            if len(sound) > LARGEST_FILE:
                raise TooLarge
        return bytes(sound)

    def _supply(self, row_id: int, sound: bytes | None, reason: str) -> None:
        with self._sessions() as session:
            inbox.supply(session, row_id, sound=sound, reason=reason)
            session.commit()
