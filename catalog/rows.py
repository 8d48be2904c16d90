"""Rows on the hot way: locked, compared, put in and changed by one statement each, without the unit of work.

SQLAlchemy's flush looks through all that a session holds and orders it; where an act knows what it writes, that is
most of what the act costs (docs/decisions, 0028). What is written here is in the database at once, and the objects
know it; what was set on an object in the usual way still goes out with the next flush.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any, TypeVar

from sqlalchemy import Connection, Select, bindparam, event, insert, inspect, select, text, true, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Mapper, Session, SessionTransaction, make_transient_to_detached
from sqlalchemy.orm.attributes import instance_dict, set_committed_value

from catalog import taking_back
from catalog.database import Base

_LOCKED = "catalog.rows.locked"
_CURRENT = "catalog.rows.current"
_UNREAD = object()
Row = TypeVar("Row", bound=Base)
Unlike = tuple[tuple[str, ...], str]
"""A partial unique index: its columns, and its condition."""


class Batch:
    """Changes that are sent together, one statement for all of a kind; the objects know them already."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._changes: dict[tuple[type[Base], tuple[str, ...]], list[dict[str, object]]] = defaultdict(list)
        self._rows: dict[type[Base], list[Mapping[str, object]]] = defaultdict(list)

    def change(self, row: Base, **values: object) -> None:
        """Give the columns of `row`, which is in the database, new values; what it refers to is known by its id and
        only set on the object (`item_id` and `item`)."""
        taking_back.written(self._session, row)
        columns = _names(type(row))
        for name, value in values.items():
            set_committed_value(row, name, value)
        sent = {name: value for name, value in values.items() if name in columns}
        self._changes[type(row), tuple(sent)].append({"the_row": _key_of(row), **sent})

    def put(self, table: type[Base], values: Mapping[str, object]) -> None:
        """Put a row into `table` that nobody needs as an object now."""
        self._rows[table].append(values)

    def send(self) -> None:
        """Write what was gathered; nothing is left to be written then."""
        connection = self._session.connection()
        for (table, _), changes in self._changes.items():
            connection.execute(_update(table), changes if len(changes) > 1 else changes[0])
        for table, rows in self._rows.items():
            connection.execute(_insert(table), rows if len(rows) > 1 else rows[0])
        self._changes.clear()
        self._rows.clear()


def change(session: Session, row: Base, **values: object) -> None:
    """Give the columns of `row`, which is in the database, new values, in the database and on the object."""
    batch = Batch(session)
    batch.change(row, **values)
    batch.send()


def put(session: Session, table: type[Base], values: Mapping[str, object]) -> int:
    """Put a row into `table`, and give its id."""
    key: Any = session.connection().execute(_insert(table), values).inserted_primary_key
    return int(key[0])


def find(session: Session, table: type[Row], key: object) -> Row | None:
    """The row of `table` with the primary key `key`, or None; as `Session.get`, for a third of its cost."""
    held: Any = session.identity_map.get(inspect(table).identity_key_from_primary_key((key,)))
    if held is not None:
        known: Row | None = session.get(table, key) if inspect(held).expired else held
        return known
    found = session.connection().execute(_read(table), {"key": key}).one_or_none()
    return None if found is None else _object(session, table, found)


def insert_once(session: Session, table: type[Row], values: Mapping[str, object], *, unlike: Unlike) -> Row | None:
    """A new row of `table`; None, with nothing put in, if its like is there already by the partial unique index
    `unlike`.

    One statement where a savepoint around an INSERT would be three.
    """
    statement = _insert_once(session.get_bind().dialect.name, table, unlike)
    found = session.connection().execute(statement, values).one_or_none()
    if found is None:
        return None
    row = _object(session, table, found)
    taking_back.written(session, row, new=True)
    return row


def _object(session: Session, table: type[Row], values: Sequence[object]) -> Row:
    """The row, read just now, as an object of the session."""
    mapper: Mapper[Row] = inspect(table)
    row: Row = mapper.class_manager.new_instance()
    instance_dict(row).update(zip(_names(table), values, strict=True))
    make_transient_to_detached(row)
    session.add(row)
    return row


def _key_of(row: Base) -> object:
    identity = inspect(row).identity
    assert identity is not None, "only what is in the database can be changed there"
    return identity[0]


def _table(table: type[Base]) -> Any:
    return table.__table__


@cache
def _names(table: type[Base]) -> tuple[str, ...]:
    return tuple(attribute.key for attribute in inspect(table).column_attrs)


@cache
def _columns(table: type[Base]) -> tuple[Any, ...]:
    return tuple(attribute.columns[0] for attribute in inspect(table).column_attrs)


@cache
def _insert(table: type[Base]) -> Any:
    return insert(_table(table))


@cache
def _update(table: type[Base]) -> Any:
    return update(_table(table)).where(inspect(table).primary_key[0] == bindparam("the_row"))


@cache
def _read(table: type[Base]) -> Select[Any]:
    return select(*_columns(table)).where(inspect(table).primary_key[0] == bindparam("key"))


