"""Where copies of a work are and when *this* reader can have one: the answer behind every list and every detail."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import and_, bindparam, func, select
from sqlalchemy.orm import Session

from catalog.circulation import policies, targets
from catalog.circulation.policy import policy
from catalog.circulation.rules import NOT_LENT, expected_return
from catalog.circulation.tables import Hold, Loan
from catalog.organisation.calendar import arrival, calendar_of, day_of
from catalog.organisation.rules import Calendar
from catalog.organisation.tables import OrgUnit
from catalog.patrons.tables import Address, Patron
from catalog.records.tables import FORMATS, BibliographicRecord, Item


@dataclass(frozen=True, slots=True)
class CopiesAt:
    """The copies of a work in one format at one place; `total` leaves out what is missing or withdrawn."""

    place: OrgUnit
    format: str
    available: int
    total: int
    call_number: str


@dataclass(frozen=True, slots=True)
class Availability:
    """What can be had of a work.

    `copies` has places with an available copy first. `queue` is how many readers wait without a copy.
    `usable_formats` are those of the copies that are lent and that the reader can use (all, without a reader), best
    first. `soonest_pickup` is at the reader's usual pick-up location, `soonest_home` at the door; both None where
    nobody can say. `estimated`: every copy is out, and the days are reckoned from due dates.
    """

    copies: tuple[CopiesAt, ...] = ()
    queue: int = 0
    usable_formats: tuple[str, ...] = ()
    soonest_pickup: date | None = None
    soonest_home: date | None = None
    estimated: bool = False

    @property
    def available(self) -> int:
        """How many copies stand on shelves just now."""
        return sum(copies.available for copies in self.copies)


@dataclass(frozen=True, slots=True)
class _Copy:
    """An item as far as it matters here."""

    id: int
    location_id: int
    format: str
    status: str
    call_number: str
    due_date: date | None


_COPIES = (
    select(BibliographicRecord.work_id, Item.id, Item.location_id, BibliographicRecord.format, Item.status,
           Item.call_number, Loan.due_date)
    .join(Item, Item.record_id == BibliographicRecord.id)
    .outerjoin(Loan, and_(Loan.item_id == Item.id, Loan.returned_at.is_(None)))
    .where(BibliographicRecord.work_id.in_(bindparam("works", expanding=True)))
    .where(Item.status.not_in(("missing", "withdrawn")))
    .order_by(Item.id)
)  # fmt: skip
_WAITING = (
    select(Hold.work_id, func.count())
    .where(Hold.work_id.in_(bindparam("works", expanding=True)), Hold.status == "waiting", Hold.item_id.is_(None))
    .group_by(Hold.work_id)
)
_PLACES = select(OrgUnit).where(OrgUnit.id.in_(bindparam("ids", expanding=True)))
"""Asked in nearly every turn, and so written once."""


def of_work(session: Session, *, work_id: int, patron: Patron | None, now: datetime) -> Availability:
    """The availability of one work for this reader, or for anybody."""
    return of_works(session, work_ids=[work_id], patron=patron, now=now)[work_id]


def of_works(
    session: Session, *, work_ids: Collection[int], patron: Patron | None, now: datetime
) -> dict[int, Availability]:
    """The availability of several works at once (a list of results), by work id."""
    copies: dict[int, list[_Copy]] = defaultdict(list)
    rows = session.execute(_COPIES, {"works": list(work_ids)})
    for work_id, item_id, location_id, form, status, call_number, due_date in rows:
        copies[work_id].append(_Copy(item_id, location_id, form, status, call_number, due_date))
    queues: dict[int, int] = dict(session.execute(_WAITING, {"works": list(work_ids)}).all())
    address = patron.door if patron else None
    places = _places(session, patron, address, (copy.location_id for found in copies.values() for copy in found))
    reach = _reach(session, patron, address)
    return {
        work_id: _availability(session, copies[work_id], queues.get(work_id, 0), places, reach=reach, now=now)
        for work_id in work_ids
    }


def at_place(
    session: Session, *, record: BibliographicRecord, patron: Patron, place: OrgUnit, now: datetime
) -> tuple[date | None, bool]:
    """When a copy for a hold on `record` can lie ready at `place`, None if nobody can say; and whether one is free."""
    return at_places(session, record=record, patron=patron, places=[place], now=now)[place.id]


def at_places(
    session: Session, *, record: BibliographicRecord, patron: Patron, places: Collection[OrgUnit], now: datetime
) -> dict[int, tuple[date | None, bool]]:
    """What `at_place` says of each of the places, by their ids."""
    items = targets.lent_items(session, record.work_id)
    forms = targets.formats(patron, record, {item.record.format for item in items})
    found: dict[int, tuple[date | None, bool]] = {}
    for place in places:
        best = targets.soonest(session, to=place, record_id=record.id, formats=forms, items=items, now=now)
        if best is not None:
            found[place.id] = best[1], True
    if left := [place for place in places if place.id not in found]:
        ahead = len(targets.queue(session, record.work_id))
        back = targets.back(
            session, work_id=record.work_id, formats=forms, ahead=ahead, patron=patron, now=now
        )  # fmt: skip
        for place in left:
            day = None if back is None else arrival(session, to=place, origin=None, sent=back)
            found[place.id] = day, False
    return found


@dataclass(frozen=True, slots=True)
class _Reach:
    """The reader, the usual pick-up location, and where his deliveries start, with its calendar."""

    patron: Patron | None = None
    pickup: OrgUnit | None = None
    home: OrgUnit | None = None
    home_calendar: Calendar | None = None


def _reach(session: Session, patron: Patron | None, address: Address | None) -> _Reach:
    if patron is None:
        return _Reach()
    return _Reach(
        patron,
        patron.pickup,
        address.org_unit if address else None,
        calendar_of(session, place=address.org_unit) if address else None,
    )


def _places(session: Session, patron: Patron | None, address: Address | None, ids: Iterable[int]) -> dict[int, OrgUnit]:
    """The places of `ids` and the reader's own, so that those are not asked for by themselves."""
    own = (patron.pickup_id if patron else None, address.org_unit_id if address else None)
    wanted = {*ids, *(id for id in own if id is not None)}
    return {unit.id: unit for unit in session.scalars(_PLACES, {"ids": list(wanted)})}


