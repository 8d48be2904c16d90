"""A harvest from a real repository's behaviour: pages, deletions, faults, and a harvester that is killed."""

from __future__ import annotations

import multiprocessing
import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import func, select

from catalog.audit import Actor
from catalog.interchange import harvesting
from catalog.interchange.harvesting import Unharvestable, harvest
from catalog.interchange.importing import ImportReport
from catalog.organisation.tables import OrgUnit
from catalog.records.tables import BibliographicRecord, ImportProgress
from tests.catalog.union import NOW, Union
from tests.fakes.oai import Held, Repository, serving


@pytest.fixture
def union(tmp_path: Path) -> Iterator[Union]:
    union = Union(tmp_path)
    with union.sessions.begin() as session:
        session.add(OrgUnit(code="DQ", level="county", kind="library", name="DQ"))
    yield union
    union.close()


@pytest.fixture
def repository() -> Iterator[Repository]:
    held = {str(number): Held("2026-11-01", f"书名{number}") for number in range(8)}
    with serving(Repository(records=held)) as repository:
        yield repository


def fetch(union: Union, repository: Repository, *, again: bool = False, tries: int = harvesting.TRIES) -> ImportReport:
    return harvest(
        union.sessions, harvesting.Repository(repository.address, "DQ"), now=NOW, by=Actor(), again=again,
        tries=tries, pause=lambda seconds: None,
    )  # fmt: skip


def titles(union: Union) -> list[str]:
    with union.sessions() as session:
        return sorted(session.scalars(select(BibliographicRecord.title)))


def test_all_pages_come_and_the_next_harvest_asks_for_changes(union: Union, repository: Repository) -> None:
    report = fetch(union, repository)
    assert (report.read, report.created) == (8, 8)
    assert [query.get("resumptionToken") for query in repository.asked] == [None, "|3", "|6"]
    repository.records["3"] = Held("2026-11-23", "改过的书名")
    repository.records["4"] = Held("2026-11-23", "")
    repository.records["9"] = Held("2026-11-23", "新书名")
    report = fetch(union, repository)
    assert (report.read, report.created, report.updated, report.deleted) == (3, 1, 1, 1)
    assert "改过的书名" in titles(union)
    assert {"书名3", "书名4"}.isdisjoint(titles(union))
    assert next(query["from"] for query in repository.asked if "from" in query) == "2026-11-22T08:00:00Z"


def test_nothing_new_is_no_fault(union: Union, repository: Repository) -> None:
    fetch(union, repository)
    assert fetch(union, repository).read == 0
    report = fetch(union, repository, again=True)
    assert (report.read, report.merged) == (8, 8)


def test_a_repository_that_knows_days_only(union: Union, repository: Repository) -> None:
    repository.granularity = "YYYY-MM-DD"
    fetch(union, repository)
    repository.records["9"] = Held("2026-11-22", "新书名")
    assert fetch(union, repository).created == 1


@pytest.mark.parametrize("fault", ["cut", "unavailable"])
def test_a_broken_answer_is_asked_for_again(union: Union, repository: Repository, fault: str) -> None:
    """Half a page has no resumption token: it must not be taken for the end of the list."""
    repository.faults = ["", fault]
    assert fetch(union, repository).created == 8


def test_a_repository_that_stays_broken_says_so_and_goes_on_later(union: Union, repository: Repository) -> None:
    repository.faults = ["", *["cut"] * harvesting.TRIES]
    with pytest.raises(Unharvestable, match="broken XML"):
        fetch(union, repository)
    assert len(titles(union)) == 3
    report = fetch(union, repository)
    assert (report.read, report.created) == (8, 8)
    assert repository.asked[-1]["resumptionToken"] == "|6"
    assert sum("resumptionToken" not in query for query in repository.asked) == 1, "the first page came once"


def test_a_page_that_is_no_repository(union: Union, repository: Repository) -> None:
    repository.faults = ["page"]
    with pytest.raises(Unharvestable, match="no OAI-PMH"):
        fetch(union, repository)


def test_nobody_there(union: Union, repository: Repository) -> None:
    repository.address = "http://127.0.0.1:9/oai"
    with pytest.raises(Unharvestable, match="cannot be reached"):
        fetch(union, repository, tries=1)


def test_a_token_that_is_too_old_begins_anew(union: Union, repository: Repository) -> None:
    repository.faults = ["", *["cut"] * harvesting.TRIES]
    with pytest.raises(Unharvestable):
        fetch(union, repository)
    repository.expired = True
    fetch(union, repository)
    assert len(titles(union)) == 8


def test_a_harvester_killed_in_the_middle(union: Union, repository: Repository) -> None:
    child = multiprocessing.get_context("spawn").Process(target=die_at_third_page, args=(union.url, repository.address))
    child.start()
    child.join(120)
    assert child.exitcode == 9
    with union.sessions() as session:
        assert session.scalar(select(func.count(BibliographicRecord.id))) == 6
        assert session.scalars(select(ImportProgress.reached)).one().startswith("|6")
    report = fetch(union, repository)
    assert (report.read, report.created, len(titles(union))) == (8, 8, 8)
    assert repository.asked[-1]["resumptionToken"] == "|6"


def die_at_third_page(url: str, address: str) -> None:
    """Harvest two pages, then die as by kill -9."""
    union = Union(Path("/"), url)

    def progress(done: int, total: int) -> None:
        if done >= 6:
            os._exit(9)

    harvest(union.sessions, harvesting.Repository(address, "DQ"), now=NOW, by=Actor(), progress=progress)
