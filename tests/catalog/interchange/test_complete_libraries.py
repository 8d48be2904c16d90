"""Whole libraries of real systems with their items: Evergreen's concerto set, Koha's sample, Interlib, ISO 20775."""

from __future__ import annotations

import csv
import json
import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import func, select

from catalog.audit import Actor
from catalog.interchange.importing import ImportReport, Options, import_file
from catalog.organisation.tables import OrgUnit
from catalog.records.tables import BibliographicRecord, Item
from tests.catalog.union import NOW, Union


@pytest.fixture
def union(tmp_path: Path) -> Iterator[Union]:
    union = Union(tmp_path)
    with union.sessions.begin() as session:
        for code in ("CONS", "KOHA", "BNU", "DQ"):
            session.add(OrgUnit(code=code, level="county", kind="library", name=code))
    yield union
    union.close()


def table(folder: Path, name: str, rows: list[dict[str, str]]) -> Path:
    file = folder / name
    with file.open("w", encoding="utf-8", newline="") as out:
        writer = csv.DictWriter(out, list(rows[0]), delimiter="\t", quoting=csv.QUOTE_NONE, escapechar="\\")
        writer.writeheader()
        writer.writerows(rows)
    return file


def load(union: Union, file: Path, library: str, options: Options) -> ImportReport:
    return import_file(union.sessions, file, library=library, now=NOW, by=Actor(), options=options)


def statuses(union: Union) -> Counter[str]:
    with union.sessions() as session:
        rows = session.execute(select(Item.status, func.count()).group_by(Item.status))
        return Counter(dict(rows.all()))


def tsv(file: Path) -> list[dict[str, str]]:
    with file.open(encoding="utf-8", newline="") as rows:
        return list(csv.DictReader(rows, delimiter="\t", quoting=csv.QUOTE_NONE))


def test_evergreen_concerto(union: Union, shared: Path, tmp_path: Path) -> None:
    """Its records, then its copies as a list that its own tables give; its states are numbers."""
    concerto = shared / "data" / "standards" / "evergreen_concerto"
    bibs = load(union, shared / "data/marc/evergreen/concerto_enhanced_bibs.xml", "CONS", Options())
    assert bibs.read == bibs.created + bibs.merged + bibs.updated
    assert bibs.read > 300
    call_numbers = {row["id"]: row for row in tsv(concerto / "asset.call_number.tsv")}
    units = {row["id"]: row["shortname"] for row in tsv(concerto / "actor.org_unit.tsv")}
    rows = [
        {
            "record": call_numbers[copy["call_number"]]["record"], "barcode": copy["barcode"],
            "library": units[copy["circ_lib"]], "call number": call_numbers[copy["call_number"]]["label"],
            "status": copy["status"],
        }
        for copy in tsv(concerto / "asset.copy.tsv") if copy["deleted"] == "0"
    ]  # fmt: skip
    file = table(tmp_path, "copies.tsv", rows)
    report = load(union, file, "CONS", Options(states="evergreen", create_places=True))
    assert (report.read, report.rejected) == (len(rows), 0)
    expected = Counter(
        {"0": "available", "1": "away", "3": "missing", "5": "away", "9": "away"}[r["status"]] for r in rows
    )
    assert statuses(union) == expected
    again = load(union, file, "CONS", Options(states="evergreen", create_places=True))
    assert (again.created, again.updated) == (0, 0)
    with union.sessions() as session:
        made = session.scalars(select(OrgUnit.code).where(OrgUnit.parent_id.is_not(None))).all()
        assert set(made) == {row["library"] for row in rows}


def test_numbers_of_states_are_not_guessed(union: Union, shared: Path, tmp_path: Path) -> None:
    load(union, shared / "data/marc/evergreen/concerto_enhanced_bibs.xml", "CONS", Options())
    file = table(tmp_path, "copies.tsv", [{"record": "1", "barcode": "A1", "library": "CONS", "status": "3"}])
    assert load(union, file, "CONS", Options()).rejected == 1
    assert statuses(union) == Counter()


