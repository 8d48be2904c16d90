"""Holds that are placed: listed (ready, or only expected: never confused), ended, rested."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import date, timedelta

from bot.dialogue import named, naming
from bot.dialogue.flows import correcting, finding, which
from bot.dialogue.steps import Arguments, Step
from bot.dialogue.turn import PAGE, Turn
from bot.messages import Reply, Several, Text, Value, Word
from catalog import audit
from catalog.circulation.tables import Hold
from catalog.connectors import queue
from catalog.delivery.tables import DeliveryRequest
from catalog.refusals import WillBeDone

ENDING = {"events": "leave_event", "deliveries": "change_delivery"}
"""What "cancel the first" ends where this kind of thing is listed; else it is a hold."""
REST = timedelta(days=30)
"""How long a hold rests if no day is said."""


def list_holds(turn: Turn) -> Reply:
    """What is put aside or waited for."""
    mine = turn.services.library.holds(turn.session, patron=turn.reader)
    waiting = len(queue.waiting(turn.session, patron=turn.reader))
    written = (Text("wishes-waiting", {"count": waiting}),) if waiting else ()
    if not mine:
        return Reply((Text("no-holds"), *written))
    turn.offer("holds", [one.id for one in mine])
    ready = sum(1 for one in mine if one.status == "ready")
    stay = (Text("holds-stay"),) if named.says(turn, "holds_stay") else ()
    return page(turn, (*stay, Text("holds-count", {"count": len(mine), "ready": ready}), *written))


def page(turn: Turn, texts: tuple[Text, ...]) -> Reply:
    """The page of the holds on offer."""
    offered = turn.state.offered
    assert offered is not None
    shown = turn.offer("holds", offered.ids, page=offered.page)
    listed = [one for id in shown if (one := turn.session.get(Hold, id)) is not None]
    more = len(offered.ids) > (offered.page + 1) * PAGE
    return Reply(texts, tuple(line(turn, one) for one in listed), (Text("ask-more"),) if more else ())


def line(turn: Turn, one: Hold) -> Text:
    """One hold in a line: the title, then how far it is; "expected" is never said as "ready"."""
    values: dict[str, Value] = {"title": naming.title(one.record), "state": state(turn, one)}
    return Text("choice-hold", values)


def state(turn: Turn, one: Hold) -> Word:
    """How far a hold is, in words."""
    place = naming.place(turn, one.pickup) if one.pickup else ""
    if one.delivery_id is not None and one.item_id is not None:
        delivery = turn.session.get_one(DeliveryRequest, one.delivery_id)
        return Word("hold-by-delivery", {"day": delivery.promised_date})
    if one.status == "ready":
        if one.pickup_until is not None:
            return Word("hold-ready-until", {"place": place, "day": one.pickup_until})
        return Word("hold-ready", {"place": place})
    if one.status == "suspended":
        return Word("hold-resting", {"day": one.suspended_until}) if one.suspended_until else Word("hold-resting-open")
    expected = turn.services.library.expected(turn.session, hold=one, now=turn.now)
    queue = turn.services.library.queue_place(turn.session, hold=one)
    if queue:
        if expected is not None:
            return Word("hold-queue-day", {"queue": queue, "day": expected})
        return Word("hold-queue", {"queue": queue})
    if expected is not None:
        return Word("hold-coming-day", {"place": place, "day": expected})
    return Word("hold-coming", {"place": place})


def cancel_hold(turn: Turn) -> Reply:
    """End a hold; a number alone means what is listed, whatever that is."""
    offered = turn.state.offered
    ending = ENDING.get(offered.kind if offered is not None else "")
    if ending is not None and turn.number("ordinal") is not None and not named.says(turn, "a_hold"):
        return turn.go_on_with(ending)
    return act_on(turn, "cancel")


def suspend_hold(turn: Turn) -> Reply:
    """Rest a hold for a while, or all of them; or wake those that rest."""
    if named.says(turn, "resume"):
        return _wake(turn)
    mine = _awake(turn)
    everything = named.says(turn, "all") or named.says(turn, "away")
    if len(mine) > 1 and everything and turn.phrase("title") is None:
        return _asked_to_rest(turn, mine, _until(turn))
    return act_on(turn, "suspend")


def cancel(turn: Turn, arguments: Arguments) -> Reply:
    """End it."""
    ended = turn.session.get_one(Hold, arguments["hold"])
    turn.services.library.cancel_hold(turn.session, hold=ended, now=turn.now, by=turn.by)
    turn.state.offered = None
    return Reply((Text("hold-cancelled", {"title": naming.title(ended.record)}),))


def suspend(turn: Turn, arguments: Arguments) -> Reply:
    """Rest it, or them."""
    until, library = date.fromisoformat(arguments["until"]), turn.services.library
    mine = [turn.session.get_one(Hold, id) for id in arguments["holds"]]
    _each(mine, lambda hold: library.suspend_hold(turn.session, hold=hold, until=until, now=turn.now, by=turn.by))
    return Reply((Text("hold-suspended", {"title": _titles(mine), "day": until}),))


def resume(turn: Turn, arguments: Arguments) -> Reply:
    """Wake those that rest, at their old places."""
    library = turn.services.library
    mine = [turn.session.get_one(Hold, id) for id in arguments["holds"]]
    _each(mine, lambda hold: library.resume_hold(turn.session, hold=hold, now=turn.now, by=turn.by))
    return Reply((Text("hold-resumed", {"title": _titles(mine)}),))


def suspend_answer(turn: Turn, arguments: Arguments) -> Reply | None:
    """Another day for the rest."""
    until = _until(turn)
    if until is None:
        return None
    turn.leave()
    return _asked_to_rest(turn, [turn.session.get_one(Hold, id) for id in arguments["holds"]], until)


def which_answer(turn: Turn, arguments: Arguments) -> Reply | None:
    """Which hold is meant."""
    offered = turn.state.offered
    if offered is None or turn.meaning.intent not in ("choose", "cancel_hold", "suspend_hold"):
        return None
    id = finding.picked(turn, offered)
    if id is None:
        return None
    turn.leave()
    until = date.fromisoformat(arguments["until"]) if arguments.get("until") else None
    return _asked(turn, turn.session.get_one(Hold, id), arguments["act"], until)


def chosen(turn: Turn, id: int) -> Reply:
    """One hold of the list: how far it is, and whether it shall stay."""
    one = turn.session.get_one(Hold, id)
    turn.offer("holds", [id])
    return Reply((line(turn, one), Text("hold-what-to-do")))


STEPS: Mapping[str, Step] = {
    "hold-cancel": Step("cancel_hold", yes=cancel),
    "hold-suspend": Step("suspend_hold", yes=suspend, answer=suspend_answer),
    "hold-resume": Step("suspend_hold", yes=resume),
    "hold-which": Step("cancel_hold", answer=which_answer),
}


def act_on(turn: Turn, act: str) -> Reply:
    """End (`act` cancel) or rest (suspend) the hold that is meant, after one question; or ask which."""
    mine: Sequence[Hold] = turn.services.library.holds(turn.session, patron=turn.reader)
    wish = correcting.last_wish(turn, "place_hold") if act == "cancel" else None
    if wish is not None and (not mine or named.says(turn, "that_one")):
        return correcting.ask_wish(turn, wish)
    if not mine:
        return Reply((Text("no-holds"),))
    picked = which.named(turn, which.numbered(turn, "holds", mine, lambda one: one.id), lambda one: one.record)
    until = _until(turn)
    offered = turn.state.offered
    if len(picked) == len(mine) > 1 and named.says(turn, "that_one"):
        picked = _just_placed(turn, mine) or picked
    if len(picked) > 1 and offered is not None and offered.kind == "holds" and len(offered.ids) == 1:
        picked = [one for one in picked if one.id in offered.ids]
    if len(picked) == 1:
        return _asked(turn, picked[0], act, until)
    missing = not picked
    shown = list(picked or mine)
    turn.choose("hold-which", "holds", [one.id for one in shown], act=act, until=until)
    text = Text("no-such-hold" if missing else f"ask-which-hold-{act}")
    return Reply((text,), tuple(line(turn, one) for one in shown[:PAGE]))


def _just_placed(turn: Turn, mine: Sequence[Hold]) -> list[Hold]:
    """The hold of `mine` that was placed last in this talk."""
    for id in reversed(turn.state.recent):
        placed = {one.ids.get("hold") for one in audit.of_turn(turn.session, id)}
        found = [one for one in mine if str(one.id) in placed]
        if found:
            return found
    return []


def _asked(turn: Turn, one: Hold, act: str, until: date | None) -> Reply:
    if act == "suspend":
        return _asked_to_rest(turn, [one], until)
    title = naming.title(one.record)
    return Reply((Text("hold-cancel-read-back", {"title": title}),), turn.confirm("hold-cancel", hold=one.id))


def _asked_to_rest(turn: Turn, mine: Sequence[Hold], until: date | None) -> Reply:
    day = until or turn.today + REST
    choices = turn.confirm("hold-suspend", holds=[one.id for one in mine], until=day)
    return Reply((Text("hold-suspend-read-back", {"title": _titles(mine), "day": day}),), choices)


def _wake(turn: Turn) -> Reply:
    """Shall those that rest, or the one that is named, wait again?"""
    resting = [
        one for one in turn.services.library.holds(turn.session, patron=turn.reader) if one.status == "suspended"
    ]
    mine = which.named(turn, resting, lambda one: one.record) or resting
    if not mine:
        return Reply((Text("no-hold-rests"),))
    choices = turn.confirm("hold-resume", holds=[one.id for one in mine])
    return Reply((Text("hold-resume-read-back", {"title": _titles(mine)}),), choices)


def _awake(turn: Turn) -> list[Hold]:
    mine = turn.services.library.holds(turn.session, patron=turn.reader)
    return [one for one in mine if one.status in ("waiting", "ready")]


def _titles(mine: Sequence[Hold]) -> Value:
    return Several(tuple(naming.title(one.record) for one in mine))


def _each(mine: Sequence[Hold], act: Callable[[Hold], Hold]) -> None:
    """Do it for each; where the library's system is away, each is written down before that is said."""
    later: WillBeDone | None = None
    for one in mine:
        try:
            act(one)
        except WillBeDone as written:
            later = written
    if later is not None:
        raise later


def _until(turn: Turn) -> date | None:
    days = turn.number("days")
    return turn.day() or (turn.today + timedelta(days) if days else None)
