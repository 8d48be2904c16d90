"""From an inbox row to an outbox row: a voice note is heard outside any transaction, and one turn is one transaction.

A turn that fails is rolled back whole and tried again; after `TRIES` the reader gets one kind sentence. A database
that is locked or full is no fault of the message: it stays in the inbox, and the error goes to the caller.
"""

from __future__ import annotations

import time
import traceback
from collections.abc import Callable, Collection
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import structlog
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session, sessionmaker

from bot import inbox, outbox
from bot.channels import PUSHING
from bot.claims import LostClaim
from bot.dialogue import engine, reports
from bot.dialogue.services import Services
from bot.dialogue.state import Talk
from bot.inbox import InboxRow
from bot.locales import DEFAULT, load, nearest
from bot.messages import Message, Reply, Text
from bot.moments import moment_in
from bot.outbox import OutboxRow
from bot.relay import figures, sounds
from bot.relay.bodies import said_in, transcript_to_json
from bot.relay.notices import pull_notices
from bot.rendering import render
from catalog.database import empty_log
from catalog.patrons.tables import Patron
from speech.audio import NotAudio, TooLong, TooShort
from speech.recognition import Transcript, UnsupportedLanguage

Hear = Callable[[bytes, str, str, tuple[str, ...]], Transcript]
"""(sound, media type, locale, the few answers awaited) to what was heard; raises the errors of speech."""

OPERATORS = frozenset({"console"})
"""The channels whose messages may say for which card they speak, and at what time."""
TRIES = 3
BEGUN_ANEW = 5
"""How often a turn begins anew that the database gave up for another's sake."""
REPLY_LIVES = timedelta(days=1)
"""How long a reply may wait for a channel that can reach a reader by itself; an older one would only confuse."""

log = structlog.get_logger()


def answer_next(
    sessions: sessionmaker[Session],
    *,
    channels: Collection[str],
    talk: str | None = None,
    services: Services,
    hear: Hear,
    now: datetime,
) -> OutboxRow | None:
    """Answer what is next to be answered, else hear a voice note and answer that; the reply's outbox row, or None.

    Raises DBAPIError where the database is locked, full or away; the message stays in the inbox.
    """
    answered = turn_next(sessions, channels=channels, talk=talk, services=services, now=now)
    if answered is None and hear_next(sessions, channels=channels, talk=talk, hear=hear, now=now):
        answered = turn_next(sessions, channels=channels, talk=talk, services=services, now=now)
    if answered is not None and held_secret(answered):
        empty_log(sessions.kw["bind"])
    return answered


def held_secret(answered: OutboxRow) -> bool:
    """Whether what was answered held a PIN: it is emptied now, but the database's log still has it."""
    return bool(answered.message.get("hush"))


def hear_next(
    sessions: sessionmaker[Session], *, channels: Collection[str], talk: str | None = None, hear: Hear, now: datetime
) -> bool:
    """Hear the next voice note and keep its transcript; False if there is none."""
    with sessions() as session:
        row = inbox.claim(session, channels=channels, now=now, talk=talk, needs="ears")
        locale = _locale(session, row) if row else ""
        phrases = engine.awaited(session, talk=row.talk, locale=load(locale)) if row else ()
        session.commit()
    if row is None:
        return False
    if row.attempts > TRIES:
        transcript: dict[str, Any] = {"reason": "engine_failed"}
    else:
        transcript = _heard(row, locale, phrases, hear)
    with sessions() as session:
        try:
            inbox.heard(session, row, transcript)
            session.commit()
        except LostClaim:
            log.warning("claim-lost", inbox=row.id)
    return True


def turn_next(
    sessions: sessionmaker[Session],
    *,
    channels: Collection[str],
    talk: str | None = None,
    services: Services,
    now: datetime,
) -> OutboxRow | None:
    """Answer the next message that needs no ear any more: claim, turn, reply and finish in one transaction."""
    begun_anew = 0
    while True:
        with sessions() as session:
            row = inbox.claim(session, channels=channels, now=now, talk=talk)
            if row is None:
                session.commit()
                return None
            row_id, attempts = row.id, row.attempts
            kept = str((row.transcript or {}).get("sound", ""))
            began = time.perf_counter()
            try:
                answered = _answer(session, row, services, now) if attempts <= TRIES else _give_up(session, row, now)
                session.commit()
            except Exception as error:
                session.rollback()
                if in_each_others_way(error) and begun_anew < BEGUN_ANEW:
                    begun_anew += 1
                    continue
                if passing(error):
                    raise
                figures.TURNS_FAILED.inc()
                log.error("turn-failed", inbox=row_id, attempt=attempts, error=type(error).__name__, at=_at(error))
                inbox.count_attempt(session, row_id)
                session.commit()
            else:
                sounds.drop(kept)
                figures.TURN.labels(answered.channel).observe(time.perf_counter() - began)
                log.info("answered", inbox=row_id, channel=answered.channel)
                return answered


