"""What came is kept: sources unchanged, changed, deleted, split off, and imports that were killed in the middle."""

from __future__ import annotations

import multiprocessing
import os
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import func, select

from catalog.audit import Actor
from catalog.interchange.describing import Places
from catalog.interchange.importing import Options, import_file
from catalog.interchange.sources import rereader
from catalog.organisation.tables import OrgUnit
from catalog.records.sources import raw
from catalog.records.splitting import reasons, siblings, split_source, split_work
from catalog.records.tables import BibliographicRecord, ImportProgress, Item, RecordIsbn, SourceRecord, Work
from catalog.refusals import NothingToSplit
from catalog.search import Query
from tests.catalog.interchange.marc_maker import book, write
from tests.catalog.union import NOW, Union


@pytest.fixture
def union(tmp_path: Path) -> Iterator[Union]:
    union = Union(tmp_path)
    with union.sessions.begin() as session:
        county = OrgUnit(code="DQ", level="county", kind="library", name="DQ")
        session.add_all([county, OrgUnit(code="WK", level="township", kind="branch", name="WK", parent=county)])
        session.add(OrgUnit(code="AJ", level="county", kind="library", name="AJ"))
    yield union
    union.close()


def titles(union: Union) -> list[str]:
    with union.sessions() as session:
        return list(session.scalars(select(BibliographicRecord.title).order_by(BibliographicRecord.id)))


def items(union: Union) -> dict[str, str]:
    with union.sessions() as session:
        return {item.barcode: f"{item.home.code} {item.status}" for item in session.scalars(select(Item))}


def why(union: Union) -> list[str]:
    with union.sessions() as session:
        records = session.scalars(select(BibliographicRecord.id).order_by(BibliographicRecord.id))
        return [reason.rule for record in records for reason in reasons(session, record)]


@pytest.mark.parametrize("encoding", ["utf-8", "gb18030"])
def test_the_source_is_kept_as_it_came(union: Union, tmp_path: Path, encoding: str) -> None:
    file = write(tmp_path, book("1", "活着", "余华", encoding=encoding))
    union.load(file, library="DQ")
    with union.sessions() as session:
        source = session.scalars(select(SourceRecord)).one()
        assert raw(source) == file.read_bytes()
        assert (source.library, source.number, source.kind) == ("DQ", "1", "iso2709")


def test_the_same_again_is_not_even_read(union: Union, tmp_path: Path) -> None:
    file = write(tmp_path, book("1", "活着", "余华"), book("2", "兄弟", "余华"))
    union.load(file, library="DQ")
    again = union.load(file, library="DQ")
    assert (again.read, again.merged, again.updated, again.created) == (2, 2, 0, 0)


def test_a_correction_follows(union: Union, tmp_path: Path) -> None:
    """A title wrongly typed is not kept beside the right one, and search finds the right one alone."""
    union.load(write(tmp_path, book("1", "活看", "余华", items=["A1"])), library="DQ")
    report = union.load(write(tmp_path, book("1", "活着", "余华", items=["A1"])), library="DQ")
    assert (report.updated, titles(union)) == (1, ["活着"])
    index = union.index()
    assert index.search(Query(text="活着")).hits[0].why == "exact"
    assert "活看" not in [hit.title for hit in index.search(Query(text="活看")).hits]


def test_items_that_are_sent_no_more_are_withdrawn(union: Union, tmp_path: Path) -> None:
    union.load(write(tmp_path, book("1", "活着", "余华", items=["A1", "A2"])), library="DQ")
    union.load(write(tmp_path, book("1", "活着", "余华", items=["A2", "A3"])), library="DQ")
    assert items(union) == {"A1": "DQ withdrawn", "A2": "DQ available", "A3": "DQ available"}


def test_a_deletion_takes_the_record_and_comes_back(union: Union, tmp_path: Path) -> None:
    gone = write(tmp_path, book("1", "活着", "余华", items=["A1"], status="d"), name="gone.iso")
    file = write(tmp_path, book("1", "活着", "余华", items=["A1"]))
    union.load(file, library="DQ")
    report = union.load(gone, library="DQ")
    assert (report.deleted, titles(union), items(union)) == (1, [], {})
    assert union.index().search(Query(text="活着")).total == 0
    assert union.load(gone, library="DQ").deleted == 0
    assert union.load(file, library="DQ").created == 1
    assert (titles(union), items(union)) == (["活着"], {"A1": "DQ available"})


