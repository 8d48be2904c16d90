"""A whole library moves in: Evergreen's concerto set, every loan and every hold of which is explained."""

from __future__ import annotations

import shutil
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import func, select

from catalog import invariants
from catalog.audit import Actor
from catalog.circulation import loans, returns, targets
from catalog.circulation.tables import Hold, Loan
from catalog.interchange.batches import Reject
from catalog.interchange.importing import Options, import_file
from catalog.interchange.lists import ListReport
from catalog.interchange.moving_in import move_in
from catalog.interchange.tables import Unreadable
from catalog.organisation.calendar import closure_on, week
from catalog.organisation.tables import Closure, OrgUnit
from catalog.patrons.tables import Card, Patron
from catalog.records.tables import Item
from tests.catalog.union import Union
from tests.databases import NewDatabase

NOW = datetime(2026, 11, 22, 2, 0, tzinfo=UTC)
BY = Actor("librarian")


class Concerto:
    """The library, moved in."""

    def __init__(self, union: Union, shared: Path) -> None:
        self.union, self.sessions = union, union.sessions
        self.folder = shared / "data/standards/evergreen_concerto"
        self.rejects: list[Reject] = []
        with self.sessions.begin() as session:
            session.add(OrgUnit(code="CONS", level="province", kind="library", name="Concerto"))
        bibs = shared / "data/marc/evergreen/concerto_enhanced_bibs.xml"
        import_file(self.sessions, bibs, library="CONS", now=NOW, by=BY, options=Options())
        self.reports = self.again()

    def again(self) -> dict[str, ListReport]:
        self.rejects.clear()
        moved = move_in(self.sessions, self.folder, library="CONS", now=NOW, by=BY, on_reject=self.rejects.append)
        return {report.what: report for report in moved}

    def reasons(self, what: str) -> Counter[str]:
        """Why rows of a list were left out, without their numbers."""
        said = [one.reason for one in self.rejects if one.file.endswith(f"/{what}")]
        return Counter("".join(sign for sign in reason if not sign.isdigit()) for reason in said)


@pytest.fixture(scope="module", params=["sqlite", pytest.param("postgresql", marks=pytest.mark.nightly)])
def concerto(
    request: pytest.FixtureRequest, new_database: NewDatabase, shared: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Concerto]:
    union = Union(tmp_path_factory.mktemp("concerto"), new_database(request.param))
    yield Concerto(union, shared)
    union.close()


def test_every_loan_and_every_hold_is_explained(concerto: Concerto) -> None:
    loans_, holds_ = concerto.reports["loans"], concerto.reports["holds"]
    assert (loans_.read, holds_.read) == (486, 265)
    assert concerto.reasons("loans") == {
        "its library has written it off as lost: CONC is missing here, and nobody is asked to bring it": 12
    }
    assert concerto.reasons("holds") == {
        "this reader waits for the same work already, by an earlier line or here": 3,
        "the copy CONC is reference here, and is not lent": 3,
        "no copy of this edition is lent: there are none, or they are missing, withdrawn or for reading here only": 3,
        "this reader has the work at home already": 2,
        "its reader, number , is not among the readers": 2,
    }
    with concerto.sessions() as session:
        open_loans = session.scalar(select(func.count(Loan.id)).where(Loan.returned_at.is_(None)))
        open_holds = session.scalar(select(func.count(Hold.id)).where(Hold.ended_at.is_(None)))
    assert open_loans == loans_.created == 486 - 12
    assert open_holds == holds_.created == 265 - 13
    assert sum(concerto.reasons("loans").values()) + open_loans == 486
    assert sum(concerto.reasons("holds").values()) + open_holds == 265


def test_its_places_readers_and_copies_are_there(concerto: Concerto) -> None:
    counts = {name: (one.read, one.rejected) for name, one in concerto.reports.items()}
    assert counts["places"] == (22, 0)
    assert counts["closures"] == (1091, 0)
    assert counts["items"] == (4852, 3)
    assert counts["patrons"] == (378, 1)
    assert concerto.reasons("patrons") == {"the reader has left: such a card is not taken over": 1}
    assert concerto.reasons("places") == {
        "RPLS-WEPL: on Tuesday it would close at : before it opens at :; "
        "it came in without hours, say them by `libraries import`": 1
    }
    with concerto.sessions() as session:
        assert session.scalar(select(func.count(Closure.id))) == 1091
        bookmobile = session.scalars(select(OrgUnit).where(OrgUnit.code == "SPLS-BKM")).one()
        assert bookmobile.parent is not None and bookmobile.parent.code == "SPLS-HPL" and bookmobile.is_pickup
        assert 2 not in week(session, place=bookmobile), "it rests on Wednesdays"
        christmas = closure_on(session, place=bookmobile, day=datetime(2026, 12, 25, tzinfo=UTC).date())
        assert christmas is not None and "Christmas" in christmas.reason
        assert session.scalar(select(func.count(Patron.id))) == 377
        assert Counter(session.scalars(select(Card.status))) == {"active": 377}
        assert not any(session.scalars(select(Card.pin_hash))), "nobody knows their PINs"
        statuses = Counter(session.scalars(select(Item.status)))
        assert (statuses["on_loan"], statuses["missing"], statuses["reference"]) == (474, 12, 999)


def test_nothing_that_must_never_happen_has_happened(concerto: Concerto) -> None:
    with concerto.sessions.begin() as session:
        assert targets.assign(session, now=NOW, by=BY) == 0, "the copies were chosen when the holds came"
        assert invariants.broken(session) == {}
        assert (session.scalar(select(func.count(Hold.id)).where(Hold.item_id.is_not(None))) or 0) > 200


def test_it_goes_on_as_any_library_does(concerto: Concerto) -> None:
    """A copy that is waited for comes back elsewhere and is sent to its reader; nothing of it is said twice."""
    with concerto.sessions() as session:
        wish = session.scalars(select(Hold).where(Hold.scope == "item").order_by(Hold.id)).first()
        assert wish is not None and wish.item_id in (None, wish.wanted_id)
        loan = session.scalars(select(Loan).order_by(Loan.id)).first()
        assert loan is not None
        found = returns.check_in(session, item=loan.item, place=loan.item.home, now=NOW, by=BY)
        assert found.loan is loan and invariants.broken(session) == {}
        reader = session.scalars(select(Loan).where(Loan.returned_at.is_(None))).first()
        assert reader is not None and loans.of_patron(session, patron=reader.patron)
        session.rollback()


def test_the_same_again_changes_nothing(concerto: Concerto) -> None:
    before = concerto.reports
    again = concerto.again()
    for name, report in again.items():
        assert (report.created, report.updated, report.rejected) == (0, 0, before[name].rejected), name
        assert report.merged == report.read - report.rejected, name


def test_a_folder_without_its_tables_says_which_is_missing(tmp_path: Path, shared: Path) -> None:
    union = Union(tmp_path)
    with union.sessions.begin() as session:
        session.add(OrgUnit(code="CONS", level="province", kind="library", name="Concerto"))
    for names, said in (([], "actor.org_unit.tsv"), (["actor.org_unit"], "actor.hours_of_operation.tsv is not there")):
        folder = tmp_path / f"with{len(names)}"
        folder.mkdir()
        for name in names:
            shutil.copy(shared / f"data/standards/evergreen_concerto/{name}.tsv", folder)
        with pytest.raises(Unreadable, match=said):
            list(move_in(union.sessions, folder, library="CONS", now=NOW, by=BY, on_reject=print))
    union.close()
