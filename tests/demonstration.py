"""The demonstration union for tests: built once a test run, whatever the number of workers, copied for each who asks.

`demo_union` is a copy of the test's own; `new_demo` makes one for a wider scope. All are built at NOW.
"""

from __future__ import annotations

import fcntl
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from bot.settings import Settings, load
from catalog.database import open_engine, open_sessions, prepare
from catalog.demo.build import build

NOW = datetime(2026, 11, 22, 9, 30, tzinfo=ZoneInfo("Asia/Shanghai"))
"""A Sunday morning."""


@dataclass(frozen=True)
class DemoUnion:
    """A demonstration of one's own: `data` holds the database (shusheng.db) and the index."""

    data: Path

    @property
    def database_url(self) -> str:
        """The address of its database."""
        return f"sqlite:///{self.data}/shusheng.db"

    @property
    def environment(self) -> dict[str, str]:
        """The settings of a command that is to use it."""
        return {"SHUSHENG_DATABASE_URL": self.database_url, "SHUSHENG_DATA": str(self.data)}

    def settings(self, **given: object) -> Settings:
        """The settings for `bot.app.open_parts`."""
        return load(database_url=self.database_url, data=self.data, **given)


NewDemo = Callable[[], DemoUnion]


@pytest.fixture(scope="session")
def new_demo(tmp_path_factory: pytest.TempPathFactory) -> NewDemo:
    """Call it for a copy of the demonstration."""
    base = tmp_path_factory.getbasetemp()
    shared = base.parent if base.name.startswith("popen-") else base  # xdist gives each worker a folder below the run's
    built = shared / "demonstration"
    with (shared / "demonstration.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not built.is_dir():
            made = DemoUnion(shared / "demonstration.part")
            shutil.rmtree(made.data, ignore_errors=True)
            engine = open_engine(made.database_url)
            prepare(engine)
            build(open_sessions(engine), now=NOW, data=made.data)
            engine.dispose()
            made.data.rename(built)

    def new() -> DemoUnion:
        copy = tmp_path_factory.mktemp("demo") / "var"
        shutil.copytree(built, copy)
        return DemoUnion(copy)

    return new


@pytest.fixture
def demo_union(new_demo: NewDemo) -> DemoUnion:
    """The demonstration, to be changed at will."""
    return new_demo()
