"""The librarians' commands in this process, on the small union of the scenarios."""

from __future__ import annotations

import json
from typing import Any

import typer
from typer.testing import CliRunner

from bot.cli import broadcast, catalogue, commands, desk

MONDAY = ("--now", "2026-11-23T10:00")


class Shusheng:
    """The command line on one database."""

    def __init__(self, url: str, folder: str) -> None:
        self.url, self.folder = url, folder
        self.app = typer.Typer()
        self.app.callback()(commands.root)
        desk.register(self.app)
        broadcast.register(self.app)
        catalogue.register(self.app)

    def __call__(self, *arguments: str) -> list[dict[str, Any]]:
        """The objects a command printed."""
        result = CliRunner().invoke(
            self.app, ["--database", self.url, "--data", self.folder, *arguments, "--json"], catch_exceptions=False
        )
        assert result.exit_code == 0, result.output
        return [json.loads(line) for line in result.stdout.splitlines()]
