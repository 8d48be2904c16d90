"""What a Telegram update says, as a body for the inbox; nothing is stored or sent here.

Updates are read as plain JSON with suspicion, not through a model of the whole Bot API: a field that Telegram adds
tomorrow must not cost a reader his message.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bot.locales import nearest

LARGEST_FILE = 20_000_000
"""Bytes a bot may fetch (getFile)."""
UPDATES = ("message", "callback_query")
"""The kinds of updates asked for: no edits, which would act twice."""
SOUNDS = ("voice", "audio", "video_note", "document")
DATA = re.compile(r"(?P<offer>.*):(?P<number>\d{1,3})", re.DOTALL)
COMMAND = re.compile(r"/(?P<name>[A-Za-z0-9_]{1,32})(?:@(?P<bot>\w+))?(?:\s+(?P<rest>.*))?", re.DOTALL)
PAYLOAD = re.compile(r"[A-Za-z0-9_-]{1,64}")
WORDS: dict[str, dict[str, str]] = json.loads(Path(__file__).with_name("words.json").read_text(encoding="utf-8"))


@dataclass(frozen=True, slots=True)
class Arrival:
    """An update that is to be answered: where, what, and the recording or the pressed button it carries.

    `too_long`: the recording is larger than a bot may fetch.
    """

    update_id: int
    address: str
    talk: str
    body: dict[str, Any]
    query: str = ""
    too_long: bool = False


def read(update: Mapping[str, Any], *, username: str) -> Arrival | None:
    """What `update` says, or None where it is not for us. `username` is the bot's own, for groups."""
    number = update.get("update_id")
    if not isinstance(number, int):
        return None
    query = _part(update, "callback_query")
    if query:
        return _press(number, query)
    message = _part(update, "message")
    sender, chat = _part(message, "from"), _part(message, "chat")
    if "id" not in chat or sender.get("is_bot"):
        return None
    address = str(chat["id"])
    talk = f"telegram:{address}"
    text = str(message.get("text") or message.get("caption") or "")
    if chat.get("type") != "private":
        addressed = _addressed(message, text, username)
        if addressed is None:
            return None
        text, talk = addressed, f"{talk}:{sender.get('id', '')}"
    sound = _sound(message)
    if sound:
        too_long = int(sound.get("file_size") or 0) > LARGEST_FILE
        body = {"hear": str(sound.get("mime_type") or "audio/ogg"), "file": str(sound["file_id"])}
        return Arrival(number, address, talk, body, too_long=too_long)
    shared = _shared(_part(message, "location"))
    return Arrival(number, address, talk, shared or _said(text, str(sender.get("language_code") or "")))


def _shared(location: Mapping[str, Any]) -> dict[str, Any] | None:
    """A place on the map that was shared, to a hundred metres: nearer than that is nobody's business."""
    latitude, longitude = location.get("latitude"), location.get("longitude")
    if not isinstance(latitude, int | float) or not isinstance(longitude, int | float):
        return None
    return {"say": f"geo:{latitude:.3f},{longitude:.3f}"}


def _press(number: int, query: Mapping[str, Any]) -> Arrival | None:
    chat = _part(_part(query, "message"), "chat")
    sender = _part(query, "from")
    address = str(chat.get("id") or sender.get("id") or "")
    if not address:
        return None
    group = chat.get("type", "private") != "private"
    talk = f"telegram:{address}:{sender.get('id', '')}" if group else f"telegram:{address}"
    pressed = DATA.fullmatch(str(query.get("data") or ""))
    choice = {"choose": int(pressed["number"]), "offer": pressed["offer"]} if pressed else {"choose": 0, "offer": "?"}
    return Arrival(number, address, talk, choice, query=str(query.get("id") or ""))


def _said(text: str, language: str) -> dict[str, Any]:
    """Words as they were typed; a command as what a reader would have typed for it, in his app's language."""
    command = COMMAND.fullmatch(text)
    if command is None or command["name"].lower() not in ("start", "help"):
        return {"say": text}
    locale = nearest(language or "zh-CN")
    name, rest = command["name"].lower(), (command["rest"] or "").strip()
    if name == "start" and PAYLOAD.fullmatch(rest):
        return {"say": _words("code", locale).format(code=rest), "locale": locale}
    return {"say": _words(name, locale)} | ({"locale": locale} if name == "start" else {})


def _words(name: str, locale: str) -> str:
    return WORDS[name].get(locale, WORDS[name]["zh-CN"])


def _addressed(message: Mapping[str, Any], text: str, username: str) -> str | None:
    """What is said to the bot in a group, or None: a command, a mention, or an answer to one of its messages."""
    command = COMMAND.fullmatch(text)
    if command and (command["bot"] or "").lower() == username.lower():
        return text.replace(f"@{command['bot']}", "", 1)
    mention = re.compile(rf"@{re.escape(username)}\b", re.IGNORECASE)
    if username and mention.search(text):
        return mention.sub("", text).strip()
    answered = _part(_part(message, "reply_to_message"), "from")
    return text if username and str(answered.get("username", "")).lower() == username.lower() else None


def _sound(message: Mapping[str, Any]) -> Mapping[str, Any]:
    for name in SOUNDS:
        part = _part(message, name)
        is_sound = name != "document" or str(part.get("mime_type", "")).startswith(("audio/", "video/"))
        if part.get("file_id") and is_sound:
            return part
    return {}


def _part(of: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    part = of.get(name)
    return part if isinstance(part, dict) else {}
