"""`shusheng search`: the right book out, for operators and scripts; readers search in a talk (CONTRACT.md).

Nothing here knows how a title is matched: that is catalog's.
"""

from __future__ import annotations

import json as json_module
import sys
from collections.abc import Iterable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from bot.cli import settings_of
from bot.cli.catalogue import sessions_of, update_index
from bot.cli.failing import Failure

if TYPE_CHECKING:
    from catalog.search import Found, Index


def register(app: typer.Typer) -> None:
    """Add `search` to `app`."""
    app.command()(search)


def search(
    context: typer.Context,
    queries: Annotated[
        list[str] | None, typer.Argument(metavar="[QUERY…]", help="Each is one query; none: one a line from stdin.")
    ] = None,
    limit: Annotated[int, typer.Option(min=1, max=100, help="How many works to show.")] = 5,
    voice: Annotated[bool, typer.Option("--voice", help="The words were heard, not typed.")] = False,
    json: Annotated[bool, typer.Option("--json", help="One JSON object a line.")] = False,
) -> None:
    """Find books by title, author, subject, ISBN, pinyin or initials, however badly they are written or heard."""
    from catalog.search import Index, Query, SearchError

    settings = settings_of(context)
    folder = settings.data / "index"
    _look_at(settings.database_url)
    if not (folder / "current").is_file():
        update_index(settings, sessions_of(settings), rebuild=False)
    reader = Index.open(folder)
    _warm(reader, heard=voice)
    for asked in queries if queries else _typed_lines():
        try:
            found = reader.search(Query(text=asked, heard=voice, limit=limit))
        except SearchError as error:
            raise Failure(str(error)) from error
        for line in _answer(asked, found, json=json):
            print(line)
        sys.stdout.flush()


def _look_at(url: str) -> None:
    """One look at the database, though only the index is asked: an old index beside a database that is away, or is
    another than was meant, would say "0 found". A file that is not there is not made here.

    Raises Failure, and DBAPIError for a database that cannot be read or holds no catalogue.
    """
    from sqlalchemy import text
    from sqlalchemy.engine import make_url

    from catalog.database import open_engine

    parsed = make_url(url)
    if parsed.get_backend_name() == "sqlite" and not Path(parsed.database or "").expanduser().exists():
        raise Failure(
            f"there is no database {parsed.database}; look at SHUSHENG_DATABASE_URL, "
            "or import records or run `shusheng demo` first"
        )
    engine = open_engine(url)
    try:
        with engine.execution_options(reading=True).connect() as connection:
            connection.execute(text("SELECT 1 FROM records LIMIT 1"))
    finally:
        engine.dispose()


def _warm(reader: Index, *, heard: bool) -> None:
    """One search for nothing in particular: what is loaded for the first is no part of its milliseconds."""
    from catalog.search import Query, SearchError

    reader.warm()
    with suppress(SearchError):
        reader.search(Query(text="shu", heard=heard, limit=1))


def _typed_lines() -> Iterator[str]:
    for line in sys.stdin.buffer:
        yield line.decode("utf-8", "replace").rstrip("\r\n")


def _answer(asked: str, found: Found, *, json: bool) -> Iterable[str]:
    if json:
        hits = [
            {
                **{"record": str(hit.record), "title": hit.title, "authors": hit.authors, "formats": hit.formats},
                **{"isbns": hit.isbns, "score": hit.score, "why": hit.why},
            }
            for hit in found.hits
        ]
        answer = {"query": asked, "ms": found.ms, "total": found.total, "found": hits}
        return [json_module.dumps(answer, ensure_ascii=False)]
    lines = [f"{asked}: {found.total} found"]
    for number, hit in enumerate(found.hits, start=1):
        people = ", ".join(hit.authors)
        lines.append(f"{number}. {hit.title}{f' / {people}' if people else ''} ({', '.join(hit.formats)}; {hit.why})")
    return [*lines, ""]
