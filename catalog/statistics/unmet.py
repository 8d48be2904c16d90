"""Counts wishes that found nothing, by place and day; never who wished."""

from __future__ import annotations

from datetime import date

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from catalog.organisation.tables import OrgUnit
from catalog.statistics.tables import UnmetWish

LONGEST = 60
"""A longer wish is cut: it is a sentence and could tell who spoke."""


def note(session: Session, *, wish: str, place: OrgUnit | None, day: date) -> None:
    """Count once that `wish` (the folded query) found nothing; empty wishes are not counted."""
    wish = wish.strip()[:LONGEST]
    if not wish:
        return
    place_id = place.id if place else None
    same_place = UnmetWish.org_unit_id.is_(None) if place_id is None else UnmetWish.org_unit_id == place_id
    statement = select(UnmetWish).where(UnmetWish.day == day, UnmetWish.wish == wish, same_place)
    held = session.scalars(statement.with_for_update(key_share=True)).first()
    if held is None:
        session.add(UnmetWish(day=day, org_unit_id=place_id, wish=wish, times=1))
    else:
        held.times += 1
    session.flush()


def most_wished(session: Session, *, since: date, at_least: int = 3, limit: int = 50) -> list[tuple[str, int]]:
    """What was wished for in vain most often since `since`; wishes rarer than `at_least` are not told."""
    times = func.sum(UnmetWish.times)
    statement = (
        select(UnmetWish.wish, times)
        .where(UnmetWish.day >= since)
        .group_by(UnmetWish.wish)
        .having(times >= at_least)
        .order_by(times.desc(), UnmetWish.wish)
        .limit(limit)
    )
    return [(wish, int(count)) for wish, count in session.execute(statement)]
