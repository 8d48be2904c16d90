"""The database itself: what is erased is gone from the file, and who writes waits for his turn, but not for ever."""

from __future__ import annotations

import fcntl
import threading
from pathlib import Path

import pytest
from sqlalchemy import text
from sqlalchemy.exc import OperationalError

from catalog.database import open_engine


def test_what_is_erased_stands_nowhere_in_the_file(tmp_path: Path) -> None:
    """Bug: SQLite leaves what was deleted in its file unless told otherwise (Debian's is told, others are not)."""
    file = tmp_path / "erased.db"
    engine = open_engine(f"sqlite:///{file}")
    with engine.begin() as connection:
        assert connection.scalar(text("PRAGMA secure_delete")) == 1
        connection.execute(text("CREATE TABLE said (words TEXT)"))
    for act in ("INSERT INTO said VALUES ('my PIN is 483916')", "UPDATE said SET words = ''"):
        with engine.begin() as connection:
            connection.execute(text(act))
    engine.dispose()
    assert b"483916" not in b"".join(one.read_bytes() for one in tmp_path.iterdir())


def test_who_is_stopped_at_the_head_of_the_queue_keeps_nobody_for_ever(tmp_path: Path) -> None:
    """Bug: a writer that was stopped (Ctrl-Z) while it queued held up all others without an end and without a word."""
    file = tmp_path / "queue.db"
    engine = open_engine(f"sqlite:///{file}?timeout=1")
    with engine.begin() as connection:
        connection.execute(text("CREATE TABLE said (words TEXT)"))
    written: list[str] = []

    def write(words: str) -> None:
        with engine.begin() as connection:
            connection.execute(text("INSERT INTO said VALUES (:words)"), {"words": words})
        written.append(words)

    with file.with_name("queue.db-queue").open("r+b") as stopped:
        fcntl.flock(stopped, fcntl.LOCK_EX)
        for words in ("one", "two"):
            writer = threading.Thread(target=write, args=(words,), daemon=True)
            writer.start()
            writer.join(60)
            assert words in written
    write("three")
    assert written == ["one", "two", "three"]
    engine.dispose()


def test_what_is_wrong_at_the_beginning_is_said_as_every_other_error(tmp_path: Path) -> None:
    """Bug: SQLite's own error came through, which no command knows as one of the database."""
    engine = open_engine(f"sqlite:///{tmp_path / 'begun.db'}")
    with engine.connect() as connection:
        driver = connection.connection.driver_connection
        assert driver is not None
        driver.execute("BEGIN")
        with pytest.raises(OperationalError, match="within a transaction"):
            connection.begin()
    engine.dispose()


def test_two_writers_in_one_thread_are_told_instead_of_waiting_for_each_other(tmp_path: Path) -> None:
    engine = open_engine(f"sqlite:///{tmp_path / 'two.db'}?timeout=0.2")
    with engine.begin(), pytest.raises(OperationalError, match="locked"), engine.begin():
        pass
    with engine.begin() as connection:
        assert connection.scalar(text("SELECT 1")) == 1
    engine.dispose()
