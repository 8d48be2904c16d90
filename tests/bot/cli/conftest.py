"""The installed command `shusheng`, run as scripts run it: a process with two streams and an exit code."""

from __future__ import annotations

import io
import json
import os
import re
import selectors
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from bot.cli import commands, rooms_of
from catalog.database import open_engine
from tests.bot.cli.office import Shusheng
from tests.databases import NewDatabase
from tests.demonstration import DemoUnion, NewDemo
from tests.scenarios.world import build_in

SHUSHENG = Path(sys.executable).with_name("shusheng")
PATIENCE_S = 60.0


@dataclass(frozen=True)
class Ran:
    """How a command ended, and what it said."""

    code: int
    out: str
    err: str

    @property
    def lines(self) -> list[dict[str, Any]]:
        """The objects of a command with --json; each line must be one, in plain UTF-8."""
        assert "\\u" not in self.out
        objects = [json.loads(line) for line in self.out.splitlines()]
        assert all(isinstance(each, dict) for each in objects)
        return objects

    @property
    def sentence(self) -> str:
        """The one sentence on stderr of a command that failed."""
        assert self.code in (1, 2), (self.code, self.out, self.err)
        assert "Traceback" not in self.err
        assert self.err.startswith("shusheng: ")
        assert self.err.count("\n") == 1, self.err
        return self.err.removeprefix("shusheng: ").strip()


def environment(**settings: str) -> dict[str, str]:
    """The environment of a process without anybody's settings but these."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("SHUSHENG_")}
    return kept | settings


def start(*arguments: str, settings: Mapping[str, str], folder: Path, **options: Any) -> subprocess.Popen[str]:
    """The command as a process, its streams piped."""
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    return subprocess.Popen(
        [SHUSHENG, *arguments], env=environment(**settings), cwd=folder, encoding="utf-8", **{**pipes, **options}
    )


def run(
    *arguments: str,
    settings: Mapping[str, str],
    folder: Path,
    stdin: str = "",
    prepare: Callable[[], None] | None = None,
) -> Ran:
    """Run the command to its end."""
    process = start(*arguments, settings=settings, folder=folder, preexec_fn=prepare)
    try:
        out, err = process.communicate(stdin, timeout=PATIENCE_S)
    finally:
        process.kill()
    return Ran(process.returncode, out, err)


Command = Callable[..., Ran]


@pytest.fixture(scope="module")
def union(new_demo: NewDemo) -> DemoUnion:
    """A demonstration that the tests of one file share."""
    return new_demo()


@pytest.fixture(scope="module")
def shusheng(union: DemoUnion, tmp_path_factory: pytest.TempPathFactory) -> Command:
    """Call it with arguments: the command on the file's demonstration; `settings` are further variables."""
    folder = tmp_path_factory.mktemp("working")

    def command(*arguments: str, settings: Mapping[str, str] | None = None, **options: Any) -> Ran:
        return run(*arguments, settings={**union.environment, **(settings or {})}, folder=folder, **options)

    return command


@pytest.fixture
def inside(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Command:
    """The command in this process, where nothing stands yet: for what it does. What only a process shows (its start,
    its streams, its signals) is shown by `bare` and `shusheng`, which take seconds a call."""
    for name in [name for name in os.environ if name.startswith("SHUSHENG_")]:
        monkeypatch.delenv(name)
    monkeypatch.chdir(tmp_path)

    def command(*arguments: str, settings: Mapping[str, str] | None = None, stdin: str = "") -> Ran:
        out, err = io.StringIO(), io.StringIO()
        with monkeypatch.context() as patched, redirect_stdout(out), redirect_stderr(err):
            patched.setattr(sys, "stdin", io.StringIO(stdin))
            for name, value in (settings or {}).items():
                patched.setenv(name, value)
            code = commands.run(list(arguments), rooms_of(list(arguments)))
        return Ran(code, out.getvalue(), err.getvalue())

    return command


@pytest.fixture
def bare(tmp_path: Path) -> Command:
    """The command where nothing stands yet: no setting, no database, an empty folder."""

    def command(*arguments: str, settings: Mapping[str, str] | None = None, **options: Any) -> Ran:
        return run(*arguments, settings=settings or {}, folder=tmp_path, **options)

    return command


class Serving:
    """`shusheng serve`, from its start to its end; `address` is known once the page answers."""

    def __init__(self, *arguments: str, settings: Mapping[str, str], folder: Path) -> None:
        self.errors = folder / "serve.err"
        with self.errors.open("w") as errors:
            self.process = start("serve", *arguments, settings=settings, folder=folder, stderr=errors)
        self.said: list[str] = []
        self.address = self._announced()

    def _announced(self) -> str:
        assert self.process.stdout is not None
        with selectors.DefaultSelector() as ready:
            ready.register(self.process.stdout, selectors.EVENT_READ)
            while ready.select(timeout=PATIENCE_S) and (line := self.process.stdout.readline()):
                self.said.append(line.strip())
                if found := re.search(r"http://\S+/", line):
                    return found[0]
        raise AssertionError((self.said, self.errors.read_text(encoding="utf-8")))

    def log(self) -> str:
        """What was logged so far."""
        return self.errors.read_text(encoding="utf-8")

    def end(self, by: signal.Signals = signal.SIGTERM) -> int:
        """End it; its exit code. How soon: `shusheng bench start`."""
        self.process.send_signal(by)
        try:
            return self.process.wait(timeout=PATIENCE_S)
        finally:
            self.kill()

    def kill(self) -> None:
        """Make sure that it is gone."""
        self.process.kill()
        self.process.wait()
        for pipe in (self.process.stdin, self.process.stdout):
            if pipe is not None:
                pipe.close()


@pytest.fixture
def serving(union: DemoUnion, tmp_path: Path) -> Iterator[Callable[..., Serving]]:
    """Call it with options of `serve`: the service on the file's demonstration, ended with the test."""
    begun: list[Serving] = []

    def serve(*arguments: str, **settings: str) -> Serving:
        folder = tmp_path / str(len(begun))
        folder.mkdir()
        begun.append(Serving(*arguments, settings={**union.environment, **settings}, folder=folder))
        return begun[-1]

    yield serve
    for each in begun:
        each.kill()


@pytest.fixture
def office(new_database: NewDatabase, tmp_path: Path) -> Shusheng:
    """The librarians' commands in this process, on a new database with the small union in it."""
    url = new_database("sqlite")
    engine = open_engine(url)
    build_in(engine, migrated=True)
    engine.dispose()
    return Shusheng(url, str(tmp_path))