def test_a_deletion_leaves_what_others_describe(union: Union, tmp_path: Path) -> None:
    isbn = "9787506365437"
    union.load(write(tmp_path, book("1", "活着", "余华", isbn=isbn, items=["A1"], year=2012)), library="DQ")
    union.load(write(tmp_path, book("7", "活着", "余华", isbn=isbn, items=["B1"], place="AJ")), library="AJ")
    report = union.load(write(tmp_path, book("1", "活着", "余华", status="d")), library="DQ")
    assert report.deleted == 1
    assert items(union) == {"A1": "DQ withdrawn", "B1": "AJ available"}
    with union.sessions() as session:
        assert session.scalars(select(BibliographicRecord.year)).all() == [None], "the year was only the other's"


def test_a_deletion_of_what_never_came_is_no_fault(union: Union, tmp_path: Path) -> None:
    report = union.load(write(tmp_path, book("1", "活着", "余华", status="d")), library="DQ")
    assert (report.read, report.rejected, report.deleted) == (1, 0, 0)


def test_every_merge_says_why(union: Union, tmp_path: Path) -> None:
    isbn = "9787506365437"
    rows = [
        "title,author,publisher,year,isbn",
        f"活着,余华,作家出版社,2012,{isbn}",
        f"活着（精装）,余华,作家出版社,2012,{isbn}",
        "兄弟,余华,作家出版社,2012,",
        "兄弟,余华,作家,2012,",
    ]
    file = tmp_path / "books.csv"
    file.write_text("\n".join(rows), "utf-8")
    union.load(file)
    assert why(union) == ["first", "isbn", "first", "description"]
    with union.sessions() as session:
        second = session.scalars(select(BibliographicRecord.id).order_by(BibliographicRecord.id)).all()[1]
        assert reasons(session, second)[1].evidence == {"same": ["title", "author", "publisher", "year"]}


def test_what_came_without_a_number_finds_its_twin_by_a_third(union: Union, tmp_path: Path) -> None:
    """One record without an ISBN, one with another title under an ISBN, and one that ties them together."""
    isbn = "9787020002207"
    rows = [
        "title,author,publisher,year,isbn",
        "红楼梦原著版,曹雪芹,人民文学出版社,2013,",
        f"红楼梦,曹雪芹,人民文学出版社,1996,{isbn}",
        f"红楼梦原著版,曹雪芹,人民文学出版社,2013,{isbn}",
    ]
    for count in (3, 1):  # in one batch, and each in an import of its own
        for start in range(1, len(rows), count):
            file = tmp_path / f"books{count}{start}.csv"
            file.write_text("\n".join([rows[0], *rows[start : start + count]]), "utf-8")
            union.load(file)
        assert len(titles(union)) == 1


def test_a_split_survives_the_next_import(union: Union, tmp_path: Path) -> None:
    isbn = "9787506365437"
    one = write(tmp_path, book("1", "活着", "余华", isbn=isbn, items=["A1"], year=2012), name="one.iso")
    other = write(tmp_path, book("7", "活着", "余华", isbn=isbn, items=["B1"], place="AJ"), name="other.iso")
    union.load(one, library="DQ")
    union.load(other, library="AJ")
    with union.sessions.begin() as session:
        source = session.scalars(select(SourceRecord.id).where(SourceRecord.library == "AJ")).one()
        reread = rereader(Places(dict(session.execute(select(OrgUnit.code, OrgUnit.id)).all())))
        made = split_source(session, source, reread=reread, now=NOW, by=Actor())
        assert session.scalars(select(Item.record_id).where(Item.barcode == "B1")).one() == made
        assert session.scalars(select(func.count(Work.id))).one() == 1, "it is another edition of the same work"
        assert [sibling.record for sibling in siblings(session, session.get_one(BibliographicRecord, made))] != []
    assert why(union) == ["first", "librarian"]
    changed = write(tmp_path, book("7", "活着", "余华", isbn=isbn, items=["B1", "B2"], place="AJ"), name="changed.iso")
    for file, library in ((one, "DQ"), (other, "AJ"), (changed, "AJ"), (other, "AJ")):
        union.load(file, library=library)
    assert len(titles(union)) == 2
    with union.sessions() as session:
        assert session.scalars(select(Item.record_id).where(Item.barcode == "B1")).one() == made
        assert len(session.scalars(select(RecordIsbn.isbn)).all()) == 2
    with union.sessions() as session, pytest.raises(NothingToSplit):
        split_source(session, source, reread=reread, now=NOW, by=Actor())


