"""`shusheng libraries` and `shusheng stats`: the places, their closed days, and what is used where."""

from __future__ import annotations

from dataclasses import asdict
from datetime import timedelta
from pathlib import Path
from typing import Annotated

import typer
from sqlalchemy import select

from bot.cli import programme, settling
from bot.cli.failing import Failure
from bot.cli.office import LIBRARIAN, Json, Now, at_desk, day_of, place_of, say
from bot.cli.taking_in import Telling, columns_of, known_encoding
from catalog.circulation import closing
from catalog.organisation import calendar
from catalog.organisation.tables import OrgUnit
from catalog.outreach import notices
from catalog.statistics import figures, unmet


def register(app: typer.Typer) -> None:
    """Add `libraries` and `stats` to `app`."""
    libraries = typer.Typer(no_args_is_help=True, help="The places and their calendars.")
    _add_libraries(libraries)
    programme.add_to_libraries(libraries)
    settling.add_to_libraries(libraries)
    app.add_typer(libraries, name="libraries")
    _add_stats(app)


def _add_libraries(libraries: typer.Typer) -> None:
    @libraries.command("list")
    def list_(context: typer.Context, json: Json = False) -> None:
        """The places: code, level, name, whether holds can be collected there, van days."""
        with at_desk(context) as here:
            for unit in here.session.scalars(select(OrgUnit).order_by(OrgUnit.id)):
                row = {
                    "code": unit.code,
                    "level": unit.level,
                    "kind": unit.kind,
                    "name": unit.name,
                    "pickup": unit.is_pickup,
                    "van_days": unit.van_days,
                    "phone": unit.phone,
                }
                pickup = "pick-up" if unit.is_pickup else "-"
                say(json, f"{unit.code}\t{unit.level}\t{unit.name}\t{pickup}\tvan {unit.van_days or '-'}", row)

    @libraries.command("import")
    def import_(
        context: typer.Context,
        file: Annotated[Path, typer.Argument(help="A table of places: CSV, TSV or XLSX, a row a place.")],
        *,
        column: Annotated[
            list[str] | None,
            typer.Option(metavar="HEADING=NAME", help="What a column is, if its heading does not say so."),
        ] = None,
        encoding: Annotated[str, typer.Option(help="What it is written in, if that is not found out.")] = "",
        now: Now = "",
        json: Json = False,
    ) -> None:
        """Enter the places of a list, or what has changed: code, name, what it belongs to, hours, van days."""
        from catalog.interchange.placing import COLUMNS, import_places
        from catalog.interchange.tables import Reading, Unreadable

        told = Telling(json=json)
        reading = Reading(columns_of(column or [], COLUMNS), known_encoding(encoding), told.columns.update, COLUMNS)
        with at_desk(context, now) as here:
            try:
                report = import_places(
                    here.session, file, now=here.now, by=LIBRARIAN, reading=reading, on_reject=told.reject
                )
            except (Unreadable, OSError) as error:
                reason = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
                raise Failure(f"{file}: {reason}" if isinstance(error, OSError) else reason) from error
            counts = asdict(report)
            if not json:
                print(f"{report.file}: {told.guess}")
            said = ", ".join(f"{name} {count:,}" for name, count in counts.items() if name != "file")
            say(json, f"{report.file}: {said}", counts)

    @libraries.command("close")
    def close(
        context: typer.Context,
        *,
        place: Annotated[str, typer.Argument(help="The place, with all below it: code or name.")],
        first: Annotated[str, typer.Option("--from", help="The first closed day, such as 2026-12-24.")],
        last: Annotated[str, typer.Option("--to", help="The last closed day; without it, only the first.")] = "",
        reason: Annotated[str, typer.Option(help="What is said of it.")] = "",
        now: Now = "",
        json: Json = False,
    ) -> None:
        """Close a place for some days; due dates and rounds that would fall into them move on."""
        first_day = day_of(first)
        last_day = day_of(last) if last else first_day
        if last_day < first_day:
            raise Failure(f"the last day, {last_day}, comes before the first, {first_day}")
        with at_desk(context, now) as here:
            unit = place_of(here.session, place)
            closure = closing.close(
                here.session,
                place=unit,
                first_day=first_day,
                last_day=last_day,
                reason=reason,
                now=here.now,
                by=LIBRARIAN,
            )
            opens = calendar.next_open_day(here.session, place=unit, after=last_day)
            row = {
                "closure": closure.id,
                "code": unit.code,
                "first_day": first_day,
                "last_day": last_day,
                "opens": opens,
            }
            told = notices.told_of(here.session, "place_closed", about="closure", id=closure.id)
            closed = f"{unit.name}: closed {first_day} to {last_day}, open again {opens}"
            say(json, f"{closed}; {told} readers whose days moved are told", row | {"told": told})


def _add_stats(app: typer.Typer) -> None:
    @app.command("stats")
    def stats(
        context: typer.Context,
        since: Annotated[str, typer.Option(help="From this day on; without it, the last thirty days.")] = "",
        now: Now = "",
        json: Json = False,
    ) -> None:
        """Use of each place, and what was wished for in vain (only wishes of three or more)."""
        with at_desk(context, now) as here:
            begin = day_of(since) if since else calendar.day_of(here.now) - timedelta(30)
            for one in figures.use(here.session, since=begin):
                counts = {
                    "items": one.items,
                    "readers": one.readers,
                    "loans_open": one.loans_open,
                    "holds_open": one.holds_open,
                    "loans_since": one.loans_since,
                    "deliveries_since": one.deliveries_since,
                }
                place = {"place": one.place.code, "name": one.place.name}
                words = (*place.values(), *(f"{value} {name}" for name, value in counts.items()))
                say(json, "\t".join(words), {**place, **counts})
            for wish, times in unmet.most_wished(here.session, since=begin):
                say(json, f"unmet\t{times}\t{wish}", {"unmet": wish, "times": times})
