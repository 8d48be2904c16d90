"""Whether what somebody is asked still waits for an answer: an errand for a volunteer, a book chosen for a reader."""

from __future__ import annotations

from datetime import date

from sqlalchemy.orm import Session

from catalog.delivery.tables import Errand, Parcel
from catalog.outreach.tables import Notice


def still_offered(session: Session, notice: Notice, today: date) -> bool:
    """Whether it is neither answered nor over, and its day is not past."""
    errand = session.get(Errand, notice.about["errand"], populate_existing=True)
    return errand is not None and errand.takeable(today)


def still_off(session: Session, notice: Notice, today: date) -> bool:
    """Whether nobody has to go on that day."""
    errand = session.get(Errand, notice.about["errand"], populate_existing=True)
    return errand is not None and errand.status == "lapsed"


def still_chosen(session: Session, notice: Notice, today: date) -> bool:
    """Whether the book is neither vetoed nor ordered."""
    parcel = session.get(Parcel, notice.about["parcel"], populate_existing=True)
    return parcel is not None and parcel.status == "chosen"


def still_given_up(session: Session, notice: Notice, today: date) -> bool:
    """Whether the book is still not to be had, and books are still chosen for the reader."""
    parcel = session.get(Parcel, notice.about["parcel"], populate_existing=True)
    return parcel is not None and parcel.status == "given_up" and parcel.profile.ended_at is None
