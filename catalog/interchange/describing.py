"""Words of a source as the union's values: years, ISBNs, formats, languages, lengths; the same for tables and MARC.

What a column or field is called is known to tables.py and marc.py; here only its value is read. A value that cannot be
read is left out, a title that cannot be used refuses the row (`Unusable`, one sentence for people).
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

from catalog.records.describing import Entry, ItemEntry, RecordingEntry
from catalog.records.isbn import isbns_in
from catalog.records.names import clean, people
from catalog.search.readings import plain

LONGEST_TITLE = 1000
_YEAR = re.compile(r"(?<!\d)(1[0-9]{3}|20[0-9]{2})(?!\d)")
_COMPACT_DATE = re.compile(r"^(1[0-9]{3}|20[0-9]{2})(?:0[1-9]|1[0-2])(?:[0-3][0-9])?$")
_COUNT = re.compile(r"\d+")
_LIST = re.compile(r"[|;；、,，]")
_CLC = re.compile(r"[A-KN-VXZ](?:[A-Z])?[0-9]*(?:[.\-=/\"+()0-9A-Z]*)?")


class Unusable(Exception):  # noqa: N818 - said to the librarian as it is
    """A record that cannot be taken in; the message is the sentence that says why."""


@dataclass(frozen=True, slots=True)
class Places:
    """The organisation's codes and ids, and the library that the whole import belongs to ("" is the union).

    `known_as` are codes of a source's own, and ours for them. `states` says whose numbers stand for items' states.
    """

    ids: Mapping[str, int]
    library: str = ""
    known_as: Mapping[str, str] = field(default_factory=dict)
    states: str = ""

    def code(self, written: str) -> str:
        """Our code for a place as the source writes it; "" for none."""
        return self.known_as.get(written, written)


@dataclass(frozen=True, slots=True)
class Listed:
    """An item as its source lists it: places still in the source's own codes (`home_else` where `home` is unknown)."""

    barcode: str
    home: str = ""
    home_else: str = ""
    location: str = ""
    call_number: str = ""
    status: str = ""
    """In the source's own words or numbers."""


class ItemUnusable(Unusable):
    """An item that cannot be taken in: `code` is the place that nobody knows ("" where something else is wrong)."""

    def __init__(self, reason: str, barcode: str = "", code: str = "") -> None:
        super().__init__(reason)
        self.barcode = barcode
        self.code = code


def entry(fields: Mapping[str, str], *, source: Mapping[str, str], places: Places) -> Entry:
    """A row of named fields (interchange's columns) as an Entry. Raises Unusable.

    A row of an item list has no title; it names the record it belongs to by `number` or by ISBN.
    """
    number = clean(fields.get("number", ""))
    isbns = isbns_in(fields.get("isbn", ""))
    listed = not plain(fields.get("title", "")) and bool(fields.get("barcode")) and bool(number or isbns)
    title = "" if listed else usable_title(fields.get("title", ""))
    recording = _recording(fields)
    kind = one_of("formats", fields.get("format", "")) or ("audiobook" if recording else "print")
    tags = fields.get("tags", "")
    return Entry(
        title=title,
        subtitle=clean(fields.get("subtitle", "")),
        volume=clean(fields.get("volume", "")),
        original=clean(fields.get("original", "")),
        authors=people(fields.get("author", "")),
        publisher=clean(fields.get("publisher", "")),
        year=year_in(fields.get("year", "")),
        isbns=isbns,
        language=one_of("languages", fields.get("language", "")) or "",
        clc=class_number(fields.get("clc", "")),
        subjects=tuple(dict.fromkeys(word for part in _LIST.split(tags) if (word := clean(part)))) if tags else (),
        popularity=count_in(fields.get("votes", "")),
        format=kind,
        source={**source, "number": number} if number else source,
        items=_items(fields, places),
        recording=recording,
    )


def usable_title(title: str) -> str:
    """A title that can be kept. Raises Unusable if it is empty, far too long, or damaged in transmission."""
    title = clean(title)
    if not plain(title):
        raise Unusable("it has no title")
    if len(title) > LONGEST_TITLE:
        raise Unusable(f"its title is longer than {LONGEST_TITLE} signs")
    if "\ufffd" in title:
        raise Unusable("signs of its title were lost before it came here")
    return title


def items_of(listed: Iterable[Listed], places: Places) -> tuple[tuple[ItemEntry, ...], tuple[ItemUnusable, ...]]:
    """The items that can be taken in, and what is to be said of the others.

    An item without any place belongs to the library of the import; in an import for the union nobody has it, and it
    is no item.
    """
    found: list[ItemEntry] = []
    left_out: list[ItemUnusable] = []
    for one in listed:
        try:
            if made := item(one, places):
                found.append(made)
        except ItemUnusable as error:
            left_out.append(error)
    return tuple(found), tuple(left_out)


