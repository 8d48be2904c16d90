"""Acting for another: who may, for what, until when. Whether a talk acts for someone is decided in the talk.

Whoever it concerns and did not do it himself is told: the patron in his own channel, the delegate in his.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, timedelta

from sqlalchemy import ColumnElement, or_, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from catalog import audit, refusals
from catalog.organisation.calendar import day_of
from catalog.outreach import notices
from catalog.patrons.tables import Delegation, LinkCode, Patron
from catalog.rows import locked

SCOPES = ("borrow", "everything")
"""borrow: find, hold, renew, have delivered; everything: settings too. Never export or forget."""
TOLD_WITHIN = timedelta(days=7)
"""How long it still makes sense to tell what happened."""


def delegate(
    session: Session,
    *,
    patron: Patron,
    delegate: Patron,
    scope: str = "borrow",
    expires_on: date | None = None,
    now: datetime,
    by: audit.Actor,
) -> Delegation:
    """Let `delegate` act for `patron` within `scope` up to and with `expires_on`; said again it changes the terms.

    Raises: refusals.NotForOneself; NotFound: someone forgotten, or an unknown scope.
    """
    if delegate.id == patron.id:
        raise refusals.NotForOneself()
    if delegate.forgotten_at is not None or scope not in SCOPES:
        raise refusals.NotFound(what="person")
    held = _between(session, patron, delegate)
    if (held.scope, held.expires_on, held.revoked_at) == (scope, expires_on, None):
        return held
    held.scope, held.expires_on, held.revoked_at = scope, expires_on, None
    session.flush()
    ids = {"delegation": held.id, "expires_on": expires_on.isoformat() if expires_on else None}
    entry = audit.record(session, "delegated", now=now, by=by, ids=ids)
    _tell(session, "delegated", held, patron, entry, now=now, by=by)
    _tell(session, "delegated_to", held, delegate, entry, now=now, by=by)
    return held


def revoke(session: Session, *, delegation: Delegation, now: datetime, by: audit.Actor) -> None:
    """End a delegation at once, and every open code that would give leave anew; one that has ended stays ended."""
    withdraw_codes(session, patron_id=delegation.patron_id, now=now, by=by)
    delegation = locked(session, Delegation, delegation.id) or delegation
    if delegation.revoked_at is None:
        delegation.revoked_at = now
        session.flush()
        entry = audit.record(session, "delegation_revoked", now=now, by=by, ids={"delegation": delegation.id})
        _tell(session, "delegation_revoked", delegation, delegation.delegate, entry, now=now, by=by)


def withdraw_codes(session: Session, *, patron_id: int, now: datetime, by: audit.Actor) -> None:
    """End the patron's open one-time codes that let somebody act."""
    mine = select(LinkCode).where(LinkCode.patron_id == patron_id, LinkCode.scope != "", LinkCode.used_at.is_(None))
    for code in session.scalars(mine.order_by(LinkCode.id).with_for_update(key_share=True)).all():
        session.delete(code)
        audit.record(session, "code_withdrawn", now=now, by=replace(by, patron_id=patron_id), ids={"code": code.id})
    session.flush()


def in_force(session: Session, *, patron: Patron, now: datetime) -> list[Delegation]:
    """Those who may act for the patron today."""
    return _today(session, Delegation.patron_id == patron.id, now=now)


def held_by(session: Session, *, delegate: Patron, now: datetime) -> list[Delegation]:
    """Those for whom the patron may act today."""
    return _today(session, Delegation.delegate_id == delegate.id, now=now)


def holds_today(delegation: Delegation, *, now: datetime) -> bool:
    """Whether it is neither revoked nor over."""
    over = delegation.expires_on is not None and delegation.expires_on < day_of(now)
    return delegation.revoked_at is None and not over


def given(session: Session, *, id: int, delegate: Patron) -> Delegation | None:
    """This delegation, if it was given to `delegate`; locked, so that taking it back waits for what is just done."""
    held = locked(session, Delegation, id)
    return held if held is not None and held.delegate_id == delegate.id else None


def acted(session: Session, *, delegation: Delegation, turn: str, now: datetime) -> None:
    """Something was done for the patron in `turn`: he is told who did what."""
    about = {"delegation": delegation.id, "turn": turn}
    last = day_of(now + TOLD_WITHIN)
    owed = notices.Owed(delegation.patron, f"acted_for:turn:{turn}", about, last)
    notices.owe(session, "acted_for", [owed], now=now)


def _between(session: Session, patron: Patron, delegate: Patron) -> Delegation:
    """The one row of these two, locked, made if there is none: two who give leave at once give it once."""
    insert = postgresql.insert if session.get_bind().dialect.name == "postgresql" else sqlite.insert
    both = {"patron_id": patron.id, "delegate_id": delegate.id}
    session.execute(insert(Delegation).values(**both, scope="", called={}).on_conflict_do_nothing())
    statement = select(Delegation).filter_by(**both).with_for_update(key_share=True)
    return session.scalars(statement, execution_options={"populate_existing": True}).one()


def _today(session: Session, whose: ColumnElement[bool], *, now: datetime) -> list[Delegation]:
    statement = select(Delegation).where(
        whose,
        Delegation.revoked_at.is_(None),
        or_(Delegation.expires_on.is_(None), Delegation.expires_on >= day_of(now)),
    )
    return list(session.scalars(statement.order_by(Delegation.id)))


def _tell(
    session: Session, kind: str, held: Delegation, whom: Patron, entry: int, *, now: datetime,
    by: audit.Actor,
) -> None:  # fmt: skip
    """Owe a notice to the one it concerns, unless it was his own doing."""
    if by.kind == "patron" and whom.id == (by.delegate_id or by.patron_id):
        return
    owed = notices.Owed(whom, f"{kind}:audit:{entry}", {"delegation": held.id}, day_of(now + TOLD_WITHIN))
    notices.owe(session, kind, [owed], now=now)
