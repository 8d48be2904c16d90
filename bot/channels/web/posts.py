"""What the page sends: words, a choice, a recording, and how the page should look. Each is stored, none understood.

A message is stored in the inbox together with its line on the page in one transaction, under an id that the browser
made: sent again over a bad line it is stored once. The script gets its receipt at once and hears the answer from the
event stream; a form without script waits a few seconds for the answer and then goes back to the page.
"""

from __future__ import annotations

import asyncio
import hashlib
import time
from dataclasses import dataclass, field

import structlog
from aiohttp import web
from sqlalchemy.orm import Session

from bot import inbox, outbox
from bot.channels.web import bodies, lines
from bot.channels.web.guards import check_origin, check_pace, check_token
from bot.channels.web.parts import Parts, parts
from bot.channels.web.problems import Problem, told, wants_json
from bot.channels.web.recordings import KEPT_S, TooMuch
from bot.channels.web.visitors import Visitor, locale_of, renew, renewal_due, void
from bot.dialogue.state import Talk
from bot.locales import DEFAULT

CHANNEL = "web"

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Sent:
    """Something the patron said, on its way into the inbox."""

    body: dict[str, object]
    update_id: str
    text: str = ""
    kind: str = "words"
    sound: bytes | None = field(default=None, repr=False)


async def say(request: web.Request) -> web.StreamResponse:
    """Words."""
    visitor = await _visitor(request)
    try:
        given = await _form(request, visitor)
        text = given.get("say", "")
        if len(text) > bodies.LONGEST_TEXT:
            raise Problem("too-long", text[: bodies.LONGEST_TEXT])
        if not text.strip():
            raise Problem("empty")
        return await _take(request, visitor, Sent({"say": text}, given.get("update_id", ""), text))
    except Problem as problem:
        return await told(request, visitor, problem)


async def choose(request: web.Request) -> web.StreamResponse:
    """A button."""
    visitor = await _visitor(request)
    try:
        given = await _form(request, visitor)
        chosen, offer = given.get("choose", ""), given.get("offer", "")[:64]
        if not (chosen.isascii() and chosen.isdigit() and len(chosen) < 4):
            raise Problem("unreadable")
        body = {"choose": int(chosen), "offer": offer}
        return await _take(request, visitor, Sent(body, given.get("update_id", "")))
    except Problem as problem:
        return await told(request, visitor, problem)


async def voice(request: web.Request) -> web.StreamResponse:
    """A recording: as a file in the form, or one whose pieces are here already (recordings.py)."""
    visitor = await _visitor(request)
    try:
        if request.content_type == "application/x-www-form-urlencoded":
            return await _joined(request, visitor, await _form(request, visitor))
        check_origin(request)
        check_pace(request, visitor)
        given, sound, media_type = await bodies.recording(request)
        check_token(request, visitor, given)
        if not sound:
            raise Problem("no-recording")
        return await _take(
            request, visitor, Sent({"hear": media_type}, given.get("update_id", ""), kind="voice", sound=sound)
        )
    except Problem as problem:
        return await told(request, visitor, problem)


async def _joined(request: web.Request, visitor: Visitor, given: dict[str, str]) -> web.StreamResponse:
    """Take a recording that came in pieces; where some are missing, say from which byte on. Raises Problem."""
    of = parts(request)
    note, size = given.get("note", ""), given.get("size", "")
    if not (_number(size) and int(size) > 0):
        raise Problem("no-recording")
    if of.recordings.is_stored(visitor.address, note):
        return _back(request, 202)
    sound = of.recordings.whole(visitor.address, note, int(size))
    if sound is None:
        return web.json_response({"have": of.recordings.have(visitor.address, note)}, status=409)
    sent = Sent({"hear": given.get("type", "")[:100]}, given.get("update_id", ""), kind="voice", sound=sound)
    response = await _take(request, visitor, sent)
    of.recordings.stored(visitor.address, note)
    return response


async def piece(request: web.Request) -> web.StreamResponse:
    """A piece of a recording that is being made or on its way; nothing at place 0: it was thrown away."""
    visitor = await _visitor(request)
    held = parts(request).recordings
    try:
        check_origin(request)
        check_token(request, visitor, {})
        check_pace(request, visitor, kinds=("pieces-address", "pieces"))
        note, at = request.query.get("note", ""), request.query.get("at", "")
        if not (note.isalnum() and len(note) <= 64 and _number(at)):
            raise Problem("unreadable")
        sound = await bodies.piece(request)
        if not sound and int(at) == 0:
            held.drop(visitor.address, note)
            return web.json_response({"have": 0})
        asyncio.get_running_loop().call_later(KEPT_S, held.expire)  # one whose end never comes is not kept either
        return web.json_response({"have": held.add(visitor.address, note, int(at), sound)})
    except TooMuch:
        return await told(request, visitor, Problem("recording-too-big"))
    except Problem as problem:
        return await told(request, visitor, problem)


async def look(request: web.Request) -> web.StreamResponse:
    """How the page should look, and its language, which is the talk's too."""
    visitor = await _visitor(request)
    of = parts(request)
    try:
        given = await _form(request, visitor)
    except Problem as problem:
        return await told(request, visitor, problem)
    wanted = visitor.look
    for name, value in given.items():
        wanted = wanted.with_(name, value)
    if given.get("locale") == wanted.locale != "":

        def speak(session: Session) -> None:
            talk = session.get(Talk, visitor.talk)
            if talk is not None:
                talk.locale = wanted.locale

        await of.writing(speak)
    response = _back(request, 204)
    of.cookies.write_look(response, wanted)
    of.cookies.write(response, visitor)
    return response


