"""Reminders of loans: due soon, overdue. Millions may be out, so they are written within the database, in one
statement a stage; only loans of readers for whom a van is to come, which may fetch the book, are looked at here. None
of it reads what was told before: its cause stands among the notices.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import date, datetime, timedelta
from typing import Any, NamedTuple

from sqlalchemy import (
    ColumnElement,
    FromClause,
    and_,
    case,
    exists,
    func,
    literal,
    not_,
    or_,
    select,
)
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from catalog.circulation.tables import Loan
from catalog.delivery.requests import taken_along
from catalog.delivery.rules import OPEN
from catalog.delivery.tables import DeliveryRequest
from catalog.organisation.calendar import day_of
from catalog.outreach.owed import Owed, end_of, write
from catalog.outreach.quiet import earliest
from catalog.outreach.tables import Notice
from catalog.outreach.untold import LONGEST_REMINDER, Near, at_postgresql, come, untold_loans
from catalog.patrons.preferences import PREFERENCES, Preferring, preference
from catalog.patrons.tables import Patron

OVERDUE_STAGES = (1, 7, 30)
"""Days after the due date on which an overdue loan is spoken of."""
USUAL_REMINDER = int(str(PREFERENCES["reminder_days"].default))
_DUE_SOON = "due_soon:loan:{loan}:{due}"
_OVERDUE = "overdue:loan:{loan}:{due}:"
MOST_HOURS = 100
"""Different quiet hours that one statement knows; readers with others still are looked at one by one."""
REFUSED = ("false", "0")
"""How PostgreSQL and SQLite say that a reader wants no reminders."""


class _Out(NamedTuple):
    """An open loan and as much of its reader as a reminder needs."""

    loan_id: int
    item_id: int
    record_id: int
    due_date: date
    patron_id: int
    locale: str
    preferences: Mapping[str, Any]
    forgotten_at: datetime | None

    @property
    def id(self) -> int:
        """The reader's."""
        return self.patron_id


def due_soon(session: Session, now: datetime) -> int:
    """Remind of what is due within the usual days, and within the longest those who have chosen their own; how many
    notices are new."""
    today = day_of(now)
    days = [today + timedelta(ahead) for ahead in range(USUAL_REMINDER + 1)]
    ends = {
        today + timedelta(ahead): literal(end_of(today + timedelta(ahead)), Notice.expires_at.type)
        for ahead in range(LONGEST_REMINDER + 1)
    }
    near = Near(days[0], days[-1], _DUE_SOON)
    later = Near(days[-1] + timedelta(1), today + timedelta(LONGEST_REMINDER), _DUE_SOON)
    fetched = taken_along(session)

    def owed(loans: Iterable[_Out]) -> Iterator[Owed]:
        for loan in loans:
            has_come = loan.due_date - timedelta(_days_ahead(loan)) <= today
            if has_come and loan.loan_id not in fetched and _reminded(loan):
                yield Owed(loan, _DUE_SOON.format(loan=loan.loan_id, due=loan.due_date), _about(loan), loan.due_date)

    written = 0
    for window, choosers_on in ((near, None), (later, today)):
        with untold_loans(session, window, choosers_on=choosers_on) as untold:
            now_is = or_(untold.c.days.is_(None), come(untold.c.days, untold.c.due_date, today))
            usual = _usual(session, untold, now)
            written += _tell(
                session,
                untold,
                and_(usual.whom, now_is),
                kind=literal("due_soon"),
                not_before=usual.not_before,
                expires_at=case(ends, value=untold.c.due_date),
                now=now,
            )
            written += write(session, "due_soon", owed(_loans(session, untold, not_(usual.whom))), now=now)
    return written


def overdue(session: Session, now: datetime) -> int:
    """Speak of what is overdue, of the last stage that it has reached; how many notices are new."""
    today = day_of(now)
    last = today + timedelta(OVERDUE_STAGES[1])
    end = literal(end_of(last), Notice.expires_at.type)
    fetched = taken_along(session)
    written = 0
    for stage, near in _stages(today):

        def owed(loans: Iterable[_Out], stage: int = stage, told: str = near.told) -> Iterator[Owed]:
            for loan in loans:
                if loan.loan_id not in fetched and _reminded(loan):
                    cause = told.format(loan=loan.loan_id, due=loan.due_date)
                    yield Owed(loan, cause, _about(loan) | {"stage": stage}, last)

        with untold_loans(session, near) as untold:
            usual = _usual(session, untold, now)
            written += _tell(
                session,
                untold,
                usual.whom,
                stage=stage,
                kind=literal("overdue"),
                not_before=usual.not_before,
                expires_at=end,
                now=now,
            )
            written += write(session, "overdue", owed(_loans(session, untold, not_(usual.whom))), now=now)
    return written


