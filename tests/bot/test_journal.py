"""The log: one line an event, without what a library would have said, on stderr as it is."""

from __future__ import annotations

import contextlib
import io
import logging
from collections.abc import Iterator

import pytest
import structlog

from bot import journal


@pytest.fixture(autouse=True)
def as_it_was() -> Iterator[None]:
    """The log is the process's own: what a test sets is taken back."""
    handlers, level = logging.root.handlers[:], logging.root.level
    yield
    logging.root.handlers[:] = handlers
    logging.root.setLevel(level)
    structlog.reset_defaults()


def test_a_line_goes_to_stderr_as_it_is_now() -> None:
    """Bug: it went to the stderr of the moment at which the log was configured, which may be closed by now."""
    with contextlib.redirect_stderr(io.StringIO()) as before:
        journal.configure("info")
    before.close()
    with contextlib.redirect_stderr(io.StringIO()) as now:
        structlog.get_logger().info("began", turn=7)
    assert "event='began' turn=7" in now.getvalue()
    assert now.getvalue().count("\n") == 1


def test_a_library_is_named_but_not_quoted() -> None:
    with contextlib.redirect_stderr(io.StringIO()) as stderr:
        journal.configure("warning")
        try:
            raise ValueError("GET /bot123:secret/getFile")
        except ValueError:
            logging.getLogger("aiohttp").exception("sending 三体 to 沈巧云 failed")
        structlog.get_logger().info("too-little")
    said = stderr.getvalue()
    assert "event='library' name='aiohttp'" in said and "error='ValueError'" in said
    assert not any(word in said for word in ("三体", "沈巧云", "secret", "Traceback", "too-little"))
