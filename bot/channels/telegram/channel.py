"""The channel itself: takes updates in by polling or webhook, stores them, and only then confirms them.

Polling asks for the updates after those that are committed in our inbox, so that Telegram keeps the others; a webhook
call is answered 200 only after the commit. Recordings are fetched afterwards, by a task that finds its work in the
inbox and so survives a restart.
"""

from __future__ import annotations

import asyncio
import contextlib
import hmac
import secrets
from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import UTC, datetime
from functools import partial
from typing import Any, TypeVar
from urllib.parse import urlsplit

import structlog
from aiogram import Bot
from aiogram.client.session.aiohttp import AiohttpSession
from aiogram.client.telegram import TelegramAPIServer
from aiogram.exceptions import (
    AiogramError,
    TelegramConflictError,
    TelegramNotFound,
    TelegramRetryAfter,
    TelegramUnauthorizedError,
)
from aiogram.methods import TelegramMethod
from aiogram.utils.token import TokenValidationError
from aiohttp import web
from sqlalchemy.exc import DataError
from sqlalchemy.orm import Session, sessionmaker

from bot import inbox
from bot.channels import Receipt, Sound
from bot.channels.telegram.fetching import Fetching
from bot.channels.telegram.sending import Sender
from bot.channels.telegram.updates import UPDATES, Arrival, read
from bot.messages import Message
from bot.settings import WrongSetting

POLL_S = 25
BATCH = 100
CONFLICT_S = 20.0
WRONG_TOKEN_S = 60.0
LONGEST_WAIT_S = 30.0

T = TypeVar("T")
log = structlog.get_logger()


class RawUpdates(TelegramMethod[list[dict[str, Any]]]):
    """getUpdates, its answer left as plain JSON (see bot.channels.telegram.updates)."""

    __returning__ = list[dict[str, Any]]
    __api_method__ = "getUpdates"

    offset: int | None = None
    limit: int = BATCH
    timeout: int = POLL_S
    allowed_updates: tuple[str, ...] = UPDATES


