"""In which state copies go to a door and come back, and who answers for damage: the reader never for what the road did.

Nobody is charged here or anywhere: where the damage came while the reader had the book, a librarian talks with him.
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from catalog import audit
from catalog.delivery.tables import Condition
from catalog.records.tables import Item

LIBRARY, READER = "library", "reader"
"""Who answers for damage."""


def note(
    session: Session,
    *,
    item: Item,
    moment: str,
    state: str = "",
    delivery_id: int | None = None,
    now: datetime,
    by: audit.Actor,
) -> Condition:
    """Write down the state of a copy at this moment; unsaid it is as it was. Said again it changes nothing."""
    last = _last(session, item)
    was = last.state if last is not None else "good"
    said = (moment, delivery_id, state or was)
    if last is not None and (last.moment, last.delivery_id, last.state) == said:
        return last
    noted = Condition(item_id=item.id, delivery_id=delivery_id, moment=moment, state=state or was, noted_at=now)
    session.add(noted)
    session.flush()
    if noted.state != was:
        ids = {"item": item.id, "delivery": delivery_id, "state": noted.state, "moment": moment}
        audit.record(session, "condition_noted", now=now, by=by, ids=ids)
    return noted


def state_of(session: Session, *, item: Item) -> str:
    """The state in which the copy was last seen; one of which nothing was noted is good."""
    last = _last(session, item)
    return last.state if last is not None else "good"


def borne_by(session: Session, *, item: Item) -> str:
    """Who answers for the damage of a copy: LIBRARY if it left so, or was damaged on its way there or back; READER if
    it came while he had it; "" if it is not damaged."""
    rows = _all(session, item)
    if not rows or rows[-1].state != "damaged":
        return ""
    first = next(at for at in range(len(rows) - 1, -1, -1) if at == 0 or rows[at - 1].state != "damaged")
    if rows[first].moment in ("dispatched", "delivered"):
        return LIBRARY
    fetched = first > 0 and rows[first - 1].moment == "collected"
    return LIBRARY if rows[first].moment == "returned" and fetched else READER


def _all(session: Session, item: Item) -> list[Condition]:
    return list(session.scalars(select(Condition).where(Condition.item_id == item.id).order_by(Condition.id)))


def _last(session: Session, item: Item) -> Condition | None:
    rows = select(Condition).where(Condition.item_id == item.id).order_by(Condition.id.desc())
    return session.scalars(rows.limit(1)).first()
