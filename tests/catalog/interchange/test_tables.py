"""Tables as people send them: every file in tables/ beside this one, and what must be in the union afterwards."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import openpyxl
import pytest
from sqlalchemy import select

from catalog.audiobooks.tables import Recording
from catalog.interchange.importing import Unreadable
from catalog.interchange.tables import split
from catalog.organisation.tables import OrgUnit
from catalog.records.tables import BibliographicRecord, Item
from catalog.refusals import NotFound
from catalog.search import Query
from tests.catalog.union import Union

PLAIN = "title,author,isbn,publisher,year,votes,tags\n"


@pytest.fixture
def union(tmp_path: Path) -> Iterator[Union]:
    union = Union(tmp_path)
    with union.sessions.begin() as session:
        for code in ("CITY", "TOWN"):
            session.add(OrgUnit(code=code, level="city", kind="library", name=code))
    yield union
    union.close()


def write(folder: Path, text: str, *, encoding: str = "utf-8") -> Path:
    file = folder / "books.csv"
    file.write_bytes(text.encode(encoding))
    return file


def records(union: Union) -> list[tuple[str, tuple[str, ...], int | None]]:
    with union.sessions() as session:
        found = session.scalars(select(BibliographicRecord).order_by(BibliographicRecord.id))
        return [(record.title, tuple(record.authors), record.year) for record in found]


LU_XUN = [("呐喊", ("鲁迅",), 1923), ("彷徨", ("鲁迅",), 1926)]


@pytest.mark.parametrize(
    ("text", "encoding"),
    [
        ("title,author,year\n呐喊,鲁迅,1923\n彷徨,鲁迅,1926\n", "utf-8"),
        ("title\tauthor\tyear\r\n呐喊\t鲁迅\t1923\r\n彷徨\t鲁迅\t1926\r\n", "utf-8-sig"),
        ("书名;作者;出版年\n呐喊;鲁迅 著;1923年\n彷徨;[中]鲁迅;1926.8\n", "gb18030"),
        ("题名,责任者,出版日期\n呐喊,鲁迅,1923-08\n彷徨,鲁迅,192608\n", "utf-16"),
        ("Title,Author,Year\n\n呐喊,鲁迅,c1923\n\n\n彷徨,鲁迅,1926", "utf-8"),
        ("东村农家书屋图书清单,,\n书名,作者,年份\n呐喊,鲁迅,1923\n彷徨,鲁迅,1926\n", "gb18030"),
        ('title,author,year\n"呐喊","鲁迅",1923\n"彷徨",鲁迅,"1926"\n', "utf-8"),
    ],
)
def test_columns_separators_and_encodings_are_found_out(union: Union, tmp_path: Path, text: str, encoding: str) -> None:
    report = union.load(write(tmp_path, text, encoding=encoding))
    assert (report.read, report.created, report.rejected) == (2, 2, 0)
    assert records(union) == LU_XUN


@pytest.mark.parametrize(
    ("line", "fields"),
    [
        ("a,b,c", ["a", "b", "c"]),
        ('"a,b",c', ["a,b", "c"]),
        ('"a ""b"" c",d', ['a "b" c', "d"]),
        ('"a,b', ['"a', "b"]),
        ('a "quoted" word,b', ['a "quoted" word', "b"]),
        ('5" disk,b', ['5" disk', "b"]),
        ('"",b', ["", "b"]),
        ("a,,", ["a", "", ""]),
        ("", [""]),
    ],
)
def test_a_quote_never_swallows_a_line(line: str, fields: list[str]) -> None:
    assert split(line, ",") == fields


def test_stray_quotes_keep_every_row(union: Union, tmp_path: Path) -> None:
    text = PLAIN + '"开始,甲\n一"本,乙\n"完"整,丙\n末,丁\n'
    assert union.load(write(tmp_path, text)).created == 4
    assert [title for title, _, _ in records(union)] == ['"开始', '一"本', '"完"整', "末"]


def test_a_title_alone_is_a_record(union: Union, tmp_path: Path) -> None:
    assert union.load(write(tmp_path, "书名\n东村族谱\n")).created == 1
    assert union.index().search(Query(text="族谱")).total == 1


def test_what_cannot_be_taken_is_told_and_the_rest_goes_on(union: Union, tmp_path: Path) -> None:
    text = PLAIN + ",甲\n好书,乙\n" + "长" * 2000 + ",丙\n？？,丁\n又一本,戊\n"
    report = union.load(write(tmp_path, text))
    assert (report.read, report.created, report.rejected) == (5, 2, 3)
    assert [(reject.position, reject.reason) for reject in union.rejects] == [
        (2, "it has no title"),
        (4, "its title is longer than 1000 signs"),
        (5, "it has no title"),
    ]


def test_items_recordings_and_formats(union: Union, tmp_path: Path) -> None:
    text = (
        "书名,作者,载体,馆代码,条码号,索书号,馆藏地,链接,时长,朗读者\n"
        "活着,余华,图书,CITY,A1,I247.5/1,TOWN,,,\n"
        "活着,余华,大字本,TOWN,,I247.5/2,,,,\n"
        "活着,余华,,,,,,https://example.org/a.mp3,1:02:03,某人\n"
        "活着,余华,图书,NOWHERE,A9,,,,,\n"
    )
    report = union.load(write(tmp_path, text))
    assert (report.created, report.rejected) == (3, 1)
    assert union.rejects[0].reason == "no library has the code NOWHERE"
    with union.sessions() as session:
        items = {item.barcode: item for item in session.scalars(select(Item))}
        assert (items["A1"].home.code, items["A1"].location.code, items["A1"].call_number) == (
            "CITY",
            "TOWN",
            "I247.5/1",
        )
        assert len(items) == 2
        recording = session.scalars(select(Recording)).one()
        assert (recording.seconds, recording.narrator, recording.record.format) == (3723, "某人", "audiobook")
        assert len({record.work_id for record in session.scalars(select(BibliographicRecord))}) == 1
    again = union.load(write(tmp_path, text))
    assert (again.created, again.updated, again.merged) == (0, 0, 3)


def test_an_item_that_moved_to_another_home(union: Union, tmp_path: Path) -> None:
    union.load(write(tmp_path, "title,barcode,library\n活着,A1,CITY\n"))
    report = union.load(write(tmp_path, "title,barcode,library\n活着,A1,TOWN\n"))
    assert report.updated == 1
    with union.sessions() as session:
        item = session.scalars(select(Item)).one()
        assert (item.home.code, item.location.code) == ("TOWN", "TOWN")


def test_a_library_of_the_whole_file(union: Union, tmp_path: Path) -> None:
    file = write(tmp_path, "title,barcode\n活着,A1\n三体,A2\n")
    union.load(file, library="TOWN")
    with union.sessions() as session:
        assert {item.home.code for item in session.scalars(select(Item))} == {"TOWN"}
    with pytest.raises(NotFound):
        union.load(file, library="NOWHERE")


def test_votes_and_tags(union: Union, tmp_path: Path) -> None:
    union.load(write(tmp_path, PLAIN + '某书,甲,,,,"1,234",园艺|花卉\n'))
    union.load(write(tmp_path, PLAIN + "某书,甲,,,,900,花卉|生活\n"))
    with union.sessions() as session:
        record = session.scalars(select(BibliographicRecord)).one()
        assert (record.popularity, record.subjects) == (1234, ["园艺", "花卉", "生活"])


def test_a_workbook(union: Union, tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    for row in (
        ["东村农家书屋"],
        ["书名", "作者", "出版年", "ISBN"],
        ["呐喊", "鲁迅", 1923, None],
        ["彷徨", "鲁迅", 1926.0, None],
    ):
        sheet.append(row)
    book.save(tmp_path / "books.xlsx")
    assert union.load(tmp_path / "books.xlsx").created == 2
    assert records(union) == LU_XUN


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"", "is empty"),
        (b"a,b\n1,2\n", "no column"),
        (b"\x00\x01\x02\x03", "neither a table nor MARC"),
        (b"PK\x03\x04 broken", "no readable XLSX"),
        (b"\xd0\xcf\x11\xe0 old", "old Excel"),
        (b"title\n\xff\xff\xff\n", "neither UTF-8 nor GB18030"),
        (b"<html><body>", "readable XML"),
    ],
)
def test_a_file_that_cannot_be_read_says_so(union: Union, tmp_path: Path, data: bytes, said: str) -> None:
    file = tmp_path / "books"
    file.write_bytes(data)
    with pytest.raises(Unreadable, match=said):
        union.load(file)
