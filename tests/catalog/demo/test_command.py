"""`shusheng demo` as a script sees it: what it prints, and how it refuses."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import typer
from sqlalchemy import func, select
from typer.testing import CliRunner

from bot.cli import commands, demo
from catalog import refusals
from catalog.database import open_engine, open_sessions, prepare
from catalog.organisation.tables import OrgUnit


@pytest.fixture
def app() -> typer.Typer:
    """The root command with this room's command only."""
    made = typer.Typer()
    made.callback()(commands.root)
    demo.register(made)
    return made


def test_json_is_one_object_a_line_readers_first(app: typer.Typer, tmp_path: Path) -> None:
    options = ["--database", f"sqlite:///{tmp_path}/library.db", "--data", str(tmp_path), "demo"]
    result = CliRunner().invoke(app, [*options, "--now", "2026-11-22T09:30", "--json"])
    assert result.exit_code == 0, result.output
    lines = [json.loads(line) for line in result.stdout.splitlines()]
    assert [line["kind"] for line in lines[:31]] == ["reader"] * 30 + ["librarian"]
    assert lines[0]["card"] == "52100001"
    assert "沈巧云" in result.stdout
    again = CliRunner().invoke(app, [*options, "--now", "2026-11-22T09:30", "--json"])
    assert again.stdout == result.stdout
    plainly = CliRunner().invoke(app, options)
    assert "Try card 52100001" in plainly.stdout


def test_another_database_is_refused_and_left_alone(app: typer.Typer, tmp_path: Path) -> None:
    engine = open_engine(f"sqlite:///{tmp_path}/library.db")
    prepare(engine)
    with open_sessions(engine).begin() as session:
        session.add(OrgUnit(code="X", level="county", kind="library", name="别的图书馆"))
    result = CliRunner().invoke(
        app, ["--database", f"sqlite:///{tmp_path}/library.db", "--data", str(tmp_path), "demo"]
    )
    assert isinstance(result.exception, refusals.AnotherDatabase)
    with open_sessions(engine)() as session:
        assert session.scalar(select(func.count(OrgUnit.id))) == 1
    engine.dispose()
