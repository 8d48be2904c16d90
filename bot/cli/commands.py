"""The root of the command line: the options every command shares, what goes to which stream, and the exit code.

Only the rooms that are asked for are loaded.
"""

from __future__ import annotations

import importlib
import io
import os
import sys
from typing import Annotated

import typer

from bot.cli import failing

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


def run(arguments: list[str], rooms: list[str]) -> int:
    """Run the command line with the commands of `rooms`; the exit code."""
    _keep_apart(json="--json" in arguments)
    try:
        code = _application(rooms)(_hoisted(arguments), standalone_mode=False)
        sys.stdout.flush()
    except BrokenPipeError:  # whoever read us has seen enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        code = 0
    except KeyboardInterrupt:
        code = failing.STOPPED
    except Exception as error:
        code = failing.tell(error)
    return code if isinstance(code, int) else 0


def _application(rooms: list[str]) -> typer.Typer:
    """The command line with the commands of `rooms`."""
    app = typer.Typer(add_completion=False, no_args_is_help=True, rich_markup_mode=None, pretty_exceptions_enable=False)
    app.callback()(root)
    for room in rooms:
        importlib.import_module(f"bot.cli.{room}").register(app)
    return app


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
