"""The accuracy of understanding, printed at the end of every run: it is a figure, not only a pass."""

from __future__ import annotations

import pytest

from tests.bot.understanding.saying import FIGURES


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    if FIGURES:
        terminalreporter.section("understanding")
        for line in FIGURES:
            terminalreporter.write_line(line)
