"""How a message fits Telegram's sizes: long texts are split at sentence ends, choices become buttons where they fit."""

from __future__ import annotations

from bot.messages import Message

TEXT = 4096
CAPTION = 1024
DATA_BYTES = 64
BUTTONS = 90
ENDS = ("\n\n", "\n", "。", "！", "？", "；", ". ", "! ", "? ", "; ", "，", ", ", " ")
"""Where a text is best cut, best first."""


def length(text: str) -> int:
    """The length of `text` as Telegram counts it: in UTF-16 units."""
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def parts(text: str, size: int = TEXT) -> list[str]:
    """`text` in parts of at most `size` UTF-16 units, cut after a sentence where one ends in the second half."""
    found = []
    rest = text.strip()
    while length(rest) > size:
        room = _fitting(rest, size)
        cut = next((at for end in ENDS if (at := rest.rfind(end, room // 2, room)) >= 0), -1)
        at = cut + len(next(end for end in ENDS if rest.startswith(end, cut))) if cut >= 0 else room
        found.append(rest[:at].strip())
        rest = rest[at:].strip()
    return [part for part in (*found, rest) if part]


def buttons(message: Message) -> list[tuple[str, str]]:
    """The choices as (label, callback data); none where they do not fit: the numbered lines of the text do as well."""
    made = [
        (f"{number}. {label}", f"{message.offer}:{number}") for number, label in enumerate(message.choices, start=1)
    ]
    fits = len(made) <= BUTTONS and all(len(data.encode()) <= DATA_BYTES for _, data in made)
    return made if fits else []


def _fitting(text: str, size: int) -> int:
    """How many characters of `text` fit in `size` UTF-16 units."""
    units = 0
    for at, character in enumerate(text):
        units += 2 if ord(character) > 0xFFFF else 1
        if units > size:
            return at
    return len(text)
