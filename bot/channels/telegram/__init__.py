"""Telegram, by long polling or webhook: text, buttons and voice notes in, text, buttons and voice out.

The only room that imports aiogram, and of aiogram only the client: an update is stored in the inbox before it is
confirmed to Telegram, so that nothing is lost when the process dies (docs/decisions). It cannot reach readers in
mainland China, where Telegram is blocked, and is never the only way in.
"""

from bot.channels.telegram.channel import Telegram

__all__ = ["Telegram"]
