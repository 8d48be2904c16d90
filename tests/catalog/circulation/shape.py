"""What an act may change in a library, as plain rows before and after; and what of it the audit trail does not tell."""

from __future__ import annotations

from datetime import date
from typing import Any, NamedTuple

from sqlalchemy import Date, Integer, Select, String, case, func, literal, select, union_all
from sqlalchemy.orm import Session

from catalog.audit import AuditEntry
from catalog.circulation.tables import Hold, Loan
from catalog.delivery.tables import DeliveryRequest
from catalog.records.tables import Item


class Row(NamedTuple):
    """What an act may change of one thing."""

    kind: str
    id: int
    status: str | None
    item_id: int | None
    at: int | None
    until: date | None


def _rows(kind: str, number: Any, **shown: Any) -> Select[Any]:
    types = {"status": String, "item_id": Integer, "at": Integer, "until": Date}
    return select(literal(kind), number, *(shown.get(name, literal(None, of)) for name, of in types.items()))


SHAPE = union_all(
    _rows("item", Item.id, status=Item.status, item_id=Item.id, at=Item.location_id),
    _rows("loan", Loan.id, status=case((Loan.returned_at.is_(None), "out"), else_="back"), item_id=Loan.item_id,
          at=Loan.renewals, until=Loan.due_date),
    _rows("hold", Hold.id, status=Hold.status, item_id=Hold.item_id, until=Hold.suspended_until,
          at=func.coalesce(Hold.pickup_id, -Hold.delivery_id)),
    _rows("delivery", DeliveryRequest.id, status=DeliveryRequest.status),
    _rows("audit", func.count(AuditEntry.id)),
)  # fmt: skip
"""Everything that an act may change, and how many audit rows there are."""


def look(session: Session) -> frozenset[Row]:
    """What SHAPE shows just now."""
    session.flush()
    return frozenset(Row(*row) for row in session.connection().execute(SHAPE))


def not_written_down(session: Session, turn: str, before: frozenset[Row], after: frozenset[Row]) -> set[Row]:
    """What has changed in `turn` without being named by an audit row of it; an item may be named by its hold or loan.

    A closure moves due dates on by itself, and only says how many.
    """
    changed = {row for row in before ^ after if row.kind != "audit"}
    if not changed:
        return set()
    named: set[tuple[str, int]] = set()
    for what, ids in session.execute(select(AuditEntry.what, AuditEntry.ids).where(AuditEntry.turn == turn)):
        if what == "place_closed":
            return set()
        for kind in ("item", "loan", "hold", "delivery"):
            named.update((kind, int(one)) for key in (kind, f"{kind}s") for one in ids.get(key, "").split())
    for row in before | after:
        if row.kind in ("loan", "hold") and (row.kind, row.id) in named and row.item_id is not None:
            named.add(("item", row.item_id))
    return {row for row in changed if (row.kind, row.id) not in named}
