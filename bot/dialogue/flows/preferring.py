"""What a reader prefers of us: reminders, quiet hours, topics; what was said plainly is done at once, and undoable.

Nothing is switched off that was not named: news is not the reminder of a due date. To stop all messages is asked first
unless just that was said.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import time

from bot.dialogue.flows import events
from bot.dialogue.named import hours, named, says
from bot.dialogue.steps import Arguments, Step
from bot.dialogue.turn import Turn
from bot.messages import Reply, Several, Text, Word
from catalog.outreach.events import TOPICS
from catalog.patrons import preferences
from catalog.patrons.preferences import Preferred, preference

PLAIN = 0.9
"""From this confidence on it was plainly said what is to be set."""
OFF = "off"
"""The topic of a wish for something to stop."""


def set_reminders(turn: Turn) -> Reply:
    """Reminders of due dates: how many days ahead, or none."""
    patron = turn.reader
    if turn.number("days") is None and named(turn, "wanted") == OFF:
        _set(turn, "reminders", False)
        return Reply((Text("reminders-off"),))
    days = turn.number("days")
    if days is None and turn.meaning.confidence < PLAIN:
        turn.ask("reminder-days", ("days",))
        return Reply((Text("ask-reminder-days"),))
    _set(turn, "reminders", True)
    if days is not None and 0 <= days <= 30:
        _set(turn, "reminder_days", days)
    ahead = preference(patron, "reminder_days")
    return Reply((Text("reminders-on", {"days": ahead if isinstance(ahead, int) else 0}),))


def set_auto_renew(turn: Turn) -> Reply:
    """Loans renewed by themselves before they are due, or no longer; a question is answered and asked back."""
    chosen = bool(preference(turn.reader, "auto_renew"))
    if named(turn, "by_itself") == OFF:
        _set(turn, "auto_renew", None)
        return Reply((Text("auto-renew-off"),))
    if chosen:
        return Reply((Text("auto-renew-is-on"),))
    if says(turn, "asking_word") or says(turn, "asks_how") or turn.meaning.confidence < PLAIN:
        return Reply((Text("auto-renew-read-back"),), turn.confirm("auto-renew"))
    return auto_renewed(turn, {})


def auto_renewed(turn: Turn, arguments: Arguments) -> Reply:
    """From now on loans are renewed by themselves."""
    _set(turn, "auto_renew", True)
    return Reply((Text("auto-renew-on"),))


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


def reminder_days(turn: Turn, arguments: Arguments) -> Reply | None:
    """How many days ahead: the number that was asked for."""
    if turn.number("days") is None or turn.meaning.intent != "set_reminders":
        return None
    turn.leave()
    return set_reminders(turn)


def subscribe_topic(turn: Turn) -> Reply:
    """News of events about a topic; where events are on offer and one is called so, a seat at that one."""
    if events.named_on_offer(turn):
        return events.join_event(turn)
    patron = turn.reader
    topic = named(turn, "topic", turn.text("topic"))
    if topic not in TOPICS:
        turn.ask("topic", ("topic",))
        return Reply((Text("ask-topic", {"topics": Several(tuple(Word(f"topic-{one}") for one in TOPICS))}),))
    _set(turn, "topics", sorted({*_topics(turn), topic}))
    _ = patron
    return Reply((Text("topic-subscribed", {"topic": Word(f"topic-{topic}")}),))


def unsubscribe(turn: Turn) -> Reply:
    """No more news of a topic, or of any; or no more messages of our own accord at all, which is asked first unless
    it was plainly said."""
    topic = named(turn, "topic", turn.text("topic")) if turn.phrase("topic") else ""
    _ = turn.reader
    if topic in TOPICS:
        _set(turn, "topics", [one for one in _topics(turn) if one != topic] or None)
        return Reply((Text("topic-unsubscribed", {"topic": Word(f"topic-{topic}")}),))
    news = says(turn, "news")
    plainly = turn.meaning.confidence >= PLAIN and turn.phrase("topic") is None
    if says(turn, "asks_how") or not (plainly or news):
        return Reply((Text("unsubscribe-read-back"),), turn.confirm("unsubscribe"))
    if news:
        _set(turn, "topics", None)
        _set(turn, "broadcasts", False)
        return Reply((Text("unsubscribed-news"),))
    return nothing_more(turn, {})


def nothing_more(turn: Turn, arguments: Arguments) -> Reply:
    """No more messages of our own accord."""
    _set(turn, "topics", None)
    _set(turn, "broadcasts", False)
    _set(turn, "reminders", False)
    return Reply((Text("unsubscribed"),))


def topic_answer(turn: Turn, arguments: Arguments) -> Reply | None:
    """The topic that was asked for."""
    if turn.meaning.intent not in ("subscribe_topic", "none") or not named(turn, "topic", turn.text("topic")):
        return None
    turn.leave()
    return subscribe_topic(turn)


STEPS: Mapping[str, Step] = {
    "topic": Step("subscribe_topic", answer=topic_answer),
    "reminder-days": Step("set_reminders", answer=reminder_days),
    "unsubscribe": Step("unsubscribe", yes=nothing_more),
    "auto-renew": Step("set_auto_renew", yes=auto_renewed),
}


def _topics(turn: Turn) -> list[str]:
    held = preference(turn.reader, "topics")
    return list(held) if isinstance(held, list) else []


def _set(turn: Turn, name: str, value: Preferred) -> None:
    preferences.change(turn.session, patron=turn.reader, name=name, value=value, now=turn.now, by=turn.by)
