"""Who may act for this reader: given by a one-time code, listed, taken back by a word.

What somebody then does for another stands in bot.dialogue.acting.
"""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from datetime import date, timedelta

from bot.dialogue import named
from bot.dialogue.flows import finding
from bot.dialogue.steps import Arguments, Step, left
from bot.dialogue.turn import Turn
from bot.messages import Code, Reply, Several, Text, Value, Word
from catalog import refusals
from catalog.audit import Actor
from catalog.patrons import cards, delegation
from catalog.patrons.tables import Delegation, LinkCode

LASTS = timedelta(days=365)
"""How long a delegation lasts if nothing else was said."""
CHANCE = random.SystemRandom()
"""Only for the one-time code."""
SHORTEST = 7
"""From so many digits on a number is a card's: a date or a year has fewer."""


def delegate(turn: Turn) -> Reply:
    """Let somebody act for this reader, say who may, or take it back."""
    _ = turn.reader
    if named.says(turn, "revoke"):
        return _revoke(turn)
    if turn.phrase("person") is None and named.says(turn, "who"):
        return _who(turn)
    return _read_back(turn, _terms(turn))


def code_answer(turn: Turn, arguments: Arguments) -> Reply | None:
    """A card number is not enough: a mistyped one would let a stranger act, and tell whose it is."""
    if turn.meaning.intent in ("no", "cancel") or not _gives_number(turn):
        return None
    return _read_back(turn, {name: str(arguments[name]) for name in ("scope", "until")})


def by_code(turn: Turn, arguments: Arguments) -> Reply:
    """A one-time code for whoever it is told to."""
    if named.says(turn, "revoke"):
        return left(turn, arguments)
    until = date.fromisoformat(arguments["until"])
    code = cards.issue_code(
        turn.session,
        patron=turn.reader,
        scope=arguments["scope"],
        until=until,
        now=turn.now,
        chance=CHANCE,
        by=turn.by,
    )
    hours = cards.CODE_LIVES // timedelta(hours=1)
    turn.secret, turn.remembered = True, Reply((Text("delegate-code-once"),))
    return Reply((Text("delegate-code", {"code": Code(code), "hours": hours}),))


def accepted(turn: Turn, code: LinkCode) -> Reply:
    """Somebody was told a reader's code and may act for that reader from now on."""
    me = turn.patron
    if me is None:
        raise refusals.OwnCardFirst()
    turn.leave()
    held = delegation.delegate(
        turn.session,
        patron=code.patron,
        delegate=me,
        scope=code.scope,
        expires_on=code.until,
        now=turn.now,
        by=Actor("patron", code.patron_id, turn.id, me.id),
    )
    until: Value = code.until or Word("without-end")
    values: dict[str, Value] = {"name": code.patron.name, "scope": _scope(held.scope), "day": until}
    return Reply((Text("delegation-accepted", values),))


def revoked(turn: Turn, arguments: Arguments) -> Reply:
    """Take it back."""
    ended = [one for one in _mine(turn) if one.id in arguments["delegations"]]
    for one in ended:
        delegation.revoke(turn.session, delegation=one, now=turn.now, by=turn.by)
    return Reply((Text("delegation-revoked"),))


def which_answer(turn: Turn, arguments: Arguments) -> Reply | None:
    """Whose leave is to end; of namesakes it is asked which."""
    offered = turn.state.offered
    if named.says(turn, "all"):
        turn.leave()
        return _revoke_these(turn, _mine(turn))
    if offered is None or turn.meaning.intent in ("no", "cancel"):
        return None
    among = [one for one in _mine(turn) if one.id in offered.ids]
    if turn.number("ordinal") is not None:
        id = finding.picked(turn, offered)
        chosen = [one for one in among if one.id == id]
    else:
        said = turn.text("person") or turn.words
        chosen = [one for one in among if said and one.delegate.name in said]
    if len(chosen) > 1:
        return _ask_which(turn, chosen)
    if not chosen:
        return None
    turn.leave()
    return _revoke_these(turn, chosen)


