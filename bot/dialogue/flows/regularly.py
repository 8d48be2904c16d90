"""A book every so often, chosen for the reader: set up with one read-back, vetoed by a word, stopped by one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from bot.dialogue import choosing, named, naming
from bot.dialogue.flows.delivering import CHANCE, promised_values
from bot.dialogue.steps import Arguments, Step, left
from bot.dialogue.turn import Turn
from bot.messages import Reply, Several, Text, Value, Word
from catalog import refusals
from catalog.delivery import profiles, requests
from catalog.delivery.tables import DeliveryRequest, Parcel
from catalog.search import SearchError

USUAL = "30"
"""How many days lie between two books if nothing was said."""


def reading_profile(turn: Turn) -> Reply:
    """Have books chosen, ask what was agreed, refuse the one that was chosen, or stop it."""
    held = profiles.of_patron(turn.session, patron=turn.reader)
    parcel = profiles.waiting(turn.session, patron=turn.reader)
    if named.says(turn, "chosen_book") or named.says(turn, "chosen_which"):
        if parcel is None:
            return _late(turn)
        return _veto(turn, parcel) if named.says(turn, "chosen_not") else _waiting(turn, parcel)
    if named.says(turn, "profile_end"):
        if held is None:
            return Reply((Text("profile-none"),))
        return Reply((Text("profile-end-read-back"),), turn.confirm("profile-end"))
    every, subject = named.named(turn, "every"), _subject(turn)
    if not every and not subject:
        if held is None:
            return Reply((Text("profile-none"),))
        stands = Text("profile-is", _values(held.every_days, held.subjects))
        return _waiting(turn, parcel, stands) if parcel is not None else Reply((stands,))
    every = every or (str(held.every_days) if held else USUAL)
    if not subject and held is None:
        turn.ask("profile-subject", ("subject",), every=every)
        return Reply((Text("ask-profile-subject"),))
    return _read_back(turn, int(every), [subject] if subject else held.subjects if held else [])


def subject_answer(turn: Turn, arguments: Arguments) -> Reply | None:
    """What the books are to be about."""
    subject = _subject(turn) or turn.text("title") or (turn.words if turn.meaning.intent == "none" else "")
    if not subject or turn.meaning.intent in ("no", "cancel"):
        return None
    turn.leave()
    return _read_back(turn, int(arguments["every"]), [subject])


def agreed(turn: Turn, arguments: Arguments) -> Reply:
    """Set it up; the first book is chosen with the next round of the clock. ("Stop it" is no yes to this.)"""
    if named.says(turn, "profile_end"):
        return left(turn, arguments)
    profiles.set_up(
        turn.session,
        patron=turn.reader,
        every_days=arguments["every"],
        subjects=arguments["subjects"],
        now=turn.now,
        by=turn.by,
    )
    return Reply((Text("profile-set"),))


def ended(turn: Turn, arguments: Arguments) -> Reply:
    """Stop it."""
    held = profiles.of_patron(turn.session, patron=turn.reader)
    if held is not None:
        profiles.end(turn.session, profile=held, now=turn.now, by=turn.by)
    return Reply((Text("profile-ended"),))


def wanted(turn: Turn, arguments: Arguments) -> Reply:
    """The book that was chosen is welcome: ordered at once. (What is asked or refused of it is no yes.)"""
    if turn.understood is not None and turn.understood.intent == "reading_profile" and not turn.pressed:
        return reading_profile(turn)
    parcel = turn.session.get_one(Parcel, arguments["parcel"])
    try:
        profiles.order(turn.session, parcel=parcel, now=turn.now, by=turn.by, chance=CHANCE)
    except refusals.NotFound:
        return _late(turn)
    delivery = turn.session.get_one(DeliveryRequest, parcel.delivery_id)
    return Reply((Text("parcel-ordered", {"title": naming.title(parcel.record), **promised_values(delivery)}),))


def unwanted(turn: Turn, arguments: Arguments) -> Reply:
    """Not this one: another is chosen at once."""
    return _veto(turn, turn.session.get_one(Parcel, arguments["parcel"]))


STEPS: Mapping[str, Step] = {
    "profile": Step("reading_profile", yes=agreed),
    "profile-end": Step("reading_profile", yes=ended),
    "profile-subject": Step("reading_profile", answer=subject_answer),
    "parcel": Step("reading_profile", yes=wanted, no=unwanted),
}


def _subject(turn: Turn) -> str:
    """What the books are to be about: as it was written, or one of the usual subjects by its sound."""
    return turn.text("subject") or named.named(turn, "subjects")


def _waiting(turn: Turn, parcel: Parcel, *before: Text) -> Reply:
    """Which book is chosen and when it is ordered, and whether he would like it: in his own talk titles are said."""
    text = Text("parcel-waiting", {"title": naming.title(parcel.record), "day": parcel.order_on})
    return Reply((*before, text), turn.confirm("parcel", parcel=parcel.id))


def _late(turn: Turn) -> Reply:
    """Nothing waits for a word any more: what was ordered meanwhile can still be called off."""
    parcel = profiles.coming(turn.session, patron=turn.reader)
    if parcel is None:
        return Reply((Text("parcel-none"),))
    delivery = turn.session.get_one(DeliveryRequest, parcel.delivery_id)
    text = Text("parcel-late", {"title": naming.title(parcel.record), "day": delivery.promised_date})
    return Reply((text,), turn.confirm("call-off", delivery=delivery.id))


def _veto(turn: Turn, parcel: Parcel) -> Reply:
    """Not this one: it stands also when no other can be looked for just now (then the next round of the clock does)."""
    try:
        profiles.veto(turn.session, parcel=parcel, now=turn.now, by=turn.by)
    except refusals.NotFound:
        return _late(turn)
    held, title = parcel.profile, naming.title(parcel.record)
    try:
        found = choosing.candidates(turn.services.index, held)
    except SearchError:
        return Reply((Text("parcel-vetoed", {"title": title}),))
    other = profiles.choose(turn.session, profile=held, candidates=found, now=turn.now, tell=False)
    if other is None:
        return Reply((Text("parcel-vetoed", {"title": title}),))
    choices = turn.confirm("parcel", parcel=other.id)
    return Reply((Text("parcel-another", {"not": title, "title": naming.title(other.record)}),), choices)


def _read_back(turn: Turn, every: int, subjects: Sequence[str]) -> Reply:
    address = requests.usable_address(turn.session, patron=turn.reader)
    choices = turn.confirm("profile", every=every, subjects=list(subjects))
    return Reply((Text("profile-read-back", {**_values(every, subjects), "address": address.text}),), choices)


def _values(every: int, subjects: Sequence[str]) -> dict[str, Value]:
    return {"every": Word(f"every-{every}"), "subjects": Several(tuple(subjects))}
