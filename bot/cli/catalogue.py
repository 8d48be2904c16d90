"""`shusheng import` and `index`: records in, ready to be found (CONTRACT.md).

Words on these lines are for operators and scripts. Nothing here knows how a file is read: that is catalog's.
"""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from bot.cli import lists, settings_of
from bot.cli.failing import Failure
from bot.cli.taking_in import Codes, States, Telling, bar, known_encoding, options_of, pairs_of, reported
from bot.settings import Settings, make_data

if TYPE_CHECKING:
    from sqlalchemy.orm import Session, sessionmaker


def register(app: typer.Typer) -> None:
    """Add `import` and `index` to `app`."""
    app.command("import")(import_)
    app.command()(index)


def import_(
    context: typer.Context,
    files: Annotated[list[Path], typer.Argument(metavar="FILE…", help="Files of records or lists; of any size.")],
    *,
    library: Annotated[str | None, typer.Option(help="The code of the library that the items belong to.")] = None,
    format: Annotated[
        str, typer.Option(help="auto, marc, marcxml, csv, xlsx, holdings; evergreen: a folder of its tables.")
    ] = "auto",
    what: Annotated[str, typer.Option(help="records, patrons, loans, holds, closures, routes, events.")] = "records",
    encoding: Annotated[str, typer.Option(help="What it is written in, if that is not found out.")] = "",
    column: Annotated[
        list[str] | None,
        typer.Option(metavar="HEADING=NAME", help="What a column of a table is, if its heading does not say so."),
    ] = None,
    place: Codes = None,
    create_places: Annotated[
        bool, typer.Option("--create-places", help="Make branches of codes that nobody knows.")
    ] = False,
    states: States = "",
    now: Annotated[str, typer.Option("--now", help="The time it should be, ISO 8601.")] = "",
    json: Annotated[bool, typer.Option("--json", help="One JSON object a line.")] = False,
) -> None:
    """Load records, holdings and items into the union, and bring the search index up to date."""
    from bot.app import moment
    from catalog.audit import Actor
    from catalog.interchange.importing import FORMATS, Unreadable, import_file
    from catalog.refusals import NotFound

    if format not in (*FORMATS, "evergreen"):
        raise typer.BadParameter(f"--format is one of {', '.join(FORMATS)}, evergreen")
    if what not in lists.WHAT:
        raise typer.BadParameter(f"--what is one of {', '.join(lists.WHAT)}")
    settings = settings_of(context)
    at = moment(settings, now) if now else datetime.now(UTC)
    sessions = sessions_of(settings)
    if format == "evergreen":
        try:
            lists.move_in(sessions, files, library=library, now=at, json=json)
        except NotFound as error:
            raise Failure(f"no library has the code {library}") from error
        update_index(settings, sessions)
        return
    if what != "records":
        known = pairs_of(place or [], "--place THEIRS=OURS")
        known_encoding(encoding)
        lists.bring_in(
            sessions, files, what=what, columns=column or [], places=known, encoding=encoding, now=at, json=json
        )
        return
    unread: list[str] = []
    for file in files:
        told = Telling(json=json)
        options = options_of(
            encoding=encoding,
            columns=column or [],
            places=place or [],
            states=states,
            create_places=create_places,
            told=told.columns.update,
        )
        try:
            with bar(f"Importing {file.name}") as progress:
                report = import_file(
                    sessions,
                    file,
                    library=library,
                    format=format,
                    now=at,
                    by=Actor(turn="import"),
                    options=options,
                    on_reject=told.reject,
                    on_left_out=told.left_out,
                    progress=progress,
                )
        except NotFound as error:
            raise Failure(f"no library has the code {library}") from error
        except (Unreadable, OSError) as error:
            reason = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
            unread.append(f"{file}: {reason}" if isinstance(error, OSError) else reason)
            continue
        reported(report, told, json=json)
        if report.read and report.rejected == report.read:
            unread.append(f"{file}: nothing in it could be read as a record; is it the file, whole, and its format?")
    update_index(settings, sessions)
    if unread:
        raise Failure("; ".join(unread))


def index(
    context: typer.Context,
    rebuild: Annotated[bool, typer.Option("--rebuild", help="Build it anew from the whole catalogue.")] = False,
) -> None:
    """Bring the search index up to date."""
    settings = settings_of(context)
    print(f"{update_index(settings, sessions_of(settings), rebuild=rebuild):,} works written to the search index")


def update_index(settings: Settings, sessions: sessionmaker[Session], *, rebuild: bool = False) -> int:
    """Bring the search index up to date; the number of works written."""
    from catalog.search.index import SearchError, update

    try:
        with bar("Indexing") as progress:
            return update(sessions, settings.data / "index", rebuild=rebuild, progress=progress)
    except SearchError as error:
        raise Failure(str(error)) from error


def sessions_of(settings: Settings) -> sessionmaker[Session]:
    """Sessions on the chosen database, its schema and folders made if they are not there."""
    from catalog.database import open_engine, open_sessions, prepare

    make_data(settings)
    engine = open_engine(settings.database_url)
    prepare(engine)
    return open_sessions(engine)
