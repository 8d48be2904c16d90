"""Reminders of loans: due soon, overdue. Millions may be out, so most are written within the database, in one
statement a stage; only loans of readers with wishes of their own (other days, other quiet hours, none at all, a van
that is to come) are looked at here. None of it reads what was told before: its cause stands among the notices.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import date, datetime, timedelta
from itertools import chain
from typing import Any, NamedTuple

from sqlalchemy import (
    CTE,
    ColumnElement,
    String,
    and_,
    case,
    cast,
    exists,
    func,
    literal,
    not_,
    select,
    type_coerce,
)
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from catalog.circulation.tables import Loan
from catalog.delivery.requests import taken_along
from catalog.delivery.rules import OPEN
from catalog.delivery.tables import DeliveryRequest
from catalog.organisation.calendar import day_of
from catalog.outreach.owed import MOST_AT_ONCE, Owed, end_of
from catalog.outreach.quiet import earliest
from catalog.outreach.tables import Notice
from catalog.patrons.preferences import PREFERENCES, Preferring, preference
from catalog.patrons.tables import Patron
from catalog.records.tables import Item

OVERDUE_STAGES = (1, 7, 30)
"""Days after the due date on which an overdue loan is spoken of."""
LONGEST_REMINDER = 30
"""The most days ahead a patron can choose (preference reminder_days)."""
USUAL_REMINDER = int(str(PREFERENCES["reminder_days"].default))
_DUE_SOON = "due_soon:loan:{loan}:{due}"
_OVERDUE = "overdue:loan:{loan}:{due}:"
_OWN = ("reminders", "reminder_days", "quiet_from", "quiet_to")
"""The preferences that change a reminder."""


class _Near(NamedTuple):
    """Loans due from `first` to `last`, and the cause of their notice, with the loan's id and due date to be put in."""

    first: date
    last: date
    told: str


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


def due_soon_in_bulk(session: Session, now: datetime) -> int:
    """Remind those who wish what most do of what is due within the usual days; how many are new."""
    days = [day_of(now) + timedelta(ahead) for ahead in range(USUAL_REMINDER + 1)]
    ends = {day: literal(end_of(day), Notice.expires_at.type) for day in days}
    near = _Near(days[0], days[-1], _DUE_SOON)
    return _told_most(session, "due_soon", near, expires=lambda due: case(ends, value=due), now=now)


def overdue_in_bulk(session: Session, now: datetime) -> int:
    """The same for what is overdue, of the last stage that it has reached."""
    today = day_of(now)
    end = literal(end_of(today + timedelta(OVERDUE_STAGES[1])), Notice.expires_at.type)
    return sum(
        _told_most(session, "overdue", near, expires=lambda _: end, stage=stage, now=now)
        for stage, near in _stages(today)
    )


def due_soon(session: Session, today: date) -> Iterator[Owed]:
    """The others: within the usual days, and within the longest for those who have chosen their own."""
    fetched = taken_along(session)
    usual = today + timedelta(USUAL_REMINDER)
    near = _untold(session, _Near(today, usual, _DUE_SOON))
    early = _untold(session, _Near(usual + timedelta(1), today + timedelta(LONGEST_REMINDER), _DUE_SOON), early=True)
    for loan in chain(near, early):
        if loan.loan_id not in fetched and _reminded(loan) and loan.due_date - timedelta(_days_ahead(loan)) <= today:
            yield Owed(loan, _DUE_SOON.format(loan=loan.loan_id, due=loan.due_date), _about(loan), loan.due_date)


def overdue(session: Session, today: date) -> Iterator[Owed]:
    """The others: of the stages that a loan has reached, the last one."""
    fetched = taken_along(session)
    for stage, near in _stages(today):
        for loan in _untold(session, near):
            if loan.loan_id not in fetched and _reminded(loan):
                cause = near.told.format(loan=loan.loan_id, due=loan.due_date)
                yield Owed(loan, cause, _about(loan) | {"stage": stage}, today + timedelta(OVERDUE_STAGES[1]))


def still_due_soon(session: Session, notice: Notice, today: date) -> bool:
    """Whether the loan is still out, and not yet overdue."""
    loan = _loan_as_told(session, notice)
    return loan is not None and loan.due_date >= today


def still_overdue(session: Session, notice: Notice, today: date) -> bool:
    """Whether the loan is still out, and still overdue."""
    loan = _loan_as_told(session, notice)
    return loan is not None and loan.due_date < today