class Telegram:
    """The Telegram channel. `webhook` is the public address Telegram calls, "" for polling; `listen` is where we
    listen for those calls; `api` is the Bot API server."""

    name = "telegram"
    pushes = True

    def __init__(
        self,
        *,
        sessions: sessionmaker[Session],
        wake: Callable[[], None],
        token: str,
        api: str = "https://api.telegram.org",
        webhook: str = "",
        webhook_secret: str = "",
        listen: tuple[str, int] = ("127.0.0.1", 8081),
        request_s: int = 20,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._sessions = sessions
        self._wake = wake
        self._webhook = webhook
        self._secret = webhook_secret or secrets.token_urlsafe(32)
        self._listen = listen
        self._now = now
        try:
            self._bot = Bot(token, session=AiohttpSession(api=TelegramAPIServer.from_base(api)))
        except TokenValidationError:
            raise WrongSetting(
                "the setting SHUSHENG_TELEGRAM_TOKEN is wrong: it must be a token as BotFather gives it, "
                "such as 123456:ABC-DEF"
            ) from None
        self._sender = Sender(self._bot, request_s)
        self._fetching = Fetching(self._bot, sessions, wake, now)
        self._seeing: set[asyncio.Task[None]] = set()
        self._username = ""
        self._conflict = False

    async def send(self, address: str, message: Message, sound: Sound) -> Receipt:
        """Send one message. Raises Later or Gone."""
        return await self._sender.send(address, message, sound)

    async def run(self) -> None:
        """Take updates in until cancelled."""
        try:
            async with asyncio.TaskGroup() as group:
                group.create_task(self._fetching.run())
                group.create_task(self._serve() if self._webhook else self._poll())
        finally:
            await self._bot.session.close()

    async def _poll(self) -> None:
        await self._insist(partial(self._begin, polling=True))
        offset: int | None = None
        while True:
            updates = await self._insist(partial(self._bot, RawUpdates(offset=offset), request_timeout=POLL_S + 15))
            self._conflict = False
            await self._insist(partial(self._take, updates))
            numbers = [number for update in updates if isinstance(number := update.get("update_id"), int)]
            # An empty answer has confirmed all before it; after a quiet week Telegram may count from anywhere.
            offset = max(numbers) + 1 if numbers else None

    async def _serve(self) -> None:
        """Listen for webhook calls. Telegram repeats a call until it is answered 200."""
        await self._insist(partial(self._begin, polling=False))
        app = web.Application(client_max_size=4 * 1024 * 1024)
        app.router.add_post(urlsplit(self._webhook).path or "/", self._called)
        runner = web.AppRunner(app, access_log=None, shutdown_timeout=1.0)
        await runner.setup()
        try:
            await web.TCPSite(runner, *self._listen).start()
            await self._insist(self._ask_for_calls)
            await asyncio.Event().wait()
        finally:
            await runner.cleanup()

    async def _begin(self, *, polling: bool) -> None:
        self._username = (await self._bot.me()).username or ""
        if polling:
            await self._bot.delete_webhook(drop_pending_updates=False)

    async def _ask_for_calls(self) -> None:
        await self._bot.set_webhook(
            self._webhook,
            secret_token=self._secret,
            allowed_updates=list(UPDATES),
            max_connections=1,  # one call at a time keeps a reader's messages in order
            drop_pending_updates=False,
        )

    async def _called(self, request: web.Request) -> web.Response:
        given = request.headers.get("X-Telegram-Bot-Api-Secret-Token", "")
        if not hmac.compare_digest(given.encode(), self._secret.encode()):
            return web.Response(status=403)
        try:
            update = await request.json()
        except ValueError:
            return web.Response(status=400)
        try:
            await self._take([update] if isinstance(update, dict) else [])
        except Exception as error:
            log.error("telegram-not-stored", error=type(error).__name__)
            return web.Response(status=503)
        return web.Response()

    async def _take(self, updates: Sequence[Mapping[str, Any]]) -> None:
        """Store what arrived, in one transaction; then tell the relay, and Telegram that the buttons were seen."""
        arrivals = [arrival for update in updates if (arrival := self._read(update)) is not None]
        if not arrivals:
            return
        await asyncio.to_thread(self._store, arrivals)
        self._wake()
        self._fetching.wake()
        for query in (arrival.query for arrival in arrivals if arrival.query):
            task = asyncio.create_task(self._seen(query))
            self._seeing.add(task)
            task.add_done_callback(self._seeing.discard)

    async def _seen(self, query: str) -> None:
        """Stop the button's waiting sign; nothing is said in it, since screen readers do not read it."""
        with contextlib.suppress(AiogramError):
            await self._bot.answer_callback_query(query, request_timeout=10)

    def _read(self, update: Mapping[str, Any]) -> Arrival | None:
        try:
            return read(update, username=self._username)
        except Exception as error:
            log.error("telegram-not-read", update=str(update.get("update_id"))[:20], error=type(error).__name__)
            return None

    def _store(self, arrivals: Sequence[Arrival]) -> None:
        with self._sessions() as session:
            for arrival in arrivals:
                try:
                    with session.begin_nested():
                        self._store_one(session, arrival)
                except (ValueError, TypeError, DataError) as error:  # no database could keep it, ever
                    log.error("telegram-not-stored", update=arrival.update_id, error=type(error).__name__)
            session.commit()

    def _store_one(self, session: Session, arrival: Arrival) -> None:
        stored = inbox.store(
            session,
            channel=self.name,
            update_id=arrival.update_id,
            talk=arrival.talk,
            address=arrival.address,
            body=arrival.body,
            now=self._now(),
        )
        if stored is not None and arrival.too_long:
            inbox.supply(session, stored, reason="too_long")

    async def _insist(self, call: Callable[[], Awaitable[T]]) -> T:
        """Make a call until it succeeds: whatever Telegram or the database answers, this channel goes on."""
        wait = 1.0
        while True:
            try:
                return await call()
            except TelegramRetryAfter as error:
                await asyncio.sleep(error.retry_after)
            except TelegramConflictError:
                if not self._conflict:
                    log.error("telegram-conflict", say="another program reads this bot's updates; stop one of the two")
                self._conflict = True
                await asyncio.sleep(CONFLICT_S)
            except (TelegramUnauthorizedError, TelegramNotFound):
                log.error("telegram-token", say="Telegram does not know this token; check SHUSHENG_TELEGRAM_TOKEN")
                await asyncio.sleep(WRONG_TOKEN_S)
            except Exception as error:
                log.warning("telegram-waits", error=type(error).__name__, seconds=wait)
                await asyncio.sleep(wait)
                wait = min(2 * wait, LONGEST_WAIT_S)
