"""One message out to Telegram: its text, its buttons, its sound; and what each of Telegram's refusals means for us.

A message that is said aloud goes as one voice message with the same text below it where that fits, so that it arrives
whole or not at all. The text never fails for the sake of the sound.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Awaitable
from dataclasses import dataclass

import structlog
from aiogram import Bot
from aiogram.exceptions import (
    AiogramError,
    ClientDecodeError,
    TelegramBadRequest,
    TelegramConflictError,
    TelegramForbiddenError,
    TelegramMigrateToChat,
    TelegramNetworkError,
    TelegramNotFound,
    TelegramRetryAfter,
    TelegramServerError,
    TelegramUnauthorizedError,
)
from aiogram.types import BufferedInputFile, InlineKeyboardButton, InlineKeyboardMarkup, LinkPreviewOptions
from aiogram.types import Message as SentMessage

from bot.channels import Gone, Later, Receipt, Sound
from bot.channels.telegram.texts import CAPTION, buttons, length, parts
from bot.messages import Message

SERVER_TROUBLE_S = 5.0
WRONG_TOKEN_S = 300.0
PATIENCE_S = 15
"""How long to wait inside a message that is sent in several parts before giving the rest back."""
NOBODY = ("chat not found", "user is deactivated", "peer_id_invalid", "bot was kicked", "group chat was deactivated")

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Sender:
    """Sends by `bot`; `request_s` seconds may pass before an answer to one call is no longer waited for."""

    bot: Bot
    request_s: int = 20

    async def send(self, address: str, message: Message, sound: Sound) -> Receipt:
        """Send `message` to the chat `address`. Raises Later or Gone."""
        chat = int(address)
        keyboard = _keyboard(message)
        if not message.aloud:
            return await self._text(chat, message.shown, keyboard)
        said = await sound("ogg")
        if said is not None and length(message.shown) <= CAPTION:
            receipt = await self._voice(chat, said, message.shown, keyboard)
            return receipt or await self._text(chat, message.shown, keyboard)
        receipt = await self._text(chat, message.shown, keyboard)
        if said is not None:
            with contextlib.suppress(Later, Gone):  # the text has arrived; it is not repeated for its sound
                await self._voice(chat, said, "", None)
        return receipt

    async def _voice(
        self, chat: int, said: bytes, caption: str, keyboard: InlineKeyboardMarkup | None
    ) -> Receipt | None:
        """Send a voice message; None where this chat takes none (its owner may forbid them)."""
        try:
            return await _sent(
                self.bot.send_voice(
                    chat,
                    BufferedInputFile(said, "reply.ogg"),
                    caption=caption or None,
                    reply_markup=keyboard,
                    request_timeout=2 * self.request_s,
                )
            )
        except TelegramBadRequest:
            log.info("no-voice")
            return None

    async def _text(self, chat: int, text: str, keyboard: InlineKeyboardMarkup | None) -> Receipt:
        """Send a text in as many parts as it needs, the buttons below the last."""
        pieces = parts(text)
        receipt = Receipt()
        for number, piece in enumerate(pieces, start=1):
            markup = keyboard if number == len(pieces) else None
            while True:
                try:
                    receipt = await self._piece(chat, piece, markup)
                    break
                except Later as later:
                    if number == 1 or later.seconds > PATIENCE_S:
                        raise
                    await asyncio.sleep(later.seconds)
        return receipt

    async def _piece(self, chat: int, text: str, keyboard: InlineKeyboardMarkup | None) -> Receipt:
        try:
            return await self._call(chat, text, keyboard)
        except TelegramBadRequest:
            if keyboard is None:
                raise
            return await self._call(chat, text, None)  # the numbered lines in the text do without buttons

    async def _call(self, chat: int, text: str, keyboard: InlineKeyboardMarkup | None) -> Receipt:
        return await _sent(
            self.bot.send_message(
                chat,
                text,
                reply_markup=keyboard,
                link_preview_options=LinkPreviewOptions(is_disabled=True),
                request_timeout=self.request_s,
            )
        )


async def _sent(call: Awaitable[SentMessage]) -> Receipt:
    """Await one call; Telegram's refusals become Later or Gone, other bad requests stay TelegramBadRequest."""
    try:
        return Receipt(str((await call).message_id))
    except TelegramRetryAfter as error:
        raise Later(error.retry_after) from None
    except (TelegramForbiddenError, TelegramNotFound, TelegramMigrateToChat):
        raise Gone from None
    except TelegramBadRequest as error:
        if any(reason in error.message.lower() for reason in NOBODY):
            raise Gone from None
        raise
    except TelegramUnauthorizedError:
        raise Later(WRONG_TOKEN_S) from None
    except TelegramNetworkError as error:
        if isinstance(error.__cause__, TimeoutError):
            return Receipt("timeout")  # it may have arrived; asking twice would say it twice
        raise Later(SERVER_TROUBLE_S) from None
    except ClientDecodeError as error:
        if isinstance(error.data, dict) and error.data.get("ok"):
            return Receipt("unread")  # sent; only the receipt cannot be understood
        raise Later(SERVER_TROUBLE_S) from None
    except (TelegramServerError, TelegramConflictError):
        raise Later(SERVER_TROUBLE_S) from None
    except AiogramError:
        raise Later(2 * SERVER_TROUBLE_S) from None


def _keyboard(message: Message) -> InlineKeyboardMarkup | None:
    rows = [[InlineKeyboardButton(text=label, callback_data=data)] for label, data in buttons(message)]
    return InlineKeyboardMarkup(inline_keyboard=rows) if rows else None
