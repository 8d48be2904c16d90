"""Blocks: why a patron may not borrow for now. Nothing here blocks anyone because a notice could not be delivered."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ScalarSelect, bindparam, or_, select
from sqlalchemy.orm import Session

from catalog import refusals
from catalog.organisation.calendar import day_of
from catalog.patrons.tables import Block, Patron

_OF_TODAY = (
    select(Block.id)
    .where(Block.patron_id == bindparam("patron"), Block.since <= bindparam("today"))
    .where(or_(Block.until.is_(None), Block.until >= bindparam("today")))
    .order_by(Block.id)
    .limit(1)
)
BLOCKING: ScalarSelect[int] = _OF_TODAY.scalar_subquery()
"""The block on `patron` that holds `today`, if one does: for use cases that ask several things in one statement."""


def refuse_blocked(session: Session, *, patron: Patron, now: datetime) -> None:
    """Raise refusals.Blocked (`reason`, `until`) if a block on the patron holds today."""
    refuse_by(session, session.scalar(_OF_TODAY, {"patron": patron.id, "today": day_of(now)}))


def refuse_by(session: Session, block_id: int | None) -> None:
    """Raise refusals.Blocked for the block that BLOCKING found, if it found one."""
    if block_id is not None:
        block = session.get_one(Block, block_id)
        raise refusals.Blocked(reason=block.reason, until=block.until)
