"""The desk's commands about volunteers: who brings books round which village, and how their errands stand."""

from __future__ import annotations

from typing import Annotated

import typer
from sqlalchemy import select

from bot.cli.failing import Failure
from bot.cli.office import LIBRARIAN, At, CardOption, Json, Now, at_desk, patron_of, place_of, say
from catalog.delivery import errands
from catalog.delivery.tables import DeliveryRequest, Errand

WEEK = "0123456"


def add_to_desk(desk: typer.Typer) -> None:
    """Add `volunteer` and `errands` to `desk`."""

    @desk.command("volunteer")
    def volunteer(
        context: typer.Context,
        *,
        card: CardOption,
        at: At,
        dialects: Annotated[str, typer.Option(help="What he speaks, with commas: zh-CN, wu, …")] = "zh-CN",
        weekdays: Annotated[str, typer.Option(help="When he can, Monday is 0: 25 is Wednesday and Saturday.")] = "",
        now: Now = "",
        json: Json = False,
    ) -> None:
        """A reader brings books to doors round a place; errands are offered in his own talk."""
        if not set(weekdays) <= set(WEEK):
            raise Failure(f"weekdays are digits from 0 (Monday) to 6, not {weekdays!r}")
        with at_desk(context, now) as here:
            one = errands.enlist(
                here.session,
                patron=patron_of(here.session, card),
                place=place_of(here.session, at),
                dialects=[tag.strip() for tag in dialects.split(",") if tag.strip()],
                weekdays="".join(sorted(set(weekdays))),
                now=here.now,
                by=LIBRARIAN,
            )
            row = {"volunteer": one.id, "at": one.org_unit.code, "dialects": one.dialects, "weekdays": weekdays}
            say(json, f"card {card} is volunteer {one.id} at {one.org_unit.name}", row)

    @desk.command("errands")
    def list_(context: typer.Context, at: At, now: Now = "", json: Json = False) -> None:
        """The errands of a place: which delivery, who, how it stands, and the minutes that were given."""
        with at_desk(context, now) as here:
            place = place_of(here.session, at)
            statement = select(Errand).join(DeliveryRequest).where(DeliveryRequest.org_unit_id == place.id)
            for one in here.session.scalars(statement.order_by(DeliveryRequest.promised_date, Errand.id)):
                row = {
                    "errand": one.id,
                    "delivery": one.delivery_id,
                    "promised_date": one.delivery.promised_date,
                    "volunteer": one.volunteer_id,
                    "name": one.volunteer.name,
                    "status": one.status,
                    "minutes": one.minutes,
                }
                told = f"delivery {one.delivery_id}, {one.delivery.promised_date}: {one.volunteer.name}, {one.status}"
                say(json, f"{told}, {one.minutes} minutes" if one.minutes else told, row)
