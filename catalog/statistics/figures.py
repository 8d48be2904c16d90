"""Figures of use, for each org unit: what it has and what is borrowed. No person can be told from them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session

from catalog.circulation.rules import OPEN_HOLD
from catalog.circulation.tables import Hold, Loan
from catalog.delivery.tables import DeliveryRequest
from catalog.organisation.calendar import ZONE
from catalog.organisation.tables import OrgUnit
from catalog.patrons.tables import Patron
from catalog.records.tables import Item


@dataclass(frozen=True, slots=True)
class Use:
    """One org unit's figures: its items and readers, what is out and wished for now, what was done since a day."""

    place: OrgUnit
    items: int
    readers: int
    loans_open: int
    holds_open: int
    loans_since: int
    deliveries_since: int


def use(session: Session, *, since: date) -> list[Use]:
    """The figures of every org unit, by its id; `*_since` counts from the beginning of that day."""
    begin = datetime.combine(since, time(0), ZONE)
    count = func.count()
    items = _by(session, select(Item.home_id, count).group_by(Item.home_id))
    readers = _by(session, select(Patron.home_id, count).where(Patron.forgotten_at.is_(None)).group_by(Patron.home_id))
    out = _by(session, select(Loan.place_id, count).where(Loan.returned_at.is_(None)).group_by(Loan.place_id))
    wished = _by(session, select(Hold.pickup_id, count).where(Hold.status.in_(OPEN_HOLD)).group_by(Hold.pickup_id))
    lent = _by(session, select(Loan.place_id, count).where(Loan.checked_out_at >= begin).group_by(Loan.place_id))
    brought = _by(
        session,
        select(DeliveryRequest.org_unit_id, count)
        .where(DeliveryRequest.status == "delivered", DeliveryRequest.ended_at >= begin)
        .group_by(DeliveryRequest.org_unit_id),
    )
    tables = (items, readers, out, wished, lent, brought)
    return [
        Use(place, *(table.get(place.id, 0) for table in tables))
        for place in session.scalars(select(OrgUnit).order_by(OrgUnit.id))
    ]


def _by(session: Session, statement: Select[int, int] | Select[int | None, int]) -> dict[int | None, int]:
    return {place_id: count for place_id, count in session.execute(statement)}  # noqa: C416 - rows become pairs
