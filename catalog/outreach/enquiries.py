"""What waits for a librarian: a wish for a person, a call back, an opinion, a book to buy or to record.

A reader's own voice is kept only with consent, which he may take back. How librarians answer is not here.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from sqlalchemy import false, select, update
from sqlalchemy.orm import Session

from catalog import audit
from catalog.outreach.tables import Enquiry
from catalog.patrons.tables import Consent, Patron

AUDITED: Mapping[str, str] = {
    "human": "handed_to_librarian",
    "call_back": "call_back_requested",
    "feedback": "feedback_sent",
    "purchase": "purchase_suggested",
    "recording": "recording_requested",
}
"""What the audit trail says of each kind."""


def open_enquiry(
    session: Session,
    *,
    kind: str,
    patron: Patron | None = None,
    talk: str = "",
    text: str = "",
    transcript: Sequence[str] = (),
    recording: bytes | None = None,
    recording_type: str = "",
    consent: bool = False,
    call_at: datetime | None = None,
    now: datetime,
    by: audit.Actor,
) -> Enquiry:
    """Leave an enquiry of `kind` (a key of AUDITED) for a librarian. `recording` is dropped without `consent`."""
    enquiry = Enquiry(
        kind=kind,
        patron_id=patron.id if patron else None,
        talk=talk,
        text=text,
        transcript=list(transcript),
        recording=recording if consent else None,
        recording_type=recording_type if consent and recording else "",
        consent=consent,
        created_at=now,
        call_at=call_at,
    )
    session.add(enquiry)
    if consent and recording and patron is not None:
        session.add(Consent(patron_id=patron.id, what="keep_recording", given_at=now))
    session.flush()
    audit.record(session, AUDITED[kind], now=now, by=by, ids={"enquiry": enquiry.id})
    return enquiry


def waiting(session: Session) -> list[Enquiry]:
    """The enquiries that nobody has closed, the oldest first."""
    return list(session.scalars(select(Enquiry).where(Enquiry.closed_at.is_(None)).order_by(Enquiry.id)))


def kept(session: Session, *, patron: Patron, talk: str = "") -> list[Enquiry]:
    """The enquiries with a recording of the patron's voice, or of what was said in `talk`, the oldest first."""
    whose = (Enquiry.patron_id == patron.id) | ((Enquiry.talk == talk) if talk else false())
    return list(session.scalars(select(Enquiry).where(whose, Enquiry.recording.is_not(None)).order_by(Enquiry.id)))


def withdraw(session: Session, *, patron: Patron, talk: str = "", now: datetime, by: audit.Actor) -> int:
    """Take back the consent to keep recordings: they are deleted, with those left in `talk` before the card was shown.

    What says nothing without its recording is closed. Gives how many were deleted; taken back again it is 0.
    """
    enquiries = kept(session, patron=patron, talk=talk)
    for one in enquiries:
        one.recording, one.recording_type, one.consent = None, "", False
        one.closed_at = one.closed_at or (None if one.text else now)
    open_consents = (Consent.patron_id == patron.id, Consent.what == "keep_recording", Consent.revoked_at.is_(None))
    session.execute(update(Consent).where(*open_consents).values(revoked_at=now))
    session.flush()
    for one in enquiries:
        audit.record(session, "recording_deleted", now=now, by=by, ids={"enquiry": one.id})
    return len(enquiries)


def close(session: Session, *, enquiry: Enquiry, now: datetime, by: audit.Actor) -> None:
    """A librarian has dealt with it; the recording is deleted with that. Closed again it stays as it is."""
    if enquiry.closed_at is None:
        enquiry.closed_at = now
        enquiry.recording = None
        session.flush()
        audit.record(session, "enquiry_closed", now=now, by=by, ids={"enquiry": enquiry.id})
