"""`shusheng libraries policy`, `routes` and `holidays`: what a place settles, where vans go, who is closed."""

from __future__ import annotations

from dataclasses import asdict
from typing import Annotated, Literal

import typer
from sqlalchemy import select

from bot.cli.failing import Failure
from bot.cli.office import LIBRARIAN, Json, Now, at_desk, place_of, say
from catalog.circulation import policies
from catalog.circulation.policy import NAMES
from catalog.organisation.calendar import above, day_of
from catalog.organisation.public_holidays import public_holidays
from catalog.organisation.tables import OrgUnit, VanRoute
from catalog.records.tables import FORMATS

GROUPS = ("adult", "child", "senior", "disabled")
WEEKDAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")

PlaceArgument = Annotated[str, typer.Argument(help="The place: code or name.")]


def add_to_libraries(libraries: typer.Typer) -> None:
    """Add `policy`, `routes` and `holidays`."""
    _add_policy(libraries)
    _add_routes(libraries)
    _add_holidays(libraries)


def _add_policy(libraries: typer.Typer) -> None:
    @libraries.command("policy")
    def policy(
        context: typer.Context,
        place: PlaceArgument,
        *,
        set_: Annotated[
            list[str] | None,
            typer.Option(
                "--set", metavar="NAME=VALUE", help=f"Settle one for it and all below it: {', '.join(NAMES)}."
            ),
        ] = None,
        unset: Annotated[
            list[str] | None, typer.Option(metavar="NAME", help="Let it be as above this place again.")
        ] = None,
        group: Annotated[str, typer.Option(help=f"For these readers only: {', '.join(GROUPS)}.")] = "",
        form: Annotated[str, typer.Option("--format", help=f"For this format only: {', '.join(FORMATS)}.")] = "",
        now: Now = "",
        json: Json = False,
    ) -> None:
        """What holds for the readers of a place, and where that is settled; --set and --unset change it."""
        for said, known, what in ((group, GROUPS, "--group"), (form, FORMATS, "--format")):
            if said and said not in known:
                raise typer.BadParameter(f"{what} is one of {', '.join(known)}, not {said!r}")
        with at_desk(context, now) as here:
            unit = place_of(here.session, place)
            changes: list[tuple[str, str | None]] = [(name, None) for name in unset or []]
            for one in set_ or []:
                name, sign, value = one.partition("=")
                if not sign:
                    raise typer.BadParameter(f"a setting is written NAME=VALUE, such as loan_days=60, not {one!r}")
                changes.append((name.strip(), value))
            for name, said_value in changes:
                try:
                    policies.settle(
                        here.session,
                        place=unit,
                        name=name,
                        said=said_value,
                        group=group,
                        form=form,
                        now=here.now,
                        by=LIBRARIAN,
                    )
                except ValueError as error:
                    raise Failure(str(error)) from error
            for one in (group,) if group else GROUPS:
                held = policies.at(here.session, place_id=unit.id, group=one, form=form)
                row = asdict(held)
                told = ", ".join(f"{name} {_said(value)}" for name, value in row.items())
                say(json, f"{one}{f' {form}' if form else ''}: {told}", {"group": one, "format": form, **row})
            for higher in above(here.session, unit):
                for setting in policies.settings_of(here.session, place=higher):
                    whom = " ".join(filter(None, (setting.group, setting.format))) or "all"
                    row = {"settled_at": higher.code, "group": setting.group, "format": setting.format}
                    told = f"settled at {higher.name} for {whom}: {setting.name} {_said(setting.value)}"
                    say(json, told, {**row, setting.name: setting.value})


def _said(value: object) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return str(value) or "any"


def _add_routes(libraries: typer.Typer) -> None:
    @libraries.command("routes")
    def routes(
        context: typer.Context,
        *,
        remove: Annotated[str, typer.Option(metavar="ROUTE", help="This van goes no more.")] = "",
        now: Now = "",
        json: Json = False,
    ) -> None:
        """The van routes: weekdays and stops in order. `shusheng import FILE --what routes` enters them."""
        with at_desk(context, now) as here:
            rows = here.session.scalars(select(VanRoute).order_by(VanRoute.code)).all()
            if remove:
                gone = [row for row in rows if row.code == remove]
                if not gone:
                    raise Failure(f"there is no route {remove!r}; `shusheng libraries routes` lists them")
                here.session.delete(gone[0])
                rows = [row for row in rows if row.code != remove]
            for row in rows:
                stops = [here.session.get_one(OrgUnit, stop.org_unit_id) for stop in row.stops]
                days = " ".join(WEEKDAYS[int(day)] for day in row.weekdays)
                way = " > ".join(stop.name for stop in stops)
                facts = {"route": row.code, "name": row.name, "weekdays": row.weekdays}
                say(json, f"{row.code}\t{days}\t{way}", {**facts, "stops": [stop.code for stop in stops]})


def _add_holidays(libraries: typer.Typer) -> None:
    @libraries.command("holidays")
    def holidays(
        context: typer.Context,
        place: PlaceArgument,
        *,
        keep: Annotated[
            Literal["closed", "open", "as-above"] | None,
            typer.Option(
                help="Whether it, and all below it that does not say otherwise, is closed on public holidays."
            ),
        ] = None,
        now: Now = "",
        json: Json = False,
    ) -> None:
        """Whether a place is closed on public holidays, and which come in the next year."""
        with at_desk(context, now) as here:
            unit = place_of(here.session, place)
            if keep is not None:
                unit.public_holidays = "" if keep == "as-above" else keep
                here.session.flush()
            kept = next((one.public_holidays for one in above(here.session, unit) if one.public_holidays), "open")
            say(json, f"{unit.name}: {kept} on public holidays", {"code": unit.code, "public_holidays": kept})
            today, known = day_of(here.now), public_holidays()
            for day, name in sorted(known.off.items()):
                if 0 <= (day - today).days <= 365:
                    say(json, f"{day}\t{name}", {"day": day, "holiday": name})
            for day in sorted(known.working):
                if 0 <= (day - today).days <= 365:
                    say(json, f"{day}\tworked instead", {"day": day, "holiday": ""})
