"""A whole catalogue read by several processes: the same works in the same order, whatever becomes of a process."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Engine, insert

from catalog.database import open_engine, prepare
from catalog.records.tables import BibliographicRecord, RecordIsbn, Work
from catalog.search import making

STRETCHES = [(at, at + 4) for at in range(1, 41, 5)]


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[Engine]:
    engine = open_engine(f"sqlite:///{tmp_path / 'union.db'}")
    prepare(engine)
    with engine.begin() as connection:
        connection.execute(insert(Work), [{"id": number, "key": f"{number}"} for number in range(1, 41)])
        connection.execute(
            insert(BibliographicRecord),
            [
                {"id": number, "work_id": 1 + number % 40, "title": f"第{number}种", "authors": ["老舍"], "source": {}}
                for number in range(1, 61)
            ],
        )
        connection.execute(insert(RecordIsbn), [{"record_id": 7, "isbn": "9787536692930"}])
    yield engine
    engine.dispose()


def test_several_processes_make_what_one_does(engine: Engine) -> None:
    alone = [list(stretch) for stretch in making.read_here(engine, STRETCHES)]
    assert sum(map(len, alone)) == 40
    assert [list(stretch) for stretch in making.shared_out(engine, STRETCHES, 2)] == alone


def test_what_a_killed_process_owes_is_read_here(engine: Engine) -> None:
    alone = [list(stretch) for stretch in making.read_here(engine, STRETCHES)]
    together = making.shared_out(engine, STRETCHES, 2)
    found = [list(next(together))]
    for process in _makers():
        os.kill(process, signal.SIGKILL)
    assert found + [list(stretch) for stretch in together] == alone
    assert not _makers()


def _makers() -> list[int]:
    """Our own processes that make works."""
    ours = str(os.getpid())
    found = []
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            name, _, rest = stat.read_text().rpartition(")")
            command = stat.with_name("cmdline").read_text()
        except OSError:
            continue
        if rest.split()[1] == ours and making.__name__ in command:
            found.append(int(name.split()[0]))
    return found
