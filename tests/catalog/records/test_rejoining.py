"""What a librarian took apart goes together again as it was, with what came since; nothing else does."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select, update

from catalog.audit import Actor, AuditEntry
from catalog.circulation.tables import Hold
from catalog.interchange.describing import Places
from catalog.interchange.sources import rereader
from catalog.organisation.tables import OrgUnit
from catalog.patrons.tables import Patron
from catalog.records.rejoining import join_source, join_work
from catalog.records.splitting import reasons, split_source, split_work
from catalog.records.tables import BibliographicRecord, Item, RecordIsbn, SourceRecord
from catalog.refusals import NotFound, NothingToJoin, StillSpokenOf
from catalog.search import Query
from tests.catalog.interchange.marc_maker import book, write
from tests.catalog.union import NOW, Union

ISBN = "9787506365437"
DESK = Actor(kind="librarian")


@pytest.fixture
def union(tmp_path: Path) -> Iterator[Union]:
    union = Union(tmp_path)
    with union.sessions.begin() as session:
        for code in ("DQ", "AJ", "HZ"):
            session.add(OrgUnit(code=code, level="county", kind="library", name=code))
    yield union
    union.close()


def load(union: Union, folder: Path, library: str, number: str, **told: Any) -> None:
    told = {"isbn": ISBN, "year": 2012, "items": [f"{library}1"], **told}
    file = write(folder, book(number, "活着", "余华", place=library, **told), name=f"{library}{number}.iso")
    union.load(file, library=library)


def state(union: Union) -> list[object]:
    """All that a split and its way back touch."""
    with union.sessions() as session:
        records = session.scalars(select(BibliographicRecord).order_by(BibliographicRecord.id)).all()
        return [
            [(one.id, one.title, one.year, one.work_id, tuple(reasons(session, one.id))) for one in records],
            sorted(session.execute(select(RecordIsbn.record_id, RecordIsbn.isbn)).all()),
            sorted(session.execute(select(Item.barcode, Item.record_id)).all()),
            sorted(session.execute(select(SourceRecord.id, SourceRecord.kept_apart)).all()),
        ]


def source_of(union: Union, library: str) -> int:
    with union.sessions() as session:
        return session.scalars(select(SourceRecord.id).where(SourceRecord.library == library)).one()


def split(union: Union, library: str) -> int:
    source = source_of(union, library)
    with union.sessions.begin() as session:
        reread = rereader(Places(dict(session.execute(select(OrgUnit.code, OrgUnit.id)).all())))
        return split_source(session, source, reread=reread, now=NOW, by=DESK)


def join(union: Union, library: str) -> int:
    source = source_of(union, library)
    with union.sessions.begin() as session:
        reread = rereader(Places(dict(session.execute(select(OrgUnit.code, OrgUnit.id)).all())))
        return join_source(session, source, reread=reread, now=NOW, by=DESK)


def test_a_source_goes_back_and_all_is_as_before(union: Union, tmp_path: Path) -> None:
    load(union, tmp_path, "DQ", "1")
    load(union, tmp_path, "AJ", "7")
    before = state(union)
    split(union, "AJ")
    assert state(union) != before
    assert join(union, "AJ") == 1
    assert state(union) == before
    assert [hit.record for hit in union.index().search(Query(text="活着")).hits] == [1]
    with union.sessions() as session:
        (split_row,) = session.scalars(select(AuditEntry).where(AuditEntry.what == "record_split"))
        assert split_row.undone_at == NOW
    with pytest.raises(NothingToJoin):
        join(union, "AJ")


def test_what_came_to_its_own_record_goes_with_it(union: Union, tmp_path: Path) -> None:
    load(union, tmp_path, "DQ", "1")
    load(union, tmp_path, "AJ", "7")
    made = split(union, "AJ")
    load(union, tmp_path, "AJ", "8", items=["AJ2"])
    with union.sessions.begin() as session:
        session.execute(update(SourceRecord).where(SourceRecord.number == "8").values(record_id=made))
        session.execute(update(Item).where(Item.barcode == "AJ2").values(record_id=made))
    with union.sessions() as session:
        first = session.scalars(select(SourceRecord.id).where(SourceRecord.number == "7")).one()
    with union.sessions.begin() as session:
        reread = rereader(Places(dict(session.execute(select(OrgUnit.code, OrgUnit.id)).all())))
        assert join_source(session, first, reread=reread, now=NOW, by=DESK) == 1
    with union.sessions() as session:
        assert set(session.scalars(select(Item.record_id))) == {1}
        assert set(session.scalars(select(SourceRecord.record_id))) == {1}


def test_another_split_of_the_same_record_stays(union: Union, tmp_path: Path) -> None:
    for library, number in (("DQ", "1"), ("AJ", "7"), ("HZ", "9")):
        load(union, tmp_path, library, number)
    made = split(union, "AJ")
    split(union, "HZ")
    join(union, "HZ")
    with union.sessions() as session:
        rows = session.execute(select(SourceRecord.library, SourceRecord.record_id, SourceRecord.kept_apart)).all()
    assert sorted(rows) == [("AJ", made, True), ("DQ", 1, True), ("HZ", 1, True)]
    join(union, "AJ")
    with union.sessions() as session:
        rows = session.execute(select(SourceRecord.library, SourceRecord.record_id, SourceRecord.kept_apart)).all()
    assert sorted(rows) == [("AJ", 1, False), ("DQ", 1, False), ("HZ", 1, False)]


def test_what_a_readers_hold_speaks_of_stays(union: Union, tmp_path: Path) -> None:
    load(union, tmp_path, "DQ", "1")
    load(union, tmp_path, "AJ", "7")
    made = split(union, "AJ")
    with union.sessions.begin() as session:
        patron = Patron(name="甲", home_id=1)
        session.add(patron)
        session.flush()
        session.add(Hold(patron_id=patron.id, work_id=1, record_id=made, pickup_id=1, placed_at=NOW))
    before = state(union)
    with pytest.raises(StillSpokenOf):
        join(union, "AJ")
    assert state(union) == before


def test_an_edition_goes_back_into_its_work(union: Union, tmp_path: Path) -> None:
    file = write(tmp_path, book("1", "活着", "余华", year=1993), book("2", "活着", "余华", year=2012))
    union.load(file, library="DQ")
    before = state(union)
    with union.sessions.begin() as session:
        assert split_work(session, 2, now=NOW, by=DESK) != 1
    with union.sessions.begin() as session:
        assert join_work(session, 2, now=NOW, by=DESK) == 1
    assert state(union) == before
    with union.sessions() as session, pytest.raises(NothingToJoin):
        join_work(session, 2, now=NOW, by=DESK)


def test_what_no_librarian_took_apart_cannot_be_put_together(union: Union, tmp_path: Path) -> None:
    load(union, tmp_path, "DQ", "1")
    with pytest.raises(NothingToJoin):
        join(union, "DQ")
    with union.sessions() as session, pytest.raises(NotFound):
        join_source(session, 999, reread=rereader(Places({})), now=NOW, by=DESK)
    with union.sessions() as session, pytest.raises(NotFound):
        join_work(session, 999, now=NOW, by=DESK)
