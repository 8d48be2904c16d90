"""Who is at the other end: a signed session cookie, a token for forms, and the look of the page, without any account.

The cookie names the talk's address and a generation. When a card is linked the generation grows, so that a cookie
that somebody planted before is worth nothing; the one before stays valid until the new one has been shown, for two
minutes at most, because an answer may be lost on a bad line. A cookie that cannot be read gives a new visitor quietly.
"""

from __future__ import annotations

import hmac
import secrets
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from urllib.parse import parse_qsl, urlencode

from aiohttp import web
from itsdangerous import BadSignature, URLSafeSerializer, URLSafeTimedSerializer
from sqlalchemy import update
from sqlalchemy.orm import Session

from bot.channels.web.lines import KEPT
from bot.channels.web.tables import LEFT, WebVisitor
from bot.dialogue.state import Talk
from bot.locales import DEFAULT, available, nearest
from catalog.patrons.tables import Patron

LOOK_COOKIE = "shusheng_look"
GRACE = timedelta(minutes=2)
SIZES = ("1", "2", "3", "4")
TONES = ("auto", "light", "dark", "contrast")
RATES = ("slow", "normal", "fast", "faster")
SWITCH = ("off", "on")


@dataclass(frozen=True, slots=True)
class Look:
    """How this browser wants the page: type size, colours, replies read aloud and how fast, the language chosen."""

    size: str = "1"
    tone: str = "auto"
    aloud: str = "off"
    rate: str = "normal"
    locale: str = ""

    def with_(self, name: str, value: str) -> Look:
        """This look with one thing changed; unchanged if `value` is not allowed."""
        allowed = {
            "size": SIZES, "tone": TONES, "aloud": SWITCH, "rate": RATES, "locale": available(),
        }  # fmt: skip
        return replace(self, **{name: value}) if value in allowed.get(name, ()) else self


@dataclass(frozen=True, slots=True)
class Visitor:
    """The browser that made a request. `fresh` if it showed no valid cookie."""

    address: str
    generation: int
    look: Look
    wanted: str
    """The language the browser asks for, as one of our tags."""
    fresh: bool = False

    @property
    def talk(self) -> str:
        """The talk's id."""
        return f"web:{self.address}"

    @property
    def chosen(self) -> str:
        """The language to tell the dialogue for a new talk; "" where it is the default anyway."""
        tag = self.look.locale or self.wanted
        return "" if tag == DEFAULT else tag


class Sessions:
    """Reads and writes the cookies; `secret` is the installation's."""

    def __init__(self, secret: str, *, secure: bool) -> None:
        self._cookies = URLSafeTimedSerializer(secret, salt="shusheng.web.session")
        self._tokens = URLSafeSerializer(secret, salt="shusheng.web.form")
        self._key = secret.encode()
        self._secure = secure
        self._name = "__Host-shusheng" if secure else "shusheng"

    def read(self, request: web.Request) -> Visitor:
        """The visitor of a request; a new one if it has no cookie of ours, or a broken or old one."""
        look, wanted = _look(request.cookies.get(LOOK_COOKIE, "")), _wanted(request)
        try:
            address, generation = self._cookies.loads(
                request.cookies.get(self._name, ""), max_age=int(KEPT.total_seconds())
            )
            return Visitor(str(address), int(generation), look, wanted)
        except (BadSignature, ValueError, TypeError):
            return self.stranger(request)

    def stranger(self, request: web.Request) -> Visitor:
        """A new visitor, who keeps only the look of his page."""
        look = _look(request.cookies.get(LOOK_COOKIE, ""))
        return Visitor(secrets.token_urlsafe(18), 0, look, _wanted(request), fresh=True)

    def write(self, response: web.StreamResponse, visitor: Visitor) -> None:
        """Give the browser its cookie, good for another month."""
        self._set(response, self._name, self._cookies.dumps([visitor.address, visitor.generation]))

    def write_look(self, response: web.StreamResponse, look: Look) -> None:
        """Keep the look of the page in the browser."""
        kept = {name: getattr(look, name) for name in ("size", "tone", "aloud", "rate", "locale")}
        self._set(response, LOOK_COOKIE, urlencode({name: value for name, value in kept.items() if value}))

    def token(self, visitor: Visitor) -> str:
        """What each form and each fetch of this visitor must carry."""
        return str(self._tokens.dumps(visitor.address))

    def fits(self, visitor: Visitor, token: str) -> bool:
        """Whether `token` was given to this visitor."""
        try:
            return bool(self._tokens.loads(token) == visitor.address)
        except BadSignature:
            return False

    def mark(self, address: str) -> str:
        """A network address as a mark that tells nobody the address."""
        return hmac.new(self._key, address.encode(), "sha256").hexdigest()[:24]

    def _set(self, response: web.StreamResponse, name: str, value: str) -> None:
        response.set_cookie(
            name,
            value,
            max_age=int(KEPT.total_seconds()),
            path="/",
            httponly=True,
            samesite="Lax",
            secure=self._secure,
        )


