"""A whole library of another system moves in: its places, closed days, items, readers, loans and holds, in the order
in which they refer to each other. Its records have come before. The same again changes nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path

from sqlalchemy import select
from sqlalchemy.orm import Session, sessionmaker

from catalog.audit import Actor
from catalog.interchange.batches import Options, Reject
from catalog.interchange.closing_days import CLOSURES
from catalog.interchange.evergreen import Evergreen
from catalog.interchange.importing import import_rows
from catalog.interchange.lending import HOLDS, LOANS
from catalog.interchange.lists import Kind, ListReport, Row, import_list
from catalog.interchange.registering import READERS
from catalog.organisation.entering import Misplaced, enter
from catalog.organisation.tables import OrgUnit

OnReject = Callable[[Reject], None]


def move_in(
    sessions: sessionmaker[Session],
    folder: Path,
    *,
    library: str,
    now: datetime,
    by: Actor,
    on_reject: OnReject,
) -> Iterator[ListReport]:
    """Take a folder of Evergreen's tables in, below the place `library`; a report for each list as it is done.

    Raises: tables.Unreadable.
    """
    source = Evergreen(folder, root=library)
    yield _places(sessions, source, folder.name, now=now, by=by, on_reject=on_reject)

    def taken(kind: Kind, rows: Iterator[Row]) -> ListReport:
        return import_list(
            sessions, kind, rows, file=f"{folder.name}/{kind.name}", now=now, by=by, places={}, on_reject=on_reject
        )

    yield taken(CLOSURES, source.closures())
    report = import_rows(
        sessions,
        source.items(),
        file=f"{folder.name}/items",
        library=library,
        options=Options(states="evergreen"),
        now=now,
        by=by,
        on_reject=on_reject,
    )
    yield ListReport(report.file, "items", report.read, report.created, report.merged, report.updated, report.rejected)
    yield taken(READERS, source.patrons())
    yield taken(LOANS, source.loans())
    yield taken(HOLDS, source.holds())


def _places(
    sessions: sessionmaker[Session],
    source: Evergreen,
    file: str,
    *,
    now: datetime,
    by: Actor,
    on_reject: OnReject,
) -> ListReport:
    """Enter their places. Hours that cannot be are left out and told: a place without hours has unknown ones."""
    counts = {"created": 0, "updated": 0, "": 0}
    read = rejected = 0
    with sessions.begin() as session:
        for read, unit in enumerate(source.units(), start=1):
            parent = session.scalars(select(OrgUnit).where(OrgUnit.code == unit.parent)).one_or_none()
            try:
                counts[enter(session, unit.place, parent=parent, now=now, by=by)] += 1
            except Misplaced as error:
                rejected += 1
                on_reject(Reject(f"{file}/places", read, f"{unit.place.code}: {error}"))
            if unit.wrong:
                sentence = f"{unit.place.code}: {unit.wrong}; it came in without hours, say them by `libraries import`"
                on_reject(Reject(f"{file}/places", read, sentence))
    return ListReport(f"{file}/places", "places", read, counts["created"], counts[""], counts["updated"], rejected)
