"""What goes on paper for a day: the round sheet of a place, in the order of its route, and the list of what is to be
taken from its shelves. Changes nothing.

A pick list holds no reader's name; a round sheet holds names, doors and telephones, because somebody goes there.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from catalog.circulation import moving
from catalog.circulation.tables import Hold, Loan
from catalog.delivery import requests, routes
from catalog.delivery.tables import DeliveryRequest
from catalog.organisation.rules import kilometres
from catalog.organisation.tables import OrgUnit
from catalog.patrons import addresses
from catalog.records.tables import BibliographicRecord, Item

GONE = ("delivered", "collected")
"""How a delivery ends that somebody was there for."""


@dataclass(frozen=True, slots=True)
class Carried:
    """A book that is brought or taken along: which, and whether it lies where the round starts (if it is brought)."""

    record: BibliographicRecord
    barcode: str
    here: bool = True


@dataclass(frozen=True, slots=True)
class Stop:
    """A door of the round. `first_visit`: nobody of ours was ever there, so that two persons go."""

    delivery: DeliveryRequest
    brings: tuple[Carried, ...]
    takes: tuple[Carried, ...]
    first_visit: bool


@dataclass(frozen=True, slots=True)
class Pick:
    """A copy to be taken from the shelf: for the hold shelf here, a `delivery` of the round from here, or `to` send."""

    item: Item
    hold: Hold
    to: OrgUnit | None
    delivery: DeliveryRequest | None


def round_of(session: Session, *, place: OrgUnit, day: date) -> list[Stop]:
    """The doors that the round of `place` goes to on `day`, in the order of the route."""
    statement = (
        select(DeliveryRequest)
        .where(DeliveryRequest.org_unit_id == place.id, DeliveryRequest.promised_date == day)
        .where(DeliveryRequest.status.in_(("requested", "missed", "dispatched")))
        .options(joinedload(DeliveryRequest.patron))
        .order_by(DeliveryRequest.id)
    )
    found = session.scalars(statement).all()
    order = routes.route(_doors(session, found), start=_point(place), distance=kilometres)
    known = visited(session, [one.patron_id for one in found])
    return [_stop(session, found[at], known) for at in order]


def visited(session: Session, patrons: Sequence[int]) -> set[int]:
    """Those of `patrons` at whose door somebody has been before."""
    statement = select(DeliveryRequest.patron_id).where(
        DeliveryRequest.patron_id.in_(patrons), DeliveryRequest.status.in_(GONE)
    )
    return set(session.scalars(statement.distinct()))


def picks(session: Session, *, place: OrgUnit) -> list[Pick]:
    """What is to be taken from the shelves of `place` for holds, in the order of the call numbers."""
    statement = (
        select(Hold)
        .join(Item, Hold.item_id == Item.id)
        .where(Item.location_id == place.id, Item.status == "allocated", Hold.status == "waiting")
        .options(joinedload(Hold.item).joinedload(Item.record))
    )
    found = [_pick(session, hold, hold.item, place) for hold in session.scalars(statement) if hold.item is not None]
    return sorted(found, key=lambda one: (routes.natural(one.item.call_number), one.item.barcode))


def _pick(session: Session, hold: Hold, item: Item, place: OrgUnit) -> Pick:
    to = moving.destination(session, hold)
    delivery = session.get(DeliveryRequest, hold.delivery_id) if hold.delivery_id is not None else None
    return Pick(item, hold, to if to.id != place.id else None, delivery)


def _stop(session: Session, delivery: DeliveryRequest, known: set[int]) -> Stop:
    brings: tuple[Carried, ...] = ()
    if delivery.kind == "bring":
        brings = tuple(_carried(delivery, hold) for hold in requests.brings(session, delivery))
    loans = [session.get_one(Loan, id) for id in delivery.loan_ids]
    takes = tuple(Carried(loan.item.record, loan.item.barcode) for loan in loans if loan.returned_at is None)
    return Stop(delivery, brings, takes, delivery.patron_id not in known)


def _carried(delivery: DeliveryRequest, hold: Hold) -> Carried:
    item = hold.item
    if item is None:
        return Carried(hold.record, "", here=False)
    on_its_way = item.status == "in_transit" and delivery.status != "dispatched"
    return Carried(item.record, item.barcode, here=item.location_id == delivery.org_unit_id and not on_its_way)


def _doors(session: Session, found: Sequence[DeliveryRequest]) -> list[routes.Door]:
    villages = {text: addresses.named_in(session, text) for text in {one.address_text for one in found}}
    return [
        routes.Door(one.window, _point(villages[one.address_text] or one.org_unit), one.address_text) for one in found
    ]


def _point(place: OrgUnit) -> routes.Point | None:
    if place.latitude is None or place.longitude is None:
        return None
    return place.latitude, place.longitude
