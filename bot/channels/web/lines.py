"""The lines of a talk as the page shows them: added, read again after a lost connection, masked, trimmed, erased.

Plain functions over a session; they never commit. Lines of one talk are numbered without gaps under the lock of the
visitor's row, so that a browser that has seen line 7 misses nothing by asking for those after 7.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, delete, exists, func, select, update
from sqlalchemy.orm import Session

from bot.channels.web.tables import LEFT, UNANSWERED, WebMessage, WebVisitor
from bot.dialogue.state import Talk
from bot.messages import Message
from catalog.patrons.preferences import preference
from catalog.patrons.tables import Patron

KEPT_LINES = 100
KEPT = timedelta(days=30)
DOTS = "••••"
LATELY = timedelta(minutes=10)
NUMBER = re.compile(r"\d[\d \-]{2,}\d")


def visitor(session: Session, address: str, *, now: datetime) -> WebVisitor:
    """The visitor at `address`, made if he says something for the first time."""
    row = session.get(WebVisitor, address)
    if row is None:
        row = WebVisitor(address=address, last_seq=0, generation=0, confirmed=True, seen_at=now)
        session.add(row)
        session.flush()
    row.seen_at = now
    return row


def add_words(session: Session, address: str, text: str, *, kind: str, locale: str, now: datetime) -> int:
    """A line of the patron's; its number. Words after a question for a secret become dots, and so does a code that
    the library has said."""
    _said_once(session, WebMessage.talk == address)
    if kind == "words" and secret_asked(session, address):
        kind = "secret"
    line = WebMessage(
        talk=address,
        seq=_next(session, address),
        who="patron",
        kind=kind,
        text=DOTS if kind == "secret" else text,
        locale=locale,
        offer=UNANSWERED if kind == "voice" else "",
        created_at=now,
    )
    session.add(line)
    session.flush()
    return line.seq


def add_message(session: Session, address: str, message: Message, *, now: datetime) -> int | None:
    """A line of the library's; its number, or None where nobody is at `address` any more."""
    row = session.get(WebVisitor, address)
    if row is None or row.generation == LEFT:
        return None
    _remember(session, row)
    if message.heard is not None:
        _heard(session, address, message)
    if message.hush:
        _hush(session, address, now)
    seq = _next(session, address)
    session.add(
        WebMessage(
            talk=address,
            seq=seq,
            who="library",
            kind="secret" if message.once else "words",
            text=message.shown,
            spoken=message.spoken,
            pace=message.pace,
            locale=message.locale,
            choices=list(message.choices),
            offer=message.offer,
            secret=message.secret,
            created_at=now,
        )
    )
    session.flush()
    session.execute(delete(WebMessage).where(WebMessage.talk == address, WebMessage.seq <= seq - KEPT_LINES))
    return seq


def after(session: Session, address: str, seq: int) -> Sequence[WebMessage]:
    """The lines after number `seq`, oldest first."""
    return session.scalars(
        select(WebMessage).where(WebMessage.talk == address, WebMessage.seq > seq).order_by(WebMessage.seq)
    ).all()


def one(session: Session, address: str, seq: int) -> WebMessage | None:
    """The line of that number, if it is still kept."""
    return session.get(WebMessage, (address, seq))


def sounding(session: Session, talk: str) -> tuple[float, str]:
    """How loud, and in whose voice, the reader of this talk wants to be spoken to just now."""
    row = session.get(Talk, talk)
    if row is None:
        return 1.0, ""
    patron = session.get(Patron, row.patron_id) if row.patron_id is not None else None
    state = row.state or {}
    volume = state.get("volume") or (preference(patron, "volume") if patron else 1.0)
    timbre = state.get("timbre")
    if timbre is None:
        timbre = preference(patron, "timbre") if patron else ""
    return float(volume), str(timbre)  # type: ignore[arg-type]


def answered(session: Session, address: str, seq: int) -> bool:
    """Whether the library has said something after line `seq`."""
    return bool(
        session.scalar(
            select(exists().where(WebMessage.talk == address, WebMessage.seq > seq, WebMessage.who == "library"))
        )
    )


def asking(said: Sequence[WebMessage]) -> WebMessage | None:
    """The line that tells what may be answered now (its choices, its secret), of all lines of a talk.

    It is the newest answer to something the patron said; a notice that came unasked takes its place only if it offers
    choices of its own.
    """
    current, owed = None, 0
    for line in said:
        if line.who == "patron":
            owed += 1
        elif owed or line.choices or current is None:
            current, owed = line, max(0, owed - 1)
    return current


def secret_asked(session: Session, address: str) -> bool:
    """Whether the library is waiting for a secret."""
    line = asking(after(session, address, 0))
    return line is not None and line.secret


def changed(session: Session, address: str) -> Sequence[WebMessage]:
    """The lines whose words came or went after they were shown: with dots in them, or recordings as heard."""
    recordings = (WebMessage.who == "patron") & (WebMessage.kind == "voice") & (WebMessage.text != "")
    return session.scalars(
        select(WebMessage)
        .where(WebMessage.talk == address, WebMessage.text.contains(DOTS) | recordings)
        .order_by(WebMessage.seq)
    ).all()


