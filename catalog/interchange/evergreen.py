"""Evergreen's own tables, exported one a file (asset.copy.tsv, action.circulation.tsv, …): a whole library that moves
in. Reads them, puts names for their numbers, and hands on lists as any other library's; it takes nothing in itself.

Its bibliographic records come as MARC before it; their numbers (901 $c, 001) are what its call numbers refer to. What
its numbers mean was read in Evergreen's schema: `copy.status` in item_states.json; a Monday is dow_0; a hold of the
type T asks for a record, C, F and R for a copy, M for any edition of a group of records.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import time
from functools import cached_property
from pathlib import Path

from catalog.interchange.describing import Unusable
from catalog.interchange.lists import Row
from catalog.interchange.tables import Unreadable
from catalog.organisation.entering import Place

Fields = dict[str, str]
_NOTHING = r"\N"
_REFERENCE = ("0", "7")
"""The states of a copy that stands on its shelf; if its shelf or itself does not circulate, it is read there only."""
_OUT_OF_SIGHT = {"LOST": "lost", "LONGOVERDUE": "lost", "CLAIMSRETURNED": "claimed"}
"""stop_fines, as a list of loans says it."""
_SCOPES = {"T": "edition", "C": "item", "F": "item", "R": "item"}
WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")


@dataclass(frozen=True, slots=True)
class Unit:
    """A place of theirs: what is told of it, the code of what it belongs to, and what is wrong with its hours."""

    place: Place
    parent: str
    wrong: str = ""


class Evergreen:
    """A folder of the tables; `root` is our code for the place above all of theirs.

    Raises: tables.Unreadable, if one that is needed is not there.
    """

    def __init__(self, folder: Path, *, root: str) -> None:
        self._folder = folder
        self._root = root
        if not (folder / "actor.org_unit.tsv").is_file():
            raise Unreadable(f"{folder.name} holds no tables of Evergreen: actor.org_unit.tsv and the others")

    def units(self) -> Iterator[Unit]:
        """The places, parents before children. Those that are open at some time are where books are collected."""
        hours = {row["id"]: row for row in self._table("actor.hours_of_operation")}
        left = dict(self._units)
        while left:
            ready = [row for row in left.values() if row["parent_ou"] not in left]
            if not ready:
                raise Unreadable("actor.org_unit.tsv: its places belong to each other in a circle")
            for row in ready:
                del left[row["id"]]
                spans, wrong = _spans(hours.get(row["id"], {}))
                known = {"name": row["name"].strip(), "phone": row.get("phone", "")}
                known = {name: value for name, value in known.items() if value}
                place = Place(row["shortname"], known | {"is_pickup": bool(spans or wrong)}, spans)
                yield Unit(place, self._code(row["parent_ou"]), wrong)

    def closures(self) -> Iterator[Row]:
        """The closed days."""
        for number, row in self._numbered("actor.org_unit_closed"):
            if row.get("full_day") == "0":
                yield number, Unusable("only a part of the day is closed: change the hours of the place instead")
                continue
            first, last = row["close_start"][:10], row["close_end"][:10]
            place = self._code(row["org_unit"])
            yield number, {"place": place, "first": first, "last": last, "reason": row.get("reason", "")}

    def items(self) -> Iterator[Row]:
        """The copies, as a list of items. A deleted one is withdrawn."""
        shelves = {row["id"]: row for row in self._table("asset.copy_location")}
        for number, row in self._numbered("asset.copy"):
            label = self._labels.get(row["call_number"])
            if label is None:
                yield number, Unusable(f"its call number {row['call_number']} is not in asset.call_number.tsv")
                continue
            shelf = shelves.get(row.get("location", ""), {})
            status = row["status"]
            if row.get("deleted") == "1":
                status = "withdrawn"
            elif status in _REFERENCE and "0" in (row.get("circulate", "1"), shelf.get("circulate", "1")):
                status = "reference"
            yield (
                number,
                {
                    "number": label["record"],
                    "barcode": row["barcode"],
                    "library": self._code(row["circ_lib"]),
                    "call_number": label["label"],
                    "status": status,
                },
            )

    def patrons(self) -> Iterator[Row]:
        """The readers, each by the card that is in use."""
        for number, row in self._numbered("actor.usr"):
            card = self._cards.get(row["id"])
            if card is None:
                yield number, Unusable("the reader has no card in actor.card.tsv")
                continue
            lost = card["active"] == "0"
            blocked = row["barred"] == "1" or row["active"] == "0"
            gone = row["deleted"] == "1"
            names = (row.get("first_given_name", ""), row.get("second_given_name", ""), row.get("family_name", ""))
            yield (
                number,
                {
                    "card": card["barcode"],
                    "name": " ".join(filter(None, names)),
                    "home": self._code(row["home_ou"]),
                    "pickup": self._code(row["home_ou"]) if row["home_ou"] in self._open else "",
                    "group": "child" if row.get("juvenile") == "1" else "",
                    "phone": row.get("day_phone", "") or row.get("evening_phone", ""),
                    "birth_year": row.get("dob", ""),
                    "expires": row.get("expire_date", "")[:10],
                    "state": "deleted" if gone else "blocked" if blocked else "lost" if lost else "active",
                },
            )

    def loans(self) -> Iterator[Row]:
        """The circulations."""
        for number, row in self._numbered("action.circulation"):
            try:
                renewed = (row.get(name, "") or "0" for name in ("phone_renewal", "desk_renewal", "opac_renewal"))
                yield (
                    number,
                    {
                        "card": self._card(row["usr"]),
                        "barcode": self._copy(row["target_copy"])["barcode"],
                        "since": row["xact_start"],
                        "due": row["due_date"],
                        "renewals": str(sum(map(int, renewed))),
                        "place": self._code(row["circ_lib"]),
                        "returned": row["checkin_time"],
                        "state": _OUT_OF_SIGHT.get(row["stop_fines"], ""),
                    },
                )
            except Unusable as error:
                yield number, error

    def holds(self) -> Iterator[Row]:
        """The requests."""
        for number, row in self._numbered("action.hold_request"):
            try:
                said = {
                    "card": self._card(row["usr"]),
                    "since": row["request_time"],
                    "pickup": self._code(row["pickup_lib"]),
                    "until": row["thaw_date"] if row["frozen"] == "1" else "",
                    "ended": row["cancel_time"] or row["fulfillment_time"],
                    "state": "suspended" if row["frozen"] == "1" else "ready" if row["shelf_time"] else "waiting",
                }
                yield number, said | self._wish(row)
            except Unusable as error:
                yield number, error

    def _wish(self, row: Fields) -> Fields:
        """What a hold asks for, and the copy that was captured for it."""
        captured = {"barcode": self._copy(row["current_copy"])["barcode"]} if row["shelf_time"] else {}
        kind = row["hold_type"]
        if kind == "T":
            return captured | {"record": row["target"], "scope": "edition"}
        if kind in _SCOPES:
            return {"barcode": self._copy(row["target"])["barcode"], "scope": _SCOPES[kind]}
        if kind == "M" and row["current_copy"]:
            label = self._labels[self._copy(row["current_copy"])["call_number"]]
            return captured | {"record": label["record"], "scope": "work"}
        if kind == "M":
            raise Unusable(f"it asks for any edition of the group {row['target']}, and no table says what is in it")
        raise Unusable(f"it asks for a part of a work (a hold of the type {kind}), which cannot be said here")

    def _card(self, reader: str) -> str:
        card = self._cards.get(reader)
        if card is None or reader not in self._readers:
            raise Unusable(f"its reader, number {reader}, is not among the readers")
        return card["barcode"]

    def _copy(self, number: str) -> Fields:
        if number not in self._copies:
            raise Unusable(f"its copy, number {number}, is not among the copies")
        return self._copies[number]

    def _code(self, unit: str) -> str:
        """The code of a place; the root's for the one above all, which is the library they move into."""
        return self._units[unit]["shortname"] if unit in self._units else self._root

    @cached_property
    def _units(self) -> dict[str, Fields]:
        return {row["id"]: row for row in self._table("actor.org_unit")}

    @cached_property
    def _open(self) -> set[str]:
        return {row["id"] for row in self._table("actor.hours_of_operation")}

    @cached_property
    def _labels(self) -> dict[str, Fields]:
        return {row["id"]: row for row in self._table("asset.call_number")}

    @cached_property
    def _copies(self) -> dict[str, Fields]:
        return {row["id"]: row for row in self._table("asset.copy")}

    @cached_property
    def _readers(self) -> set[str]:
        return {row["id"] for row in self._table("actor.usr")}

    @cached_property
    def _cards(self) -> dict[str, Fields]:
        """A reader's card by his number: one in use before one that is not."""
        rows = sorted(self._table("actor.card"), key=lambda row: row["active"] == "1")
        return {row["usr"]: row for row in rows}

    def _numbered(self, name: str) -> Iterator[tuple[int, Fields]]:
        """The rows of a table with the lines they stand on."""
        return ((line, row) for line, row in enumerate(self._table(name), start=2))

    def _table(self, name: str) -> Iterator[Fields]:
        """The rows of a table, what is not said being empty. Raises: tables.Unreadable."""
        path = self._folder / f"{name}.tsv"
        try:
            with path.open(encoding="utf-8", newline="") as file:
                for row in csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE):
                    yield {key: "" if value in (None, _NOTHING) else value for key, value in row.items() if key}
        except (FileNotFoundError, UnicodeDecodeError) as error:
            raise Unreadable(f"{name}.tsv is not there, or not in UTF-8: without it nothing of it comes in") from error


def _spans(row: Mapping[str, str]) -> tuple[list[tuple[int, time, time]] | None, str]:
    """The hours of a row; with a sentence instead where a day ends before it begins."""
    spans: list[tuple[int, time, time]] = []
    for day, name in enumerate(WEEKDAYS):
        opens, closes = (row.get(f"dow_{day}_{end}", "") for end in ("open", "close"))
        if not opens or opens == closes:
            continue
        span = (day, time.fromisoformat(opens), time.fromisoformat(closes))
        if span[1] >= span[2]:
            return None, f"on {name} it would close at {closes[:5]} before it opens at {opens[:5]}"
        spans.append(span)
    return (spans or None), ""
