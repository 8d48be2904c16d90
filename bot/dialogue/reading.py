"""What was said, as this moment of the talk reads it: a button, a number, a no with a wish in it."""

from __future__ import annotations

from dataclasses import replace

from bot import rendering
from bot.dialogue import named, reports, usable
from bot.dialogue.flows import STEPS, addressing
from bot.dialogue.state import DialogueState
from bot.dialogue.turn import PAGE, Turn
from bot.locales import Locale
from bot.messages import Choice
from bot.understanding.meaning import Meaning, Moment, Phrase

INSTEAD = frozenset({"choose", "change_delivery", "find_title", "find_audiobook", "request_delivery", "place_hold"})
YES_NO = ("choice-yes", "choice-no")
RENEWING = ("renew", "renew_all")
ONCE_MORE = 0.9
"""So sure an act must have been said again to be a yes to the question whether it shall be done."""
AS_WELL = {"renew": "renew_all"}
"""An intent that, said to the question for another, agrees to it."""
INSTEAD_SURE = 0.7
"""What a no may be followed by: then that is meant, if it is as sure as this."""


def button(state: DialogueState, said: Choice) -> Meaning | None:
    """What the pressed button means; None for one of another message or a number that is not there."""
    if said.offer not in ("", state.offer) or not 1 <= said.number <= len(state.choices):
        return None
    meaning = state.choices[said.number - 1]
    return replace(meaning, reading=str(said.number))


def as_said(state: DialogueState, meaning: Meaning) -> Meaning:
    """What was understood, where this moment only made a yes of it ("renew" to "shall I renew?")."""
    same = meaning.rivals[0] if meaning.rivals else None
    if meaning.intent != "yes" or same is None or state.pending is None or same.confidence < meaning.confidence:
        return meaning
    return replace(same, reading=meaning.reading) if same.intent == STEPS[state.pending.step].intent else meaning


def agrees(turn: Turn, asked: str) -> bool:
    """Whether the act that is asked about was only said once more ("renew" to "shall I renew them all?"), and of
    nothing else ("renew something else")."""
    meaning = turn.meaning
    same = not meaning.slots and asked in (meaning.intent, AS_WELL.get(meaning.intent)) and asked in RENEWING
    return same and meaning.confidence >= ONCE_MORE and not named.says(turn, "something_else")


def first_of(state: DialogueState) -> Meaning | None:
    """What a yes to "which one?" means where that is read back before anything is done: the first, or all loans."""
    kind = state.offered.kind if state.offered is not None else ""
    if state.state == "asking" or not state.choices:
        return None
    if len(state.choices) == 1 or kind in ("records", "addresses", "places"):
        return state.choices[0]
    renews = state.pending is not None and STEPS[state.pending.step].intent == "renew"
    return Meaning("renew_all") if kind == "loans" and renews else None


def another_address(turn: Turn) -> Phrase | None:
    """The address that was said where a delivery is under way and nothing of the kind was understood."""
    pending = turn.state.pending
    if pending is None or STEPS[pending.step].intent not in ("request_delivery", "change_delivery"):
        return None
    return addressing.in_words(turn)


def corrected(turn: Turn) -> Turn:
    """A no that says at once what is wanted instead ("no, the second one") means that."""
    if turn.meaning.intent == "no" and turn.state.state != "asking":
        instead = next((one for one in turn.meaning.rivals if one.intent in INSTEAD and one.slots), None)
        if instead is None and (address := another_address(turn)) is not None:
            instead = replace(turn.meaning, intent="change_delivery", slots={"place": address}, rivals=())
        if instead is not None and instead.confidence >= INSTEAD_SURE:
            turn.meaning = turn.understood = instead
    return turn


def numbered(turn: Turn) -> Meaning:
    """A number that was said means the choice of that number of the last message.

    Where that offers what can be done with a book, only "the second book" still means the list the book was taken from.
    """
    meaning, state = turn.meaning, turn.state
    ordinal = meaning.slots.get("ordinal")
    if meaning.intent != "choose" or not isinstance(ordinal, int) or not 1 <= ordinal <= len(state.choices):
        return meaning
    bare = usable.bare_number(turn.said)
    offered, wanted = state.offered, state.choices[ordinal - 1]
    if not bare and state.state == "confirming":
        return meaning
    of_the_list = offered is not None and len(offered.ids) > 1 and named.says(turn, "a_book")
    if not bare and wanted.intent != "choose" and of_the_list and offered is not None:
        return replace(meaning, slots={**meaning.slots, "ordinal": offered.page * PAGE + ordinal})
    return replace(state.choices[ordinal - 1], reading=meaning.reading, confidence=meaning.confidence)


def moment(state: DialogueState, locale: Locale) -> Moment:
    """What the talk expects just now, for understanding; an option without a name is called what its button says.

    Yes and no are no names: they are understood as such, and "8号" would sound like the button 好.
    """
    last = state.last
    options: tuple[str, ...] = ()
    if last is not None and state.state in ("choosing", "confirming"):
        options = tuple(
            "" if one.id in YES_NO else reports.option_name(one) or rendering.label(one, locale=locale)
            for one in last.choices
        )
    under_way = STEPS[state.pending.step].intent if state.pending else ""
    return Moment(state.state, frozenset(state.expects), options, under_way)
