"""Holds: placed with the pick-up point read back, listed (ready, or only expected: never confused), ended, rested."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, timedelta

from bot.dialogue import named, naming
from bot.dialogue.flows import finding, searching, several, which
from bot.dialogue.flows.places import PICKUP
from bot.dialogue.steps import Arguments, Step, left, with_question
from bot.dialogue.turn import PAGE, Turn
from bot.messages import Reply, Text, Value, Word
from bot.understanding.meaning import Meaning
from catalog import audit
from catalog.circulation import availability, holds
from catalog.circulation.tables import Hold
from catalog.delivery.tables import DeliveryRequest
from catalog.organisation import directory
from catalog.organisation.tables import OrgUnit
from catalog.records.tables import BibliographicRecord

ENDING = {"events": "leave_event", "deliveries": "change_delivery"}
"""What "cancel the first" ends where this kind of thing is listed; else it is a hold."""
REST = timedelta(days=30)
"""How long a hold rests if no day is said."""


def place_hold(turn: Turn) -> Reply:
    """Put a book aside at a pick-up location; where holds are listed, a number means one that is there already."""
    instead = _of_a_hold(turn)
    if instead is not None:
        turn.meaning = turn.understood = instead
        return _one(turn, instead.intent.removesuffix("_hold"))
    books = several.several(turn, turn.meaning) or several.on_offer(turn)
    if books is not None:
        return read_back(turn, books.ids, before=books.without)
    one = which.book(turn, "hold-what")
    return one if isinstance(one, Reply) else read_back(turn, [one])


def _of_a_hold(turn: Turn) -> Meaning | None:
    """What else may have been said of a hold that is listed and called by its number."""
    offered = turn.state.offered
    if offered is None or offered.kind != "holds" or turn.number("ordinal") is None or turn.phrase("title"):
        return None
    return next((one for one in turn.meaning.rivals if one.intent in ("cancel_hold", "suspend_hold")), None)


def read_back(turn: Turn, ids: Sequence[int], pickup: OrgUnit | None = None, *, before: tuple[Text, ...] = ()) -> Reply:
    """Say what would be put aside where, and ask; without a usual or named place ask for one."""
    patron = turn.reader
    ids = [searching.lent(turn, one) for one in ids]
    turn.state.chosen = ids[0]
    named = turn.phrase("place") or turn.phrase("library")
    pickup = pickup or which.place(turn)
    if named is not None and (pickup is None or not pickup.is_pickup):
        return _ask_where(turn, ids, Text("not-a-pickup-point", {"place": named.text or named.syllables}), pickup)
    pickup = pickup or patron.pickup
    if pickup is None:
        return _ask_where(turn, ids, Text("ask-which-pickup"), patron.home)
    values: dict[str, Value] = {"title": several.titles(turn, ids), "place": naming.place(turn, pickup)}
    days = []
    sure = True
    for id in ids:
        record = turn.session.get_one(BibliographicRecord, id)
        holds.refuse(turn.session, patron=patron, record=record, now=turn.now)
        day, certain = availability.at_place(turn.session, record=record, patron=patron, place=pickup, now=turn.now)
        days += [day] if day else []
        sure = sure and certain
    choices = turn.confirm("hold", records=list(ids), pickup=pickup.id)
    if len(days) < len(ids):
        return Reply((*before, Text("hold-read-back", values)), choices)
    asked = "hold-read-back-day" if sure else "hold-read-back-wait" if len(ids) == 1 else "hold-read-back-estimated"
    return Reply((*before, Text(asked, {**values, "day": max(days)})), choices)


def hold(turn: Turn, arguments: Arguments) -> Reply:
    """Place it."""
    pickup = turn.session.get_one(OrgUnit, arguments["pickup"])
    for id in arguments["records"]:
        placed = turn.services.library.place_hold(
            turn.session, patron=turn.reader, record_id=id, pickup=pickup, now=turn.now, by=turn.by
        )
    turn.state.chosen = None
    values: dict[str, Value] = {
        "title": several.titles(turn, arguments["records"]),
        "place": naming.place(turn, pickup),
    }
    if len(arguments["records"]) > 1:
        return Reply((Text("hold-done", values),))
    queue = turn.services.library.queue_place(turn.session, hold=placed)
    expected = turn.services.library.expected(turn.session, hold=placed, now=turn.now)
    if queue:
        values["queue"] = queue
        if expected is None:
            return Reply((Text("hold-done-queue", values),))
        return Reply((Text("hold-done-queue-day", {**values, "day": expected}),))
    if expected is None:
        return Reply((Text("hold-done", values),))
    return Reply((Text("hold-done-day", {**values, "day": expected}),))


def hold_answer(turn: Turn, arguments: Arguments) -> Reply | None:
    """Anything but yes to the read-back: another place, another book."""
    intent = turn.meaning.intent
    pickup = turn.session.get(OrgUnit, arguments["pickup"])
    if intent == "cancel_hold" and turn.number("ordinal") is None and turn.phrase("title") is None:
        turn.leave()
        return left(turn, arguments)
    if intent == "branch_info" and named.named(turn, "place") == PICKUP:
        return _ask_where(turn, arguments["records"], Text("pickup-points"), pickup)
    if intent == "delivery_status":
        return with_question(turn.state)
    other = which.other_editions(turn, arguments["records"])
    if isinstance(other, Reply):
        return other
    if other is not None:
        turn.leave()
        return read_back(turn, other, pickup)
    one = which.answered_book(turn, "hold-what", "place_hold")
    if intent != "find_title" and isinstance(one, int):
        turn.leave()
        return read_back(turn, [one])
    if turn.phrase("place") or turn.phrase("library"):
        turn.leave()
        return read_back(turn, arguments["records"])
    if intent == "place_hold" and not any(turn.phrase(name) for name in ("title", "author", "isbn")):
        turn.leave()
        return read_back(turn, arguments["records"], pickup)
    return None


def what_answer(turn: Turn, arguments: Arguments) -> Reply | None:
    """Which book is to be put aside."""
    one = which.answered_book(turn, "hold-what", "place_hold")
    if one is None or isinstance(one, Reply):
        return one
    turn.leave()
    return read_back(turn, [one])


def where_answer(turn: Turn, arguments: Arguments) -> Reply | None:
    """Where it is to be put aside."""
    offered = turn.state.offered
    if turn.meaning.intent == "choose" and offered is not None:
        id = finding.picked(turn, offered)
        if id is not None:
            turn.leave()
            return read_back(turn, arguments["records"], turn.session.get(OrgUnit, id))
    if turn.meaning.intent in ("more_results", "previous_results") and offered is not None:
        page = offered.page + (1 if turn.meaning.intent == "more_results" else -1)
        if not 0 <= page * PAGE < len(offered.ids):
            return with_question(turn.state, Text("no-more-results" if page else "no-earlier-results"))
        points = [turn.session.get_one(OrgUnit, id) for id in offered.ids]
        return _points(turn, arguments["records"], Text("pickup-points"), points, page)
    if turn.phrase("place") or turn.phrase("library"):
        turn.leave()
        return read_back(turn, arguments["records"])
    return None


def list_holds(turn: Turn) -> Reply:
    """What is put aside or waited for."""
    mine = turn.services.library.holds(turn.session, patron=turn.reader)
    if not mine:
        return Reply((Text("no-holds"),))
    turn.offer("holds", [one.id for one in mine])
    ready = sum(1 for one in mine if one.status == "ready")
    stay = (Text("holds-stay"),) if named.says(turn, "holds_stay") else ()
    return page(turn, (*stay, Text("holds-count", {"count": len(mine), "ready": ready})))


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
    if one.delivery_id is not None:
        delivery = turn.session.get(DeliveryRequest, one.delivery_id)
        return Word("hold-by-delivery", {"day": delivery.promised_date}) if delivery else Word("hold-waiting")
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
    return _one(turn, "cancel")


def suspend_hold(turn: Turn) -> Reply:
    """Rest a hold for a while."""
    return _one(turn, "suspend")


def cancel(turn: Turn, arguments: Arguments) -> Reply:
    """End it."""
    ended = turn.session.get_one(Hold, arguments["hold"])
    turn.services.library.cancel_hold(turn.session, hold=ended, now=turn.now, by=turn.by)
    turn.state.offered = None
    return Reply((Text("hold-cancelled", {"title": naming.title(ended.record)}),))


def suspend(turn: Turn, arguments: Arguments) -> Reply:
    """Rest it."""
    rested = turn.session.get_one(Hold, arguments["hold"])
    until = date.fromisoformat(arguments["until"])
    turn.services.library.suspend_hold(turn.session, hold=rested, until=until, now=turn.now, by=turn.by)
    return Reply((Text("hold-suspended", {"title": naming.title(rested.record), "day": until}),))


def suspend_answer(turn: Turn, arguments: Arguments) -> Reply | None:
    """Another day for the rest."""
    until = _until(turn)
    if until is None:
        return None
    turn.leave()
    return _asked(turn, turn.session.get_one(Hold, arguments["hold"]), "suspend", until)


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
    "hold": Step("place_hold", yes=hold, answer=hold_answer),
    "hold-what": Step("place_hold", answer=what_answer),
    "hold-where": Step("place_hold", answer=where_answer),
    "hold-cancel": Step("cancel_hold", yes=cancel),
    "hold-suspend": Step("suspend_hold", yes=suspend, answer=suspend_answer),
    "hold-which": Step("cancel_hold", answer=which_answer),
}


def _ask_where(turn: Turn, ids: Sequence[int], text: Text, near: OrgUnit | None) -> Reply:
    return _points(turn, ids, text, directory.pickup_points(turn.session, near=near or turn.reader.home))


def _points(turn: Turn, ids: Sequence[int], text: Text, points: Sequence[OrgUnit], page: int = 0) -> Reply:
    """A page of the places where it can be collected; the question stays the same."""
    turn.choose("hold-where", "places", [one.id for one in points], records=list(ids))
    turn.offer("places", [one.id for one in points], page=page)
    shown = points[page * PAGE : (page + 1) * PAGE]
    more = len(points) > (page + 1) * PAGE
    choices = tuple(Text("choice-place", {"place": naming.place(turn, one)}) for one in shown)
    return Reply((text,), choices, (Text("ask-more"),) if more else ())


def _one(turn: Turn, act: str) -> Reply:
    mine: Sequence[Hold] = turn.services.library.holds(turn.session, patron=turn.reader)
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
    title = naming.title(one.record)
    if act == "cancel":
        return Reply((Text("hold-cancel-read-back", {"title": title}),), turn.confirm("hold-cancel", hold=one.id))
    day = until or turn.today + REST
    choices = turn.confirm("hold-suspend", hold=one.id, until=day)
    return Reply((Text("hold-suspend-read-back", {"title": title, "day": day}),), choices)


def _until(turn: Turn) -> date | None:
    days = turn.number("days")
    return turn.day() or (turn.today + timedelta(days) if days else None)