def in_each_others_way(error: BaseException) -> bool:
    """Whether the database gave this transaction up for another's sake (deadlock, serialization); it may begin anew."""
    return isinstance(error, DBAPIError) and getattr(error.orig, "sqlstate", None) in ("40001", "40P01")


def passing(error: BaseException) -> bool:
    """Whether this is the database's trouble of the moment (locked, full, away), which no message can be blamed for."""
    if not isinstance(error, DBAPIError):
        return False
    state = getattr(error.orig, "sqlstate", None)
    if state is not None:
        return str(state)[:2] in ("08", "40", "53", "55", "57", "58")
    said = str(error.orig).lower()
    return error.connection_invalidated or any(
        word in said for word in ("locked", "full", "disk i/o", "readonly", "unable to open", "connection")
    )


def _answer(session: Session, row: InboxRow, services: Services, now: datetime) -> OutboxRow:
    body = row.body
    key = f"turn:{row.id}"
    by_operator = row.channel in OPERATORS
    moment = now
    if by_operator and body.get("now"):
        try:
            moment = moment_in(str(body["now"]), services.zone)
        except ValueError:
            return _only(session, row, Text("now-unreadable"), now)
    options = engine.TurnOptions(
        card=str(body.get("card", "")) if by_operator else "",
        locale=str(body.get("locale", "")),
        new=bool(body.get("new", False)),
        sound=row.sound,
        media_type=str(body.get("hear", "")),
        sender=str(body.get("sender", "")),
    )
    said = said_in(row)
    if isinstance(said, str):
        result = engine.not_heard(
            session, talk=row.talk, channel=row.channel, address=row.address, reason=said, now=moment, turn=key,
            services=services, options=options,
        )  # fmt: skip
    else:
        result = engine.take_turn(
            session, talk=row.talk, channel=row.channel, address=row.address, said=said, now=moment, turn=key,
            services=services, options=options,
        )  # fmt: skip
    reply = _put(session, row, result.message, result.details, now=now)
    if result.patron_id is not None and row.channel not in PUSHING:
        # He is here, where no message could reach him unasked: what waited for him is said now.
        pull_notices(session, patron_id=result.patron_id, talk=row.talk, now=moment, put_at=now, services=services)
    inbox.finish(session, row)
    return reply


def _give_up(session: Session, row: InboxRow, now: datetime) -> OutboxRow:
    reply = _said(session, row, Text("turn-failed"), now)
    inbox.fail(session, row, "turn-failed")
    return reply


def _only(session: Session, row: InboxRow, text: Text, now: datetime) -> OutboxRow:
    reply = _said(session, row, text, now)
    inbox.finish(session, row)
    return reply


def _said(session: Session, row: InboxRow, text: Text, now: datetime) -> OutboxRow:
    """Answer with one sentence, without a turn."""
    message = render(Reply((text,)), locale=load(_locale(session, row)))
    return _put(session, row, message, reports.nothing(message), now=now)


def _put(
    session: Session, row: InboxRow, message: Message, details: dict[str, Any] | None, *, now: datetime
) -> OutboxRow:
    key = f"turn:{row.id}"
    expires = now + REPLY_LIVES if row.channel in PUSHING else None
    if "hear" in row.body:
        heard = (details or {}).get("heard") or {}
        message = replace(message, heard="" if message.hush else str(heard.get("text", "")))
    put = outbox.put(
        session, key=key, channel=row.channel, address=row.address, talk=row.talk, message=message, details=details,
        now=now, expires_at=expires,
    )  # fmt: skip
    if put is None:
        raise RuntimeError(f"{key} was answered before")
    return put


def _heard(row: InboxRow, locale: str, phrases: tuple[str, ...], hear: Hear) -> dict[str, Any]:
    try:
        with figures.HEARING.time():
            transcript = hear(row.sound or b"", str(row.body.get("hear", "")), locale, phrases)
    except TooLong:
        return {"reason": "too_long"}
    except NotAudio:
        return {"reason": "not_audio"}
    except TooShort:
        return {"reason": "silent"}
    except UnsupportedLanguage:
        return {"reason": "no_ears"}
    except Exception as error:
        log.error("not-heard", inbox=row.id, error=type(error).__name__, at=_at(error))
        return {"reason": "engine_failed"}
    return transcript_to_json(transcript) if transcript.hypotheses else {"reason": transcript.missed or "silent"}


def _locale(session: Session, row: InboxRow) -> str:
    """The language to expect in this talk: the one asked for with the message, the talk's, the patron's, or Chinese."""
    talk = session.get(Talk, row.talk)
    patron = session.get(Patron, talk.patron_id) if talk and talk.patron_id else None
    tags = (str(row.body.get("locale", "")), talk.locale if talk else "", patron.locale if patron else "")
    return nearest(next((tag for tag in tags if tag), DEFAULT))


def _at(error: BaseException) -> str:
    """Where an error arose, without its words: they may quote a reader."""
    frames = traceback.extract_tb(error.__traceback__)[-3:]
    return " < ".join(f"{Path(frame.filename).name}:{frame.lineno}" for frame in reversed(frames))
