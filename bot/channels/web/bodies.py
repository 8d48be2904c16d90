"""Reads what a form or the script sends, with suspicion: sizes are limited, bad bytes never raise.

Nothing is understood here; a field is a string, a recording is bytes.
"""

from __future__ import annotations

import asyncio
from urllib.parse import parse_qs

from aiohttp import BodyPartReader, web

from bot.channels.web.problems import Problem
from bot.channels.web.recordings import SOUND_BYTES

LONGEST_TEXT = 10_000
FORM_BYTES = 256 * 1024
"""Ten thousand characters, percent-encoded, and a little more."""
FIELD_BYTES = 4096
PIECE_BYTES = 1 << 20
READING_S = 300.0
"""How long a body may take: a minute of sound over one bar of signal."""


async def fields(request: web.Request) -> dict[str, str]:
    """The fields of a form. Raises Problem."""
    content = bytearray()
    try:
        async with asyncio.timeout(READING_S):
            async for chunk in request.content.iter_chunked(65536):
                content += chunk
                if len(content) > FORM_BYTES:
                    raise Problem("too-long")
    except TimeoutError:
        raise Problem("unreadable") from None
    try:
        given = parse_qs(content.decode("ascii", "replace"), keep_blank_values=True, max_num_fields=20)
    except ValueError:
        raise Problem("unreadable") from None
    return {name: clean(values[0]) for name, values in given.items()}


async def recording(request: web.Request) -> tuple[dict[str, str], bytes, str]:
    """The fields, the recording and its media type. Raises Problem."""
    given: dict[str, str] = {}
    sound, media_type = b"", ""
    if request.content_type != "multipart/form-data":
        raise Problem("unreadable")
    try:
        async with asyncio.timeout(READING_S):
            reader = await request.multipart()
            while (part := await reader.next()) is not None:
                if not isinstance(part, BodyPartReader):
                    raise Problem("unreadable")
                if part.name == "voice":
                    sound = await _capped(part, SOUND_BYTES, "recording-too-big")
                    media_type = part.headers.get("Content-Type", "")[:100]
                else:
                    value = await _capped(part, FIELD_BYTES, "unreadable")
                    given[str(part.name)] = clean(value.decode("utf-8", "replace"))
    except (ValueError, TimeoutError, AssertionError):
        # aiohttp asserts and raises ValueError where a multipart body is not one
        raise Problem("unreadable") from None
    return given, sound, media_type


async def piece(request: web.Request) -> bytes:
    """A piece of a recording. Raises Problem."""
    content = bytearray()
    try:
        async with asyncio.timeout(READING_S):
            async for chunk in request.content.iter_chunked(65536):
                content += chunk
                if len(content) > PIECE_BYTES:
                    raise Problem("recording-too-big")
    except TimeoutError:
        raise Problem("unreadable") from None
    return bytes(content)


def clean(text: str) -> str:
    """`text` without what a database or a page cannot hold: NUL and lone surrogates."""
    return text.replace("\x00", "").encode("utf-8", "replace").decode("utf-8")


async def _capped(part: BodyPartReader, limit: int, problem: str) -> bytes:
    content = bytearray()
    while chunk := await part.read_chunk(65536):
        content += chunk
        if len(content) > limit:
            raise Problem(problem)
    return bytes(content)
