"""Batches of read records on their way into the union, whatever they were read from: a file or a harvest.

A batch is one transaction: what it holds, and how far the import has come. If the database refuses it, its records are
tried one by one, so that only the bad one falls. What is unchanged since the last time is not even described.
"""

from __future__ import annotations

import dataclasses
from collections import Counter
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from sqlalchemy import select
from sqlalchemy.exc import DataError, IntegrityError
from sqlalchemy.orm import Session, sessionmaker

from catalog.garbage import batch_done
from catalog.interchange import describing, marc, sources
from catalog.interchange.describing import ItemUnusable, Places, Unusable
from catalog.interchange.records import MarcRecord
from catalog.interchange.tables import Told
from catalog.organisation.tables import LEVELS, OrgUnit
from catalog.records.adding import Added, add
from catalog.records.describing import Entry, Origin
from catalog.records.sources import unchanged
from catalog.records.tables import ImportProgress

BATCH = 1000
Counts = Counter[str]
Described = tuple[Entry, tuple[ItemUnusable, ...]]


@dataclass(frozen=True, slots=True)
class Reject:
    """A record left out: its file, its place there (a line, or the record's number), and one sentence that says why."""

    file: str
    position: int
    reason: str


@dataclass(frozen=True, slots=True)
class LeftOut:
    """An item left out of a record that came in: `code` is the place nobody knows, if it was that."""

    file: str
    position: int
    barcode: str
    reason: str
    code: str = ""


@dataclass(frozen=True, slots=True)
class Options:
    """What an operator may say about a file.

    `columns` are headings and our names for them, `places` codes of the source's own and ours for them, `states` whose
    numbers its items' states are. `create_places` makes branches of codes that nobody knows.
    """

    encoding: str = ""
    columns: Mapping[str, str] = field(default_factory=dict)
    places: Mapping[str, str] = field(default_factory=dict)
    states: str = ""
    create_places: bool = False
    told: Told = lambda columns: None

    def told_apart(self) -> list[object]:
        """What makes the same file another import."""
        columns, places = sorted(self.columns.items()), sorted(self.places.items())
        return [self.encoding, columns, places, self.states, self.create_places]


@dataclass(frozen=True, slots=True)
class Read:
    """One record as it was read: its place, what it holds or why it cannot be read, and where it comes from.

    `deleted` is for sources that tell of a deletion without the record. `described` is what the record says, where it
    was described as it was read (ahead.py): then `found` is empty.
    """

    position: int
    found: MarcRecord | Mapping[str, str] | Unusable
    origin: Origin | None = None
    deleted: bool = False
    described: Described | None = None


def described_of(read: Read, file: str, places: Places) -> Described:
    """What a record of a file says, with what is to be said of items that were left out. Raises Unusable."""
    source = {"file": file}
    if library := places.library or (read.origin.library if read.origin else ""):
        source["library"] = library
    if isinstance(read.found, MarcRecord):
        return marc.entry(read.found, source=source, places=places)
    assert not isinstance(read.found, Unusable)
    return describing.entry(read.found, source=source, places=places), ()


