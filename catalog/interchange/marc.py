"""MARC records as entries: the field maps (fieldmaps.json) say what is where, for MARC 21 and for UNIMARC.

MARC 21 and UNIMARC with its daughter CNMARC are told apart by where the title stands. Local fields that the maps do not
name are left out. How the records came to be read is iso2709.py's and marcxml.py's.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from catalog.interchange.describing import (
    ItemUnusable,
    Listed,
    Places,
    class_number,
    items_of,
    joined,
    one_of,
    usable_title,
    year_in,
)
from catalog.interchange.records import MarcRecord, Subfields
from catalog.records.describing import Entry, RecordingEntry
from catalog.records.isbn import isbns_in
from catalog.records.names import clean, inverted, people, person

_ISBD = " /:;=,.、"
LINKED = "880"
_UNSET = ("", "0")


@dataclass(frozen=True, slots=True)
class Where:
    """One place of a field map: a tag with a subfield (or none: a control field; "leader"), and which signs of it.

    `unless` is a subfield that makes a field mean something else: 700 with $t names another work, not a maker of this.
    """

    tag: str
    code: str
    start: int
    end: int
    unless: str = ""


@dataclass(frozen=True, slots=True)
class FieldMap:
    """A flavour's map: what is called how, which coded signs tell the format, which fields are items."""

    names: Mapping[str, tuple[Where, ...]]
    formats: tuple[tuple[Where, str, str], ...]
    items: tuple[Mapping[str, Any], ...]

    def places(self, name: str) -> tuple[Where, ...]:
        """Where values of that name stand."""
        return self.names.get(name, ())


def entry(record: MarcRecord, *, source: Mapping[str, str], places: Places) -> tuple[Entry, tuple[ItemUnusable, ...]]:
    """A MARC record as an Entry, with what is to be said of items that were left out. Raises Unusable."""
    fields = _Fields(record)
    title = usable_title(fields.first("title").strip(_ISBD))
    isbns = tuple(dict.fromkeys(isbn for text in fields.all("isbn") for isbn in isbns_in(text)))
    kind = fields.format() or one_of("formats", fields.first("medium")) or "print"
    url = fields.first("url")
    listened = kind == "audiobook" and url.startswith(("https://", "http://"))
    language = fields.first("language")
    items, left_out = items_of(fields.items(), places)
    described = Entry(
        title=title,
        subtitle=clean(fields.first("subtitle").strip(_ISBD)),
        volume=clean(joined(part.strip(_ISBD) for part in fields.all("volume"))),
        original=clean(fields.first("original").strip(_ISBD)),
        authors=fields.authors(),
        publisher=clean(fields.first("publisher").strip(_ISBD)),
        year=next((year for text in fields.all("year") if (year := year_in(text))), None),
        isbns=isbns,
        language=one_of("languages", language) or language.strip()[:3],
        clc=next((number for text in fields.all("clc") if (number := class_number(text))), ""),
        subjects=tuple(dict.fromkeys(word for text in fields.all("subjects") if (word := clean(text.strip(_ISBD))))),
        format=kind,
        source={**source, "number": number_of(record)},
        items=items,
        recording=RecordingEntry(url, 0, person(fields.first("narrator")), open_access=False) if listened else None,
    )
    return described, left_out


def number_of(record: MarcRecord) -> str:
    """The record's control number, "" if it has none."""
    return next((value.strip() for value in record.controls("001")), "")


def agency_of(record: MarcRecord) -> str:
    """Whose control number it is, as far as the record says (MARC 21's 003)."""
    return _Fields(record).first("agency").strip()


