"""The library's rules, where a reader asks: money, being late, how many, how long, damage, returning, a card, a PIN.

A card that was lost is a matter for a librarian: what to do is said, a person is offered, and nothing is undone.

The figures are those of the reader's library for his group (circulation.policies); nothing here decides anything.
"""

from __future__ import annotations

from bot.dialogue.flows import delivering, places
from bot.dialogue.named import named
from bot.dialogue.turn import Turn
from bot.messages import Phone, Reply, Text
from catalog.circulation import policies
from catalog.circulation.policy import policy

ADULT = "adult"
"""Whose rules a stranger is told."""


def library_rules(turn: Turn) -> Reply:
    """The rule that was asked about; which one, where that is not clear."""
    rule = policies.for_patron(turn.session, turn.patron) if turn.patron else policy(group=ADULT)
    match named(turn, "rule"):
        case "lost_card" if turn.state.pending is not None:
            return Reply((Text("rule-lost-card"), *_telephone(turn)))
        case "lost_card":
            choices = turn.confirm("want-a-person")
            return Reply((Text("rule-lost-card"), *_telephone(turn), Text("ask-a-person")), choices)
        case "damage":
            return Reply((Text("rule-damage"), *_telephone(turn)))
        case "pin":
            return Reply((Text("rule-pin"), *_telephone(turn)))
        case "late":
            return Reply((Text("rule-late"),))
        case "money":
            fee = rule.delivery_fee_fen
            brought = Text("rule-delivery-fee", {"fee": delivering.fee(fee)}) if fee else Text("rule-delivery-free")
            return Reply((Text("rule-money"), brought))
        case "card":
            return Reply((Text("rule-card"), *_telephone(turn)))
        case "returning":
            return Reply((Text("rule-returning"), Text("return-anywhere")))
        case "renewals" | "period":
            return Reply((Text("rule-period", {"days": rule.loan_days, "renewals": rule.renewals}),))
        case "count":
            return Reply((Text("rule-count", {"loans": rule.loans, "holds": rule.holds}),))
        case _:
            return Reply((Text("rule-which"),))


def _telephone(turn: Turn) -> tuple[Text, ...]:
    """Where to ring about it: the reader's own place, else the union's first library."""
    place = turn.own_place or places.first(turn)
    return (Text("place-phone", {"phone": Phone(place.phone)}),) if place is not None and place.phone else ()
