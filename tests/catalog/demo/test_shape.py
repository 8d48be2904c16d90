"""The demonstration holds what the first issue asks of it, one test a demand."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from catalog import refusals
from catalog.audiobooks.tables import Recording
from catalog.circulation import loans
from catalog.circulation.tables import Hold, Loan
from catalog.delivery import requests
from catalog.delivery.tables import Volunteer
from catalog.demo.sources import people, works
from catalog.organisation.calendar import day_of
from catalog.organisation.tables import Librarian, OpeningHours, OrgUnit
from catalog.outreach.events import TOPICS, coming
from catalog.patrons.cards import verify
from catalog.patrons.preferences import PREFERENCES
from catalog.patrons.tables import Block, Card, Patron
from catalog.records.tables import BibliographicRecord, Item, Work

from .conftest import NOW

TODAY = day_of(NOW)


def test_five_levels_of_org_units(session: Session) -> None:
    units = list(session.scalars(select(OrgUnit)))
    assert len(units) >= 14
    levels = Counter(unit.level for unit in units)
    assert {level: levels[level] for level in ("consortium", "province", "city", "county")} == dict.fromkeys(
        ("consortium", "province", "city", "county"), 1
    ) | {"county": levels["county"]}
    assert levels["township"] >= 5
    assert levels["village"] >= 5
    assert {"library", "branch", "reading_room", "service_point"} <= {unit.kind for unit in units}


def test_every_place_can_be_found_and_called(session: Session) -> None:
    for unit in session.scalars(select(OrgUnit)):
        assert unit.name and unit.name_en and unit.short_name and unit.address
        assert unit.latitude is not None and 29.5 < unit.latitude < 31.5
        assert unit.longitude is not None and 119.0 < unit.longitude < 121.0
        assert "-555-" in unit.phone
        assert unit.parent is not None or unit.level == "consortium"
        assert session.scalars(select(OpeningHours).where(OpeningHours.org_unit_id == unit.id)).first()


def test_no_two_places_share_a_name(session: Session) -> None:
    said = [name for unit in session.scalars(select(OrgUnit)) for name in {unit.name, unit.short_name, *unit.aliases}]
    assert [name for name, times in Counter(said).items() if times > 1] == []


def test_libraries_have_a_closed_day(session: Session) -> None:
    for unit in session.scalars(select(OrgUnit).where(OrgUnit.kind.in_(("library", "branch", "reading_room")))):
        hours = session.scalars(select(OpeningHours.weekday).where(OpeningHours.org_unit_id == unit.id))
        assert 0 not in set(hours)


def test_works_within_the_limits(session: Session) -> None:
    assert 3500 <= (session.scalar(select(func.count(Work.id))) or 0) <= 4000
    missing = select(func.count(BibliographicRecord.id)).where(BibliographicRecord.clc == "")
    assert session.scalar(missing) == 0


def test_one_print_record_a_work(session: Session) -> None:
    """No two works of the data files were merged into one, and none fell apart."""
    count = select(func.count(BibliographicRecord.work_id.distinct())).where(BibliographicRecord.format == "print")
    assert session.scalar(count) == len(works())


def test_items_in_every_format(session: Session) -> None:
    rows = session.execute(
        select(BibliographicRecord.format, func.count(Item.id))
        .join(Item, Item.record_id == BibliographicRecord.id)
        .group_by(BibliographicRecord.format)
    )
    counts = dict(rows.all())
    assert sum(counts.values()) >= 8000
    for form, least in {"print": 7000, "large_print": 100, "braille": 60, "audiobook": 60}.items():
        assert counts[form] >= least


def test_items_are_spread(session: Session) -> None:
    homes = set(session.scalars(select(Item.home_id).distinct()))
    shelves = select(OrgUnit.id).where(OrgUnit.kind.in_(("library", "branch", "reading_room")))
    assert homes == set(session.scalars(shelves))


def test_every_classic_has_two_available_print_copies(session: Session) -> None:
    classics = [work for work in works() if work.classic]
    assert len(classics) >= 60
    for work in classics:
        found = session.execute(
            select(BibliographicRecord.id, func.count(Item.id))
            .join(Item, Item.record_id == BibliographicRecord.id)
            .where(BibliographicRecord.title == work.title, BibliographicRecord.format == "print")
            .where(Item.status == "available")
            .group_by(BibliographicRecord.id)
            .order_by(BibliographicRecord.popularity.desc())
        ).all()
        assert found and found[0][1] >= 2, work.title


def test_recordings_belong_to_the_works_they_read(session: Session) -> None:
    lu_xun = session.scalars(
        select(Recording).join(BibliographicRecord).where(BibliographicRecord.title == "呐喊")
    ).one()
    assert lu_xun.url.startswith("http://librivox.org/")
    assert lu_xun.seconds == 4 * 3600 + 38 * 60 + 10
    printed = select(BibliographicRecord).where(
        BibliographicRecord.title == "呐喊", BibliographicRecord.format == "print"
    )
    assert session.scalars(printed).one().work_id == lu_xun.record.work_id


def test_people(session: Session) -> None:
    assert session.scalar(select(func.count(Patron.id))) == 30
    assert session.scalar(select(func.count(Librarian.id))) == 3
    volunteers = session.scalars(select(Volunteer)).all()
    assert len(volunteers) == 2 and all(one.patron is not None and one.patron.name == one.name for one in volunteers)
    patrons = list(session.scalars(select(Patron).order_by(Patron.id)))
    assert {patron.locale for patron in patrons} == {"zh-CN", "zh-Hant", "en"}
    assert sum(patron.print_disabled for patron in patrons) >= 5
    assert any(patron.birth_year == 1948 for patron in patrons)
    assert all(patron.phone.startswith("0572-555-") for patron in patrons)


def test_preferences_are_allowed_ones() -> None:
    for reader in people()["readers"]:
        for name, value in reader["preferences"].items():
            assert PREFERENCES[name].allowed(value), (reader["card"], name)


def test_pins_fit_and_are_not_kept(session: Session) -> None:
    for reader in people()["readers"][:3]:
        sender = reader["card"]
        found = verify(session, number=reader["card"], pin=reader["pin"], sender=sender, now=NOW)
        assert found.name == reader["name"]
    for card in session.scalars(select(Card)):
        assert card.pin_hash.startswith("$argon2id$")
    with pytest.raises(refusals.UnknownCard):
        verify(session, number="52100001", pin="000000", sender="x", now=NOW)


def test_the_first_reader(session: Session) -> None:
    first = session.scalars(select(Patron).join(Card, Card.patron_id == Patron.id).order_by(Card.number)).first()
    assert first is not None
    assert (first.locale, first.print_disabled, first.formats[0], first.pickup is not None) == (
        "zh-CN",
        False,
        "print",
        True,
    )
    assert [address.deliverable for address in first.addresses] == [True]
    assert session.scalars(select(Block).where(Block.patron_id == first.id)).first() is None
    assert session.scalars(select(Hold).where(Hold.patron_id == first.id)).first() is None
    held = loans.of_patron(session, patron=first)
    assert len(held) >= 2
    for loan in held:
        assert loans.renewable_until(session, loan=loan, patron=first, now=NOW) > loan.due_date


@pytest.mark.parametrize("weekday", range(7))
def test_the_first_reader_can_have_a_classic_brought_home(session: Session, weekday: int) -> None:
    now = NOW + timedelta(weekday)
    first = session.scalars(select(Patron).order_by(Patron.id)).first()
    record = session.scalars(select(BibliographicRecord).where(BibliographicRecord.title == "三体")).first()
    assert first is not None and record is not None
    promise = requests.promise(session, patron=first, record_id=record.id, now=now)
    assert promise.certain and promise.fee_free
    assert 1 <= (promise.date - day_of(now)).days <= 10


def test_loans_due_in_two_days_and_overdue(session: Session) -> None:
    due = list(session.scalars(select(Loan.due_date).where(Loan.returned_at.is_(None))))
    assert sum(day == TODAY + timedelta(2) for day in due) >= 5
    assert sum(day < TODAY for day in due) >= 3
    assert all(loan.checked_out_at < NOW for loan in session.scalars(select(Loan)))


def test_holds_in_every_state_and_none_expected_in_the_past(session: Session) -> None:
    held = list(session.scalars(select(Hold)))
    assert Counter(hold.status for hold in held) >= Counter({"waiting": 5, "ready": 2, "suspended": 1})
    assert sum(hold.status == "waiting" and hold.item_id is None for hold in held) >= 2
    for hold in held:
        assert hold.placed_at < NOW
        if hold.status == "waiting":
            assert hold.expected_date is not None and hold.expected_date >= TODAY
        if hold.status == "ready":
            assert hold.pickup_until is not None and hold.pickup_until >= TODAY


def test_six_coming_events(session: Session) -> None:
    events = coming(session, now=NOW, limit=99)
    assert len(events) == 6
    assert {event.topic for event in events} == set(TOPICS)
    for event in events:
        assert event.title and event.title_en and event.starts_at < event.ends_at


def test_authors_come_through_the_import_unharmed(session: Session) -> None:
    held = {
        record.title: record.authors
        for record in session.scalars(
            select(BibliographicRecord)
            .where(BibliographicRecord.format == "print")
            .order_by(BibliographicRecord.popularity)
        )
    }
    harmed = [
        work.author
        for work in works()
        if work.title in ("边城", "理想国", "湘行散记", "天是红河岸", "大清相国", "零售的哲学")
        and held[work.title] != [work.author]
    ]
    assert harmed == []
