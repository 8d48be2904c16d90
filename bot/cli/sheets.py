"""`shusheng desk round-sheet` and `pick-list`: what goes on paper, in large type, as a page that any browser prints.

What stands on it is found by catalog.delivery.sheets; the pages are in templates/, their words in locales (sheets.ftl).
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from bot import locales, rendering
from bot.cli.failing import Failure
from bot.cli.office import At, Json, Now, at_desk, day_of, place_of, say
from bot.dialogue import naming
from bot.locales import Locale
from bot.messages import Value
from bot.rendering import pages
from catalog.delivery import sheets
from catalog.organisation import calendar
from catalog.records.tables import BibliographicRecord

TEMPLATES = Path(__file__).parent / "templates"
Out = Annotated[str, typer.Option("-o", "--output", help="The file to write; without one, the page goes to stdout.")]
Tag = Annotated[str, typer.Option("--locale", help="zh-CN, zh-Hant or en.")]


def add_to_desk(desk: typer.Typer) -> None:
    """Add `round-sheet` and `pick-list` to `desk`."""

    @desk.command("round-sheet")
    def round_sheet(
        context: typer.Context,
        at: At,
        *,
        day: Annotated[str, typer.Option(help="The day of the round; without one, today.")] = "",
        output: Out = "",
        locale: Tag = "zh-CN",
        now: Now = "",
        json: Json = False,
    ) -> None:
        """The doors a round goes to on a day, in the order of its route, in large type."""
        with at_desk(context, now) as here:
            place, when = place_of(here.session, at), day_of(day) if day else calendar.day_of(here.now)
            tongue = locales.load(locales.nearest(locale))
            stops = [_stop(tongue, one) for one in sheets.round_of(here.session, place=place, day=when)]
            page = _page("round.html", tongue, place=naming.place_in(tongue, place), day=when, stops=stops)
        _give(page, output, json, [{**stop, "number": at} for at, stop in enumerate(stops, 1)])

    @desk.command("pick-list")
    def pick_list(
        context: typer.Context, at: At, *, output: Out = "", locale: Tag = "zh-CN", now: Now = "", json: Json = False
    ) -> None:
        """What is to be taken from the shelves of a place for holds, in the order of the call numbers."""
        with at_desk(context, now) as here:
            place, tongue = place_of(here.session, at), locales.load(locales.nearest(locale))
            picks = [_pick(tongue, one) for one in sheets.picks(here.session, place=place)]
            today = calendar.day_of(here.now)
            page = _page("picks.html", tongue, place=naming.place_in(tongue, place), day=today, picks=picks)
        _give(page, output, json, picks)


def _give(page: str, output: str, json: bool, rows: list[dict[str, Any]]) -> None:
    """Write the page, or print it; with --json print what stands on it."""
    if output:
        try:
            Path(output).write_text(page, encoding="utf-8")
        except OSError as error:
            raise Failure(f"{output} cannot be written: {error.strerror}") from error
    if json:
        for row in rows:
            say(True, "", row)
    elif not output:
        print(page, end="")
    else:
        say(False, f"{output}: {len(rows)}", {})


def _stop(locale: Locale, stop: sheets.Stop) -> dict[str, Any]:
    delivery = stop.delivery
    return {
        "delivery": delivery.id,
        "name": delivery.patron.name,
        "address": delivery.address_text,
        "phone": delivery.patron.phone,
        "window": rendering.say(locale, f"window-{delivery.window or 'day'}"),
        "note": delivery.note,
        "code": delivery.code_word,
        "first_visit": stop.first_visit,
        "brings": [_carried(locale, one) for one in stop.brings],
        "takes": [_carried(locale, one) for one in stop.takes],
    }


def _carried(locale: Locale, one: sheets.Carried) -> dict[str, Any]:
    return {**_book(locale, one.record), "barcode": one.barcode, "here": one.here}


def _pick(locale: Locale, pick: sheets.Pick) -> dict[str, Any]:
    values: dict[str, Value] = {"hold": pick.hold.id}
    ways = []
    if pick.to is not None:
        ways.append("send")
        values["place"] = naming.place_in(locale, pick.to)
    if pick.delivery is not None:
        ways.append("round")
        values |= {"delivery": pick.delivery.id, "day": pick.delivery.promised_date}
    whither = f"sheet-pick-{'-'.join(ways) or 'shelf'}"
    return {
        "hold": pick.hold.id,
        "call_number": pick.item.call_number,
        "barcode": pick.item.barcode,
        **_book(locale, pick.item.record),
        "whither": rendering.say(locale, whither, **values),
    }


def _book(locale: Locale, record: BibliographicRecord) -> dict[str, Any]:
    title = f"{record.title} {record.volume}".strip()
    form = rendering.say(locale, f"format-{record.format.replace('_', '-')}")
    return {"title": title, "format": form if record.format != "print" else ""}


def _page(template: str, locale: Locale, **facts: Any) -> str:
    def words(id: str, **values: Value) -> str:
        return rendering.say(locale, f"sheet-{id}", **values)

    return pages.page(TEMPLATES / template, t=words, lang=locale.tag, **facts)
