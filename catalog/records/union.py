"""The part of the union that some entries touch: read in a few statements, matched in memory, written in a few.

Everything goes in bulk (thousands of records a second); adding.py says in which order. What makes two entries one
record or one work is matching.py's.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from typing import Any, TypeVar

from sqlalchemy import Table, func, insert, select, text, update
from sqlalchemy.orm import InstrumentedAttribute, Session

from catalog.records import joining
from catalog.records.describing import Entry
from catalog.records.matching import (
    Held,
    described_alike,
    fresh_record,
    nearest,
    news,
    same_as_told,
    same_by_description,
    same_by_isbn,
    same_makers,
    same_original,
)
from catalog.records.names import same_person, title_key, work_key
from catalog.records.tables import BibliographicRecord, RecordIsbn, Work, WorkTitle

_AT_ONCE = 500
FIELDS = (
    *("format", "title", "subtitle", "volume", "authors", "publisher", "year", "language", "clc", "subjects"),
    *("popularity", "source"),
)
"""What a record knows of itself, by the same names in Held and in the table."""
T = TypeVar("T")


class Union:
    """Works and records as they are, and as they will be once `write` was called."""

    def __init__(self, session: Session, entries: Sequence[Entry], records: Collection[int] = ()) -> None:
        self._session = session
        self._records: dict[int, Held] = {}
        self._by_work: dict[int, list[Held]] = {}
        self._by_isbn: dict[str, list[Held]] = {}
        self._by_title: dict[str, list[int]] = {}
        self._work_keys: set[str] = set()
        self._new_works: list[dict[str, Any]] = []
        self._new_titles: list[dict[str, Any]] = []
        self._new: list[Held] = []
        self._fresh: dict[int, dict[str, Any]] = {}
        self._new_isbns: list[tuple[Held, str]] = []
        self._moved: set[int] = set()
        self._next_work = -1
        self._keys = {id(entry): _title_keys(entry) for entry in entries}
        self._read(entries, records)

    def place(self, entry: Entry) -> tuple[Held, str, dict[str, Any]]:
        """The record of an entry (not yet written if it is new), its outcome, and why it is that one."""
        for isbn in entry.isbns:
            held = nearest(entry, [one for one in self._by_isbn.get(isbn, ()) if same_by_isbn(entry, one)])
            if held:
                self._absorb_twins(entry, held)
                return held, self.fill(entry, held), {"rule": "isbn", "isbn": isbn}
        keys = self._keys[id(entry)]
        works = self._works_of(entry, keys)
        for work in works:
            held = nearest(entry, [one for one in self._by_work[work] if same_by_description(entry, one)])
            if held:
                return held, self.fill(entry, held), {"rule": "description", "same": described_alike(entry, held)}
        if works:
            shared = self._shared_title(works[0], keys)
            held = self.make(entry, self._joined(entry, works, keys))
            return held, "created", {"rule": "first", "work": {"title": shared}}
        return self.make(entry, self._make_work(entry)), "created", {"rule": "first"}

    def held(self, number: int) -> Held | None:
        """A record that was asked for, or that an entry has in common with the union."""
        return self._records.get(number)

    def by_isbn(self, isbns: Iterable[str]) -> Held | None:
        """The oldest record with one of these ISBNs."""
        return next((held for isbn in isbns for held in self._by_isbn.get(isbn, ())), None)

    def fill(self, entry: Entry, held: Held) -> str:
        """Let the record learn what the entry knows more; "updated" if there was something."""
        outcome = "merged"
        if fresh := news(entry, held):
            self.change(held, fresh)
            outcome = "updated"
        for isbn in entry.isbns:
            if isbn not in held.isbns:
                self._add_isbn(held, isbn)
                outcome = "updated"
        return outcome

    def change(self, held: Held, fresh: dict[str, Any]) -> None:
        """Give the record other values."""
        for name, value in fresh.items():
            setattr(held, name, value)
        if held.id > 0:
            self._fresh.setdefault(held.id, {}).update(fresh)

    def make(self, entry: Entry, work: int) -> Held:
        """A new record of a work."""
        held = fresh_record(entry, number=-1 - len(self._new), work=work)
        self._new.append(held)
        self._by_work.setdefault(work, []).append(held)
        for isbn in dict.fromkeys(entry.isbns):
            self._add_isbn(held, isbn)
        for key in self._keys[id(entry)]:
            self._add_title(key, work)
        return held

    def write(self) -> set[int]:
        """Write what is new; the ids of the records made or changed. Records that were given out know theirs now."""
        session = self._session
        connection = session.connection()
        numbers = dict(zip(
            (row["id"] for row in self._new_works), _fresh_ids(session, Work.id, len(self._new_works)), strict=True
        ))  # fmt: skip
        if self._new_works:
            rows = [{"id": numbers[row["id"]], "key": row["key"]} for row in self._new_works]
            connection.execute(insert(_table(Work)), rows)
        if self._new_titles:
            rows = [{**row, "work_id": numbers.get(row["work_id"], row["work_id"])} for row in self._new_titles]
            connection.execute(insert(_table(WorkTitle)), rows)
        changed = set(self._fresh) | self._moved
        if self._new:
            for held, number in zip(
                self._new, _fresh_ids(session, BibliographicRecord.id, len(self._new)), strict=True
            ):
                held.id, held.work = number, numbers.get(held.work, held.work)
                changed.add(number)
            connection.execute(insert(_table(BibliographicRecord)), [_row(held) for held in self._new])
        for number, fresh in self._fresh.items():
            session.execute(update(BibliographicRecord).where(BibliographicRecord.id == number).values(**fresh))
        if self._new_isbns:
            rows = [{"record_id": held.id, "isbn": isbn} for held, isbn in self._new_isbns]
            connection.execute(insert(_table(RecordIsbn)), rows)
            changed.update(held.id for held, _ in self._new_isbns)
        return changed

    def _works_of(self, entry: Entry, keys: Sequence[str]) -> list[int]:
        """The works with a title of the entry's and the same makers, the likeliest first."""
        found = dict.fromkeys(work for key in keys for work in self._by_title.get(key, ()))
        fitting = [
            work
            for work in found
            if any(same_makers(entry.authors, held.authors) for held in self._by_work.get(work, ()))
        ]
        fitting.sort(key=lambda work: (not self._surely(entry, work), _age(work)))
        original = self._by_original(entry, keys)
        return fitting if original is None or original in fitting else [*fitting, original]

    def _surely(self, entry: Entry, work: int) -> bool:
        """Whether the first of its makers is the first of the work's."""
        firsts = {held.authors[0] for held in self._by_work.get(work, ()) if held.authors}
        return bool(entry.authors) and any(same_person(entry.authors[0], first) for first in firsts)

    def _by_original(self, entry: Entry, keys: Sequence[str]) -> int | None:
        """The work that a translation names by its original title: the one with most editions, if there are several
        (retellings have the same title)."""
        found = [
            work
            for key in keys[1:]
            for work in self._by_title.get(key, ())
            if same_original(entry, key, self._by_work.get(work, ()))
        ]
        return max(found, key=lambda work: (len(self._by_work.get(work, ())), -_age(work)), default=None)

    def _joined(self, entry: Entry, works: Sequence[int], keys: Sequence[str]) -> int:
        """The work for an entry: several that it shows to be one become the oldest of them.

        A work that a reader waits for stays as it is: his hold speaks of it.
        """
        original = self._by_original(entry, keys) if entry.authors else None
        shown = [work for work in works if work == original or self._surely(entry, work)] or works[:1]
        kept = min(shown, key=_age)
        for other in shown:
            if other != kept and (other < 0 or self._moved_work(other, kept)):
                for held in self._by_work.pop(other, []):
                    held.work = kept
                    self._by_work[kept].append(held)
                    if held.id > 0:
                        self._moved.add(held.id)
                for key, known in self._by_title.items():
                    if other in known:
                        known.remove(other)
                        self._add_title(key, kept)
                self._new_titles = [row for row in self._new_titles if row["work_id"] != other]
                self._new_works = [row for row in self._new_works if row["id"] != other]
        return kept

    def _absorb_twins(self, entry: Entry, held: Held) -> None:
        """Let earlier records without an ISBN that are described just as the entry is become part of its record."""
        works = [work for key in self._keys[id(entry)] for work in self._by_title.get(key, ())]
        for work in dict.fromkeys([held.work, *works]):
            for twin in list(self._by_work.get(work, ())):
                if twin is not held and same_as_told(entry, twin) and (twin.id < 0 or self._moved_into(twin, held)):
                    twin.into = held
                    self._by_work[work].remove(twin)
                    self._new = [new for new in self._new if new is not twin]
                    lacking = {name: getattr(twin, name) for name in FIELDS if not getattr(held, name)}
                    if lacking:
                        self.change(held, lacking)

    def _moved_into(self, twin: Held, held: Held) -> bool:
        if held.id < 0 or not joining.move_record(self._session, twin.id, held.id):
            return False
        self._moved |= {twin.id, held.id}
        self._fresh.pop(twin.id, None)
        return True

    def _moved_work(self, work: int, kept: int) -> bool:
        titles = joining.move_work(self._session, work, kept)
        if titles is None:
            return False
        titles -= {row["title_key"] for row in self._new_titles if row["work_id"] == kept}
        titles -= set(self._by_title)  # these are moved with the others in memory
        self._new_titles += [{"title_key": key, "work_id": kept} for key in sorted(titles)]
        return True

    def _shared_title(self, work: int, keys: Sequence[str]) -> str:
        return next(key for key in keys if work in self._by_title.get(key, ())).rstrip("|").replace("|", " ")

    def _make_work(self, entry: Entry) -> int:
        key = work_key(entry.title, entry.volume, entry.authors)
        unique, further = key, 1
        while unique in self._work_keys:
            further += 1
            unique = f"{key}|{further}"
        self._work_keys.add(unique)
        number, self._next_work = self._next_work, self._next_work - 1
        self._new_works.append({"id": number, "key": unique})
        self._by_work[number] = []
        return number

    def _add_title(self, key: str, work: int) -> None:
        known = self._by_title.setdefault(key, [])
        if work not in known:
            known.append(work)
            self._new_titles.append({"title_key": key, "work_id": work})

    def _add_isbn(self, held: Held, isbn: str) -> None:
        held.isbns.add(isbn)
        self._new_isbns.append((held, isbn))
        self._by_isbn.setdefault(isbn, []).append(held)

    def _read(self, entries: Sequence[Entry], records: Collection[int]) -> None:
        """Load the records of the titles and ISBNs in question, and the works they belong to."""
        session = self._session
        keys = list(dict.fromkeys(key for several in self._keys.values() for key in several))
        works: dict[int, None] = {}
        for part in parts(keys):
            for key, work in session.execute(
                select(WorkTitle.title_key, WorkTitle.work_id)
                .where(WorkTitle.title_key.in_(part))
                .order_by(WorkTitle.title_key, WorkTitle.work_id)
            ):
                self._by_title.setdefault(key, []).append(work)
                works[work] = None
        names = list({work_key(entry.title, entry.volume, entry.authors) for entry in entries if entry.title})
        for part in parts([f"{name}|{further}" if further > 1 else name for name in names for further in (1, 2, 3)]):
            self._work_keys.update(session.scalars(select(Work.key).where(Work.key.in_(part))))
        wanted = set(records)
        for part in parts(list({isbn for entry in entries for isbn in entry.isbns})):
            wanted.update(session.scalars(select(RecordIsbn.record_id).where(RecordIsbn.isbn.in_(part))))
        table = BibliographicRecord
        columns = [getattr(table, name) for name in FIELDS]
        for column, numbers in ((table.id, sorted(wanted)), (table.work_id, sorted(works))):
            for some in parts(numbers):
                for row in session.execute(select(table.id, table.work_id, *columns).where(column.in_(some))):
                    if row.id not in self._records:
                        self._records[row.id] = Held(*row)
        for some in parts(list(self._records)):
            pairs = select(RecordIsbn.record_id, RecordIsbn.isbn).where(RecordIsbn.record_id.in_(some))
            for number, isbn in session.execute(pairs):
                self._records[number].isbns.add(isbn)
        for one in sorted(self._records.values(), key=lambda one: one.id):
            self._by_work.setdefault(one.work, []).append(one)
            for isbn in one.isbns:
                self._by_isbn.setdefault(isbn, []).append(one)