@cache
def _insert_once(dialect: str, table: type[Base], unlike: Unlike) -> Any:
    insert_or_not = postgresql.insert if dialect == "postgresql" else sqlite.insert
    columns, condition = unlike
    new: Any = insert_or_not(_table(table)).returning(*_columns(table))
    return new.on_conflict_do_nothing(index_elements=list(columns), index_where=text(condition))


def locked(session: Session, table: type[Row], key: object) -> Row | None:
    """The row of `table` with the primary key `key`, read anew and locked until the transaction (or savepoint) ends.

    FOR NO KEY UPDATE, so that audit rows that only refer to it do not wait for it. Locked already, it is not read
    again; nor is it on SQLite if this transaction has read it, since every writer is alone there.
    """
    if _alone(session) and session.info.get(_CURRENT):
        return find(session, table, key)
    rows = _locked_rows(session)
    if rows.get((table, key), _UNREAD) is _UNREAD:
        session.flush()
        found = _read_anew(session, table, key)
        rows = _locked_rows(session)  # the read may have begun the transaction
        rows[table, key] = found
    row: Row | None = rows[table, key]
    return row


def locked_both(session: Session, table: type[Row], key: object, other: type[Base], other_key: int) -> Row | None:
    """The row of `table` as `locked` gives it, and after it the row of `other` locked as `lock` does: in one statement
    where neither is locked yet."""
    known = _locked_rows(session)
    if _alone(session) or (table, key) in known or (other, other_key) in known:
        found = locked(session, table, key)
        lock(session, other, other_key)
        return found
    session.flush()
    found = _read_anew(session, table, key, other, other_key)
    known = _locked_rows(session)
    known[table, key], known[other, other_key] = found, _UNREAD
    return found


def _read_anew(
    session: Session, table: type[Row], key: object, other: type[Base] | None = None, other_key: int = 0
) -> Row | None:
    """The row, locked. What this session holds already is compared rather than loaded again: it has rarely changed."""
    held: Any = session.identity_map.get(inspect(table).identity_key_from_primary_key((key,)))
    if other is None:
        statement, asked = _read_locked(table), {"key": key}
    else:
        statement, asked = _read_both_locked(table, other), {"key": key, "other": other_key}
    row = session.connection().execute(statement, asked).one_or_none()
    if held is None:
        return None if row is None else _object(session, table, row)
    known = inspect(held).dict
    if row is None or any(known.get(name, _UNREAD) != value for name, value in zip(_names(table), row, strict=True)):
        return session.get(table, key, populate_existing=True)
    found: Row = held
    return found


@cache
def _read_locked(table: type[Base]) -> Select[Any]:
    return _read(table).with_for_update(key_share=True)


@cache
def _read_both_locked(table: type[Base], other: type[Base]) -> Select[Any]:
    """PostgreSQL locks in the order in which the tables are named."""
    both = select(*_columns(table)).select_from(_table(table).join(_table(other), true()))
    both = both.where(inspect(table).primary_key[0] == bindparam("key"))
    return both.where(inspect(other).primary_key[0] == bindparam("other")).with_for_update(key_share=True)


def lock(session: Session, table: type[Row], key: int) -> None:
    """Lock the row of `table` with the id `key` as `locked` does, for those who do not read it."""
    if not _alone(session) and (table, key) not in _locked_rows(session):
        session.connection().execute(_lock(table), {"key": key})
        _locked_rows(session)[table, key] = _UNREAD


def lock_all(session: Session, table: type[Base], keys: Sequence[int]) -> None:
    """Lock the rows of `table` with these ids as `lock` does, in ascending order, in one statement."""
    if not _alone(session) and keys:
        session.connection().execute(_lock_all(table), {"keys": list(keys)})
        _locked_rows(session).update(((table, key), _UNREAD) for key in keys)


def _locked_rows(session: Session) -> dict[tuple[type[Base], object], Any]:
    """What this transaction (or savepoint) has locked; _UNREAD for what was locked and not read."""
    within = session.get_nested_transaction() or session.get_transaction()
    transaction, rows = session.info.get(_LOCKED, (None, None))
    if rows is None or within is None or transaction is not within:
        rows = {}
        session.info[_LOCKED] = (within, rows)
    found: dict[tuple[type[Base], object], Any] = rows
    return found


@cache
def _lock_all(table: type[Base]) -> Select[int]:
    number = table.__table__.c.id
    some = select(number).where(number.in_(bindparam("keys", expanding=True)))
    return some.order_by(number).with_for_update(key_share=True)


@cache
def _lock(table: type[Base]) -> Select[int]:
    """Written once for each table."""
    number = table.__table__.c.id
    return select(number).where(number == bindparam("key")).with_for_update(key_share=True)


def _alone(session: Session) -> bool:
    return session.get_bind().dialect.name == "sqlite"


@event.listens_for(Session, "after_begin")
def _begun(session: Session, transaction: SessionTransaction, connection: Connection) -> None:
    """Remember whether all that this session holds was read within this transaction."""
    if transaction.parent is None:
        session.info[_CURRENT] = not len(session.identity_map)
