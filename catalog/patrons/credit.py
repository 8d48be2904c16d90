"""Joining and trust: registering a reader, and vouching, which stands for a deposit or a score.

A village committee's word, a senior's or a disability certificate and a guarantee on paper count all the same: each
ends the block of a reader for whom nobody has vouched. Nothing here asks for money.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from catalog import audit, refusals
from catalog.organisation.calendar import day_of
from catalog.organisation.tables import OrgUnit
from catalog.patrons.cards import hash_pin, plain_number
from catalog.patrons.tables import Address, Block, Card, Patron
from catalog.records.tables import FORMATS
from catalog.rows import locked

GROUPS = ("adult", "child", "senior", "disabled")
VOUCHERS: Mapping[str, str] = {
    "village": "",
    "paper": "",
    "score": "",
    "senior-certificate": "senior",
    "disability-certificate": "disabled",
}
"""Who or what vouches, and the group of readers it makes one a member of, if any."""


def register(
    session: Session,
    *,
    number: str,
    pin: str,
    name: str,
    home: OrgUnit,
    pickup: OrgUnit | None = None,
    group: str = "adult",
    formats: Sequence[str] = ("print",),
    print_disabled: bool = False,
    locale: str = "zh-CN",
    phone: str = "",
    address: str = "",
    address_at: OrgUnit | None = None,
    note: str = "",
    now: datetime,
    by: audit.Actor,
) -> Patron:
    """A new reader with a card; a card that is registered already gives its reader and changes nothing.

    `address` is delivered to from `address_at`, or from the usual pick-up location, or from home.
    Raises: refusals.NotFound (`what`: group, format), NotAPickupLocation.
    """
    number = plain_number(number)
    card = session.get(Card, number)
    if card is not None:
        return card.patron
    if group not in GROUPS:
        raise refusals.NotFound(what="group")
    if not formats or not set(formats) <= set(FORMATS):
        raise refusals.NotFound(what="format")
    if pickup is not None and not pickup.is_pickup:
        raise refusals.NotAPickupLocation(place=pickup.name)
    patron = Patron(
        name=name,
        locale=locale,
        formats=list(formats),
        print_disabled=print_disabled,
        phone=phone,
        group=group,
        home=home,
        pickup=pickup,
    )
    session.add(Card(number=number, patron=patron, pin_hash=hash_pin(pin)))
    if address:
        session.add(Address(patron=patron, text=address, org_unit=address_at or pickup or home, note=note))
    session.flush()
    audit.record(session, "registered", now=now, by=by, ids={"patron": patron.id})
    return patron


def vouch(
    session: Session, *, patron: Patron, how: str, print_disabled: bool = False, now: datetime, by: audit.Actor
) -> Patron:
    """Somebody vouches for the patron (`how` is a key of VOUCHERS); `print_disabled`: the certificate proves that too.

    Said again it changes nothing. Raises: refusals.NotFound (`what`: voucher).
    """
    if how not in VOUCHERS:
        raise refusals.NotFound(what="voucher")
    patron = locked(session, Patron, patron.id) or patron
    today = day_of(now)
    changed = False
    blocks = select(Block).where(Block.patron_id == patron.id, Block.reason == "unvouched")
    for block in session.scalars(blocks):
        if block.until is None or block.until >= today:
            block.until = today - timedelta(1)
            changed = True
    if VOUCHERS[how] and patron.group != VOUCHERS[how]:
        patron.group = VOUCHERS[how]
        changed = True
    if print_disabled and not patron.print_disabled:
        patron.print_disabled = True
        changed = True
    session.flush()
    if changed:
        audit.record(session, "vouched", now=now, by=by, ids={"patron": patron.id, "how": how})
    return patron
