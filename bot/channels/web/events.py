"""The event stream: every line of the talk, to every open page of this browser, without gaps over lost connections.

Each line goes out with its number as the event's id; a browser that comes back names the last it has seen. An idle
stream beats, so that the page notices a connection that died silently.
"""

from __future__ import annotations

import contextlib
import json
import time
from typing import Any

from aiohttp import web
from sqlalchemy.orm import Session

from bot.channels.web import drawing, lines
from bot.channels.web.parts import parts
from bot.channels.web.visitors import Visitor, locale_of, renewal_due
from bot.locales import load


async def events(request: web.Request) -> web.StreamResponse:
    """The lines after Last-Event-ID (or `after`), and then each new one."""
    of = parts(request)
    visitor = await of.visitor(request)
    if visitor.fresh:
        # 204 tells a browser to stop asking: its page has lost the session and must be loaded again.
        return web.Response(status=204)
    if seconds := of.limits.wait("page", of.sender(request), time.monotonic()):
        return web.Response(status=429, headers={"Retry-After": str(seconds)})
    if request.query.get("talk", "") not in ("", of.talk_mark(visitor)):
        return web.Response(body=_event("left", {}), content_type="text/event-stream", charset="utf-8")
    seen = _seen(request)
    response = web.StreamResponse(
        headers={"Content-Type": "text/event-stream; charset=utf-8", "X-Accel-Buffering": "no"}
    )
    await response.prepare(request)
    bell = of.bells.hang(visitor.address, stream=True)
    with contextlib.suppress(ConnectionError):
        try:
            await response.write(b"retry: 3000\nevent: beat\ndata: {}\n\n")
            while not bell.over:
                for line in await of.reading(_news(visitor, seen)):
                    seen = line["seq"]
                    await response.write(_event("line", line))
                if not bell.over and not await bell.wait(of.beat_s):
                    await response.write(_event("beat", {}))
            if not of.bells.closed:
                await response.write(_event("over", {}))
        finally:
            of.bells.take_down(visitor.address, bell)
    return response


def _news(visitor: Visitor, seen: int) -> Any:
    def news(session: Session) -> list[dict[str, Any]]:
        said = lines.after(session, visitor.address, seen)
        if not said:
            return []
        locale = load(locale_of(session, visitor))
        asking = lines.asking(lines.after(session, visitor.address, 0))
        drawn = [drawing.drawn(line, locale) | {"asks": line is asking} for line in said]
        drawn[-1]["renew"] = renewal_due(session, visitor)
        drawn[-1]["first"] = lines.first(session, visitor.address)
        drawn[-1]["changed"] = [
            (line.seq, drawing.said(line, locale)) for line in lines.changed(session, visitor.address)
        ]
        return drawn

    return news


def _seen(request: web.Request) -> int:
    for given in (request.headers.get("Last-Event-ID", ""), request.query.get("after", "")):
        if given.isascii() and given.isdigit() and len(given) < 12:
            return int(given)
    return 0


def _event(name: str, data: dict[str, Any]) -> bytes:
    id_line = f"id: {data['seq']}\n" if "seq" in data else ""
    return f"{id_line}event: {name}\ndata: {json.dumps(data, ensure_ascii=False)}\n\n".encode()
