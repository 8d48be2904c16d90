"""A talk that acts for somebody else: entered by a sentence that says for whom, left by a word, by time, or when the
leave to do so ends. While it lasts the turn's patron is the one who is acted for, and every reply says so.

What is the speaker's own (settings, cards, data) is never done for another, but what the scope allows.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from bot.dialogue import strangers, usable, whom
from bot.dialogue.state import LAPSE
from bot.dialogue.steps import Arguments, Step
from bot.dialogue.stored import meaning_from_json, meaning_to_json
from bot.dialogue.strangers import Stranger
from bot.dialogue.turn import Turn
from bot.dialogue.whom import PRONOUN, SELF, ForWhom
from bot.messages import Code, Reply, Text
from bot.understanding import understand
from bot.understanding.meaning import Meaning, Moment, Phrase
from catalog import refusals
from catalog.patrons import cards, delegation
from catalog.patrons.tables import Delegation

BORROWING = frozenset(
    {
        *("find_title", "find_audiobook", "more_results", "previous_results", "choose", "details", "place_hold"),
        *("list_holds", "cancel_hold", "suspend_hold", "request_delivery", "delivery_status", "change_delivery"),
        *("request_return_pickup", "list_loans", "renew", "renew_all", "return_where", "list_events", "join_event"),
        *("leave_event", "branch_info", "reading_profile", "undo", "yes", "no", "cancel", "none"),
    }
)
SETTINGS = frozenset({"set_reminders", "set_auto_renew", "quiet_hours", "subscribe_topic", "unsubscribe"})
ALLOWED: Mapping[str, frozenset[str]] = {"borrow": BORROWING, "everything": BORROWING | SETTINGS}
"""What may be done for another, by the scope of the delegation; all else is one's own."""
ANSWERS = frozenset({"yes", "no", "none", "cancel"})
"""What is done for nobody in particular."""
NAMESAKE = "namesake"
"""Stands for a name that several have: what was answered is true of this once only."""
SURE = 0.8
"""Below this confidence a question about the rules may be a wish for somebody."""
WISHED = frozenset({"title", "author", "subject", "isbn"})
"""A question for one of these may be answered with a sentence that says for whom."""


def begin(turn: Turn) -> Reply | None:
    """Find out for whom this turn speaks; the reply, where that is all there is to say."""
    ended = _go_on(turn) if turn.state.acting is not None else None
    if ended is not None or turn.patron is None or turn.pressed or not _may_name_somebody(turn):
        return ended
    if turn.acting is not None and whom.only_ends(turn.said, turn.locale):
        _leave(turn)
        turn.opening = ()
        return _only(turn, Text("acting-over"))
    tongue = whom.tongue(turn.said, turn.locale)
    named, stranger = whom.named(turn.said, tongue), None
    if named is None and (stranger := strangers.named(turn.said, tongue)) is not None and stranger.changes:
        word = whom.called(stranger.name, tongue)
        named, stranger = (ForWhom((word,), stranger.rest), None) if word else (None, stranger)
    if named is not None and (named.word == SELF or (named.word == PRONOUN and turn.acting is not None)):
        return _the_same(turn, named)
    if named is None and stranger is None and not whom.may_name(turn.said, tongue):
        return None
    if _only_asks(turn):
        return ended
    held = delegation.held_by(turn.session, delegate=turn.speaker or turn.patron, now=turn.now)
    by_name = whom.by_name(turn.said, tongue, [one.patron.name for one in held])
    if by_name is not None and not (stranger is not None and strangers.goes_on(turn, stranger, by_name)):
        return _by_name(turn, by_name, held)
    if named is not None:
        return _called(turn, named, held)
    if whom.names_somebody(turn.said, tongue):
        return _nobody_known(turn)
    return _stranger(turn, stranger) if stranger is not None else None


def for_somebody(turn: Turn) -> bool:
    """Whether what was said is for somebody else, of whom nobody knows yet who asks."""
    tongue = whom.tongue(turn.said, turn.locale)
    named = whom.named(turn.said, tongue)
    if named is not None:
        return named.word != SELF
    return whom.names_somebody(turn.said, tongue) or strangers.named(turn.said, tongue) is not None


def settle(turn: Turn, *, under_way: str, keeps: bool) -> None:
    """Find out whether what is meant is done for the other or is one's own; `under_way` is the intent of the question
    that is open, `keeps` whether what is meant leaves it open."""
    held = turn.acting
    if held is None or {turn.meaning.intent, under_way or "none"} <= ALLOWED[held.scope]:
        return
    if keeps or turn.meaning.intent in ALLOWED[held.scope]:
        turn.acted, turn.patron = False, held.delegate
        return
    _leave(turn)


def opened(turn: Turn, reply: Reply) -> Reply:
    """The reply, with whom it is for said before it."""
    turn.state.acting = turn.acting.id if turn.acting is not None else None
    if turn.acting is not None and turn.acted and not turn.repeats and not turn.opening:
        turn.opening = (Text("acting-for", {"name": turn.acting.patron.name}),)
    return replace(reply, texts=(*turn.opening, *reply.texts)) if turn.opening else reply