STEPS: Mapping[str, Step] = {
    "delegate-code": Step("delegate", yes=by_code, answer=code_answer),
    "revoke": Step("delegate", yes=revoked),
    "revoke-which": Step("delegate", answer=which_answer),
}


def chosen(turn: Turn, id: int) -> Reply:
    """One of those who may act: shall that end?"""
    return _revoke_these(turn, [one for one in _mine(turn) if one.id == id])


def page(turn: Turn, texts: tuple[Text, ...]) -> Reply:
    """The page of those who may act."""
    offered = turn.state.offered
    assert offered is not None
    shown = turn.offer("delegates", offered.ids, page=offered.page)
    return Reply(texts, tuple(_choice(turn, turn.session.get_one(Delegation, id)) for id in shown))


def _choice(turn: Turn, one: Delegation) -> Text:
    return Text("choice-delegate-ending" if _has_namesake(turn, one) else "choice-delegate", _who_is(turn, one))


def _who_is(turn: Turn, one: Delegation) -> dict[str, Value]:
    return {"name": one.delegate.name, "card": Code(cards.ending(turn.session, patron=one.delegate))}


def _has_namesake(turn: Turn, one: Delegation) -> bool:
    return sum(other.delegate.name == one.delegate.name for other in _mine(turn)) > 1


def _mine(turn: Turn) -> list[Delegation]:
    return delegation.in_force(turn.session, patron=turn.reader, now=turn.now)


def _terms(turn: Turn) -> dict[str, str]:
    """For what, and up to which day."""
    days = turn.number("days")
    day = turn.day() or turn.today + (timedelta(days=days) if days else LASTS)
    return {"scope": "everything" if named.says(turn, "everything") else "borrow", "until": day.isoformat()}


def _said(terms: Mapping[str, str]) -> dict[str, Value]:
    return {"scope": _scope(terms["scope"]), "day": date.fromisoformat(terms["until"])}


def _scope(name: str) -> Word:
    return Word(f"scope-{name}")


def _read_back(turn: Turn, terms: Mapping[str, str]) -> Reply:
    texts = (Text("delegate-by-code"),) if _gives_number(turn) else ()
    choices = turn.confirm("delegate-code", **terms)
    return Reply((*texts, Text("delegate-code-read-back", _said(terms))), choices)


def _gives_number(turn: Turn) -> bool:
    """Whether a card number was said."""
    return bool(turn.text("card")) or sum(sign.isdecimal() for sign in turn.words) >= SHORTEST


def _who(turn: Turn) -> Reply:
    held = _mine(turn)
    if not held:
        return Reply((Text("delegates-none"),))
    return Reply((Text("delegates-are", {"names": Several(tuple(one.delegate.name for one in held))}),))


def _revoke(turn: Turn) -> Reply:
    held = _mine(turn)
    if not held:
        delegation.withdraw_codes(turn.session, patron_id=turn.reader.id, now=turn.now, by=turn.by)
        return Reply((Text("delegates-none"),))
    said = turn.text("person")
    meant = [one for one in held if said and one.delegate.name in said] or held
    if len(meant) == 1 or named.says(turn, "all"):
        return _revoke_these(turn, meant)
    return _ask_which(turn, meant)


def _ask_which(turn: Turn, meant: Sequence[Delegation]) -> Reply:
    turn.choose("revoke-which", "delegates", [one.id for one in meant])
    return page(turn, (Text("ask-which-delegate"),))


def _revoke_these(turn: Turn, held: Sequence[Delegation]) -> Reply:
    if not held:
        return Reply((Text("delegates-none"),))
    choices = turn.confirm("revoke", delegations=[one.id for one in held])
    names = (
        Word("delegate-ending", _who_is(turn, one)) if _has_namesake(turn, one) else one.delegate.name for one in held
    )
    return Reply((Text("revoke-read-back", {"names": Several(tuple(names))}),), choices)
