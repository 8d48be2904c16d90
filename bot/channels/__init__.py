"""The ways in and out: each channel stores what arrives in the inbox and carries messages out, and does nothing else.

CHANNELS holds import paths, so that a channel's heavy packages load only where it is switched on.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Protocol

from bot.messages import Message

CHANNELS: dict[str, str] = {
    "console": "bot.channels.console:Console",
    "web": "bot.channels.web:Web",
    "telegram": "bot.channels.telegram:Telegram",
}
"""Name to "module:class". What `serve` starts is decided by the settings."""

PUSHING = frozenset({"telegram"})
"""The channels that can reach a patron who has not just spoken (`Channel.pushes`), known without loading them."""

Sound = Callable[[str], Awaitable[bytes | None]]
"""Gives the message said aloud in a format ("ogg" or "mp3"), or None where there is no voice."""


@dataclass(frozen=True, slots=True)
class Receipt:
    """A message was handed over; `reference` is the channel's own id for it."""

    reference: str = ""


class Later(Exception):  # noqa: N818 - not an error: the channel asks for time
    """The channel cannot take the message now; try again after `seconds`."""

    def __init__(self, seconds: float) -> None:
        super().__init__(f"try again after {seconds} s")
        self.seconds = seconds


class Gone(Exception):  # noqa: N818 - not an error: the patron has left this channel
    """The address is dead (blocked, deactivated, closed): use the patron's next channel."""


class Channel(Protocol):
    """A channel: `run` serves until cancelled; `send` carries one message out, or raises Later or Gone.

    `pushes`: whether a message can reach a patron who has not just spoken. A `send` that timed out is not repeated
    as a failure: the message may have arrived.
    """

    name: str
    pushes: bool

    async def run(self) -> None: ...

    async def send(self, address: str, message: Message, sound: Sound) -> Receipt: ...