def _availability(
    session: Session,
    copies: Sequence[_Copy],
    queue: int,
    places: Mapping[int, OrgUnit],
    *,
    reach: _Reach,
    now: datetime,
) -> Availability:
    patron = reach.patron
    lent = [copy for copy in copies if copy.status not in NOT_LENT]
    lendable = {copy.format for copy in lent}
    usable = tuple(form for form in (patron.formats if patron else FORMATS) if form in lendable)
    mine = [copy for copy in lent if copy.format in usable]
    free = [copy for copy in mine if copy.status == "available"]
    back: date | None = None
    if mine and not free:
        form = usable[0]
        rule = policies.for_patron(session, patron, form=form) if patron else policy(group="adult", form=form)
        due = [copy.due_date for copy in mine if copy.due_date is not None]
        back = expected_return(due, ahead=queue, today=day_of(now), loan_days=rule.loan_days)
    at_pickup = _ready(session, reach.pickup, free, back, now)
    at_home = _ready(session, reach.home, free, back, now)
    if at_home is not None and reach.home_calendar is not None:
        at_home = reach.home_calendar.round_day(today=day_of(now), ready=at_home)
    return Availability(_by_place(copies, places), queue, usable, at_pickup, at_home, estimated=not free)


def _ready(
    session: Session, place: OrgUnit | None, free: Sequence[_Copy], back: date | None, now: datetime
) -> date | None:
    """When a copy lies ready at the place: one that is free, else one that comes back."""
    if place is None:
        return None
    if not free:
        return None if back is None else arrival(session, to=place, origin=None, sent=back)
    places = {copy.location_id for copy in free}
    days = targets.ready_days(session, to=place, places=places, now=now)
    return min(days[one] for one in places)


def _by_place(copies: Sequence[_Copy], places: Mapping[int, OrgUnit]) -> tuple[CopiesAt, ...]:
    total = Counter((copy.location_id, copy.format) for copy in copies)
    available = Counter((copy.location_id, copy.format) for copy in copies if copy.status == "available")
    numbers: dict[tuple[int, str], str] = {}
    for copy in copies:
        key = (copy.location_id, copy.format)
        numbers[key] = numbers.get(key) or copy.call_number
    found = [CopiesAt(places[key[0]], key[1], available[key], total[key], numbers[key]) for key in total]
    return tuple(sorted(found, key=lambda entry: (entry.available == 0, FORMATS.index(entry.format), entry.place.id)))