class Batches:
    """Takes records in and adds them to the union by batches."""

    def __init__(
        self,
        sessions: sessionmaker[Session],
        *,
        file: str,
        places: Places,
        options: Options,
        counts: Counts,
        fingerprint: str,
        by_position: bool = True,
        now: datetime,
        on_reject: Callable[[Reject], None],
        on_left_out: Callable[[LeftOut], None],
    ) -> None:
        self._sessions = sessions
        self._file = file
        self._name = Path(file).name
        self._places = places
        self._options = options
        self._counts = counts
        self._fingerprint = fingerprint
        self._by_position = by_position
        self._now = now
        self._on_reject = on_reject
        self._on_left_out = on_left_out
        self._batch: list[Read] = []
        self._keys: set[tuple[str, str]] = set()
        self._within = self._subtree()

    def take(self, read: Read) -> bool:
        """Take a record; True if a batch was written with it."""
        key = (read.origin.library, read.origin.number) if read.origin else None
        full = len(self._batch) >= BATCH or key in self._keys  # a record that comes twice: the later one is the newer
        if full:
            self.write()
        self._batch.append(read)
        if key:
            self._keys.add(key)
        return full

    def write(self, *, reached: str | None = None) -> None:
        """Write what was taken; `reached` says how far that is.

        Without it, it is the last record's place, if progress is counted so; else nothing is noted yet.
        """
        batch, self._batch = self._batch, []
        self._keys.clear()
        told: list[Reject | LeftOut] = []
        counts: Counts = Counter()
        try:
            with self._sessions.begin() as session:
                self._add(session, batch, counts, told)
                self._remember(session, batch, counts, reached)
        except (IntegrityError, DataError):
            told.clear()
            counts = Counter()
            for one in batch:
                self._add_alone(one, counts, told)
            with self._sessions.begin() as session:
                self._remember(session, batch, counts, reached)
        self._counts.update(counts)
        batch.clear()
        batch_done()
        for word in told:
            if isinstance(word, Reject):
                self._on_reject(word)
            else:
                self._on_left_out(word)

    def finish(self) -> None:
        """Write the rest; the import is at its end."""
        self.write(reached="")

    def _add_alone(self, one: Read, counts: Counts, told: list[Reject | LeftOut]) -> None:
        try:
            with self._sessions.begin() as session:
                self._add(session, [one], counts, told)
        except (IntegrityError, DataError):
            self._reject(one, "the database does not take it", counts, told)

    def _add(self, session: Session, batch: Sequence[Read], counts: Counts, told: list[Reject | LeftOut]) -> None:
        counts["read"] += len(batch)
        same = unchanged(session, [read.origin for read in batch if read.origin and not read.deleted])
        entries: list[tuple[Read, Entry]] = []
        for read in batch:
            if read.origin and (read.origin.library, read.origin.number) in same:
                counts["merged"] += 1
                continue
            try:
                entries.append((read, self._described(session, read, told)))
            except Unusable as error:
                self._reject(read, str(error), counts, told)
        added = add(
            session,
            [entry for _, entry in entries],
            now=self._now,
            reread=sources.rereader(self._places),
            within=self._within,
        )
        for (read, entry), one in zip(entries, added, strict=True):
            self._count(read, entry, one, counts, told)
        counts["items_left_out"] += sum(isinstance(one, LeftOut) for one in told)

    def _count(self, read: Read, entry: Entry, one: Added, counts: Counts, told: list[Reject | LeftOut]) -> None:
        for barcode in one.not_ours:
            reason = "its barcode belongs to an item of another library"
            told.append(LeftOut(self._file, read.position, barcode, reason))
        if one.outcome != "unknown":
            counts[one.outcome] += 1
        elif entry.deleted:
            counts["merged"] += 1  # it is not there, as it should be
        else:
            named = entry.source.get("number") or ", ".join(entry.isbns)
            self._reject(read, f"no record is known as {named}: import the records before their items", counts, told)

    def _described(self, session: Session, read: Read, told: list[Reject | LeftOut]) -> Entry:
        """The record as an entry; items that are left out are told of. Raises Unusable."""
        if isinstance(read.found, Unusable):
            raise read.found
        if read.deleted or (isinstance(read.found, MarcRecord) and read.found.deleted):
            return Entry(title="", origin=read.origin, deleted=True)
        entry, left_out = read.described or self._entry(read)
        while self._options.create_places and (unknown := [item.code for item in left_out if item.code]):
            self._create(session, unknown)
            entry, left_out = self._entry(read)
        told += [LeftOut(self._file, read.position, item.barcode, str(item), item.code) for item in left_out]
        origin = read.origin
        if left_out and origin:  # it is looked at again the next time: the place may be known by then
            origin = dataclasses.replace(origin, digest=b"")
        return dataclasses.replace(entry, origin=origin) if origin and entry.title else entry

    def _entry(self, read: Read) -> Described:
        try:
            return described_of(read, self._name, self._places)
        except ItemUnusable as error:
            if not self._options.create_places or not error.code:
                raise
            return Entry(title=""), (error,)

    def _create(self, session: Session, codes: Sequence[str]) -> None:
        """Make branches of the importing library for codes that nobody knows; a librarian gives them names later."""
        parent = session.get(OrgUnit, self._places.ids.get(self._places.library, 0))
        level = LEVELS[min(LEVELS.index(parent.level) + 1, len(LEVELS) - 1)] if parent else "township"
        for code in dict.fromkeys(codes):
            unit = OrgUnit(code=code, level=level, kind="branch", name=code, parent=parent)
            session.add(unit)
            session.flush()
            self._places = dataclasses.replace(self._places, ids={**self._places.ids, code: unit.id})
            if self._within is not None:
                self._within = {*self._within, unit.id}

    def _reject(self, read: Read, reason: str, counts: Counts, told: list[Reject | LeftOut]) -> None:
        counts["rejected"] += 1
        told.append(Reject(self._file, read.position, reason))

    def _remember(self, session: Session, batch: Sequence[Read], counts: Counts, reached: str | None) -> None:
        if reached is None and not self._by_position:
            return
        if reached is None:
            reached = str(batch[-1].position) if batch else ""
        progress = session.get(ImportProgress, self._fingerprint)
        if progress is None:
            progress = ImportProgress(source=self._fingerprint)
            session.add(progress)
        progress.reached, progress.counts = reached, dict(self._counts + counts)

    def _subtree(self) -> Collection[int] | None:
        """The org units of the importing library; None where the import speaks for the union."""
        if not self._places.library:
            return None
        with self._sessions() as session:
            parents = dict(session.execute(select(OrgUnit.id, OrgUnit.parent_id)).all())
        found = {self._places.ids[self._places.library]}
        while further := {unit for unit, parent in parents.items() if parent in found} - found:
            found |= further
        return found
