"""What the bench writes into a database of ten million titles is what an import of them would have written."""

from __future__ import annotations

import sys
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path

import pytest
from sqlalchemy import Engine, select

from catalog.audit import Actor
from catalog.database import open_engine, open_sessions, prepare
from catalog.interchange.importing import import_file
from catalog.records.tables import BibliographicRecord, RecordIsbn, Work, WorkTitle
from catalog.search.tables import RecordChange

TABLES = (Work, WorkTitle, BibliographicRecord, RecordIsbn, RecordChange)
BENCHMARKS = Path(__file__).parents[2] / "benchmarks"


def held(engine: Engine) -> list[list[tuple[object, ...]]]:
    with engine.connect() as connection:
        return [sorted(map(tuple, connection.execute(select(table.__table__))), key=repr) for table in TABLES]


def test_a_filled_database_is_an_imported_one(shared: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(str(BENCHMARKS))
    sets = __import__("search_sets")
    with (shared / "data" / "books_cn.tsv").open(encoding="utf-8") as file:
        (tmp_path / "source.tsv").write_text("".join(islice(file, 1001)), "utf-8")
    lines = list(sets.alone(sets.rows(tmp_path / "source.tsv", 0, 1), 2000))
    table = tmp_path / "books.tsv"
    table.write_text("".join(f"{line}\n" for line in lines), "utf-8")
    engines = [open_engine(f"sqlite:///{tmp_path / name}.db") for name in ("imported", "filled")]
    for engine in engines:
        prepare(engine)
    import_file(open_sessions(engines[0]), table, now=datetime.now(UTC), by=Actor())
    assert sets.fill(engines[1], lines, file=table.name) == 2000
    assert held(engines[0]) == held(engines[1])
    for engine in engines:
        engine.dispose()
    sys.modules.pop("search_sets")
