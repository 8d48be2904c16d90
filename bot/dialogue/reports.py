"""What a turn reports besides its message: the out line of CONTRACT.md, made of the meaning, the hits and the audit."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, time

from bot.dialogue.turn import Turn
from bot.messages import Choice, Message, Text, Utterance
from bot.understanding.meaning import Phrase, SlotValue
from catalog.audit import DONE, AuditEntry
from speech.recognition import Transcript

BEST = 5
MASK = "…"
"""Stands for what must not be repeated."""
LINE = 200
LISTS = ("loans", "records")
"""Ids of which there are several; the audit has them in one string, with blanks between."""


def done(entries: Iterable[AuditEntry]) -> list[dict[str, object]]:
    """What was changed, each with the ids it concerns; desk acts that came along are left out."""
    return [
        {"what": entry.what, **{name: ids.split() if name in LISTS else ids for name, ids in entry.ids.items()}}
        for entry in entries
        if entry.what in DONE
    ]


def details(turn: Turn, message: Message, changed: list[dict[str, object]]) -> dict[str, object]:
    """The out line, without `pushed`."""
    meaning = turn.understood or turn.meaning
    return {
        "intent": meaning.intent,
        "slots": {name: _slot(turn, value) for name, value in meaning.slots.items()},
        "confidence": round(meaning.confidence, 3),
        "found": [
            {
                "record": str(hit.record),
                "title": hit.title,
                "authors": list(hit.authors),
                "formats": list(hit.formats),
                "isbns": list(hit.isbns),
                "score": hit.score,
                "why": hit.why,
            }
            for hit in turn.found[:BEST]
        ],
        "shown": message.shown,
        "spoken": message.spoken,
        "choices": list(message.choices),
        "done": changed,
        "state": turn.state.state,
        "heard": _heard(turn),
        **turn.shared,
    }


def nothing(message: Message) -> dict[str, object]:
    """The out line of a message that no turn stands behind: nothing understood, nothing done."""
    return {
        "intent": "none",
        "slots": {},
        "confidence": 0.0,
        "found": [],
        "shown": message.shown,
        "spoken": message.spoken,
        "choices": list(message.choices),
        "done": [],
        "state": "idle",
        "heard": None,
    }


def line(turn: Turn) -> str:
    """What the patron said, for a librarian who takes the talk over; secrets are masked."""
    if turn.secret:
        return MASK
    said = turn.whole or turn.said
    if isinstance(said, Utterance):
        return said.text[:LINE]
    if isinstance(said, Choice):
        return str(said.number)
    best = said.hypotheses[0] if said and said.hypotheses else None
    meaning = turn.understood or turn.meaning
    return (meaning.reading or (best.text or best.syllables if best else ""))[:LINE]


def answered(turn: Turn, message: Message) -> str:
    """What the service said, for the same librarian; what holds a secret is masked."""
    return MASK if turn.remembered is not None else message.shown


def option_name(choice: Text) -> str:
    """What a person would call this choice: the name in it, else nothing."""
    for name in ("title", "place", "name", "address"):
        if name in choice.values:
            return str(choice.values[name])
    return ""


def _slot(turn: Turn, value: SlotValue) -> object:
    if turn.secret:
        return MASK
    if isinstance(value, Phrase):
        return value.text or value.syllables
    if isinstance(value, date | time):
        return value.isoformat()
    return value


def _heard(turn: Turn) -> dict[str, object] | None:
    said = turn.whole or turn.said
    if not isinstance(said, Transcript):
        return None
    if turn.secret:
        return {"text": MASK, "syllables": "", "alternatives": []}
    best = said.hypotheses[0] if said.hypotheses else None
    meaning = turn.understood or turn.meaning
    return {
        "text": meaning.reading or (best.text if best else ""),
        "syllables": best.syllables if best else "",
        "alternatives": [
            {"text": one.text, "weight": round(one.weight, 4)}
            if one.text
            else {"syllables": one.syllables, "weight": round(one.weight, 4)}
            for one in said.hypotheses
        ],
    }
