"""Building again, after a kill, in a foreign database, and on another day."""

from __future__ import annotations

import signal
import subprocess
import sys
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session, sessionmaker

from catalog import refusals
from catalog.audit import AuditEntry
from catalog.circulation.tables import Loan
from catalog.database import Base, open_engine, open_sessions, prepare
from catalog.demo.build import build, facts, is_built
from catalog.organisation.tables import OrgUnit
from catalog.records.tables import Work
from catalog.search import Index, Query

from .conftest import NOW, Built

KILLED = """
import os, signal, sys
from datetime import datetime
from pathlib import Path
from catalog.database import open_engine, open_sessions, prepare
from catalog.demo.build import build

data, now = Path(sys.argv[1]), datetime.fromisoformat(sys.argv[2])
engine = open_engine(f"sqlite:///{data}/library.db")
prepare(engine)

def fall(done, total):
    if done > 30:
        os.kill(os.getpid(), signal.SIGKILL)

build(open_sessions(engine), now=now, data=data, progress=fall)
"""
DIFFERS = {"cards": {"pin_hash"}, "audit": {"ids"}}
"""Hashes have their own salt; the import's audit row counts what was there already."""


def _rows(session: Session) -> dict[str, list[Any]]:
    return {
        table.name: [
            tuple(value for column, value in zip(table.columns, row, strict=True) if column.name not in hidden)
            for row in session.execute(select(table).order_by(*table.primary_key.columns))
        ]
        for table in Base.metadata.sorted_tables
        for hidden in [DIFFERS.get(table.name, set())]
    }


def _empty(folder: Path) -> sessionmaker[Session]:
    engine = open_engine(f"sqlite:///{folder}/library.db")
    prepare(engine)
    return open_sessions(engine)


def test_killed_in_the_middle_it_is_completed_to_the_same(built: Built, tmp_path: Path) -> None:
    ended = subprocess.run(
        [sys.executable, "-c", KILLED, str(tmp_path), NOW.isoformat()], cwd=Path.cwd(), check=False, timeout=90
    )
    assert ended.returncode == -signal.SIGKILL
    sessions = _empty(tmp_path)
    with sessions() as session:
        assert not is_built(session)
        assert 0 < (session.scalar(select(func.count(Work.id))) or 0) < 3000
    build(sessions, now=NOW, data=tmp_path)
    with sessions() as session, built.sessions() as other:
        mine, first = _rows(session), _rows(other)
    for table, rows in first.items():
        assert mine[table] == rows, table


def test_a_second_run_changes_nothing(built: Built) -> None:
    with built.sessions() as session:
        before = _rows(session)
    build(built.sessions, now=NOW + timedelta(3), data=built.data)
    with built.sessions() as session:
        assert _rows(session) == before


def test_a_foreign_database_is_refused(tmp_path: Path) -> None:
    sessions = _empty(tmp_path)
    with sessions.begin() as session:
        session.add(OrgUnit(code="X", level="county", kind="library", name="别的图书馆"))
    with pytest.raises(refusals.AnotherDatabase):
        build(sessions, now=NOW, data=tmp_path)
    with sessions() as session:
        assert session.scalar(select(func.count(OrgUnit.id))) == 1
        assert session.scalar(select(func.count(AuditEntry.id))) == 0


def test_dates_follow_the_day_of_building(built: Built, session: Session) -> None:
    with built.sessions() as other:
        assert {loan.due_date - NOW.date() for loan in other.scalars(select(Loan))} >= {timedelta(2), timedelta(-5)}


def test_the_index_finds_what_was_built(built: Built) -> None:
    index = Index.open(built.data / "index")
    for title, author in (("活着", "余华"), ("三体", "刘慈欣"), ("Pride and Prejudice", "Jane Austen")):
        hits = index.search(Query(text=title)).hits
        assert (hits[0].title, hits[0].authors[0]) == (title, author)


def test_facts_in_the_contract_order(session: Session) -> None:
    lines = list(facts(session, now=NOW))
    kinds = list(dict.fromkeys(line["kind"] for line in lines))
    assert kinds == ["reader", "librarian", "volunteer", "place", "event"]
    first = lines[0]
    assert all(isinstance(first[name], str) and first[name] for name in ("card", "pin", "name", "locale"))
    assert first["formats"] == ["print", "audiobook"]
    assert (first["loans"], first["overdue"]) == (3, 0)
    assert sum(line.get("overdue", 0) > 0 for line in lines) >= 3
    assert sum(line.get("due_soon", 0) > 0 for line in lines) >= 5