class _Fields:
    """A record's fields by the names that its flavour's map gives them."""

    def __init__(self, record: MarcRecord) -> None:
        self._record = record
        self._tags = record.tags
        self._map = _maps()["unimarc" if "200" in self._tags and "245" not in self._tags else "marc21"]
        self._script: dict[str, list[Subfields]] = {}
        if LINKED in self._tags:
            for linked in record.fields(LINKED):
                tag = next((value for code, value in linked if code == "6"), "")[:3]
                self._script.setdefault(tag, []).append(linked)

    def all(self, name: str) -> list[str]:
        """All values of a name, in the map's order; those in the original script instead of the romanised ones."""
        tags = self._tags
        return [value for where in self._map.places(name) if where.tag in tags for value in self._at(where)]

    def first(self, name: str) -> str:
        """The first value, "" if there is none."""
        for where in self._map.places(name):
            if where.tag in self._tags and (found := self._at(where)):
                return found[0]
        return ""

    def authors(self) -> tuple[str, ...]:
        """The persons and bodies of the access points, or, without any, those of the statement of responsibility."""
        named = (person(inverted(clean(text).strip(_ISBD))) for text in self.all("people"))
        found = tuple(dict.fromkeys(name for name in named if name))
        return found or people(self.first("responsibility").strip(_ISBD))

    def format(self) -> str:
        """The format that the coded fields tell, "" if none does."""
        for where, sign, kind in self._map.formats:
            if (where.tag in self._tags or where.tag == "leader") and any(
                value.lower().startswith(sign) for value in self._at(where)
            ):
                return kind
        return ""

    def items(self) -> Iterator[Listed]:
        """The items of the local fields; a field without a barcode is a holding, not an item."""
        for table in self._map.items:
            if table["tag"] not in self._tags:
                continue
            for field in self._record.fields(table["tag"]):
                values: dict[str, str] = {}
                for code, value in field:
                    values.setdefault(code, value.strip())
                barcode = _one(values, table["barcode"])
                if barcode:
                    yield Listed(
                        barcode=barcode,
                        home=_one(values, table["home"]),
                        home_else=_one(values, table.get("home_else", "")),
                        location=_one(values, table["location"]),
                        call_number=joined((values.get(code, "") for code in table["call_number"]), "/"),
                        status=_state(values, table),
                    )

    def _at(self, where: Where) -> list[str]:
        found: Sequence[str]
        if where.code and not where.unless and where.tag not in self._script:
            found = self._record.values(where.tag).get(where.code, ())
        elif where.code:
            fields = self._script.get(where.tag) or self._record.fields(where.tag)
            if where.unless:
                fields = [field for field in fields if not any(code == where.unless for code, _ in field)]
            found = [value for field in fields for code, value in field if code == where.code]
        else:
            found = [self._record.leader] if where.tag == "leader" else self._record.controls(where.tag)
        if where.end:
            found = [value[where.start : where.end] for value in found]
        return [value for value in found if not value.isspace() and value]


def _one(values: Mapping[str, str], codes: str) -> str:
    return next((values[code] for code in codes if values.get(code)), "")


def _state(values: Mapping[str, str], table: Mapping[str, Any]) -> str:
    """What the field says of the item's state: in words, or as a sign that stands for a word (0 is no sign)."""
    for code, word in table.get("coded", ()):
        if values.get(code, "") not in _UNSET:
            return str(word)
    return _one(values, table["state"])


@cache
def _maps() -> Mapping[str, FieldMap]:
    maps: dict[str, dict[str, Any]] = json.loads(Path(__file__).with_name("fieldmaps.json").read_text("utf-8"))
    return {flavour: _field_map(table) for flavour, table in maps.items()}


def _field_map(table: Mapping[str, Any]) -> FieldMap:
    names = {
        name: tuple(map(_where, where)) for name, where in table.items() if name not in ("format", "items")
    }  # fmt: skip
    formats: Sequence[Sequence[str]] = table["format"]
    return FieldMap(names, tuple((_where(place), sign, kind) for place, sign, kind in formats), tuple(table["items"]))


def _where(place: str) -> Where:
    where, _, span = place.partition("/")
    where, _, unless = where.partition("!")
    start, _, end = span.partition("-")
    last = (int(end) if end else int(start) + 1) if span else 0
    tag = where if where == "leader" else where[:3]
    return Where(tag, "" if where == "leader" else where[3:], int(start) if span else 0, last, unless)
