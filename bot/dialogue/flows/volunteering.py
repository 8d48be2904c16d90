"""A volunteer's errands in his own talk: offered, taken by a word, given back, and the time he gave written down.

Whose door it is, is said once he has agreed to go. Who is offered what is decided in catalog.delivery.errands.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from bot.dialogue import named, naming
from bot.dialogue.flows import delivering
from bot.dialogue.steps import Arguments, Step, with_question
from bot.dialogue.turn import Turn
from bot.messages import Code, Phone, Reply, Several, Text, Value
from bot.understanding.meaning import Meaning
from catalog.delivery import errands as rules
from catalog.delivery import requests
from catalog.delivery.tables import Errand, Volunteer

USUAL = ("30", "60", "120")
"""The minutes that are offered as answers; others are said (named.yaml, `spent`)."""


def errands(turn: Turn) -> Reply:
    """What a volunteer says of errands: which there are, that he goes or cannot, that it is done, how long so far."""
    me = rules.volunteer_of(turn.session, patron=turn.reader)
    if me is None:
        turn.missed = not named.says(turn, "errand_named")
        return Reply((Text("not-understood-idle" if turn.missed else "errand-not-a-volunteer"),))
    if named.says(turn, "errand_hours"):
        return Reply((_hours(turn, me),))
    mine = rules.agreed(turn.session, volunteer=me)
    if mine and (named.says(turn, "errand_done") or named.named(turn, "spent")):
        return _spent(turn, mine[0]) or _ask_time(turn, mine[0])
    ahead = [one for one in mine if one.ahead]
    if ahead and named.says(turn, "errand_not"):
        one = ahead[0]
        return Reply((Text("errand-give-back", _offer(turn, one)),), turn.confirm("errand-back", errand=one.id))
    offered = rules.offers(turn.session, volunteer=me, now=turn.now)
    if offered and named.says(turn, "errand_not"):
        return declined(turn, {"errand": offered[0].id})
    texts = [Text("errand-count", {"count": len(ahead)})] if ahead else []
    return _then_next(turn, me, (*texts, *(text for one in ahead for text in _details(turn, one))))


def offer(turn: Turn, errand: Errand) -> tuple[Text, ...]:
    """What a volunteer is told before he says yes: where about, when, how much, and that two go to a first visit."""
    two = rules.wanted(turn.session, errand.delivery) > 1
    texts = (Text("errand-offer", _offer(turn, errand)),)
    return (*texts, Text("errand-two-persons"), Text("errand-ask")) if two else (*texts, Text("errand-ask"))


def accepted(turn: Turn, arguments: Arguments) -> Reply:
    """He goes: now he is told where, and what else is offered.

    ("I cannot go", and asking for one's errands, is of the same intent as the question, but no yes to it.)
    """
    if named.says(turn, "errand_not"):
        return declined(turn, arguments)
    asks = turn.understood is not None and turn.understood.intent == "errands"
    if asks and not turn.pressed and not named.says(turn, "errand_yes"):
        return errands(turn)
    errand = turn.session.get_one(Errand, arguments["errand"])
    rules.accept(turn.session, errand=errand, now=turn.now, by=turn.by)
    return _then_next(turn, errand.volunteer, (Text("errand-accepted"), *_details(turn, errand)))


def declined(turn: Turn, arguments: Arguments) -> Reply:
    """He cannot go; what else is offered is told then."""
    errand = turn.session.get_one(Errand, arguments["errand"])
    rules.decline(turn.session, errand=errand, now=turn.now, by=turn.by)
    return _then_next(turn, errand.volunteer, (Text("errand-declined"),))


def offer_answer(turn: Turn, arguments: Arguments) -> Reply | None:
    """Yes or no in a volunteer's own words ("I go", "I cannot")."""
    act = declined if named.says(turn, "errand_not") else accepted if named.says(turn, "errand_yes") else None
    if act is None or turn.meaning.intent in ("no", "cancel"):
        return None
    turn.leave()
    return act(turn, arguments)


def time_answer(turn: Turn, arguments: Arguments) -> Reply | None:
    """How long it took."""
    if turn.meaning.intent in ("no", "cancel"):
        return None
    errand = turn.session.get_one(Errand, arguments["errand"])
    count = turn.number("count") if turn.pressed else None
    if count is not None:
        turn.leave()
        return _reported(turn, errand, count)
    return _spent(turn, errand) or with_question(turn.state, Text("errand-time-unknown"))


STEPS: Mapping[str, Step] = {
    "errand": Step("errands", yes=accepted, no=declined, answer=offer_answer),
    "errand-back": Step("errands", yes=declined),
    "errand-time": Step("errands", answer=time_answer),
}


def _then_next(turn: Turn, me: Volunteer, texts: tuple[Text, ...]) -> Reply:
    """`texts`, and then the next errand that is offered, with how many there are; without any of either, that."""
    offered = rules.offers(turn.session, volunteer=me, now=turn.now)
    if not offered:
        return Reply(texts or (Text("errand-none"),))
    many = (Text("errand-offers", {"count": len(offered)}),) if len(offered) > 1 else ()
    return Reply((*texts, *many, *offer(turn, offered[0])), turn.confirm("errand", errand=offered[0].id))


def _offer(turn: Turn, errand: Errand) -> dict[str, Value]:
    delivery = errand.delivery
    count = len(requests.books(turn.session, delivery=delivery)) or len(delivery.loan_ids)
    return {
        "place": naming.place(turn, delivery.org_unit),
        "day": delivery.promised_date,
        "window": delivering.window(delivery.window),
        "count": count,
    }


def _details(turn: Turn, errand: Errand) -> Sequence[Text]:
    """The door, once he goes: name, address, telephone, the word to say there, who comes along."""
    delivery, values = errand.delivery, _offer(turn, errand)
    texts = [Text("errand-door", {**values, "name": delivery.patron.name, "address": delivery.address_text})]
    if delivery.patron.phone:
        texts.append(Text("errand-phone", {"phone": Phone(delivery.patron.phone)}))
    if delivery.note:
        texts.append(Text("errand-note", {"note": delivery.note}))
    if delivery.code_word:
        texts.append(Text("errand-code", {"code": Code(delivery.code_word)}))
    others = [one for one in rules.going(turn.session, delivery) if one.id != errand.volunteer_id]
    if others:
        texts.append(Text("errand-with", {"names": Several(tuple(one.name for one in others))}))
    elif rules.wanted(turn.session, delivery) > 1:
        texts.append(Text("errand-still-one"))
    return texts


def _ask_time(turn: Turn, errand: Errand) -> Reply:
    turn.ask("errand-time", ("count",), errand=errand.id)
    turn.state.choices = [Meaning("errands", {"count": int(one)}) for one in USUAL]
    return Reply((Text("errand-how-long"),), tuple(Text(f"choice-minutes-{one}") for one in USUAL))


def _spent(turn: Turn, errand: Errand) -> Reply | None:
    """Write down the time that was said with it; None if none was."""
    minutes = named.named(turn, "spent")
    if not minutes:
        return None
    turn.leave()
    return _reported(turn, errand, int(minutes))


def _reported(turn: Turn, errand: Errand, minutes: int) -> Reply:
    rules.report(turn.session, errand=errand, minutes=minutes, now=turn.now, by=turn.by)
    return Reply((Text("errand-reported"), _hours(turn, errand.volunteer)))


def _hours(turn: Turn, me: Volunteer) -> Text:
    hours, minutes = divmod(rules.minutes_given(turn.session, volunteer=me), 60)
    return Text("errand-hours", {"hours": hours, "minutes": minutes})
