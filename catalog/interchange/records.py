"""A MARC record as both readers hand it on: its leader, its fields by tag, and the bytes it came as.

pymarc takes a millisecond for a record, twice what an import has for everything (docs/decisions). Fields may be text
already, or bytes that are decoded when someone asks for them: so a broken sign in a note costs nothing. pymarc still
knows MARC-8.
"""

from __future__ import annotations

import contextlib
import io
from collections.abc import Callable, Mapping, Sequence

from catalog.interchange.describing import Unusable

Subfields = list[tuple[str, str]]
Field = bytes | str
Decode = Callable[[bytes], str]
SUBFIELD = "\x1f"
LEADER = 24
NOT_DECODED = "its signs are neither UTF-8 nor GB18030 nor MARC-8"


class MarcRecord:
    """One record; `raw` is the record as it came. Asking for a field that cannot be decoded raises Unusable."""

    __slots__ = ("_decode", "_fields", "_subfields", "_values", "leader", "raw")

    def __init__(self, leader: str, fields: Mapping[str, Sequence[Field]], decode: Decode, raw: bytes) -> None:
        self.leader = leader
        self.raw = raw
        self._fields = fields
        self._decode = decode
        self._subfields: dict[str, list[Subfields]] = {}
        self._values: dict[str, dict[str, list[str]]] = {}

    @property
    def tags(self) -> Mapping[str, Sequence[Field]]:
        """The tags it has."""
        return self._fields

    @property
    def deleted(self) -> bool:
        """Whether the leader says that the library has deleted the record."""
        return self.leader[5:6] == "d"

    def controls(self, tag: str) -> list[str]:
        """The values of a control field."""
        return [self._text(field) for field in self._fields.get(tag, ())]

    def fields(self, tag: str) -> list[Subfields]:
        """The data fields of a tag, each as its subfields in order."""
        known = self._subfields.get(tag)
        if known is None:
            known = [
                [(part[0], part[1:]) for part in self._text(field).split(SUBFIELD)[1:] if part]
                for field in self._fields.get(tag, ())
            ]
            self._subfields[tag] = known
        return known

    def values(self, tag: str) -> Mapping[str, Sequence[str]]:
        """The subfields of all fields of a tag by their codes."""
        known = self._values.get(tag)
        if known is None:
            known = self._values[tag] = {}
            for field in self._fields.get(tag, ()):
                for part in self._text(field).split(SUBFIELD)[1:]:
                    if part:
                        known.setdefault(part[0], []).append(part[1:])
        return known

    def _text(self, field: Field) -> str:
        if isinstance(field, str):
            return field
        try:
            return self._decode(field)
        except (UnicodeDecodeError, ValueError) as error:
            raise Unusable(NOT_DECODED) from error


def utf8(field: bytes) -> str:
    """A field in UTF-8."""
    return field.decode("utf-8")


def gb18030(field: bytes) -> str:
    """A field in GB18030, of which GBK and GB 2312 are parts."""
    return field.decode("gb18030")


def big5(field: bytes) -> str:
    """A field in Big5."""
    return field.decode("big5hkscs")


def marc8(field: bytes) -> str:
    """A field in MARC-8. Raises ValueError at a sign that MARC-8 has not: it would only become a blank."""
    from pymarc.marc8 import marc8_to_unicode

    if field.isascii() and b"\x1b" not in field:
        return field.decode("ascii")
    said = io.StringIO()
    with contextlib.redirect_stderr(said):
        text = SUBFIELD.join(marc8_to_unicode(part) for part in field.split(SUBFIELD.encode()))
    if said.getvalue():
        raise ValueError("a sign that MARC-8 has not")
    return text


DECODERS: Mapping[str, Decode] = {"utf-8": utf8, "gb18030": gb18030, "big5": big5, "marc-8": marc8}
WHOLE = frozenset({"utf-8", "gb18030", "big5"})
"""Encodings in which no sign holds MARC's separators or reaches beyond them: a record may be decoded as one text."""


def decoder(encoding: str) -> Decode:
    """What decodes fields in `encoding`: one that we find out by ourselves, or any that Python knows."""
    return DECODERS.get(encoding) or (lambda field: field.decode(encoding))
