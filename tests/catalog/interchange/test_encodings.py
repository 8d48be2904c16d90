"""Never guessed silently: what is Chinese is found to be, what is not is not made so, and the rest is refused."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from catalog.interchange import encodings, iso2709, marcxml
from catalog.interchange.describing import Unusable
from catalog.interchange.records import MarcRecord
from catalog.interchange.tables import Unreadable
from tests.catalog.interchange.marc_maker import book, write


def title(record: MarcRecord | Unusable | None) -> str:
    assert isinstance(record, MarcRecord)
    return next(value for field in record.fields("200") for code, value in field if code == "a")


@pytest.mark.parametrize(
    ("text", "written", "found"),
    [
        ("红楼梦", "gb18030", "gb18030"),
        ("活着", "gb2312", "gb18030"),
        ("紅樓夢", "gbk", "gb18030"),
        ("紅樓夢", "big5", "big5"),
        ("紅樓夢", "utf-8", "utf-8"),
        ("C++程序设计", "gb18030", "gb18030"),
        ("朱镕基讲话实录", "gb18030", "gb18030"),
        ("Plain English", "utf-8", "utf-8"),
    ],
)
def test_found_in_the_bytes_whatever_the_leader_says(text: str, written: str, found: str) -> None:
    record = book("1", text, text, encoding=written)
    assert encodings.of_marc(record) == found
    assert title(iso2709.decoded(record)) == text


@pytest.mark.parametrize("text", ["Poincaré, garçon, über", "Käännös ja päätös", "¿Qué niño?"])
def test_western_accents_are_not_made_chinese(text: str) -> None:
    """Two bytes of Latin-1 are often a valid character of GBK: "ää" was read as a Chinese one."""
    assert encodings.of_marc(text.encode("latin-1")) == "marc-8"
    record = iso2709.decoded(book("1", text, "Abel", encoding="utf-8").replace(text.encode(), text.encode("latin-1")))
    try:
        read = title(record)  # MARC-8 has a sign for some of these bytes, as MARC 21 says that they are
    except Unusable:
        return
    assert not any("\u4e00" <= sign <= "\u9fff" for sign in read)


def test_cyrillic_code_pages_are_refused_and_can_be_told(shared: Path) -> None:
    file = shared / "data" / "marc" / "edsu+pymarc" / "test__1251.dat"
    for (_, record), _ in iso2709.read(file):
        assert isinstance(record, MarcRecord)
        with pytest.raises(Unusable, match="neither UTF-8 nor"):
            record.fields("245")
    told = [record for (_, record), _ in iso2709.read(file, encoding="cp1251")]
    text = str([record.fields("245") for record in told if isinstance(record, MarcRecord)])
    assert sum("а" <= sign <= "я" for sign in text) > 100


def test_no_record_of_the_shared_files_becomes_mojibake(shared: Path) -> None:
    """2,000 records in MARC-8 and UTF-8, 383 with errors, 1,000 of jazz: none of them holds Chinese in MARC-8."""
    found: Counter[str] = Counter()
    for name in (
        "solrmarc/test__data__records__uva_001_2000.mrc",
        "marc4j+marc4j/test__resources__pride-and-prejudice-with-many-errors.mrc",
        "evergreen/Open-ILS__tests__datasets__jazz_1k.mrc",
    ):
        for (_, record), _ in iso2709.read(shared / "data" / "marc" / name):
            if isinstance(record, MarcRecord):
                found[encodings.of_marc(record.raw)] += 1
    assert set(found) == {"utf-8", "marc-8"}
    assert found["marc-8"] > 900


def test_one_broken_sign_costs_only_the_field_it_is_in() -> None:
    whole = book("1", "活着", "余华", isbn="9787506365437")
    broken = whole.replace("余华著".encode(), b"\xe4\xbd\xe5\x8d\x8e\xe8\x91\x97.")
    record = iso2709.decoded(broken)
    assert isinstance(record, MarcRecord)
    assert record.controls("001") == ["1"]
    with pytest.raises(Unusable):
        record.fields("200")


@pytest.mark.parametrize("declared", ["UTF-8", "GB18030", "GBK", "GB2312", "Big5", "UTF-16"])
def test_marcxml_in_what_it_declares(tmp_path: Path, declared: str) -> None:
    xml = (
        f'<?xml version="1.0" encoding="{declared}"?><collection><record><leader>00000nam0 2200000   450 </leader>'
        '<datafield tag="200" ind1="1" ind2=" "><subfield code="a">三國演義</subfield></datafield>'
        "</record></collection>"
    )
    text = (
        xml
        if declared in ("UTF-16", "Big5", "UTF-8", "GBK", "GB18030")
        else xml.replace("國", "国").replace("義", "义")
    )
    file = tmp_path / "records.xml"
    file.write_bytes(text.encode(declared.lower()))
    assert [title(record)[0] for (_, record), _ in marcxml.read(file)] == ["三"]


def test_marcxml_that_is_not_what_it_declares(tmp_path: Path) -> None:
    file = tmp_path / "records.xml"
    file.write_bytes(b'<?xml version="1.0" encoding="gbk"?><collection><record>' + b"\xff\xff</record>")
    with pytest.raises(Unreadable, match="and is not"):
        list(marcxml.read(file))


def test_the_bytes_of_each_xml_record_are_its_own(shared: Path) -> None:
    """Read again alone, it is the same record: so is what is kept of it."""
    file = shared / "data/marc/DigitalPlatform+dp2/dp2Catalog__SRU__sample_cnmarcxml.xml"
    records = [record for (_, record), _ in marcxml.read(file) if isinstance(record, MarcRecord)]
    assert len(records) == 10
    for record in records:
        again = marcxml.decoded(record.raw)
        assert isinstance(again, MarcRecord)
        assert (title(again), again.controls("001")) == (title(record), record.controls("001"))
        assert record.raw in file.read_bytes()


def test_a_directory_that_is_wrong(tmp_path: Path) -> None:
    """Lengths that do not fit: tags and fields are taken in their order."""
    whole = book("1", "活着", "余华")
    at = whole.index(b"200")
    file = write(tmp_path, whole[: at + 3] + b"9999" + whole[at + 7 :])
    ((number, record), _) = next(iter(iso2709.read(file)))
    assert (number, title(record)) == (1, "活着")


@pytest.mark.parametrize("encoding", ["utf-8", "gb18030", "big5"])
def test_a_directory_in_another_order_leads_to_the_same_fields(encoding: str) -> None:
    """In its order it is cut and decoded at once, in any other field by field."""
    whole = book("1", "紅樓夢", "曹雪芹", isbn="9787506365437", items=("b1", "b2"), encoding=encoding)
    directory, rest = whole[24:].split(b"\x1e", 1)
    entries = [directory[at : at + 12] for at in range(0, len(directory), 12)]
    turned = whole[:24] + b"".join(entries[::-1]) + b"\x1e" + rest
    one, other = iso2709.decoded(whole), iso2709.decoded(turned)
    assert isinstance(one, MarcRecord)
    assert isinstance(other, MarcRecord)
    assert list(one.tags) == list(other.tags)[::-1]
    for tag in ("200", "701", "010"):
        assert one.fields(tag) == other.fields(tag)
        assert one.values(tag) == other.values(tag)
    assert one.values("905")["b"] == ["b1", "b2"]
    assert other.values("905")["b"] == ["b2", "b1"]