async def session(request: web.Request) -> web.StreamResponse:
    """A new session cookie, where a card was linked since the last one."""
    visitor = await _visitor(request)
    try:
        await _form(request, visitor)
    except Problem as problem:
        return await told(request, visitor, problem)
    response = _back(request, 204)
    await _renewed(parts(request), visitor, response)
    return response


async def leave(request: web.Request) -> web.StreamResponse:
    """The reader gets up: nothing of his talk stays here, his card is out of it, and his cookie opens nothing more."""
    visitor = await _visitor(request)
    of = parts(request)
    try:
        await _form(request, visitor)
    except Problem as problem:
        return await told(request, visitor, problem)
    await of.writing(lambda session: _left(session, visitor))
    of.silence(visitor.address)
    of.recordings.drop(visitor.address)
    of.bells.end_streams(visitor.address)
    response = web.Response(status=303, headers={"Location": "/?left", "Clear-Site-Data": '"cache"'})
    of.cookies.write_look(response, visitor.look.with_("aloud", "off"))
    of.cookies.write(response, of.cookies.stranger(request))
    return response


async def _visitor(request: web.Request) -> Visitor:
    return await parts(request).visitor(request)


async def _form(request: web.Request, visitor: Visitor) -> dict[str, str]:
    check_origin(request)
    given = await bodies.fields(request)
    typed = given.get("say", "")[: bodies.LONGEST_TEXT]
    check_pace(request, visitor, typed)
    check_token(request, visitor, given, typed)
    return given


def _number(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) < 10


def _sender(of: Parts, request: web.Request) -> str:
    """The network address as a mark: a new session is no way round the waiting after wrong PINs."""
    return "web-sender:" + of.cookies.mark(of.sender(request))


async def _take(request: web.Request, visitor: Visitor, sent: Sent) -> web.StreamResponse:
    """Store what was said, wake the relay, and answer."""
    of = parts(request)
    try:
        seq = await of.writing(lambda session: _store(session, visitor, sent, of, _sender(of, request)))
    except Exception as error:
        log.error("web-not-stored", error=type(error).__name__)
        raise Problem("busy", sent.text) from None
    of.wake()
    of.bells.ring(visitor.address)
    if not wants_json(request):
        await _patient(of, visitor, seq)
    response = _back(request, 202, seq=seq)
    await _renewed(of, visitor, response)
    return response


def _store(session: Session, visitor: Visitor, sent: Sent, of: Parts, sender: str) -> int:
    now = of.now()
    row = lines.visitor(session, visitor.address, now=now)
    # Keyed: the plain hash of a PIN would be the PIN to whoever tries a million.
    mark = of.cookies.mark(hashlib.sha256(repr(sent.body).encode() + (sent.sound or b"")).hexdigest())
    body = sent.body | {"sender": sender}
    if visitor.chosen and session.get(Talk, visitor.talk) is None:
        body["locale"] = visitor.chosen
    stored = inbox.store(
        session,
        channel=CHANNEL,
        update_id=f"{visitor.address}:{sent.update_id[:64]}:{mark}",
        talk=visitor.talk,
        address=visitor.address,
        body=body,
        sound=sent.sound,
        now=now,
    )
    if stored is None:
        return 0 if lines.answered(session, visitor.address, row.last_seq - 1) else row.last_seq
    text, kind = sent.text, sent.kind
    if "choose" in body:
        number = sent.body["choose"]
        label = lines.label_of(session, visitor.address, str(body["offer"]), int(str(number)))
        text, kind = f"{number}. {label}" if label else str(number), "choice"
    locale = locale_of(session, visitor) if kind == "words" else DEFAULT
    return lines.add_words(session, visitor.address, text, kind=kind, locale=locale, now=now)


def _left(session: Session, visitor: Visitor) -> None:
    for forget in (inbox.forget, outbox.forget, lines.forget):
        forget(session, [visitor.talk])
    void(session, visitor)
    talk = session.get(Talk, visitor.talk)
    if talk is not None:
        session.delete(talk)


async def _patient(of: Parts, visitor: Visitor, seq: int) -> None:
    """Wait for an answer to line `seq`, but not for ever."""
    bell = of.bells.hang(visitor.address)
    until = time.monotonic() + of.patience_s
    try:
        while not bell.over and (left := until - time.monotonic()) > 0:
            if await of.reading(lambda session: lines.answered(session, visitor.address, seq)):
                return
            await bell.wait(min(left, 2.0))
    finally:
        of.bells.take_down(visitor.address, bell)


def _back(request: web.Request, status: int, **values: object) -> web.Response:
    """To the script a receipt, to a form the page again."""
    if wants_json(request):
        return web.json_response(values or None, status=200 if status == 204 else status)
    return web.Response(status=303, headers={"Location": "/#latest"})


async def _renewed(of: Parts, visitor: Visitor, response: web.StreamResponse) -> None:
    """Write the session cookie, renewed if a card was linked."""
    if await of.reading(lambda session: renewal_due(session, visitor)):
        visitor = await of.writing(lambda session: renew(session, visitor, now=of.now()))
        of.bells.end_streams(visitor.address)
    of.cookies.write(response, visitor)
