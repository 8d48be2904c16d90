"""What a reader usually does, where he has not said it: the place at which he collected last."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from catalog.circulation.tables import Hold
from catalog.organisation.tables import OrgUnit
from catalog.patrons.tables import Patron


def last_pickup(session: Session, *, patron: Patron) -> OrgUnit | None:
    """Where the reader had his last hold put aside, if holds can still be collected there."""
    used = select(OrgUnit).join(Hold, Hold.pickup_id == OrgUnit.id).where(Hold.patron_id == patron.id)
    return session.scalars(used.where(OrgUnit.is_pickup).order_by(Hold.placed_at.desc(), Hold.id.desc())).first()