def test_an_edition_taken_out_of_its_work_stays_out(union: Union, tmp_path: Path) -> None:
    file = write(tmp_path, book("1", "活着", "余华", year=1993), book("2", "活着", "余华", year=2012))
    union.load(file, library="DQ")
    with union.sessions.begin() as session:
        second = session.scalars(select(BibliographicRecord.id).order_by(BibliographicRecord.id)).all()[1]
        split_work(session, second, now=NOW, by=Actor())
        with pytest.raises(NothingToSplit):
            split_work(session, second, now=NOW, by=Actor())
    third = write(
        tmp_path, book("2", "活着", "余华", year=2013), book("3", "活着", "余华", year=2020), name="third.iso"
    )
    for again in (file, third):
        union.load(again, library="DQ")
    with union.sessions() as session:
        works = dict(session.execute(select(BibliographicRecord.year, BibliographicRecord.work_id)).all())
    assert works[1993] == works[2020] != works[2012 if 2012 in works else 2013]


def test_an_import_that_was_killed_goes_on(union: Union, tmp_path: Path) -> None:
    file = write(tmp_path, *(book(str(number), f"书{number}", "余华") for number in range(3500)))
    child = multiprocessing.get_context("spawn").Process(target=die_in_the_middle, args=(union.url, str(file)))
    child.start()
    child.join(120)
    assert child.exitcode == 9
    with union.sessions() as session:
        reached = session.scalars(select(ImportProgress.reached)).one()
        done = session.scalar(select(func.count(BibliographicRecord.id)))
    assert int(reached) == done
    assert 0 < int(reached) < 3500
    seen: list[int] = []
    report = import_file(
        union.sessions, file, library="DQ", now=NOW, by=Actor(), progress=lambda at, size: seen.append(at)
    )
    assert (report.read, report.created, report.merged) == (3500, 3500, 0), "what came before is counted, not read"
    assert len(titles(union)) == 3500
    with union.sessions() as session:
        assert session.scalars(select(ImportProgress.reached)).one() == ""


def die_in_the_middle(url: str, file: str) -> None:
    """Import until the second batch is written, then die as by kill -9."""
    union = Union(Path(file).parent, url)
    batches = 0

    def progress(at: int, size: int) -> None:
        nonlocal batches
        batches += 1
        if batches == 2:
            os._exit(9)

    import_file(union.sessions, Path(file), library="DQ", now=datetime.now(UTC), by=Actor(), progress=progress)


def test_two_records_of_one_number_in_one_file(union: Union, tmp_path: Path) -> None:
    """The later one is the newer one."""
    file = write(tmp_path, book("1", "活看", "余华"), book("1", "活着", "余华"))
    report = union.load(file, library="DQ")
    assert (report.created, report.updated, titles(union)) == (1, 1, ["活着"])


def test_a_barcode_of_another_library_is_left_alone(union: Union, tmp_path: Path) -> None:
    """Two village rooms began at 000001: neither takes the other's book."""
    union.load(write(tmp_path, book("1", "活着", "余华", items=["000001"])), library="DQ")
    left: list[str] = []
    file = write(tmp_path, book("1", "兄弟", "余华", items=["000001"], place="AJ"))
    import_file(
        union.sessions, file, library="AJ", now=NOW, by=Actor(), on_left_out=lambda one: left.append(one.reason)
    )
    assert items(union) == {"000001": "DQ available"}
    assert left == ["its barcode belongs to an item of another library"]


def test_codes_nobody_knows(union: Union, tmp_path: Path) -> None:
    file = write(tmp_path, book("1", "活着", "余华", items=["A1"], place="XS"))
    left: list[tuple[str, str]] = []

    def load(options: Options) -> int:
        report = import_file(
            union.sessions, file, library="DQ", now=NOW, by=Actor(), options=options,
            on_left_out=lambda one: left.append((one.code, one.barcode)),
        )  # fmt: skip
        return report.items_left_out

    assert load(Options()) == 1
    assert (left, titles(union), items(union)) == ([("XS", "A1")], ["活着"], {})
    assert load(Options(places={"XS": "WK"})) == 0
    assert items(union) == {"A1": "WK available"}
    with union.sessions.begin() as session:
        session.delete(session.scalars(select(Item)).one())
    assert load(Options(create_places=True)) == 0
    assert items(union) == {}, "the source is unchanged, and was read with its place known"
    with union.sessions.begin() as session:
        session.scalars(select(SourceRecord)).one().digest = b""
    load(Options(create_places=True))
    assert items(union) == {"A1": "XS available"}
    with union.sessions() as session:
        made = session.scalars(select(OrgUnit).where(OrgUnit.code == "XS")).one()
        assert (made.level, made.kind, made.parent and made.parent.code) == ("township", "branch", "DQ")
