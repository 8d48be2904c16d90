"""The console: one message a line, answered as it comes, the same natural way as every other channel.

A line is stored in the inbox, answered by the relay, taken from the outbox and printed. Only here may a line say which
card it acts for: the console is the operator's. Nothing is understood or decided in this file.

A database that is locked, full or away ends no talk: that line gets its kind sentence, and the next is tried again.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import asdict, dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session, sessionmaker

from bot import inbox, outbox, relay
from bot.dialogue import reports
from bot.dialogue.services import Services
from bot.dialogue.state import Talk
from bot.locales import DEFAULT, load, nearest
from bot.messages import Message, Reply, Text
from bot.rendering import render
from catalog.database import open_sessions
from catalog.patrons.tables import Card, Patron
from speech.recognition import Transcript

CHANNELS = {"console"}
LARGEST = 20_000_000
"""Bytes of a recording that are read; more is refused by the ear as too long."""
OTHERS_S = 0.05
"""How long to wait where another process answers in the same talk."""
KEYS = ("card", "locale", "now", "new")

Answer = tuple[Message, dict[str, Any] | None]
"""A message; the answer to a line with its details."""
Hear = Callable[[bytes, str, str, tuple[str, ...]], Transcript]


@dataclass
class Console:
    """One talk at the console. `asked` are options that hold for every line (card) or the first (locale)."""

    sessions: sessionmaker[Session]
    services: Services
    hear: Hear
    talk: str
    clock: Callable[[], datetime]
    card: str = ""
    locale: str = ""
    now: str = ""
    trouble: DBAPIError | None = None
    """Why the last line that could not be answered was not."""
    _owed: list[str] = field(default_factory=list)
    """The keys of answers to lines that were stored and not answered yet."""
    _lines: int = 0

    def answer(self, body: dict[str, Any]) -> list[Answer]:
        """Send one line in; what comes back: the reply with its details, then what arrived meanwhile (no details).

        While the database cannot be written the reply says so. A line that was stored by then keeps its place: its
        answer arrives with the next one.
        """
        sound = _sound(body)
        body = self._options(body)
        self._lines += 1
        told = "not-taken"
        try:
            key = f"turn:{self._stored(body, sound)}"
            self._owed.append(key)
            told = "answered-later"
            return self._answered(key)
        except DBAPIError as error:
            if not relay.passing(error):
                raise
            self.trouble = error
            return [not_now(told, self._locale(body))]

    def _stored(self, body: dict[str, Any], sound: bytes | None) -> int | None:
        at = self.clock()
        with self.sessions.begin() as session:
            return inbox.store(
                session,
                channel="console",
                update_id=f"{self.talk}:{self._lines}:{at.timestamp()}",
                talk=self.talk,
                address=self.talk,
                body=body,
                sound=sound,
                now=at,
            )

    def _answered(self, key: str) -> list[Answer]:
        while not (taken := self._taken(key)):
            answered = relay.answer_next(
                self.sessions,
                channels=CHANNELS,
                talk=self.talk,
                services=self.services,
                hear=self.hear,
                now=self.clock(),
            )
            if answered is None:
                time.sleep(OTHERS_S)
        return taken

    def _locale(self, body: dict[str, Any]) -> str:
        """The language of a line that nobody answers: the one asked for, else the talk's or the reader's."""
        tags = [str(body.get("locale", ""))]
        with suppress(DBAPIError), open_sessions(self.sessions.kw["bind"], reading=True)() as session:
            talk = session.get(Talk, self.talk)
            card = session.get(Card, str(body.get("card", "")))
            patron = card.patron if card else session.get(Patron, talk.patron_id) if talk and talk.patron_id else None
            tags += [talk.locale if talk else "", patron.locale if patron else ""]
        return next((tag for tag in [*tags, self.locale] if tag), "")

    def _taken(self, key: str) -> list[Answer]:
        """Our answer with its details, then what was pushed and answers still owed; empty while it is not there yet."""
        with self.sessions.begin() as session:
            now = self.clock()
            rows = outbox.take(session, talk=self.talk, key=key, now=now)
            if rows:
                rows += [
                    row
                    for owed in self._owed
                    if owed != key
                    for row in outbox.take(session, talk=self.talk, key=owed, now=now)
                ]
            taken = [(outbox.message_of(row), row.details if row.key == key else None) for row in rows]
            outbox.hush(rows)
        self._owed = [owed for owed in self._owed if owed not in {row.key for row in rows}]
        return taken

    def _options(self, body: dict[str, Any]) -> dict[str, Any]:
        body = {name: value for name, value in body.items() if value is not None}
        if self.card:
            body.setdefault("card", self.card)
        if self.now:
            body.setdefault("now", self.now)
        if self.locale and (self._lines == 0 or body.get("new")):
            body.setdefault("locale", self.locale)
        if "hear" in body:
            body["hear"] = ""
        return body


def not_now(id: str, locale: str) -> Answer:
    """The answer to a line while the database cannot be written: the sentence `id`; nothing understood or done."""
    message = render(Reply((Text(id),)), locale=load(nearest(locale or DEFAULT)))
    return message, reports.nothing(message)


def parsed(line: str) -> dict[str, Any]:
    """One JSON line as a message; a line that is none is taken as empty words, which get their sentence."""
    try:
        given = json.loads(line) if line.strip() else {}
    except (ValueError, RecursionError):
        given = {}
    if not isinstance(given, dict):
        given = {}
    options = {name: given[name] for name in KEYS if name in given and isinstance(given[name], str | bool | int)}
    if isinstance(given.get("hear"), str):
        return {"hear": given["hear"], **options}
    if "choose" in given:
        number = given["choose"]
        valid = isinstance(number, int) and not isinstance(number, bool) and abs(number) < 10**6
        return {"choose": number if valid else 0, **options}
    if "heard" in given:
        return {"heard": given["heard"], **options}
    say = given.get("say")
    return {"say": say if isinstance(say, str) else "", **options}


def in_full(message: Message) -> dict[str, Any]:
    """A message that arrived unasked, as JSON."""
    return {name: list(value) if isinstance(value, tuple) else value for name, value in asdict(message).items()}


def _sound(body: dict[str, Any]) -> bytes | None:
    """The recording a line names; what cannot be read is no sound at all."""
    if "hear" not in body:
        return None
    try:
        with Path(body["hear"]).open("rb") as file:
            return file.read(LARGEST)
    except (OSError, ValueError):
        return b""
