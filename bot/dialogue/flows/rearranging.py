"""Deliveries under way: how far they are, another day or address, and calling one off."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from bot.dialogue import naming
from bot.dialogue.flows import addressing, delivering, finding, holding, which
from bot.dialogue.flows.delivering import not_on_that_day, promised_values, window
from bot.dialogue.named import says
from bot.dialogue.steps import Arguments, Step, with_question
from bot.dialogue.turn import Turn
from bot.messages import Reply, Several, Text, Value, Word
from bot.understanding.meaning import Meaning
from catalog.circulation import holds, policies
from catalog.circulation.tables import Hold
from catalog.delivery import errands, requests
from catalog.delivery.tables import DeliveryRequest
from catalog.organisation.calendar import delivery_date
from catalog.patrons import addresses
from catalog.refusals import AlreadyOnItsWay


def delivery_status(turn: Turn) -> Reply:
    """How far the deliveries are."""
    open_ = requests.of_patron(turn.session, patron=turn.reader)
    if not open_:
        return Reply((Text("no-deliveries"),))
    turn.offer("deliveries", [one.id for one in open_])
    turn.state.state = "idle"
    texts = [Text("delivery-count", {"count": len(open_)})] if len(open_) > 1 else []
    return Reply((*texts, *(text for one in open_[:3] for text in (_status(turn, one), *brought_by(turn, one)))))


def brought_by(turn: Turn, one: DeliveryRequest) -> tuple[Text, ...]:
    """Who comes: the volunteers who have said that they go, by their names, else the place with its van or courier."""
    going = tuple(person.name for person in errands.going(turn.session, one) if person.name)
    if going:
        return (Text("delivery-by-people", {"names": Several(going)}),)
    if one.org_unit.van_days:
        by = policies.for_patron(turn.session, one.patron).delivery_by
        return (Text(f"delivery-by-{by}", {"place": naming.place(turn, one.org_unit)}),)
    return (Text("delivery-by-nobody-yet"),)


def change_delivery(turn: Turn) -> Reply:
    """Another day or address for a delivery, or none at all."""
    open_ = requests.of_patron(turn.session, patron=turn.reader)
    if not open_:
        return _nothing_to_change(turn)
    picked = which.numbered(turn, "deliveries", open_, lambda one: one.id)
    if turn.phrase("title"):
        picked = [one for one in picked if which.named(turn, requests.books(turn.session, delivery=one), lambda r: r)]
    if not picked:
        return Reply((Text("no-such-delivery"),))
    day, where = turn.day(), addressing.said(turn)
    if isinstance(where, Text) and len(picked) == 1:
        return _ask_where(turn, where, delivery=picked[0].id, day=day)
    wanted = {
        "day": day.isoformat() if day else None,
        **(addressing.arguments_of(where) if not isinstance(where, Text) else {}),
    }
    if len(picked) > 1:
        turn.choose("change-which", "deliveries", [one.id for one in picked], **wanted)
        return Reply((Text("ask-which-delivery"),), tuple(_delivery_choice(turn, one) for one in picked[:3]))
    return _change(turn, picked[0], wanted)


def _nothing_to_change(turn: Turn) -> Reply:
    """Nothing is on its way: a book that was just spoken of is collected, or brought to the address that was said."""
    if turn.state.chosen is not None and says(turn, "collect"):
        return holding.read_back(turn, [turn.state.chosen])
    if turn.state.chosen is not None and turn.phrase("place") is not None:
        return delivering.read_back(turn, [turn.state.chosen], day=turn.day())
    return Reply((Text("no-deliveries"),))


def _change(turn: Turn, delivery: DeliveryRequest, wanted: Mapping[str, Any]) -> Reply:
    """Read a wanted change back, or ask what is to be changed."""
    if delivery.status == "dispatched":
        raise AlreadyOnItsWay()
    address = addressing.held(turn, wanted)
    day = date.fromisoformat(wanted["day"]) if wanted.get("day") else None
    if day is None and address is None:
        return _unsaid(turn, delivery)
    if day is not None and day < turn.today:
        turn.ask("change-day", ("date", "days", "place"), delivery=delivery.id, **addressing.arguments_of(address))
        return Reply((Text("day-is-past", {"day": day}), Text("ask-which-day")))
    place = address.org_unit if address else delivery.org_unit
    soonest = delivery.promised_date if delivery.asked_date is None else turn.today
    ready = max(day or delivery.promised_date, soonest)
    promised = delivery_date(turn.session, place=place, now=turn.now, ready=ready)
    held = {"day": day.isoformat() if day else None, **addressing.arguments_of(address)}
    choices = turn.confirm("change", delivery=delivery.id, **held)
    values: dict[str, Value] = {
        "titles": _titles(turn, delivery),
        "address": address.text if address else delivery.address_text,
        "day": promised,
        "window": window(delivery.window),
    }
    return Reply((*not_on_that_day(day, promised, soonest), Text("change-read-back", values)), choices)


def _unsaid(turn: Turn, delivery: DeliveryRequest) -> Reply:
    """It was not said what is to be changed, or it was no day that there is."""
    if says(turn, "call_off") or says(turn, "collect"):
        return _ask_call_off(turn, delivery)
    if says(turn, "address"):
        return _ask_where(turn, Text("deliver-which-address"), delivery=delivery.id)
    if says(turn, "dated"):
        turn.ask("change-day", ("date", "days", "place"), delivery=delivery.id)
        return Reply((Text("day-not-known"),))
    turn.state.chosen = None
    turn.choose("change-what", "deliveries", [delivery.id], delivery=delivery.id)
    turn.state.choices = [Meaning("choose", {"ordinal": number}) for number in (1, 2)]
    return Reply(
        (_status(turn, delivery), Text("ask-what-to-change")), (Text("choice-other-day"), Text("choice-call-off"))
    )


def _ask_where(turn: Turn, why: Text, **arguments: Any) -> Reply:
    part = addressing.part(why, str(arguments.get("part") or ""))
    turn.ask("change-where", ("place", "date"), **{**arguments, "part": part})
    return Reply((why,))


def _ask_call_off(turn: Turn, delivery: DeliveryRequest) -> Reply:
    choices = turn.confirm("call-off", delivery=delivery.id)
    return Reply((Text("call-off-read-back", {"titles": _titles(turn, delivery)}),), choices)


def change(turn: Turn, arguments: Arguments) -> Reply:
    """Make the change."""
    address = addressing.agreed(turn, arguments, lasting=False)
    delivery = requests.change(
        turn.session,
        delivery=turn.session.get_one(DeliveryRequest, arguments["delivery"]),
        date=date.fromisoformat(arguments["day"]) if arguments.get("day") else None,
        address=address,
        now=turn.now,
        by=turn.by,
    )
    if arguments.get("to") and address is not None:
        addresses.once(turn.session, address)
    return Reply((Text("change-done", {"address": delivery.address_text, **promised_values(delivery)}),))


def change_answer(turn: Turn, arguments: Arguments) -> Reply | None:
    """Anything but yes to the change read back, or to the question what to change: a day, or an address."""
    delivery = turn.session.get_one(DeliveryRequest, arguments["delivery"])
    before = str(arguments.get("part") or "")
    where = addressing.said(turn, before) if turn.meaning.intent != "cancel" else None
    day = turn.day()
    kept = {name: arguments.get(name) for name in ("day", "address", "to", "place")}
    if where is not None and not isinstance(where, Text):
        kept = {"day": kept["day"], **addressing.arguments_of(where)}
    asked_day = turn.state.pending is not None and turn.state.pending.step == "change-day"
    if asked_day and day is None and where is not None and not addressing.is_one(where):
        return with_question(turn.state, Text("day-not-known"))
    if isinstance(where, Text):
        return _ask_where(turn, where, **{**kept, "delivery": delivery.id, "part": before or None})
    if day is None and where is None:
        return _unsaid(turn, delivery) if turn.meaning.intent == "change_delivery" else None
    if day is not None and day < turn.today and turn.state.state == "confirming":
        return with_question(turn.state, Text("day-is-past", {"day": day}))
    turn.leave()
    return _change(turn, delivery, {**kept, "day": day.isoformat() if day else kept["day"]})


def which_answer(turn: Turn, arguments: Arguments) -> Reply | None:
    """Which delivery is to be changed."""
    offered = turn.state.offered
    id = finding.picked(turn, offered) if offered and turn.meaning.intent == "choose" else None
    if id is None:
        return None
    turn.leave()
    return _change(turn, turn.session.get_one(DeliveryRequest, id), arguments)


def what_to_change(turn: Turn, arguments: Arguments) -> Reply | None:
    """Another day, or call it off."""
    changed = change_answer(turn, arguments)
    if changed is not None:
        return changed
    delivery = turn.session.get_one(DeliveryRequest, arguments["delivery"])
    if turn.meaning.intent == "cancel" or (turn.meaning.intent == "choose" and turn.number("ordinal") in (2, -1)):
        return _ask_call_off(turn, delivery)
    if turn.meaning.intent == "choose" and turn.number("ordinal") == 1:
        turn.ask("change-day", ("date", "days", "place"), delivery=delivery.id)
        return Reply((Text("ask-which-day"),))
    return None


def call_off(turn: Turn, arguments: Arguments) -> Reply:
    """Call a delivery off."""
    delivery = turn.session.get_one(DeliveryRequest, arguments["delivery"])
    titles = _titles(turn, delivery)
    requests.cancel(turn.session, delivery=delivery, now=turn.now, by=turn.by)
    return Reply((Text("call-off-done", {"titles": titles}),))


def chosen(turn: Turn, id: int) -> Reply:
    """One delivery of the list on offer."""
    turn.state.state = "idle"
    return Reply((_status(turn, turn.session.get_one(DeliveryRequest, id)),))


def _delivery_choice(turn: Turn, one: DeliveryRequest) -> Text:
    kind = "choice-delivery" if one.kind == "bring" else "choice-fetch"
    return Text(kind, {"titles": _titles(turn, one), "day": one.promised_date})


def _status(turn: Turn, one: DeliveryRequest) -> Text:
    """How far it is; where no book of it is there yet, that the day is only likely, or that nobody can say."""
    wishes = requests.brings(turn.session, one) if one.kind == "bring" and one.status != "dispatched" else []
    if wishes and not any(wish.item_id for wish in wishes):
        return waiting(turn, one, wishes[0])
    values: dict[str, Value] = {"titles": _titles(turn, one), "address": one.address_text, **promised_values(one)}
    return Text(f"delivery-{one.kind}-{one.status}", values)


def waiting(turn: Turn, one: DeliveryRequest, wish: Hold) -> Text:
    """That no copy is there yet for a delivery, and the round that is likely to bring one."""
    values: dict[str, Value] = {"titles": _titles(turn, one), "address": one.address_text, **promised_values(one)}
    likely = holds.expected(turn.session, wish, now=turn.now)
    if likely is None:
        return Text("delivery-bring-unknown", values)
    day = delivery_date(turn.session, place=one.org_unit, now=turn.now, ready=max(likely, one.promised_date))
    return Text("delivery-bring-waiting", values | {"day": day})


def _titles(turn: Turn, one: DeliveryRequest) -> Value:
    books = requests.books(turn.session, delivery=one)
    return Several(tuple(naming.title(record) for record in books[:3])) if books else Word("some-books")


STEPS: Mapping[str, Step] = {
    "change": Step("change_delivery", yes=change, answer=change_answer),
    "change-which": Step("change_delivery", answer=which_answer),
    "change-what": Step("change_delivery", answer=what_to_change),
    "change-day": Step("change_delivery", answer=change_answer),
    "change-where": Step("change_delivery", answer=change_answer),
    "call-off": Step("change_delivery", yes=call_off),
}
