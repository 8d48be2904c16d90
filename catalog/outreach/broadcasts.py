"""Broadcasts: what a library tells many readers at once. One librarian writes it, a second one approves it.

Sending writes a notice for each reader of the audience, and from then on it is a notice like any other: quiet hours,
one message a reader, a last look before it leaves. A broadcast about a topic goes to those who asked for the topic;
one without goes to every reader of the places who has not said that we shall not speak unasked.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session

from catalog import audit, refusals
from catalog.organisation.calendar import below, day_of
from catalog.organisation.tables import Librarian, OrgUnit
from catalog.outreach import notices
from catalog.outreach.events import TOPICS
from catalog.outreach.tables import Broadcast, Notice
from catalog.patrons.tables import Patron
from catalog.rows import locked

LONGEST = 300
"""Signs of a text: it is also read aloud."""
LASTS = timedelta(days=7)
"""Who cannot be reached for so long is not told any more."""
SAME_WITHIN = timedelta(days=1)
"""A draft with the same words for the same readers within this time is the same draft, said again."""


def draft(
    session: Session,
    *,
    library: OrgUnit,
    text: str,
    text_en: str = "",
    topic: str = "",
    places: Sequence[OrgUnit] = (),
    librarian: Librarian,
    now: datetime,
    by: audit.Actor,
) -> Broadcast:
    """A broadcast of `library` to its readers, or only to those of `places`, and about a topic if one is named.

    Raises: refusals.NotFound (`what`: topic, place outside the library), BroadcastUnsayable (no text, or a long one).
    """
    text, text_en = " ".join(text.split()), " ".join(text_en.split())
    if not text or len(text) > LONGEST or len(text_en) > LONGEST:
        raise refusals.BroadcastUnsayable(limit=LONGEST)
    if topic and topic not in TOPICS:
        raise refusals.NotFound(what="topic")
    of_library = {unit.id for unit in below(session, library)}
    place_ids = sorted({place.id for place in places})
    if not of_library.issuperset(place_ids):
        raise refusals.NotFound(what="place")
    locked(session, OrgUnit, library.id)
    same = (
        select(Broadcast)
        .where(Broadcast.org_unit_id == library.id, Broadcast.text == text, Broadcast.text_en == text_en)
        .where(Broadcast.topic == topic, Broadcast.status != "recalled", Broadcast.drafted_at > now - SAME_WITHIN)
        .order_by(Broadcast.id.desc())
    )
    for held in session.scalars(same):
        if held.place_ids == place_ids:
            return held
    made = Broadcast(
        org_unit=library,
        text=text,
        text_en=text_en,
        topic=topic,
        place_ids=place_ids,
        status="draft",
        drafted_by=librarian.id,
        drafted_at=now,
    )
    session.add(made)
    session.flush()
    _record(session, "broadcast_drafted", made, librarian, now=now, by=by)
    return made


def audience(session: Session, *, broadcast: Broadcast) -> Iterator[Patron]:
    """The readers it is for, as they wish it today."""
    session.flush()
    roots = [session.get_one(OrgUnit, one) for one in broadcast.place_ids] or [broadcast.org_unit]
    places = sorted({unit.id for root in roots for unit in below(session, root)})
    readers = (
        select(Patron)
        .where(Patron.forgotten_at.is_(None), or_(Patron.home_id.in_(places), Patron.pickup_id.in_(places)))
        .order_by(Patron.id)
    )
    yield from (patron for patron in session.scalars(readers) if notices.wants(patron, broadcast))


def approve(
    session: Session, *, broadcast: Broadcast, librarian: Librarian, now: datetime, by: audit.Actor
) -> Broadcast:
    """A second librarian has read it. Approved already, it stays so. Raises: refusals.SecondLibrarian, NotFound
    (recalled)."""
    broadcast = _locked(session, broadcast)
    if broadcast.status == "recalled":
        raise refusals.NotFound(what="broadcast")
    if broadcast.status == "draft":
        if librarian.id == broadcast.drafted_by:
            raise refusals.SecondLibrarian()
        broadcast.status, broadcast.approved_by, broadcast.approved_at = "approved", librarian.id, now
        session.flush()
        _record(session, "broadcast_approved", broadcast, librarian, now=now, by=by)
    return broadcast


def send(session: Session, *, broadcast: Broadcast, librarian: Librarian, now: datetime, by: audit.Actor) -> int:
    """Owe it to every reader of the audience; how many are new (none the second time).

    Raises: refusals.SecondLibrarian (nobody approved it), NotFound (recalled).
    """
    broadcast = _locked(session, broadcast)
    if broadcast.status == "recalled":
        raise refusals.NotFound(what="broadcast")
    if broadcast.status == "draft":
        raise refusals.SecondLibrarian()
    if broadcast.status == "sent":
        return 0
    broadcast.status, broadcast.sent_at = "sent", now
    session.flush()
    written = notices.owe(
        session, "broadcast", (_owed(broadcast, patron, now) for patron in audience(session, broadcast=broadcast)),
        now=now,
    )  # fmt: skip
    _record(session, "broadcast_sent", broadcast, librarian, now=now, by=by, readers=written)
    return written


def recall(
    session: Session, *, broadcast: Broadcast, text: str = "", librarian: Librarian, now: datetime, by: audit.Actor
) -> tuple[int, int]:
    """Take it back: who was not told yet will not be; who was is told so, with `text` as what is right instead.

    How many it was withdrawn for, and how many are told of it; none the second time.
    Raises: refusals.BroadcastUnsayable (a long text).
    """
    text = " ".join(text.split())
    if len(text) > LONGEST:
        raise refusals.BroadcastUnsayable(limit=LONGEST)
    broadcast = _locked(session, broadcast)
    if broadcast.status == "recalled":
        return 0, 0
    broadcast.status, broadcast.recalled_at, broadcast.correction = "recalled", now, text
    session.flush()
    withdrawn, misled = 0, []
    for notice in session.scalars(
        select(Notice)
        .where(Notice.kind == "broadcast", Notice.cause.startswith(f"broadcast:broadcast:{broadcast.id}:"))
        .order_by(Notice.id)
        .with_for_update(key_share=True)
        .execution_options(populate_existing=True)
    ).all():
        if notice.status == "due":
            notices.drop(session, notice, reason="recalled")
            withdrawn += 1
        elif notice.status == "sent":
            misled.append(session.get_one(Patron, notice.patron_id))
    told = notices.owe(
        session, "broadcast_recalled", (_owed(broadcast, patron, now, "broadcast_recalled") for patron in misled),
        now=now,
    )  # fmt: skip
    _record(session, "broadcast_recalled", broadcast, librarian, now=now, by=by, readers=told)
    return withdrawn, told


def told(session: Session, *, broadcast: Broadcast) -> dict[str, int]:
    """How many of its notices are due, sent and dropped."""
    statement = (
        select(Notice.status, func.count())
        .where(Notice.kind == "broadcast", Notice.cause.startswith(f"broadcast:broadcast:{broadcast.id}:"))
        .group_by(Notice.status)
    )
    return {"due": 0, "sent": 0, "dropped": 0} | dict(session.execute(statement).all())


def _owed(broadcast: Broadcast, patron: Patron, now: datetime, kind: str = "broadcast") -> notices.Owed:
    cause = f"{kind}:broadcast:{broadcast.id}:{patron.id}"
    return notices.Owed(patron, cause, {"broadcast": broadcast.id}, day_of(now + LASTS))


def _locked(session: Session, broadcast: Broadcast) -> Broadcast:
    return locked(session, Broadcast, broadcast.id) or broadcast


def _record(
    session: Session, what: str, broadcast: Broadcast, librarian: Librarian, *, now: datetime, by: audit.Actor,
    readers: int | None = None,
) -> None:  # fmt: skip
    ids = {"broadcast": broadcast.id, "librarian": librarian.id, "readers": readers}
    audit.record(session, what, now=now, by=by, ids=ids)
