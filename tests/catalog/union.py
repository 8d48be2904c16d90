"""A union catalogue in a folder of its own, filled by the product's own import; for the tests of the records' rooms."""

from __future__ import annotations

import atexit
import shutil
import tempfile
from datetime import UTC, datetime
from functools import cache
from pathlib import Path

from sqlalchemy.orm import Session, sessionmaker

from catalog.audit import Actor
from catalog.database import open_engine, open_sessions, prepare
from catalog.interchange.importing import ImportReport, Reject, import_file
from catalog.search.index import Index, update

NOW = datetime(2026, 11, 22, 8, 0, tzinfo=UTC)


@cache
def _empty() -> Path:
    """An empty database in its newest shape, made once: migrating takes longer than most of these tests."""
    path = Path(tempfile.mkdtemp(prefix="shusheng-empty-")) / "empty.db"
    atexit.register(shutil.rmtree, path.parent, ignore_errors=True)
    engine = open_engine(f"sqlite:///{path}")
    prepare(engine)
    engine.dispose()
    return path


class Union:
    """A database and an index; `load` imports a file and keeps what was rejected."""

    def __init__(self, folder: Path, url: str = "") -> None:
        if not url and not (folder / "union.db").exists():
            shutil.copy(_empty(), folder / "union.db")
        self.url = url or f"sqlite:///{folder / 'union.db'}"
        self.engine = open_engine(self.url)
        prepare(self.engine)
        self.sessions: sessionmaker[Session] = open_sessions(self.engine)
        self.folder = folder / "index"
        self.rejects: list[Reject] = []

    def load(self, file: Path, *, library: str | None = None, format: str = "auto") -> ImportReport:
        self.rejects.clear()
        return import_file(
            self.sessions,
            file,
            library=library,
            format=format,
            now=NOW,
            by=Actor(),
            on_reject=self.rejects.append,
        )

    def index(self, *, rebuild: bool = False) -> Index:
        update(self.sessions, self.folder, rebuild=rebuild)
        return Index.open(self.folder)

    def close(self) -> None:
        self.engine.dispose()
