"""Linking a card: by a one-time code, or by card number and then PIN, asked one after the other.

The PIN is read here and handed to catalog at once; it never comes into the state, the transcript, the details or a
log, and understanding never sees it where it is asked for. What was wanted before goes on once the card is linked.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta

from bot import locales
from bot.dialogue import acting, named
from bot.dialogue.flows import delegating
from bot.dialogue.state import DialogueState, Pending
from bot.dialogue.steps import Arguments, Step
from bot.dialogue.turn import Turn
from bot.messages import Reply, Text, Utterance, Value
from bot.understanding import understand
from bot.understanding.meaning import Meaning, Moment
from bot.understanding.numbers import digits
from catalog.patrons import cards
from catalog.patrons.cards import CODE_DIGITS
from catalog.patrons.tables import Patron
from catalog.refusals import CodeExpired, OwnCardFirst, Refusal, SlowDown, UnknownCard

NUMBER = re.compile(r"[A-Za-z]{0,4}\d[\d\-]{2,}\d")
"""A card number, a code or a PIN as it is written."""
CARD = re.compile(r"[A-Za-z]{0,4}\d{7,14}")
PIN = re.compile(r"\d{4,8}")
"""A message of just these two is a card with its PIN, wherever the talk stands."""
AGAIN = re.compile(r"\d{4,6}")
"""What is tried as the PIN of the card that was said before, after a wrong one; what is longer is a card."""
PLAIN = 0.9
"""From this confidence on it was plainly said that the card is to go."""
SHORTEST_CARD = 7
"""What is shorter, where a card is asked for, may be a PIN: it is never kept."""
ASKS = ("link-card", "link-pin")
"""The steps that wait for a card or its PIN."""
LONGEST_CARD = 10
"""Digits up to which groups of them are one card."""


def link_card(turn: Turn) -> Reply:
    """Link a card to this talk."""
    numbers = [] if turn.secret else _numbers(turn)
    number = numbers[0] if numbers else turn.text("card")
    if number:
        return _given(turn, number)
    if turn.patron is not None and turn.state.pending is None and not named.says(turn, "another"):
        return Reply((Text("linked-already", {"name": turn.patron.name}),))
    _ask(turn, "link-card")
    return Reply((Text("ask-card"),))


def unlink_card(turn: Turn) -> Reply:
    """Take the card out of this talk; asked first where that was not plainly said."""
    if turn.patron is not None and not turn.pressed and turn.meaning.confidence < PLAIN:
        return Reply((Text("unlink-read-back"),), turn.confirm("unlink", another=named.says(turn, "another")))
    return _unlinked(turn, another=named.says(turn, "another"))


def unlink_agreed(turn: Turn, arguments: Arguments) -> Reply:
    """It was agreed to."""
    return _unlinked(turn, another=bool(arguments["another"]))


def _unlinked(turn: Turn, *, another: bool) -> Reply:
    """The card is out of this talk, with all that was said here: another reader may sit down at this screen."""
    if turn.patron is None:
        if not another:
            return Reply((Text("unlinked-already"),))
        _ask(turn, "link-card")
        return Reply((Text("ask-card"),))
    for forget in turn.services.forget:
        forget(turn.session, [turn.talk.id])
    _start_afresh(turn)
    turn.belongs_to(None)
    if not another:
        return Reply((Text("unlinked"),))
    _ask(turn, "link-card")
    return Reply((Text("unlinked-for-another"), Text("ask-card")))


def needed(turn: Turn) -> Reply:
    """A card is needed for what was wanted: ask for it, and go on afterwards; what is for somebody is said again."""
    wanted = None if acting.for_somebody(turn) else turn.meaning  # it must not become the wish of who links his card
    turn.state.leave()
    turn.state.pending = Pending("link-card", {}, wanted, turn.now)
    turn.state.state = "asking"
    turn.state.expects = ["card"]
    return Reply((Text("refusal-not-linked" if wanted is not None else "acting-card-first"), Text("ask-card")))


def asks_secret(state: DialogueState) -> bool:
    """Whether the talk waits for a PIN, the first time or once more."""
    return bool(_kept(state))


def secret(turn: Turn) -> Callable[[Turn], Reply] | None:
    """Where a card or PIN is asked for and digits came: what to do with them, without understanding seeing a PIN."""
    if turn.said is None or turn.pressed:
        return None
    numbers = _numbers(turn)
    if len(numbers) == 2 and CARD.fullmatch(numbers[0]) and PIN.fullmatch(numbers[1]):
        turn.understood = turn.meaning = Meaning("link_card")
        return lambda same: _verified(same, numbers[0], numbers[1])
    pending = turn.state.pending
    if (pending is None or pending.step != "link-pin") and (said := _named(turn)) is not None:
        turn.understood = turn.meaning = Meaning("link_card")
        turn.secret = True
        card, pin = said[0] or _kept(turn.state), said[1]
        return (lambda same: _verified(same, card, pin)) if card else link_card
    card = _kept(turn.state)
    pin = _pin(turn) if card else ""
    if pending is not None and pending.step == "link-card" and not AGAIN.fullmatch(pin):
        turn.secret = False
        return None
    if not pin:
        return None
    turn.understood = turn.meaning = Meaning("link_card")
    return lambda same: _verified(same, card, pin)


def refused(turn: Turn, refusal: Refusal) -> Reply:
    """A refusal in words; a wrong card, PIN or code is asked for again."""
    text = Text(refusal.reason, {name: _value(turn, value) for name, value in refusal.values.items()})
    card = _tried(turn)
    if isinstance(refusal, UnknownCard) and card:
        _ask(turn, "link-card", card=card)
        return Reply((text, Text("ask-pin-again")))
    if isinstance(refusal, UnknownCard | CodeExpired | OwnCardFirst):
        _ask(turn, "link-card")
        return Reply((text, Text("ask-card" if isinstance(refusal, OwnCardFirst) else "ask-card-again")))
    if isinstance(refusal, SlowDown):
        turn.state.leave()
    return Reply((text,))


def _kept(state: DialogueState) -> str:
    """The card whose PIN is awaited; "" if none is."""
    pending = state.pending
    return str(pending.arguments.get("card", "")) if pending is not None and pending.step in ASKS else ""


def _tried(turn: Turn) -> str:
    """The card that was tried just now: said with its PIN, or before it."""
    numbers, said = _numbers(turn), _named(turn)
    if len(numbers) == 2 and CARD.fullmatch(numbers[0]):
        return numbers[0]
    return said[0] if said is not None and said[0] else _kept(turn.state)


def answer(turn: Turn, arguments: Arguments) -> Reply | None:
    """A card number or a code."""
    if turn.meaning.intent in ("no", "cancel"):
        return None
    numbers = _numbers(turn)
    number = numbers[0] if numbers else turn.text("card")
    if not number and turn.meaning.intent == "link_card":
        return Reply((Text("ask-card"),))
    return _given(turn, number) if number else None


def pin_answer(turn: Turn, arguments: Arguments) -> Reply | None:
    """Something without digits where the PIN is awaited."""
    if turn.meaning.intent in ("no", "cancel") or turn.meaning.intent not in ("link_card", "none"):
        return None
    return Reply((Text("ask-pin"),))


STEPS: Mapping[str, Step] = {
    "link-card": Step("link_card", answer=answer),
    "link-pin": Step("link_card", answer=pin_answer),
    "unlink": Step("unlink_card", yes=unlink_agreed),
}


def _given(turn: Turn, number: str) -> Reply:
    """A number without PIN: six digits are a code, all else is a card whose PIN is asked for."""
    plain = _bare(number)
    if len(plain) == CODE_DIGITS and plain.isdigit():
        turn.secret = True
        code = cards.redeem_code(turn.session, code=plain, sender=_sender(turn), now=turn.now, by=turn.by)
        return delegating.accepted(turn, code) if code.scope else _linked(turn, code.patron)
    if len(plain) < SHORTEST_CARD:
        turn.secret = True
        _ask(turn, "link-card")
        return Reply((Text("ask-card-again"),))
    _ask(turn, "link-pin", card=plain)
    return Reply((Text("ask-pin"),))


def _verified(turn: Turn, number: str, pin: str) -> Reply:
    turn.secret = True
    return _linked(
        turn, cards.verify(turn.session, number=number, pin=pin, sender=_sender(turn), now=turn.now, by=turn.by)
    )


def _linked(turn: Turn, patron: Patron) -> Reply:
    """The talk is this patron's now; what was wanted before goes on."""
    pending = turn.state.pending
    wanted = pending.then if pending else None
    turn.state.leave()
    if turn.speaker is not None and turn.speaker.id != patron.id:
        _start_afresh(turn)
    turn.belongs_to(patron)
    turn.state.pace = turn.state.volume = turn.state.timbre = None
    if not turn.talk.locale:
        turn.locale = locales.load(locales.nearest(patron.locale))
    turn.resume = wanted
    return Reply((Text("linked" if wanted is None else "linked-going-on", {"name": patron.name}),))


