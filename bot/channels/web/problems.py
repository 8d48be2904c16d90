"""What is said when something does not work: a table of sentences, and the kind page or JSON that carries one.

A request that was not taken gives back what was typed (never a secret), so that nothing has to be written twice.
"""

from __future__ import annotations

from dataclasses import dataclass

from aiohttp import web

from bot.channels.web import drawing, lines
from bot.channels.web.parts import parts
from bot.channels.web.visitors import Visitor, locale_of
from bot.locales import load

PROBLEMS: dict[str, int] = {
    "empty": 422,
    "no-recording": 422,
    "too-long": 413,
    "recording-too-big": 413,
    "unreadable": 400,
    "too-fast": 429,
    "stale": 403,
    "foreign": 403,
    "busy": 503,
}
"""Sentence (page-<id>) to HTTP status."""


@dataclass
class Problem(Exception):  # noqa: N818 - an answer, not an error
    """A request that was not taken: a key of PROBLEMS; `typed` goes back into the field; `seconds` to wait."""

    id: str
    typed: str = ""
    seconds: int = 0


def wants_json(request: web.Request) -> bool:
    """Whether the page's script asks; a form is answered with a page."""
    return "application/json" in request.headers.get("Accept", "")


async def told(request: web.Request, visitor: Visitor, problem: Problem) -> web.Response:
    """The answer that tells `problem`: JSON for the script, else the page with the sentence on top."""
    of = parts(request)
    try:
        locale, said = await of.reading(
            lambda session: (load(locale_of(session, visitor)), lines.after(session, visitor.address, 0))
        )
    except Exception:
        # The database is locked, full or away; the sentence must be said all the same.
        locale, said = load(visitor.look.locale or visitor.wanted), []
    values = {"seconds": problem.seconds} if problem.id == "too-fast" else {}
    sentence = drawing.words(locale, problem.id, **values)
    response: web.Response
    if wants_json(request):
        response = web.json_response(
            {"error": sentence, "csrf": of.cookies.token(visitor), "talk": of.talk_mark(visitor)}
        )
    else:
        asking = lines.asking(said)
        face = drawing.Face(
            locale=locale,
            look=visitor.look,
            token=of.cookies.token(visitor),
            talk=of.talk_mark(visitor),
            problem=sentence,
            typed="" if asking is not None and asking.secret else problem.typed,
            lines=said,
        )
        response = web.Response(text=drawing.page(face), content_type="text/html")
    response.set_status(PROBLEMS[problem.id])
    if problem.seconds:
        response.headers["Retry-After"] = str(problem.seconds)
    if visitor.fresh:
        of.cookies.write(response, visitor)
    return response
