"""What a request must pass before anything is taken from it: it comes from our page, not too fast, with its token."""

from __future__ import annotations

import time
from urllib.parse import urlsplit

from aiohttp import web

from bot.channels.web.parts import parts
from bot.channels.web.problems import Problem, wants_json
from bot.channels.web.visitors import Visitor


def check_origin(request: web.Request) -> None:
    """Refuse what another site's page sends. Raises Problem."""
    origin = request.headers.get("Origin")
    foreign = origin is not None and urlsplit(origin).netloc not in parts(request).hosts(request)
    if foreign or request.headers.get("Sec-Fetch-Site") == "cross-site":
        raise Problem("foreign")


def check_pace(
    request: web.Request, visitor: Visitor, typed: str = "", kinds: tuple[str, str] = ("address", "session")
) -> None:
    """Refuse what comes too fast from this sender or this browser. Raises Problem."""
    of, now = parts(request), time.monotonic()
    by_sender, by_session = kinds
    seconds = max(of.limits.wait(by_sender, of.sender(request), now), of.limits.wait(by_session, visitor.address, now))
    if seconds:
        raise Problem("too-fast", typed, seconds)


def check_token(request: web.Request, visitor: Visitor, given: dict[str, str], typed: str = "") -> None:
    """Refuse what does not bear the page's token. Raises Problem."""
    token = request.headers.get("X-CSRF-Token", "") if wants_json(request) else given.get("csrf", "")
    if not parts(request).cookies.fits(visitor, token):
        raise Problem("stale", typed)
