"""`shusheng demo`: builds the demonstration union if it is not there, and tells who and what is in it.

What the demonstration holds and how it is made is catalog.demo's; here it is only started, watched and printed.
"""

from __future__ import annotations

import json as json_module
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import TYPE_CHECKING, Annotated

import typer

from bot.cli import settings_of
from bot.cli.failing import Failure

if TYPE_CHECKING:
    from bot.app import Parts

PATIENCE_S = 1.0
"""A build that goes on for longer shows a progress bar, where someone watches."""


def register(app: typer.Typer) -> None:
    """Add `demo` to `app`."""

    @app.command()
    def demo(
        context: typer.Context,
        now: Annotated[
            str, typer.Option(help="The time it is built at, ISO 8601; without an offset, in our zone.")
        ] = "",
        json: Annotated[bool, typer.Option("--json", help="One JSON object a line: readers first.")] = False,
    ) -> None:
        """Build the demonstration union if it is not there, and tell who and what is in it."""
        from bot.app import moment, open_parts
        from catalog.demo.build import facts

        settings = settings_of(context)
        at = moment(settings, now)
        with open_parts(settings) as parts:
            ensure(parts, now=at)
            with parts.sessions() as session:
                lines = list(facts(session, now=at))
        if json:
            for line in lines:
                print(json_module.dumps(line, ensure_ascii=False))
            return
        first = lines[0]
        counts = {kind: sum(line["kind"] == kind for line in lines) for kind in dict.fromkeys(_kinds(lines))}
        print("The demonstration stands: " + ", ".join(f"{count} {kind}s" for kind, count in counts.items()) + ".")
        print(f"Try card {first['card']} with PIN {first['pin']} ({first['name']}); --json lists them all.")


def ensure(parts: Parts, *, now: datetime) -> None:
    """Build the demonstration if it is not there. Raises refusals.AnotherDatabase, Failure (the index is busy)."""
    from catalog.demo.build import build
    from catalog.search.index import SearchError

    try:
        with _bar() as progress:
            build(parts.sessions, now=now, data=parts.settings.data, progress=progress)
    except SearchError as error:
        raise Failure(str(error)) from error


def _kinds(lines: list[dict[str, object]]) -> Iterator[str]:
    return (str(line["kind"]) for line in lines)


@contextmanager
def _bar() -> Iterator[Callable[[int, int], None]]:
    """A progress bar on stderr; told how much is done, of how much."""
    if not sys.stderr.isatty():
        yield lambda done, total: None
        return
    from rich.console import Console
    from rich.progress import Progress

    started = time.monotonic()
    with Progress(console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("Building the demonstration", total=None, visible=False)

        def advance(done: int, total: int) -> None:
            bar.update(task, completed=done, total=total, visible=time.monotonic() - started > PATIENCE_S)

        yield advance
