"""Meanings and replies as JSON, so that a talk can go on after a restart, on another channel or in another process.

Only what a talk needs is stored; nothing here decides anything. Values keep their kind (a title stays a title), so
that what is repeated is said exactly as it was said the first time.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, time
from typing import Any

from bot.messages import (
    CallNumber,
    Code,
    Isbn,
    Link,
    Phone,
    Place,
    Reply,
    Several,
    Text,
    Title,
    Value,
    Word,
)
from bot.understanding.meaning import Meaning, Phrase, SlotValue

_NAMES: dict[str, type[str]] = {
    "title": Title,
    "place": Place,
    "phone": Phone,
    "isbn": Isbn,
    "call_number": CallNumber,
    "link": Link,
    "code": Code,
}
_KINDS: dict[type[str], str] = {kind: name for name, kind in _NAMES.items()}


def value_to_json(value: Value) -> Any:
    """A value of a text as JSON: plain strings and numbers as they are, all else as {"kind": …, "value": …}."""
    if isinstance(value, Word):
        return {"kind": "word", "id": value.id, "values": values_to_json(value.values)}
    if isinstance(value, Several):
        return {"kind": "several", "items": [value_to_json(item) for item in value.items]}
    if isinstance(value, datetime):
        return {"kind": "datetime", "value": value.isoformat()}
    if isinstance(value, date):
        return {"kind": "date", "value": value.isoformat()}
    if isinstance(value, time):
        return {"kind": "time", "value": value.isoformat()}
    if isinstance(value, str) and type(value) in _KINDS:
        return {"kind": _KINDS[type(value)], "value": str(value)}
    return value


def value_from_json(stored: Any) -> Value:
    """The value that `value_to_json` wrote."""
    if not isinstance(stored, dict):
        plain: Value = stored
        return plain
    kind = stored["kind"]
    if kind == "word":
        return Word(stored["id"], values_from_json(stored["values"]))
    if kind == "several":
        return Several(tuple(value_from_json(item) for item in stored["items"]))
    if kind == "datetime":
        return datetime.fromisoformat(stored["value"])
    if kind == "date":
        return date.fromisoformat(stored["value"])
    if kind == "time":
        return time.fromisoformat(stored["value"])
    return _NAMES[kind](stored["value"])


def values_to_json(values: Mapping[str, Value]) -> dict[str, Any]:
    """The values of one text as JSON."""
    return {name: value_to_json(value) for name, value in values.items()}


def values_from_json(stored: Mapping[str, Any]) -> dict[str, Value]:
    """The values that `values_to_json` wrote."""
    return {name: value_from_json(value) for name, value in stored.items()}


def reply_to_json(reply: Reply) -> dict[str, Any]:
    """A reply as JSON."""
    return {
        part: [[text.id, values_to_json(text.values)] for text in texts]
        for part, texts in (("texts", reply.texts), ("choices", reply.choices), ("afterwards", reply.afterwards))
    }


def reply_from_json(stored: Mapping[str, Any]) -> Reply:
    """The reply that `reply_to_json` wrote."""

    def part(name: str) -> tuple[Text, ...]:
        return tuple(Text(id, values_from_json(values)) for id, values in stored.get(name, []))

    return Reply(part("texts"), part("choices"), part("afterwards"))


def meaning_to_json(meaning: Meaning) -> dict[str, Any]:
    """A meaning as JSON, without its rivals."""
    return {
        "intent": meaning.intent,
        "slots": {name: _slot_to_json(value) for name, value in meaning.slots.items()},
        "confidence": meaning.confidence,
    }


def meaning_from_json(stored: Mapping[str, Any]) -> Meaning:
    """The meaning that `meaning_to_json` wrote."""
    slots = {name: _slot_from_json(value) for name, value in stored.get("slots", {}).items()}
    return Meaning(stored["intent"], slots, stored.get("confidence", 1.0))


def _slot_to_json(value: SlotValue) -> Any:
    if isinstance(value, Phrase):
        return {
            "kind": "phrase",
            "text": value.text,
            "syllables": value.syllables,
            "heard": value.heard,
            "weight": value.weight,
            "others": [_slot_to_json(other) for other in value.others],
        }
    if isinstance(value, date):
        return {"kind": "date", "value": value.isoformat()}
    if isinstance(value, time):
        return {"kind": "time", "value": value.isoformat()}
    return value


def _slot_from_json(stored: Any) -> SlotValue:
    if not isinstance(stored, dict):
        plain: SlotValue = stored
        return plain
    if stored["kind"] == "date":
        return date.fromisoformat(stored["value"])
    if stored["kind"] == "time":
        return time.fromisoformat(stored["value"])
    others = tuple(other for other in map(_slot_from_json, stored["others"]) if isinstance(other, Phrase))
    return Phrase(stored["text"], stored["syllables"], stored["heard"], stored["weight"], others)