def test_koha_sample(union: Union, shared: Path, tmp_path: Path) -> None:
    """Its 436 records and the items of its own table, put into the list a Koha report gives."""
    bibs = load(union, shared / "data/marc/koha_sample/koha_marc21_436.xml", "KOHA", Options())
    assert bibs.read == 436
    sql = (shared / "data/marc/koha_sample/items.sql").read_text("utf-8")
    names = re.findall(r"`(\w+)`", sql.partition("VALUES")[0])[1:]
    rows = []
    for line in sql.partition("VALUES")[2].splitlines():
        values = next(csv.reader([line.strip().strip("(),;")], quotechar="'", escapechar="\\"), [])
        if len(values) == len(names):
            row = dict(zip(names, values, strict=True))
            lost, out = row["itemlost"] not in ("0", "NULL"), row["withdrawn"] not in ("0", "NULL")
            shown = (
                "withdrawn" if out else "lost" if lost else "not for loan" if row["notforloan"] == "1" else "available"
            )
            rows.append(
                {
                    "biblionumber": row["biblionumber"], "barcode": row["barcode"], "homebranch": row["homebranch"],
                    "holdingbranch": row["holdingbranch"], "status": shown,
                }
            )  # fmt: skip
    assert len(rows) > 800
    with union.sessions() as session:
        known = {str(source["number"]) for source in session.scalars(select(BibliographicRecord.source))}
    numbered = len([row for row in rows if row["biblionumber"] in known])
    file = table(tmp_path, "items.tsv", rows)
    report = load(union, file, "KOHA", Options(create_places=True))
    assert report.read == len(rows)
    assert sum(statuses(union).values()) == len(rows) - report.rejected
    assert report.rejected <= len(rows) - numbered


def test_interlib_states(union: Union, shared: Path, tmp_path: Path) -> None:
    """A county's real copies of one book; where they are now is not their home."""
    held = json.loads((shared / "data/places/cn_interlib/deqing_holding.json").read_text("utf-8"))
    book = {
        "title": "一本书",
        "author": "某人",
        "number": "61754",
        "barcode": "",
        "library": "",
        "location": "",
        "status": "",
    }
    rows = [book] + [
        {
            **dict.fromkeys(book, ""), "number": str(copy["bookrecno"]), "barcode": copy["barcode"],
            "library": copy["orglib"], "location": copy["curlib"], "status": str(copy["state"]),
        }
        for copy in held["holdingList"]
    ]  # fmt: skip
    file = table(tmp_path, "books.tsv", rows)
    report = load(union, file, "DQ", Options(states="interlib", create_places=True))
    assert (report.created, report.rejected) == (1, 0)
    assert statuses(union) == Counter("away" if copy["state"] == 3 else "available" for copy in held["holdingList"])
    with union.sessions() as session:
        apart = session.scalar(select(func.count(Item.id)).where(Item.home_id != Item.location_id))
    assert apart == sum(copy["orglib"] != copy["curlib"] for copy in held["holdingList"])


def test_iso_20775(union: Union, shared: Path) -> None:
    marc = shared / "data/marc/DigitalPlatform+dp2/dp2Catalog__SRU__sample_cnmarcxml.xml"
    holdings = shared / "data/standards/holdings_z3950/dp2_bnu_isohold.xml"
    load(union, marc, "BNU", Options())
    report = load(union, holdings, "BNU", Options(create_places=True))
    assert report.read > 10
    assert sum(statuses(union).values()) == report.read - report.rejected
    assert statuses(union)["available"] > 0


@pytest.mark.parametrize(
    "case",
    [
        ("koha-chatham", "CHATHAM", "away"),
        ("koha-chatham_checked_out", "CHATHAM", "away"),
        ("evergreen-east-central-with-in-transit-item-status", "EC-PR", "away"),
        ("polaris-with-held-item-status", "Adult nonfiction", "away"),
        ("polaris-with-in-item-status", "Juvenile nonfiction shelves", "available"),
        ("tlc-eastern", "Warner Library", ""),
    ],
)
def test_item_fields_of_real_systems(union: Union, shared: Path, tmp_path: Path, case: tuple[str, str, str]) -> None:
    """952 and 852 as Koha, Evergreen and Polaris send them. Some of the answers hold no title: one is put in."""
    file, place, status = case
    text = (shared / "data/standards/holdings_z3950" / f"{file}.xml").read_text("utf-8")
    if 'tag="245"' not in text:
        title = '<datafield tag="245" ind1=" " ind2=" "><subfield code="a">A title</subfield></datafield></record>'
        text = text.replace("</record></zs:recordData>", f"{title}</zs:recordData>")
    answer = tmp_path / "answer.xml"
    answer.write_text(text, "utf-8")
    left: list[str] = []
    report = import_file(
        union.sessions, answer, library="KOHA", now=NOW, by=Actor(), options=Options(create_places=True),
        on_left_out=lambda one: left.append(one.reason),
    )  # fmt: skip
    assert report.created == 1
    if not status:
        assert left == ["its item is in a state that is not known here (A)"]
        return
    assert (left, statuses(union)) == ([], Counter({status: 1}))
    with union.sessions() as session:
        assert session.scalars(select(Item)).one().home.code == place
