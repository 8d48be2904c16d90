"""Loans fetched from the door, so that nobody has to carry them back."""

from __future__ import annotations

from collections.abc import Mapping

from bot.dialogue import naming
from bot.dialogue.flows import addressing, which
from bot.dialogue.steps import Arguments, Step
from bot.dialogue.turn import Turn
from bot.messages import Reply, Several, Text, Value
from catalog.delivery import requests
from catalog.patrons.tables import Address


def request_return_pickup(turn: Turn) -> Reply:
    """Have loans fetched from the door."""
    patron = turn.reader
    loans = turn.services.library.loans(turn.session, patron=patron)
    picked = which.named(turn, which.numbered(turn, "loans", loans, lambda one: one.id), lambda one: one.item.record)
    if not picked:
        return Reply((Text("nothing-at-home" if not loans else "no-such-loan"),))
    address = requests.usable_address(turn.session, patron=patron, address=addressing.named_address(turn))
    day = requests.fetch_day(turn.session, patron=patron, address=address, now=turn.now)
    titles = Several(tuple(naming.title(loan.item.record) for loan in picked[:3]))
    choices = turn.confirm("fetch", loans=[loan.id for loan in picked], address=address.id)
    values: dict[str, Value] = {"titles": titles, "count": len(picked), "address": address.text, "day": day}
    return Reply((Text("fetch-read-back", values),), choices)


def fetch(turn: Turn, arguments: Arguments) -> Reply:
    """Order the fetching."""
    patron = turn.reader
    loans = [one for one in turn.services.library.loans(turn.session, patron=patron) if one.id in arguments["loans"]]
    address = turn.session.get(Address, arguments["address"])
    order = requests.fetch(turn.session, patron=patron, loans=loans, address=address, now=turn.now, by=turn.by)
    texts = (Text("fetch-done", {"count": len(order.loan_ids), "day": order.promised_date}),)
    return Reply((*texts, Text("fetch-swap")) if order.kind == "bring" else texts)


STEPS: Mapping[str, Step] = {"fetch": Step("request_return_pickup", yes=fetch)}
