"""What the page is asked for: itself, its files, the sound of a line, whether all is well. Nothing is changed here."""

from __future__ import annotations

import re
import time
from datetime import timedelta
from functools import partial

import structlog
from aiohttp import web
from sqlalchemy import text

from bot.channels.web import drawing, lines
from bot.channels.web.parts import parts
from bot.channels.web.problems import Problem, told
from bot.channels.web.saying import Saying
from bot.channels.web.visitors import locale_of
from bot.locales import load

SOUNDS_KEPT = 32
LATELY = timedelta(minutes=5)
FROM_THE_BEGINNING = "bytes=0-"
RANGE = re.compile(r"bytes=(\d{1,9})-(\d{0,9})")

log = structlog.get_logger()


async def front(request: web.Request) -> web.StreamResponse:
    """The page, with the lines of this browser's talk."""
    of = parts(request)
    visitor = await of.visitor(request)
    if seconds := of.limits.wait("page", of.sender(request), time.monotonic()):
        return await told(request, visitor, Problem("too-fast", seconds=seconds))
    locale, said = await of.reading(
        lambda session: (load(locale_of(session, visitor)), lines.after(session, visitor.address, 0))
    )
    face = drawing.Face(
        locale=locale,
        look=visitor.look,
        token=of.cookies.token(visitor),
        talk=of.talk_mark(visitor),
        left="left" in request.query and not said,
        waiting=bool(said) and said[-1].who == "patron" and of.now() - said[-1].created_at < LATELY,
        lines=said,
    )
    response = web.Response(text=drawing.page(face), content_type="text/html")
    response.enable_compression()
    of.cookies.write(response, visitor)
    return response


async def static(request: web.Request) -> web.StreamResponse:
    """The script, the style, the icon: kept by the browser for as long as they stay the same."""
    found = drawing.static_files().get(request.match_info["name"])
    if found is None:
        raise web.HTTPNotFound
    content, media_type, mark = found
    response = web.Response(body=content, content_type=media_type, charset="utf-8")
    lasting = request.query.get("v") == mark
    response.headers["Cache-Control"] = "public, max-age=31536000, immutable" if lasting else "no-cache"
    response.enable_compression()
    return response


async def sound(request: web.Request) -> web.StreamResponse:
    """A line of the library's, said aloud: MP3, its first sentence sent while the second is made; also in parts."""
    of = parts(request)
    visitor = await of.visitor(request)
    key = (visitor.address, int(request.match_info["seq"]))
    if key not in of.sounds or of.sounds[key].failed:
        if seconds := of.limits.wait("sound", visitor.address, time.monotonic()):
            return web.Response(status=429, headers={"Retry-After": str(seconds)})
        line, (volume, timbre) = await of.reading(
            lambda session: (lines.one(session, *key), lines.sounding(session, visitor.talk))
        )
        if line is None or not line.spoken:
            raise web.HTTPNotFound
        if key in of.sounds and not of.sounds[key].failed:  # another request was quicker
            return await _sent(request, of.sounds[key])
        of.sounds[key] = Saying(partial(of.pieces, line.spoken, line.locale, line.pace, "mp3", volume, timbre))
        while len(of.sounds) > SOUNDS_KEPT:
            of.sounds.pop(next(iter(of.sounds)))
    return await _sent(request, of.sounds[key])


async def _sent(request: web.Request, saying: Saying) -> web.StreamResponse:
    if request.headers.get("Range", FROM_THE_BEGINNING) == FROM_THE_BEGINNING and not saying.ended:
        return await _growing(request, saying)
    try:
        content = b"".join([piece async for piece in saying.pieces()])
    except Exception as error:
        raise _unsaid(error) from None
    return _ranged(request, content, "audio/mpeg")


async def health(request: web.Request) -> web.StreamResponse:
    """200 where the page and its database answer."""
    await parts(request).reading(lambda session: session.execute(text("SELECT 1")))
    return web.Response(text="ok\n")


async def _growing(request: web.Request, saying: Saying) -> web.StreamResponse:
    """The sound while it is being made. One that breaks off is broken off, so that nobody takes it for the whole."""
    pieces = saying.pieces()
    try:
        first = await anext(pieces)
    except Exception as error:
        raise _unsaid(error) from None
    response = web.StreamResponse(headers={"Content-Type": "audio/mpeg", "Accept-Ranges": "bytes"})
    await response.prepare(request)
    await response.write(first)
    try:
        async for piece in pieces:
            await response.write(piece)
    except ConnectionError:
        raise  # the browser has gone
    except Exception as error:
        log.warning("web-not-said", error=type(error).__name__)
        if request.transport is not None:
            request.transport.abort()
    return response


def _unsaid(error: Exception) -> web.HTTPNotFound:
    log.warning("web-not-said", error=type(error).__name__)
    return web.HTTPNotFound()


def _ranged(request: web.Request, content: bytes, media_type: str) -> web.Response:
    headers = {"Accept-Ranges": "bytes"}
    asked = RANGE.fullmatch(request.headers.get("Range", ""))
    if asked is None:
        return web.Response(body=content, content_type=media_type, headers=headers)
    first = int(asked[1])
    last = min(int(asked[2]) if asked[2] else len(content) - 1, len(content) - 1)
    if first > last:
        return web.Response(status=416, headers={"Content-Range": f"bytes */{len(content)}"})
    headers["Content-Range"] = f"bytes {first}-{last}/{len(content)}"
    return web.Response(status=206, body=content[first : last + 1], content_type=media_type, headers=headers)
