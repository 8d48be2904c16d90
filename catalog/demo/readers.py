"""Registers the demonstration's readers and lets them borrow and reserve, by the same use cases as real ones.

What lies in the past is done with a `now` of the past; due dates are then set to the day the data file names, so that
"due in two days" is true whatever the weekday.
"""

from __future__ import annotations

from datetime import datetime, time, timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from catalog.audit import Actor
from catalog.circulation import holds, loans, policies, returns
from catalog.delivery import errands
from catalog.demo.settling import by_code
from catalog.demo.sources import people
from catalog.organisation.calendar import ZONE, day_of
from catalog.organisation.tables import OrgUnit
from catalog.patrons.cards import hash_pin
from catalog.patrons.tables import Address, Block, Card, Patron
from catalog.records.tables import BibliographicRecord, Item

OPENING = time(10)
SUSPENDED_DAYS = 14
JUST_NOW = timedelta(hours=2)
BY = Actor("system")


def register(session: Session, *, now: datetime) -> None:
    """Write the readers with their cards, addresses, loans, holds and blocks, and who of them is a volunteer."""
    units = by_code(session)
    entries = [(_patron(session, reader, units), reader) for reader in people()["readers"]]
    session.flush()
    taken = [(patron, loan) for patron, reader in entries for loan in reader["loans"]]
    for patron, loan in sorted(taken, key=lambda one: (_taken_on(session, one[0], one[1], now=now), one[0].id)):
        _borrow(session, patron, loan, now=now)
    wishes = [(patron, wish) for patron, reader in entries for wish in reader["holds"]]
    for patron, wish in sorted(wishes, key=lambda one: (-one[1]["days_ago"], one[0].id)):
        _reserve(session, patron, wish, now=now)
    for patron, reader in entries:
        for block in reader["blocks"]:
            since = day_of(now) - timedelta(block["days_ago"])
            until = day_of(now) + timedelta(block["days"])
            session.add(Block(patron_id=patron.id, reason=block["reason"], since=since, until=until))
    session.flush()
    _enlist(session, units, now=now)


def _enlist(session: Session, units: dict[str, OrgUnit], *, now: datetime) -> None:
    """Some readers bring books in the villages where no van goes."""
    for one in people()["volunteers"]:
        errands.enlist(
            session,
            patron=session.get_one(Card, one["card"]).patron,
            place=units[one["place"]],
            dialects=one["dialects"],
            weekdays=one["weekdays"],
            now=now,
            by=BY,
        )


def _patron(session: Session, reader: dict[str, Any], units: dict[str, OrgUnit]) -> Patron:
    plain = ("name", "locale", "birth_year", "formats", "print_disabled", "phone", "group", "preferences")
    patron = Patron(
        **{name: reader[name] for name in plain}, home=units[reader["home"]], pickup=units[reader["pickup"]]
    )
    patron.addresses = [
        Address(
            text=address["text"],
            org_unit=units[address["place"]],
            deliverable=address["deliverable"],
            note=address["note"],
        )
        for address in reader["addresses"]
    ]
    session.add(patron)
    session.flush()
    session.add(Card(number=reader["card"], patron_id=patron.id, pin_hash=hash_pin(reader["pin"])))
    return patron


def _taken_on(session: Session, patron: Patron, loan: dict[str, Any], *, now: datetime) -> datetime:
    days = policies.for_patron(session, patron, form=loan["format"]).loan_days
    return datetime.combine(day_of(now) + timedelta(loan["due"] - days), OPENING, ZONE)


def _borrow(session: Session, patron: Patron, loan: dict[str, Any], *, now: datetime) -> None:
    place = patron.pickup or patron.home
    record = _record(session, loan)
    free = select(Item).where(Item.record_id == record.id, Item.status == "available").order_by(Item.id)
    item = min(session.scalars(free), key=lambda item: (item.location_id != place.id, item.id))
    taken = loans.check_out(
        session, item=item, patron=patron, place=place, now=_taken_on(session, patron, loan, now=now), by=BY
    )
    taken.due_date = day_of(now) + timedelta(loan["due"])
    taken.renewals = loan["renewals"]


def _reserve(session: Session, patron: Patron, wish: dict[str, Any], *, now: datetime) -> None:
    """A hold whose copy is still to be taken off its shelf was placed just now; an older one is a further step on."""
    pickup = patron.pickup or patron.home
    placed = datetime.combine(day_of(now) - timedelta(wish["days_ago"]), OPENING, ZONE)
    if wish["state"] == "waiting":
        placed = now - JUST_NOW
    hold = holds.place(session, patron=patron, record_id=_record(session, wish).id, pickup=pickup, now=placed, by=BY)
    if wish["state"] == "ready" and hold.item is not None:
        returns.capture(session, item=hold.item, place=pickup, now=placed + timedelta(1), by=BY)
    if wish["state"] == "suspended":
        holds.suspend(session, hold=hold, until=day_of(now) + timedelta(SUSPENDED_DAYS), now=placed, by=BY)


def _record(session: Session, wish: dict[str, Any]) -> BibliographicRecord:
    """The best known record with this title that has items in this format."""
    fitting = (
        select(BibliographicRecord)
        .where(BibliographicRecord.title == wish["title"], BibliographicRecord.format == wish["format"])
        .where(select(Item.id).where(Item.record_id == BibliographicRecord.id).exists())
        .order_by(BibliographicRecord.popularity.desc(), BibliographicRecord.id)
    )
    return session.scalars(fitting).first() or _unknown(wish["title"])


def _unknown(title: str) -> BibliographicRecord:
    raise LookupError(f"the demonstration's readers want {title}, which its works do not have")
