"""The log: one line an event on stderr, ids and counts, never titles, names, card numbers, words or audio."""

from __future__ import annotations

import logging
import sys

import structlog

log = structlog.get_logger()


def configure(level: str) -> None:
    """Log from `level` ("warning") on.

    What libraries log comes as their name and the kind of the error only: their words may quote a reader or a token.
    """
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.KeyValueRenderer(key_order=["timestamp", "level", "event"]),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.getLevelNamesMapping()[level.upper()]),
        logger_factory=lambda *_: structlog.PrintLogger(sys.stderr),  # stderr as it is now, not as it was then
        cache_logger_on_first_use=False,
    )
    logging.basicConfig(handlers=[_Library()], level=logging.WARNING, force=True)


class _Library(logging.Handler):
    """Turns what a library logs into a line of ours, without its words."""

    def emit(self, record: logging.LogRecord) -> None:
        error = record.exc_info[0].__name__ if record.exc_info and record.exc_info[0] else ""
        log.warning("library", name=record.name, line=record.lineno, error=error)
