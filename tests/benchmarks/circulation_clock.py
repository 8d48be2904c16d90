"""The clock's jobs at size: copies for many waiting holds, reminders out of millions of loans, as `jobs run` does."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from time import perf_counter, process_time
from types import SimpleNamespace
from typing import Any

from circulation_filling import COPIES, NOW, TODAY, Loader, Size, place_of
from sqlalchemy import func, select, text

from bot.jobs.schedule import JOBS, Ground
from catalog.circulation.tables import Hold
from catalog.database import open_engine, open_sessions, prepare
from catalog.outreach.tables import Notice

OUT_OF_TEN = 3
"""Of ten loans three are open; the rest came back."""
DUE_WITHIN = 45
"""The days over which the open ones fall due, evenly; a hundredth of them are late."""
LOANS_A_READER = 5


def target(url: str, size: Size, count: int) -> tuple[float, float, int]:
    """Let `count` readers wait for works of which copies stand on shelves, as after a night in which nothing ran, and
    let the job choose: seconds, seconds of our own processor, and how many got a copy."""
    engine = open_engine(url)
    sessions = open_sessions(engine)
    with engine.connect() as connection:
        first = (connection.scalar(select(func.max(Hold.id))) or 0) + 1
    with Loader(engine) as load:
        placed = load.moment(NOW - timedelta(hours=2))
        load(
            "holds",
            "id patron_id work_id record_id scope pickup_id status placed_at",
            _wishes(size, first, count, placed),
        )
        load("audit", "at what actor patron_id turn ids before", (
            (placed, "hold_placed", "patron", None, "", f'{{"hold":"{one}"}}', "{}")
            for one in range(first, first + count)))  # fmt: skip
    ground = Ground(sessions, SimpleNamespace(), Path())  # type: ignore[arg-type] - the job uses the sessions alone
    began, processor = perf_counter(), process_time()
    chosen = JOBS["targets"].run(ground, NOW)
    took, processor = perf_counter() - began, process_time() - processor
    engine.dispose()
    return took, processor, chosen


def _wishes(size: Size, first: int, count: int, placed: str) -> Iterator[tuple[object, ...]]:
    """Two readers for each work of three and four copies, from the end, where everything stands on its shelf."""
    for number in range(count):
        turn, again = divmod(number, 2)
        ten, place = divmod(turn, 2)
        work = (size.tens - 1 - ten) * len(COPIES) + 3 + place
        if work < 1:
            raise SystemExit("too few items for so many holds")
        patron = (number * 7 + again) % size.readers + 1
        yield first + number, patron, work, work, "work", place_of(patron), "waiting", placed


def scan(url: str, count: int, found: dict[str, float], notes: dict[str, Any]) -> None:
    """Fill in `count` loans, by the database itself, and gather reminders: after a long silence, on the next day (what
    the bar is for: all that is new of a day), and ten minutes later."""
    engine = open_engine(url)
    prepare(engine)
    began = perf_counter()
    _fill(engine, count)
    found["postgresql, scan: filling s"] = perf_counter() - began
    ground = Ground(open_sessions(engine), SimpleNamespace(), Path())  # type: ignore[arg-type]
    times = {"after a silence": NOW, "for reminders": NOW + timedelta(days=1), "ten minutes later": NOW + timedelta(
        days=1, minutes=10)}  # fmt: skip
    for name, now in times.items():
        before = _count(engine)
        began = perf_counter()
        JOBS["notices"].run(ground, now)
        found[f"postgresql, scan {name} s"] = perf_counter() - began
        notes[f"postgresql, scan {name}"] = f"{_count(engine) - before:,} notices written, of {count:,} loans"
        with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.execute(text("VACUUM ANALYZE notices"))
    engine.dispose()


def _count(engine: Any) -> int:
    with engine.connect() as connection:
        return int(connection.scalar(select(func.count()).select_from(Notice)) or 0)


def _fill(engine: Any, count: int) -> None:
    readers = max(count // LOANS_A_READER, 1)
    given = {"count": count, "readers": readers, "today": TODAY, "at": _early(), "open": OUT_OF_TEN, "days": DUE_WITHIN}
    with engine.begin() as connection:
        connection.execute(text("SET LOCAL session_replication_role = replica"))  # the keys fit: they are reckoned
        for statement in _STATEMENTS:
            connection.execute(text(statement), {name: given[name] for name in given if f":{name}" in statement})
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("VACUUM ANALYZE"))


def _early() -> datetime:
    return NOW - timedelta(days=20)


_STATEMENTS = (
    """INSERT INTO org_units (id, code, level, kind, name, name_en, short_name, aliases, address, phone, is_pickup,
    access, van_days, transfer_days, public_holidays)
    VALUES (1, 'SCAN', 'county', 'library', 'Scan', '', '', '[]', '', '', true, '[]', '', 2, '')""",
    "INSERT INTO works (id, key) SELECT one, 'scan ' || one FROM generate_series(1, :count / 10) one",
    """INSERT INTO records (id, work_id, format, title, subtitle, volume, authors, publisher, language, clc, subjects,
    popularity, source) SELECT one, one, 'print', 'Title ' || one, '', '', '[]', '', 'chi', '', '[]', 0, '{}'
    FROM generate_series(1, :count / 10) one""",
    """INSERT INTO patrons (id, name, locale, formats, print_disabled, phone, "group", home_id, pickup_id, preferences)
    SELECT one, 'Reader ' || one, 'zh-CN', '["print"]', false, '', 'adult', 1, 1, (CASE
    WHEN one % 20 = 0 THEN '{"reminder_days": ' || one / 20 % 15 || '}' WHEN one % 50 = 1 THEN '{"reminders": false}'
    WHEN one % 20 = 2 THEN '{"quiet_from": "19:30"}' ELSE '{}' END)::json
    FROM generate_series(1, :readers) one""",
    """INSERT INTO items (id, record_id, barcode, call_number, home_id, location_id, status)
    SELECT one, (one - 1) % (:count / 10) + 1, 'scan' || one, '', 1, 1, 'on_loan'
    FROM generate_series(1, :count * :open / 10) one""",
    """INSERT INTO loans (item_id, patron_id, place_id, checked_out_at, due_date, renewals, returned_at)
    SELECT one % (:count * :open / 10) + 1, one * 7919 % :readers + 1, 1, :at, CAST(:today AS date) - 60, 0, :at
    FROM generate_series(CAST(:count AS bigint) * :open / 10 + 1, :count) one""",
    """INSERT INTO loans (item_id, patron_id, place_id, checked_out_at, due_date, renewals)
    SELECT one, (one * 7919 + one / 100) % :readers + 1, 1, :at,
    CAST(:today AS date) + (CASE WHEN one % 100 = 0 THEN -(one / 100 % 40)
    ELSE one * :days / (CAST(:count AS bigint) * :open / 10) END)::int, 0
    FROM generate_series(CAST(1 AS bigint), CAST(:count AS bigint) * :open / 10) one""",
)
