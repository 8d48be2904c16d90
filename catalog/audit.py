"""The audit trail: every change to the library writes one row here, in the transaction that makes the change.

What a turn did (`done` in CONTRACT.md) and what can be undone are read from these rows, so that nothing can be
reported that was not done. Rows hold ids, never titles, names or words.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, bindparam, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from catalog import rows
from catalog.database import Base

DONE = (
    *("hold_placed", "hold_cancelled", "hold_suspended", "loan_renewed", "delivery_requested", "delivery_changed"),
    *("delivery_cancelled", "return_pickup_requested", "event_joined", "event_left", "card_linked", "preference_set"),
    *("feedback_sent", "purchase_suggested", "recording_requested", "handed_to_librarian", "call_back_requested"),
    *("errand_accepted", "errand_declined", "errand_done", "wish_withdrawn", "hold_resumed"),
    *("profile_set", "profile_ended", "parcel_vetoed"),
    *("delegated", "delegation_revoked", "undone", "data_exported", "data_forgotten", "address_saved"),
    "recording_deleted",
)
"""What a patron's turn can do (CONTRACT.md). Desk acts have names of their own (checked_out, checked_in, …)."""


_TURNS = "turns with an audit row"


@dataclass(frozen=True, slots=True)
class Actor:
    """Who acts: `kind` patron, librarian or system; `patron_id` for whom; `turn` the turn or command it happens in.

    `delegate_id` is the one who acts where a patron lets another act for him.
    """

    kind: str = "system"
    patron_id: int | None = None
    turn: str = ""
    delegate_id: int | None = None


class AuditEntry(Base):
    """One change: what, when, by whom, the ids it concerns, and what is needed to undo it."""

    __tablename__ = "audit"

    id: Mapped[int] = mapped_column(primary_key=True)
    at: Mapped[datetime] = mapped_column(index=True)
    what: Mapped[str]
    actor: Mapped[str]
    patron_id: Mapped[int | None] = mapped_column(ForeignKey("patrons.id"), index=True)
    delegate_id: Mapped[int | None] = mapped_column(ForeignKey("patrons.id"))
    """Who did it, where somebody acted for the patron."""
    turn: Mapped[str] = mapped_column(default="", index=True)
    ids: Mapped[dict[str, Any]] = mapped_column(default=dict)
    """The ids it concerns, as strings: record, item, loan, hold, delivery, event; dates are ISO."""
    before: Mapped[dict[str, Any]] = mapped_column(default=dict)
    """What undo needs to know of the state before."""
    undone_at: Mapped[datetime | None]


_OF_TURN = select(AuditEntry).where(AuditEntry.turn == bindparam("of")).order_by(AuditEntry.id)


def record(
    session: Session,
    what: str,
    *,
    now: datetime,
    by: Actor,
    ids: Mapping[str, object] | None = None,
    before: Mapping[str, Any] | None = None,
    batch: rows.Batch | None = None,
) -> int:
    """Write that `what` was done at `now` by `by`; `ids` become strings. Gives the row's id.

    With `batch` the row goes out with it, along with what it tells of, and has no id yet (0).
    """
    session.info.setdefault(_TURNS, set()).add(by.turn)
    row = {
        "at": now,
        "what": what,
        "actor": by.kind,
        "patron_id": by.patron_id,
        "delegate_id": by.delegate_id,
        "turn": by.turn,
        "ids": {name: str(value) for name, value in (ids or {}).items() if value is not None},
        "before": dict(before or {}),
    }
    if batch is None:
        return rows.put(session, AuditEntry, row)
    batch.put(AuditEntry, row)
    return 0


def touched(session: Session, turn: str) -> bool:
    """Whether `turn` wrote anything in this session; a turn that changed nothing need not ask."""
    return turn in session.info.get(_TURNS, ())


def of_turn(session: Session, turn: str) -> list[AuditEntry]:
    """What was done in `turn`, in order."""
    return list(session.scalars(_OF_TURN, {"of": turn}))
