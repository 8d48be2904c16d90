"""`shusheng records` and `shusheng harvest`: why records were put together, taking them apart, and libraries' OAI-PMH.

For cataloguers. What two records must have in common to be one is catalog's; here it is only said.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Annotated

import typer

from bot.cli import settings_of
from bot.cli.catalogue import Codes, States, bar, options_of, reported, sessions_of, update_index
from bot.cli.failing import Failure
from bot.cli.office import LIBRARIAN, Json, Now, at_desk, say
from bot.cli.telling import telling

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from catalog.records.sources import Reread
    from catalog.records.splitting import Reason
    from catalog.records.tables import BibliographicRecord

Which = Annotated[str, typer.Argument(help="The record's number (as `search --json` gives it) or its ISBN.")]
RULES = {
    "first": "the first description of it",
    "isbn": "the same ISBN",
    "description": "described alike",
    "bridge": "described just as another record of the same ISBN",
    "librarian": "put here by a librarian",
}
"""Why a source record is where it is, in words."""


def register(app: typer.Typer) -> None:
    """Add `records` and `harvest` to `app`."""
    records = typer.Typer(no_args_is_help=True, help="Why records are one, and how to take them apart.")
    _add_looking(records)
    _add_splitting(records)
    _add_joining(records)
    app.add_typer(records, name="records")
    app.command()(harvest)


def _add_looking(records: typer.Typer) -> None:
    @records.command("why")
    def why(context: typer.Context, *, record: Which, json: Json = False) -> None:
        """Which libraries' records a record was made of, and why; and the other editions of its work."""
        from catalog.records.splitting import reasons, siblings

        with at_desk(context) as here:
            found = _record(here.session, record)
            people = ", ".join(found.authors)
            print_ = (
                f"{found.id}\t{found.title}{f' / {people}' if people else ''}\t{found.publisher} {found.year or ''}"
            )
            if not json:
                print(print_.rstrip())
            for reason in reasons(here.session, found.id):
                row = {
                    **{"record": found.id, "source": reason.source, "library": reason.library, "number": reason.number},
                    **{"file": reason.file, "why": reason.rule, "evidence": dict(reason.evidence)},
                }
                say(json, f"  source {reason.source}\t{reason.library or '-'}\t{reason.number}\t{_said(reason)}", row)
            for one in siblings(here.session, found):
                row = {"record": found.id, "edition": one.record, "title": one.title, "format": one.format}
                told = f"  edition {one.record}\t{one.title}\t{one.format} {one.language} {one.year or ''}".rstrip()
                say(json, f"{told}\tthe same title and people", {**row, "year": one.year, "language": one.language})

    @records.command("source")
    def source(context: typer.Context, *, number: Annotated[int, typer.Argument(help="The source's number.")]) -> None:
        """A source record as it came, byte for byte, on stdout."""
        from catalog.records.sources import raw
        from catalog.records.tables import SourceRecord

        with at_desk(context) as here:
            found = here.session.get(SourceRecord, number)
            if found is None:
                raise Failure(f"there is no source {number}; `shusheng records why RECORD` lists them")
            kept = raw(found)
        sys.stdout.flush()
        sys.stdout.buffer.write(kept)
        sys.stdout.buffer.flush()


def _add_splitting(records: typer.Typer) -> None:
    @records.command("split")
    def split(
        context: typer.Context,
        *,
        source: Annotated[int | None, typer.Option(help="Give this source a record of its own.")] = None,
        record: Annotated[str, typer.Option(help="Give this record (number or ISBN) a work of its own.")] = "",
        now: Now = "",
        json: Json = False,
    ) -> None:
        """Take apart what was put together: a source out of its record, or a record out of its work. It stays so."""
        from catalog.records.splitting import split_source, split_work

        if (source is None) == (not record):
            raise typer.BadParameter("say --source or --record")
        with at_desk(context, now) as here:
            if source is not None:
                reread = _reread(here.session)
                made = split_source(here.session, source, reread=reread, now=here.now, by=LIBRARIAN)
                say(json, f"source {source} is record {made} now", {"source": source, "record": made})
            else:
                number = _record(here.session, record).id
                work = split_work(here.session, number, now=here.now, by=LIBRARIAN)
                say(json, f"record {number} is a work of its own now", {"record": number, "work": work})
        update_index(settings_of(context), sessions_of(settings_of(context)))


