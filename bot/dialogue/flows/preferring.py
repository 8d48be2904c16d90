"""What a reader prefers of us: reminders, quiet hours, topics; done at once, and undoable."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import time

from bot.dialogue.named import hours, named
from bot.dialogue.steps import Arguments, Step
from bot.dialogue.turn import Turn
from bot.messages import Reply, Several, Text, Word
from catalog.outreach.events import TOPICS
from catalog.patrons import preferences
from catalog.patrons.preferences import Preferred, preference

OFF = "off"
"""The topic of a wish for something to stop."""


def set_reminders(turn: Turn) -> Reply:
    """Reminders of due dates: how many days ahead, or none."""
    patron = turn.reader
    if turn.number("days") is None and named(turn, "wanted") == OFF:
        _set(turn, "reminders", False)
        return Reply((Text("reminders-off"),))
    _set(turn, "reminders", True)
    days = turn.number("days")
    if days is not None and 0 <= days <= 30:
        _set(turn, "reminder_days", days)
    ahead = preference(patron, "reminder_days")
    return Reply((Text("reminders-on", {"days": ahead if isinstance(ahead, int) else 0}),))


def quiet_hours(turn: Turn) -> Reply:
    """When nothing may be sent."""
    patron = turn.reader
    begin, end = hours(turn)
    if begin is None and end is None and named(turn, "quiet") == OFF:
        _set(turn, "quiet_from", "00:00")
        _set(turn, "quiet_to", "00:00")
        return Reply((Text("quiet-none"),))
    if begin is None and end is None and preference(patron, "quiet_from") == preference(patron, "quiet_to"):
        _set(turn, "quiet_from", None)  # there were none any more: the usual ones again
        _set(turn, "quiet_to", None)
    if begin is not None:
        _set(turn, "quiet_from", begin.strftime("%H:%M"))
    if end is not None:
        _set(turn, "quiet_to", end.strftime("%H:%M"))
    values = {name: time.fromisoformat(str(preference(patron, f"quiet_{name}"))) for name in ("from", "to")}
    return Reply((Text("quiet-set" if begin or end else "quiet-are", {"begin": values["from"], "end": values["to"]}),))


def subscribe_topic(turn: Turn) -> Reply:
    """News of events about a topic."""
    patron = turn.reader
    topic = named(turn, "topic", turn.text("topic"))
    if topic not in TOPICS:
        turn.ask("topic", ("topic",))
        return Reply((Text("ask-topic", {"topics": Several(tuple(Word(f"topic-{one}") for one in TOPICS))}),))
    _set(turn, "topics", sorted({*_topics(turn), topic}))
    _ = patron
    return Reply((Text("topic-subscribed", {"topic": Word(f"topic-{topic}")}),))


def unsubscribe(turn: Turn) -> Reply:
    """No more news of a topic, or no more messages of our own accord at all."""
    topic = named(turn, "topic", turn.text("topic")) if turn.phrase("topic") else ""
    _ = turn.reader
    if topic in TOPICS:
        _set(turn, "topics", [one for one in _topics(turn) if one != topic] or None)
        return Reply((Text("topic-unsubscribed", {"topic": Word(f"topic-{topic}")}),))
    _set(turn, "topics", None)
    _set(turn, "broadcasts", False)
    _set(turn, "reminders", False)
    return Reply((Text("unsubscribed"),))


def topic_answer(turn: Turn, arguments: Arguments) -> Reply | None:
    """The topic that was asked for."""
    if not named(turn, "topic", turn.text("topic")) or turn.meaning.intent in ("no", "cancel", "unsubscribe"):
        return None
    turn.leave()
    return subscribe_topic(turn)


STEPS: Mapping[str, Step] = {
    "topic": Step("subscribe_topic", answer=topic_answer),
}


def _topics(turn: Turn) -> list[str]:
    held = preference(turn.reader, "topics")
    return list(held) if isinstance(held, list) else []


def _set(turn: Turn, name: str, value: Preferred) -> None:
    preferences.change(turn.session, patron=turn.reader, name=name, value=value, now=turn.now, by=turn.by)
