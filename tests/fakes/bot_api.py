"""A Bot API server as Telegram's is seen from a bot, over real HTTP: updates are kept until confirmed, and it refuses.

What it does as Telegram does: getUpdates with offset, limit and long poll (a second poller ends the first with 409),
sendMessage and sendVoice with their limits, getFile and the file's download, answerCallbackQuery, webhooks that are
called again until answered 200, rate limits with retry_after, blocked and unknown chats. What it does not: edits,
media other than voice, and everything else a library's bot has no use for.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import time
from collections import defaultdict, deque
from dataclasses import dataclass, field
from typing import Any

import aiohttp
from aiohttp import web

from tests.waiting import PATIENCE_S

TOKEN = "12345:" + "A" * 35
USERNAME = "shusheng_test_bot"
LARGEST_FILE = 20 * 1024 * 1024


@dataclass(frozen=True)
class Fault:
    """What a method answers instead of doing its work. `after` does the work first and then loses the answer."""

    status: int
    description: str = ""
    parameters: dict[str, Any] = field(default_factory=dict)
    hang_s: float = 0.0
    after: bool = False


@dataclass(frozen=True)
class Sent:
    """A message the bot sent: its text, its buttons as (label, data), its sound."""

    id: int
    chat: int
    text: str
    buttons: tuple[tuple[str, str], ...] = ()
    voice: bytes = b""
    at: float = 0.0


class FakeBotApi:
    """The server. `say`, `press` and `speak` are what people do in the app; `sent` is what they see."""

    def __init__(self, *, overall: float = 0.0, each: float = 0.0, burst: int = 1) -> None:
        self.updates: deque[dict[str, Any]] = deque()
        self.sent: list[Sent] = []
        self.calls: dict[str, int] = defaultdict(int)
        self.faults: dict[str, deque[Fault]] = defaultdict(deque)
        self.blocked: set[int] = set()
        self.known: set[int] = set()
        self.seen: list[str] = []
        self.confirmed: list[tuple[int, float]] = []
        self.refused = 0
        self.file_faults: deque[int] = deque()
        self.webhook: dict[str, Any] = {}
        self._files: dict[str, bytes] = {}
        self._queries: set[str] = set()
        self._update_id = 700_000
        self._message_id = 0
        self._rates = (overall, each, burst)
        self._taken: dict[str, deque[float]] = defaultdict(deque)
        self._poller: asyncio.Future[None] | None = None
        self._news = asyncio.Condition()
        self._runner: web.AppRunner | None = None
        self._calling: asyncio.Task[None] | None = None
        self.url = ""

    # --- what people do -------------------------------------------------------------------------------------------

    async def say(self, chat: int, text: str, *, kind: str = "private", sender: int = 0, **more: Any) -> int:
        """Somebody types; the update's id."""
        return await self._message(chat, {"text": text, **more}, kind=kind, sender=sender)

    async def speak(self, chat: int, sound: bytes, *, media_type: str = "audio/ogg", size: int | None = None) -> int:
        """Somebody sends a voice note."""
        file_id = f"file-{len(self._files) + 1}"
        self._files[file_id] = sound
        voice = {"file_id": file_id, "file_unique_id": file_id, "duration": 3, "mime_type": media_type}
        return await self._message(chat, {"voice": voice | {"file_size": size or len(sound)}})

    async def press(self, chat: int, number: int, *, sent: Sent | None = None) -> int:
        """Somebody presses the `number`th button of a message (of the last that has one)."""
        shown = sent or next(one for one in reversed(self.sent) if one.chat == chat and one.buttons)
        query = f"query-{len(self._queries) + 1}"
        self._queries.add(query)
        return await self.post(
            {
                "callback_query": {
                    "id": query,
                    "from": _person(chat),
                    "message": {"message_id": shown.id, "date": int(time.time()), "chat": _chat(chat)},
                    "chat_instance": "1",
                    "data": shown.buttons[number - 1][1],
                }
            }
        )

    async def post(self, update: dict[str, Any], *, update_id: int | None = None) -> int:
        """Any update at all, as it is."""
        self._update_id += 1
        number = update_id if update_id is not None else self._update_id
        async with self._news:
            self.updates.append({"update_id": number, **update})
            self._news.notify_all()
        return number

    async def replies(self, chat: int, count: int, *, within_s: float = PATIENCE_S) -> list[Sent]:
        """The messages a chat has got, once there are `count` of them. Raises TimeoutError."""
        async with asyncio.timeout(within_s):
            while len(self.of(chat)) < count:
                await asyncio.sleep(0.02)
        return self.of(chat)

    def in_hand(self, since: int = 0) -> int:
        """Of the updates confirmed after the first `since`: those whose chat has got nothing from the bot since."""
        last = {one.chat: one.at for one in self.sent}
        return sum(last.get(chat, 0.0) < at for chat, at in self.confirmed[since:])

    def of(self, chat: int) -> list[Sent]:
        """The messages a chat has got."""
        return [one for one in self.sent if one.chat == chat]

    async def _message(self, chat: int, content: dict[str, Any], *, kind: str = "private", sender: int = 0) -> int:
        self.known.add(chat)
        self._message_id += 1
        return await self.post(
            {
                "message": {
                    "message_id": self._message_id,
                    "date": int(time.time()),
                    "chat": _chat(chat, kind),
                    "from": _person(sender or chat),
                    **content,
                }
            }
        )

    # --- the server ------------------------------------------------------------------------------------------------

    async def start(self, port: int = 0) -> str:
        """Serve; the address to give to a bot."""
        app = web.Application(client_max_size=64 * 1024 * 1024)
        app.router.add_route("*", "/bot{token}/{method}", self._called)
        app.router.add_get("/file/bot{token}/{path:.*}", self._download)
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.2)
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", port)
        await site.start()
        self.url = f"http://127.0.0.1:{self._runner.addresses[0][1]}"
        return self.url

    async def stop(self) -> None:
        """End the server."""
        if self._calling:
            self._calling.cancel()
        if self._poller and not self._poller.done():
            self._poller.cancel()
        if self._runner:
            await self._runner.cleanup()

    async def __aenter__(self) -> FakeBotApi:
        await self.start()
        return self

    async def __aexit__(self, *error: object) -> None:
        await self.stop()

    async def _called(self, request: web.Request) -> web.Response:
        if request.match_info["token"] != TOKEN:
            return _refusal(401, "Unauthorized")
        method = request.match_info["method"]
        self.calls[method] += 1
        given = await _parameters(request)
        fault = self.faults[method].popleft() if self.faults[method] else None
        if fault and not fault.after:
            await asyncio.sleep(fault.hang_s)
            return _refusal(fault.status, fault.description, **fault.parameters)
        answer = await self._methods(method, given)
        if fault:
            await asyncio.sleep(fault.hang_s)
            return _refusal(fault.status, fault.description, **fault.parameters)
        return answer

    async def _methods(self, method: str, given: dict[str, Any]) -> web.Response:
        known = {
            "getMe": self._get_me,
            "getUpdates": self._get_updates,
            "sendMessage": self._send_message,
            "sendVoice": self._send_voice,
            "getFile": self._get_file,
            "answerCallbackQuery": self._answer,
            "setWebhook": self._set_webhook,
            "deleteWebhook": self._delete_webhook,
        }
        if method not in known:
            return _refusal(404, "Not Found: method not found")
        return await known[method](given)

    async def _get_me(self, given: dict[str, Any]) -> web.Response:
        return _ok({"id": 12345, "is_bot": True, "first_name": "Shusheng", "username": USERNAME})

    async def _get_updates(self, given: dict[str, Any]) -> web.Response:
        if self.webhook:
            return _refusal(409, "Conflict: can't use getUpdates method while webhook is active")
        if self._poller and not self._poller.done():
            self._poller.set_result(None)
        self._poller = ended = asyncio.get_running_loop().create_future()
        offset = int(given.get("offset") or 0)
        while self.updates and self.updates[0]["update_id"] < offset:
            self.confirmed.append((_chat_of(self.updates.popleft()), time.monotonic()))
        limit = min(int(given.get("limit") or 100), 100)
        until = time.monotonic() + float(given.get("timeout") or 0)
        while not self.updates and time.monotonic() < until:
            async with self._news:
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(min(0.1, max(0.0, until - time.monotonic()))):
                        await self._news.wait()
            if ended.done():
                return _refusal(409, "Conflict: terminated by other getUpdates request")
        if not ended.done():
            ended.cancel()
        return _ok(list(self.updates)[:limit])

    async def _send_message(self, given: dict[str, Any]) -> web.Response:
        text = str(given.get("text", ""))
        if not text.strip():
            return _refusal(400, "Bad Request: message text is empty")
        if len(text.encode("utf-16-le")) // 2 > 4096:
            return _refusal(400, "Bad Request: message is too long")
        return self._accept(given, text, b"")

    async def _send_voice(self, given: dict[str, Any]) -> web.Response:
        caption = str(given.get("caption", ""))
        if len(caption.encode("utf-16-le")) // 2 > 1024:
            return _refusal(400, "Bad Request: message caption is too long")
        voice = given.get("voice")
        if not isinstance(voice, bytes) or not voice:
            return _refusal(400, "Bad Request: there is no voice in the request")
        return self._accept(given, caption, voice)

    def _accept(self, given: dict[str, Any], text: str, voice: bytes) -> web.Response:
        chat = int(given.get("chat_id", 0))
        if chat not in self.known:
            return _refusal(400, "Bad Request: chat not found")
        if chat in self.blocked:
            return _refusal(403, "Forbidden: bot was blocked by the user")
        wait = self._wait(chat)
        if wait > 0:
            self.refused += 1
            seconds = int(wait) + 1
            return _refusal(429, f"Too Many Requests: retry after {seconds}", retry_after=seconds)
        rows = json.loads(given.get("reply_markup") or "{}").get("inline_keyboard", [])
        buttons = tuple((one["text"], one["callback_data"]) for row in rows for one in row)
        if any(not 1 <= len(data.encode()) <= 64 for _, data in buttons):
            return _refusal(400, "Bad Request: BUTTON_DATA_INVALID")
        self._message_id += 1
        self.sent.append(Sent(self._message_id, chat, text, buttons, voice, time.monotonic()))
        message = {"message_id": self._message_id, "date": int(time.time()), "chat": _chat(chat), "text": text}
        return _ok(message)

    def _wait(self, chat: int) -> float:
        """Seconds until a message to `chat` would be taken; takes it if there are none."""
        overall, each, burst = self._rates
        now = time.monotonic()
        waits = []
        for key, rate, room in (("", overall, max(burst, int(overall))), (str(chat), each, burst)):
            if rate:
                taken = self._taken[key]
                while taken and now - taken[0] >= room / rate:
                    taken.popleft()
                waits.append(taken[0] + room / rate - now if len(taken) >= room else 0.0)
        if not any(wait > 0 for wait in waits):
            self._taken[""].append(now)
            self._taken[str(chat)].append(now)
        return max(waits, default=0.0)

    async def _get_file(self, given: dict[str, Any]) -> web.Response:
        file_id = str(given.get("file_id", ""))
        if file_id not in self._files:
            return _refusal(400, "Bad Request: invalid file_id")
        if len(self._files[file_id]) > LARGEST_FILE:
            return _refusal(400, "Bad Request: file is too big")
        size = len(self._files[file_id])
        return _ok({"file_id": file_id, "file_unique_id": file_id, "file_size": size, "file_path": f"voice/{file_id}"})

    async def _download(self, request: web.Request) -> web.Response:
        if self.file_faults:
            return web.Response(status=self.file_faults.popleft())
        sound = self._files.get(request.match_info["path"].removeprefix("voice/"))
        return web.Response(body=sound) if sound is not None else web.Response(status=404)

    async def _answer(self, given: dict[str, Any]) -> web.Response:
        query = str(given.get("callback_query_id", ""))
        if query not in self._queries:
            return _refusal(400, "Bad Request: query is too old and response timeout expired or query ID is invalid")
        self.seen.append(query)
        return _ok(True)

    async def _set_webhook(self, given: dict[str, Any]) -> web.Response:
        self.webhook = dict(given)
        if self._calling:
            self._calling.cancel()
        self._calling = asyncio.create_task(self._call())
        return _ok(True)

    async def _delete_webhook(self, given: dict[str, Any]) -> web.Response:
        self.webhook = {}
        if self._calling:
            self._calling.cancel()
        if json.loads(str(given.get("drop_pending_updates", "false")).lower()):
            self.updates.clear()
        return _ok(True)

    async def _call(self) -> None:
        """Call the webhook with each update in turn, again and again until it answers 200."""
        headers = {"X-Telegram-Bot-Api-Secret-Token": str(self.webhook.get("secret_token", ""))}
        async with aiohttp.ClientSession() as client:
            while True:
                async with self._news:
                    while not self.updates:
                        await self._news.wait()
                with contextlib.suppress(aiohttp.ClientError):
                    async with client.post(self.webhook["url"], json=self.updates[0], headers=headers) as answer:
                        if answer.status == 200:
                            self.updates.popleft()
                            continue
                await asyncio.sleep(0.1)


