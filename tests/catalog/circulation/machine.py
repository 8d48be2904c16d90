"""A machine that does everything a library does, in any order, while the clock goes on; and what must hold after it."""

from __future__ import annotations

import gc
import random
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import yaml
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule
from sqlalchemy import Connection, Engine, select
from sqlalchemy.orm import Session, joinedload

import catalog.undo
from catalog import audit, invariants, refusals
from catalog.circulation import by_itself, closing, holds, loans, returns, targets
from catalog.circulation.tables import Hold, Loan
from catalog.delivery import errands, profiles, requests, rounds
from catalog.delivery.tables import CONDITIONS, DeliveryRequest, Errand
from catalog.organisation.calendar import calendar_of, day_of
from catalog.organisation.tables import OrgUnit
from catalog.outreach import notices
from catalog.patrons import delegation, preferences
from catalog.patrons.tables import Address, Delegation
from catalog.records.tables import BibliographicRecord, Item, Work
from tests.catalog.circulation.shape import look, not_written_down
from tests.scenarios.world import HERE, World, again

WORLD = yaml.safe_load((HERE / "world.yaml").read_text(encoding="utf-8"))
READERS = st.sampled_from(sorted(WORLD["readers"]))
WORKS = st.sampled_from(sorted(WORLD["works"]))
ITEMS = st.sampled_from(
    sorted(name for work in WORLD["works"].values() for form in work.values() for name in form["items"])
)
SCARCE = st.sampled_from(["santi", "pingfan"])
"""Works of one copy in print, and six readers who want them."""
PLACES = st.sampled_from(["county", "town", "village", "other", "province"])


