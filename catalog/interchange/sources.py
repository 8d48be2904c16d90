"""What came, in its own bytes: how each kind of source record is fingerprinted, kept and read again.

A row of a table is kept as its cells under our names for the columns (its line alone would say nothing); a MARC record
in the bytes of its file.
"""

from __future__ import annotations

import hashlib
import json
import zlib
from collections.abc import Mapping
from functools import cache
from pathlib import Path

from catalog.interchange import describing, iso2709, marc, marcxml
from catalog.interchange.describing import ItemUnusable, Places, Unusable
from catalog.records.describing import Entry, Origin
from catalog.records.sources import Reread, raw
from catalog.records.tables import SourceRecord

ROW, ISO2709, MARCXML = "row", "iso2709", "marcxml"
READING = 1
"""Raise it when records are read otherwise than before: every source then counts as changed once."""
_NO_NUMBER = "\u00a7"


def origin(kind: str, data: bytes, *, library: str, number: str, encoding: str = "", file: str = "") -> Origin:
    """Where a record comes from. Without a number, or without anybody whose number it is, its own words are its number:
    then a changed version is another record."""
    digest = hashlib.blake2b(data, digest_size=16, key=_reading() + encoding.encode()).digest()
    if not number or not library:
        number = f"{number}{_NO_NUMBER}{hashlib.blake2b(data, digest_size=8).hexdigest()}"
    return Origin(library, number, kind, zlib.compress(data, 1), digest, encoding, file)


def row_data(fields: Mapping[str, str]) -> bytes:
    """A row's cells as they are kept."""
    return json.dumps(fields, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "surrogatepass")


def described(
    kind: str, data: bytes, *, encoding: str, source: Mapping[str, str], places: Places
) -> tuple[Entry, tuple[ItemUnusable, ...]]:
    """A source record as an entry, with what is to be said of items that were left out. Raises Unusable."""
    if kind == ROW:
        return describing.entry(json.loads(data), source=source, places=places), ()
    record = marcxml.decoded(data) if kind == MARCXML else iso2709.decoded(data, encoding)
    if isinstance(record, Unusable):
        raise record
    return marc.entry(record, source=source, places=places)


def rereader(places: Places) -> Reread:
    """What reads kept source records again, for catalog.records."""

    def reread(source: SourceRecord) -> Entry | None:
        told = {"file": source.file} | ({"library": source.library} if source.library else {})
        of_library = Places(places.ids, source.library if source.library in places.ids else "", places.known_as)
        try:
            return described(
                source.kind, raw(source), encoding=source.encoding, source=told, places=of_library
            )[0]  # fmt: skip
        except Unusable:
            return None

    return reread


@cache
def _reading() -> bytes:
    """A fingerprint of how records are read: the maps decide what a field means."""
    told = hashlib.blake2b(str(READING).encode(), digest_size=16)
    for name in ("fieldmaps.json", "formats.json", "languages.json", "item_states.json"):
        told.update(Path(__file__).with_name(name).read_bytes())
    return told.digest()
