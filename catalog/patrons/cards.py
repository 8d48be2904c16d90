"""Cards: proving who one is by card and PIN, or by a one-time code that a librarian gives out.

Guessing is slowed down by card and by sender, never locked for ever, and the answer never tells whether the card or
the PIN was wrong. Only wrong ones count. By card it begins with the fifth: about a hundred guesses a day at one card,
wherever they come from, so that a PIN of six digits stands for years. A sender is much more slowly out of patience:
a whole reading room may stand behind one network address, and one clumsy reader, whose own card slows him first, must
not keep the others out. What is left to whoever guesses at many cards from there is some five hundred tries a day
among a million PINs and codes, and each card's own patience besides.

PINs and codes are stored as hashes only and stand in no audit row. What counts the wrong ones (`Throttle`) must stay
although the library says no: those refusals are `kept`.
"""

from __future__ import annotations

import hashlib
import random
import unicodedata
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from functools import cache

import argon2
from sqlalchemy import delete, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from catalog import audit, refusals
from catalog.patrons.tables import Card, LinkCode, Patron, Throttle
from catalog.rows import locked

FIRST_WAIT = timedelta(seconds=30)
CODE_LIVES = timedelta(hours=24)
CODE_DIGITS = 6
LONGEST = 60
"""Signs of a card's number."""
ENDING = 4


@dataclass(frozen=True, slots=True)
class Patience:
    """How many wrong ones are `free`, how long the `longest` wait is, and how long a rest makes the count start anew.

    The waits double from FIRST_WAIT.
    """

    free: int
    longest: timedelta
    rest: timedelta


PATIENCE = {
    "card": Patience(4, timedelta(minutes=15), timedelta(days=1)),
    "from": Patience(20, timedelta(minutes=5), timedelta(hours=1)),
}
"""By what is counted: the card, and the channel address of the sender."""
_BLOCKING = {"lost": "card_lost", "expired": "card_expired"}
_READER = audit.Actor("patron")

_hasher = argon2.PasswordHasher(time_cost=2, memory_cost=8192, parallelism=1)
"""About 10 ms a hash: thirty demonstration readers in a third of a second, 6 digits in hours, not in seconds."""


def hash_pin(pin: str) -> str:
    """What is kept of a PIN: argon2id with its own salt."""
    return _hasher.hash(plain_number(pin))


def verify(session: Session, *, number: str, pin: str, sender: str, now: datetime, by: audit.Actor = _READER) -> Patron:
    """The patron whose card and PIN these are; `sender` names the channel address that asks (only its hash is kept).

    Writes `card_linked`. Raises: refusals.SlowDown (`until`), UnknownCard, Blocked (`reason`: the card is lost or
    expired; said only when the PIN is right).
    """
    number = plain_number(number)
    own = _counter(session, "card", number, now=now)
    counters = [own, _counter(session, "from", sender, now=now)]
    _refuse_waiting(counters, now=now)
    card = session.get(Card, number)
    kept = (card.pin_hash if card is not None else "") or _nobody()
    fits = _fits(kept, plain_number(pin))
    if card is None or not fits or card.patron.forgotten_at is not None:
        _count(session, counters, now=now)
        raise refusals.UnknownCard()
    if card.status != "active":
        raise refusals.Blocked(reason=_BLOCKING[card.status])
    if _hasher.check_needs_rehash(card.pin_hash):
        card.pin_hash = hash_pin(pin)
    own.failures, own.wait_until = 0, None
    return _linked(session, card.patron, now=now, by=by)


def issue_code(
    session: Session,
    *,
    patron: Patron,
    scope: str = "",
    until: date | None = None,
    now: datetime,
    chance: random.Random,
    by: audit.Actor = _READER,
) -> str:
    """A new one-time code of six digits for the patron, good for a day; older ones of the same kind end.

    Without `scope` it links the patron's card; with one it lets whoever redeems it act for the patron up to `until`.
    Writes `code_issued`, which holds the code's id and never the code.
    """
    older = (LinkCode.patron_id == patron.id) & (LinkCode.scope == scope)
    session.execute(delete(LinkCode).where(older | (LinkCode.expires_at <= now)))
    taken = set(session.scalars(select(LinkCode.code_hash)))
    while True:
        code = "".join(chance.choice("0123456789") for _ in range(CODE_DIGITS))
        if _hash("code", code) not in taken:
            break
    kept = LinkCode(code_hash=_hash("code", code), patron_id=patron.id, expires_at=now + CODE_LIVES)
    kept.scope, kept.until = scope, until
    session.add(kept)
    session.flush()
    audit.record(session, "code_issued", now=now, by=replace(by, patron_id=patron.id), ids={"code": kept.id})
    return code


