"""Lists of readers, as another system keeps them: a row a card. A card that is known takes over what is told anew.

A PIN that is not told cannot be guessed: the reader links his card with a one-time code from the desk. Why a card is
blocked is kept; that something could not be delivered, or what was read before, is never asked.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from catalog import audit
from catalog.interchange.days import day_in
from catalog.interchange.describing import Unusable, year_in
from catalog.interchange.describing import one_of as format_of
from catalog.interchange.lists import Kind, Taking, needed, one_of
from catalog.interchange.tables import Columns
from catalog.organisation import directory
from catalog.organisation.calendar import day_of
from catalog.organisation.tables import OrgUnit
from catalog.patrons.cards import LONGEST, hash_pin, is_number, plain_number
from catalog.patrons.tables import Address, Block, Card, Patron

COLUMNS = Columns(
    "reader_columns.json",
    (frozenset({"card", "name"}),),
    "{} has no columns that are headed as a reader's card and name; --column HEADING=card says which one it is",
)
_LIST = re.compile("[,/;|\u3001\uff0c\uff1b]+")


def place_of(taking: Taking, said: str, what: str = "place") -> OrgUnit:
    """The place with this code or name, or with this code of the source's. Raises: Unusable."""
    written = taking.places.get(said, said)
    if written in taking.known:
        return taking.session.get_one(OrgUnit, taking.known[written])
    units = taking.session.scalars(select(OrgUnit).where(OrgUnit.code == written)).all()
    named = list(units) or directory.called(taking.session, written)
    if len(named) == 1:
        taking.known[written] = named[0].id
        return named[0]
    likely = named or directory.find(taking.session, name=written)[:2]
    reason = f"several places are called {said}" if named else f"no place has the code or name {said}"
    perhaps = f", perhaps {', '.join(f'{one.code} ({one.name})' for one in likely)}" if likely else ""
    raise Unusable(f"its {what}: {reason}{perhaps}; --place THEIRS=OURS says which it is")


def patron_of(taking: Taking, card: str) -> Patron:
    """The reader with this card. Raises: Unusable."""
    found = taking.session.get(Card, plain_number(card))
    if found is None:
        raise Unusable(f"no reader has the card {card}; bring in the readers first")
    return found.patron


def _take(taking: Taking, said: Mapping[str, str]) -> str:
    number = plain_number(needed(said, "card"))
    if not is_number(number):
        raise Unusable(f"a card's number has 1 to {LONGEST} letters and digits")
    state = one_of("card state", said["state"]) if "state" in said else ""
    card = taking.session.get(Card, number)
    if state == "deleted" and card is None:
        raise Unusable("the reader has left: such a card is not taken over")
    home = place_of(taking, said["home"], "library") if "home" in said else None
    told = _told(taking, said)
    if card is not None:
        changed = _changed(card.patron, told | ({"home": home} if home else {}))
    else:
        if home is None:
            raise Unusable("it does not say which library the reader belongs to, in a column such as home")
        patron = Patron(name=needed(said, "name"), home=home, **{k: v for k, v in told.items() if k != "name"})
        card = Card(number=number, patron=patron, pin_hash=hash_pin(said["pin"]) if "pin" in said else "")
        taking.session.add(card)
        taking.session.flush()
        changed = True
        audit.record(taking.session, "registered", now=taking.now, by=taking.by, ids={"patron": patron.id})
        _stands(taking, card, state, said)
        _lives(taking, card.patron, said)
        return "created"
    changed = _stands(taking, card, state, said) or changed
    changed = _lives(taking, card.patron, said) or changed
    taking.session.flush()
    if changed:
        audit.record(taking.session, "reader_changed", now=taking.now, by=taking.by, ids={"patron": card.patron_id})
    return "updated" if changed else "merged"


def _told(taking: Taking, said: Mapping[str, str]) -> dict[str, Any]:
    """What a row tells of a reader, by the names of Patron's columns."""
    told: dict[str, Any] = {name: said[name] for name in ("name", "phone", "locale") if name in said}
    if "group" in said:
        told["group"] = one_of("group", said["group"])
    if "print_disabled" in said:
        told["print_disabled"] = one_of("yes or no", said["print_disabled"]) == "yes"
    if "birth_year" in said and (year := year_in(said["birth_year"])):
        told["birth_year"] = year
    if "formats" in said:
        forms = [(word.strip(), format_of("formats", word)) for word in _LIST.split(said["formats"]) if word.strip()]
        if wrong := [word for word, form in forms if form is None]:
            raise Unusable(f"its formats: {wrong[0]} is none that is known")
        told["formats"] = [form for _, form in forms]
    if "pickup" in said:
        pickup = place_of(taking, said["pickup"], "pick-up place")
        if not pickup.is_pickup:
            raise Unusable(f"its pick-up place: books are not collected at {pickup.name}")
        told["pickup"] = pickup
    return told


def _changed(patron: Patron, told: Mapping[str, Any]) -> bool:
    changed = False
    for name, value in told.items():
        if getattr(patron, name) != value:
            setattr(patron, name, value)
            changed = True
    return changed


def _stands(taking: Taking, card: Card, state: str, said: Mapping[str, str]) -> bool:
    """Give the card its state, and the reader the block that follows from it; whether that is new."""
    changed = False
    if state in ("active", "lost", "expired") and card.status != state:
        card.status, changed = state, True
    today = day_of(taking.now)
    if state in ("blocked", "deleted"):
        changed = _block(taking.session, card.patron_id, "staff", today) or changed
    if "expires" in said:
        after = day_in("expiry", said["expires"]) + timedelta(1)
        changed = _block(taking.session, card.patron_id, "card_expired", after) or changed
    return changed


def _block(session: Session, patron_id: int, reason: str, since: date) -> bool:
    """Block the reader from `since` on, for one reason once; whether that is new."""
    held = session.scalars(
        select(Block).where(Block.patron_id == patron_id, Block.reason == reason, Block.until.is_(None))
    ).first()
    if held is None:
        session.add(Block(patron_id=patron_id, reason=reason, since=since))
        return True
    if reason == "card_expired" and held.since != since:
        held.since = since
        return True
    return False


def _lives(taking: Taking, patron: Patron, said: Mapping[str, str]) -> bool:
    """Add the address, if it is told and not known; whether that is new. Those known stay: the reader may need them."""
    if "address" not in said or any(one.text == said["address"] for one in patron.addresses):
        return False
    served = place_of(taking, said["address_at"], "delivery place") if "address_at" in said else None
    unit = served or patron.pickup or patron.home
    taking.session.add(Address(patron=patron, text=said["address"], org_unit=unit, note=said.get("note", "")))
    return True


READERS = Kind("patrons", COLUMNS, _take)
