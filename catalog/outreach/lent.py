"""Whether what is to be told of a loan or a hold still holds: renewed by itself or not, delayed, missed at the door."""

from __future__ import annotations

from datetime import date

from sqlalchemy.orm import Session

from catalog.circulation.rules import OPEN_HOLD
from catalog.circulation.tables import Hold, Loan
from catalog.delivery.tables import DeliveryRequest
from catalog.outreach.tables import Notice


def still_due(session: Session, notice: Notice, today: date) -> bool:
    """Whether the loan is still out, and due on the day that is told."""
    loan = session.get(Loan, notice.about["loan"], populate_existing=True)
    return loan is not None and loan.returned_at is None and loan.due_date.isoformat() == notice.about["due_date"]


def still_delayed(session: Session, notice: Notice, today: date) -> bool:
    """Whether the reader still waits: neither is another copy there for him, nor was the old one found."""
    hold = session.get(Hold, notice.about["hold"], populate_existing=True)
    if hold is None or hold.status not in OPEN_HOLD or hold.item_id == notice.about["item"]:
        return False
    return hold.delivery_id is not None or hold.status != "ready"


def still_missed(session: Session, notice: Notice, today: date) -> bool:
    """Whether it is to come again on the day that is told."""
    delivery = session.get(DeliveryRequest, notice.about["delivery"], populate_existing=True)
    return (
        delivery is not None
        and delivery.status == "missed"
        and delivery.promised_date.isoformat() == notice.about["promised_date"]
    )
