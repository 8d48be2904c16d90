"""Listening: the link to a recording, who may have it, and where one stopped. The sound itself is served elsewhere.

Recordings in the public domain are for everybody. The others are accessible-format copies: only for readers with a
proof of print disability, labelled, and every link given out is recorded (Copyright Law art. 24(12)).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import bindparam, case, select
from sqlalchemy.orm import Session, joinedload

from catalog import audit, refusals
from catalog.audiobooks.tables import ListeningPosition, Recording
from catalog.patrons.tables import Patron
from catalog.records.tables import BibliographicRecord

RESUME_EARLIER = 10
"""Seconds before the place where one stopped, so that the sentence makes sense."""


@dataclass(frozen=True, slots=True)
class Playback:
    """A recording to be played: its link, length and where to begin, in seconds (0 seconds long: unknown).

    `label_accessible`: to be labelled 阅读障碍者专用. `record_id` is the recording's record.
    """

    url: str
    seconds: int
    position: int
    label_accessible: bool
    record_id: int
    narrator: str = ""


def link(session: Session, *, patron: Patron | None, record_id: int, now: datetime, by: audit.Actor) -> Playback:
    """The recording of `record_id`, or of another edition of its work, from where the patron stopped.

    Raises: refusals.NotFound (there is none), NotEligible (only for readers with a print disability).
    """
    recording = recording_of(session, record_id=record_id)
    if recording is None:
        raise refusals.NotFound(what="recording")
    if not recording.open_access:
        if patron is None or not patron.print_disabled:
            raise refusals.NotEligible()
        audit.record(session, "accessible_copy_given", now=now, by=by, ids={"record": recording.record_id})
    stopped = 0
    if patron is not None:
        held = _position(session, patron, recording)
        stopped = held.seconds if held else 0
        _keep(session, patron, recording, seconds=stopped, now=now)
    if recording.seconds and stopped >= recording.seconds - RESUME_EARLIER:
        stopped = 0
    return Playback(
        recording.url,
        recording.seconds,
        max(0, stopped - RESUME_EARLIER) if stopped else 0,
        not recording.open_access,
        recording.record_id,
        recording.narrator,
    )


_SAME_WORK = select(BibliographicRecord.work_id).where(BibliographicRecord.id == bindparam("record"))
_OF_RECORD = (
    select(Recording)
    .join(BibliographicRecord)
    .where(BibliographicRecord.work_id == _SAME_WORK.scalar_subquery())
    .order_by(case((Recording.record_id == bindparam("record"), 0), else_=1))
    .order_by(Recording.open_access.desc(), Recording.id)
    .limit(1)
)


def recording_of(session: Session, *, record_id: int) -> Recording | None:
    """The recording of this record, else the first one of its work (public domain before others)."""
    return session.scalars(_OF_RECORD, {"record": record_id}).first()


def position(session: Session, *, patron: Patron, record_id: int) -> int:
    """Where the patron stopped in the recording of `record_id`, in seconds; 0 if never begun."""
    recording = recording_of(session, record_id=record_id)
    held = _position(session, patron, recording) if recording else None
    return held.seconds if held else 0


def keep_position(session: Session, *, patron: Patron, record_id: int, seconds: int, now: datetime) -> None:
    """Remember where the patron stopped. Raises: refusals.NotFound (there is no recording)."""
    recording = recording_of(session, record_id=record_id)
    if recording is None:
        raise refusals.NotFound(what="recording")
    _keep(session, patron, recording, seconds=max(0, seconds), now=now)


def last_played(session: Session, *, patron: Patron) -> Recording | None:
    """What the patron listened to last; None if nothing yet."""
    statement = (
        select(ListeningPosition)
        .where(ListeningPosition.patron_id == patron.id)
        .options(joinedload(ListeningPosition.recording).joinedload(Recording.record))
        .order_by(ListeningPosition.at.desc())
    )
    held = session.scalars(statement).first()
    return held.recording if held else None


def _position(session: Session, patron: Patron, recording: Recording) -> ListeningPosition | None:
    return session.get(ListeningPosition, (patron.id, recording.id))


def _keep(session: Session, patron: Patron, recording: Recording, *, seconds: int, now: datetime) -> None:
    held = _position(session, patron, recording)
    if held is None:
        held = ListeningPosition(patron_id=patron.id, recording_id=recording.id, at=now)
        session.add(held)
    held.seconds, held.at = seconds, now
    session.flush()