async def _parameters(request: web.Request) -> dict[str, Any]:
    if request.content_type == "application/json":
        return dict(await request.json())
    posted = await request.post()
    given: dict[str, Any] = dict(request.query)
    for name, value in posted.items():
        given[name] = value.file.read() if isinstance(value, web.FileField) else value
    for name, value in list(given.items()):
        if isinstance(value, str) and value.startswith("attach://"):
            given[name] = given.get(value.removeprefix("attach://"), value)
    return given


def _ok(result: object) -> web.Response:
    return web.json_response({"ok": True, "result": result})


def _refusal(status: int, description: str, **parameters: object) -> web.Response:
    if status == 502 and not description:
        return web.Response(status=502, text="<html>Bad Gateway</html>", content_type="text/html")
    answer = {"ok": False, "error_code": status, "description": description}
    return web.json_response(answer | ({"parameters": parameters} if parameters else {}), status=status)


def _chat(chat: int, kind: str = "private") -> dict[str, Any]:
    return (
        {"id": chat, "type": kind, "first_name": "R"} if kind == "private" else {"id": chat, "type": kind, "title": "G"}
    )


def _chat_of(update: dict[str, Any]) -> int:
    """Whose update it is; 0 for one without a chat."""
    message = update.get("message")
    chat = message.get("chat") if isinstance(message, dict) else None
    number = chat.get("id") if isinstance(chat, dict) else 0
    return number if isinstance(number, int) else 0


def _person(number: int) -> dict[str, Any]:
    return {"id": number, "is_bot": False, "first_name": "R", "language_code": "zh-hans"}
