"""The large union of `bench circulation` is one that the product could have made, and its acts are the product's."""

from __future__ import annotations

from pathlib import Path

import pytest
from sqlalchemy import func, select

from catalog import invariants
from catalog.circulation.tables import Hold, Loan
from catalog.database import open_engine, open_sessions
from catalog.outreach.tables import Notice
from tests.databases import NewDatabase

BENCHMARKS = Path(__file__).parents[2] / "benchmarks"


def test_the_filled_union_keeps_the_invariants_and_its_acts_are_done(
    empty_database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.syspath_prepend(str(BENCHMARKS))
    circulation_filling, circulation_acts = __import__("circulation_filling"), __import__("circulation_acts")
    circulation_clock = __import__("circulation_clock")
    size = circulation_filling.Size(items=600, readers=40, loans=120)
    circulation_filling.fill(empty_database, size)
    engine = open_engine(empty_database)
    sessions = open_sessions(engine)
    circulation_acts.warm(sessions)
    done = [circulation_acts.do(sessions, act) for act in circulation_acts.acts(size, 60)]
    assert sum(not one.refused for one in done) > len(done) / 2
    _, _, chosen = circulation_clock.target(empty_database, size, 20)
    assert chosen > 0
    with sessions() as session:
        assert not invariants.broken(session)
        assert (session.scalar(select(func.count()).select_from(Loan)) or 0) > 120
        assert (session.scalar(select(func.count()).select_from(Hold)) or 0) > 20
    engine.dispose()


def test_the_loans_for_the_scan_are_told_of_once(new_database: NewDatabase, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(str(BENCHMARKS))
    circulation_clock = __import__("circulation_clock")
    url = new_database("postgresql")
    found: dict[str, float] = {}
    notes: dict[str, object] = {}
    circulation_clock.scan(url, 2_000, found, notes)
    assert notes["postgresql, scan ten minutes later"] == "0 notices written, of 2,000 loans"
    engine = open_engine(url)
    with open_sessions(engine)() as session:
        causes = session.scalars(select(Notice.cause)).all()
    assert causes
    assert len(causes) == len(set(causes))
    engine.dispose()
