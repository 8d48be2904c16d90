"""Books brought home, ordered with one read-back; whatever is corrected meanwhile, the order is not lost."""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from bot.dialogue import named, naming
from bot.dialogue.flows import addressing, finding, holding, searching, several, which
from bot.dialogue.steps import Arguments, Step, with_question
from bot.dialogue.turn import Turn
from bot.messages import Code, Reply, Text, Value, Word
from bot.understanding.meaning import Meaning
from catalog import audit
from catalog.delivery import requests
from catalog.delivery.tables import DeliveryRequest
from catalog.organisation.calendar import delivery_date
from catalog.patrons import addresses
from catalog.patrons.blocks import refuse_blocked
from catalog.patrons.tables import Address

CHANCE = random.SystemRandom()
"""Only for the code word that is said at the door."""
KEEP = 3
"""The number of the choice that also keeps a new address on the card."""
CHANGES = ("change_delivery", "request_delivery", "none", "no", "choose", "branch_info")
"""What may be meant by naming another day or place at the read-back."""
ELSEWHERE = ("place_hold", "list_loans", "list_holds")
"""What is no answer to the question for an address, whatever place is named with it."""


def request_delivery(turn: Turn) -> Reply:
    """Have a book brought home; a place alone, said right after an order, is where that order is to go."""
    if turn.phrase("place") is not None and turn.state.chosen is None and _just_ordered(turn):
        return turn.go_on_with("change_delivery")
    books = several.several(turn, turn.meaning) or several.on_offer(turn)
    if books is not None:
        return read_back(turn, books.ids, day=turn.day(), before=books.without)
    one = which.book(turn, "deliver-what")
    if isinstance(one, Reply):
        return one
    return read_back(turn, [one], day=turn.day())


def _just_ordered(turn: Turn) -> bool:
    """Whether the last thing done in this talk was an order, and no book is named now."""
    last = audit.of_turn(turn.session, turn.state.recent[-1]) if turn.state.recent else []
    named_now = any(name in turn.meaning.slots for name in ("title", "author", "subject", "isbn", "ordinal"))
    return not named_now and any(one.what in ("delivery_requested", "delivery_changed") for one in last)


def read_back(
    turn: Turn,
    ids: Sequence[int],
    *,
    address: Address | None = None,
    day: date | None = None,
    before: tuple[Text, ...] = (),
) -> Reply:
    """Say what would be brought where and when, and ask; where no address is known, or several are, ask which first."""
    patron = turn.reader
    ids = [searching.lent(turn, one) for one in ids]
    turn.state.chosen = ids[0]
    if day is not None and day < turn.today:
        before, day = (*before, Text("day-is-past", {"day": day})), None
    said = address or addressing.said(turn)
    if isinstance(said, Text):
        return ask_where(turn, said, records=list(ids), day=day, part=addressing.part(said, ""))
    address = said
    if address is None and (point := which.place(turn)) is not None and point.is_pickup:
        return holding.read_back(turn, ids, point, before=before)
    usable = addressing.on_card(turn)
    if address is None and len(usable) > 1:
        turn.choose("deliver-where", "addresses", [one.id for one in usable], records=list(ids), day=day)
        return Reply((*before, Text("ask-which-address")), tuple(_address_choice(one) for one in usable[:3]))
    if address is None and not usable:
        refuse_blocked(turn.session, patron=patron, now=turn.now)
        return ask_where(turn, Text("deliver-ask-address"), records=list(ids), day=day)
    promises = [
        requests.promise(turn.session, patron=patron, record_id=one, address=address, now=turn.now) for one in ids
    ]
    promise = max(promises, key=lambda one: (one.date, not one.certain))
    promised = promise.date
    if day is not None and day > promised:
        promised = delivery_date(turn.session, place=promise.place, now=turn.now, ready=day)
    address = promise.address
    values: dict[str, Value] = {
        "title": several.titles(turn, ids),
        "address": address.text,
        "place": naming.place(turn, promise.place),
        "day": promised,
        "window": window(promise.window),
        "fee": fee(promise.fee_fen),
    }
    where = addressing.arguments_of(address)
    choices = turn.confirm("deliver", records=list(ids), day=day, promised=promised, **where)
    new = addressing.is_new(address)
    if new:
        choices = (*choices, Text("choice-yes-keep"))
        turn.state.choices.append(Meaning("choose", {"ordinal": KEEP}))
    asked = "deliver-read-back-wait" if not promise.certain else "deliver-read-back"
    texts = (*before, *not_on_that_day(day, promised, promise.date), Text(f"{asked}-new" if new else asked, values))
    return Reply(texts, choices, (Text("deliver-keep-hint"),) if new else ())


