"""The desk's commands about holds: placing one for a reader who stands there, and a copy that is looked for in vain."""

from __future__ import annotations

from typing import Annotated

import typer
from sqlalchemy import select

from bot.cli.failing import Failure
from bot.cli.office import LIBRARIAN, CardOption, Json, Now, at_desk, item_of, patron_of, place_of, row_of, say
from catalog import refusals
from catalog.circulation import holds, missing
from catalog.circulation.tables import HOLD_SCOPES
from catalog.records.isbn import isbns_in
from catalog.records.tables import BibliographicRecord, RecordIsbn


def add_to_desk(desk: typer.Typer) -> None:
    """Add `hold` and `missing` to `desk`."""

    @desk.command("hold")
    def hold(
        context: typer.Context,
        *,
        card: CardOption,
        record: Annotated[int, typer.Option(help="The record's number, as `shusheng search --json` says it.")] = 0,
        isbn: Annotated[str, typer.Option(help="Or its ISBN.")] = "",
        barcode: Annotated[str, typer.Option(help="Or the barcode of one of its copies.")] = "",
        only: Annotated[
            str, typer.Option(help="work: any edition the reader can use; edition: this one; item: this very copy.")
        ] = "work",
        pickup: Annotated[str, typer.Option(help="Where it is collected; without it, the reader's usual place.")] = "",
        now: Now = "",
        json: Json = False,
    ) -> None:
        """Place a hold for the reader; one that is open already is said again."""
        if only not in HOLD_SCOPES:
            raise typer.BadParameter(f"--only is one of {', '.join(HOLD_SCOPES)}")
        if only == "item" and not barcode:
            raise typer.BadParameter("--only item needs the copy's --barcode")
        with at_desk(context, now) as here:
            session = here.session
            patron = patron_of(session, card)
            item = item_of(session, barcode) if barcode else None
            wished = item.record if item else row_of(session, BibliographicRecord, record) if record else None
            if isbns := isbns_in(isbn):
                found = select(BibliographicRecord).join(RecordIsbn).where(RecordIsbn.isbn.in_(isbns))
                wished = wished or session.scalars(found.order_by(BibliographicRecord.id)).first()
            if wished is None:
                raise Failure("no record is known by that: say --record NUMBER, --isbn ISBN or --barcode BARCODE")
            place = place_of(session, pickup) if pickup else patron.pickup or patron.home
            known = holds.open_on(session, patron=patron, work_id=wished.work_id)
            made = known or holds.place(
                session,
                patron=patron,
                record_id=wished.id,
                pickup=place,
                scope=only,
                wanted=item if only == "item" else None,
                now=here.now,
                by=LIBRARIAN,
            )
            queue = holds.queue_place(session, made)
            expected = holds.expected(session, made, now=here.now)
            row = {"hold": made.id, "record": made.record_id, "scope": made.scope, "status": made.status}
            row |= {"item": made.item.barcode if made.item else None, "queue": queue, "expected": expected}
            told = f"number {queue} in the queue" if queue else f"{made.status.replace('_', ' ')}"
            when = f", expected {expected}" if expected else ""
            say(json, f"hold {made.id}{' (placed before)' if known else ''}: {told}{when}", row | {"new": not known})

    @desk.command("missing")
    def miss(
        context: typer.Context,
        barcode: Annotated[str, typer.Argument(help="The item's barcode.")],
        now: Now = "",
        json: Json = False,
    ) -> None:
        """The item was looked for in vain; whoever it was meant for gets another copy, or waits at his old place."""
        with at_desk(context, now) as here:
            item = item_of(here.session, barcode)
            try:
                sought = missing.miss(here.session, item=item, now=here.now, by=LIBRARIAN)
            except refusals.AlreadyOnItsWay:
                raise Failure(f"{barcode} left for a reader's door; `desk missed` says it did not arrive") from None
            except refusals.ItemUnavailable:
                raise Failure(f"{barcode} is {item.status.replace('_', ' ')}, so it cannot be missing here") from None
            instead = sought.hold.item.barcode if sought.hold and sought.hold.item else None
            told = [f"{barcode}: missing" if sought.changed else f"{barcode}: missing already"]
            if sought.hold is not None:
                told.append(
                    f"hold {sought.hold.id} gets {instead}" if instead else f"hold {sought.hold.id} waits again"
                )
            if sought.told:
                told.append("its reader is told the truth")
            if sought.was_ready:
                told.append("he was told to come: please ring too")
            row = {"item": barcode, "hold": sought.hold.id if sought.hold else None, "instead": instead}
            say(
                json,
                ", ".join(told),
                row | {"was_ready": sought.was_ready, "told": sought.told, "changed": sought.changed},
            )