def _start_afresh(turn: Turn) -> None:
    """Drop all that names the things of the reader who was here: lists, lines, what was done, what was said last."""
    turn.state = DialogueState(met=turn.state.met)
    turn.talk.locale = ""


def _ask(turn: Turn, step: str, **arguments: str) -> None:
    turn.ask(step, ("card",), **arguments)


def _sender(turn: Turn) -> str:
    return turn.sender or f"{turn.talk.channel}:{turn.talk.address}"


def _numbers(turn: Turn) -> list[str]:
    if not isinstance(turn.said, Utterance):
        return []
    text = unicodedata.normalize("NFKC", turn.said.text)
    numbers = [_bare(one) for one in re.split(r"[^\dA-Za-z\-]+", text) if NUMBER.fullmatch(one)]
    pending = turn.state.pending
    return _joined(numbers) if pending is not None and pending.step in ASKS else numbers


def _joined(numbers: list[str]) -> list[str]:
    """A card number that was written in groups ("5210 0026"), perhaps with its PIN behind it."""
    if len(numbers) < 2 or not all(one.isdigit() and len(one) < SHORTEST_CARD for one in numbers):
        return numbers
    whole, rest = "".join(numbers), "".join(numbers[:-1])
    return [whole] if len(whole) <= LONGEST_CARD or not CARD.fullmatch(rest) else [rest, numbers[-1]]


