"""How a row is claimed by one worker, in order, on both databases; shared by the inbox and the outbox.

Rows of one talk are taken one at a time and in the order in which they came: a row can be claimed only while it is the
oldest open row of its talk. A claim lapses by the clock; so that nobody waits for the clock after a crash, it also
names its process, and `release` frees at once what a dead process of this machine held. It never judges a process of
another machine.
"""

from __future__ import annotations

import os
import socket
from collections.abc import Callable, Collection, Mapping
from datetime import datetime, timedelta
from functools import cache
from pathlib import Path
from typing import TypeVar, cast

from sqlalchemy import ColumnElement, Table, Update, bindparam, exists, select, true, update
from sqlalchemy.orm import Mapped, Session, mapped_column

LAPSE = timedelta(seconds=60)
"""After this a claimed row may be taken by another worker."""


class Claimed:
    """The columns of a table whose rows are claimed. `WAITING` and `TAKEN` are the two open statuses.

    A claimed row is a copy that no session watches: it is changed by `change` alone. So every turn is spared half of
    what the session's bookkeeping takes for its two rows.
    """

    WAITING = "new"
    TAKEN = "claimed"

    id: Mapped[int] = mapped_column(primary_key=True)
    channel: Mapped[str]
    talk: Mapped[str]
    """The conversation, "<channel>:<address>"."""
    address: Mapped[str]
    """Where in the channel to answer."""
    status: Mapped[str]
    attempts: Mapped[int] = mapped_column(default=0)
    claimed_until: Mapped[datetime | None]
    holder: Mapped[str] = mapped_column(default="")
    """The process that holds the claim, as `me` names it."""

    @staticmethod
    def ready(table: Table) -> ColumnElement[bool]:
        """What must hold for a waiting row to be claimed; its bound values are given to `claim`."""
        raise NotImplementedError


Row = TypeVar("Row", bound=Claimed)
Writer = TypeVar("Writer", bound=Callable[..., Update])


def _once(write: Writer) -> Writer:
    """`functools.cache`, which mypy does not let have a class as its argument."""
    return cast(Writer, cache(write))


class LostClaim(Exception):  # noqa: N818 - not an error: another worker has the row now
    """The claim lapsed and another worker took the row; what was done for it must be rolled back."""


def claim(
    session: Session,
    table: type[Row],
    *,
    channels: Collection[str],
    now: datetime,
    talk: str | None,
    **given: object,
) -> Row | None:
    """Claim the oldest row of `channels` (and of `talk`) that is `ready` and first in its talk, or None.

    `given` are the values that `ready` compares with. Counts an attempt. Safe between workers: SQLite has one writer
    at a time, PostgreSQL skips locked rows.
    """
    values = {"at_channels": sorted(channels), "at_talk": talk, "at_until": now + LAPSE, "at_holder": me(), **given}
    row = _claimed(session, table, values)
    if row is None and _lapse(session, table, now):
        row = _claimed(session, table, values)
    return row


def change(session: Session, row: Claimed, **values: object) -> None:
    """Change a row whose claim we hold. Raises LostClaim if another worker has taken it since."""
    held = {"at_id": row.id, "at_attempts": row.attempts, "at_holder": me()}
    changed = session.scalar(
        _changing(type(row), tuple(values)), {**held, **{f"new_{name}": value for name, value in values.items()}}
    )
    if changed is None:
        raise LostClaim(row.id)
    for name, value in {**values, "claimed_until": None, "holder": ""}.items():
        setattr(row, name, value)


def _claimed(session: Session, table: type[Row], values: Mapping[str, object]) -> Row | None:
    found = session.execute(_claiming(table, values["at_talk"] is not None), values).one_or_none()
    return table(**found._mapping) if found else None


@_once
def _claiming(table: type[Claimed], in_talk: bool) -> Update:
    """Written once: with its cache key it takes longer to build than the database to do it."""
    rows = _table(table)
    earlier = rows.alias()
    oldest = (
        select(rows.c.id)
        .where(
            rows.c.status == table.WAITING,
            rows.c.channel.in_(bindparam("at_channels", expanding=True)),
            rows.c.talk == bindparam("at_talk") if in_talk else true(),
            table.ready(rows),
            ~exists().where(
                earlier.c.talk == rows.c.talk,
                earlier.c.status.in_((table.WAITING, table.TAKEN)),
                earlier.c.id < rows.c.id,
            ),
        )
        .order_by(rows.c.id)
        .limit(1)
        .with_for_update(skip_locked=True)
        .scalar_subquery()
    )
    return (
        update(rows)
        .where(rows.c.id == oldest, rows.c.status == table.WAITING)
        .values(
            status=table.TAKEN,
            attempts=rows.c.attempts + 1,
            claimed_until=bindparam("at_until"),
            holder=bindparam("at_holder"),
        )
        .returning(*rows.c)
    )


@_once
def _changing(table: type[Claimed], names: tuple[str, ...]) -> Update:
    rows = _table(table)
    return (
        update(rows)
        .where(
            rows.c.id == bindparam("at_id"),
            rows.c.status == table.TAKEN,
            rows.c.attempts == bindparam("at_attempts"),
            rows.c.holder == bindparam("at_holder"),
        )
        .values({"claimed_until": None, "holder": "", **{name: bindparam(f"new_{name}") for name in names}})
        .returning(rows.c.id)
    )


def _table(table: type[Claimed]) -> Table:
    return cast(Table, table.__table__)  # type: ignore[attr-defined]


def release(session: Session, table: type[Row], *, now: datetime) -> int:
    """Free the rows whose claim lapsed or whose process died; how many."""
    freed = _lapse(session, table, now)
    holders = session.scalars(select(table.holder).where(table.status == table.TAKEN).distinct())
    gone = [holder for holder in holders if _dead(holder)]
    return freed + (_free(session, table, table.holder.in_(gone)) if gone else 0)


def me() -> str:
    """This process: machine, process number and the moment it began, so that a reused number is no mistake."""
    return _name(os.getpid())  # asked for each time: a forked process is another one


@cache
def _name(pid: int) -> str:
    return f"{socket.gethostname()}/{pid}/{_began(pid)}"


def _lapse(session: Session, table: type[Row], now: datetime) -> int:
    return _free(session, table, table.claimed_until < now)


def _free(session: Session, table: type[Row], which: ColumnElement[bool]) -> int:
    freed = session.scalars(
        update(table)
        .where(table.status == table.TAKEN, which)
        .values(status=table.WAITING, claimed_until=None, holder="")
        .returning(table.id),
        execution_options={"synchronize_session": False},
    )
    return len(freed.all())


def _began(pid: int) -> str:
    """The moment a process began, in the machine's clock ticks; "" if there is no such process."""
    try:
        stat = Path(f"/proc/{pid}/stat").read_text(encoding="ascii", errors="replace")
    except OSError:
        return ""
    after_name = stat.rpartition(")")[2].split()
    return "" if after_name[0] in "ZX" else after_name[19]


def _dead(holder: str) -> bool:
    machine, _, process = holder.partition("/")
    pid, _, began = process.partition("/")
    return machine == socket.gethostname() and began != "" and _began(int(pid)) != began