def redeem_code(session: Session, *, code: str, sender: str, now: datetime, by: audit.Actor = _READER) -> LinkCode:
    """The code with its patron; it works once. One that links a card (`scope` is empty) writes `card_linked`.

    Raises: refusals.SlowDown (`until`), CodeExpired (wrong, used or too old: never said which).
    """
    counters = [_counter(session, "from", sender, now=now)]
    _refuse_waiting(counters, now=now)
    statement = select(LinkCode).where(LinkCode.code_hash == _hash("code", plain_number(code)))
    found = session.scalars(statement.with_for_update(key_share=True)).first()
    if found is None or found.used_at is not None or found.expires_at <= now:
        _count(session, counters, now=now)
        raise refusals.CodeExpired()
    found.used_at = now
    if not found.scope:
        _linked(session, found.patron, now=now, by=by)
    session.flush()
    return found


def ending(session: Session, *, patron: Patron) -> str:
    """The last digits of the patron's card, to tell namesakes apart; "" without a card."""
    statement = select(Card.number).where(Card.patron_id == patron.id).order_by(Card.status, Card.number)
    return (session.scalars(statement.limit(1)).first() or "")[-ENDING:]


def _linked(session: Session, patron: Patron, *, now: datetime, by: audit.Actor) -> Patron:
    """Write it down. The sender's count stays: else one's own card would buy new guesses at the others'."""
    session.flush()
    audit.record(session, "card_linked", now=now, by=replace(by, patron_id=patron.id))
    return patron


def _counter(session: Session, kind: str, value: str, *, now: datetime) -> Throttle:
    """The locked row that counts for this card or sender: guesses at the same moment wait for each other."""
    key = f"{kind}:{_hash(kind, value)}"
    insert = postgresql.insert if session.get_bind().dialect.name == "postgresql" else sqlite.insert
    session.execute(insert(Throttle).values(key=key, failures=0).on_conflict_do_nothing())
    counter = locked(session, Throttle, key)
    assert counter is not None
    if counter.failed_at is not None and counter.failed_at + _patience(counter).rest <= now:
        counter.failures = 0
    return counter


def _refuse_waiting(counters: list[Throttle], *, now: datetime) -> None:
    until = max((one.wait_until for one in counters if one.wait_until is not None), default=now)
    if until > now:
        raise refusals.SlowDown(until=until)


def _count(session: Session, counters: list[Throttle], *, now: datetime) -> None:
    """One more failure; once patience is over SlowDown is raised, with a wait that doubles up to the longest."""
    for counter in counters:
        counter.failures += 1
        counter.failed_at = now
        patience = _patience(counter)
        beyond = counter.failures - patience.free
        if beyond > 0:
            counter.wait_until = now + min(FIRST_WAIT * 2 ** min(beyond - 1, 16), patience.longest)
    session.flush()
    _refuse_waiting(counters, now=now)


def _patience(counter: Throttle) -> Patience:
    return PATIENCE[counter.key.partition(":")[0]]


def _fits(kept: str, pin: str) -> bool:
    try:
        return _hasher.verify(kept, pin)
    except argon2.exceptions.VerificationError:
        return False
    except argon2.exceptions.InvalidHashError:
        return False


@cache
def _nobody() -> str:
    """A hash that no PIN fits, so that an unknown card takes as long as a wrong PIN."""
    return _hasher.hash("no card has this PIN")


def plain_number(said: str) -> str:
    """A number as it is stored: full-width digits narrowed, blanks and dashes left out, letters in capitals."""
    text = unicodedata.normalize("NFKC", said).upper()
    return "".join(sign for sign in text if not sign.isspace() and sign not in "-‐‑–—·.")


def is_number(number: str) -> bool:
    """Whether a number, as it is stored, can be a card's: neither blank (a dash in a list) nor endless."""
    return 0 < len(number) <= LONGEST and number.isprintable()


def _hash(kind: str, value: str) -> str:
    return hashlib.sha256(f"shusheng {kind} {value}".encode()).hexdigest()
