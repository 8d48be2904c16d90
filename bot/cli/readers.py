"""`shusheng patrons` and the desk's commands about readers: register, link code, vouch."""

from __future__ import annotations

import random
from datetime import datetime, timedelta
from typing import Annotated

import typer
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from bot.cli import acting
from bot.cli.failing import Failure
from bot.cli.office import LIBRARIAN, CardOption, Json, Now, at_desk, patron_of, place_of, say
from catalog import refusals
from catalog.circulation import holds, loans
from catalog.circulation.tables import Loan
from catalog.delivery import requests
from catalog.patrons import blocks, cards, credit
from catalog.patrons.credit import GROUPS
from catalog.patrons.tables import Card, Patron
from catalog.records.tables import FORMATS


def register(app: typer.Typer) -> None:
    """Add `patrons list` and `patrons show` to `app`."""
    patrons = typer.Typer(no_args_is_help=True, help="The readers.")
    _add_patrons(patrons)
    acting.add_to_patrons(patrons)
    app.add_typer(patrons, name="patrons")


def add_to_desk(desk: typer.Typer) -> None:
    """Add `register`, `link-code` and `vouch` to `desk`."""

    @desk.command("register")
    def register_reader(
        context: typer.Context,
        *,
        card: CardOption,
        name: Annotated[str, typer.Option(help="The reader's name.")],
        home: Annotated[str, typer.Option(help="The library that registers the reader: code or name.")],
        pin: Annotated[str, typer.Option(help="The PIN; without one, six digits are drawn and printed once.")] = "",
        pickup: Annotated[str, typer.Option(help="The usual pick-up location: code or name.")] = "",
        group: Annotated[str, typer.Option(help="adult, child, senior or disabled.")] = "adult",
        formats: Annotated[
            str, typer.Option(help="The formats the reader can use, best first, with commas.")
        ] = "print",
        print_disabled: Annotated[bool, typer.Option("--print-disabled", help="A proof was shown.")] = False,
        locale: Annotated[str, typer.Option(help="zh-CN, zh-Hant or en.")] = "zh-CN",
        phone: Annotated[str, typer.Option(help="The telephone number.")] = "",
        address: Annotated[str, typer.Option(help="Where the reader lives, for deliveries.")] = "",
        address_at: Annotated[str, typer.Option(help="Whose round comes by there: code or name.")] = "",
        note: Annotated[str, typer.Option(help="The knocking note.")] = "",
        now: Now = "",
        json: Json = False,
    ) -> None:
        """Register a reader; a card that is registered already changes nothing."""
        forms = [form.strip() for form in formats.split(",") if form.strip()]
        if not cards.is_number(cards.plain_number(card)):
            raise typer.BadParameter(f"--card is a number of 1 to {cards.LONGEST} letters and digits")
        if group not in GROUPS:
            raise typer.BadParameter(f"--group is one of {', '.join(GROUPS)}, not {group!r}")
        if not forms or not set(forms) <= set(FORMATS):
            raise typer.BadParameter(f"--formats are of {', '.join(FORMATS)}, not {formats!r}")
        with at_desk(context, now) as here:
            session = here.session
            known = session.get(Card, cards.plain_number(card)) is not None
            drawn = "" if pin or known else "".join(random.SystemRandom().choices("0123456789", k=6))
            patron = credit.register(
                session,
                number=card,
                pin=pin or drawn,
                name=name,
                home=place_of(session, home),
                pickup=place_of(session, pickup) if pickup else None,
                group=group,
                formats=forms,
                print_disabled=print_disabled,
                locale=locale,
                phone=phone,
                address=address,
                address_at=place_of(session, address_at) if address_at else None,
                note=note,
                now=here.now,
                by=LIBRARIAN,
            )
            told = "was registered before" if known else "registered" + (f", PIN {drawn}" if drawn else "")
            say(json, f"card {card}: {told}", {"patron": patron.id, "card": card, "new": not known}
                 | ({"pin": drawn} if drawn else {}))  # fmt: skip

    @desk.command("link-code")
    def link_code(context: typer.Context, card: CardOption, now: Now = "", json: Json = False) -> None:
        """A one-time code, good for a day, with which the reader links the card in a talk."""
        with at_desk(context, now) as here:
            code = cards.issue_code(
                here.session,
                patron=patron_of(here.session, card),
                now=here.now,
                chance=random.SystemRandom(),
                by=LIBRARIAN,
            )
            say(json, f"code {code}, good for {cards.CODE_LIVES // timedelta(hours=1)} hours", {"code": code})

    @desk.command("vouch")
    def vouch(
        context: typer.Context,
        *,
        card: CardOption,
        how: Annotated[str, typer.Option("--as", help=f"One of: {', '.join(credit.VOUCHERS)}.")],
        print_disabled: Annotated[bool, typer.Option("--print-disabled", help="It proves a print disability.")] = False,
        now: Now = "",
        json: Json = False,
    ) -> None:
        """Somebody vouches for the reader, instead of a deposit."""
        if how not in credit.VOUCHERS:
            raise Failure(f"nobody vouches as {how!r}; it is one of {', '.join(credit.VOUCHERS)}")
        with at_desk(context, now) as here:
            patron = credit.vouch(
                here.session,
                patron=patron_of(here.session, card),
                how=how,
                print_disabled=print_disabled,
                now=here.now,
                by=LIBRARIAN,
            )
            blocked = _blocked(here.session, patron, here.now)
            may = f"still blocked: {blocked.replace('_', ' ')}" if blocked else "may borrow"
            proven = ", print-disabled" if patron.print_disabled else ""
            row = {"patron": patron.id, "as": how, "group": patron.group, "blocked": blocked or None}
            say(json, f"card {card}: vouched for as {how}; group {patron.group}{proven}, {may}", row)


