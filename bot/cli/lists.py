"""`shusheng import --what …`: lists that are not of books (readers, loans, holds, closed days, van routes, events), and
a whole library of another system. Words on these lines are for operators and scripts; how a row is read is catalog's.
"""

from __future__ import annotations

import json as json_module
from collections.abc import Iterable, Mapping
from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from bot.cli.failing import Failure
from bot.cli.taking_in import Telling, columns_of
from catalog.audit import Actor

if TYPE_CHECKING:
    from sqlalchemy.orm import Session, sessionmaker

    from catalog.interchange.lists import Kind, ListReport

WHAT = ("records", "patrons", "loans", "holds", "closures", "routes", "events")
BY = Actor("librarian", turn="import")


def kind_of(what: str) -> Kind:
    """The kind of list that is called so."""
    from catalog.interchange.closing_days import CLOSURES
    from catalog.interchange.lending import HOLDS, LOANS
    from catalog.interchange.programme import EVENTS
    from catalog.interchange.registering import READERS
    from catalog.interchange.van_routes import ROUTES

    return {kind.name: kind for kind in (READERS, LOANS, HOLDS, CLOSURES, ROUTES, EVENTS)}[what]


def bring_in(
    sessions: sessionmaker[Session],
    files: Iterable[Path],
    *,
    what: str,
    columns: Iterable[str],
    places: Mapping[str, str],
    encoding: str,
    now: datetime,
    json: bool,
) -> None:
    """Take lists of one kind in, and say what became of each row that was left out. Raises: Failure."""
    from catalog.interchange.lists import import_list, rows_of
    from catalog.interchange.tables import Reading, Unreadable

    kind = kind_of(what)
    unread: list[str] = []
    for file in files:
        told = Telling(json=json)
        reading = Reading(columns_of(columns, kind.columns), encoding, told.columns.update, kind.columns)
        try:
            report = import_list(
                sessions,
                kind,
                rows_of(file, reading),
                file=str(file),
                now=now,
                by=BY,
                places=places,
                on_reject=told.reject,
            )
        except (Unreadable, OSError) as error:
            reason = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
            unread.append(f"{file}: {reason}" if isinstance(error, OSError) else reason)
            continue
        if not json:
            print(f"{file}: {told.guess}")
        _told(report, json=json)
        if report.read and report.rejected == report.read:
            unread.append(f"{file}: none of its {report.read} rows could be taken in; the reasons stand above")
    if unread:
        raise Failure("; ".join(unread))


def move_in(
    sessions: sessionmaker[Session], folders: Iterable[Path], *, library: str | None, now: datetime, json: bool
) -> None:
    """Take whole libraries in from folders of Evergreen's tables. Raises: Failure."""
    from catalog.interchange.batches import Options
    from catalog.interchange.importing import places_of
    from catalog.interchange.moving_in import move_in as moved_in
    from catalog.interchange.tables import Unreadable

    if not library:
        raise Failure("say with --library below which place of ours their places come, by its code")
    places_of(sessions, library, Options())
    told = Telling(json=json)
    for folder in folders:
        try:
            for report in moved_in(sessions, folder, library=library, now=now, by=BY, on_reject=told.reject):
                _told(report, json=json)
        except Unreadable as error:
            raise Failure(str(error)) from error


def _told(report: ListReport, *, json: bool) -> None:
    row = asdict(report)
    if json:
        print(json_module.dumps(row, ensure_ascii=False), flush=True)
        return
    counts = ", ".join(f"{name} {count:,}" for name, count in row.items() if name not in ("file", "what"))
    print(f"{report.file}: {report.what}: {counts}")
