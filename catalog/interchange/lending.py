"""Lists of loans and of holds, as another system keeps them: what is out and what is waited for, taken over as it is.

Every row ends as a loan or a hold of ours, or with a sentence that says why not. What has ended stays where it was:
what somebody once read is nobody's business here (Public Library Law, art. 43).
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, time, timedelta

from sqlalchemy import select

from catalog.circulation import policies, taking_over, targets
from catalog.circulation.tables import Hold
from catalog.circulation.taking_over import NotTaken
from catalog.interchange.days import day_in, moment_in
from catalog.interchange.describing import Unusable
from catalog.interchange.lists import Explained, Kind, Taking, needed, one_of
from catalog.interchange.registering import patron_of, place_of
from catalog.interchange.tables import Columns
from catalog.organisation.calendar import ZONE
from catalog.records.isbn import isbns_in
from catalog.records.tables import BibliographicRecord, Item, RecordIsbn, SourceRecord, Work
from catalog.rows import lock

LOAN_COLUMNS = Columns(
    "loan_columns.json",
    (frozenset({"card", "barcode", "due"}),),
    "{} has no columns that are headed as a card, a barcode and a due date; --column HEADING=due says which one it is",
)
HOLD_COLUMNS = Columns(
    "hold_columns.json",
    tuple(frozenset({"card", "since", wish}) for wish in ("record", "barcode", "isbn")),
    "{} has no columns that are headed as a card, the day of the hold, and a record, ISBN or barcode; "
    "--column HEADING=since says which one it is",
)
_MANY = 99
"""More renewals than any policy grants."""


def _loan(taking: Taking, said: Mapping[str, str]) -> str:
    state = one_of("loan state", said["state"]) if "state" in said else "open"
    if "returned" in said:
        raise Unusable(
            f"it was returned on {day_in('return date', said['returned'])}: what has ended is not taken over"
        )
    if state == "returned":
        raise Unusable("it was returned: what has ended is not taken over")
    item = _item(taking, needed(said, "barcode"))
    if state in ("lost", "claimed"):
        taking_over.lost(taking.session, item=item, now=taking.now, by=taking.by)
        why = "has written it off as lost" if state == "lost" else "looks for it, the reader says it is returned"
        raise Explained(f"its library {why}: {item.barcode} is {item.status} here, and nobody is asked to bring it")
    patron = patron_of(taking, needed(said, "card"))
    due = day_in("due date", needed(said, "due"))
    if "since" in said:
        since = moment_in("day of lending", said["since"])
    else:
        days = policies.for_patron(taking.session, patron, form=item.record.format).loan_days
        since = datetime.combine(due - timedelta(days), time(), ZONE)
    renewals = said.get("renewals", "0")
    if not renewals.isdigit() or int(renewals) > _MANY:
        raise Unusable(f"its renewals are a number from 0 to {_MANY}, not {renewals!r}")
    try:
        taken = taking_over.loan(
            taking.session,
            item=item,
            patron=patron,
            place=place_of(taking, said["place"]) if "place" in said else item.home,
            since=since,
            due_date=due,
            renewals=int(renewals),
            now=taking.now,
            by=taking.by,
        )
    except NotTaken as error:
        raise Unusable(str(error)) from None
    return "created" if taken else "merged"


def _hold(taking: Taking, said: Mapping[str, str]) -> str:
    if "ended" in said:
        raise Unusable(f"it ended on {day_in('end', said['ended'])}: what has ended is not taken over")
    state = one_of("hold state", said["state"]) if "state" in said else "waiting"
    if state == "ended":
        raise Unusable("it has ended: what has ended is not taken over")
    patron = patron_of(taking, needed(said, "card"))
    wanted = _item(taking, said["barcode"]) if "barcode" in said else None
    scope = one_of("scope", said["scope"]) if "scope" in said else "work"
    if wanted is None and scope == "item":
        raise Unusable("it asks for one copy, and does not say its barcode")
    if wanted is not None and "record" not in said and "isbn" not in said:
        record = wanted.record
    else:
        record = _record(taking, said)
    pickup = place_of(taking, said["pickup"], "pick-up place") if "pickup" in said else patron.pickup or patron.home
    until = day_in("end of suspension", said["until"]) if "until" in said else None
    try:
        taken = taking_over.hold(
            taking.session,
            patron=patron,
            record=record,
            pickup=pickup,
            since=moment_in("day", needed(said, "since")),
            scope=scope,
            wanted=wanted if scope == "item" else None,
            suspended=state == "suspended",
            until=until,
            now=taking.now,
            by=taking.by,
        )
    except NotTaken as error:
        raise Unusable(str(error)) from None
    if taken is not None and state == "ready" and wanted is not None:
        taking_over.lies_ready(taking.session, hold=taken, item=wanted, now=taking.now, by=taking.by)
    return "created" if taken else "merged"


def _serve(taking: Taking) -> None:
    """Choose copies for the works of the holds that came in, each in the order of its whole queue."""
    taking.session.flush()
    waiting = select(Hold.work_id).where(Hold.status == "waiting", Hold.item_id.is_(None)).distinct()
    free = select(BibliographicRecord.work_id).join(Item, Item.record_id == BibliographicRecord.id)
    for work_id in taking.session.scalars(
        waiting.where(Hold.work_id.in_(free.where(Item.status == "available"))).order_by(Hold.work_id)
    ).all():
        lock(taking.session, Work, work_id)
        targets.serve(taking.session, work_id=work_id, now=taking.now, by=taking.by)


def _item(taking: Taking, barcode: str) -> Item:
    found = taking.session.scalars(select(Item).where(Item.barcode == barcode)).one_or_none()
    if found is None:
        raise Unusable(f"no item has the barcode {barcode}; bring in the items first")
    return found


def _record(taking: Taking, said: Mapping[str, str]) -> BibliographicRecord:
    """The record by the number its library knows it by, else by its ISBN."""
    if number := said.get("record"):
        numbered = select(SourceRecord.record_id).where(SourceRecord.number == number)
        known = select(BibliographicRecord).where(BibliographicRecord.id.in_(numbered))
        found = taking.session.scalars(known.order_by(BibliographicRecord.id)).all()
        if len(found) == 1:
            return found[0]
        if found:
            raise Unusable(
                f"several libraries have a record of the number {number}: say which by its ISBN or a barcode"
            )
    for isbn in isbns_in(said.get("isbn", "")):
        of_isbn = select(BibliographicRecord).join(RecordIsbn).where(RecordIsbn.isbn == isbn)
        if first := taking.session.scalars(of_isbn.order_by(BibliographicRecord.id)).first():
            return first
    raise Unusable(f"no record is known as {number or said.get('isbn', '')}; bring in the records first")


LOANS = Kind("loans", LOAN_COLUMNS, _loan)
HOLDS = Kind("holds", HOLD_COLUMNS, _hold, _serve)
