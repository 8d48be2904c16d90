"""Holds: placed with the pick-up point read back. What is placed already stands in held."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from bot.dialogue import named, naming
from bot.dialogue.flows import finding, held, searching, several, which
from bot.dialogue.flows.places import PICKUP
from bot.dialogue.steps import Arguments, Step, left, with_question
from bot.dialogue.turn import PAGE, Turn
from bot.messages import Reply, Text, Value
from bot.understanding.meaning import Meaning
from catalog.circulation import availability, habits, holds
from catalog.organisation import directory
from catalog.organisation.tables import OrgUnit
from catalog.records.tables import BibliographicRecord
from catalog.refusals import WillBeDone


def place_hold(turn: Turn) -> Reply:
    """Put a book aside at a pick-up location; where holds are listed, a number means one that is there already."""
    instead = _of_a_hold(turn)
    if instead is not None:
        turn.meaning = turn.understood = instead
        return held.act_on(turn, instead.intent.removesuffix("_hold"))
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
    pickup = pickup or patron.pickup or habits.last_pickup(turn.session, patron=patron)
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
    later: WillBeDone | None = None
    for id in arguments["records"]:
        try:
            placed = turn.services.library.place_hold(
                turn.session, patron=turn.reader, record_id=id, pickup=pickup, now=turn.now, by=turn.by
            )
        except WillBeDone as written:  # each of them is written down before it is said
            later = written
    if later is not None:
        raise later
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


STEPS: Mapping[str, Step] = {
    "hold": Step("place_hold", yes=hold, answer=hold_answer),
    "hold-what": Step("place_hold", answer=what_answer),
    "hold-where": Step("place_hold", answer=where_answer),
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
