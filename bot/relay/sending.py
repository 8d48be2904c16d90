"""From an outbox row to a channel: carry it out, and write what became of it.

A send that timed out may have arrived and is not repeated. A channel that asks for time gets it; an address that is
dead is left, and the message goes to the patron's next channel, if there is one.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from datetime import datetime
from functools import partial

import structlog
from sqlalchemy.orm import Session

from bot import outbox
from bot.channels import Channel, Gone, Later
from bot.claims import LostClaim
from bot.dialogue.state import Talk
from bot.messages import Message
from bot.outbox import OutboxRow
from bot.relay import figures
from bot.relay.notices import pushing_talk, still_so

Speak = Callable[[str, str, float, str, float, str], bytes]
"""(text, locale, rate, format, volume, timbre) to sound; raises the errors of speech."""

SEND_S = 50.0
"""Seconds a channel may take for one message; less than a claim lasts."""
FAILURES = 12
"""After so many unexpected errors of a channel, each waited for twice as long, a message is given up (some hours)."""
LONGEST_WAIT_S = 1800.0

Mark = Callable[[Session], object]
"""Writes what became of a message."""

log = structlog.get_logger()


async def deliver(row: OutboxRow, *, channel: Channel, speak: Speak, now: Callable[[], datetime]) -> Mark:
    """Send a claimed row by `channel`; gives what is to be written of it: sent, postponed or dead."""
    message = outbox.message_of(row)

    async def sound(form: str) -> bytes | None:
        return await asyncio.to_thread(_spoken, speak, message, form)

    try:
        async with asyncio.timeout(SEND_S):
            receipt = await channel.send(row.address, message, sound)
    except Later as later:
        _count(row, "postponed")
        log.info("postponed", outbox=row.id, channel=row.channel, seconds=later.seconds)
        return partial(outbox.postpone, row=row, seconds=later.seconds, now=now())
    except Gone:
        _count(row, "gone")
        log.info("gone", outbox=row.id, channel=row.channel)
        return partial(go_elsewhere, row=row, now=now())
    except TimeoutError:
        _count(row, "unsure")
        log.warning("send-timed-out", outbox=row.id, channel=row.channel)
        return partial(outbox.sent, row=row, now=now(), reference="timeout")
    except Exception as error:
        _count(row, "failed")
        log.error("send-failed", outbox=row.id, channel=row.channel, error=type(error).__name__)
        if row.attempts >= FAILURES:
            return partial(outbox.dead, row=row)
        return partial(outbox.postpone, row=row, seconds=min(2.0**row.attempts, LONGEST_WAIT_S), now=now())
    _count(row, "sent")
    log.info("sent", outbox=row.id, channel=row.channel)
    return partial(outbox.sent, row=row, now=now(), reference=receipt.reference)


def turn_over(session: Session, channel: str, marks: Sequence[Mark], *, free: int, now: datetime) -> list[OutboxRow]:
    """Write what became of messages and claim up to `free` others, all in one transaction: commits wait for disks."""
    for mark in marks:
        try:
            mark(session)
        except LostClaim:
            log.warning("claim-lost", channel=channel)
    rows: list[OutboxRow] = []
    while len(rows) < free:
        row = outbox.claim(session, channels=(channel,), now=now)
        if row is None:
            break
        if still_so(session, row, now=now):
            rows.append(row)
    return rows


def go_elsewhere(session: Session, row: OutboxRow, *, now: datetime) -> bool:
    """Leave a dead address; whether the message goes on to another talk of the same patron. Raises LostClaim."""
    message, details = outbox.message_of(row), row.details
    outbox.dead(session, row)
    talk = session.get(Talk, row.talk)
    if talk is None:
        return False
    talk.live = False
    if talk.patron_id is None:
        return False
    following = pushing_talk(session, talk.patron_id)
    if following is None:
        return False
    outbox.handed_on(session, row)
    put = outbox.put(
        session,
        key=f"{row.key}>{following.id}",
        channel=following.channel,
        address=following.address,
        talk=following.id,
        message=message,
        details=details,
        now=now,
        expires_at=row.expires_at,
    )
    return put is not None


def _count(row: OutboxRow, outcome: str) -> None:
    figures.DELIVERIES.labels(row.channel, outcome).inc()


def _spoken(speak: Speak, message: Message, form: str) -> bytes | None:
    try:
        return speak(message.spoken, message.locale, message.pace, form, message.volume, message.timbre)
    except Exception as error:
        log.warning("not-said", error=type(error).__name__)
        return None