def not_on_that_day(wished: date | None, promised: date, soonest: date) -> tuple[Text, ...]:
    """Why it comes on another day than the one wished for: it cannot be had sooner, or no round goes then."""
    if wished is None or wished == promised:
        return ()
    if wished < soonest:
        return (Text("deliver-not-sooner", {"day": promised}),)
    return (Text("deliver-next-round", {"wished": wished, "day": promised}),)


def ask_where(turn: Turn, why: Text, **arguments: Any) -> Reply:
    """Ask for an address, the wish being kept; the address known before, or a pick-up point, will do as well."""
    before = addressing.held(turn, arguments) or next(iter(addressing.on_card(turn)), None)
    turn.ask("deliver-address", ("place", "date"), **arguments)
    offered = [("request_delivery", Text("choice-address", {"address": before.text}))] if before is not None else []
    offered.append(("place_hold", Text("choice-pick-up")))
    turn.state.choices = [Meaning(intent) for intent, _ in offered]
    return Reply((why,), tuple(text for _, text in offered))


def deliver(turn: Turn, arguments: Arguments) -> Reply:
    """Order it."""
    return _ordered(turn, arguments, lasting=bool(arguments.get("to")) and named.says(turn, "keep"))


def _ordered(turn: Turn, arguments: Arguments, *, lasting: bool) -> Reply:
    patron = turn.reader
    address = addressing.agreed(turn, arguments, lasting=lasting)
    delivery = requests.request(
        turn.session,
        patron=patron,
        record_ids=arguments["records"],
        address=address,
        now=turn.now,
        by=turn.by,
        chance=CHANCE,
    )
    day = _kept(arguments)
    if day is not None and day > delivery.promised_date:
        delivery = requests.change(turn.session, delivery=delivery, date=day, now=turn.now, by=turn.by)
    if arguments.get("to") and address is not None and not lasting:
        addresses.once(turn.session, address)
    turn.state.chosen = None
    values = {"title": several.titles(turn, arguments["records"]), **promised_values(delivery)}
    done = Text("deliver-done", values)
    return Reply((done, Text("address-saved")) if lasting else (done,))


def deliver_answer(turn: Turn, arguments: Arguments) -> Reply | None:
    """Anything but yes to the read-back: another day, another address, another book, or to be collected instead."""
    intent, records, held = turn.meaning.intent, arguments["records"], addressing.held(turn, arguments)
    if intent == "choose" and arguments.get("to") and turn.number("ordinal") == KEEP:
        turn.leave()
        return _ordered(turn, arguments, lasting=True)
    if intent == "delivery_status":
        return with_question(turn.state)
    other = which.other_editions(turn, records)
    if isinstance(other, Reply):
        return other
    if other is not None:
        turn.leave()
        return read_back(turn, other, address=held, day=turn.day() or _kept(arguments))
    one = which.answered_book(turn, "deliver-what", "request_delivery")
    if intent != "find_title" and isinstance(one, int):
        turn.leave()
        return read_back(turn, [one])
    if named.says(turn, "collect") and intent in (*CHANGES, "place_hold", "cancel_hold"):
        turn.leave()
        return holding.read_back(turn, records)
    if intent not in CHANGES and intent != "place_hold":
        return None
    day, where = turn.day(), addressing.said(turn)
    if isinstance(where, Text):
        return ask_where(turn, where, **{**arguments, "part": addressing.part(where, "")})
    if where is None and which.place(turn) is not None:
        turn.leave()
        return holding.read_back(turn, records)
    if day is not None and day < turn.today:
        return with_question(turn.state, Text("day-is-past", {"day": day}))
    if day is not None or where is not None:
        turn.leave()
        return read_back(turn, records, address=where or held, day=day or _kept(arguments))
    if intent == "place_hold" and not any(turn.phrase(name) for name in ("title", "author", "isbn")):
        turn.leave()
        return holding.read_back(turn, records)
    if intent == "change_delivery":
        return _what_else(turn, arguments)
    if intent == "request_delivery" and not any(turn.phrase(name) for name in ("title", "author", "isbn")):
        turn.leave()
        return read_back(turn, records, address=held, day=_kept(arguments))
    return None