def item(listed: Listed, places: Places) -> ItemEntry | None:
    """An item at its home (or at the import's own library); None if no place is named. Raises ItemUnusable."""
    named = [code for written in (listed.home, listed.home_else) if written and (code := places.code(written))]
    home = next((code for code in named if code in places.ids), named[0] if named else places.library)
    if not home:
        return None
    location = places.code(listed.location) if listed.location else ""
    for code in filter(None, (home, location)):
        if code not in places.ids:
            raise ItemUnusable(f"no library has the code {code}", listed.barcode, code)
    return ItemEntry(
        home=places.ids[home],
        home_code=home,
        barcode=clean(listed.barcode),
        call_number=clean(listed.call_number),
        location=places.ids[location] if location else None,
        status=state_of(listed, places.states),
    )


def state_of(listed: Listed, system: str = "") -> str:
    """Which of our states the item's state means ("Checked out" is away); "" if its source says nothing of it.

    Numbers mean something else in every system: they count only if `system` is named. An item in a state that nobody
    knows might not be there, so it is not put on the shelf. Raises ItemUnusable.
    """
    words = plain(listed.status)
    if not words:
        return ""
    known = _states(system).get(words) if system else None
    known = known or _states("words").get(words)
    if not known and words.isdigit():
        reason = f"its item's state is the number {words}: say with --states whose numbers these are"
        raise ItemUnusable(reason, listed.barcode)
    known = known or next((state for word, state in _states("words").items() if words.startswith(f"{word} ")), None)
    if not known:
        raise ItemUnusable(f"its item is in a state that is not known here ({clean(listed.status)})", listed.barcode)
    return known


def year_in(text: str) -> int | None:
    """The first year in a date such as "2008-1", "c1999.", "民国", "201501"; None if there is none."""
    text = text.strip()
    found = _YEAR.search(text) or _COMPACT_DATE.match(text)
    return int(found[1]) if found else None


def count_in(text: str) -> int:
    """The first whole number in a text, 0 if there is none."""
    found = _COUNT.search(text.replace(",", ""))
    return min(int(found[0]), 2_000_000_000) if found else 0


def class_number(text: str) -> str:
    """A CLC number such as I247.5/4 → "I247.5"; "" if it is none."""
    found = _CLC.match(text.strip().upper().split("/")[0])
    return found[0] if found and any(sign.isdigit() or len(found[0]) == 1 for sign in found[0]) else ""


def seconds_in(text: str) -> int:
    """A length such as "02:53:26", "53:26" or "3206" in seconds; 0 if it is none."""
    parts = text.strip().split(":")
    if not all(part.strip().isdigit() for part in parts) or len(parts) > 3:
        return 0
    total = 0
    for part in parts:
        total = total * 60 + int(part)
    return total


def one_of(kind: str, written: str) -> str | None:
    """Which value of formats.json or languages.json `written` names; None if none."""
    return _names(kind).get(plain(written)) if written else None


@cache
def _states(system: str) -> dict[str, str]:
    table: dict[str, dict[str, list[str]]] = json.loads(Path(__file__).with_name("item_states.json").read_text("utf-8"))
    return {plain(word): state for state, words in table[system].items() for word in words}


def systems() -> tuple[str, ...]:
    """The systems whose numbers for items' states are known."""
    table = json.loads(Path(__file__).with_name("item_states.json").read_text("utf-8"))
    return tuple(name for name in table if name != "words")


@cache
def _names(kind: str) -> dict[str, str]:
    table: dict[str, Sequence[str]] = json.loads(Path(__file__).with_name(f"{kind}.json").read_text("utf-8"))
    return {plain(name): value for value, names in table.items() for name in names}


def _items(fields: Mapping[str, str], places: Places) -> tuple[ItemEntry, ...]:
    named = {name: clean(fields.get(name, "")) for name in ("barcode", "library", "location", "call_number")}
    if fields.get("url") or not any(named.values()):
        return ()
    if not (named["barcode"] or named["library"] or named["location"] or (named["call_number"] and places.library)):
        return ()
    home = named["library"] or places.library or named["location"]
    listed = Listed(
        named["barcode"], home, "", named["location"], named["call_number"], fields.get("status", "")
    )  # fmt: skip
    found = item(listed, places)
    return (found,) if found else ()


def _recording(fields: Mapping[str, str]) -> RecordingEntry | None:
    url = fields.get("url", "").strip()
    if not url.startswith(("https://", "http://")) or len(url) > 2000:
        return None
    closed = one_of("answers", fields.get("open_access", "")) == "no"
    return RecordingEntry(url, seconds_in(fields.get("duration", "")), clean(fields.get("narrator", "")), not closed)


def joined(values: Iterable[str], between: str = " ") -> str:
    """The values that are not empty, joined."""
    return between.join(value for value in values if value)
