"""One file into the union, a batch at a time: the way every record comes in, the demonstration's too.

Memory stays flat whatever the file's size. How far it came is committed with each batch, so that an import that was
killed goes on there; the same file again changes nothing, and costs little, since what is unchanged is known by its
fingerprint. The search index is brought up to date by the caller.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections import Counter
from collections.abc import Callable, Generator, Iterable, Mapping
from contextlib import closing
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from pathlib import Path

from sqlalchemy import select
from sqlalchemy.orm import Session, sessionmaker

from catalog import audit
from catalog.audit import Actor
from catalog.database import for_bulk
from catalog.garbage import seldom_collected
from catalog.interchange import ahead, holdings, iso2709, marcxml, sources, tables
from catalog.interchange.batches import Batches, Counts, LeftOut, Options, Read, Reject
from catalog.interchange.describing import Places, Unusable
from catalog.interchange.marc import agency_of, number_of
from catalog.interchange.records import MarcRecord
from catalog.interchange.tables import Reading, Unreadable
from catalog.organisation.tables import OrgUnit
from catalog.patrons import tables as _patrons  # noqa: F401 - audit rows point at patrons
from catalog.processes import cores
from catalog.records.tables import ImportProgress
from catalog.refusals import NotFound

__all__ = ["FORMATS", "ImportReport", "LeftOut", "Options", "Reject", "Unreadable", "import_file"]

FORMATS = ("auto", "marc", "marcxml", "csv", "xlsx", "holdings")
_TABLES = {"csv": tables.read_text, "xlsx": tables.read_workbook, "holdings": holdings.read}
LARGE = 8_000_000
"""Bytes from which a file is worth a process that reads ahead."""
_HEAD = 4096
_LEADER = re.compile(rb"[0-9]{5}[^\r\n\t,;]{15}45")


@dataclass(frozen=True, slots=True)
class ImportReport:
    """What became of a file's records; `deleted` ones their library has no more, `items_left_out` were told of."""

    file: str
    read: int
    created: int
    merged: int
    updated: int
    rejected: int
    deleted: int = 0
    items_left_out: int = 0


@dataclass(frozen=True, slots=True)
class _Way:
    """The way through one file: its kind, where to begin, how tables are read."""

    path: Path
    kind: str
    library: str
    after: int = 0
    reading: Reading = field(default_factory=Reading)


