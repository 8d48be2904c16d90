"""What of what arrived can be used: too long, empty or wordless gets a sentence of its own, odd slots are left out."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping
from dataclasses import replace
from datetime import date, time
from typing import Any

from bot.messages import Choice, Said, Utterance
from bot.understanding.meaning import Meaning, Phrase
from speech.recognition import Transcript

LONGEST = 2000
"""Signs a message may have; a longer one is answered with a sentence and not read."""
INVISIBLE = ("Cc", "Cf", "Cs", "Co", "Cn")
KINDS: Mapping[str, Any] = {
    **{"ordinal": int, "count": int, "days": int, "date": date, "time": time, "format": str},
    **dict.fromkeys(("title", "author", "subject", "topic", "library", "place", "person"), (Phrase, str)),
}
"""What the value of a slot must be."""


def problem(said: Said) -> str:
    """The text id of why `said` cannot be understood, or ""."""
    if isinstance(said, Choice):
        return ""
    text = _words(said)
    if not text.strip():
        return "nothing-said" if isinstance(said, Utterance) else "not-heard-silent"
    if len(text) > LONGEST:
        return "too-long"
    if not any(unicodedata.category(sign)[0] in "LN" for sign in text):
        return "no-words"
    return ""


def cleaned(said: Said) -> Said:
    """`said` without signs that nobody can see or say; typed text only."""
    if not isinstance(said, Utterance):
        return said
    visible = "".join(
        " " if sign in "\n\r\t" else sign for sign in said.text if sign in "\n\r\t" or not _invisible(sign)
    )
    return Utterance(" ".join(visible.split()))


def bare_number(said: Said | None) -> bool:
    """Whether nothing but a number was typed ("2", "2."): then it is the number of a choice."""
    return isinstance(said, Utterance) and said.text.strip().rstrip(".。、)）").isdigit()


def _words(said: Utterance | Transcript) -> str:
    if isinstance(said, Utterance):
        return "".join(sign for sign in said.text if not _invisible(sign))
    best = said.hypotheses[0] if said.hypotheses else None
    return (best.text or best.syllables) if best else ""


def _invisible(sign: str) -> bool:
    return unicodedata.category(sign) in INVISIBLE


def sensible(meaning: Meaning) -> Meaning:
    """The meaning without slots that cannot be used."""
    slots = {name: value for name, value in meaning.slots.items() if isinstance(value, KINDS.get(name, object))}
    return replace(meaning, slots=slots)
