"""Lists of places as a county library keeps them: its branches and its village reading rooms, in any order."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, time
from pathlib import Path

import openpyxl
import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session, sessionmaker

from catalog.audit import Actor, AuditEntry
from catalog.interchange.batches import Reject
from catalog.interchange.placing import COLUMNS, PlacesReport, import_places
from catalog.interchange.tables import Reading, Unreadable
from catalog.organisation.calendar import calendar_of, opening
from catalog.organisation.tables import OpeningHours, OrgUnit
from tests.catalog.union import Union

NOW = datetime(2026, 11, 22, 2, 0, tzinfo=UTC)
COUNTY = "\n".join(
    [
        "馆代码,名称,上级,级别,类型,简称,别名,地址,纬度,经度,电话,取书点,无障碍,开放时间,班车日",
        "LT-001,勇兴村农家书屋,XS,村,农家书屋,勇兴书屋,老书屋、文化礼堂,新市镇勇兴村 12 号,30.61,120.29,0572-555-0101,"
        "是,坡道,每天 8:30-11:00,周四",
        "XS,新市分馆,DQ,镇,分馆,,,新市镇健康路 8 号,30.6,120.3,0572-555-0100,是,坡道、电梯,"
        '"周一至周五 8:30-17:00；周六 9:00-11:30,13:30-16:30；周日闭馆",周三、周五',
        "DQ,德清县图书馆,,县,图书馆,县图书馆,,千秋东街,30.53,119.97,0572-555-0116,是,,周二到周日 8:30-20:00,12345",
    ]
)


@pytest.fixture
def sessions(tmp_path: Path) -> Iterator[sessionmaker[Session]]:
    union = Union(tmp_path)
    yield union.sessions
    union.close()


@pytest.fixture
def bring(sessions: sessionmaker[Session], tmp_path: Path) -> Callable[..., tuple[PlacesReport, list[Reject]]]:
    def read(text: str, name: str = "places.csv") -> tuple[PlacesReport, list[Reject]]:
        path = tmp_path / name
        path.write_text(text, encoding="utf-8")
        rejects: list[Reject] = []
        with sessions.begin() as session:
            report = import_places(
                session,
                path,
                now=NOW,
                by=Actor("librarian"),
                reading=Reading(kind=COLUMNS),
                on_reject=rejects.append,
            )
        return report, rejects

    return read


def unit(session: Session, code: str) -> OrgUnit:
    return session.scalars(select(OrgUnit).where(OrgUnit.code == code)).one()


def test_a_county_with_its_branch_and_reading_room(bring, sessions) -> None:
    report, rejects = bring(COUNTY)
    assert (report.read, report.created, report.updated, report.rejected) == (3, 3, 0, 0) and not rejects
    with sessions() as session:
        room, branch, county = (unit(session, code) for code in ("LT-001", "XS", "DQ"))
        assert room.parent is branch and branch.parent is county and county.parent is None
        assert (room.level, room.kind, room.short_name, room.van_days) == ("village", "reading_room", "勇兴书屋", "3")
        assert room.aliases == ["老书屋", "文化礼堂"] and room.is_pickup and room.access == ["ramp"]
        assert (branch.latitude, branch.longitude, branch.van_days) == (30.6, 120.3, "24")
        saturday, sunday = (date(2026, 11, day) for day in (28, 29))
        spans = opening(session, place=branch, day=saturday)
        assert list(spans) == [(time(9), time(11, 30)), (time(13, 30), time(16, 30))]
        assert not opening(session, place=branch, day=sunday)
        assert calendar_of(session, place=county).next_open(sunday).weekday() == 1, "closed on Mondays"


def test_the_same_list_again_changes_nothing_and_a_changed_line_just_that(bring, sessions) -> None:
    bring(COUNTY)
    with sessions() as session:
        before = len(session.scalars(select(AuditEntry)).all())
    assert bring(COUNTY)[0] == PlacesReport("places.csv", 3, 0, 0, 0)
    report, _ = bring("code,name,phone,hours\nXS,新市分馆,0572-555-0199,Mon-Fri 09:00-18:00\n")
    assert (report.created, report.updated) == (0, 1)
    with sessions() as session:
        branch = unit(session, "XS")
        assert branch.phone == "0572-555-0199" and branch.address == "新市镇健康路 8 号", "what is not told stays"
        hours = session.scalars(select(OpeningHours).where(OpeningHours.org_unit_id == branch.id)).all()
        assert {(one.weekday, one.opens, one.closes) for one in hours} == {(day, time(9), time(18)) for day in range(5)}
        assert len(session.scalars(select(AuditEntry)).all()) == before + 1


def test_a_parent_by_its_name_and_levels_that_nobody_says(bring, sessions) -> None:
    bring("代码,名称,上级,级别\nDQ,德清县图书馆,,县\nLS,洛舍分馆,德清县图书馆,\nLT-9,东衡村书屋,洛舍分馆,\n")
    with sessions() as session:
        assert [(unit(session, code).level, unit(session, code).kind) for code in ("LS", "LT-9")] == [
            ("township", "branch"),
            ("village", "reading_room"),
        ]


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        (",书屋,DQ,,,", "no code"),
        ("A,书屋,NOWHERE,,,", "NOWHERE"),
        ("A,书屋,DQ,宇宙,,", "level is one of"),
        ("A,书屋,DQ,,随便开,", "hours are written like"),
        ("A,书屋,DQ,,每天 17:00-8:30,", "hours are written like"),
        ("A,书屋,DQ,,每天 25:00-26:00,", "hours are written like"),
        ("A,书屋,DQ,,,91.5", "latitude must be a number from -90 to 90"),
        ("A,书屋,DQ,,,nan", "latitude must be a number"),
        ("A,省馆,DQ,省,,", "cannot belong to"),
        ("DQ,德清县图书馆,DQ,,,", "belongs to it"),
    ],
)
def test_a_line_that_cannot_be_is_told_and_the_rest_goes_on(bring, sessions, line: str, reason: str) -> None:
    bring("code,name,level\nDQ,德清县图书馆,county\n")
    report, rejects = bring(f"code,name,parent,level,hours,latitude\n{line}\nB,另一处,DQ,,,\n")
    assert (report.created, report.rejected) == (1, 1)
    assert rejects[0].position == 2 and reason in rejects[0].reason
    with sessions() as session:
        assert unit(session, "B").parent is unit(session, "DQ")


def test_places_that_belong_to_each_other_are_all_told(bring) -> None:
    report, rejects = bring("code,name,parent\nA,甲,B\nB,乙,A\n")
    assert (report.created, report.rejected) == (0, 2) and [one.position for one in rejects] == [2, 3]


def test_a_workbook_and_a_table_without_codes(bring, sessions, tmp_path: Path) -> None:
    with pytest.raises(Unreadable, match="code"):
        bring("书名,作者\n三体,刘慈欣\n")
    book = openpyxl.Workbook()
    for row in (["德清县农家书屋一览"], ["编号", "书屋名称", "联系电话"], ["LT-7", "宋市村农家书屋", "0572-555-0107"]):
        book.active.append(row)
    book.save(tmp_path / "rooms.xlsx")
    with sessions.begin() as session:
        report = import_places(
            session,
            tmp_path / "rooms.xlsx",
            now=NOW,
            by=Actor("librarian"),
            reading=Reading(kind=COLUMNS),
            on_reject=lambda reject: pytest.fail(reject.reason),
        )
    assert report.created == 1
