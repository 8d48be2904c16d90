"""Blocks: why a patron may not borrow for now. Nothing here blocks anyone because a notice could not be delivered."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import bindparam, or_, select
from sqlalchemy.orm import Session

from catalog import refusals
from catalog.organisation.calendar import day_of
from catalog.patrons.tables import Block, Patron

_HOLDING = (
    select(Block)
    .where(Block.patron_id == bindparam("patron"), Block.since <= bindparam("today"))
    .where(or_(Block.until.is_(None), Block.until >= bindparam("today")))
    .order_by(Block.id)
)


def refuse_blocked(session: Session, *, patron: Patron, now: datetime) -> None:
    """Raise refusals.Blocked (`reason`, `until`) if a block on the patron holds today."""
    block = session.scalars(_HOLDING, {"patron": patron.id, "today": day_of(now)}).first()
    if block is not None:
        raise refusals.Blocked(reason=block.reason, until=block.until)
