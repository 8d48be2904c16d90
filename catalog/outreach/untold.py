"""Loans of which no notice speaks yet, as a table of the transaction's own.

PostgreSQL makes tables with all its cores, and counts their rows: it cannot know how many loans are new, nor how many
readers have a preference, and would read all items and readers for the few that it expects.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, timedelta
from typing import Any, NamedTuple

from sqlalchemy import (
    ColumnElement,
    CreateTableAs,
    FromClause,
    Select,
    String,
    and_,
    cast,
    exists,
    func,
    literal,
    not_,
    or_,
    select,
    type_coerce,
)
from sqlalchemy.orm import Session

from catalog.circulation.tables import Loan
from catalog.outreach.tables import Notice
from catalog.patrons.tables import Patron
from catalog.records.tables import Item

LONGEST_REMINDER = 30
"""The most days ahead a patron can choose (preference reminder_days)."""


class Near(NamedTuple):
    """Loans due from `first` to `last`, and the cause of their notice, with the loan's id and due date to be put in."""

    first: date
    last: date
    told: str


def come(days: ColumnElement[str], due: Any, today: date) -> ColumnElement[bool]:
    """Whether a reader's own days before the due date have come."""
    return or_(*(and_(days == str(ahead), due <= today + timedelta(ahead)) for ahead in range(LONGEST_REMINDER + 1)))


@contextmanager
def untold_loans(session: Session, near: Near, *, choosers_on: date | None = None) -> Iterator[FromClause]:
    """The open loans due in that time of which no notice speaks, with what a notice needs, as a table of this
    transaction's own; with `choosers_on` those whose readers have chosen their own days, which have come by then.
    """
    due = Loan.due_date
    day = func.to_char(due, "YYYY-MM-DD") if at_postgresql(session) else type_coerce(due, String)
    start, _, rest = near.told.partition("{loan}")
    between, _, end = rest.partition("{due}")
    cause = literal(start) + cast(Loan.id, String) + literal(between) + day + literal(end)
    loans = select(Loan.id.label("loan_id"), Loan.item_id, Loan.patron_id, due, day.label("day"), cause.label("cause"))
    loans = loans.where(Loan.returned_at.is_(None), due >= near.first, due <= near.last)
    if choosers_on is not None:
        days = Patron.preferences["reminder_days"].as_string()
        choosers = _table(session, select(Patron.id, days.label("days")).where(days.is_not(None)), "choosers")
        loans = loans.join(choosers, choosers.c.id == Loan.patron_id).where(come(choosers.c.days, due, choosers_on))
    fresh = _table(session, loans.where(not_(exists().where(Notice.cause == cause))), "untold_loans")
    whole = (
        select(fresh, Item.record_id, Patron.locale, Patron.preferences, Patron.forgotten_at,
               Patron.preferences["reminder_days"].as_string().label("days"), _wish("reminders").label("reminders"),
               (_wish("quiet_from") + literal("-") + _wish("quiet_to")).label("quiet"))
        .join(Item, fresh.c.item_id == Item.id)
        .join(Patron, fresh.c.patron_id == Patron.id)
    )  # fmt: skip
    yield _table(session, whole, "untold")
    for name in ("untold", "untold_loans", *(["choosers"] if choosers_on is not None else [])):
        session.connection().exec_driver_sql(f"DROP TABLE {name}")


def _wish(name: str) -> ColumnElement[str]:
    """A preference as text, empty where the reader has none of his own."""
    return func.coalesce(cast(Patron.preferences[name].as_string(), String), "")


def _table(session: Session, statement: Select[Any], name: str) -> FromClause:
    made = CreateTableAs(statement, name, temporary=True)
    session.connection().execute(made)
    if at_postgresql(session):
        session.connection().exec_driver_sql(f"ANALYZE {name}")
    return made.table


def at_postgresql(session: Session) -> bool:
    """Whether the database is PostgreSQL."""
    return session.get_bind().dialect.name == "postgresql"
