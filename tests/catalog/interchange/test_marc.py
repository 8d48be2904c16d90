"""MARC as it is in the world: ten CNMARC records in two encodings that their leaders hide, broken ones, MARC-8, XML."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import func, select

from catalog.interchange import encodings
from catalog.records.tables import BibliographicRecord, Item, RecordIsbn, Work
from tests.catalog.union import Union

GOLDEN = Path(__file__).with_name("cnmarc.tsv")


@pytest.fixture
def union(tmp_path: Path) -> Iterator[Union]:
    union = Union(tmp_path)
    yield union
    union.close()


@pytest.fixture
def marc(shared: Path) -> Path:
    return shared / "data" / "marc"


def golden(union: Union) -> list[str]:
    with union.sessions() as session:
        records = session.scalars(select(BibliographicRecord).order_by(BibliographicRecord.id)).all()
        return [
            "\t".join(
                [
                    *(record.title, record.subtitle, ";".join(record.authors), record.publisher, str(record.year)),
                    *(record.language, record.clc, ";".join(record.subjects), ";".join(i.isbn for i in record.isbns)),
                ]
            )
            for record in records
        ]


@pytest.mark.parametrize(
    "file",
    [
        "derived/bnu_cnmarc_10.utf8.iso",
        "derived/bnu_cnmarc_10.gb18030.iso",
        "DigitalPlatform+dp2/dp2Catalog__SRU__sample_cnmarcxml.xml",
    ],
)
def test_cnmarc_is_read_the_same_whatever_it_is_written_in(union: Union, marc: Path, file: str) -> None:
    report = union.load(marc / file)
    assert (report.read, report.created, report.rejected) == (10, 10, 0)
    assert golden(union) == GOLDEN.read_text("utf-8").splitlines()


def test_the_same_records_in_another_encoding_are_the_same_records(union: Union, marc: Path) -> None:
    union.load(marc / "derived/bnu_cnmarc_10.utf8.iso")
    report = union.load(marc / "derived/bnu_cnmarc_10.gb18030.iso")
    assert (report.created, report.merged, report.updated) == (0, 10, 0)


FILES = {
    "marc4j+marc4j/src__org__marc4j__samples__resources__summerland.mrc": (1, 0),
    "marc4j+marc4j/test__resources__brkrtest.mrc": (8, 0),
    "marc4j+marc4j/test__resources__bad_leaders_10_11.mrc": (1, 0),
    "marc4j+marc4j/test__resources__bad_too_long_plus_2.mrc": (3, 3),
    "marc4j+marc4j/test__resources__chabon-missing-subfield-code.xml": (1, 1),
    "marc4j+marc4j/test__resources__pride-and-prejudice-with-many-errors.mrc": (383, 20),
    "edsu+pymarc/test__marc8.dat": (1, 0),
    "edsu+pymarc/test__bad_records.mrc": (8, 6),
    "edsu+pymarc/test__testunimarc.dat": (1, 0),
    "evergreen/Open-ILS__tests__datasets__jazz_1k.mrc": (1000, 5),
    "koha_sample/koha_marc21_436.xml": (436, 2),
}


@pytest.mark.parametrize(("file", "expected"), FILES.items(), ids=[name.rsplit("__", 1)[-1] for name in FILES])
def test_real_files_are_read_to_their_end(union: Union, marc: Path, file: str, expected: tuple[int, int]) -> None:
    """How many records at least there are, and how many at most cannot be used; twice is once."""
    report = union.load(marc / file)
    least, most_rejected = expected
    assert report.read >= least
    assert report.rejected <= most_rejected, union.rejects
    assert report.read == report.created + report.merged + report.updated + report.rejected
    assert all(reject.reason and reject.position for reject in union.rejects)
    with union.sessions() as session:
        assert not session.scalars(
            select(BibliographicRecord).where(BibliographicRecord.title.contains("\ufffd"))
        ).all()
    again = union.load(marc / file)
    assert (again.created, again.updated) == (0, 0)


def test_383_libraries_records_become_few_works(union: Union, marc: Path) -> None:
    union.load(marc / "marc4j+marc4j/test__resources__pride-and-prejudice-fixed.mrc")
    with union.sessions() as session:
        largest = session.execute(
            select(func.count(BibliographicRecord.id)).group_by(BibliographicRecord.work_id)
        ).scalars()
        assert max(largest) >= 50
        assert len(session.scalars(select(Work.id)).all()) > 1


def test_marc8_and_isbns(union: Union, marc: Path) -> None:
    union.load(marc / "edsu+pymarc/test__marc8.dat")
    union.load(marc / "edsu+pymarc/test__multi_isbn.dat")
    with union.sessions() as session:
        assert len(session.scalars(select(RecordIsbn.isbn)).all()) >= 2


def test_items_need_a_library_we_know(union: Union, marc: Path) -> None:
    union.load(marc / "koha_sample/koha_marc21_436.xml")
    with union.sessions() as session:
        assert session.scalar(select(func.count(Item.id))) == 0


@pytest.mark.parametrize(
    ("data", "encoding"),
    [
        (b"plain", "utf-8"),
        ("中国发展报告".encode(), "utf-8"),
        ("中国发展报告".encode("gb18030"), "gb18030"),
        (b"Caf\xe2e Poincar\xe2e", "marc-8"),
        (b"\x1b$1!0@!\x1b(B", "marc-8"),
    ],
)
def test_the_encoding_is_found_in_the_bytes(data: bytes, encoding: str) -> None:
    assert encodings.of_marc(data) == encoding


def test_a_file_that_breaks_off(union: Union, marc: Path, tmp_path: Path) -> None:
    whole = (marc / "derived/bnu_cnmarc_10.utf8.iso").read_bytes()
    cut = tmp_path / "cut.iso"
    cut.write_bytes(whole[: len(whole) * 2 // 3])
    report = union.load(cut)
    assert report.created >= 5
    assert report.rejected == 1
    assert union.rejects[0].position == report.read
