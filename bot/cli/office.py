"""What the librarians' commands share: the transaction of a command, things by the names people have for them, lines.

Nothing here decides anything; a name that fits nothing is one sentence that says what to look at.
"""

from __future__ import annotations

import contextlib
import io
import json as json_module
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Annotated, TypeVar

import typer
from sqlalchemy import or_, select
from sqlalchemy.orm import Session, joinedload

from bot.cli import settings_of
from bot.cli.failing import Failure
from catalog import audit
from catalog.database import Base, open_engine, open_sessions, prepare
from catalog.delivery.tables import DeliveryRequest
from catalog.organisation import directory
from catalog.organisation.tables import OrgUnit
from catalog.patrons import cards
from catalog.patrons.tables import Card, Patron
from catalog.records.tables import Item

CardOption = Annotated[str, typer.Option("--card", help="The reader's card number.")]
At = Annotated[str, typer.Option("--at", help="Where you are: a place's code or name.")]
Now = Annotated[str, typer.Option("--now", help="The time it should be, ISO 8601; without an offset, in our zone.")]
Json = Annotated[bool, typer.Option("--json", help="One JSON object a line.")]

LIBRARIAN = audit.Actor("librarian")
LARGEST = 2**31 - 1
"""The largest number a row can have."""

Row = TypeVar("Row", bound=Base)


@dataclass(frozen=True, slots=True)
class Desk:
    """One command's transaction: committed if the command gets to its end."""

    session: Session
    now: datetime


@contextlib.contextmanager
def at_desk(context: typer.Context, now: str = "") -> Iterator[Desk]:
    """A session on the chosen database, made ready, for one command.

    What the command prints is held back until it is committed: a book must not be sent on its way by an act that a
    full disk then undid.
    """
    from bot.app import moment

    settings = settings_of(context)
    engine = open_engine(settings.database_url)
    try:
        prepare(engine)
        with contextlib.redirect_stdout(io.StringIO()) as told, open_sessions(engine).begin() as session:
            yield Desk(session, moment(settings, now))
        print(told.getvalue(), end="")
    finally:
        engine.dispose()


def item_of(session: Session, barcode: str) -> Item:
    """The item with this barcode. Raises: Failure."""
    found = session.scalars(
        select(Item).where(Item.barcode == barcode.strip()).options(joinedload(Item.record))
    ).first()
    if found is None:
        raise Failure(f"no item has the barcode {barcode!r}")
    return found


def patron_of(session: Session, card: str) -> Patron:
    """The reader with this card. Raises: Failure."""
    found = session.get(Card, cards.plain_number(card))
    if found is None:
        raise Failure(f"no reader has the card {card!r}")
    return found.patron


def place_of(session: Session, said: str) -> OrgUnit:
    """The place with this code or name. Raises: Failure, with likely ones."""
    said = said.strip()
    unit = session.scalars(
        select(OrgUnit).where(or_(OrgUnit.code == said, OrgUnit.name == said, OrgUnit.short_name == said))
    ).first()
    if unit is None:
        likely = ", ".join(f"{one.code} ({one.name})" for one in directory.find(session, name=said)[:3])
        hint = f"; perhaps {likely}" if likely else "; `shusheng libraries list` shows them"
        raise Failure(f"no place has the code or name {said!r}{hint}")
    return unit


def row_of(session: Session, table: type[Row], number: int) -> Row | None:
    """The row with this number; None also for a number that no database can hold."""
    return session.get(table, number) if 0 < number <= LARGEST else None


def delivery_of(session: Session, number: int) -> DeliveryRequest:
    """The delivery with this number. Raises: Failure."""
    found = row_of(session, DeliveryRequest, number)
    if found is None:
        raise Failure(f"there is no delivery {number}; `shusheng desk deliveries --at PLACE` lists them")
    return found


def day_of(said: str) -> date:
    """A day as operators write it. Raises: Failure."""
    try:
        return date.fromisoformat(said)
    except ValueError:
        raise Failure(f"a day is written like 2026-12-24, not {said!r}") from None


def say(json: bool, told: str, row: Mapping[str, object]) -> None:
    """One line: the object, or what it says to people."""
    print(json_module.dumps(dict(row), ensure_ascii=False, default=str) if json else told)
