"""Events: what is coming, taking a seat and giving it back."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from bot.dialogue import naming
from bot.dialogue.flows import finding, which
from bot.dialogue.named import named
from bot.dialogue.steps import Arguments, Step
from bot.dialogue.turn import PAGE, Turn
from bot.messages import Reply, Text, Title, Value
from catalog.outreach import events
from catalog.outreach.tables import Event

MOST = 15
ALIKE = 2
"""So many signs in a row of an event's title name it."""
WORD = 4
"""Letters from which on a word of an event's title names it."""


def list_events(turn: Turn) -> Reply:
    """What is coming, the next first."""
    topic = _topic(turn)
    near = which.place(turn) or (turn.patron.home if turn.patron else None)
    coming = events.coming(turn.session, now=turn.now, near=near, topic=topic, limit=MOST)
    if topic and not coming:
        coming = events.coming(turn.session, now=turn.now, near=near, limit=MOST)
    day = turn.day()
    if day is not None:
        coming = [one for one in coming if one.starts_at.astimezone(turn.services.zone).date() == day] or coming
    if not coming:
        return Reply((Text("no-events"),))
    turn.offer("events", [one.id for one in _by_date(coming)])
    return page(turn, (Text("events-coming", {"count": len(coming)}),))


def page(turn: Turn, texts: tuple[Text, ...]) -> Reply:
    """The page of the events on offer."""
    offered = turn.state.offered
    assert offered is not None
    shown = turn.offer("events", offered.ids, page=offered.page)
    choices = tuple(line(turn, turn.session.get_one(Event, id)) for id in shown)
    more = len(offered.ids) > (offered.page + 1) * PAGE
    return Reply(texts, choices, (Text("ask-join-or-more" if more else "ask-join"),))


def line(turn: Turn, one: Event) -> Text:
    """One event in a line: what, when, where; who listens hears of its name only what stands before a colon."""
    name = Title(re.split("[：:]", one.title)[0])
    return Text("choice-event", {**values(turn, one), "name": name})


def join_event(turn: Turn) -> Reply:
    """Take a seat: at the event named or numbered, or the only one."""
    coming = events.coming(turn.session, now=turn.now, near=turn.patron.home if turn.patron else None, limit=MOST)
    return _one(turn, _by_date(coming), "join")


def named_on_offer(turn: Turn) -> bool:
    """Whether one of the events on offer is called as this turn says."""
    offered, said = turn.state.offered, turn.text("topic") or turn.text("title") or turn.text("text")
    if offered is None or offered.kind != "events" or turn.state.state != "choosing" or not said:
        return False
    return any(_is_named(turn, turn.session.get_one(Event, id), said) for id in offered.ids)


def leave_event(turn: Turn) -> Reply:
    """Give a seat back."""
    mine = events.of_patron(turn.session, patron=turn.reader, now=turn.now)
    if not mine:
        return Reply((Text("no-seats"),))
    return _one(turn, mine, "leave")


def join(turn: Turn, arguments: Arguments) -> Reply:
    """Take the seat."""
    event = turn.session.get_one(Event, arguments["event"])
    events.join(turn.session, patron=turn.reader, event=event, now=turn.now, by=turn.by)
    return Reply((Text("event-joined", values(turn, event)),))


def leave(turn: Turn, arguments: Arguments) -> Reply:
    """Give it back."""
    event = turn.session.get_one(Event, arguments["event"])
    events.leave(turn.session, patron=turn.reader, event=event, now=turn.now, by=turn.by)
    return Reply((Text("event-left", values(turn, event)),))


def which_answer(turn: Turn, arguments: Arguments) -> Reply | None:
    """Which event is meant."""
    offered = turn.state.offered
    if offered is None or turn.meaning.intent not in ("choose", "join_event", "leave_event"):
        return None
    id = finding.picked(turn, offered)
    if id is None:
        return None
    turn.leave()
    return _asked(turn, turn.session.get_one(Event, id), arguments["act"])


def chosen(turn: Turn, id: int) -> Reply:
    """One event of the list: shall a seat be taken?"""
    return _asked(turn, turn.session.get_one(Event, id), "join")


STEPS: Mapping[str, Step] = {
    "event-join": Step("join_event", yes=join),
    "event-leave": Step("leave_event", yes=leave),
    "event-which": Step("join_event", answer=which_answer),
}


def _by_date(some: Sequence[Event]) -> list[Event]:
    """The next first; `coming` gives those that are near the reader."""
    return sorted(some, key=lambda one: (one.starts_at, one.id))


def _topic(turn: Turn) -> str:
    return named(turn, "topic", turn.text("topic")) if turn.phrase("topic") else ""


def _one(turn: Turn, some: Sequence[Event], act: str) -> Reply:
    if not some:
        return Reply((Text("no-events"),))
    picked = list(which.numbered(turn, "events", some, lambda one: one.id))
    said = turn.text("topic") or turn.text("title") or turn.text("text")
    if said:
        fitting = [one for one in picked if _is_named(turn, one, said)]
        picked = fitting or picked
    elif len(picked) > 1:
        picked = _most_named(turn, picked)
    if len(picked) == 1:
        return _asked(turn, picked[0], act)
    shown = picked or list(some)
    turn.choose("event-which", "events", [one.id for one in shown], act=act)
    return Reply((Text(f"ask-which-event-{act}"),), tuple(line(turn, one) for one in shown[:PAGE]))


def _is_named(turn: Turn, one: Event, said: str) -> bool:
    titles = (one.title.casefold(), one.title_en.casefold())
    said = said.casefold()
    if said == one.topic or any(said in title or title in said for title in titles if title):
        return True
    if said.isascii():
        return any(len(word) >= WORD and word in titles[1].replace(":", "").split() for word in said.split())
    return any(said[at : at + ALIKE] in titles[0] for at in range(len(said) - ALIKE + 1))


def _most_named(turn: Turn, some: list[Event]) -> list[Event]:
    """Those of whose titles most was said, in whatever words ("that one with the opera, sign me up"); else all."""
    said = turn.locale.incoming(turn.words)
    pairs = {said[at : at + ALIKE] for at in range(len(said) - ALIKE + 1)} if not said.isascii() else set()
    named_by = [sum(pair in one.title for pair in pairs) for one in some]
    return [one for one, many in zip(some, named_by, strict=True) if many == max(named_by)]


def _asked(turn: Turn, event: Event, act: str) -> Reply:
    _ = turn.reader
    said = values(turn, event)
    left = events.seats_left(turn.session, event=event)
    choices = turn.confirm(f"event-{act}", event=event.id)
    if act == "join" and left is not None and left > 0:
        return Reply((Text("event-join-read-back-seats", {**said, "seats": left}),), choices)
    return Reply((Text(f"event-{act}-read-back", said),), choices)


def values(turn: Turn, event: Event) -> dict[str, Value]:
    """What is said of an event: what, when, where."""
    return {
        "title": naming.event(turn, event),
        "moment": event.starts_at.astimezone(turn.services.zone),
        "place": naming.place(turn, event.org_unit),
    }
