"""Brings a database to the newest shape, step by step (Alembic); also bot's tables, which share the database.

The steps stand in versions/, numbered; the newest is told by its file name, so that a database that has it is found
ready without importing Alembic. A new step: `python -m tests.catalog.migrations.generate "what changed"`.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import Connection, Engine, inspect, text

VERSIONS = Path(__file__).with_name("versions")
LOCK = 7_401_843
"""The PostgreSQL advisory lock that lets one process at a time migrate (any number of ours)."""


class NewerDatabaseError(OSError):
    """The database was brought to its shape by a newer version of this software."""


def head() -> str:
    """The number of the newest step, such as "0001"."""
    return max(path.stem for path in VERSIONS.glob("[0-9]*.py")).partition("_")[0]


def version_of(connection: Connection) -> str:
    """The step the database stands at; "" for an empty one."""
    if not inspect(connection).has_table("alembic_version"):
        return ""
    return connection.scalar(text("SELECT version_num FROM alembic_version")) or ""


def upgrade(engine: Engine, *, to: str = "head") -> None:
    """Take all steps up to `to` in one transaction; processes at once take turns. Raises: NewerDatabaseError."""
    with engine.execution_options(reading=True).connect() as connection:
        version = version_of(connection)
    if version == (head() if to == "head" else to):
        return
    if version > head():
        raise NewerDatabaseError(f"the database has step {version}, this installation knows {head()}: update it")
    with engine.connect() as connection, _tables_may_be_remade(connection), connection.begin():
        if connection.dialect.name == "postgresql":
            connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": LOCK})
        _run(connection, to)


@contextmanager
def _tables_may_be_remade(connection: Connection) -> Iterator[None]:
    """On SQLite a step that changes a table makes it anew; what refers to it must not notice, and must fit then."""
    if connection.dialect.name != "sqlite":
        yield
        return
    driver = connection.connection.driver_connection
    assert driver is not None
    driver.execute("PRAGMA foreign_keys=OFF")  # it is heard only outside a transaction
    try:
        yield
        if lost := driver.execute("PRAGMA foreign_key_check").fetchall():
            raise RuntimeError(f"{len(lost)} rows refer to rows that are gone, the first in {lost[0][0]}")
    finally:
        driver.execute("PRAGMA foreign_keys=ON")


def _run(connection: Connection, to: str) -> None:
    from alembic import command
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(VERSIONS.parent))
    config.set_main_option("path_separator", "os")
    config.attributes["connection"] = connection
    command.upgrade(config, to)
