"""Records into the union, many at once: found again or made, filled up, with their items and recordings.

`add` is the use case of every import. It never commits, and logs every record made or changed for the indexes. An
entry with an origin is known by its library's number: changed it makes its record anew, deleted it goes. union.py
finds and writes, sources.py keeps what came, items.py does the items.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import func, select, text
from sqlalchemy.orm import Session

from catalog.records import items, sources
from catalog.records.describing import Entry, Origin
from catalog.records.matching import Held, same_by_description, same_by_isbn
from catalog.records.sources import Key, Reread
from catalog.records.tables import SourceRecord
from catalog.records.union import Union
from catalog.search.tables import touch_all

_UNION_LOCK = 7_253_002
"""PostgreSQL's advisory lock of adding: two imports never make the same work twice."""


@dataclass(frozen=True, slots=True)
class Added:
    """What became of an entry: its record, and whether that is `created`, `updated`, `merged` (found, unchanged),
    `deleted` or `unknown` (an item, or a deletion, of a record that its library never sent).

    `not_ours` are barcodes that belong to another library's items.
    """

    record: int
    outcome: str
    not_ours: tuple[str, ...] = ()


@dataclass(slots=True)
class _Placed:
    """What is known so far of one entry."""

    entry: Entry
    source: SourceRecord | None = None
    held: Held | None = None
    outcome: str = "unknown"
    why: dict[str, Any] = field(default_factory=dict)
    before: Entry | None = None
    left: int = 0
    """The record that its source belonged to, before it was changed so much that it belongs elsewhere."""

    @property
    def origin(self) -> Origin | None:
        """Where it comes from; None for a row of an item list, which is no record of its own."""
        return self.entry.origin

    @property
    def number(self) -> int:
        """Its record's number, once that is written; 0 for none."""
        return self.held.id if self.held else 0


def nothing(source: SourceRecord) -> None:
    """For `add`, where no source records were kept that might have to be read again."""


def add(
    session: Session,
    entries: Sequence[Entry],
    *,
    now: datetime,
    reread: Reread = nothing,
    within: Collection[int] | None = None,
) -> list[Added]:
    """Put `entries` into the union, in order; the same entry twice changes nothing the second time.

    No two entries have one origin. `reread` reads kept source records again, `within` are the org units of the
    importing library (None: all). The caller commits and writes the audit row of the whole import.
    """
    if session.get_bind().dialect.name == "postgresql":
        session.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _UNION_LOCK})
    known = sources.known(session, [entry.origin for entry in entries if entry.origin])
    listed = _listed(session, entries)
    held_by = [source.record_id for source in known.values() if source.record_id]
    union = Union(session, [entry for entry in entries if not entry.deleted], [*held_by, *listed.values()])
    placed: list[_Placed] = []
    here: dict[Key, Held] = {}
    for entry in entries:
        if entry.title or entry.deleted:
            one = _place(session, union, entry, known.get(_key(entry)), reread)
            if one.held and not entry.deleted:
                here[_key(entry)] = one.held
        else:
            one = _place_item(union, entry, here, listed)
        placed.append(one)
    for one in placed:
        if one.held and one.held.into:
            one.held, one.outcome = one.held.into, "merged"
            one.why = {"rule": "bridge"} if one.why.get("rule") == "first" else one.why
    changed = union.write()
    anew = _keep(session, placed, now=now)
    changed |= {record for record in anew if sources.rebuild(session, record, reread)}
    living = [(place, one) for place, one in enumerate(placed) if one.held and not one.entry.deleted]
    touched, refused = items.add_items(
        session,
        [(place, one.number, one.entry) for place, one in living],
        before=[(one.number, one.before) for _, one in living if one.before],
        within=within,
        now=now,
    )
    changed |= touched | items.add_recordings(session, [(one.number, one.entry) for _, one in living])
    for one in placed:
        if one.entry.deleted and one.outcome == "deleted":
            _delete(session, one, changed)
        elif one.left:
            sources.remove_if_bare(session, one.left)
    touch_all(session, sorted(changed))
    not_ours: dict[int, list[str]] = {}
    for item in refused:
        not_ours.setdefault(item.entry, []).append(item.barcode)
    return [
        Added(
            one.number,
            "updated" if one.outcome == "merged" and one.number in changed else one.outcome,
            tuple(not_ours.get(place, ())),
        )
        for place, one in enumerate(placed)
    ]