def understood(turn: Turn, meaning: Meaning) -> Meaning:
    """What was understood, with the person for whom it was said."""
    if turn.person in ("", SELF, PRONOUN):
        return meaning
    return replace(meaning, slots={**meaning.slots, "person": Phrase(turn.person)})


def told(turn: Turn) -> None:
    """Something was done: who was acted for is told in his own channel."""
    if turn.acting is not None and turn.acted:
        delegation.acted(turn.session, delegation=turn.acting, turn=turn.id, now=turn.now)


def agreed(turn: Turn, arguments: Arguments) -> Reply:
    """It is for this reader: remembered, so that it is asked only once."""
    held = _of_speaker(turn, arguments["delegation"])
    if held is None:
        return Reply((Text("acting-unknown"),))
    if not delegation.holds_today(held, now=turn.now):
        return Reply((Text("acting-ended", {"name": held.patron.name}),))
    _remember(held, arguments, True)
    _enter(turn, held)
    then = _then(arguments)
    if then is None:
        return Reply((Text("acting-what"),))
    if then.intent not in ALLOWED[held.scope]:
        raise refusals.NotDelegated()
    turn.resume = then
    return Reply(())


def declined(turn: Turn, arguments: Arguments) -> Reply:
    """It is for somebody else: for the next who may be meant, or with one's own card."""
    held = _of_speaker(turn, arguments["delegation"])
    if held is not None and arguments["word"] not in held.called:  # of two who are called so, both stay
        _remember(held, arguments, False)
    others = [one for id in arguments["others"] if (one := _of_speaker(turn, id)) is not None]
    others = [one for one in others if delegation.holds_today(one, now=turn.now)]
    if others:
        return _ask(turn, arguments["word"], others, arguments["then"])
    if arguments["word"] == NAMESAKE:
        return Reply((Text("acting-unknown"),))
    turn.resume = _then(arguments)
    return Reply((Text("acting-own-card"),))


def own(turn: Turn, arguments: Arguments) -> Reply:
    """For whomever it is: with one's own card."""
    then = _then(arguments)
    turn.resume = then
    return Reply((Text("acting-own-card"),))


def not_own(turn: Turn, arguments: Arguments) -> Reply:
    """Not with one's own card: then nothing is done, and how somebody gives leave is said."""
    return Reply((Text("acting-unknown"),))


STEPS: Mapping[str, Step] = {
    "act-for": Step("delegate", yes=agreed, no=declined),
    "act-own": Step("delegate", yes=own, no=not_own),
}


def _go_on(turn: Turn) -> Reply | None:
    """Act for whom the talk acted in its last turn, if that still holds and was not long ago."""
    held = _of_speaker(turn, turn.state.acting)
    holds = held is not None and delegation.holds_today(held, now=turn.now)
    if held is not None and holds and turn.now - turn.talk.updated_at <= LAPSE:
        turn.acting, turn.patron = held, held.patron
        return None
    _leave(turn)
    if held is not None and holds:
        return None
    turn.opening = ()
    return _only(turn, Text("acting-ended", {"name": held.patron.name}) if held is not None else Text("acting-over"))


def _of_speaker(turn: Turn, id: int | None) -> Delegation | None:
    """This delegation, if it was given to who speaks: ids of what was erased are given again."""
    if id is None or turn.speaker is None:
        return None
    return delegation.given(turn.session, id=id, delegate=turn.speaker)


def _may_name_somebody(turn: Turn) -> bool:
    return turn.state.state != "asking" or bool(WISHED.intersection(turn.state.expects))


def _only_asks(turn: Turn) -> bool:
    """Whether it is a question about the rules, in which somebody is only spoken of ("may my wife return it?")."""
    assert turn.said is not None
    meant = understand(turn.said, locale=turn.locale, moment=Moment(), today=turn.today)
    return meant.intent == "library_rules" and meant.confidence > SURE


def _the_same(turn: Turn, named: ForWhom) -> Reply | None:
    """Oneself, or the one whom the talk acts for already."""
    if turn.acting is None:
        return None
    _says(turn, named)
    if named.word == SELF:
        _leave(turn)
    return _only(turn, Text("acting-what")) if named.rest is None else None


def _called(turn: Turn, named: ForWhom, held: Sequence[Delegation]) -> Reply | None:
    """Whoever of those who let this speaker act is called so; asked where it was never said."""
    known = [one for one in held if one.called.get(named.word)]
    likely = known or [one for one in held if named.word not in one.called]
    if len(known) == 1:
        return _act_for(turn, known[0], named)
    if not likely:
        return _not_acting(turn, named, known_of=bool(held))
    return _which(turn, named, named.word, likely)