def _stages(today: date) -> Iterator[tuple[int, _Near]]:
    """Each stage, with the loans for which it is the last one reached."""
    for stage, later in zip(OVERDUE_STAGES, (*OVERDUE_STAGES[1:], None), strict=True):
        first = date.min if later is None else today - timedelta(later - 1)
        yield stage, _Near(first, today - timedelta(stage), f"{_OVERDUE}{stage}")


def _told_most(
    session: Session,
    kind: str,
    near: _Near,
    *,
    expires: Callable[[ColumnElement[date]], ColumnElement[datetime]],
    stage: int | None = None,
    now: datetime,
) -> int:
    """Write the notices about these loans to readers who are like most; how many are new."""
    out = _out(session, near)
    pairs: list[Any] = ["loan", out.c.loan_id, "item", out.c.item_id, "record", out.c.record_id, "due_date", out.c.day]
    pairs += ["stage", stage] if stage is not None else []
    given: dict[str, Any] = {
        "kind": literal(kind),
        "cause": out.c.cause,
        "patron_id": out.c.patron_id,
        "about": (func.json_build_object if _at_postgresql(session) else func.json_object)(*pairs),
        "created_at": literal(now, Notice.created_at.type),
        "not_before": literal(earliest(Patron(preferences={}), now), Notice.not_before.type),
        "expires_at": expires(out.c.due_date),
        "status": literal("due"),
        "outcome": literal(""),
    }
    chosen = select(*given.values()).where(_like_most(out)).order_by(out.c.loan_id)
    insert = (postgresql.insert if _at_postgresql(session) else sqlite.insert)(Notice).from_select(list(given), chosen)
    once = insert.on_conflict_do_nothing(index_elements=["cause"]).returning(Notice.id)
    return len(session.connection().execute(once).all())


def _untold(session: Session, near: _Near, *, early: bool = False) -> Iterator[_Out]:
    """The loans of the readers who are not like most; `early`: of those who chose their own days."""
    out = _out(session, near, choosers=early)
    statement = select(*(out.c[name] for name in _Out._fields)).order_by(out.c.loan_id)
    if not early:
        statement = statement.where(not_(_like_most(out)))
    for row in session.connection().execute(statement.execution_options(yield_per=MOST_AT_ONCE)):
        yield _Out(*row)


def _like_most(out: CTE) -> ColumnElement[bool]:
    """The usual days and the usual quiet hours apply to the reader, and no van is to fetch his books."""
    van = exists().where(DeliveryRequest.patron_id == out.c.patron_id, DeliveryRequest.status.in_(OPEN))
    return and_(
        *(out.c.preferences[name].as_string().is_(None) for name in _OWN), out.c.forgotten_at.is_(None), not_(van)
    )


def _out(session: Session, near: _Near, *, choosers: bool = False) -> CTE:
    """The open loans due in that time of which no notice speaks, with what a notice needs.

    Set apart, since PostgreSQL cannot know how many readers have a preference, and would go through all readers for
    the few it expects; those who chose their own days are few indeed, and come before their notices are looked for.
    """
    due = Loan.due_date
    day = func.to_char(due, "YYYY-MM-DD") if _at_postgresql(session) else type_coerce(due, String)
    start, _, rest = near.told.partition("{loan}")
    between, _, end = rest.partition("{due}")
    cause = literal(start) + cast(Loan.id, String) + literal(between) + day + literal(end)
    loans = (
        select(Loan.id.label("loan_id"), Loan.item_id, Item.record_id, due, Loan.patron_id, Patron.locale,
               Patron.preferences, Patron.forgotten_at, day.label("day"), cause.label("cause"))
        .join(Item, Loan.item_id == Item.id)
        .join(Patron, Loan.patron_id == Patron.id)
        .where(Loan.returned_at.is_(None), due >= near.first, due <= near.last)
    )  # fmt: skip
    if not choosers:
        return loans.where(not_(exists().where(Notice.cause == cause))).cte("out").prefix_with("MATERIALIZED")
    own = loans.where(Patron.preferences["reminder_days"].as_string().is_not(None)).cte("own")
    own = own.prefix_with("MATERIALIZED")
    return select(own).where(not_(exists().where(Notice.cause == own.c.cause))).cte("out")


def _at_postgresql(session: Session) -> bool:
    return session.get_bind().dialect.name == "postgresql"


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
