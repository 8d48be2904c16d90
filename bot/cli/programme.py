"""`shusheng libraries events`: what a library and its reading rooms plan; changes reach those who have a seat."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.app import moment
from bot.cli import lists, settings_of
from bot.cli.catalogue import sessions_of
from bot.cli.failing import Failure
from bot.cli.office import LIBRARIAN, Json, Now, at_desk, place_of, row_of, say
from bot.cli.telling import known_encoding
from catalog.interchange.days import moment_in
from catalog.interchange.describing import Unusable
from catalog.interchange.lists import Taking
from catalog.interchange.programme import EVENTS
from catalog.organisation import calendar
from catalog.outreach import events, programme
from catalog.outreach.tables import Event

Number = Annotated[int, typer.Argument(help="The event's number, as `libraries events list` says it.")]


def add_to_libraries(libraries: typer.Typer) -> None:
    """Add `events` to `libraries`."""
    app = typer.Typer(no_args_is_help=True, help="The events of the places.")
    _add_listing(app)
    _add_changing(app)
    libraries.add_typer(app, name="events")


def _event_of(session: Session, number: int) -> Event:
    """The event with this number. Raises: Failure."""
    found = row_of(session, Event, number)
    if found is None:
        raise Failure(f"there is no event {number}; `shusheng libraries events list` shows them")
    return found


def _add_listing(app: typer.Typer) -> None:
    @app.command("list")
    def list_(
        context: typer.Context,
        at: Annotated[str, typer.Option("--at", help="Only of this place and all below it: code or name.")] = "",
        now: Now = "",
        json: Json = False,
    ) -> None:
        """What is coming: number, when, where, what, seats taken."""
        with at_desk(context, now) as here:
            statement = select(Event).where(Event.ends_at > here.now).order_by(Event.starts_at, Event.id)
            if at:
                units = calendar.below(here.session, place_of(here.session, at))
                statement = statement.where(Event.org_unit_id.in_([unit.id for unit in units]))
            for event in here.session.scalars(statement):
                taken = events.seats_taken(here.session, event=event)
                starts = event.starts_at.astimezone(calendar.ZONE)
                row = {
                    "event": event.id,
                    "code": event.code,
                    "title": event.title,
                    "place": event.org_unit.code,
                    "starts": starts.isoformat(),
                    "seats": event.seats,
                    "taken": taken,
                    "off": event.cancelled_at is not None,
                }
                seats = f"{taken} of {event.seats}" if event.seats is not None else f"{taken}"
                off = ", called off" if event.cancelled_at else ""
                say(
                    json,
                    f"{event.id}\t{starts:%Y-%m-%d %H:%M}\t{event.org_unit.name}\t{event.title}\t{seats} seats{off}",
                    row,
                )

    @app.command("import")
    def import_(
        context: typer.Context,
        files: Annotated[list[Path], typer.Argument(metavar="FILE…", help="Tables: CSV, TSV or XLSX, a row an event.")],
        *,
        column: Annotated[
            list[str] | None,
            typer.Option(metavar="HEADING=NAME", help="What a column is, if its heading does not say so."),
        ] = None,
        encoding: Annotated[str, typer.Option(help="What it is written in, if that is not found out.")] = "",
        now: Now = "",
        json: Json = False,
    ) -> None:
        """Enter the events of a list, or what has changed: what, where, when, seats, access, the last day to join."""
        settings = settings_of(context)
        lists.bring_in(
            sessions_of(settings),
            files,
            what="events",
            columns=column or [],
            places={},
            encoding=known_encoding(encoding),
            now=moment(settings, now),
            json=json,
        )


def _add_changing(app: typer.Typer) -> None:
    @app.command("add")
    def add(
        context: typer.Context,
        title: Annotated[str, typer.Argument(help="What it is.")],
        *,
        at: Annotated[str, typer.Option("--at", help="Where: a place's code or name.")],
        starts: Annotated[str, typer.Option(help="When it begins, such as '2026-12-05 14:00'.")],
        ends: Annotated[str, typer.Option(help="When it ends; without it, two hours later.")] = "",
        topic: Annotated[str, typer.Option(help="health, farming, children, reading, culture or technology.")] = "",
        seats: Annotated[str, typer.Option(help="How many seats; without it, they are not counted.")] = "",
        access: Annotated[str, typer.Option(help="Such as 'ramp, sign language'.")] = "",
        register_until: Annotated[str, typer.Option(help="The last day or moment to take a seat.")] = "",
        now: Now = "",
        json: Json = False,
    ) -> None:
        """Enter one event; one of the same name, place and day is changed."""
        said = {"title": title, "place": at, "starts": starts, "ends": ends, "topic": topic, "seats": seats}
        said |= {"access": access, "register_until": register_until}
        with at_desk(context, now) as here:
            place = place_of(here.session, at)
            taking = Taking(here.session, here.now, LIBRARIAN, {})
            try:
                done = EVENTS.take(
                    taking, {name: one for name, one in (said | {"place": place.code}).items() if one.strip()}
                )
                event = programme.known(here.session, place=place, title=title, starts_at=moment_in("start", starts))
            except Unusable as error:
                raise Failure(f"{title}: {error}") from None
            assert event is not None
            say(json, f"event {event.id}: {done}", {"event": event.id, "done": done})

    @app.command("move")
    def move(
        context: typer.Context,
        event: Number,
        *,
        starts: Annotated[str, typer.Option(help="When it begins now; without it, as before.")] = "",
        ends: Annotated[str, typer.Option(help="When it ends now; without it, it stays as long as it was.")] = "",
        to: Annotated[str, typer.Option("--to", help="Where it is now: a place's code or name.")] = "",
        now: Now = "",
        json: Json = False,
    ) -> None:
        """Another time or place; everybody who has a seat is told."""
        with at_desk(context, now) as here:
            found = _event_of(here.session, event)
            try:
                begins = moment_in("start", starts) if starts else found.starts_at
                closes = moment_in("end", ends) if ends else begins + (found.ends_at - found.starts_at)
                told = programme.move(
                    here.session,
                    event=found,
                    place=place_of(here.session, to) if to else found.org_unit,
                    starts_at=begins,
                    ends_at=closes,
                    now=here.now,
                    by=LIBRARIAN,
                )
            except (Unusable, programme.Impossible) as error:
                raise Failure(f"event {event}: {error}") from None
            when = begins.astimezone(calendar.ZONE)
            say(
                json,
                f"event {event}: {when:%Y-%m-%d %H:%M} at {found.org_unit.name}; {told} readers will be told",
                {"event": event, "starts": when.isoformat(), "place": found.org_unit.code, "told": told},
            )

    @app.command("cancel")
    def cancel(context: typer.Context, event: Number, now: Now = "", json: Json = False) -> None:
        """It does not take place; everybody who has a seat is told."""
        with at_desk(context, now) as here:
            found = _event_of(here.session, event)
            told = programme.call_off(here.session, event=found, now=here.now, by=LIBRARIAN)
            say(json, f"event {event}: called off; {told} readers will be told", {"event": event, "told": told})
