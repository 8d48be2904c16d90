"""The statements that the use cases send to PostgreSQL, written down once and sent again by psycopg alone.

The same transactions with the same values, prepared as psycopg prepares them, their answers fetched; what an INSERT
gives as its id takes the place of the id that was written down. So the share says what our own code and SQLAlchemy
cost beside the database, and nothing else.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from time import perf_counter, process_time
from typing import Any

import psycopg
from circulation_acts import Act, Done, Share, once, warm
from sqlalchemy import event, func, select

from catalog import refusals
from catalog.circulation.tables import Hold, Loan
from catalog.database import open_engine, open_sessions

Parameters = dict[str, Any]
_INSERT = re.compile(r"INSERT INTO (holds|loans) .*RETURNING", re.DOTALL)


@dataclass(slots=True)
class Transaction:
    """The statements of one act with their values, and whether it was committed."""

    kind: str
    statements: list[tuple[str, list[Parameters]]] = field(default_factory=list)
    committed: bool = True
    made: list[int] = field(default_factory=list)
    """The ids that its INSERTs into holds and loans gave, in order."""


def written_down(url: str, todo: list[Act]) -> list[Transaction]:
    """Do the acts, one after the other, in the database at `url`, and write down what is sent."""
    engine = open_engine(url)
    sessions = open_sessions(engine)
    found: list[Transaction] = []

    @event.listens_for(engine, "before_cursor_execute")
    def _sent(*given: Any) -> None:
        statement, parameters = given[2:4]
        sets = [parameters] if isinstance(parameters, Mapping) else list(parameters) or [{}]
        if found:
            found[-1].statements.append((statement, [dict(one) for one in sets]))

    warm(sessions)
    for act in todo[:60]:
        found.append(Transaction(act.kind))
        _try(sessions, act)
    found.clear()
    with engine.connect() as connection:
        last = [connection.scalar(select(func.max(table.id))) or 0 for table in (Hold, Loan)]
    found.clear()
    for act in todo[60:]:
        found.append(Transaction(act.kind))
        with sessions() as session:
            try:
                once(session, act)
                session.flush()
                new = [
                    row.id for row in session if isinstance(row, (Hold, Loan)) and row.id > last[isinstance(row, Loan)]
                ]
                found[-1].made = sorted(new)
                session.commit()
            except refusals.Refusal:
                session.rollback()
                found[-1].committed = False
    engine.dispose()
    return found


def _try(sessions: Any, act: Act) -> None:
    with suppress(refusals.Refusal), sessions.begin() as session:
        once(session, act)


def replay(url: str, todo: list[Transaction], begun: Any) -> Share:
    """One process's share, as circulation_acts.work gives it."""
    done: list[Done] = []
    failed: list[str] = []
    with psycopg.connect(url) as connection:
        for transaction in todo[:12]:
            _send(connection, transaction)
            connection.rollback()
        begun.wait(120)
        start, processor = perf_counter(), process_time()
        for transaction in todo:
            began = perf_counter()
            try:
                _send(connection, transaction)
                connection.commit() if transaction.committed else connection.rollback()
                done.append(Done(transaction.kind, (perf_counter() - began) * 1000))
            except psycopg.Error as error:
                connection.rollback()
                failed.append(f"{type(error).__name__}: {error}"[:200])
        end, processor = perf_counter(), process_time() - processor
    return Share(done, failed, start, end, processor)


def _send(connection: psycopg.Connection[Any], transaction: Transaction) -> None:
    own: dict[int, int] = {}
    with connection.cursor() as cursor:
        for statement, given in transaction.statements:
            sent = [{name: own.get(value, value) if type(value) is int else value for name, value in one.items()}
                    for one in given] if own else given  # fmt: skip
            if len(sent) > 1:
                cursor.executemany(statement, sent)
                continue
            cursor.execute(statement, sent[0])
            rows = cursor.fetchall() if cursor.description else []
            if rows and _INSERT.match(statement):
                own = dict(zip(transaction.made, (row[0] for row in rows), strict=False))