def label_of(session: Session, address: str, offer: str, number: int) -> str:
    """What stood on the button `number` of `offer`, or ""."""
    choices = session.scalars(
        select(WebMessage.choices)
        .where(WebMessage.talk == address, WebMessage.offer == offer, WebMessage.offer != "")
        .order_by(WebMessage.seq.desc())
        .limit(1)
    ).first()
    return choices[number - 1] if choices and 1 <= number <= len(choices) else ""


def first(session: Session, address: str) -> int:
    """The number of the oldest line that is kept, so that an open page can drop what is kept no more."""
    return session.scalar(select(func.min(WebMessage.seq)).where(WebMessage.talk == address)) or 0


def forget(session: Session, talks: Collection[str]) -> None:
    """Erase the lines of `talks` at once, for a patron who is forgotten or whose card leaves the talk."""
    for row in _visitors(session, talks):
        _forget(session, row)


def told(session: Session, talks: Collection[str]) -> dict[str, list[dict[str, Any]]]:
    """The lines that the pages of `talks` show."""
    held = [
        {"talk": f"web:{line.talk}", "at": line.created_at.isoformat(), "who": line.who, "words": line.text}
        for row in _visitors(session, talks)
        for line in after(session, row.address, 0)
    ]
    return {"page_lines": held}


def erase_old(session: Session, *, now: datetime) -> int:
    """Erase lines and visitors older than a month, and the lines of patrons who asked to be forgotten; how many.

    A code that was said and not spoken over becomes dots.
    """
    _said_once(session, WebMessage.created_at <= now - LATELY)
    gone = _erase(session, WebMessage.created_at < now - KEPT)
    for row in session.scalars(
        select(WebVisitor).join(Patron, Patron.id == WebVisitor.patron_id).where(Patron.forgotten_at.is_not(None))
    ).all():
        gone += _forget(session, row)
    session.execute(delete(WebVisitor).where(WebVisitor.seen_at < now - KEPT))
    return gone


def _remember(session: Session, row: WebVisitor) -> None:
    """Note whose card is linked; the lines of one who has been forgotten, or who was here before another, go first."""
    talk = session.get(Talk, f"web:{row.address}")
    known = session.get(Patron, row.patron_id) if row.patron_id is not None else None
    another = talk is not None and talk.patron_id not in (None, row.patron_id)
    if known is not None and (known.forgotten_at is not None or another):
        _forget(session, row)
    if talk is not None and talk.patron_id is not None:
        row.patron_id = talk.patron_id


def _visitors(session: Session, talks: Collection[str]) -> Sequence[WebVisitor]:
    addresses = [talk.removeprefix("web:") for talk in talks if talk.startswith("web:")]
    return session.scalars(select(WebVisitor).where(WebVisitor.address.in_(addresses))).all()


def _forget(session: Session, row: WebVisitor) -> int:
    row.patron_id = None
    return _erase(session, WebMessage.talk == row.address)


def _erase(session: Session, which: ColumnElement[bool]) -> int:
    return len(session.scalars(delete(WebMessage).where(which).returning(WebMessage.seq)).all())


def _next(session: Session, address: str) -> int:
    seq: int | None = session.scalar(
        update(WebVisitor)
        .where(WebVisitor.address == address)
        .values(last_seq=WebVisitor.last_seq + 1)
        .returning(WebVisitor.last_seq)
    )
    if seq is None:
        raise LookupError(f"no visitor {address}")
    return seq


def _said_once(session: Session, which: ColumnElement[bool]) -> None:
    """A code that the library has said becomes dots, and is not said aloud again."""
    shown = ~WebMessage.text.contains(DOTS)
    for line in session.scalars(
        select(WebMessage).where(which, WebMessage.who == "library", WebMessage.kind == "secret", shown)
    ).all():
        line.text, line.spoken = NUMBER.sub(DOTS, line.text), ""


def _heard(session: Session, address: str, message: Message) -> None:
    """What was heard goes to the recording this answers: answers come in the order of what was said.

    What was said after a question for a secret is dots, as it is in typed words.
    """
    said = after(session, address, 0)
    line = next((line for line in said if line.offer == UNANSWERED), None)
    if line is None:
        return
    line.offer = ""
    asked = asking([before for before in said if before.seq < line.seq])
    secret = message.hush or (asked is not None and asked.secret)
    line.text = DOTS if secret and (message.heard or message.hush) else message.heard or ""


def _hush(session: Session, address: str, now: datetime) -> None:
    """A secret was said without being asked for: the last words become dots, and numbers of the minutes before too.

    Of recordings all that was heard in those minutes goes: numbers are heard as words.
    """
    said = session.scalars(
        select(WebMessage)
        .where(WebMessage.talk == address, WebMessage.who == "patron", WebMessage.created_at > now - LATELY)
        .order_by(WebMessage.seq.desc())
    ).all()
    for place, line in enumerate(said):
        if line.kind == "voice":
            line.text = line.text and DOTS
        elif line.kind == "words":
            line.text, line.kind = (DOTS, "secret") if place == 0 else (NUMBER.sub(DOTS, line.text), line.kind)
