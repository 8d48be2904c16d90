"""Databases to test on: SQLite in a file and PostgreSQL, the server at 127.0.0.1:5432 or else one of our own.

Each database is new and empty, and is dropped afterwards. PostgreSQL is never skipped.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator
from pathlib import Path

import psycopg
import pytest
from psycopg import sql

KINDS = ("sqlite", "postgresql")
SERVER = "postgresql://postgres@127.0.0.1:5432"

NewDatabase = Callable[[str], str]


@pytest.fixture(scope="session")
def postgresql_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a PostgreSQL server on which databases may be created."""
    try:
        psycopg.connect(f"{SERVER}/postgres", connect_timeout=3).close()
        yield SERVER
    except psycopg.OperationalError:
        import pgserver

        with pgserver.get_server(tmp_path_factory.mktemp("postgresql")) as server:
            yield server.get_uri().rpartition("/")[0]


@pytest.fixture(scope="session")
def new_database(tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest) -> Iterator[NewDatabase]:
    """Call it with a kind of KINDS: the address of a new, empty database, gone when the tests are over."""
    made: list[tuple[str, str]] = []

    def new(kind: str) -> str:
        name = f"shusheng_test_{uuid.uuid4().hex[:12]}"
        if kind == "sqlite":
            folder: Path = tmp_path_factory.mktemp("database")
            return f"sqlite:///{folder / name}.db"
        server: str = request.getfixturevalue("postgresql_server")
        _run(server, sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
        made.append((server, name))
        return f"{server}/{name}"

    yield new
    for server, name in made:
        _run(server, sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name)))


@pytest.fixture(params=KINDS)
def empty_database(request: pytest.FixtureRequest, new_database: NewDatabase) -> str:
    """The address of an empty database, once of each kind."""
    return new_database(request.param)


def _run(server: str, statement: sql.Composable) -> None:
    with psycopg.connect(f"{server}/postgres", autocommit=True) as connection:
        connection.execute(statement)
