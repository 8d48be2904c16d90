"""Eight processes race for the last copy, the same hold or delivery, the last seat: one wins, on both databases."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from multiprocessing.pool import Pool

import pytest
from sqlalchemy import Engine, select, text

from catalog import invariants
from catalog.audit import AuditEntry
from catalog.circulation import loans
from catalog.circulation.tables import Hold, Loan
from catalog.database import open_engine, open_sessions
from catalog.organisation.tables import OrgUnit
from catalog.outreach.tables import Notice
from catalog.patrons.tables import Address, Card, Patron
from tests.catalog.circulation.racing import BY, MOST_TURNS, NOW, RUNNERS, TURNS, item_of, reader, run, runners
from tests.databases import KINDS, NewDatabase
from tests.scenarios.world import build_in


@pytest.fixture(scope="module")
def pool() -> Iterator[Pool]:
    with runners() as pool:
        yield pool


@pytest.fixture(scope="module", params=KINDS)
def url(request: pytest.FixtureRequest, new_database: NewDatabase) -> str:
    """A database for all races that are run as they should be."""
    url = new_database(request.param)
    _ready(url).dispose()
    return url


def _ready(url: str) -> Engine:
    engine = open_engine(url)
    build_in(engine)
    with open_sessions(engine).begin() as session:
        town = session.scalars(select(OrgUnit).where(OrgUnit.code == "town")).one()
        for number in range(RUNNERS):
            patron = Patron(name="", home=town, pickup=town)
            session.add(Card(number=f"RACE-{number}", patron=patron, pin_hash=""))
            session.add(Address(patron=patron, text="", org_unit=town))
    return engine


def _race(pool: Pool, name: str, url: str) -> Counter[str]:
    return Counter(pool.map(run, [(name, url, number) for number in range(RUNNERS)], chunksize=1))


@pytest.mark.parametrize(
    ("name", "outcome"),
    [
        ("last copy", {"ok": 1, "ItemUnavailable": RUNNERS - 1}),
        ("same hold", {"ok": 1, "AlreadyOnHold": RUNNERS - 1}),
        ("holds of many", {"copy": 1, "waits": RUNNERS - 1}),
        ("same delivery", {"ok": 1, "AlreadyOnHold": RUNNERS - 1}),
        ("last seat", {"ok": 1, "EventFull": RUNNERS - 1}),
    ],
)
def test_only_one_wins(pool: Pool, url: str, name: str, outcome: dict[str, int]) -> None:
    assert _race(pool, name, url) == outcome
    engine = open_engine(url)
    with open_sessions(engine)() as session:
        assert not invariants.broken(session)
        if name == "holds of many":
            work_id = item_of(session, "p1").record.work_id
            holds = session.scalars(select(Hold).where(Hold.work_id == work_id).order_by(Hold.placed_at, Hold.id)).all()
            assert [hold.item_id is not None for hold in holds] == [True] + [False] * (RUNNERS - 1)
    engine.dispose()


@pytest.mark.parametrize("kind", KINDS)
def test_what_everybody_says_at_once_is_written_once(pool: Pool, new_database: NewDatabase, kind: str) -> None:
    url = new_database(kind)
    engine = _ready(url)
    for name, what in (("same leave", "delegated"), ("same volunteer", "volunteer_enlisted")):
        assert _race(pool, name, url) == {"ok": RUNNERS}
        with open_sessions(engine)() as session:
            assert len(session.scalars(select(AuditEntry).where(AuditEntry.what == what)).all()) == 1
    engine.dispose()


def test_notices_are_gathered_once(pool: Pool, url: str) -> None:
    engine = open_engine(url)
    with open_sessions(engine).begin() as session:
        place = session.scalars(select(OrgUnit).where(OrgUnit.code == "town")).one()
        for number, barcode in enumerate(("h2", "h3")):
            item, patron = item_of(session, barcode), reader(session, number)
            loans.check_out(session, item=item, patron=patron, place=place, now=NOW, by=BY)
        owed = len(session.scalars(select(Loan).where(Loan.returned_at.is_(None))).all())
    outcome = _race(pool, "same notices", url)
    assert sum(int(count) * times for count, times in outcome.items()) == owed
    with open_sessions(engine)() as session:
        assert len(session.scalars(select(Notice)).all()) == owed
    engine.dispose()


@pytest.mark.parametrize("kind", KINDS)
def test_anything_at_once(pool: Pool, new_database: NewDatabase, kind: str) -> None:
    """No deadlock, nothing broken, whoever does what when."""
    url = new_database(kind)
    engine = _ready(url)
    assert _race(pool, "anything", url) == {"ok": RUNNERS}
    with open_sessions(engine)() as session:
        assert not invariants.broken(session)
    engine.dispose()


@pytest.mark.parametrize("kind", KINDS)
def test_everybody_gets_his_turns_while_the_others_hammer(pool: Pool, new_database: NewDatabase, kind: str) -> None:
    """Nobody waits for long: counted are turns, not seconds, since a busy machine is slow for all alike."""
    url = new_database(kind)
    _ready(url).dispose()
    turns = [int(count) for count in _race(pool, "turns", url).elements()]
    assert len(turns) == RUNNERS
    assert min(turns) >= TURNS, f"somebody starved: {sorted(turns)}"
    assert max(turns) < MOST_TURNS


@pytest.mark.parametrize("kind", KINDS)
def test_a_naive_lender_is_caught(pool: Pool, new_database: NewDatabase, kind: str) -> None:
    url = new_database(kind)
    engine = _ready(url)
    with engine.begin() as connection:
        connection.execute(text("DROP INDEX uq_loans_open_item"))
    assert _race(pool, "naive", url)["ok"] > 1
    with open_sessions(engine)() as session:
        assert "No item is in two hands." in invariants.broken(session)
    engine.dispose()


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("name", ["naive hold", "naive delivery"])
def test_naive_wishes_are_caught(pool: Pool, new_database: NewDatabase, kind: str, name: str) -> None:
    url = new_database(kind)
    engine = _ready(url)
    with engine.begin() as connection:
        connection.execute(text("DROP INDEX uq_holds_open_wish"))
    assert _race(pool, name, url)["ok"] > 1
    with open_sessions(engine)() as session:
        assert "A reader asks for a work once at a time." in invariants.broken(session)
    engine.dispose()
