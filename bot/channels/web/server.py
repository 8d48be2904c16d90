"""The application behind the page: its addresses, and what holds for every answer (safety headers, kind errors)."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

import structlog
from aiohttp import web

from bot.channels.web import drawing, events, pages, posts
from bot.channels.web.parts import PARTS, Parts, parts
from bot.channels.web.problems import wants_json
from bot.locales import load

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]

CONTENT_POLICY = "; ".join(
    (
        *("default-src 'none'", "script-src 'self'", "style-src 'self'", "img-src 'self'", "connect-src 'self'"),
        *("media-src 'self' blob:", "form-action 'self'", "base-uri 'none'", "frame-ancestors 'none'"),
    )
)
HEADERS = {
    "Content-Security-Policy": CONTENT_POLICY,
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",  # not "no-referrer": a browser would then send forms with Origin: null
    "Cross-Origin-Opener-Policy": "same-origin",
    "Permissions-Policy": "microphone=(self), camera=(), geolocation=()",
}

log = structlog.get_logger()


def application(of: Parts) -> web.Application:
    """The application for these parts."""
    app = web.Application(middlewares=[_sheltered])
    app[PARTS] = of
    app.on_response_prepare.append(_prepare)
    app.on_shutdown.append(_end)
    app.add_routes(
        [
            web.get("/", pages.front),
            web.get("/static/{name}", pages.static),
            web.get(r"/sound/{seq:\d{1,9}}", pages.sound, allow_head=False),
            web.get("/events", events.events, allow_head=False),
            web.get("/healthz", pages.health),
            web.post("/say", posts.say),
            web.post("/choose", posts.choose),
            web.post("/voice", posts.voice),
            web.post("/voice/piece", posts.piece),
            web.post("/look", posts.look),
            web.post("/session", posts.session),
            web.post("/leave", posts.leave),
        ]
    )
    return app


async def _prepare(request: web.Request, response: web.StreamResponse) -> None:
    for name, value in HEADERS.items():
        response.headers.setdefault(name, value)
    response.headers.setdefault("Cache-Control", "no-store")
    response.headers["Server"] = "shusheng"
    if parts(request).public_url.startswith("https:"):
        response.headers.setdefault("Strict-Transport-Security", "max-age=31536000")


async def _end(app: web.Application) -> None:
    app[PARTS].bells.close()


@web.middleware
async def _sheltered(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Whatever goes wrong, the reader gets a page with one sentence and the way back, in his language."""
    try:
        return await handler(request)
    except web.HTTPNotFound:
        return _notice(request, 404, "not-found-title", "not-found")
    except web.HTTPMethodNotAllowed as error:
        response = _notice(request, 405, "failed-title", "not-so")
        response.headers["Allow"] = error.headers["Allow"]
        return response
    except (web.HTTPException, ConnectionError):
        raise
    except Exception as error:
        log.error("web-failed", at=request.path.partition("/")[2][:20], error=type(error).__name__)
        return _notice(request, 503, "failed-title", "busy")


def _notice(request: web.Request, status: int, title: str, sentence: str) -> web.Response:
    visitor = parts(request).cookies.read(request)
    locale = load(visitor.look.locale or visitor.wanted)
    if wants_json(request):
        return web.json_response({"error": drawing.words(locale, sentence)}, status=status)
    page = drawing.notice(locale, visitor.look, title, sentence)
    return web.Response(text=page, content_type="text/html", status=status)