def _what_else(turn: Turn, arguments: Arguments) -> Reply | None:
    """A change of which neither day nor place is known: it is called off, or what is missing is asked for."""
    if named.says(turn, "call_off"):
        return None
    if named.says(turn, "address"):
        return ask_where(turn, Text("deliver-which-address"), **arguments)
    if named.says(turn, "dated"):
        return with_question(turn.state, Text("day-not-known"))
    turn.ask("deliver-day", ("date", "place"), **arguments)
    return Reply((Text("ask-which-day"),))


def day_answer(turn: Turn, arguments: Arguments) -> Reply | None:
    """The day that was asked for; the order stays under way whatever is said."""
    day = turn.day()
    if turn.meaning.intent == "no":
        turn.leave()
        return read_back(turn, arguments["records"], address=addressing.held(turn, arguments), day=_kept(arguments))
    if day is not None and day < turn.today:
        return with_question(turn.state, Text("day-is-past", {"day": day}))
    where = addressing.said(turn) if day is None and turn.meaning.intent in CHANGES else None
    if turn.meaning.intent in CHANGES and day is None and not addressing.is_one(where):
        return with_question(turn.state, Text("day-not-known"))
    return deliver_answer(turn, arguments)


def address_answer(turn: Turn, arguments: Arguments) -> Reply | None:
    """The address that was asked for; the order stays under way until it is called off."""
    intent, records, day = turn.meaning.intent, arguments["records"], turn.day() or _kept(arguments)
    before = str(arguments.get("part") or "")
    if intent == "place_hold" or named.says(turn, "collect"):
        turn.leave()
        return holding.read_back(turn, records)
    where = addressing.said(turn, before) if intent not in ("cancel", *ELSEWHERE) else None
    if isinstance(where, Text):
        return ask_where(turn, where, **{**arguments, "part": addressing.part(where, before)})
    if where is not None:
        turn.leave()
        return read_back(turn, records, address=where, day=day)
    if intent in CHANGES and turn.phrase("place") is not None and which.place(turn) is not None:
        turn.leave()
        return holding.read_back(turn, records)
    if turn.day() is not None:
        return ask_where(turn, Text("deliver-which-address"), **{**arguments, "day": day})
    known = addressing.held(turn, arguments) or next(iter(addressing.on_card(turn)), None)
    if intent in ("no", "request_delivery") and known is not None:
        turn.leave()
        return read_back(turn, records, address=known, day=day)
    return with_question(turn.state) if intent == "request_delivery" else None


def what_answer(turn: Turn, arguments: Arguments) -> Reply | None:
    """Which book is to be brought."""
    one = which.answered_book(turn, "deliver-what", "request_delivery")
    if one is None or isinstance(one, Reply):
        return one
    turn.leave()
    return read_back(turn, [one])


def where_answer(turn: Turn, arguments: Arguments) -> Reply | None:
    """Which address it is to be brought to."""
    where, offered = addressing.said(turn), turn.state.offered
    day = turn.day() or _kept(arguments)
    if where is None and offered is not None and turn.meaning.intent == "choose":
        id = finding.picked(turn, offered)
        where = turn.session.get(Address, id) if id is not None else None
    if isinstance(where, Text):
        return ask_where(turn, where, **{**arguments, "part": addressing.part(where, "")})
    if where is not None:
        turn.leave()
        return read_back(turn, arguments["records"], address=where, day=day)
    if turn.meaning.intent == "place_hold" or named.says(turn, "collect"):
        turn.leave()
        return holding.read_back(turn, arguments["records"])
    return None


def window(name: str) -> Word:
    """The part of the day in which the round comes."""
    return Word(f"window-{name or 'day'}")


def fee(fen: int) -> Word:
    """What the delivery costs: nothing, or an amount."""
    return Word("fee-free") if fen == 0 else Word("fee-amount", {"yuan": fen / 100})


def promised_values(delivery: DeliveryRequest) -> dict[str, Value]:
    """Day, part of the day and code word of a delivery."""
    return {"day": delivery.promised_date, "window": window(delivery.window), "code": Code(delivery.code_word)}


STEPS: Mapping[str, Step] = {
    "deliver": Step("request_delivery", yes=deliver, answer=deliver_answer),
    "deliver-what": Step("request_delivery", answer=what_answer),
    "deliver-where": Step("request_delivery", answer=where_answer),
    "deliver-address": Step("request_delivery", answer=address_answer),
    "deliver-day": Step("change_delivery", answer=day_answer),
}


def _kept(arguments: Arguments) -> date | None:
    """The day that was asked for before."""
    return date.fromisoformat(arguments["day"]) if arguments.get("day") else None


def _address_choice(address: Address) -> Text:
    return Text("choice-address", {"address": address.text})
