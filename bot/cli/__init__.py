"""The `shusheng` command. Each file beside this one registers the commands of one room (COMMANDS).

Every command exits 0 on success, 2 on wrong usage and 1 on failure, with one clear sentence on stderr and never a
traceback (CONTRACT.md); 130 where Ctrl-C ended it, but for `serve`, which signals end with 0. The signals are taken
here before anything heavy is imported: that takes most of a second, in which a signal would else end it badly.
"""

from __future__ import annotations

import os
import signal
import sys
from types import FrameType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import typer

    from bot.settings import Settings

COMMANDS: dict[str, str] = {
    "demo": "demo",
    "serve": "service",
    "chat": "chat",
    "import": "catalogue",
    "index": "catalogue",
    "search": "searching",
    "records": "records",
    "harvest": "records",
    "listen": "voice",
    "say": "voice",
    "models": "voice",
    "desk": "desk",
    "patrons": "desk",
    "libraries": "desk",
    "stats": "desk",
    "broadcast": "broadcast",
    "jobs": "jobs",
    "check": "service",
    "bench": "bench",
}
"""Every command, and the file beside this one whose `register(app)` adds it."""


def main(arguments: list[str] | None = None) -> None:
    """Run the command line; the entry point of the package."""
    arguments = sys.argv[1:] if arguments is None else arguments
    serving = command_of(arguments) == "serve"
    usual = signal.getsignal(signal.SIGINT)
    if serving:
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, _served)
    elif usual is signal.default_int_handler:  # else whoever started us wants it ignored
        signal.signal(signal.SIGINT, _stopped)
    from bot.cli.commands import run

    if not serving:
        signal.signal(signal.SIGINT, usual)
    sys.exit(run(arguments, rooms_of(arguments)))


def command_of(arguments: list[str]) -> str:
    """The command that is given: the first word that is one; "" without any."""
    return next((argument for argument in arguments if argument in COMMANDS), "")


def rooms_of(arguments: list[str]) -> list[str]:
    """The rooms to load: the one of the command that is given, or all (for the root's --help)."""
    given = command_of(arguments)
    return [COMMANDS[given]] if given else list(dict.fromkeys(COMMANDS.values()))


def settings_of(context: typer.Context, **given: object) -> Settings:
    """The settings for this command: the environment, the shared options, and `given`. Raises WrongSetting."""
    from bot import settings

    return settings.load(**(context.obj or {}), **given)


def _served(number: int, frame: FrameType | None) -> None:
    """Nothing has begun. An exception instead might be lost in the middle of an import."""
    os._exit(0)


def _stopped(number: int, frame: FrameType | None) -> None:
    os._exit(128 + number)
