"""Every message out, once: written with what caused it in one transaction, carried out by a channel afterwards.

`key` is unique, so that one effect makes one message. Messages of one talk leave in order, one at a time. A message
that nobody could take in time expires rather than arriving in a heap. This file sends nothing.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import asdict, fields
from datetime import datetime, timedelta
from functools import cache
from typing import Any, cast

from sqlalchemy import (
    JSON,
    CheckConstraint,
    ColumnElement,
    Index,
    Insert,
    Table,
    bindparam,
    delete,
    or_,
    select,
    update,
)
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Mapped, Session, mapped_column

from bot import claims
from bot.messages import Message
from catalog.database import Base

STATUSES = ("waiting", "sending", "sent", "dead", "expired")

KEPT = timedelta(days=7)


class OutboxRow(claims.Claimed, Base):
    """A message on its way to an address. `message` holds the fields of bot.messages.Message."""

    __tablename__ = "outbox"
    __table_args__ = (
        CheckConstraint(f"status IN {STATUSES}", name="status"),
        Index("ix_outbox_status_id", "status", "id"),
        Index("ix_outbox_talk_status", "talk", "status"),
        Index("ix_outbox_status_expires_at", "status", "expires_at"),
    )
    WAITING = "waiting"
    TAKEN = "sending"

    key: Mapped[str] = mapped_column(unique=True)
    """Its cause: "turn:<inbox id>", "notice:<ids>"."""
    message: Mapped[dict[str, Any]]
    details: Mapped[dict[str, Any] | None] = mapped_column(JSON(none_as_null=True))
    """What the console prints of the turn (CONTRACT.md)."""
    not_before: Mapped[datetime | None]
    expires_at: Mapped[datetime | None]
    created_at: Mapped[datetime]
    sent_at: Mapped[datetime | None]
    reference: Mapped[str] = mapped_column(default="")
    """The channel's own id of the message."""

    @staticmethod
    def ready(table: Table) -> ColumnElement[bool]:
        return or_(table.c.not_before.is_(None), table.c.not_before <= bindparam("at_now"))


def put(
    session: Session,
    *,
    key: str,
    channel: str,
    address: str,
    talk: str,
    message: Message,
    details: dict[str, Any] | None = None,
    now: datetime,
    not_before: datetime | None = None,
    expires_at: datetime | None = None,
) -> OutboxRow | None:
    """Write a message to be sent; a copy of its row, or None if `key` has one already."""
    values = {
        "key": key,
        "channel": channel,
        "address": address,
        "talk": talk,
        "message": asdict(message),
        "details": details,
        "status": "waiting",
        "attempts": 0,
        "holder": "",
        "not_before": not_before,
        "expires_at": expires_at,
        "created_at": now,
        "reference": "",
    }
    row_id = session.scalar(_putting(session.get_bind().dialect.name), values)
    return OutboxRow(id=row_id, **values) if row_id is not None else None


@cache
def _putting(dialect: str) -> Insert:
    insert = postgresql.insert if dialect == "postgresql" else sqlite.insert
    table = cast(Table, OutboxRow.__table__)
    return insert(table).on_conflict_do_nothing(index_elements=["key"]).returning(table.c.id)


def message_of(row: OutboxRow) -> Message:
    """The message of a row, as it was put; what another version wrote and this one does not know is left out."""
    known = {part.name: row.message[part.name] for part in fields(Message) if part.name in row.message}
    return Message(**{"shown": "", "spoken": "", **known, "choices": tuple(known.get("choices", ()))})


def claim(session: Session, *, channels: Collection[str], now: datetime, talk: str | None = None) -> OutboxRow | None:
    """Claim the oldest message that is first in its talk and whose time has come; None if there is none."""
    expire(session, now=now)
    return claims.claim(session, OutboxRow, channels=channels, now=now, talk=talk, at_now=now)


def take(session: Session, *, talk: str, key: str, now: datetime) -> list[OutboxRow]:
    """For a channel that fetches its own messages: the answer `key`, then what was pushed to `talk`; marked sent.

    Answers to what others asked in the same talk are left to them. Empty while the answer is not written yet.
    """
    waiting = OutboxRow.status == "waiting"
    due = or_(OutboxRow.not_before.is_(None), OutboxRow.not_before <= now)
    pushed = (OutboxRow.talk == talk) & waiting & due & ~OutboxRow.key.startswith("turn:")
    rows = list(session.scalars(select(OutboxRow).where((OutboxRow.key == key) | pushed).order_by(OutboxRow.id)))
    if not any(row.key == key for row in rows):
        return []
    for row in rows:
        row.status, row.sent_at, row.reference = "sent", now, "fetched"
    return sorted(rows, key=lambda row: row.key != key)


