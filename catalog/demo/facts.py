"""Tells what stands in the demonstration, a plain mapping a thing, for people and scripts that try it out.

PINs come from the data file: the database has only their hashes.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from catalog.circulation.tables import Loan
from catalog.demo.sources import people, places
from catalog.organisation.calendar import ZONE, day_of
from catalog.outreach.tables import Event
from catalog.patrons.tables import Card

SOON = timedelta(2)
"""A loan that is due within this time is told as due soon."""

READER = ("card", "pin", "name", "locale", "formats", "birth_year", "print_disabled", "group", "home", "pickup")
PLACE = ("code", "name", "name_en", "short_name", "level", "parent", "address", "phone", "is_pickup")


def facts(session: Session, *, now: datetime) -> Iterator[dict[str, Any]]:
    """The readers (the first one first), librarians, volunteers, places and events; `kind` says which it is.

    A reader's `loans`, `due_soon` and `overdue` count what is at home on the day of `now`.
    """
    today = day_of(now)
    due = _due_dates(session)
    for reader in people()["readers"]:
        days = due[reader["card"]]
        yield {
            "kind": "reader",
            **{name: reader[name] for name in READER},
            "addresses": [address["text"] for address in reader["addresses"]],
            "loans": len(days),
            "due_soon": sum(today <= day <= today + SOON for day in days),
            "overdue": sum(day < today for day in days),
        }
    for kind in ("librarian", "volunteer"):
        for one in people()[f"{kind}s"]:
            yield {"kind": kind} | one
    for place in places():
        yield {"kind": "place"} | {name: place[name] for name in PLACE} | {"type": place["kind"]}
    for event in session.scalars(select(Event).order_by(Event.starts_at, Event.id)):
        yield {
            "kind": "event",
            "event": str(event.id),
            "title": event.title,
            "title_en": event.title_en,
            "topic": event.topic,
            "place": event.org_unit.code,
            "starts_at": event.starts_at.astimezone(ZONE).isoformat(),
            "seats": event.seats,
        }


def _due_dates(session: Session) -> dict[str, list[date]]:
    """The due dates of what is on loan, by card number."""
    found: dict[str, list[date]] = defaultdict(list)
    on_loan = select(Card.number, Loan.due_date).join(Loan, Loan.patron_id == Card.patron_id)
    for card, day in session.execute(on_loan.where(Loan.returned_at.is_(None)).order_by(Loan.id)):
        found[card].append(day)
    return found