def _key(entry: Entry) -> Key:
    return (entry.origin.library, entry.origin.number) if entry.origin else ("", "")


def _listed(session: Session, entries: Sequence[Entry]) -> dict[Key, int]:
    """The records that rows of item lists name by their library's numbers."""
    wanted = [
        Origin(entry.source.get("library", ""), number, "", b"", b"")
        for entry in entries
        if not entry.title and not entry.deleted and (number := entry.source.get("number"))
    ]
    return {key: source.record_id for key, source in sources.known(session, wanted).items() if source.record_id}


def _place_item(union: Union, entry: Entry, here: dict[Key, Held], listed: dict[Key, int]) -> _Placed:
    """The record that a row of an item list belongs to: one of this batch, one that came before, or by its ISBN."""
    key = (entry.source.get("library", ""), entry.source.get("number", ""))
    held = here.get(key) or (union.held(listed[key]) if key in listed else union.by_isbn(entry.isbns))
    return _Placed(entry, held=held, outcome="merged" if held else "unknown")


def _place(session: Session, union: Union, entry: Entry, source: SourceRecord | None, reread: Reread) -> _Placed:
    if entry.deleted:
        held = union.held(source.record_id) if source and source.record_id else None
        outcome = "unknown" if source is None else "merged" if source.deleted_at else "deleted"
        return _Placed(entry, source, held, outcome, before=reread(source) if source else None)
    if source is None or source.record_id is None or (source.deleted_at and not source.kept_apart):
        held, outcome, why = union.place(entry)
        return _Placed(entry, source, held, outcome, why)
    held = union.held(source.record_id)
    assert held is not None  # the row refers to it
    before = reread(source)
    if source.kept_apart or _belongs(entry, held) or _alone(session, source):
        union.fill(entry, held)
        return _Placed(entry, source, held, "merged", source.why, before)
    moved, outcome, why = union.place(entry)
    return _Placed(entry, source, moved, "updated" if outcome == "merged" else outcome, why, left=held.id)


def _belongs(entry: Entry, held: Held) -> bool:
    """Whether a changed entry still describes the record that it was merged into."""
    if held.isbns.intersection(entry.isbns):
        return same_by_isbn(entry, held)
    return same_by_description(entry, held)


def _alone(session: Session, source: SourceRecord) -> bool:
    """Whether nobody else describes the record: then it changes with its one source."""
    others = select(func.count()).where(
        SourceRecord.record_id == source.record_id, SourceRecord.id != source.id, SourceRecord.deleted_at.is_(None)
    )
    return not session.scalar(others)


def _keep(session: Session, placed: Sequence[_Placed], *, now: datetime) -> list[int]:
    """Keep what came, and its newest version; the records that must be made anew from their sources."""
    anew: list[int] = []
    new = []
    for one in placed:
        if one.origin is None or (one.held is None and not one.entry.deleted):
            continue
        if one.source is None:
            if not one.entry.deleted:
                new.append((one.origin, one.number, one.why))
        elif one.entry.deleted:
            if one.outcome == "deleted":
                one.source.deleted_at = now
                anew += [one.source.record_id] if one.source.record_id else []
        else:
            sources.renew(one.source, one.origin)
            one.source.record_id, one.source.why = one.number, one.why
            anew += [one.number, *([one.left] if one.left else [])]
    sources.keep(session, new)
    session.flush()
    return list(dict.fromkeys(anew))


def _delete(session: Session, one: _Placed, changed: set[int]) -> None:
    """Take away what only this source said: its items, and the record if it was the last to describe it."""
    record = one.source.record_id if one.source else None
    if record is None:
        return
    if one.before:
        items.withdraw(session, one.before, record)
    if sources.remove_if_bare(session, record):
        changed.discard(record)
    else:
        changed.add(record)
