"""Addresses that a reader says and the card does not have: whose round comes by there, and writing one down.

A place is known by its name in the address (the town, the village), the narrowest that is named; its round is its own
or that of the place above it. Nothing is guessed from a street alone: the same street stands in many towns.
"""

from __future__ import annotations

import unicodedata
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from catalog import audit
from catalog.organisation.calendar import above, calendar_of
from catalog.organisation.directory import KINDS_SAID, LEVELS_SAID, STREETS_SAID
from catalog.organisation.tables import LEVELS, OrgUnit
from catalog.patrons.tables import Address, Patron

SHORTEST = 2
"""Signs a place's name has at least, to be looked for within an address."""


def named_in(session: Session, text: str) -> OrgUnit | None:
    """The place whose name stands in an address, the narrowest if several do; None if none does."""
    said = _folded(text)
    best: tuple[int, int, int] = (-1, 0, 0)
    found: OrgUnit | None = None
    for unit in session.scalars(select(OrgUnit).where(OrgUnit.kind != "consortium").order_by(OrgUnit.id)):
        length = max((len(form) for form in _names(unit) if _stands(form, said)), default=0)
        rank = (LEVELS.index(unit.level), length, -unit.id)
        if length and rank > best:
            best, found = rank, unit
    return found


def coming_by(session: Session, place: OrgUnit) -> OrgUnit | None:
    """The place whose van or volunteer brings books to the doors round `place`; None where nobody does."""
    return next((unit for unit in above(session, place) if calendar_of(session, place=unit).rounds), None)


def region_said(text: str) -> bool:
    """Whether an address names a town, a county or the like, known or not."""
    said = _folded(text)
    return any(level in said[SHORTEST:] for level in LEVELS_SAID)


def more_than_a_region(text: str, place: OrgUnit) -> bool:
    """Whether an address says more than the name of `place`: a road, a house, "beside the old school"."""
    said = _folded(text)
    names = [form for form in _names(place) if _stands(form, said)]
    rest = said[max((said.rfind(form) + len(form) for form in names), default=0) :]
    for level in LEVELS_SAID:
        rest = rest.removeprefix(level)
    return len(rest) >= SHORTEST or any(sign.isdigit() for sign in said)


def keep(
    session: Session, *, patron: Patron, text: str, place: OrgUnit, lasting: bool, now: datetime, by: audit.Actor
) -> Address:
    """Write an address down: on the card (`lasting`, written as `address_saved`), or for one order only (`once`)."""
    same = next((one for one in patron.addresses if one.deliverable and _folded(one.text) == _folded(text)), None)
    if same is not None:
        return same
    address = Address(patron=patron, text=text, org_unit=place, deliverable=True)
    session.add(address)
    session.flush()
    if lasting:
        audit.record(session, "address_saved", now=now, by=by, ids={"address": address.id})
    return address


def once(session: Session, address: Address) -> None:
    """The address was for one order: the order keeps it, and it is not on offer again."""
    address.deliverable = False
    session.flush()


def _names(unit: OrgUnit) -> set[str]:
    """What a place is called within an address: its names without the word for what kind of place it is."""
    names = set()
    for name in (unit.name, unit.short_name, unit.name_en, *unit.aliases):
        bare = _folded(name)
        for kind in KINDS_SAID:
            bare = bare.replace(_folded(kind), "")
        short = next((bare.removesuffix(level) for level in LEVELS_SAID if bare.endswith(level)), bare)
        names |= {form for form in (bare, short) if len(form) >= SHORTEST}
    return names


def _stands(form: str, said: str) -> bool:
    """Whether `form` stands in `said` as the name of a place: not as the beginning of a street or another region."""
    at = said.find(form)
    while at >= 0:
        after = said[at + len(form) :]
        if form.endswith(LEVELS_SAID) or after.startswith(LEVELS_SAID) or not after.startswith(STREETS_SAID):
            return True
        at = said.find(form, at + 1)
    return False


def _folded(name: str) -> str:
    text = unicodedata.normalize("NFKC", name).casefold()
    return "".join(sign for sign in text if sign.isalnum())
