"""Where a book is to be brought: an address of the card, or one that is said now and read back before it counts.

A new address is written nowhere before the reader has agreed: until then it stands in the question as its words and
the place whose round goes there.
"""

from __future__ import annotations

import re
from typing import Any

from bot.dialogue import named
from bot.dialogue.flows import which
from bot.dialogue.steps import Arguments
from bot.dialogue.turn import Turn
from bot.messages import Text
from bot.understanding.meaning import Phrase
from catalog.organisation import directory
from catalog.organisation.tables import OrgUnit
from catalog.patrons import addresses
from catalog.patrons.tables import Address


def on_card(turn: Turn) -> list[Address]:
    """The reader's addresses that books can be brought to."""
    return [one for one in turn.reader.addresses if one.deliverable]


def named_address(turn: Turn) -> Address | None:
    """The address of the card that was named, by any part of it or by its place."""
    phrase = turn.phrase("place")
    if phrase is None or turn.patron is None:
        return None
    usable, words = on_card(turn), _plain(_without_my(turn, phrase.text))
    for one in usable:
        if words and (words in _plain(turn.locale.incoming(one.text)) or words == _plain(one.note)):
            return one
    unit = which.place(turn) if not phrase.text or directory.called(turn.session, phrase.text) else None
    return next((one for one in usable if unit is not None and one.org_unit_id == unit.id), None)


def said(turn: Turn, before: str = "") -> Address | Text | None:
    """The address that was said: of the card or new; why it is none; None if none was said, or a place to collect at.

    `before` is what was said of it in the turns before: a town without a road, or a road without its town.
    """
    phrase = turn.phrase("place")
    known = named_address(turn)
    if phrase is None or known is not None:
        return known
    text = phrase.text.strip()
    if not text:
        return None if which.place(turn) is not None else Text("deliver-address-unwritten")
    if not before and directory.called(turn.session, text):
        return None
    town_first = bool(before) and addresses.named_in(turn.session, before) is not None
    whole = before + text if town_first else text + before
    read = [_read(turn, way) for way in dict.fromkeys((text, whole))]
    return next((one for one in read if isinstance(one, Address)), read[0])


def _read(turn: Turn, text: str) -> Address | Text:
    """An address by its words: whose round goes there, or what it lacks."""
    unit = addresses.named_in(turn.session, text)
    if unit is None and addresses.region_said(text):
        return Text("deliver-address-outside", {"place": text})
    if unit is None:
        plain = any(sign.isdigit() for sign in text) or named.found(turn, "street", text)
        return Text("deliver-address-which-town", {"place": text}) if plain else Text("deliver-address-unknown")
    if not addresses.more_than_a_region(text, unit):
        there = next((one for one in on_card(turn) if one.org_unit_id == unit.id), None)
        return there or Text("deliver-address-more", {"place": text})
    by = addresses.coming_by(turn.session, unit)
    return new(turn, text, by) if by is not None else Text("deliver-address-outside", {"place": text})


def is_one(where: Address | Text | None) -> bool:
    """Whether what `said` gives is an address, whole or in part, and not just any words."""
    return where is not None and not (isinstance(where, Text) and where.id == "deliver-address-unknown")


def in_words(turn: Turn) -> Phrase | None:
    """The address that stands in what was said, in its last clause, whatever the sentence was taken for."""
    clause = re.split(r"[,，。;；!！]\s*", turn.words.strip(" ,，。;；!！"), maxsplit=1)[-1]
    plain = turn.locale.incoming(clause)
    for word in named.words(turn, "it_is"):
        plain = plain.removeprefix(word) if plain.casefold().startswith(word) else plain
    house = any(sign.isnumeric() for sign in plain) and named.found(turn, "street", plain)
    return Phrase(plain.strip()) if house else None


def new(turn: Turn, text: str, place: OrgUnit) -> Address:
    """An address as it would be, written nowhere yet."""
    return Address(patron_id=turn.reader.id, text=text, org_unit=place, org_unit_id=place.id, deliverable=True, note="")


def is_new(address: Address) -> bool:
    """Whether the address was said now and is written nowhere yet."""
    return address.id is None


def arguments_of(address: Address | None) -> dict[str, Any]:
    """The address as arguments of a question."""
    if address is None:
        return {}
    if is_new(address):
        return {"to": address.text, "place": address.org_unit_id}
    return {"address": address.id}


def held(turn: Turn, arguments: Arguments) -> Address | None:
    """The address that a question held."""
    if arguments.get("to"):
        return new(turn, str(arguments["to"]), turn.session.get_one(OrgUnit, arguments["place"]))
    return turn.session.get(Address, arguments["address"]) if arguments.get("address") else None


def agreed(turn: Turn, arguments: Arguments, *, lasting: bool) -> Address | None:
    """The address that was agreed to, written down if it is new."""
    address = held(turn, arguments)
    if address is None or not is_new(address):
        return address
    return addresses.keep(
        turn.session,
        patron=turn.reader,
        text=address.text,
        place=address.org_unit,
        lasting=lasting,
        now=turn.now,
        by=turn.by,
    )


def part(why: Text, before: str) -> str | None:
    """What is kept of an address that lacks its town, or its road, until that is said."""
    if why.id in ("deliver-address-which-town", "deliver-address-more"):
        return str(why.values["place"])
    return before or None


def _without_my(turn: Turn, text: str) -> str:
    for word in named.words(turn, "my"):
        text = text.removeprefix(word)
    return text.strip()


def _plain(text: str) -> str:
    return "".join(text.split())