def _pin(turn: Turn) -> str:
    """The digits of a PIN, typed or heard; "" if there are none. What was said is masked from here on."""
    if isinstance(turn.said, Utterance):
        pin = _digits(turn, turn.said.text)
    elif turn.said is not None and not turn.pressed:
        moment = Moment("asking", frozenset({"card"}), (), "link_card")
        meaning = understand(turn.said, locale=turn.locale, moment=moment, today=turn.today)
        value = meaning.slots.get("card")
        pin = _bare(getattr(value, "text", None) or str(value or ""))
    else:
        pin = ""
    turn.secret = bool(pin)
    return pin


def _named(turn: Turn) -> tuple[str, str] | None:
    """Card and PIN of a sentence that names a PIN ("证号52100002 密码七三零五"); the card is "" where none is said."""
    if not isinstance(turn.said, Utterance):
        return None
    text = turn.locale.incoming(unicodedata.normalize("NFKC", turn.said.text)).casefold()
    at = min((found for word in named.words(turn, "pin") if (found := text.find(word)) >= 0), default=-1)
    if at < 0:
        return None
    before, after = _digits(turn, text[:at]), _digits(turn, text[at:])
    if not PIN.fullmatch(after):
        return ("", "") if PIN.search(before + after) else None
    return (before if len(before) >= SHORTEST_CARD else "", after)


def _digits(turn: Turn, text: str) -> str:
    """The digits in `text`, written 730518, 7 3 0 5 1 8 or in the words of the language."""
    return "".join(filter(str.isdecimal, digits(unicodedata.normalize("NFKC", text), turn.locale.words["numbers"])))


def _full_minute(moment: datetime) -> datetime:
    """The minute from which on it is surely over: who comes at the time that was said is not sent away again."""
    whole = moment.replace(second=0, microsecond=0)
    return whole if whole == moment else whole + timedelta(minutes=1)


def _bare(number: str) -> str:
    return "".join(sign for sign in number if sign.isalnum())


def _value(turn: Turn, value: object) -> Value:
    if isinstance(value, datetime):
        return _full_minute(value.astimezone(turn.services.zone))
    if isinstance(value, str | int | float):
        return value
    return value if value.__class__.__name__ == "date" else "none"  # type: ignore[return-value]