def _blocked(session: Session, patron: Patron, now: datetime) -> str:
    """Why the reader may not borrow, "" where he may."""
    try:
        blocks.refuse_blocked(session, patron=patron, now=now)
    except refusals.Blocked as refusal:
        return str(refusal.values["reason"])
    return ""


def _add_patrons(patrons: typer.Typer) -> None:
    @patrons.command("list")
    def list_(
        context: typer.Context,
        at: Annotated[str, typer.Option("--at", help="Only readers of this library: code or name.")] = "",
        limit: Annotated[int, typer.Option(min=1, help="How many at most.")] = 100,
        json: Json = False,
    ) -> None:
        """The readers, without their names: number, card, group, language, what is out."""
        with at_desk(context) as here:
            out = select(func.count()).where(Loan.patron_id == Patron.id, Loan.returned_at.is_(None)).scalar_subquery()
            statement = select(Patron, Card.number, out).join(Card, Card.patron_id == Patron.id).order_by(Patron.id)
            if at:
                statement = statement.where(Patron.home_id == place_of(here.session, at).id)
            for patron, number, count in here.session.execute(statement.limit(limit)):
                row = {
                    "patron": patron.id,
                    "card": number,
                    "group": patron.group,
                    "locale": patron.locale,
                    "loans": count,
                }
                say(json, f"{patron.id}\t{number}\t{patron.group}\t{patron.locale}\t{count} out", row)

    @patrons.command("show")
    def show(context: typer.Context, card: CardOption, json: Json = False) -> None:
        """One reader: what is out, asked for and under way."""
        with at_desk(context) as here:
            session, patron = here.session, patron_of(here.session, card)
            facts = {
                "patron": patron.id,
                "name": patron.name,
                "group": patron.group,
                "locale": patron.locale,
                "formats": patron.formats,
                "print_disabled": patron.print_disabled,
                "home": patron.home.code,
                "pickup": patron.pickup.code if patron.pickup else None,
                "addresses": [address.text for address in patron.addresses],
                "loans": [
                    {
                        "loan": loan.id,
                        "item": loan.item.barcode,
                        "title": loan.item.record.title,
                        "due_date": loan.due_date,
                    }
                    for loan in loans.of_patron(session, patron=patron)
                ],
                "holds": [
                    {"hold": hold.id, "title": hold.record.title, "status": hold.status}
                    for hold in holds.of_patron(session, patron=patron)
                ],
                "deliveries": [
                    {"delivery": one.id, "status": one.status, "promised_date": one.promised_date}
                    for one in requests.of_patron(session, patron=patron)
                ],
            }
            lines = [f"{name}: {value}" for name, value in facts.items() if not isinstance(value, list)]
            for name in ("formats", "addresses", "loans", "holds", "deliveries"):
                lines += [f"{name}: {_told(row)}" for row in _rows(facts[name])]
            say(json, "\n".join(lines), facts)


def _told(row: object) -> str:
    """A row for people: "24, 3305210000098, 我们仨, 2026-12-02"."""
    return ", ".join(str(value) for value in row.values()) if isinstance(row, dict) else str(row)


def _rows(value: object) -> list[object]:
    return list(value) if isinstance(value, list) else []