def parts(values: list[T]) -> Iterable[list[T]]:
    """`values` in stretches that fit into one statement."""
    return (values[at : at + _AT_ONCE] for at in range(0, len(values), _AT_ONCE))


def _title_keys(entry: Entry) -> list[str]:
    """The keys under which the entry's work is looked for: its title, and the original one."""
    if not entry.title:
        return []
    keys = [title_key(entry.title, entry.volume)]
    if entry.original and (original := title_key(entry.original, entry.volume)) != keys[0]:
        keys.append(original)
    return keys


def _age(work: int) -> int:
    """Works in their order of coming: those not yet written (negative numbers) after all others."""
    return work if work > 0 else 1_000_000_000_000 - work


def _row(held: Held) -> dict[str, Any]:
    return {"id": held.id, "work_id": held.work, **{name: getattr(held, name) for name in FIELDS}}


def _table(table: type[Any]) -> Table:
    """The table itself: rows without ORM's bookkeeping."""
    found = table.__table__
    assert isinstance(found, Table)
    return found


def _fresh_ids(session: Session, column: InstrumentedAttribute[int], count: int) -> Iterable[int]:
    """Fresh ids for a table: given out beforehand, so that rows go in by the thousand without asking for their ids.

    Nobody else adds meanwhile: SQLite has one writer, and PostgreSQL's ids come from the table's own sequence.
    """
    if not count:
        return ()
    if session.get_bind().dialect.name == "postgresql":
        sequence = text("SELECT nextval(pg_get_serial_sequence(:table, 'id')) FROM generate_series(1, :count)")
        return list(session.scalars(sequence, {"table": column.class_.__tablename__, "count": count}))
    last = session.scalar(select(func.max(column))) or 0
    return range(last + 1, last + 1 + count)
