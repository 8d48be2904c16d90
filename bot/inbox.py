"""Every message in, once: a channel stores what arrives here before it confirms anything, and a worker answers later.

A row is stored once (channel and update id are unique together), waits for what it `needs` (the channel fetches a
recording, an ear hears it), and is then answered in one transaction with everything the answer does. When it is done,
words and sound are emptied; only ids stay. This file understands nothing of what it keeps.
"""

from __future__ import annotations

import math
from collections.abc import Collection
from datetime import datetime, timedelta
from functools import cache
from typing import Any, cast

from sqlalchemy import (
    JSON,
    CheckConstraint,
    ColumnElement,
    Index,
    Insert,
    LargeBinary,
    Table,
    UniqueConstraint,
    bindparam,
    delete,
    select,
    update,
)
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Mapped, Session, mapped_column

from bot import claims
from catalog.database import Base

STATUSES = ("new", "claimed", "done", "failed")
NEEDS = ("", "sound", "ears")
"""What must happen before a turn: nothing, the channel brings the recording, or it must be heard."""

KEPT = timedelta(days=7)
DEEPEST = 6
"""How deep lists may stand in lists in a body."""


class InboxRow(claims.Claimed, Base):
    """A message as it arrived. `body` is {"say": …}, {"choose": n, "offer": …}, {"heard": …} or {"hear": media type},
    with the options card, locale, now and new beside it."""

    __tablename__ = "inbox"
    __table_args__ = (
        UniqueConstraint("channel", "update_id"),
        CheckConstraint(f"status IN {STATUSES}", name="status"),
        CheckConstraint(f"needs IN {NEEDS}", name="needs"),
        Index("ix_inbox_status_id", "status", "id"),
        Index("ix_inbox_talk_status", "talk", "status"),
        {"sqlite_autoincrement": True},  # an id names the answer's outbox key, so it is never given twice
    )

    update_id: Mapped[str]
    """The channel's own id of the message."""
    body: Mapped[dict[str, Any]]
    sound: Mapped[bytes | None] = mapped_column(LargeBinary)
    """A recording, until the turn that answers it; never kept."""
    needs: Mapped[str] = mapped_column(default="")
    transcript: Mapped[dict[str, Any] | None] = mapped_column(JSON(none_as_null=True))
    """What was heard, or {"reason": …} where nothing could be, so that a restart does not hear twice."""
    outcome: Mapped[str] = mapped_column(default="")
    """Why a failed message failed: the name of the error, never its words."""
    received_at: Mapped[datetime]

    @staticmethod
    def ready(table: Table) -> ColumnElement[bool]:
        return table.c.needs == bindparam("at_needs")


def store(
    session: Session,
    *,
    channel: str,
    update_id: str | int,
    talk: str,
    address: str,
    body: dict[str, Any],
    sound: bytes | None = None,
    now: datetime,
) -> int | None:
    """Store a message; its id, or None if it was stored before. A {"hear": …} without `sound` waits for `supply`."""
    needs = "" if "hear" not in body else "sound" if sound is None else "ears"
    stored: int | None = session.scalar(
        _storing(session.get_bind().dialect.name),
        {
            "channel": channel,
            "update_id": _storable(str(update_id)),
            "talk": _storable(talk),
            "address": _storable(address),
            "body": _storable(body),
            "sound": sound,
            "needs": needs,
            "status": "new",
            "attempts": 0,
            "holder": "",
            "outcome": "",
            "received_at": now,
        },
    )
    return stored


@cache
def _storing(dialect: str) -> Insert:
    insert = postgresql.insert if dialect == "postgresql" else sqlite.insert
    table = cast(Table, InboxRow.__table__)
    return insert(table).on_conflict_do_nothing(index_elements=["channel", "update_id"]).returning(table.c.id)


def claim(
    session: Session, *, channels: Collection[str], now: datetime, talk: str | None = None, needs: str = ""
) -> InboxRow | None:
    """Claim the oldest message that is first in its talk and needs just `needs`; None if there is none."""
    return claims.claim(session, InboxRow, channels=channels, now=now, talk=talk, at_needs=needs)