class Library(RuleBasedStateMachine):
    """`engine` is set by the test: the database it all happens in, with the union in it; rolled back at the end.

    The invariants are asked wherever something was written (`touched`): most acts of an example are refused, and that
    a refusal leaves all as it was is asserted by itself.
    """

    engine: Engine
    connection: Connection
    world: World

    def __init__(self) -> None:
        super().__init__()
        self.connection = self.engine.connect()
        self.transaction = self.connection.begin()
        self.session = Session(self.connection, expire_on_commit=False, join_transaction_mode="create_savepoint")
        self.world = again(self.session, WORLD)
        self.names = {patron.id: name for name, patron in self.world.readers.items()}
        self.turn = 0
        self.touched = True
        self.shape = look(self.session)

    def teardown(self) -> None:
        self.session.close()
        self.transaction.rollback()
        self.connection.close()
        gc.collect()

    def act(self, what: Callable[[audit.Actor], Any], reader: str | None = None) -> refusals.Refusal | None:
        """Do it as one turn: a refusal leaves all as it was, and what is changed is named in the audit trail."""
        self.turn += 1
        patron_id = next((one for one, name in self.names.items() if name == reader), None)
        by = audit.Actor("patron" if reader else "librarian", patron_id, f"turn-{self.turn}")
        before = self.shape
        point = self.session.begin_nested()
        try:
            what(by)
            point.commit()
        except refusals.Refusal as refusal:
            point.rollback()
            self.forget()
            assert look(self.session) == before
            return refusal
        self.forget()
        self.shape = look(self.session)
        self.touched |= self.shape != before
        untold = not_written_down(self.session, by.turn, before, self.shape)
        assert not untold, f"an effect without its audit row: {untold}"
        return None

    def forget(self) -> None:
        """A turn begins with what stands in the database, but for what no act changes."""
        for row in self.session:
            if not isinstance(row, OrgUnit | Work | BibliographicRecord | Address):
                self.session.expire(row)

    # what happens in a library

    @initialize()
    def opening_time(self) -> None:
        self.world.now = self.world.now.replace(hour=9)

    @rule(work=SCARCE, readers=st.lists(READERS, min_size=2, max_size=3, unique=True))
    def all_ask(self, work: str, readers: list[str]) -> None:
        """Readers ask for the same work, one a minute, each for his usual place."""
        for reader in readers:
            self.world.now += timedelta(minutes=1)
            pickup = self.world.readers[reader].pickup
            assert pickup is not None
            self.place_hold(reader, work, pickup.code)

    @rule(work=SCARCE, how=st.sampled_from(["cancel", "suspend", "return"]))
    def copy_comes_free(self, work: str, how: str) -> None:
        """Who has a copy of the work, on the shelf or at home, lets it go."""
        work_id = self.world.record(work).work_id
        if how == "return":
            out = select(Loan).join(Item).join(BibliographicRecord).where(BibliographicRecord.work_id == work_id)
            if loan := self.session.scalars(out.where(Loan.returned_at.is_(None)).order_by(Loan.id)).first():
                self.scan(loan.item.barcode, loan.item.home.code, twice=False)
        else:
            held = select(Hold).where(Hold.work_id == work_id, Hold.item_id.is_not(None), Hold.ended_at.is_(None))
            if hold := self.session.scalars(held.order_by(Hold.id)).first():
                self.change_hold(self.names[hold.patron_id], work, how)

    @rule(hours=st.sampled_from([1, 5, 24, 24, 24 * 3, 24 * 9, 24 * 40]))
    def time_passes(self, hours: int) -> None:
        self.world.now += timedelta(hours=hours)

    @rule(reader=READERS, work=WORKS, pickup=PLACES)
    def place_hold(self, reader: str, work: str, pickup: str) -> None:
        patron, place = self.world.readers[reader], self.world.places[pickup]
        record_id = self.world.record(work).id
        now = self.world.now
        self.act(
            lambda by: holds.place(self.session, patron=patron, record_id=record_id, pickup=place, now=now, by=by),
            reader,
        )

    @rule(reader=READERS, work=WORKS, end=st.sampled_from(["cancel", "suspend", "resume"]))
    def change_hold(self, reader: str, work: str, end: str) -> None:
        hold = holds.open_on(self.session, patron=self.world.readers[reader], work_id=self.world.record(work).work_id)
        if hold is None:
            return
        now = self.world.now
        if end == "suspend":
            until = day_of(now) + timedelta(10)
            self.act(lambda by: holds.suspend(self.session, hold=hold, until=until, now=now, by=by), reader)
        else:
            change = holds.cancel if end == "cancel" else holds.resume
            self.act(lambda by: change(self.session, hold=hold, now=now, by=by), reader)

    @rule(item=ITEMS, reader=READERS, place=PLACES)
    def check_out(self, item: str, reader: str, place: str) -> None:
        copy, patron, where = self.world.items[item], self.world.readers[reader], self.world.places[place]
        now = self.world.now
        self.act(lambda by: loans.check_out(self.session, item=copy, patron=patron, place=where, now=now, by=by))

    @rule(item=ITEMS, place=PLACES, twice=st.booleans())
    def scan(self, item: str, place: str, twice: bool) -> None:
        copy, where, now = self.world.items[item], self.world.places[place], self.world.now
        self.act(lambda by: returns.check_in(self.session, item=copy, place=where, now=now, by=by))
        if twice:
            before = self.shape
            self.act(lambda by: returns.check_in(self.session, item=copy, place=where, now=now, by=by))
            assert self.shape == before, "a repeated scan changed something"

    @rule(reader=READERS)
    def collect(self, reader: str) -> None:
        """The reader takes home what lies ready."""
        patron, now = self.world.readers[reader], self.world.now
        for hold in holds.of_patron(self.session, patron=patron):
            item, place = hold.item, hold.pickup
            if hold.status == "ready" and item is not None and place is not None:
                refused = self.act(lambda by, i=item, p=place: loans.check_out(
                    self.session, item=i, patron=patron, place=p, now=now, by=by))  # fmt: skip
                assert refused is None or isinstance(refused, refusals.Blocked | refusals.TooManyLoans), refused

    @rule(reader=READERS, place=PLACES)
    def bring_back(self, reader: str, place: str) -> None:
        """The reader returns what has been out the longest, wherever that is."""
        where, now = self.world.places[place], self.world.now
        for loan in loans.of_patron(self.session, patron=self.world.readers[reader])[:1]:
            self.act(lambda by, i=loan.item: returns.check_in(self.session, item=i, place=where, now=now, by=by))

    @rule(reader=READERS)
    def renew_all(self, reader: str) -> None:
        patron, now = self.world.readers[reader], self.world.now
        self.act(lambda by: loans.renew_all(self.session, patron=patron, now=now, by=by), reader)

    @rule(reader=READERS, wished=st.sampled_from([True, True, False]))
    def renewed_by_themselves(self, reader: str, wished: bool) -> None:
        patron, now = self.world.readers[reader], self.world.now
        preferences.put(self.session, patron=patron, name="auto_renew", value=wished)
        self.session.flush()
        for loan_id in by_itself.due(self.session, now=now):
            by_itself.renew_one(self.session, loan_id=loan_id, renew=loans.renew, now=now)
        self.forget()
        self.shape, self.touched = look(self.session), True

    @rule(reader=READERS, works=st.lists(WORKS, min_size=1, max_size=2, unique=True))
    def order(self, reader: str, works: list[str]) -> None:
        patron, now = self.world.readers[reader], self.world.now
        ids = [self.world.record(work).id for work in works]
        chance = random.Random(self.turn)
        self.act(
            lambda by: requests.request(self.session, patron=patron, record_ids=ids, now=now, by=by, chance=chance),
            reader,
        )

    @rule(reader=READERS)
    def fetch(self, reader: str) -> None:
        patron, now = self.world.readers[reader], self.world.now
        out = loans.of_patron(self.session, patron=patron)
        self.act(lambda by: requests.fetch(self.session, patron=patron, loans=out, now=now, by=by), reader)

    @rule(number=st.integers(0, 30), what=st.sampled_from(["dispatch", "deliver", "missed", "collected", "cancel"]),
          keep=st.booleans(), state=st.sampled_from(["", "", *CONDITIONS]))  # fmt: skip
    def with_delivery(self, number: int, what: str, keep: bool, state: str) -> None:
        """`keep`: at the door the reader does not give back the first of what was to be taken along; `state`: how the
        copies look that go out or are handed over."""
        deliveries = self.session.scalars(select(DeliveryRequest).order_by(DeliveryRequest.id)).all()
        if not deliveries:
            return
        delivery, now = deliveries[number % len(deliveries)], self.world.now
        change: Callable[..., object] = requests.cancel if what == "cancel" else getattr(rounds, what)
        more: dict[str, Any] = {}
        if what in ("dispatch", "deliver") and state:
            wishes = requests.brings(self.session, delivery)
            more["states"] = {wish.item_id: state for wish in wishes if wish.item_id is not None}
        if what in ("deliver", "collected") and keep and delivery.loan_ids:
            more["kept"] = [self.session.get_one(Loan, delivery.loan_ids[0]).item_id]
        self.act(lambda by: change(self.session, delivery=delivery, now=now, by=by, **more))

    @rule(reader=READERS, works=st.lists(WORKS, min_size=1, max_size=2, unique=True))
    def swap(self, reader: str, works: list[str]) -> None:
        """New books are brought, and what the reader has is taken along."""
        self.order(reader, works)
        self.fetch(reader)

    @rule(number=st.integers(0, 30), days=st.integers(0, 20))
    def order_moved(self, number: int, days: int) -> None:
        open_ = self.session.scalars(select(DeliveryRequest).where(DeliveryRequest.ended_at.is_(None))).all()
        if not open_:
            return
        delivery, now = sorted(open_, key=lambda one: one.id)[number % len(open_)], self.world.now
        day = day_of(now) + timedelta(days)
        self.act(lambda by: requests.change(self.session, delivery=delivery, date=day, now=now, by=by))

    @rule(reader=READERS, days=st.sampled_from([7, 30]))
    def books_chosen(self, reader: str, days: int) -> None:
        """Books are chosen for the reader from now on; the next is chosen at once."""
        patron, now = self.world.readers[reader], self.world.now
        refused = self.act(
            lambda by: profiles.set_up(self.session, patron=patron, every_days=days, subjects=["x"], now=now, by=by),
            reader,
        )
        if refused is None:
            self.clock_chooses()

    @rule()
    def clock_chooses(self) -> None:
        """What nobody refused in time is ordered, then books are chosen for whom it is time."""
        now, records = self.world.now, self.session.scalars(select(BibliographicRecord.id)).all()
        for id in profiles.to_order(self.session, now=now):
            chance = random.Random(id)
            self.act(lambda by, i=id, c=chance: profiles.order_due(self.session, parcel_id=i, now=now, chance=c), "")
        for profile in profiles.due(self.session, now=now):
            self.act(lambda by, p=profile: profiles.choose(self.session, profile=p, candidates=records, now=now))

    @rule(reader=READERS, how=st.sampled_from(["veto", "order", "end"]))
    def chosen_book(self, reader: str, how: str) -> None:
        patron, now = self.world.readers[reader], self.world.now
        parcel, profile = (
            find(self.session, patron=patron) for find in (profiles.waiting, profiles.of_patron)
        )  # fmt: skip
        chance = random.Random(self.turn)
        if how == "end" and profile is not None:
            self.act(lambda by: profiles.end(self.session, profile=profile, now=now, by=by), reader)
        elif how == "veto" and parcel is not None:
            self.act(lambda by: profiles.veto(self.session, parcel=parcel, now=now, by=by), reader)
        elif how == "order" and parcel is not None:
            self.act(lambda by: profiles.order(self.session, parcel=parcel, now=now, by=by, chance=chance), reader)

    @rule(reader=READERS, place=st.sampled_from(["depot", "village"]))
    def volunteer(self, reader: str, place: str) -> None:
        patron, where, now = self.world.readers[reader], self.world.places[place], self.world.now
        self.act(
            lambda by: errands.enlist(
                self.session, patron=patron, place=where, dialects=[], weekdays="0123456", now=now, by=by
            ),
            reader,
        )

    @rule()
    def offer_errands(self) -> None:
        now = self.world.now
        self.act(lambda by: errands.offer(self.session, now=now))

    @rule(number=st.integers(0, 30), answer=st.sampled_from(["accept", "accept", "decline", "report"]))
    def errand(self, number: int, answer: str) -> None:
        offered, now = self.session.scalars(select(Errand).order_by(Errand.id)).all(), self.world.now
        if not offered:
            return
        errand = offered[number % len(offered)]
        given = {"minutes": 40} if answer == "report" else {}
        self.act(lambda by: getattr(errands, answer)(self.session, errand=errand, now=now, by=by, **given))
        going = [one.volunteer_id for one in errands.going(self.session, errand.delivery)]
        assert len(going) <= errands.wanted(self.session, errand.delivery), "more go than are needed"

    @rule(reader=READERS, other=READERS, days=st.sampled_from([None, 5]))
    def leave_given(self, reader: str, other: str, days: int | None) -> None:
        patron, delegate, now = self.world.readers[reader], self.world.readers[other], self.world.now
        end = None if days is None else day_of(now) + timedelta(days)
        self.act(
            lambda by: delegation.delegate(
                self.session, patron=patron, delegate=delegate, expires_on=end, now=now, by=by
            ),
            reader,
        )

    @rule(reader=READERS, work=WORKS, revoke=st.booleans())
    def acting_for_another(self, reader: str, work: str, revoke: bool) -> None:
        """Who has leave asks for a book for the reader; or the reader takes the leave back."""
        patron, now = self.world.readers[reader], self.world.now
        for given in delegation.in_force(self.session, patron=patron, now=now)[:1]:
            if revoke:
                self.act(lambda by, d=given: delegation.revoke(self.session, delegation=d, now=now, by=by), reader)
                assert not delegation.holds_today(given, now=now)
            elif patron.pickup is not None:
                self.act(lambda by, d=given: self.hold_for(d, work, by), reader)

    def hold_for(self, given: Delegation, work: str, by: audit.Actor) -> None:
        """As the dialogue does it: under the delegation, in the delegate's name, and told to the reader."""
        assert delegation.given(self.session, id=given.id, delegate=given.delegate) is not None
        patron, record_id = given.patron, self.world.record(work).id
        assert patron.pickup is not None
        acting = replace(by, delegate_id=given.delegate_id)
        now = self.world.now
        holds.place(self.session, patron=patron, record_id=record_id, pickup=patron.pickup, now=now, by=acting)
        delegation.acted(self.session, delegation=given, turn=by.turn, now=now)

    @rule()
    def assign(self) -> None:
        now = self.world.now
        self.act(lambda by: targets.assign(self.session, now=now, by=by))

    @rule(reader=READERS)
    def undo(self, reader: str) -> None:
        patron, now = self.world.readers[reader], self.world.now
        entry = catalog.undo.last_done(self.session, patron_id=patron.id, now=now)
        if entry is not None:
            self.act(lambda by: catalog.undo.undo(self.session, entry=entry, patron=patron, now=now, by=by), reader)

    @precondition(lambda self: self.turn % 7 == 3)
    @rule(place=st.sampled_from(["town", "other", "county"]), days=st.integers(0, 5))
    def close(self, place: str, days: int) -> None:
        """Of the county: a flood, and all below it is closed too."""
        where, now = self.world.places[place], self.world.now
        first = day_of(now) + timedelta(1)
        last = first + timedelta(days)
        self.act(lambda by: closing.close(self.session, place=where, first_day=first, last_day=last, now=now, by=by))

    @rule()
    def gather(self) -> None:
        self.touched = True
        notices.gather(self.session, now=self.world.now)
        assert notices.gather(self.session, now=self.world.now) == 0, "told twice"

    # what must never happen

    @invariant()
    def what_must_never_happen(self) -> None:
        if self.touched:
            assert invariants.broken(self.session) == {}
            self.no_copy_appears_or_vanishes()
            self.no_open_loan_is_due_on_a_closed_day()
        self.touched = False

    def no_copy_appears_or_vanishes(self) -> None:
        assert sum(row.kind == "item" for row in self.shape) == len(self.world.items)

    def no_open_loan_is_due_on_a_closed_day(self) -> None:
        out = select(Loan).where(Loan.returned_at.is_(None)).options(joinedload(Loan.patron))
        for loan in self.session.scalars(out):
            place = loan.patron.pickup or loan.patron.home
            if loan.due_date >= day_of(self.world.now):
                assert calendar_of(self.session, place=place).opens_on(loan.due_date)