def sent(session: Session, row: OutboxRow, *, now: datetime, reference: str = "") -> None:
    """The message was handed over; its details (perhaps all a reader's data) are kept no longer. Raises LostClaim."""
    claims.change(
        session, row, status="sent", sent_at=now, reference=reference, details=None, message=_kept(row.message)
    )


def hush(rows: Iterable[OutboxRow]) -> None:
    """What was taken and handed over keeps no words where a secret was said."""
    for row in rows:
        row.message, row.details = _kept(row.message), None if row.message.get("hush") else row.details


def _kept(message: dict[str, Any]) -> dict[str, Any]:
    return {**message, "shown": "", "spoken": ""} if message.get("hush") else message


def postpone(session: Session, row: OutboxRow, seconds: float, *, now: datetime) -> None:
    """Try again after `seconds`. Raises LostClaim."""
    claims.change(session, row, status="waiting", not_before=now + timedelta(seconds=seconds))


def dead(session: Session, row: OutboxRow) -> None:
    """The message cannot reach this address; only a notice keeps its words, until the reader comes elsewhere or its
    time is over. Raises LostClaim."""
    kept: dict[str, object] = {} if row.key.startswith("notice:") else {"message": {}, "details": None}
    claims.change(session, row, status="dead", **kept)


def handed_on(session: Session, row: OutboxRow) -> None:
    """A dead message goes on to another talk of the reader's: it is not kept here, nor said once more later."""
    empty = update(OutboxRow).where(OutboxRow.id == row.id).values(status="expired", message={}, details=None)
    session.execute(empty, execution_options={"synchronize_session": False})


def give_up(session: Session, row: OutboxRow) -> None:
    """The message is no longer worth sending; it is emptied. Raises LostClaim."""
    claims.change(session, row, status="expired", message={}, details=None)


def expire(session: Session, *, now: datetime) -> int:
    """Give up the messages whose time is over, also those that reached nobody, and empty them; how many."""
    over = session.scalars(
        update(OutboxRow)
        .where(OutboxRow.status.in_(("waiting", "dead")), OutboxRow.expires_at <= now)
        .values(status="expired", message={}, details=None)
        .returning(OutboxRow.id),
        execution_options={"synchronize_session": False},
    )
    return len(over.all())


def release(session: Session, *, now: datetime) -> int:
    """Free the messages whose sender died or whose claim lapsed; how many. They may arrive twice, rarely."""
    return claims.release(session, OutboxRow, now=now)


def forget(session: Session, talks: Collection[str]) -> None:
    """Nothing is kept of what was said in `talks`: what was sent is deleted, what waits is given up."""
    session.execute(
        delete(OutboxRow).where(OutboxRow.talk.in_(talks), OutboxRow.status.in_(("sent", "dead", "expired")))
    )
    session.execute(
        update(OutboxRow)
        .where(OutboxRow.talk.in_(talks), OutboxRow.status == "waiting")
        .values(status="expired", message={}, details=None)
    )


def told(session: Session, talks: Collection[str]) -> dict[str, list[dict[str, Any]]]:
    """The messages to `talks` that are still kept, in their words."""
    rows = session.scalars(select(OutboxRow).where(OutboxRow.talk.in_(talks)).order_by(OutboxRow.id))
    held = [
        {"id": row.id, "talk": row.talk, "at": row.created_at.isoformat(), "words": row.message.get("shown", "")}
        for row in rows
    ]
    return {"messages_out": held}


def erase_old(session: Session, *, now: datetime, keep: timedelta = KEPT) -> int:
    """Delete the messages that are sent or given up and older than `keep`: they name books. How many."""
    gone = session.scalars(
        delete(OutboxRow)
        .where(OutboxRow.status.in_(("sent", "dead", "expired")), OutboxRow.created_at < now - keep)
        .returning(OutboxRow.id),
        execution_options={"synchronize_session": False},
    )
    return len(gone.all())