def _add_joining(records: typer.Typer) -> None:
    @records.command("join")
    def join(
        context: typer.Context,
        *,
        source: Annotated[int | None, typer.Option(help="Put this source back into the record it was in.")] = None,
        record: Annotated[str, typer.Option(help="Put this record (number or ISBN) back into its work.")] = "",
        now: Now = "",
        json: Json = False,
    ) -> None:
        """Put together again what `split` took apart."""
        from catalog.records.rejoining import join_source, join_work

        if (source is None) == (not record):
            raise typer.BadParameter("say --source or --record")
        with at_desk(context, now) as here:
            if source is not None:
                reread = _reread(here.session)
                kept = join_source(here.session, source, reread=reread, now=here.now, by=LIBRARIAN)
                say(json, f"source {source} is part of record {kept} again", {"source": source, "record": kept})
            else:
                number = _record(here.session, record).id
                work = join_work(here.session, number, now=here.now, by=LIBRARIAN)
                say(json, f"record {number} is an edition of its work again", {"record": number, "work": work})
        update_index(settings_of(context), sessions_of(settings_of(context)))


def harvest(
    context: typer.Context,
    address: Annotated[str, typer.Argument(help="The repository's OAI-PMH address.")],
    *,
    library: Annotated[str, typer.Option(help="The code of the library whose records these are.")],
    prefix: Annotated[str, typer.Option(help="The repository's name for MARCXML.")] = "marcxml",
    set_name: Annotated[str, typer.Option("--set", help="Only this set.")] = "",
    again: Annotated[bool, typer.Option("--again", help="Everything once more, not only what changed.")] = False,
    place: Codes = None,
    create_places: Annotated[bool, typer.Option("--create-places", help="Make branches of unknown codes.")] = False,
    states: States = "",
    json: Json = False,
) -> None:
    """Fetch a library's records by OAI-PMH: what changed since the last time, going on where it broke off."""
    from datetime import UTC, datetime

    from catalog.audit import Actor
    from catalog.interchange.harvesting import Repository, Unharvestable
    from catalog.interchange.harvesting import harvest as harvest_

    settings = settings_of(context)
    sessions = sessions_of(settings)
    told = telling(json=json)
    with _failing(Unharvestable), bar(f"Harvesting {library}") as progress:
        report = harvest_(
            sessions,
            Repository(address, library, prefix, set_name),
            now=datetime.now(UTC),
            by=Actor(turn="harvest"),
            options=options_of(places=place or [], states=states, create_places=create_places),
            again=again,
            on_reject=told.reject,
            on_left_out=told.left_out,
            progress=progress,
        )
    reported(report, told, json=json)
    update_index(settings, sessions)


@contextmanager
def _failing(kind: type[Exception]) -> Iterator[None]:
    try:
        yield
    except kind as error:
        raise Failure(f"{error}; what came is kept, and the same command goes on there") from error


def _said(reason: Reason) -> str:
    said = RULES.get(reason.rule, reason.rule)
    if "isbn" in reason.evidence:
        return f"{said}: {reason.evidence['isbn']}"
    if "same" in reason.evidence:
        return f"{said}: {', '.join(reason.evidence['same'])}"
    return said


def _record(session: Session, said: str) -> BibliographicRecord:
    from sqlalchemy import select

    from catalog.records.isbn import to_isbn13
    from catalog.records.tables import BibliographicRecord, RecordIsbn

    isbn = to_isbn13(said)
    if isbn:
        statement = select(BibliographicRecord).join(RecordIsbn).where(RecordIsbn.isbn == isbn)
        found = session.scalars(statement.order_by(BibliographicRecord.id)).first()
    else:
        found = session.get(BibliographicRecord, int(said)) if said.isdigit() else None
    if found is None:
        raise Failure(f"no record has the number or ISBN {said!r}; `shusheng search --json` gives the numbers")
    return found


def _reread(session: Session) -> Reread:
    from sqlalchemy import select

    from catalog.interchange.describing import Places
    from catalog.interchange.sources import rereader
    from catalog.organisation.tables import OrgUnit

    return rereader(Places(dict(session.execute(select(OrgUnit.code, OrgUnit.id)).all())))
