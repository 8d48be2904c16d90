"""Lists of readers, loans, holds and closed days as a county library's old system writes them, headings in Chinese."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session, sessionmaker

from catalog import invariants, refusals
from catalog.audit import Actor
from catalog.circulation import holds, loans, returns
from catalog.circulation.tables import Hold, Loan
from catalog.interchange.closing_days import CLOSURES
from catalog.interchange.lending import HOLDS, LOANS
from catalog.interchange.lists import Kind, ListReport, import_list, rows_of
from catalog.interchange.registering import READERS
from catalog.interchange.tables import Reading, Unreadable
from catalog.organisation.tables import Closure, OpeningHours, OrgUnit
from catalog.patrons import cards
from catalog.patrons.tables import Card, Patron
from catalog.records.tables import BibliographicRecord, Item
from tests.catalog.union import Union

NOW = datetime(2026, 11, 22, 2, 0, tzinfo=UTC)
BY = Actor("librarian")
BOOKS = """题名,责任者,记录号,条码,馆,状态
三体,刘慈欣,1,B1,XS,借出
三体,刘慈欣,,B2,XS,在架
活着,余华,2,B3,XS,借出
活着,余华,,B4,YX,借出
呐喊,鲁迅,3,B5,XS,借出
"""
LIST_OF_READERS = """读者证号,姓名,发证馆,读者类型,取书点,地址,送书备注,有效期,状态,密码
1001,王奶奶,XS,老年,XS,勇兴村 12 号,先打电话,2030-12-31,正常,246810
1002,李明,XS,成人,YX,,,2020-01-01,正常,
1003,赵六,XS,成人,,,,,注销,
1004,钱七,NOWHERE,成人,,,,,正常,
1005,孙八,XS,学者,,,,,正常,
"""
LIST_OF_LOANS = """读者证号,条码,借书日期,应还日期,续借次数,还书日期,状态
1001,B1,2026-11-01 9:30,2026-12-06,1,,借出
1002,B3,2026/9/1,2026/10/1,0,,超期
1002,B4,20261101,20261201,0,2026-11-10,
1001,B5,2026-01-02,2026-02-02,0,,丢失
1009,B4,2026-11-01,2026-12-01,0,,
1001,B9,2026-11-01,2026-12-01,0,,
1002,B1,2026-11-02,2026-12-02,0,,
1001,B4,2026-11-01,sometime,0,,
"""
LIST_OF_HOLDS = """读者证号,书目记录号,条码,预约日期,取书点,范围,状态,恢复日期
1002,1,,2026-11-03 8:00,XS,,,
1001,2,,2026-11-02,XS,,暂停,2026-12-20
1002,,B4,2026-11-04,YX,单册,,
1001,3,,2026-11-05,XS,,,
1001,9,,2026-11-05,XS,,,
1002,2,,2026-10-05,XS,,取消,
"""

Bring = Callable[..., tuple[ListReport, list[str]]]


@pytest.fixture
def sessions(tmp_path: Path) -> Iterator[sessionmaker[Session]]:
    union = Union(tmp_path)
    with union.sessions.begin() as session:
        town = OrgUnit(code="XS", level="township", kind="branch", name="新市分馆", is_pickup=True, van_days="24")
        session.add(town)
        session.add(
            OrgUnit(code="YX", level="village", kind="reading_room", name="勇兴书屋", is_pickup=True, parent=town)
        )
        session.flush()
        for weekday in range(5):
            span = {"opens": NOW.time().replace(hour=8), "closes": NOW.time().replace(hour=17)}
            session.add(OpeningHours(org_unit_id=town.id, weekday=weekday, **span))
    books = tmp_path / "books.csv"
    books.write_text(BOOKS, "utf-8")
    union.load(books, library="XS")
    yield union.sessions
    union.close()


@pytest.fixture
def bring(sessions: sessionmaker[Session], tmp_path: Path) -> Bring:
    def read(kind: Kind, text: str) -> tuple[ListReport, list[str]]:
        path = tmp_path / f"{kind.name}.csv"
        path.write_text(text, encoding="gb18030")
        reasons: list[str] = []
        report = import_list(
            sessions,
            kind,
            rows_of(path, Reading(kind=kind.columns)),
            file=path.name,
            now=NOW,
            by=BY,
            places={},
            on_reject=lambda one: reasons.append(f"{one.position}: {one.reason}"),
        )
        return report, reasons

    return read


def test_readers_come_with_their_doors_and_blocks(bring: Bring, sessions: sessionmaker[Session]) -> None:
    report, reasons = bring(READERS, LIST_OF_READERS)
    assert (report.read, report.created, report.rejected) == (5, 2, 3)
    assert reasons == [
        "4: the reader has left: such a card is not taken over",
        "5: its library: no place has the code or name NOWHERE; --place THEIRS=OURS says which it is",
        "6: its group is one of adult, child, senior, disabled, not '学者'",
    ]
    with sessions.begin() as session:
        wang = session.get_one(Card, "1001").patron
        assert (wang.group, wang.pickup and wang.pickup.code) == ("senior", "XS")
        (door,) = wang.addresses
        assert (door.text, door.note, door.org_unit.code) == ("勇兴村 12 号", "先打电话", "XS")
        assert cards.verify(session, number="1001", pin="246810", sender="x", now=NOW) is wang
        ming = session.get_one(Card, "1002").patron
        record = session.scalars(select(BibliographicRecord)).first()
        assert record is not None
        with pytest.raises(refusals.Blocked) as refused:
            holds.refuse(session, patron=ming, record=record, now=NOW)
        assert refused.value.values["reason"] == "card_expired"
        with pytest.raises(refusals.UnknownCard):
            cards.verify(session, number="1002", pin="", sender="x", now=NOW)
    again, _ = bring(READERS, LIST_OF_READERS)
    assert (again.created, again.updated, again.merged) == (0, 0, 2)
    later, _ = bring(READERS, LIST_OF_READERS.replace("李明,", "李小明,").replace("2020-01-01", "2031-01-01"))
    assert (later.created, later.updated, later.merged) == (0, 1, 1)
    with sessions() as session:
        holds.refuse(session, patron=session.get_one(Card, "1002").patron, record=record, now=NOW)


def test_a_broken_row_stops_nothing_and_becomes_nobody(bring: Bring, sessions: sessionmaker[Session]) -> None:
    """Bug: a dash for a card made a reader whom the next dash overwrote; a sign that PostgreSQL refuses ended all."""
    lines = ["-,甲,XS", "—,乙,XS", f"{'7' * 4000},丙,XS", "1008,王\x00\x1b[2J奶奶,XS", "1009,李明,XS"]
    report, reasons = bring(READERS, "\n".join(["读者证号,姓名,发证馆", *lines]))
    assert (report.created, report.rejected) == (2, 3)
    assert [reason.partition(":")[0] for reason in reasons] == ["2", "3", "4"]
    with sessions() as session:
        assert session.get_one(Card, "1008").patron.name == "王 [2J奶奶"
        assert session.get(Card, "") is None


def test_loans_and_holds_are_taken_over_or_explained(bring: Bring, sessions: sessionmaker[Session]) -> None:
    bring(READERS, LIST_OF_READERS)
    report, reasons = bring(LOANS, LIST_OF_LOANS)
    assert (report.created, report.rejected) == (2, 6)
    assert reasons == [
        "4: it was returned on 2026-11-10: what has ended is not taken over",
        "5: its library has written it off as lost: B5 is missing here, and nobody is asked to bring it",
        "6: no reader has the card 1009; bring in the readers first",
        "7: no item has the barcode B9; bring in the items first",
        "8: another reader has it on loan here; check it in first",
        "9: its due date is a day written like 2026-12-24, not 'sometime'",
    ]
    with sessions() as session:
        mine, late = session.scalars(select(Loan).order_by(Loan.id))
        assert (mine.due_date, mine.renewals) == (date(2026, 12, 7), 1), "the sixth is a Sunday, and closed"
        assert late.due_date == date(2026, 10, 1), "what is overdue stays so"
        assert session.scalars(select(Item.status).where(Item.barcode == "B5")).one() == "missing"
    report, reasons = bring(HOLDS, LIST_OF_HOLDS)
    assert (report.created, report.rejected) == (2, 4)
    assert reasons == [
        "4: this reader has the work at home already",
        "5: no copy of this work is lent: there are none, or they are missing, withdrawn or for reading here only",
        "6: no record is known as 9; bring in the records first",
        "7: it has ended: what has ended is not taken over",
    ]
    with sessions.begin() as session:
        waiting, resting = session.scalars(select(Hold).order_by(Hold.id))
        assert (waiting.status, waiting.item and waiting.item.barcode) == ("waiting", "B2")
        assert (resting.status, resting.suspended_until) == ("suspended", date(2026, 12, 20))
        assert invariants.broken(session) == {}
        item = session.scalars(select(Item).where(Item.barcode == "B1")).one()
        place = session.scalars(select(OrgUnit).where(OrgUnit.code == "YX")).one()
        returns.check_in(session, item=item, place=place, now=NOW, by=BY)
    again, _ = bring(LOANS, LIST_OF_LOANS)
    assert (again.created, again.merged) == (0, 2), "what was returned here meanwhile is not lent again"
    again, _ = bring(HOLDS, LIST_OF_HOLDS)
    assert (again.created, again.merged) == (0, 2)
    with sessions() as session:
        assert invariants.broken(session) == {}


def test_a_copy_that_lies_ready_stays_ready(bring: Bring, sessions: sessionmaker[Session]) -> None:
    bring(READERS, LIST_OF_READERS)
    report, _ = bring(HOLDS, "读者证号,书目记录号,条码,预约日期,取书点,状态\n1002,2,B4,2026-11-03,YX,待取\n")
    assert report.created == 1
    with sessions() as session:
        (hold,) = session.scalars(select(Hold))
        assert (hold.status, hold.item and hold.item.barcode, hold.pickup_until is not None) == ("ready", "B4", True)
        assert invariants.broken(session) == {}
        patron = session.get_one(Patron, hold.patron_id)
        assert loans.of_patron(session, patron=patron) == []


def test_a_wish_for_one_edition_waits_for_it(bring: Bring, sessions: sessionmaker[Session], tmp_path: Path) -> None:
    """The other edition of the work stands on the shelf, and serves who asks for the work."""
    with sessions.begin() as session:
        old = session.scalars(select(BibliographicRecord).where(BibliographicRecord.title == "三体")).one()
        new = BibliographicRecord(work_id=old.work_id, title="三体", year=2026)
        session.add(new)
        session.flush()
        place = session.scalars(select(OrgUnit).where(OrgUnit.code == "XS")).one()
        session.add(Item(record_id=new.id, barcode="N1", home=place, location=place, status="away"))
    bring(READERS, LIST_OF_READERS)
    report, _ = bring(HOLDS, "读者证号,书目记录号,条码,预约日期,取书点,范围\n1001,,N1,2026-11-02,XS,版本\n")
    assert report.created == 1
    with sessions.begin() as session:
        (hold,) = session.scalars(select(Hold))
        assert (hold.scope, hold.record_id, hold.item, holds.queue_place(session, hold)) == ("edition", new.id, None, 1)
        assert invariants.broken(session) == {}
        item = session.scalars(select(Item).where(Item.barcode == "N1")).one()
        found = returns.check_in(session, item=item, place=place, now=NOW, by=BY)
        assert found.hold is hold and hold.status == "ready"
        assert invariants.broken(session) == {}


def test_closed_days(bring: Bring, sessions: sessionmaker[Session]) -> None:
    heads = "馆,开始日期,结束日期,原因\n"
    text = heads + "XS,2027-02-05,2027-02-12,春节\nYX,2026年12月1日,,停电\n新市分馆,2026-12-3,2026-12-1,\n"
    report, reasons = bring(CLOSURES, text)
    assert (report.created, reasons) == (2, ["4: its last day, 2026-12-01, comes before its first, 2026-12-03"])
    again, _ = bring(CLOSURES, text)
    assert (again.created, again.merged) == (0, 2)
    with sessions() as session:
        assert [one.reason for one in session.scalars(select(Closure).order_by(Closure.id))] == ["春节", "停电"]


def test_a_list_of_something_else_is_refused_in_a_sentence(bring: Bring) -> None:
    with pytest.raises(Unreadable, match="headed as a card, a barcode and a due date"):
        bring(LOANS, "姓名,电话\n王奶奶,1\n")
