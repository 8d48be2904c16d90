"""Whose turn it is to write to SQLite, which has one writer at a time: all processes and threads stand in a queue (a
lock on a file beside the database), and only the first of it looks whether the writer before is done.

SQLite's own waiting is unfair: who has waited long looks once in a tenth of a second, and who has just written looks at
once, so that of eight processes that write without a pause one waited for half a minute.
"""

from __future__ import annotations

import fcntl
import os
import random
import sqlite3
import threading
import time
from concurrent.futures import Future
from typing import Any

from sqlalchemy import Connection
from sqlalchemy.pool import ConnectionPoolEntry

_LOOK_AGAIN_S = (0.0005, 0.004)
"""Between two looks at whether the writer before is done."""
_QUEUE = "catalog.turns.queue"


def begin(connection: Connection, *, patience_s: float) -> None:
    """Begin; a writer waits for its turn here, in the queue, for so many seconds at most."""
    if connection.get_execution_options().get("reading", False):
        connection.exec_driver_sql("BEGIN")
        return
    driver = connection.connection.driver_connection
    assert driver is not None
    end = time.monotonic() + patience_s
    queue = _queue_of(connection)
    if queue is not None and not _first_in(queue, patience_s / 2):
        connection.info.pop(_QUEUE)  # left to the thread that still waits with it
        queue = None
    try:
        driver.execute("PRAGMA busy_timeout=0")
        while not _begun_alone(connection, last=time.monotonic() >= end):
            time.sleep(random.uniform(*_LOOK_AGAIN_S))
    finally:
        if queue is not None:
            fcntl.flock(queue, fcntl.LOCK_UN)
        driver.execute(f"PRAGMA busy_timeout={int(patience_s * 1000)}")


def _first_in(queue: int, seconds: float) -> bool:
    """Wait until this is the first in the queue; False after so many seconds: who is the first may have been stopped
    (Ctrl-Z), and nobody waits for him for ever."""
    try:
        fcntl.flock(queue, fcntl.LOCK_EX | fcntl.LOCK_NB)
        return True
    except BlockingIOError:
        pass
    turn: Future[None] = Future()
    threading.Thread(target=_stand, args=(queue, turn), daemon=True).start()
    try:
        turn.result(seconds)
    except TimeoutError:
        return not turn.cancel()
    except BaseException:
        turn.cancel()
        raise
    return True


def _stand(queue: int, turn: Future[None]) -> None:
    """Such a lock cannot be waited for with an end: a thread waits, and lets it go if nobody wants it any more."""
    fcntl.flock(queue, fcntl.LOCK_EX)
    if turn.set_running_or_notify_cancel():
        turn.set_result(None)
    else:
        os.close(queue)


def _queue_of(connection: Connection) -> int | None:
    """The open file in whose lock this connection queues; None for a database in memory, or where none can be made."""
    if _QUEUE not in connection.info:
        path = connection.engine.url.database
        try:
            held = os.open(f"{path}-queue", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600) if _in_file(path) else None
        except OSError:
            held = None
        connection.info[_QUEUE] = held
    found: int | None = connection.info[_QUEUE]
    return found


def _in_file(path: str | None) -> bool:
    return bool(path) and path != ":memory:" and not str(path).startswith("file:")


def leave(connection: Any, record: ConnectionPoolEntry) -> None:
    """The connection is closed, and its file in the queue with it."""
    held = record.info.pop(_QUEUE, None)
    if held is not None:
        os.close(held)


def _begun_alone(connection: Connection, *, last: bool) -> bool:
    """Whether the place was free; at the `last` look, and whatever else is wrong, as SQLAlchemy says it."""
    driver: Any = connection.connection.driver_connection
    try:
        driver.execute("BEGIN IMMEDIATE")
    except sqlite3.Error as error:
        if error.sqlite_errorcode & 0xFF != sqlite3.SQLITE_BUSY or last:
            connection.exec_driver_sql("BEGIN IMMEDIATE")
            return True
        return False
    return True
