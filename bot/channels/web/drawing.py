"""Draws the page: the same lines for the template and for the event stream, in the reader's language.

All words come from locales/<tag>/texts/page.ftl; templates escape everything. Nothing is decided here.
"""

from __future__ import annotations

import hashlib
import re
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

from bot import rendering
from bot.channels.web import lines
from bot.channels.web.tables import WebMessage
from bot.channels.web.visitors import RATES, SIZES, TONES, Look
from bot.locales import DEFAULT, Locale, available, load
from bot.messages import Value
from bot.rendering import pages

HERE = Path(__file__).parent
TEMPLATES = HERE / "templates"
ADDRESS = re.compile(r"https?://[^\s<>\"'，。；：、）》」』]+")
SCRIPT_WORDS = (
    *("you", "library", "secret-label", "say-label", "record", "record-stop", "recording"),
    *("record-ending", "recorded", "record-cancelled", "record-short", "mic-denied", "mic-missing", "mic-insecure"),
    *("mic-failed", "sent", "waiting", "offline", "reconnecting", "back", "empty", "too-long", "busy"),
    *("no-sound", "recording-too-big", "no-recording", "stop", "still-sending"),
)
"""The words the page's script needs, ids without "page-"."""


@dataclass(frozen=True, slots=True)
class Face:
    """What a page is drawn for: the language, the look, the form's token, and a sentence that must be said first."""

    locale: Locale
    look: Look
    token: str
    talk: str
    """What the page knows its talk by."""
    problem: str = ""
    typed: str = ""
    """Words that were not taken and stand in the field again."""
    waiting: bool = False
    left: bool = False
    """The reader has just ended his session here."""
    lines: Sequence[WebMessage] = field(default=())


def words(locale: Locale, id: str, **values: Value) -> str:
    """The words `page-<id>` in a language."""
    return rendering.say(locale, f"page-{id}", **values)


def page(face: Face) -> str:
    """The chat page."""
    asking = lines.asking(face.lines)
    heard = next((line for line in reversed(face.lines) if line.spoken), None)
    return pages.page(
        TEMPLATES / "page.html",
        **_common(face.locale, face.look),
        face=face,
        lines=[drawn(line, face.locale) for line in face.lines],
        asking=drawn(asking, face.locale) if asking else None,
        last_spoken=heard.seq if heard else 0,
        last_pace=heard.pace if heard else 1.0,
        seq=face.lines[-1].seq if face.lines else 0,
        update_id=secrets.token_urlsafe(12),
        sizes=SIZES,
        tones=TONES,
        rates=RATES,
        languages=sorted(map(load, available()), key=lambda one: (one.chain[-1] != DEFAULT, one.tag)),
        script_words={id: words(face.locale, id) for id in SCRIPT_WORDS},
    )


def notice(locale: Locale, look: Look, title: str, sentence: str) -> str:
    """A page with one sentence and the way back. `title` and `sentence` are ids without "page-"."""
    return pages.page(TEMPLATES / "notice.html", **_common(locale, look), title=title, sentence=sentence)


def drawn(line: WebMessage, locale: Locale) -> dict[str, Any]:
    """A line as template and stream show it; `parts` are (text, address or "") pairs."""
    text = said(line, locale)
    own = line.kind == "voice"
    return {
        "seq": line.seq,
        "who": line.who,
        "lang": locale.tag if own else line.locale,
        "parts": _parts(text) if line.who == "library" else [(text, "")],
        "offer": line.offer,
        "choices": [words(locale, "choice", number=at, label=label) for at, label in enumerate(line.choices, 1)],
        "secret": line.secret,
        "spoken": bool(line.spoken),
        "pace": line.pace,
    }


def said(line: WebMessage, locale: Locale) -> str:
    """The words of a line; of a recording what was heard in it, once that is known."""
    if line.kind != "voice":
        return line.text
    return words(locale, "voice-heard", text=line.text) if line.text else words(locale, "voice-note")


@cache
def static_files() -> Mapping[str, tuple[bytes, str, str]]:
    """The script, the style and the icon: name to content, media type, and a mark that changes with the content."""
    types = {".css": "text/css", ".js": "text/javascript", ".svg": "image/svg+xml"}
    return {
        path.name: (content := path.read_bytes(), types[path.suffix], hashlib.sha256(content).hexdigest()[:12])
        for path in sorted((HERE / "static").iterdir())
        if path.suffix in types
    }


def _common(locale: Locale, look: Look) -> dict[str, Any]:
    return {
        "t": lambda id, **values: words(locale, id, **values),
        "lang": locale.tag,
        "look": look,
        "static": lambda name: f"/static/{name}?v={static_files()[name][2]}",
    }


def _parts(text: str) -> list[tuple[str, str]]:
    """`text` cut at the web addresses in it."""
    parts = []
    at = 0
    for match in ADDRESS.finditer(text):
        parts.append((text[at : match.start()], ""))
        parts.append((match[0], match[0]))
        at = match.end()
    parts.append((text[at:], ""))
    return [part for part in parts if part[0]] or [("", "")]
