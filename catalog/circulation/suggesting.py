"""Which of some works a librarian would put into this reader's hands: he can use it, never had it, and it is there.

Who knows which works are liked, new or of a kind (the index) hands them in, the best first; nothing is remembered of
what was suggested. What he had counts as long as his loans are kept; it is used for this alone: to leave it out.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import bindparam, case, func, select, union
from sqlalchemy.orm import Session

from catalog.audiobooks.tables import Recording
from catalog.circulation.rules import NOT_LENT, OPEN_HOLD
from catalog.circulation.tables import Hold, Loan
from catalog.delivery.tables import Parcel, ReadingProfile
from catalog.patrons.tables import Patron
from catalog.records.tables import BibliographicRecord, Item

LATELY = timedelta(days=365)
LOANS_LOOKED_AT = 5_000
"""Of so many of the newest loans it is counted which works go out most: a bounded walk along the key."""
READERS = 3
"""A work is said to be borrowed much only if so many readers had it: what one neighbour reads is nobody's business."""

_HERE = case((Item.status == "available", 1), else_=0)
_LENT = (
    select(BibliographicRecord.work_id)
    .join(Item, Item.record_id == BibliographicRecord.id)
    .join(Loan, Loan.item_id == Item.id)
    .where(Loan.patron_id == bindparam("patron"))
)
_HELD = select(Hold.work_id).where(Hold.patron_id == bindparam("patron"), Hold.status.in_(OPEN_HOLD))
_OFFERED = select(Parcel.work_id).where(Parcel.patron_id == bindparam("patron"))
_HAD = union(_LENT, _HELD, _OFFERED)
_COPIES = (
    select(BibliographicRecord.work_id, BibliographicRecord.format, func.max(_HERE))
    .join(Item, Item.record_id == BibliographicRecord.id)
    .where(BibliographicRecord.work_id.in_(bindparam("works", expanding=True)), Item.status.not_in(NOT_LENT))
    .group_by(BibliographicRecord.work_id, BibliographicRecord.format)
)
_HEARD = (
    select(BibliographicRecord.work_id)
    .join(Recording, Recording.record_id == BibliographicRecord.id)
    .where(BibliographicRecord.work_id.in_(bindparam("works", expanding=True)))
)


def for_reader(
    session: Session, *, patron: Patron | None, works: Sequence[int], formats: Sequence[str] = ()
) -> list[int]:
    """Those of `works` that this reader (or anybody) can use and never had: what is on the shelf now first, in order.

    `formats` narrows it to what is wanted; else the reader's own count, and all of them for a stranger.
    """
    usable = set(formats or (patron.formats if patron else ()))
    had = set(session.scalars(_HAD, {"patron": patron.id})) if patron is not None else set()
    left = [one for one in works if one not in had]
    lent: set[int] = set()
    here: set[int] = set()
    for work, form, available in session.execute(_COPIES, {"works": left}):
        if not usable or form in usable:
            lent.add(work)
            if available:
                here.add(work)
    if not usable or "audiobook" in usable:
        heard = set(session.scalars(_HEARD, {"works": left}))
        lent, here = lent | heard, here | heard
    return sorted((one for one in left if one in lent), key=lambda one: one not in here)


def much_borrowed(session: Session, *, now: datetime, limit: int) -> list[int]:
    """The works that most readers borrowed lately, the most first; none that only a few did."""
    newest = session.scalar(select(func.max(Loan.id))) or 0
    readers = func.count(Loan.patron_id.distinct())
    statement = (
        select(BibliographicRecord.work_id)
        .join(Item, Item.record_id == BibliographicRecord.id)
        .join(Loan, Loan.item_id == Item.id)
        .where(Loan.id > newest - LOANS_LOOKED_AT, Loan.checked_out_at > now - LATELY)
        .group_by(BibliographicRecord.work_id)
        .having(readers >= READERS)
        .order_by(readers.desc(), BibliographicRecord.work_id)
        .limit(limit)
    )
    return list(session.scalars(statement))


def likes(session: Session, *, patron: Patron | None) -> tuple[str, ...]:
    """The subjects this reader asked to have books chosen of; none where he asked for nothing. Nobody's loans are
    looked through for what he may like: he said no such thing."""
    if patron is None:
        return ()
    statement = select(ReadingProfile).where(ReadingProfile.patron_id == patron.id, ReadingProfile.ended_at.is_(None))
    profile = session.scalars(statement).first()
    return tuple(profile.subjects) if profile else ()
