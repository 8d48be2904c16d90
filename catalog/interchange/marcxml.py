"""MARCXML in any envelope (a collection, SRU, OAI-PMH, Z39.50's OPAC records), record by record, with its own bytes.

expat reads; tags are known by their local names, so that prefixes do not matter. What a file is written in is what its
XML declaration says; expat knows a few encodings, so the rest (GB18030 above all) is put into UTF-8 first.
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from xml.parsers import expat

from catalog.interchange.describing import Unusable
from catalog.interchange.iso2709 import Numbered
from catalog.interchange.records import LEADER, Field, MarcRecord, utf8
from catalog.interchange.tables import Unreadable

CHUNK = 1 << 18
_DECLARED = re.compile(rb"""^\s*<\?xml[^>]*encoding\s*=\s*["']([A-Za-z0-9._-]+)""")


def read(path: Path, *, after: int = 0) -> Iterator[tuple[Numbered, int]]:
    """The records of a file and the bytes read so far; the first `after` are passed over."""
    reader = Reader()
    number = 0
    with path.open("rb") as file:
        incoming = _to_utf8(file.read(CHUNK), path)
        file.seek(0)
        broken = ""
        while not broken and (chunk := file.read(CHUNK)):
            broken = reader.feed(incoming(chunk))
            for record in reader.taken():
                number += 1
                yield (number, None if number <= after else record), file.tell()
        broken = broken or reader.close()
        if broken and not number:
            raise Unreadable(f"{path.name} is no readable XML: {broken}")
        if not number:
            raise Unreadable(f"{path.name} is XML without a MARC record in it")
        if broken:
            yield (number + 1, Unusable(broken)), file.tell()


def decoded(raw: bytes) -> MarcRecord | Unusable:
    """The record in one element's bytes."""
    reader = Reader()
    reader.feed(raw)
    return next(iter(reader.taken()), Unusable("it is no MARCXML record"))


class Reader:
    """Fed with UTF-8, gives the complete records; one with a nameless field is told of and the rest goes on."""

    def __init__(self) -> None:
        self._parser = expat.ParserCreate("utf-8")
        self._parser.buffer_text = True
        self._parser.StartElementHandler = self._start
        self._parser.EndElementHandler = self._end
        self._parser.CharacterDataHandler = self._text
        self._held = b""
        self._held_from = 0
        self._began: int | None = None
        self._done: list[MarcRecord | Unusable] = []
        self._clear()

    def feed(self, data: bytes) -> str:
        """Read on; a sentence if the XML is broken here."""
        self._held += data
        try:
            self._parser.Parse(data, False)
        except expat.ExpatError as error:
            return f"the XML breaks off here ({expat.ErrorString(error.code)}, line {error.lineno})"
        keep_from = self._parser.CurrentByteIndex if self._began is None else self._began
        if keep_from > self._held_from:
            self._held = self._held[keep_from - self._held_from :]
            self._held_from = keep_from
        return ""

    def close(self) -> str:
        """The end; a sentence if the XML is not complete."""
        try:
            self._parser.Parse(b"", True)
        except expat.ExpatError as error:
            return f"the XML breaks off at its end ({expat.ErrorString(error.code)})"
        return ""

    def taken(self) -> list[MarcRecord | Unusable]:
        """The records since the last time."""
        taken, self._done = self._done, []
        return taken

    def _clear(self) -> None:
        self._leader = ""
        self._fields: dict[str, list[Field]] = {}
        self._tag: str | None = None
        self._parts: list[str] = []
        self._words: list[str] | None = None
        self._fault = ""

    def _start(self, name: str, given: dict[str, str]) -> None:
        kind = name.rpartition(":")[2]
        if kind == "record":  # the innermost counts: SRU and OAI call their envelopes record too
            self._clear()
            self._began = self._parser.CurrentByteIndex
        elif self._began is None:
            return
        elif kind in ("controlfield", "datafield"):
            self._tag = given.get("tag")
            self._fault = self._fault or ("" if self._tag else f"a {kind} in it has no tag")
            self._parts = [given.get("ind1", " ") + given.get("ind2", " ")] if kind == "datafield" else []
        elif kind == "subfield":
            code = given.get("code") or ""
            self._fault = self._fault or ("" if code else "a subfield in it has no code")
            self._parts.append("\x1f" + code)
        if kind in ("leader", "controlfield", "subfield"):
            self._words = []

    def _text(self, data: str) -> None:
        if self._words is not None:
            self._words.append(data)

    def _end(self, name: str) -> None:
        kind = name.rpartition(":")[2]
        if self._began is None:
            return
        text = "".join(self._words) if self._words is not None else ""
        if kind == "leader":
            self._leader = text
        elif kind == "subfield":
            self._parts.append(text)
        elif kind in ("controlfield", "datafield") and self._tag:
            field = text if kind == "controlfield" else "".join(self._parts)
            self._fields.setdefault(self._tag, []).append(field)
        elif kind == "record":
            self._record()
        if kind in ("leader", "controlfield", "subfield"):
            self._words = None

    def _record(self) -> None:
        began, self._began = self._began or 0, None
        if self._fault:
            self._done.append(Unusable(self._fault))
        elif self._fields:
            end = self._held.find(b">", self._parser.CurrentByteIndex - self._held_from) + 1
            raw = self._held[began - self._held_from : end]
            self._done.append(MarcRecord(self._leader.ljust(LEADER), self._fields, utf8, raw))
        self._clear()


def _to_utf8(head: bytes, path: Path) -> Callable[[bytes], bytes]:
    """What puts the file's bytes into UTF-8. Raises Unreadable for an encoding that nobody knows."""
    if head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        declared = "utf-16"
    else:
        found = _DECLARED.match(head.removeprefix(codecs.BOM_UTF8))
        declared = found[1].decode("ascii").lower() if found else "utf-8"
    if declared in ("utf-8", "utf8", "us-ascii", "ascii"):
        return bytes
    declared = "gb18030" if declared in ("gb2312", "gbk") else declared
    try:
        decode = codecs.getincrementaldecoder(declared)().decode
    except LookupError:
        raise Unreadable(f"{path.name} says that it is written in {declared}, which is not known here") from None

    def converted(chunk: bytes) -> bytes:
        try:
            return decode(chunk).encode()
        except UnicodeDecodeError:
            raise Unreadable(f"{path.name} says that it is written in {declared}, and is not") from None

    return converted
