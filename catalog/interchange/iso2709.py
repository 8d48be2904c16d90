"""ISO 2709 files, record by record, however large and however broken.

Records end at their terminator, not where their leader says. Fields are found by the directory; where that cannot be
true (lengths of more than 99,999 bytes, entries cut off) the tags and the fields are taken in their order. Nearly
always the directory names them in their order: then the record is decoded and cut at once.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from itertools import accumulate
from pathlib import Path

from catalog.interchange import encodings, records
from catalog.interchange.describing import Unusable
from catalog.interchange.records import LEADER, Field, MarcRecord
from catalog.interchange.tables import Unreadable

CHUNK = 1 << 18
END = b"\x1d"
FIELD_END = b"\x1e"
LONGEST_RECORD = 4_000_000
ENTRY = 12
_ENTRY = re.compile(rb"(...)([0-9]{4})([0-9]{5})", re.DOTALL)
_BETWEEN = b"\r\n\t \x00\x1a"

Numbered = tuple[int, MarcRecord | Unusable | None]
"""A record's place in its file (1 is the first); the record, why it cannot be read, or None if it is passed over."""


def read(path: Path, *, after: int = 0, encoding: str = "") -> Iterator[tuple[Numbered, int]]:
    """The records of a file and the bytes read so far; the first `after` are passed over, unread.

    Each is in whatever encoding its bytes show, unless `encoding` says it.
    """
    number = 0
    with path.open("rb") as file:
        rest = b""
        while chunk := file.read(CHUNK):
            *whole, rest = (rest + chunk).split(END)
            for data in whole:
                if data.strip(_BETWEEN):
                    number += 1
                    yield (
                        (number, None if number <= after else decoded(data.lstrip(_BETWEEN) + END, encoding)),
                        (file.tell()),
                    )
            if len(rest) > LONGEST_RECORD:
                raise Unreadable(f"{path.name} is not ISO 2709: no record ends within {LONGEST_RECORD:,} bytes")
        if rest.strip(_BETWEEN):
            yield (number + 1, Unusable("the file breaks off in the middle of it")), file.tell()


def decoded(data: bytes, encoding: str = "") -> MarcRecord | Unusable:
    """One record from its bytes, or why not."""
    if len(data) <= LEADER + 1:
        return Unusable("it is no valid ISO 2709 record (it is shorter than a leader)")
    encoding = encoding or encodings.of_marc(data)
    if not encoding:
        return Unusable(records.NOT_DECODED)
    leader = data[:LEADER].decode("ascii", "replace")
    directory, _, body = data[LEADER:].partition(FIELD_END)
    fields = _at_once(directory, body, encoding) or _by_directory(data, directory) or _in_order(directory, body)
    if not fields:
        return Unusable("it is no valid ISO 2709 record (it has no fields)")
    return MarcRecord(leader, fields, records.decoder(encoding), data)


def _at_once(directory: bytes, body: bytes, encoding: str) -> Mapping[str, Sequence[Field]] | None:
    """All fields as text, where the directory names them in their order and each can be decoded; else None."""
    entries = _ENTRY.findall(directory)
    cut = body.split(FIELD_END)
    if encoding not in records.WHOLE or len(entries) * ENTRY != len(directory) or len(entries) != len(cut) - 1:
        return None
    lengths = [len(field) + 1 for field in cut[:-1]]
    if [int(length) for _, length, _ in entries] != lengths:
        return None
    if [int(start) for _, _, start in entries] != [0, *accumulate(lengths[:-1])][: len(entries)]:
        return None
    fields: dict[str, list[Field]] = {}
    try:
        text = records.decoder(encoding)(body)
        for (tag, _, _), field in zip(entries, text.split(FIELD_END.decode()), strict=False):
            fields.setdefault(tag.decode("ascii"), []).append(field)
    except ValueError:
        return None
    return fields


def _by_directory(data: bytes, directory: bytes) -> Mapping[str, Sequence[Field]] | None:
    """The fields where the directory says they are; None if one does not end there."""
    base = LEADER + len(directory) + 1
    fields: dict[str, list[bytes]] = {}
    try:
        for at in range(0, len(directory), ENTRY):
            length, start = int(directory[at + 3 : at + 7]), base + int(directory[at + 7 : at + ENTRY])
            end = start + length - 1
            if data[end : end + 1] != FIELD_END or data[start - 1 : start] != FIELD_END:
                return None
            fields.setdefault(directory[at : at + 3].decode("ascii"), []).append(data[start:end])
    except ValueError:
        return None
    return fields


def _in_order(directory: bytes, body: bytes) -> Mapping[str, Sequence[Field]]:
    """The tags of the directory with the fields as they follow each other."""
    fields: dict[str, list[bytes]] = {}
    tags = [directory[at : at + 3] for at in range(0, len(directory) - 2, ENTRY)]
    for tag, field in zip(tags, body.rstrip(END).split(FIELD_END), strict=False):
        if tag.isalnum():
            fields.setdefault(tag.decode("ascii", "replace"), []).append(field)
    return fields
