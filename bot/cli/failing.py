"""How a command says that it failed: one clear sentence on stderr, whatever went wrong underneath.

Rooms raise what they know (a refusal, a wrong setting, the database's own errors); only here it becomes English and an
exit code. Errors of rooms that a command did not load are recognized without loading them for every command.
"""

from __future__ import annotations

import sys
import traceback
from pathlib import Path
from typing import TYPE_CHECKING, cast

import typer
from sqlalchemy.exc import DBAPIError
from typer._click.exceptions import ClickException, NoArgsIsHelpError  # typer's own: it does not raise click's

from bot.settings import Settings, WrongOption, WrongSetting
from catalog.refusals import Refusal

if TYPE_CHECKING:
    from bot.messages import Value

FAILED, MISUSED, STOPPED = 1, 2, 130


class Failure(Exception):  # noqa: N818 - said to the operator as it is
    """A command cannot go on; the message is the sentence the operator reads."""


DATABASE = (
    (("locked", "busy"), "the database is busy with another program's writing; try again in a moment"),
    (
        ("is full", "no space left", "disk i/o"),
        "the disk that holds the database is full or broken; free some space and try again, nothing was lost",
    ),
    (("malformed", "not a database"), "the database is damaged or is no SQLite file; restore the last backup"),
    (
        ("readonly", "unable to open", "permission"),
        "the database cannot be opened for writing; look at SHUSHENG_DATABASE_URL and at who may write there",
    ),
    (
        ("no such table", "no such column"),
        "the database holds no catalogue; import records or run `shusheng demo` first",
    ),
)
"""Words in what a database says, and the sentence for the operator."""


def tell(error: Exception) -> int:
    """Say why a command failed; gives the exit code."""
    if isinstance(error, typer.Abort):
        return say("stopped", code=STOPPED)
    if isinstance(error, ClickException):
        return say(_of_usage(error), code=MISUSED)
    return say(sentence(error), code=MISUSED if isinstance(error, WrongOption) else FAILED)


def sentence(error: BaseException) -> str:
    """The sentence for an error; one that nobody foresaw is named with its place, without its words."""
    if isinstance(error, Refusal):
        from bot.locales import load
        from bot.rendering import say as in_words

        return in_words(load("en"), error.reason, **cast("dict[str, Value]", error.values))
    if isinstance(error, Failure | WrongSetting):
        return str(error)
    if isinstance(error, DBAPIError):
        return of_database(error)
    if isinstance(error, OverflowError):
        return "a number or a day in this is too large"
    if isinstance(error, UnicodeEncodeError):
        return "a word in this is not written in UTF-8"
    if isinstance(error, OSError):
        place = f": {error.filename}" if error.filename else ""
        return f"{error.strerror}{place}" if error.strerror else str(error)
    from catalog.search.generations import SearchError

    if isinstance(error, SearchError):
        return str(error)
    return f"something went wrong that should not ({type(error).__name__} at {at(error)}); please report it"


def _of_usage(error: ClickException) -> str:
    context = getattr(error, "ctx", None)
    help_of = f"`{context.command_path if context else 'shusheng'} --help`"
    if isinstance(error, NoArgsIsHelpError):
        return f"say which command; {help_of} lists them"
    return f"{error.format_message().rstrip('.')}; {help_of} tells more"


def of_database(error: DBAPIError) -> str:
    """The sentence for a database that does not do what it should, with what to do."""
    said = " ".join(str(error.orig).split()) if error.orig else type(error).__name__
    for words, told in DATABASE:
        if any(word in said.lower() for word in words):
            return told
    if "connect" in said.lower():
        return f"the database server cannot be reached ({said}); look at SHUSHENG_DATABASE_URL"
    return f"the database cannot be used ({type(error.orig).__name__}); `shusheng check` tells more"


def at(error: BaseException) -> str:
    """Where an error arose, without its words: they may quote a reader."""
    frames = traceback.extract_tb(error.__traceback__)[-2:]
    return " < ".join(f"{Path(frame.filename).name}:{frame.lineno}" for frame in reversed(frames)) or "nowhere"


def say(text: str, *, code: int = FAILED) -> int:
    """Print `text` as one line on stderr; gives the exit code."""
    print(f"shusheng: {' '.join(text.split())}", file=sys.stderr)
    return code


def not_listening(settings: Settings, error: OSError) -> str:
    """PortTaken says what to do; the system's own errors (no such address) need the address and the way out."""
    if error.strerror is None:
        return str(error)
    where = f"{settings.host}:{settings.port}"
    return f"the chat page cannot listen on {where} ({error.strerror}); choose others with --host and --port"