def supply(session: Session, row_id: int, *, sound: bytes | None = None, reason: str = "") -> None:
    """Bring the recording a message waits for, or the `reason` why it cannot be brought."""
    values = {"needs": "ears", "sound": sound} if sound is not None else {"needs": "", "transcript": {"reason": reason}}
    session.execute(update(InboxRow).where(InboxRow.id == row_id, InboxRow.needs == "sound").values(**values))


def heard(session: Session, row: InboxRow, transcript: dict[str, Any]) -> None:
    """Keep what was heard, and give the message back to be answered. Raises LostClaim."""
    claims.change(session, row, status="new", needs="", transcript=transcript, attempts=0)


def finish(session: Session, row: InboxRow) -> None:
    """The message is answered; its words and sound are emptied. Raises LostClaim."""
    claims.change(session, row, status="done", body={}, sound=None, transcript=None)


def fail(session: Session, row: InboxRow, reason: str) -> None:
    """The message could not be answered and will not be tried again. Raises LostClaim."""
    claims.change(session, row, status="failed", body={}, sound=None, transcript=None, outcome=reason)


def count_attempt(session: Session, row_id: int) -> None:
    """Remember an attempt whose own transaction was rolled back."""
    session.execute(
        update(InboxRow)
        .where(InboxRow.id == row_id, InboxRow.status == "new")
        .values(attempts=InboxRow.attempts + 1)
        .execution_options(synchronize_session=False)
    )


def release(session: Session, *, now: datetime) -> int:
    """Free the messages whose worker died or whose claim lapsed; how many."""
    return claims.release(session, InboxRow, now=now)


def waiting(session: Session, *, channel: str, needs: str) -> list[InboxRow]:
    """The messages of `channel` that wait for `needs`, oldest first."""
    return list(
        session.scalars(
            select(InboxRow)
            .where(InboxRow.channel == channel, InboxRow.status == "new", InboxRow.needs == needs)
            .order_by(InboxRow.id)
        )
    )


def forget(session: Session, talks: Collection[str]) -> None:
    """Nothing tells any more in which of `talks` the answered messages were said; their words are gone already."""
    session.execute(
        update(InboxRow)
        .where(InboxRow.talk.in_(talks), InboxRow.status.in_(("done", "failed")))
        .values(talk="", address="")
    )


def told(session: Session, talks: Collection[str]) -> dict[str, list[dict[str, Any]]]:
    """What is held of the messages of `talks`: when they came; their words only while they wait for an answer."""
    rows = session.scalars(select(InboxRow).where(InboxRow.talk.in_(talks)).order_by(InboxRow.id))
    held = [
        {"id": row.id, "talk": row.talk, "at": row.received_at.isoformat(), "words": row.body.get("say", "")}
        for row in rows
    ]
    return {"messages_in": held}


def erase_old(session: Session, *, now: datetime, keep: timedelta = KEPT) -> int:
    """Delete what is answered and older than `keep`; how many. Nobody repeats an update as old as that."""
    gone = session.scalars(
        delete(InboxRow)
        .where(InboxRow.status.in_(("done", "failed")), InboxRow.received_at < now - keep)
        .returning(InboxRow.id),
        execution_options={"synchronize_session": False},
    )
    return len(gone.all())


def _storable(value: Any, depth: int = 0) -> Any:
    """`value` as both databases can keep it: no half characters, no NUL, no infinite numbers, nothing too deep."""
    if isinstance(value, str):
        return value.replace("\x00", "").encode(errors="replace").decode()
    if isinstance(value, float) and not math.isfinite(value):
        return None
    if isinstance(value, dict | list) and depth == DEEPEST:
        return None
    if isinstance(value, dict):
        return {_storable(str(name)): _storable(one, depth + 1) for name, one in value.items()}
    if isinstance(value, list):
        return [_storable(one, depth + 1) for one in value]
    return value