def _by_name(turn: Turn, named: ForWhom, held: Sequence[Delegation]) -> Reply | None:
    """Somebody named by his name; of several of that name it is asked which."""
    so_called = [one for one in held if one.patron.name in named.words]
    if len(so_called) > 1:
        return _which(turn, named, NAMESAKE, so_called)
    return _act_for(turn, so_called[0], named)


def _which(turn: Turn, named: ForWhom, word: str, likely: Sequence[Delegation]) -> Reply:
    """Ask for whom it is; what was wanted waits."""
    _leave(turn)
    turn.opening = ()
    _says(turn, named)
    then = None
    if named.rest is not None:
        then = usable.sensible(understand(named.rest, locale=turn.locale, moment=Moment(), today=turn.today))
    turn.meaning = turn.understood = understood(turn, then or Meaning("delegate"))
    turn.leave()
    return _ask(turn, word, likely, meaning_to_json(then) if then else None)


def _nobody_known(turn: Turn) -> Reply:
    """It is for somebody, and nobody knows for whom: nothing is done with the speaker's own card instead."""
    _leave(turn)
    turn.leave()
    return _only(turn, Text("acting-unknown"))


def _stranger(turn: Turn, stranger: Stranger) -> Reply | None:
    """It is said to be for somebody who never gave leave: done with the speaker's own card only if he says so; a book
    that is only looked for is looked for, and whose card it would be is said."""
    then = usable.sensible(understand(stranger.rest, locale=turn.locale, moment=Moment(), today=turn.today))
    if then.intent not in BORROWING - ANSWERS or not strangers.meant(turn, stranger, then):
        return None
    _leave(turn)
    turn.whole, turn.person, turn.said = turn.said, stranger.name, stranger.rest
    if not stranger.changes and then.intent in strangers.FINDS:
        turn.opening = (Text("acting-own-card"),)
        return None
    turn.opening = ()
    turn.meaning = turn.understood = understood(turn, then)
    turn.leave()
    choices = turn.confirm("act-own")
    assert turn.state.pending is not None
    turn.state.pending.arguments["then"] = meaning_to_json(then)
    return Reply((Text("acting-ask-own", {"name": stranger.name}),), choices)


def _not_acting(turn: Turn, named: ForWhom, *, known_of: bool) -> Reply | None:
    """It is for somebody who never gave leave: with one's own card, which is said where nobody ever did. A book that is
    only looked for needs no card: for whom it is then says which books."""
    if named.rest is None:
        return _nobody_known(turn)
    _leave(turn)
    if not known_of and strangers.only_looks(turn):
        turn.person = named.word
        return None
    _says(turn, named)
    turn.opening = () if known_of else (Text("acting-own-card"),)
    return None


def _act_for(turn: Turn, held: Delegation, named: ForWhom) -> Reply | None:
    """Act for this reader from now on, with what else was said."""
    if turn.acting is not held:
        if _of_speaker(turn, held.id) is None or not delegation.holds_today(held, now=turn.now):
            return _nobody_known(turn)
        _enter(turn, held)
    _says(turn, named)
    return _only(turn, Text("acting-what")) if named.rest is None else None


def _says(turn: Turn, named: ForWhom) -> None:
    turn.whole, turn.person = turn.said, named.word
    turn.said = named.rest or turn.said


def _only(turn: Turn, text: Text) -> Reply:
    """All that is to be said: nothing else was meant than for whom it is."""
    turn.meaning = turn.understood = understood(turn, Meaning("delegate"))
    return Reply((text,))


def _enter(turn: Turn, held: Delegation) -> None:
    _drop(turn)
    turn.acting, turn.patron = held, held.patron
    turn.opening = (Text("acting-began", {"name": held.patron.name}),)


def _leave(turn: Turn) -> None:
    """One's own card again; what was under way for the other is dropped."""
    if turn.acting is not None:
        turn.patron, turn.acting = turn.acting.delegate, None
    if turn.state.acting is not None:
        _drop(turn)
        turn.opening = (Text("acting-over"),)


def _drop(turn: Turn) -> None:
    state = turn.state
    state.acting = None
    state.leave()
    state.focus = []
    if state.offered is not None and state.offered.kind != "records":
        state.offered = None


def _ask(turn: Turn, word: str, candidates: Sequence[Delegation], then: dict[str, Any] | None) -> Reply:
    first, *others = candidates
    choices = turn.confirm("act-for", delegation=first.id, word=word, others=[one.id for one in others])
    assert turn.state.pending is not None
    turn.state.pending.arguments["then"] = then
    if word == NAMESAKE:
        values = {"name": first.patron.name, "card": Code(cards.ending(turn.session, patron=first.patron))}
        return Reply((Text("acting-ask-which", values),), choices)
    return Reply((Text("acting-ask", {"name": first.patron.name}),), choices)


def _remember(held: Delegation, arguments: Arguments, right: bool) -> None:
    if arguments["word"] not in (PRONOUN, NAMESAKE):
        held.called = {**held.called, arguments["word"]: right}


def _then(arguments: Arguments) -> Meaning | None:
    return meaning_from_json(arguments["then"]) if arguments["then"] else None
