"""What a voice can say: figures in words, codes sign by sign, brackets as pauses, no signs that have no sound.

How a language writes and spells stands in its texts (speech-…); how it counts is figures.py's work. Readings of single
words (还书) are the voice's (speech.readings): what is spoken here can still be read.
"""

from __future__ import annotations

import re
import unicodedata

from bot.rendering import figures
from bot.rendering.texts import Texts

BRACKETS = re.compile(r"\s*[（(\[【〔《〈》〉）)\]】〕“”‘’「」『』]\s*")
LINK = re.compile(
    r"(?:https?://|www\.)[!-~]*[A-Za-z0-9/=_-]|[\w.+-]+@[\w-]+\.[\w.-]+"
    r"|(?<![A-Za-z0-9@.])(?:[A-Za-z0-9-]+\.)+(?:com|cn|org|net|edu|gov|io|info)(?![A-Za-z0-9])(?:/[!-~]*[A-Za-z0-9/=_-])?",
    re.ASCII,
)
"""Addresses of the web and of e-mail: they are shown, never read."""
WESTERN = re.compile(r"\s*[,:;](?!\d)\s*")
PAUSES = re.compile(r"[，、,;；：:\s]*(?:([。！？!?])|(\.)(?!\w))\s*")
COMMAS = re.compile(r"[，、,；;：:]\s*(?:[，、,；;：:]\s*)+")
STROKES = re.compile(r"\s*(?:[/|\\]|—+|–|…+|·{2,}|_{2,}|\*+|#+|~+|～+)\s*")
DOT = re.compile(r"(?<=\w)[·•・‧](?=\w)")
"""Between the parts of a foreign name it is not heard."""
ENDS = "。！？.!?…"
UNHEARD = ("So", "Sk", "Cs", "Co", "Cn", "Cf", "Mn", "Me")


def joined(parts: list[str], known: Texts) -> str:
    """Sentences one after the other, each ended, with the pause the language makes between them."""
    stop = known.plain("speech-stop")
    ended = [
        part if part.endswith(tuple(ENDS)) else part.rstrip("，,、；;：: ") + stop for part in parts if part.strip()
    ]
    return known.plain("speech-joint").strip("|").join(ended)


def sayable(words: str, known: Texts) -> str:
    """Words meant for the eye made fit for the ear."""
    words = figures.measured(LINK.sub("", words).translate(_FIGURES), known)
    words = DOT.sub(" " if not figures.chinese(known) else "", words).translate(_HEARD)
    comma = known.plain("speech-comma")
    words = BRACKETS.sub(comma, words.replace("\n", comma))
    words = STROKES.sub(comma, words)
    for sign, word in (pair.split(":") for pair in known.plain("speech-signs").split()):
        words = words.replace(sign, word.replace("_", " "))
    if figures.chinese(known):
        words = WESTERN.sub(comma, words)
    return figures.numbered(paused(words), known)


class _Figures(dict[int, str]):
    """Roman and circled numbers as figures, every other sign as it is; looked up once for each sign."""

    def __missing__(self, code: int) -> str:
        sign = chr(code)
        value = unicodedata.numeric(sign, 0.5) if unicodedata.category(sign) in ("Nl", "No") else 0.5
        self[code] = said = str(int(value)) if value.is_integer() else sign
        return said


class _Heard(dict[int, str]):
    """Every sign as it is, those that have no sound as nothing."""

    def __missing__(self, code: int) -> str:
        sign = chr(code)
        self[code] = said = "" if unicodedata.category(sign) in UNHEARD else sign
        return said


_FIGURES, _HEARD = _Figures(), _Heard()


def paused(words: str) -> str:
    """Pauses that meet become one, and none stands at the beginning or before the end of a sentence."""
    words = COMMAS.sub(lambda found: "，" if "，" in found[0] else ", ", words)
    words = PAUSES.sub(lambda found: found[1] + " " * (found[1] in "!?") if found[1] else ". ", words)
    return re.sub(r" {2,}", " ", words).strip(" ，,、；;")


def named(title: str, known: Texts) -> str:
    """A title as it is said: years as years, brackets as pauses."""
    return sayable(figures.YEAR.sub(lambda found: figures.year(found[0], known), title), known)
