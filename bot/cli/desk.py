"""`shusheng desk`: what happens at the desk, for scanners, scripts and the console.

Every act may be repeated: a second scan changes nothing and says the same. The rules stand in catalog.
"""

from __future__ import annotations

from typing import Annotated

import typer
from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.cli import acting, places, readers, sheets, volunteers, wishes
from bot.cli.failing import Failure
from bot.cli.office import LIBRARIAN, At, CardOption, Json, Now, at_desk, delivery_of, item_of, patron_of, place_of, say
from catalog.circulation import loans, returns
from catalog.circulation.tables import Loan
from catalog.delivery import conditions, requests, rounds
from catalog.delivery.tables import CONDITIONS, DeliveryRequest
from catalog.organisation.tables import OrgUnit
from catalog.refusals import ItemUnavailable

Barcode = Annotated[str, typer.Argument(help="The item's barcode.")]
Number = Annotated[int, typer.Argument(help="The delivery's number.")]
States = Annotated[
    list[str] | None,
    typer.Option("--state", help=f"BARCODE=STATE, if not as it was: {', '.join(CONDITIONS)}."),
]
BORNE = {
    conditions.LIBRARY: ": it came so or on the road, the library bears it, the reader owes nothing",
    conditions.READER: ": it came while the reader had it, please talk with him; nothing is charged",
}
"""What is said of damage, by who answers for it."""


def register(app: typer.Typer) -> None:
    """Add `desk`, `patrons`, `libraries` and `stats` to `app`."""
    desk = typer.Typer(no_args_is_help=True, help="Check-out, check-in, deliveries, readers: what happens at the desk.")
    _add_scans(desk)
    _add_deliveries(desk)
    readers.add_to_desk(desk)
    acting.add_to_desk(desk)
    sheets.add_to_desk(desk)
    volunteers.add_to_desk(desk)
    wishes.add_to_desk(desk)
    app.add_typer(desk, name="desk")
    readers.register(app)
    places.register(app)


def _add_scans(desk: typer.Typer) -> None:
    @desk.command("check-out")
    def check_out(
        context: typer.Context, *, barcode: Barcode, card: CardOption, at: At, now: Now = "", json: Json = False
    ) -> None:
        """Lend the item to the reader."""
        with at_desk(context, now) as here:
            loan = loans.check_out(
                here.session,
                item=item_of(here.session, barcode),
                patron=patron_of(here.session, card),
                place=place_of(here.session, at),
                now=here.now,
                by=LIBRARIAN,
            )
            say(json, f"lent until {loan.due_date}", {"loan": loan.id, "item": barcode, "due_date": loan.due_date})

    @desk.command("check-in")
    def check_in(
        context: typer.Context,
        *,
        barcode: Barcode,
        at: At,
        state: Annotated[str, typer.Option(help=f"What it looks like: {', '.join(CONDITIONS)}.")] = "",
        now: Now = "",
        json: Json = False,
    ) -> None:
        """Take the item back; it serves the next hold or goes home."""
        if state and state not in CONDITIONS:
            raise Failure(f"there is no state {state!r}; it is one of {', '.join(CONDITIONS)}")
        with at_desk(context, now) as here:
            session, item = here.session, item_of(here.session, barcode)
            place = place_of(session, at)
            found = returns.scan(session, item=item, place=place, now=here.now, by=LIBRARIAN, what="checked_in")
            told, row = _of_scan(session, found)
            if state:
                conditions.note(session, item=item, moment="returned", state=state, now=here.now, by=LIBRARIAN)
                borne = conditions.borne_by(session, item=item)
                row |= {"state": state, "borne_by": borne or None}
                told = f"{told}, {state}{BORNE.get(borne, '')}"
            say(json, told, row)

    def add_scan(name: str, what: str, told: str) -> None:
        @desk.command(name, help=told)
        def scan(context: typer.Context, barcode: Barcode, at: At, now: Now = "", json: Json = False) -> None:
            with at_desk(context, now) as here:
                found = returns.scan(
                    here.session,
                    item=item_of(here.session, barcode),
                    place=place_of(here.session, at),
                    now=here.now,
                    by=LIBRARIAN,
                    what=what,
                )
                say(json, *_of_scan(here.session, found))

    add_scan("capture", "captured", "The item was taken from the shelf for its hold.")
    add_scan("receive", "received", "The van brought the item here.")


