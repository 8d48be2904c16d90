"""Renewing by itself, for readers who have chosen it (preference auto_renew): shortly before the due date, by the same
rules as when they ask for it. What was renewed is told, and what could not be and why, each once.

A loan that a van comes for anyway is left alone: it runs until then.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Any, Protocol

from sqlalchemy import select
from sqlalchemy.orm import Session

from catalog import audit, refusals
from catalog.circulation.tables import Loan
from catalog.delivery.requests import taken_along
from catalog.organisation.calendar import day_of
from catalog.outreach import notices
from catalog.patrons.preferences import preference
from catalog.patrons.tables import Patron

AHEAD = timedelta(days=4)
"""How long before its due date a loan is renewed: before the usual reminder, which then need not come."""
TOLD_WITHIN = timedelta(days=7)


class Renew(Protocol):
    """How the library system renews a loan (catalog.connectors.port)."""

    def __call__(self, session: Session, *, loan: Loan, now: datetime, by: audit.Actor) -> Loan: ...


def due(session: Session, *, now: datetime) -> Sequence[int]:
    """The ids of the loans that are to be renewed by themselves, the earliest due date first."""
    chosen = Patron.preferences["auto_renew"].as_boolean()
    statement = (
        select(Loan.id)
        .join(Patron, Loan.patron_id == Patron.id)
        .where(Loan.returned_at.is_(None), Loan.due_date <= day_of(now) + AHEAD)
        .where(chosen.is_(True), Patron.forgotten_at.is_(None))
        .order_by(Loan.due_date, Loan.id)
    )
    return session.scalars(statement).all()


def renew_one(session: Session, *, loan_id: int, renew: Renew, now: datetime) -> int:
    """Renew one of `due` and tell its reader, or tell him why not; how many notices are new.

    A library system that is away is asked again with the next round of the clock.
    """
    loan = session.get_one(Loan, loan_id)
    if loan.returned_at is not None or loan.id in taken_along(session, patron_id=loan.patron_id):
        return 0
    by, was = audit.Actor("system", loan.patron_id, "job:renewals"), loan.due_date
    about: dict[str, Any] = {"loan": loan.id, "item": loan.item_id, "record": loan.item.record_id}
    try:
        with session.begin_nested():
            loan = renew(session, loan=loan, now=now, by=by)
    except (refusals.SystemAway, refusals.AlreadyRenewed, refusals.NothingOnLoan):
        return 0
    except refusals.Refusal as refusal:
        about |= {"due_date": was.isoformat(), "reason": refusal.reason, "limit": refusal.values.get("limit")}
        return _tell(session, "not_renewed_itself", loan, about, max(was, day_of(now)), now=now)
    about["due_date"] = loan.due_date.isoformat()
    return _tell(session, "renewed_itself", loan, about, day_of(now + TOLD_WITHIN), now=now)


def _tell(session: Session, kind: str, loan: Loan, about: dict[str, Any], last: date, *, now: datetime) -> int:
    """Readers who wish no reminders are not told that all is well, but still what could not be done."""
    if kind == "renewed_itself" and not preference(loan.patron, "reminders"):
        return 0
    owed = notices.Owed(loan.patron, f"{kind}:loan:{loan.id}:{about['due_date']}", about, last)
    return notices.owe(session, kind, [owed], now=now)
