"""The migrations make what the models say, on both databases, also in several processes at once."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import text

from catalog.database import open_engine, prepare
from catalog.migrations import VERSIONS, NewerDatabaseError, head, upgrade, version_of
from tests.catalog.migrations.tables import all_tables


def test_an_empty_database_gets_what_the_models_say(empty_database: str) -> None:
    engine = open_engine(empty_database)
    prepare(engine)
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_server_default": True})
        assert compare_metadata(context, all_tables()) == []
        assert version_of(connection) == head()
    engine.dispose()


def test_constraints_and_partial_indexes_are_made(empty_database: str) -> None:
    """What autogenerate does not compare: CHECKs and the conditions of unique indexes, by the names the models give."""
    migrated, modelled = open_engine(empty_database), open_engine("sqlite:///:memory:")
    prepare(migrated)
    all_tables().create_all(modelled)
    if migrated.dialect.name == "sqlite":
        query = "SELECT name, sql FROM sqlite_master WHERE sql LIKE '%WHERE%' OR sql LIKE '%CHECK%'"
        with migrated.connect() as one, modelled.connect() as other:
            made, wanted = (_squeezed(dict(place.execute(text(query)).all())) for place in (one, other))
        made.pop("alembic_version", None)
        assert made == wanted
    else:
        checks = {check.name for table in all_tables().tables.values() for check in table.constraints if check.name}
        with migrated.connect() as connection:
            found = set(connection.scalars(text("SELECT conname FROM pg_constraint")))
        assert {str(name) for name in checks} <= found
    migrated.dispose()
    modelled.dispose()


def _squeezed(rows: dict[str, str]) -> dict[str, set[str]]:
    """The conditions in each statement (every bracketed one after CHECK, all after WHERE), without spacing."""
    return {name: set(_conditions("".join(sql.replace('"', "").split()))) for name, sql in rows.items()}


def _conditions(sql: str) -> Iterator[str]:
    yield sql.partition("WHERE")[2]
    for part in sql.split("CHECK(")[1:]:
        depth = 1
        for place, sign in enumerate(part):
            depth += {"(": 1, ")": -1}.get(sign, 0)
            if depth == 0:
                yield part[:place]
                break


def test_ready_is_found_without_alembic(empty_database: str) -> None:
    engine = open_engine(empty_database)
    prepare(engine)
    engine.dispose()
    ready = (
        "import sys; from catalog.database import *; prepare(open_engine(sys.argv[1])); print('alembic' in sys.modules)"
    )
    ran = subprocess.run([sys.executable, "-c", ready, empty_database], capture_output=True, text=True, check=True)
    assert ran.stdout == "False\n"


def test_several_at_once_take_turns(empty_database: str) -> None:
    def one(number: int) -> None:
        engine = open_engine(empty_database)
        prepare(engine)
        engine.dispose()

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(one, range(4)))


def test_a_newer_database_is_left_alone(empty_database: str) -> None:
    engine = open_engine(empty_database)
    prepare(engine)
    with engine.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(NewerDatabaseError, match="9999"):
        prepare(engine)
    engine.dispose()


def test_every_step_can_be_taken_alone(empty_database: str) -> None:
    engine = open_engine(empty_database)
    for path in sorted(VERSIONS.glob("[0-9]*.py")):
        upgrade(engine, to=path.stem.partition("_")[0])
    with engine.connect() as connection:
        assert version_of(connection) == head()
    engine.dispose()
