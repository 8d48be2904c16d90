"""From notices to messages: what a reader is owed is said in one message, to where it can reach him.

A reader with a channel that pushes is told there; one without is told at his next turn, wherever that is. What is no
longer true is dropped here, at the last moment. What a notice says is written in bot.dialogue.notices.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

import structlog
from sqlalchemy import bindparam, exists, or_, select
from sqlalchemy.orm import Session

from bot import outbox
from bot.channels import PUSHING
from bot.dialogue import notices as saying
from bot.dialogue.services import Services
from bot.dialogue.state import Talk
from bot.outbox import OutboxRow
from catalog.outreach import notices
from catalog.outreach.tables import Notice
from catalog.patrons.tables import Patron

AT_ONCE = 100
"""Readers told in one transaction."""
FRESH = timedelta(minutes=2)
"""A notice that waited longer in the outbox is checked once more before it leaves."""

_WAITING = select(
    or_(
        exists().where(Notice.patron_id == bindparam("patron"), Notice.status == "due"),
        exists().where(
            Talk.patron_id == bindparam("patron"),
            OutboxRow.talk == Talk.id,
            OutboxRow.status == "dead",
            OutboxRow.key.startswith("notice:"),
        ),
    )
)
"""Whether anything waits for a patron at all; asked at every turn, and nearly always answered no."""

log = structlog.get_logger()


def relay_notices(session: Session, *, now: datetime, services: Services) -> int:
    """Write a message for each reader who is owed something and can be reached unasked; how many readers."""
    reachable = session.scalars(
        select(Notice.patron_id)
        .join(Talk, Talk.patron_id == Notice.patron_id)
        .where(Notice.status == "due", Notice.not_before <= now)
        .where(Talk.live.is_(True), Talk.channel.in_(sorted(PUSHING)))
        .distinct()
        .limit(AT_ONCE)
    ).all()
    if not reachable:
        return 0
    told = 0
    for patron_id, owed in notices.due(session, now=now, limit=AT_ONCE, patrons=reachable).items():
        talk = pushing_talk(session, patron_id)
        told += talk is not None and _tell(session, patron_id, owed, talk, now=now, put_at=now, services=services)
    return told


def pull_notices(
    session: Session, *, patron_id: int, talk: str, now: datetime, services: Services, put_at: datetime | None = None
) -> int:
    """Say in `talk`, where the reader is just now, what waited for him; how many messages.

    `now` is the talk's time, `put_at` the relay's where they differ (a console may speak at another date).
    """
    if not session.scalar(_WAITING, {"patron": patron_id}):
        return 0
    here = session.get_one(Talk, talk)
    at = put_at or now
    told = _undelivered(session, patron_id, here, at)
    owed = notices.due(session, now=now, limit=1, patrons=[patron_id]).get(patron_id, [])
    return told + _tell(session, patron_id, owed, here, now=now, put_at=at, services=services)


def still_so(session: Session, row: OutboxRow, *, now: datetime) -> bool:
    """Whether a claimed message may still be said: a notice that had to wait is looked at again.

    Where something of it no longer holds it is given up, and what does hold becomes due again, to be said anew.
    """
    if not row.key.startswith("notice:") or now - row.created_at < FRESH:
        return True
    ids = [int(number) for number in row.key.removeprefix("notice:").partition(">")[0].split("-")]
    told = session.scalars(select(Notice).where(Notice.id.in_(ids))).all()
    true = [notice for notice in told if notices.still_true(session, notice, now=now)]
    if len(true) == len(ids):
        return True
    for notice in told:
        if notice in true:
            notice.status, notice.sent_at = "due", None
        else:
            notices.drop(session, notice, reason="no longer true")
    outbox.give_up(session, row)
    return False


def pushing_talk(session: Session, patron_id: int) -> Talk | None:
    """The patron's most recently used live talk in which a message can reach him unasked."""
    return session.scalars(
        select(Talk)
        .where(Talk.patron_id == patron_id, Talk.live.is_(True), Talk.channel.in_(sorted(PUSHING)))
        .order_by(Talk.updated_at.desc(), Talk.id)
        .limit(1)
    ).first()


def _tell(
    session: Session, patron_id: int, owed: Sequence[Notice], talk: Talk, *, now: datetime, put_at: datetime,
    services: Services,
) -> bool:  # fmt: skip
    """Put what is still true of `owed` into one message; whether there was anything."""
    patron = session.get_one(Patron, patron_id)
    told = []
    for notice in owed:
        if notices.still_true(session, notice, now=now):
            told.append(notice)
        else:
            notices.drop(session, notice, reason="no longer true")
    if not told:
        return False
    outbox.put(
        session,
        key=f"notice:{'-'.join(str(notice.id) for notice in told)}",
        channel=talk.channel,
        address=talk.address,
        talk=talk.id,
        message=saying.say(session, patron=patron, notices=told, now=now, services=services, talk=talk),
        now=put_at,
        expires_at=put_at + (min(notice.expires_at for notice in told) - now),
    )
    notices.mark_sent(session, told, now=now)
    log.info("noticed", notices=[notice.id for notice in told], channel=talk.channel)
    return True


def _undelivered(session: Session, patron_id: int, here: Talk, now: datetime) -> int:
    """Bring notices here that a channel the reader has left could not deliver."""
    rows = session.scalars(
        select(OutboxRow)
        .join(Talk, Talk.id == OutboxRow.talk)
        .where(Talk.patron_id == patron_id, OutboxRow.status == "dead", OutboxRow.key.startswith("notice:"))
        .order_by(OutboxRow.id)
    ).all()
    brought = 0
    for row in rows:
        message, row.status, row.message = outbox.message_of(row), "expired", {}
        if row.expires_at is None or row.expires_at > now:
            put = outbox.put(
                session,
                key=f"{row.key}>{here.id}",
                channel=here.channel,
                address=here.address,
                talk=here.id,
                message=message,
                now=now,
                expires_at=row.expires_at,
            )
            brought += put is not None
    return brought