def import_file(
    session_factory: sessionmaker[Session],
    path: Path,
    *,
    library: str | None = None,
    format: str = "auto",
    now: datetime,
    by: Actor,
    options: Options | None = None,
    on_reject: Callable[[Reject], None] | None = None,
    on_left_out: Callable[[LeftOut], None] | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> ImportReport:
    """Read `path` into the union; commits a batch at a time, and goes on where a killed import of it ended.

    `library` is the OrgUnit.code that items belong to (NotFound if there is none such), None the union. `progress` is
    told bytes read and bytes in all. Raises Unreadable if the file cannot be read at all, OSError if not opened.
    """
    options = options or Options()
    places = places_of(session_factory, library, options)
    kind = _kind(path, format)
    size = path.stat().st_size
    fingerprint = _fingerprint(path, library or "", kind, options)
    reached, counts = _begun(session_factory, fingerprint)
    batches = Batches(
        session_factory,
        file=str(path),
        places=places,
        options=options,
        counts=counts,
        fingerprint=fingerprint,
        now=now,
        on_reject=on_reject or _silent,
        on_left_out=on_left_out or _silent,
    )
    reading = Reading(options.columns, options.encoding, options.told)
    way = _Way(path, kind, library or "", reached, reading)
    records = _records(way)
    if kind == "marc" and size >= LARGE and cores() > 1 and not options.create_places:
        records = ahead.read(partial(iso2709_records, path, way.library, options.encoding), reached, path.name, places)
    with seldom_collected(), for_bulk(session_factory.kw["bind"]), closing(records):
        for read, at in records:
            if batches.take(read) and progress:
                progress(min(at, size), size)
        batches.finish()
    if progress:
        progress(size, size)
    with session_factory.begin() as session:
        ids = {"library": library, "read": counts["read"], **{name: counts[name] for name in ("created", "updated")}}
        audit.record(session, "records_imported", now=now, by=by, ids={**ids, "merged": counts["merged"]})
    return ImportReport(str(path), **{name: counts[name] for name in ImportReport.__slots__ if name != "file"})


def import_rows(
    session_factory: sessionmaker[Session],
    rows: Iterable[tuple[int, Mapping[str, str] | Unusable]],
    *,
    file: str,
    library: str,
    options: Options,
    now: datetime,
    by: Actor,
    on_reject: Callable[[Reject], None],
) -> ImportReport:
    """Rows of another system's tables, with our names for their columns, as a list of items would bring them."""
    counts: Counts = Counter()
    batches = Batches(
        session_factory,
        file=file,
        places=places_of(session_factory, library, options),
        options=options,
        counts=counts,
        fingerprint=f"rows {library} {file}",
        by_position=False,
        now=now,
        on_reject=on_reject,
        on_left_out=_silent,
    )
    for position, fields in rows:
        batches.take(_row(position, fields if isinstance(fields, Unusable) else dict(fields), library, file))
    batches.finish()
    with session_factory.begin() as session:
        audit.record(session, "records_imported", now=now, by=by, ids={"library": library, "read": counts["read"]})
    return ImportReport(file, **{name: counts[name] for name in ImportReport.__slots__ if name != "file"})


def _silent(told: object) -> None:
    """Nobody listens."""


def iso2709_records(path: Path, library: str, encoding: str, *, after: int) -> Generator[tuple[Read, int]]:
    """The records of an ISO 2709 file that come after number `after`, and the bytes read so far."""
    way = _Way(path, "marc", library, after, Reading(encoding=encoding))
    for (position, record), at in iso2709.read(path, after=after, encoding=encoding):
        if record is not None:
            yield _marc(position, record, way, path.name), at


def _records(way: _Way) -> Generator[tuple[Read, int]]:
    """Each record of the file that comes after those already taken in, and the bytes read so far."""
    name = way.path.name
    if way.kind in _TABLES:
        for (position, fields), at in _TABLES[way.kind](way.path, way.reading):
            if position > way.after:
                yield _row(position, fields, way.library, name), at
        return
    if way.kind != "marcxml":
        yield from iso2709_records(way.path, way.library, way.reading.encoding, after=way.after)
        return
    for (position, record), at in marcxml.read(way.path, after=way.after):
        if record is not None:
            yield _marc(position, record, way, name), at


def _row(position: int, fields: dict[str, str] | Unusable, library: str, file: str) -> Read:
    if isinstance(fields, Unusable):
        return Read(position, fields)
    if "title" not in fields:
        return Read(position, fields)
    barcode = fields.get("barcode", "").strip()
    number = fields.get("number", "").strip() or (f"barcode {barcode}" if barcode else "")
    data = sources.row_data(fields)
    return Read(position, fields, sources.origin(sources.ROW, data, library=library, number=number, file=file))


def _marc(position: int, record: MarcRecord | Unusable, way: _Way, file: str) -> Read:
    if isinstance(record, Unusable):
        return Read(position, record)
    try:
        number, library = number_of(record), way.library or agency_of(record)
    except Unusable as error:
        return Read(position, error)
    kind = sources.MARCXML if way.kind == "marcxml" else sources.ISO2709
    origin = sources.origin(
        kind, record.raw, library=library, number=number, encoding=way.reading.encoding, file=file
    )  # fmt: skip
    return Read(position, record, origin)


def places_of(sessions: sessionmaker[Session], library: str | None, options: Options) -> Places:
    """The organisation's codes for an import. Raises NotFound for a library that is none of them."""
    with sessions() as session:
        ids = dict(session.execute(select(OrgUnit.code, OrgUnit.id)).all())
    if library and library not in ids:
        raise NotFound(what=library)
    return Places(ids, library or "", options.places, options.states)


def _begun(sessions: sessionmaker[Session], fingerprint: str) -> tuple[int, Counts]:
    """Where an import of this file broke off and what it had counted; the beginning if none did."""
    with sessions() as session:
        progress = session.get(ImportProgress, fingerprint)
        if progress is None or not progress.reached:
            return 0, Counter()
        return int(progress.reached), Counter(progress.counts)


def _fingerprint(path: Path, library: str, kind: str, options: Options) -> str:
    """Tells a file and the way it is read from others, without reading all of it."""
    told = hashlib.blake2b(digest_size=16)
    told.update(json.dumps([path.stat().st_size, library, kind, options.told_apart()]).encode())
    with path.open("rb") as file:
        told.update(file.read(1 << 16))
        file.seek(-min(path.stat().st_size, 1 << 16), 2)
        told.update(file.read())
    return f"file {told.hexdigest()}"


def _kind(path: Path, format: str) -> str:
    """The kind of a file, from its first bytes. Raises Unreadable."""
    if format != "auto":
        return format
    with path.open("rb") as file:
        head = file.read(_HEAD)
    if not head.strip():
        raise Unreadable(f"{path.name} is empty")
    if head.startswith(b"PK\x03\x04"):
        return "xlsx"
    if head.startswith(b"\xd0\xcf\x11\xe0"):
        raise Unreadable(f"{path.name} is an old Excel file: save it as .xlsx or .csv")
    start = head.lstrip(b"\xef\xbb\xbf \r\n\t")
    if start.startswith(b"<") or head.startswith((b"\xff\xfe<\x00", b"\xfe\xff\x00<")):
        return "holdings" if holdings.NAMESPACE.encode() in head and b"MARC21/slim" not in head else "marcxml"
    if _LEADER.match(start) or (b"\x1e" in head and b"\x1f" in head):
        return "marc"
    if b"\x00" in head and not head.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise Unreadable(f"{path.name} is neither a table nor MARC")
    return "csv"
