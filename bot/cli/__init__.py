"""The `shusheng` command: its root, the options every command shares, and what goes to which stream.

Each file beside this one registers the commands of one room, and only the room of the command that is given is loaded
(all for the root's --help). Every command exits 0 on success, 2 on wrong usage and 1
on failure, with one clear sentence on stderr and never a traceback (CONTRACT.md).
"""

from __future__ import annotations

import importlib
import io
import os
import sys
from typing import Annotated

import typer

from bot import settings as settings_module
from bot.cli import failing
from bot.settings import Settings

COMMANDS: dict[str, str] = {
    "demo": "demo",
    "serve": "service",
    "chat": "chat",
    "import": "catalogue",
    "index": "catalogue",
    "search": "catalogue",
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

SHARED_OPTIONS = ("--database", "--data")


def root(
    context: typer.Context,
    database: Annotated[
        str | None, typer.Option(help="The database: sqlite:///FILE or postgresql://… (SHUSHENG_DATABASE_URL).")
    ] = None,
    data: Annotated[str | None, typer.Option(help="The folder for the index and the like (SHUSHENG_DATA).")] = None,
) -> None:
    """Shusheng: an accessible reading service for public libraries."""
    context.obj = {"database_url": database, "data": data}


def settings_of(context: typer.Context, **given: object) -> Settings:
    """The settings for this command: the environment, the shared options, and `given`. Raises WrongSetting."""
    return settings_module.load(**(context.obj or {}), **given)


def main(arguments: list[str] | None = None) -> None:
    """Run the command line; the entry point of the package."""
    arguments = sys.argv[1:] if arguments is None else arguments
    _keep_apart(json="--json" in arguments)
    try:
        arguments = _hoisted(arguments)
        code = _application(_rooms(arguments))(arguments, standalone_mode=False)
        sys.stdout.flush()
    except BrokenPipeError:  # whoever read us has seen enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        code = 0
    except KeyboardInterrupt:
        code = 130
    except Exception as error:
        code = failing.tell(error)
    sys.exit(code if isinstance(code, int) else 0)


def _application(rooms: list[str]) -> typer.Typer:
    """The command line with the commands of `rooms`."""
    app = typer.Typer(add_completion=False, no_args_is_help=True, rich_markup_mode=None, pretty_exceptions_enable=False)
    app.callback()(root)
    for room in rooms:
        importlib.import_module(f"bot.cli.{room}").register(app)
    return app


def _rooms(arguments: list[str]) -> list[str]:
    """The rooms to load: the one of the first word that is a command, or all."""
    given = next((argument for argument in arguments if argument in COMMANDS), None)
    return [COMMANDS[given]] if given else list(dict.fromkeys(COMMANDS.values()))


def _keep_apart(*, json: bool) -> None:
    """Streams that never fail at a character; with `json`, a stdout in UTF-8 that only our own lines reach."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")
    if json and isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.flush()
        ours = os.dup(sys.stdout.fileno())
        os.dup2(sys.stderr.fileno(), sys.stdout.fileno())  # what a library prints, in C too, goes to stderr
        sys.stdout = open(ours, "w", encoding="utf-8", errors="replace")  # noqa: SIM115, PTH123 - until the process ends


def _hoisted(arguments: list[str]) -> list[str]:
    """`arguments` with the shared options moved to the front, so that they may stand anywhere."""
    front: list[str] = []
    rest: list[str] = []
    waiting = iter(arguments)
    for argument in waiting:
        if argument == "--":
            rest += [argument, *waiting]
        elif argument in SHARED_OPTIONS:
            value = next(waiting, None)
            if value is None:
                raise typer.BadParameter(f"{argument} needs a value")
            front += [argument, value]
        elif argument.startswith(tuple(f"{option}=" for option in SHARED_OPTIONS)):
            front.append(argument)
        else:
            rest.append(argument)
    return front + rest
