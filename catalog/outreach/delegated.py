"""Whether what is to be told of one person acting for another still holds."""

from __future__ import annotations

from datetime import date

from sqlalchemy.orm import Session

from catalog.outreach.tables import Notice
from catalog.patrons.tables import Delegation


def still_given(session: Session, notice: Notice, today: date) -> bool:
    """Whether the delegation is there and was not taken back since."""
    held = session.get(Delegation, notice.about["delegation"], populate_existing=True)
    return held is not None and held.revoked_at is None and (held.expires_on is None or held.expires_on >= today)


def still_ended(session: Session, notice: Notice, today: date) -> bool:
    """Whether it is still taken back."""
    held = session.get(Delegation, notice.about["delegation"], populate_existing=True)
    return held is not None and held.revoked_at is not None


def still_known(session: Session, notice: Notice, today: date) -> bool:
    """Whether it can still be said who acted: nobody is named who wants to be forgotten."""
    return session.get(Delegation, notice.about["delegation"]) is not None
