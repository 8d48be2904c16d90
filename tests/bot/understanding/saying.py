"""Reads the examples of understanding: one line is what was said, what was meant, and the slots worth checking."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, time
from pathlib import Path
from typing import Any

import yaml

from bot.locales import load
from bot.messages import Utterance
from bot.understanding import understand
from bot.understanding.meaning import Meaning, Moment, Phrase, SlotValue
from speech.recognition import Hypothesis, Transcript

EXAMPLES = Path(__file__).parent / "examples"
TODAY = date(2026, 11, 22)
"""A Sunday."""
RELATIVE = {"+1": "2026-11-23", "+2": "2026-11-24", "sat": "2026-11-28", "fri": "2026-11-27"}
FIGURES: list[str] = []
"""Lines for the end of the test run."""
ACTING = frozenset(
    {
        *("place_hold", "cancel_hold", "suspend_hold", "request_delivery", "change_delivery", "request_return_pickup"),
        *("renew", "renew_all", "join_event", "leave_event", "undo", "delegate", "link_card", "forget_me"),
        *("export_my_data", "feedback", "suggest_purchase", "request_recording", "call_back", "set_language"),
        *("set_voice_reply", "set_reminders", "set_auto_renew", "quiet_hours", "subscribe_topic"),
        *("unsubscribe",),
    }
)
"""Intents that lead to a change in the library."""


@dataclass(frozen=True, slots=True)
class Example:
    """What was said, what was meant (an intent), and slots as text."""

    said: str
    intent: str
    slots: Mapping[str, str]


def read(path: str) -> Any:
    """A file of examples."""
    return yaml.safe_load((EXAMPLES / path).read_text("utf-8"))


def by_intent(path: str) -> list[Example]:
    """A file of the kind intent: [words | slot=value; …]."""
    found = []
    for intent, lines in read(path).items():
        for line in lines:
            words, _, slots = line.partition(" | ")
            found.append(Example(words, intent, _slots(slots)))
    return found


def by_line(line: str) -> Example:
    """A line of the kind words = intent | slot=value; …."""
    words, _, meant = line.rpartition(" = ") if " | " not in line else line.partition(" | ")[0].rpartition(" = ")
    slots = line.partition(" | ")[2]
    return Example(words, meant.strip('"'), _slots(slots))


def _slots(written: str) -> dict[str, str]:
    pairs = (part.partition("=") for part in written.split("; ") if part)
    return {slot: RELATIVE.get(value, value) for slot, _, value in pairs}


def typed(words: str, tag: str, moment: Moment | None = None) -> Meaning:
    """What typed `words` mean in locale `tag`."""
    return understand(Utterance(words), locale=load(tag), moment=moment or Moment(), today=TODAY)


def heard(words: str, tag: str = "zh-CN", moment: Moment | None = None) -> Meaning:
    """What was heard: hypotheses apart by " / ", characters or toned syllables."""
    hypotheses = [Hypothesis(syllables=one) if one.isascii() else Hypothesis(text=one) for one in words.split(" / ")]
    share = 1 / len(hypotheses)
    several = tuple(Hypothesis(one.text, one.syllables, share) for one in hypotheses)
    return understand(Transcript(several, 0.9), locale=load(tag), moment=moment or Moment(), today=TODAY)


def shown(value: SlotValue) -> str:
    """A slot's value as the examples write it."""
    if isinstance(value, Phrase):
        if value.heard:
            return " ".join(one.rstrip("012345") for one in value.syllables.split())
        return value.text
    return value.strftime("%H:%M") if isinstance(value, time) else str(value)


def wrong(example: Example, meant: Meaning) -> str:
    """What is wrong with `meant`, or ""."""
    slots = {slot: shown(value) for slot, value in meant.slots.items()}
    if meant.intent != example.intent:
        return f"{example.said}: {example.intent}, taken as {meant.intent} {slots}"
    for slot, value in example.slots.items():
        if slots.get(slot) != value:
            return f"{example.said}: {slot} should be {value}, is {slots}"
    return ""
