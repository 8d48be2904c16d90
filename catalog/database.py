"""The engine, the session and the column types every table shares; no table stands here.

Times are stored in UTC and refused without a zone: SQLite drops zones silently, and a reminder an hour off is a
broken promise. SQLite runs in WAL with synchronous=FULL and every transaction begins IMMEDIATE, so that two turns
cannot both read "one copy left" (docs/decisions).
"""

from __future__ import annotations

import json
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any, ClassVar

from psycopg.types.numeric import Int8Dumper
from sqlalchemy import (
    DateTime,
    Dialect,
    Engine,
    MetaData,
    create_engine,
    event,
)
from sqlalchemy.engine import make_url
from sqlalchemy.exc import InvalidatePoolError
from sqlalchemy.orm import DeclarativeBase, Session, sessionmaker
from sqlalchemy.pool import ConnectionPoolEntry
from sqlalchemy.types import JSON, TypeDecorator

from catalog import turns

NAMING = {
    "ix": "ix_%(column_0_label)s",
    "uq": "uq_%(table_name)s_%(column_0_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s",
    "pk": "pk_%(table_name)s",
}


USUAL = ("cache_size=-16000", "mmap_size=268435456")
BULK = ("cache_size=-96000", "mmap_size=0")
_RESTED = "catalog.database.rested"
_FRESH_S = 5.0
PREPARED = 1000
"""Statements that a connection to PostgreSQL keeps prepared; the program has fewer."""


class UtcDateTime(TypeDecorator[datetime]):
    """A moment in time: stored in UTC, always read back with its zone, refused (ValueError) without one."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a time without a zone cannot be stored")
        return value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


class Base(DeclarativeBase):
    """The base of every table, those of bot's inbox and outbox too."""

    metadata = MetaData(naming_convention=NAMING)
    type_annotation_map: ClassVar[dict[Any, Any]] = {
        datetime: UtcDateTime,
        dict[str, Any]: JSON,
        list[str]: JSON,
        list[int]: JSON,
    }


def open_engine(url: str) -> Engine:
    """The engine for `url` (sqlite:///… or postgresql://…, which means psycopg 3), its folder made if absent."""
    parsed = make_url(url)
    if parsed.drivername in ("postgresql", "postgres"):
        parsed = parsed.set(drivername="postgresql+psycopg")
    if parsed.get_backend_name() != "sqlite":
        engine = create_engine(parsed, json_serializer=_json)
        event.listen(engine, "connect", _postgresql_connect)
        event.listen(engine, "checkin", _rests)
        event.listen(engine, "checkout", partial(_still_there, engine))
        return engine
    if parsed.database and parsed.database != ":memory:":
        Path(parsed.database).expanduser().parent.mkdir(parents=True, exist_ok=True)
    patience_s = float(str(parsed.query.get("timeout", 30)))  # sqlite:///FILE?timeout=5 waits for 5 seconds
    engine = create_engine(parsed, connect_args={"timeout": patience_s}, json_serializer=_json)
    event.listen(engine, "connect", _sqlite_connect)
    event.listen(engine, "begin", partial(turns.begin, patience_s=patience_s))
    event.listen(engine, "close", turns.leave)
    return engine


def open_sessions(engine: Engine, *, reading: bool = False) -> sessionmaker[Session]:
    """Sessions on `engine`; objects stay readable after the commit. `reading` ones take no writer's lock."""
    bound = engine.execution_options(reading=True) if reading else engine
    return sessionmaker(bound, expire_on_commit=False)


def prepare(engine: Engine) -> None:
    """Bring the database to the newest shape: makes all tables in an empty one, migrates an older one, else nothing.

    Raises: catalog.migrations.NewerDatabaseError.
    """
    from catalog.migrations import upgrade

    upgrade(engine)


def empty_log(engine: Engine, *, patience_ms: int = 200) -> bool:
    """Leave nothing of what was emptied or deleted in the log beside the database; False where others are at work.

    SQLite's write-ahead log keeps the earlier page, with a PIN in it, until it is written over some day. Others wait
    for `patience_ms` at most. On PostgreSQL the log is the operator's, and this does nothing.
    """
    if engine.dialect.name != "sqlite":
        return True
    connection = engine.raw_connection()
    try:
        cursor = connection.cursor()
        usual = cursor.execute("PRAGMA busy_timeout").fetchone()[0]
        cursor.execute(f"PRAGMA busy_timeout={patience_ms}")
        try:
            busy = cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()[0]
        finally:
            cursor.execute(f"PRAGMA busy_timeout={usual}")
        return not busy
    finally:
        connection.close()


@contextmanager
def for_bulk(engine: Engine) -> Iterator[None]:
    """Within, the connection at hand is fit for writing a hundred thousand rows: SQLite keeps more pages for them (a
    batch of records touches thousands, all over the file), and maps none of the file, which would count as memory."""
    _pragmas(engine, BULK)
    try:
        yield
    finally:
        _pragmas(engine, USUAL)


def _pragmas(engine: Engine, pragmas: Iterable[str]) -> None:
    if engine.dialect.name != "sqlite":
        return
    connection = engine.raw_connection()
    try:
        for pragma in pragmas:
            connection.cursor().execute(f"PRAGMA {pragma}")
    finally:
        connection.close()


_json = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode


def _postgresql_connect(connection: Any, record: object) -> None:
    """Statements are prepared at their second use, and all that the program has stay so.

    psycopg tells small integers from large ones, and prepares a statement anew for each mixture of them.
    """
    connection.adapters.register_dumper(int, Int8Dumper)
    connection.prepare_threshold = 1
    connection.prepared_max = PREPARED


def _sqlite_connect(connection: Any, record: object) -> None:
    connection.isolation_level = None
    cursor = connection.cursor()
    for pragma in (
        "journal_mode=WAL",
        "synchronous=FULL",
        "foreign_keys=ON",
        "secure_delete=ON",  # what is emptied (a PIN in the inbox, a forgotten reader) is gone from the file too
        *USUAL,
    ):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def _rests(connection: Any, record: ConnectionPoolEntry) -> None:
    record.info[_RESTED] = time.monotonic()


def _still_there(engine: Engine, connection: Any, record: ConnectionPoolEntry, proxy: object) -> None:
    """Ask a connection that has rested for a while whether it still is one (the server may have been restarted); to
    ask before every turn would be a round trip more."""
    if time.monotonic() - record.info.get(_RESTED, 0.0) < _FRESH_S:
        return
    try:
        engine.dialect.do_ping(connection)
    except engine.dialect.loaded_dbapi.Error as error:
        raise InvalidatePoolError() from error