def still_due_soon(session: Session, notice: Notice, today: date) -> bool:
    """Whether the loan is still out, and not yet overdue."""
    loan = _loan_as_told(session, notice)
    return loan is not None and loan.due_date >= today


def still_overdue(session: Session, notice: Notice, today: date) -> bool:
    """Whether the loan is still out, and still overdue."""
    loan = _loan_as_told(session, notice)
    return loan is not None and loan.due_date < today


def _stages(today: date) -> Iterator[tuple[int, Near]]:
    """Each stage, with the loans for which it is the last one reached."""
    for stage, later in zip(OVERDUE_STAGES, (*OVERDUE_STAGES[1:], None), strict=True):
        first = date.min if later is None else today - timedelta(later - 1)
        yield stage, Near(first, today - timedelta(stage), f"{_OVERDUE}{stage}")


class _Usual(NamedTuple):
    """The readers of these loans who need not be looked at one by one, and from when on each may be told."""

    whom: ColumnElement[bool]
    not_before: ColumnElement[datetime]


def _usual(session: Session, untold: FromClause, now: datetime) -> _Usual:
    """All who have quiet hours that several have, and for whom no van is to come, which may fetch the book."""
    of = untold.c
    counted = select(of.quiet).group_by(of.quiet).order_by(func.count().desc(), of.quiet).limit(MOST_HOURS)
    hours = {
        quiet: literal(earliest(_reader_with(quiet), now), Notice.not_before.type)
        for quiet in session.connection().scalars(counted)
    }
    van = exists().where(DeliveryRequest.patron_id == of.patron_id, DeliveryRequest.status.in_(OPEN))
    whom = and_(of.quiet.in_(list(hours)), not_(van))
    return _Usual(whom, case(hours, value=of.quiet) if hours else literal(None, Notice.not_before.type))


def _reader_with(quiet: str) -> Patron:
    """A reader with the quiet hours "21:00-07:00"; what is missing is as usual."""
    begin, _, end = quiet.partition("-")
    return Patron(preferences={name: at for name, at in (("quiet_from", begin), ("quiet_to", end)) if at})


def _tell(
    session: Session,
    untold: FromClause,
    which: ColumnElement[bool],
    *,
    stage: int | None = None,
    now: datetime,
    **values: ColumnElement[Any],
) -> int:
    """Write the notices about these loans to those readers who wish to be reminded, with these further values; how
    many are new."""
    of = untold.c
    pairs: list[Any] = ["loan", of.loan_id, "item", of.item_id, "record", of.record_id, "due_date", of.day]
    pairs += ["stage", stage] if stage is not None else []
    given: dict[str, Any] = {
        "cause": of.cause,
        "patron_id": of.patron_id,
        "about": (func.json_build_object if at_postgresql(session) else func.json_object)(*pairs),
        "created_at": literal(now, Notice.created_at.type),
        "status": literal("due"),
        "outcome": literal(""),
        **values,
    }
    wished = and_(of.forgotten_at.is_(None), of.reminders.not_in(REFUSED))
    chosen = select(*given.values()).where(which, wished).order_by(of.patron_id, of.loan_id)
    insert = (postgresql.insert if at_postgresql(session) else sqlite.insert)(Notice).from_select(list(given), chosen)
    once = insert.on_conflict_do_nothing(index_elements=["cause"]).execution_options(preserve_rowcount=True)
    return session.connection().execute(once).rowcount


def _loans(session: Session, untold: FromClause, which: ColumnElement[bool]) -> Iterator[_Out]:
    statement = select(*(untold.c[name] for name in _Out._fields)).where(which)
    order = statement.order_by(untold.c.patron_id, untold.c.loan_id)
    return (_Out(*row) for row in session.connection().execute(order))


def _reminded(patron: Preferring) -> bool:
    return patron.forgotten_at is None and bool(preference(patron, "reminders"))


def _days_ahead(patron: Preferring) -> int:
    days = preference(patron, "reminder_days")
    return int(days) if isinstance(days, (int, float)) else 0


def _about(loan: _Out) -> dict[str, Any]:
    return {"loan": loan.loan_id, "item": loan.item_id, "record": loan.record_id, "due_date": loan.due_date.isoformat()}


def _loan_as_told(session: Session, notice: Notice) -> Loan | None:
    """The loan the notice speaks of, if it is still out and due on the day that was meant, and no van comes for it."""
    loan = session.get(Loan, notice.about["loan"], populate_existing=True)
    if loan is None or loan.returned_at is not None or loan.due_date.isoformat() != notice.about["due_date"]:
        return None
    fetched = taken_along(session, patron_id=loan.patron_id)
    return loan if _reminded(loan.patron) and loan.id not in fetched else None
