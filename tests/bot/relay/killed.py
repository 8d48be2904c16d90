"""The process that the kill test kills: forked from a parent that has imported everything, so that it starts at once.

The parent reads one JSON line a child: {"how", "database", "index", "api"}; it forks, and prints the child's number.
`ours` is the Telegram channel with the relay, as `serve` runs them; `naive` is what a bot looks like without an inbox:
aiogram's own polling with its defaults, each update answered where it arrives.
"""

from __future__ import annotations

import asyncio
import gc
import json
import os
import signal
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import aiogram
from aiogram.client.session.aiohttp import AiohttpSession
from aiogram.client.telegram import TelegramAPIServer
from aiogram.methods import Response

from bot.channels.telegram import Telegram
from bot.dialogue import engine
from bot.locales import load
from bot.messages import Utterance
from bot.relay import Relay
from bot.relay.limits import Pace
from bot.understanding import understand
from bot.understanding.meaning import Moment
from catalog.database import open_engine, open_sessions
from catalog.search.readings import encode
from speech.recognition import Transcript, UnsupportedLanguage
from tests.fakes.bot_api import TOKEN
from tests.libraries import services


def no_ears(sound: bytes, media_type: str, locale: str, phrases: tuple[str, ...]) -> Transcript:
    raise UnsupportedLanguage(locale)


def no_voice(text: str, locale: str, rate: float, form: str, volume: float) -> bytes:
    raise NotImplementedError


async def ours(given: dict[str, Any]) -> None:
    sessions = open_sessions(open_engine(given["database"]))
    channels: dict[str, Any] = {}
    relay = Relay(
        sessions,
        services=services(Path(given["index"])),
        channels=channels,
        hear=no_ears,
        speak=no_voice,
        pace=Pace({}),
    )
    channels["telegram"] = Telegram(sessions=sessions, wake=relay.wake, token=TOKEN, api=given["api"])
    await asyncio.gather(relay.run(), channels["telegram"].run())


async def naive(given: dict[str, Any]) -> None:
    sessions = open_sessions(open_engine(given["database"]))
    library = services(Path(given["index"]))
    server = TelegramAPIServer.from_base(given["api"])
    bot = aiogram.Bot(TOKEN, session=AiohttpSession(api=server))
    dispatcher = aiogram.Dispatcher()

    @dispatcher.message()
    async def answer(message: aiogram.types.Message, event_update: aiogram.types.Update) -> None:
        def turn() -> str:
            with sessions.begin() as session:
                result = engine.take_turn(
                    session, talk=f"telegram:{message.chat.id}", channel="telegram", address=str(message.chat.id),
                    said=Utterance(message.text or ""), now=datetime.now(UTC),
                    turn=f"update:{event_update.update_id}", services=library,
                )  # fmt: skip
                return result.message.shown

        await bot.send_message(message.chat.id, await asyncio.to_thread(turn))

    await dispatcher.start_polling(bot, handle_signals=False)


def warm() -> None:
    """Load what each child would load before it does anything, so that the kills hit work and not a start."""
    understand(Utterance("你好"), locale=load("zh-CN"), moment=Moment(), today=datetime.now(UTC).date())
    encode("3本书")
    for answer in (list[dict[str, Any]], aiogram.types.Message, aiogram.types.User, bool):
        Response[answer].model_validate({"ok": True})  # type: ignore[valid-type]
    gc.collect()
    gc.freeze()  # a collection in a child would copy every page


def main() -> None:
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    warm()
    print("loaded", flush=True)
    for line in sys.stdin:
        given = json.loads(line)
        child = os.fork()
        if child == 0:
            os.dup2(os.open(os.devnull, os.O_WRONLY), 1)  # a log that nobody reads would stop it
            try:
                asyncio.run({"ours": ours, "naive": naive}[given["how"]](given))
            finally:
                os._exit(1)
        print(child, flush=True)


if __name__ == "__main__":
    main()
