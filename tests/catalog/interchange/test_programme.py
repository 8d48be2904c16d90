"""A county's events from one spreadsheet: entered, moved, called off, and who has a seat is told."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session, sessionmaker

from catalog import refusals
from catalog.audit import Actor
from catalog.interchange.lists import ListReport, import_list, rows_of
from catalog.interchange.programme import EVENTS
from catalog.interchange.tables import Reading
from catalog.organisation.calendar import ZONE
from catalog.organisation.tables import OrgUnit
from catalog.outreach import events, notices
from catalog.outreach.tables import Event, Notice
from catalog.patrons.tables import Patron
from tests.catalog.union import Union

NOW = datetime(2026, 11, 22, 2, 0, tzinfo=UTC)
BY = Actor("librarian")
PLAN = """编号,活动名称,地点,日期,时间,名额,类别,无障碍,报名截止
1,看病不求人：手机挂号,勇兴书屋,2026-12-05,14:00-16:00,20人,健康,坡道、手语,2026-12-04
2,亲子共读,YX,2026年12月6日,9:30,,亲子,,
3,养蚕讲座,YX,2026-12-07,25:00,,,,
4,养蚕讲座,YX,2026-12-07,,,,,
5,昨天的会,YX,2026-11-20,9:00,,,,
6,没地方的会,NOWHERE,2026-12-07,9:00,,,,
"""

Bring = Callable[[str], tuple[ListReport, list[str]]]


@pytest.fixture
def sessions(tmp_path: Path) -> Iterator[sessionmaker[Session]]:
    union = Union(tmp_path)
    with union.sessions.begin() as session:
        room = OrgUnit(code="YX", level="village", kind="reading_room", name="勇兴书屋")
        session.add_all([room, OrgUnit(code="XS", level="township", kind="branch", name="新市分馆")])
        session.add(Patron(name="王奶奶", home=room, formats=["print"]))
    yield union.sessions
    union.close()


@pytest.fixture
def bring(sessions: sessionmaker[Session], tmp_path: Path) -> Bring:
    def read(text: str) -> tuple[ListReport, list[str]]:
        path = tmp_path / "plan.csv"
        path.write_text(text, encoding="utf-8")
        reasons: list[str] = []
        report = import_list(
            sessions,
            EVENTS,
            rows_of(path, Reading(kind=EVENTS.columns)),
            file=path.name,
            now=NOW,
            by=BY,
            places={},
            on_reject=lambda one: reasons.append(f"{one.position}: {one.reason}"),
        )
        return report, reasons

    return read


def test_a_plan_is_entered_and_moved_and_called_off(bring: Bring, sessions: sessionmaker[Session]) -> None:
    report, reasons = bring(PLAN)
    assert (report.created, report.rejected) == (2, 4)
    assert reasons == [
        "4: its time is a moment written like 2026-12-24 14:30, not '2026-12-07 25:00'",
        "5: it does not say at what time it begins",
        "6: it would have begun already",
        "7: its place: no place has the code or name NOWHERE; --place THEIRS=OURS says which it is",
    ]
    assert bring(PLAN)[0].merged == 2
    with sessions.begin() as session:
        doctor = session.scalars(select(Event).where(Event.code == "1")).one()
        assert doctor.starts_at == datetime(2026, 12, 5, 14, tzinfo=ZONE)
        assert doctor.ends_at == datetime(2026, 12, 5, 16, tzinfo=ZONE)
        assert (doctor.seats, doctor.topic, doctor.access) == (20, "health", ["ramp", "sign_language"])
        reader = session.scalars(select(Patron)).one()
        events.join(session, patron=reader, event=doctor, now=NOW, by=BY)
        with pytest.raises(refusals.RegistrationOver):
            other = session.scalars(select(Event).where(Event.code == "2")).one()
            other.register_until = NOW - timedelta(1)
            events.join(session, patron=reader, event=other, now=NOW, by=BY)
        other.register_until = None
    moved = PLAN.replace("勇兴书屋,2026-12-05,14:00-16:00", "XS,2026-12-05,15:00-16:30")
    assert bring(moved)[0].updated == 1
    assert (bring(moved)[0].updated, bring(moved)[0].merged) == (0, 2)
    with sessions() as session:
        (told,) = session.scalars(select(Notice))
        assert (told.kind, notices.still_true(session, told, now=NOW)) == ("event_moved", True)
    off = "编号,活动名称,地点,日期,时间,状态\n1,看病不求人：手机挂号,XS,2026-12-05,15:00-16:30,取消\n"
    assert bring(off)[0].updated == 1
    assert bring(off)[0].merged == 1
    with sessions() as session:
        first, second = session.scalars(select(Notice).order_by(Notice.id))
        assert not notices.still_true(session, first, now=NOW), "it does not take place there either"
        assert (second.kind, notices.still_true(session, second, now=NOW)) == ("event_off", True)


def test_who_gave_the_seat_back_is_not_told(bring: Bring, sessions: sessionmaker[Session]) -> None:
    bring(PLAN)
    with sessions.begin() as session:
        doctor = session.scalars(select(Event).where(Event.code == "1")).one()
        reader = session.scalars(select(Patron)).one()
        events.join(session, patron=reader, event=doctor, now=NOW, by=BY)
        events.leave(session, patron=reader, event=doctor, now=NOW, by=BY)
    bring("编号,活动名称,地点,日期,时间,状态\n1,看病不求人：手机挂号,YX,2026-12-05,14:00-16:00,取消\n")
    with sessions() as session:
        assert not session.scalars(select(Notice)).all()


def test_fewer_seats_than_are_taken_is_refused(bring: Bring, sessions: sessionmaker[Session]) -> None:
    bring(PLAN)
    with sessions.begin() as session:
        doctor = session.scalars(select(Event).where(Event.code == "1")).one()
        home = doctor.org_unit
        for number in range(2):
            patron = Patron(name=f"读者{number}", home=home, formats=["print"])
            session.add(patron)
            session.flush()
            events.join(session, patron=patron, event=doctor, now=NOW, by=BY)
    report, reasons = bring("编号,活动名称,地点,日期,时间,名额\n1,看病不求人：手机挂号,YX,2026-12-05,14:00-16:00,1\n")
    assert report.rejected == 1
    assert reasons == ["2: it has 2 readers with a seat already, and cannot have 1 seats"]