def _add_deliveries(desk: typer.Typer) -> None:
    @desk.command("deliveries")
    def deliveries(context: typer.Context, at: At, now: Now = "", json: Json = False) -> None:
        """The open deliveries of a place, in the order of their days."""
        with at_desk(context, now) as here:
            place = place_of(here.session, at)
            statement = select(DeliveryRequest).where(
                DeliveryRequest.org_unit_id == place.id, DeliveryRequest.ended_at.is_(None)
            )
            for delivery in here.session.scalars(statement.order_by(DeliveryRequest.promised_date, DeliveryRequest.id)):
                _say_delivery(json, here.session, delivery)

    @desk.command("dispatch")
    def dispatch(
        context: typer.Context, *, delivery: Number, state: States = None, now: Now = "", json: Json = False
    ) -> None:
        """The round leaves with it; in which state each copy leaves is written down."""
        with at_desk(context, now) as here:
            found = delivery_of(here.session, delivery)
            states = _states(here.session, state)
            try:
                rounds.dispatch(here.session, delivery=found, states=states, now=here.now, by=LIBRARIAN)
            except ItemUnavailable:
                raise Failure(_not_here(here.session, found)) from None
            _say_delivery(json, here.session, found)

    @desk.command("deliver")
    def deliver(
        context: typer.Context,
        delivery: Number,
        *,
        kept: Annotated[
            list[str] | None, typer.Option("--kept", help="A barcode the reader did not give back.")
        ] = None,
        state: States = None,
        now: Now = "",
        json: Json = False,
    ) -> None:
        """It reached the door: the loans start, and what is taken along is returned."""
        with at_desk(context, now) as here:
            found = delivery_of(here.session, delivery)
            act = rounds.deliver if found.kind == "bring" else rounds.collected
            items = [item_of(here.session, barcode).id for barcode in kept or ()]
            try:
                states = _states(here.session, state)
                act(here.session, delivery=found, kept=items, states=states, now=here.now, by=LIBRARIAN)
            except ItemUnavailable:
                raise Failure(f"delivery {delivery} has not left yet; `desk dispatch {delivery}` first") from None
            _say_delivery(json, here.session, found)

    @desk.command("missed")
    def missed(context: typer.Context, delivery: Number, now: Now = "", json: Json = False) -> None:
        """Nobody was at home: it comes again with the next round."""
        with at_desk(context, now) as here:
            found = rounds.missed(
                here.session, delivery=delivery_of(here.session, delivery), now=here.now, by=LIBRARIAN
            )
            _say_delivery(json, here.session, found)


def _states(session: Session, said: list[str] | None) -> dict[int, str]:
    """What was said of the state of copies (BARCODE=STATE), by item."""
    found: dict[int, str] = {}
    for one in said or ():
        barcode, _, state = one.rpartition("=")
        if not barcode or state not in CONDITIONS:
            raise Failure(f"{one!r}: a state is said as BARCODE=STATE, with one of {', '.join(CONDITIONS)}")
        found[item_of(session, barcode).id] = state
    return found


def _of_scan(session: Session, found: returns.Returned) -> tuple[str, dict[str, object]]:
    to = session.get_one(OrgUnit, found.transit.to_id) if found.transit else None
    told = [f"{found.item.barcode}: {found.item.status.replace('_', ' ')}"]
    if found.hold is not None:
        told.append(f"for hold {found.hold.id}")
    if to is not None:
        told.append(f"send to {to.name}")
    if not found.changed:
        told.append("scanned before")
    row: dict[str, object] = {
        "item": found.item.barcode,
        "status": found.item.status,
        "loan": found.loan.id if found.loan else None,
        "hold": found.hold.id if found.hold else None,
        "to": to.code if to else None,
        "changed": found.changed,
    }
    return ", ".join(told), row


def _not_here(session: Session, delivery: DeliveryRequest) -> str:
    """Why a round cannot leave: where each of its books is instead."""
    where = [
        f"{hold.item.barcode} is {hold.item.status.replace('_', ' ')}"
        if hold.item
        else f"hold {hold.id} has no copy yet"
        for hold in requests.wishes_of(session, delivery)
    ]
    return f"no book of delivery {delivery.id} is at {delivery.org_unit.name} yet: {', '.join(where)}"


def _say_delivery(json: bool, session: Session, delivery: DeliveryRequest) -> None:
    titles = [record.title for record in requests.books(session, delivery=delivery)]
    row = {
        "delivery": delivery.id,
        "kind": delivery.kind,
        "status": delivery.status,
        "promised_date": delivery.promised_date,
        "window": delivery.window,
        "address": delivery.address_text,
        "note": delivery.note,
        "code_word": delivery.code_word,
        "titles": titles,
        "take": [session.get_one(Loan, one).item.barcode for one in delivery.loan_ids],
    }
    told = f"delivery {delivery.id} ({delivery.kind}): {delivery.status}, {delivery.promised_date} {delivery.window}"
    say(json, f"{told}, {delivery.address_text}, {len(titles)} books", row)
