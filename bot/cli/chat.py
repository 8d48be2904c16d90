"""`shusheng chat`: the console channel, for operators, scripts and tests; one message a line on standard input.

Every line gets its answer. Where the database did not let one be answered, the talk goes on and the command ends
with 1 and the sentence that says why: a script that looks at the exit code alone learns that something was not done.
"""

from __future__ import annotations

import contextlib
import json as json_module
import os
import sys
import uuid
from collections.abc import Callable, Iterator
from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Any

import typer
from sqlalchemy.exc import DBAPIError

from bot.cli import settings_of
from bot.cli.failing import Failure
from bot.settings import Settings, WrongOption

if TYPE_CHECKING:
    from bot.channels.console import Console


def register(app: typer.Typer) -> None:
    """Add `chat` to `app`."""

    @app.command()
    def chat(
        context: typer.Context,
        *,
        card: Annotated[str, typer.Option(help="Act as the reader of this card, without PIN.")] = "",
        locale: Annotated[str, typer.Option(help="The language: zh-CN, zh-Hant, en; with a card, the reader's.")] = "",
        now: Annotated[str, typer.Option(help="The time it should be, ISO 8601; without an offset, in our zone.")] = "",
        talk: Annotated[
            str, typer.Option(help="Continue this talk; otherwise each process is a talk of its own.")
        ] = "",
        json: Annotated[bool, typer.Option("--json", help="One JSON object a line, in and out.")] = False,
    ) -> None:
        """Talk with the service: one message a line; a reply ends with an empty line."""
        from bot import locales
        from bot.app import moment

        quiet = {} if "SHUSHENG_LOG_LEVEL" in os.environ else {"log_level": "warning"}
        settings = settings_of(context, **quiet)
        if locale and locale not in locales.available():
            raise WrongOption(f"--locale must be one of {', '.join(locales.available())}, not {locale!r}")
        started = moment(settings, now)
        options = {
            "talk": talk or f"console:{uuid.uuid4().hex[:12]}",
            "clock": lambda: datetime.now(started.tzinfo),
            "card": card,
            "locale": locale,
            "now": started.isoformat() if now else "",
        }
        with contextlib.ExitStack() as held:
            _converse(lambda: held.enter_context(_console(settings, options)), locale, json=json)


@contextlib.contextmanager
def _console(settings: Settings, options: dict[str, Any]) -> Iterator[Console]:
    """The console on opened parts. Raises Failure for a card that nobody has."""
    from bot.app import open_parts
    from bot.channels.console import Console
    from catalog.database import open_sessions
    from catalog.patrons.tables import Card

    with open_parts(settings) as parts:
        if card := options["card"]:
            with open_sessions(parts.engine, reading=True)() as session:
                if session.get(Card, card) is None:
                    raise Failure(f"no reader has the card {card}")

        def hear(*given: Any) -> Any:  # the ears are loaded with the first recording
            return parts.ears.hear(*given)

        yield Console(parts.sessions, parts.services, hear, **options)


def _converse(opened: Callable[[], Console], locale: str, *, json: bool) -> None:
    """Answer each line of standard input; one that finds the database away opens it anew for the next."""
    from bot.channels.console import in_full, not_now, parsed
    from bot.relay import passing

    trouble: DBAPIError | None = None

    def tried() -> Console | None:
        nonlocal trouble
        try:
            return opened()
        except DBAPIError as error:
            if not passing(error):
                raise
            trouble = error
            return None

    console = tried()
    for line in _lines():
        console = console or tried()
        came = console.answer(parsed(line) if json else {"say": line}) if console else [not_now("not-taken", locale)]
        if json:
            answer, pushed = came[0], came[1:]
            out = answer[1] or {"shown": answer[0].shown, "spoken": answer[0].spoken}
            _print(json_module.dumps({**out, "pushed": [in_full(one) for one, _ in pushed]}, ensure_ascii=False))
        else:
            for message, _ in came:
                _print(message.shown + "\n")
    if trouble := (console and console.trouble) or trouble:
        raise trouble


def _lines() -> Any:
    """The lines of standard input as they come; bytes that are no UTF-8 are read as best they can be."""
    with os.fdopen(os.dup(sys.stdin.fileno()), "r", encoding="utf-8", errors="replace", newline="\n") as lines:
        for line in lines:
            yield line.rstrip("\r\n")


def _print(text: str) -> None:
    print(text, flush=True)