def standing_of(session: Session, visitor: Visitor, *, now: datetime) -> str:
    """What the cookie's generation is worth: "valid", "first shown" (`confirm` it), or "void"."""
    row = session.get(WebVisitor, visitor.address)
    if row is None:
        return "valid"
    if visitor.generation == row.generation:
        return "valid" if row.confirmed else "first shown"
    before = visitor.generation == row.generation - 1 and not row.confirmed
    return "valid" if before and row.rotated_at is not None and now - row.rotated_at < GRACE else "void"


def void(session: Session, visitor: Visitor) -> None:
    """The reader has got up: no cookie of this address is worth anything from now on."""
    session.execute(update(WebVisitor).where(WebVisitor.address == visitor.address).values(generation=LEFT))


def confirm(session: Session, visitor: Visitor) -> None:
    """The browser has shown its newest cookie: the one before is worth nothing from now on."""
    session.execute(
        update(WebVisitor)
        .where(WebVisitor.address == visitor.address, WebVisitor.generation == visitor.generation)
        .values(confirmed=True)
    )


def renewal_due(session: Session, visitor: Visitor) -> bool:
    """Whether a card was linked since the cookie was last renewed."""
    talk, row = session.get(Talk, visitor.talk), session.get(WebVisitor, visitor.address)
    return talk is not None and row is not None and talk.patron_id not in (None, row.rotated_for)


def renew(session: Session, visitor: Visitor, *, now: datetime) -> Visitor:
    """The visitor with the next generation, if a card was linked since; else as he is."""
    talk, row = session.get(Talk, visitor.talk), session.get(WebVisitor, visitor.address)
    if talk is None or row is None or talk.patron_id in (None, row.rotated_for):
        return visitor
    row.generation += 1
    row.confirmed = False
    row.rotated_at, row.rotated_for = now, talk.patron_id
    return replace(visitor, generation=row.generation)


def locale_of(session: Session, visitor: Visitor) -> str:
    """The language of the page: the talk's, else the reader's own, else the one chosen here, else the browser's."""
    talk = session.get(Talk, visitor.talk)
    if talk is not None and talk.locale:
        return nearest(talk.locale)
    patron = session.get(Patron, talk.patron_id) if talk is not None and talk.patron_id else None
    if patron is not None:
        return nearest(patron.locale)
    if visitor.look.locale:
        return visitor.look.locale
    return visitor.wanted


def _look(cookie: str) -> Look:
    look = Look()
    for name, value in parse_qsl(cookie[:300], errors="replace"):
        look = look.with_(name, value)
    return look


def _wanted(request: web.Request) -> str:
    """The first language of Accept-Language that we have; the default if none."""
    languages = {tag.partition("-")[0] for tag in available()}
    for part in request.headers.get("Accept-Language", "")[:200].split(","):
        tag = part.split(";")[0].strip()
        if tag.casefold().partition("-")[0] in languages:
            return nearest(tag)
    return DEFAULT
