"""Items and recordings of entries into the union: made, corrected, withdrawn. Where an item is now is circulation's.

What a source says of an item's state counts as long as circulation has no say: an item that is lent, reserved or on its
way here keeps its state. Barcodes are one series in a union, but two village rooms may both have begun at 000001: an
import for one library never touches another library's item.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import insert, select
from sqlalchemy.orm import Session

from catalog.audiobooks.tables import Recording
from catalog.records.describing import Entry, ItemEntry
from catalog.records.tables import STATED, Item
from catalog.records.union import parts


@dataclass(frozen=True, slots=True)
class Refused:
    """An item that was not taken over: the entry's place in its batch, the barcode."""

    entry: int
    barcode: str


def add_items(
    session: Session,
    placed: Iterable[tuple[int, int, Entry]],
    *,
    before: Iterable[tuple[int, Entry]],
    within: Collection[int] | None,
    now: datetime,
) -> tuple[set[int], list[Refused]]:
    """Add or correct the items of entries (their place in the batch, their record, the entry).

    `before` are earlier versions of entries: an item that stood there and is not sent any more is withdrawn. `within`
    are the org units of the importing library, None where the import speaks for the whole union. Gives the records
    whose items changed, and the items of other libraries that were left alone.
    """
    wanted: dict[str, tuple[int, int, ItemEntry]] = {}
    for place, record, entry in placed:
        for item in entry.items:
            wanted.setdefault(item.barcode or f"{item.home_code}-{record}", (place, record, item))
    said: dict[str, str] = {}
    gone: dict[str, int] = {}
    for record, entry in before:
        for item in entry.items:
            said[item.barcode] = item.status
            if item.barcode and item.barcode not in wanted:
                gone[item.barcode] = record
    changed: set[int] = set()
    refused: list[Refused] = []
    present: dict[str, Item] = {}
    for part in parts([*wanted, *gone]):
        present.update({item.barcode: item for item in session.scalars(select(Item).where(Item.barcode.in_(part)))})
    rows = []
    for barcode, (place, record, item) in wanted.items():
        held = present.get(barcode)
        if held is None:
            rows.append(
                {
                    **{"record_id": record, "barcode": barcode, "call_number": item.call_number},
                    **{"home_id": item.home, "location_id": item.location or item.home, "added_at": now},
                    "status": item.status or "available",
                }
            )
            changed.add(record)
        elif within is not None and held.home_id not in within:
            refused.append(Refused(place, barcode))
        elif _correct(held, record, item, said.get(barcode)):
            changed.add(record)
    for barcode, record in gone.items():
        if (held := present.get(barcode)) and held.record_id == record and _withdraw(held):
            changed.add(record)
    if rows:
        session.connection().execute(insert(Item), rows)
    session.flush()
    return changed, refused


def withdraw(session: Session, entry: Entry, record: int) -> None:
    """Withdraw the items that a source listed and that are at hand; one that is lent stays until it comes back."""
    barcodes = [item.barcode or f"{item.home_code}-{record}" for item in entry.items]
    for part in parts(barcodes):
        for item in session.scalars(select(Item).where(Item.barcode.in_(part), Item.record_id == record)):
            _withdraw(item)
    session.flush()


def _withdraw(item: Item) -> bool:
    if item.status not in STATED or item.status == "withdrawn":
        return False
    item.status = "withdrawn"
    return True


def _correct(held: Item, record: int, item: ItemEntry, said: str | None) -> bool:
    """Take over what the source says anew of an item; `said` is the state it told the last time, if it is known."""
    before = (held.record_id, held.call_number, held.home_id, held.status)
    at_home = held.location_id == held.home_id
    held.record_id = record
    held.call_number = item.call_number or held.call_number
    if held.home_id != item.home and at_home:
        held.location_id = item.home
    held.home_id = item.home
    if item.status and item.status != said and held.status in STATED:
        held.status = item.status
    return before != (held.record_id, held.call_number, held.home_id, held.status)


def add_recordings(session: Session, pairs: Iterable[tuple[int, Entry]]) -> set[int]:
    """Add or correct the recordings of entries; the records whose recording changed."""
    wanted = {record: entry.recording for record, entry in pairs if entry.recording}
    if not wanted:
        return set()
    found = session.scalars(select(Recording).where(Recording.record_id.in_(wanted)))
    held = {recording.record_id: recording for recording in found}
    changed: set[int] = set()
    for record, entry in wanted.items():
        recording = held.get(record)
        if recording is None:
            recording = Recording(record_id=record, url="", seconds=0, narrator="", open_access=True)
            session.add(recording)
        told = (entry.url, entry.seconds, entry.narrator, entry.open_access)
        if (recording.url, recording.seconds, recording.narrator, recording.open_access) != told:
            recording.url, recording.seconds, recording.narrator, recording.open_access = told
            changed.add(record)
    session.flush()
    return changed
