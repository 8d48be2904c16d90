"""A large union for `bench circulation`: works, items, readers, loans and queues, put in at the databases' own speed.

Rows go in by COPY (PostgreSQL) or executemany (SQLite) into the product's own tables; the invariants hold afterwards.
Of ten items in a row one is the only copy of its work, two, three and four are copies of one work each; three of the
ten are out, and for some of the only copies a reader waits.
"""

from __future__ import annotations

import json
import random
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import Engine, text

from catalog.database import Base, open_engine, prepare

NOW = datetime(2026, 11, 23, 10, 0, tzinfo=ZoneInfo("Asia/Shanghai"))
TODAY = NOW.date()
SEED = 20261122
PLACES = 140
COPIES = (1, 2, 3, 4)
TEN = sum(COPIES)
OUT = (0, 2, 5)
"""Which of ten items in a row are out; the first is its work's only copy."""
WAITED_FOR = 4
"""For the only copy of every fourth ten a reader waits."""
ORDER = ("change_numbers", "works", "records", "items", "patrons", "cards", "addresses", "loans", "holds", "audit")


@dataclass(frozen=True, slots=True)
class Size:
    """How large the union is; `loans` is at most three tenths of `items`."""

    items: int
    readers: int
    loans: int

    @property
    def tens(self) -> int:
        """How many groups of ten items there are."""
        return self.items // TEN

    @property
    def works(self) -> int:
        """How many works there are, each with one record."""
        return self.tens * len(COPIES)

    @property
    def lent_tens(self) -> int:
        """How many groups of ten have three of their items out."""
        return min(self.tens, self.loans // len(OUT))


def work_of(item: int) -> int:
    """The work (and record) of the item with this id."""
    ten, place = divmod(item - 1, TEN)
    first = 0
    for number, copies in enumerate(COPIES):
        first += copies
        if place < first:
            return ten * len(COPIES) + number + 1
    raise AssertionError(place)


def fill(url: str, size: Size) -> None:
    """Make the schema and the union in the empty database at `url`."""
    engine = open_engine(url)
    prepare(engine)
    with Loader(engine) as load:
        for table, columns, rows in _tables(size, load.moment):
            load(table, columns, rows)
    engine.dispose()


class Loader:
    """Puts rows into tables; values are plain (text, numbers, None), times by `moment`."""

    def __init__(self, engine: Engine) -> None:
        self.postgresql = engine.dialect.name == "postgresql"
        self._pooled = engine.raw_connection()
        self._driver = self._pooled.driver_connection

    def __enter__(self) -> Loader:
        if not self.postgresql:
            self._driver.execute("BEGIN IMMEDIATE")
        return self

    def __exit__(self, *broken: object) -> None:
        if self.postgresql:
            for table in Base.metadata.sorted_tables:
                if "id" in table.c and table.name in (*ORDER, "org_units", "opening_hours"):
                    self._driver.execute(
                        f"SELECT setval(pg_get_serial_sequence('{table.name}', 'id'), max(id)) FROM {table.name}"
                    )
        self._driver.commit()
        if self.postgresql:
            self._driver.autocommit = True
            self._driver.execute("VACUUM ANALYZE")
            self._driver.autocommit = False
        self._pooled.close()

    def moment(self, when: datetime) -> str:
        """A time as the database's column keeps it."""
        return when.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S.%f" + ("+00" if self.postgresql else ""))

    def __call__(self, table: str, columns: str, rows: Iterable[Sequence[object]]) -> None:
        names = columns.split()
        quoted = ", ".join(f'"{name}"' for name in names)
        if not self.postgresql:
            marks = ", ".join("?" * len(names))
            self._driver.executemany(f'INSERT INTO "{table}" ({quoted}) VALUES ({marks})', rows)
            return
        with self._driver.cursor() as cursor, cursor.copy(f'COPY "{table}" ({quoted}) FROM STDIN') as copy:
            for row in rows:
                copy.write_row(row)


Rows = Iterator[tuple[object, ...]]


def _tables(size: Size, moment: object) -> Iterator[tuple[str, str, Rows]]:
    assert callable(moment)
    before = moment(NOW - timedelta(days=10))
    yield "change_numbers", "name number", iter([("places", 1)])
    yield ("org_units", "id code parent_id level kind name name_en short_name aliases address phone is_pickup access "
           "van_days transfer_days public_holidays", _places())  # fmt: skip
    yield "opening_hours", "id org_unit_id weekday opens closes", _hours()
    yield "works", "id key", ((one, f"bench work {one}") for one in range(1, size.works + 1))
    yield ("records", "id work_id format title subtitle volume authors publisher language clc subjects popularity "
           "source", _records(size))  # fmt: skip
    yield "items", "id record_id barcode call_number home_id location_id status added_at", _items(size, before)
    yield ("patrons", "id name locale formats print_disabled phone group home_id pickup_id preferences",
           _patrons(size))  # fmt: skip
    yield "cards", "number patron_id pin_hash status", (
        (card(one), one, "", "active") for one in range(1, size.readers + 1))  # fmt: skip
    yield "addresses", "id patron_id text org_unit_id deliverable note", (
        (one, one, f"Door {one}", place_of(one), True, "") for one in range(1, size.readers + 1))  # fmt: skip
    yield "loans", "id item_id patron_id place_id checked_out_at due_date renewals", (
        (one, item, patron, place_of(patron), before, due.isoformat(), 0)
        for one, (item, patron, due) in enumerate(_loans(size), 1))  # fmt: skip
    yield ("holds", "id patron_id work_id record_id scope pickup_id status placed_at expected_date", (
        (one, patron, work, work, "work", place_of(patron), "waiting", before, None)
        for one, (work, patron) in enumerate(_waits(size), 1)))  # fmt: skip
    yield "audit", "id at what actor patron_id turn ids before", _audit(size, before)


def card(reader: int) -> str:
    """The card of the reader with this id."""
    return f"B{reader:08d}"


def barcode(item: int) -> str:
    """The barcode of the item with this id."""
    return f"bench{item:08d}"


def place_of(number: int) -> int:
    """A branch, by turns; 1 is the consortium, 2 the county library."""
    return 3 + number % (PLACES - 2)


def _places() -> Rows:
    for one in range(1, PLACES + 1):
        level, kind, above = (
            ("consortium", "consortium", None) if one == 1
            else ("county", "library", 1) if one == 2 else ("township", "branch", 2)
        )  # fmt: skip
        days = "" if one == 1 else f"{one % 5}{(one + 2) % 5}"
        yield (one, f"BENCH{one}", above, level, kind, f"Place {one}", "", "", "[]", "", "", one > 1, "[]", days, 2, "")


def _hours() -> Rows:
    pairs = ((place, weekday) for place in range(2, PLACES + 1) for weekday in range(6) if place % 6 != weekday)
    yield from ((one, place, weekday, "09:00:00.000000", "18:00:00.000000")
                for one, (place, weekday) in enumerate(pairs, 1))  # fmt: skip


def _records(size: Size) -> Rows:
    for one in range(1, size.works + 1):
        form = "large_print" if one % 10 == 3 else "print"
        yield (one, one, form, f"Title {one}", "", "", f'["Author {one % 9999}"]', "", "chi", "I247.5", "[]", 0, "{}")


def _items(size: Size, added: str) -> Rows:
    lent = size.lent_tens * TEN
    for one in range(1, size.tens * TEN + 1):
        status = "on_loan" if one <= lent and (one - 1) % TEN in OUT else "available"
        yield (one, work_of(one), barcode(one), f"I247.5/{one}", place_of(one), place_of(one), status, added)


def _patrons(size: Size) -> Rows:
    chance = random.Random(SEED)
    for one in range(1, size.readers + 1):
        formats = '["large_print", "print"]' if one % 3 == 0 else '["print", "large_print"]'
        group = "senior" if one % 3 == 0 else "adult"
        wishes: dict[str, object] = {}
        if chance.random() < 0.05:
            wishes["reminder_days"] = chance.choice((1, 5, 7, 14))
        if chance.random() < 0.02:
            wishes["reminders"] = False
        if chance.random() < 0.05:
            wishes["quiet_from"] = "19:30"
        yield (one, f"Reader {one}", "zh-CN", formats, False, "", group, place_of(one), place_of(one),
               json.dumps(wishes))  # fmt: skip


def _loans(size: Size) -> Iterator[tuple[int, int, date]]:
    """Item, reader and due date: most are due in one to three weeks, one in thirty is late."""
    chance = random.Random(SEED + 1)
    for ten in range(size.lent_tens):
        for place in OUT:
            days = -chance.randint(1, 20) if chance.random() < 1 / 30 else chance.randint(7, 25)
            yield ten * TEN + place + 1, chance.randint(1, size.readers), TODAY + timedelta(days)


def _waits(size: Size) -> Iterator[tuple[int, int]]:
    """Work and reader of the holds that wait for an only copy."""
    for ten in range(0, size.lent_tens, WAITED_FOR):
        yield ten * len(COPIES) + 1, ten % size.readers + 1


def _audit(size: Size, at: str) -> Rows:
    number = 0
    for loan, (item, patron, _) in enumerate(_loans(size), 1):
        number += 1
        yield number, at, "checked_out", "librarian", patron, "", f'{{"loan":"{loan}","item":"{item}"}}', "{}"
    for hold, (_, patron) in enumerate(_waits(size), 1):
        number += 1
        yield number, at, "hold_placed", "patron", patron, "", f'{{"hold":"{hold}"}}', "{}"


def count(url: str, table: str) -> int:
    """How many rows the table has."""
    engine = open_engine(url)
    with engine.connect() as connection:
        found: int = connection.scalar(text(f"SELECT count(*) FROM {table}")) or 0
    engine.dispose()
    return found
