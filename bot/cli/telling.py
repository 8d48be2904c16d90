"""What the imports say on their way, and how they read what is said of columns and encodings.

Words on these lines are for operators and scripts.
"""

from __future__ import annotations

import codecs
import json as json_module
import sys
from collections.abc import Iterable
from typing import TYPE_CHECKING

import typer

if TYPE_CHECKING:
    from catalog.interchange.batches import LeftOut, Reject
    from catalog.interchange.tables import Columns


class Telling:
    """What an import says on its way: rejects at once, items that were left out at its end, by their places."""

    def __init__(self, *, json: bool) -> None:
        self._json = json
        self.columns: dict[str, str] = {}
        self.unknown: dict[str, int] = {}

    @property
    def guess(self) -> str:
        """What a table's columns were taken for."""
        known = ", ".join(f"{heading} is {name}" for heading, name in self.columns.items() if name)
        rest = ", ".join(heading for heading, name in self.columns.items() if heading and not name)
        return known + (f"; not used: {rest} (--column HEADING=NAME says what it is)" if rest else "")

    def reject(self, reject: Reject) -> None:
        """A record was left out."""
        if self._json:
            line({"reject": {"file": reject.file, "position": reject.position, "reason": reject.reason}})
        else:
            print(f"{reject.file}, {reject.position}: left out: {reject.reason}", file=sys.stderr)

    def left_out(self, one: LeftOut) -> None:
        """An item of a record that came in was left out."""
        if one.code:
            self.unknown[one.code] = self.unknown.get(one.code, 0) + 1
        elif not self._json:
            print(f"{one.file}, {one.position}: item {one.barcode} left out: {one.reason}", file=sys.stderr)


def telling(*, json: bool) -> Telling:
    """What says an import's words."""
    return Telling(json=json)


def columns_of(given: Iterable[str], kind: Columns) -> dict[str, str]:
    """What an operator said of a table's columns. Raises BadParameter."""
    from catalog.interchange.tables import columns

    mapped = pairs(given, "--column HEADING=NAME")
    names = columns(kind)
    if wrong := sorted(set(mapped.values()) - set(names)):
        raise typer.BadParameter(f"--column: there is no {', '.join(wrong)}; there are {', '.join(names)}")
    return mapped


def known_encoding(encoding: str) -> str:
    """The encoding an operator named, if any. Raises BadParameter."""
    if encoding:
        try:
            codecs.lookup(encoding)
        except LookupError:
            raise typer.BadParameter(f"--encoding {encoding} is not known") from None
    return encoding


def pairs(given: Iterable[str], form: str) -> dict[str, str]:
    """What is written as THEIRS=OURS. Raises BadParameter."""
    found = [one.rpartition("=") for one in given]
    if any(not (theirs and ours) for theirs, _, ours in found):
        raise typer.BadParameter(f"write it as {form}")
    return {theirs.strip(): ours.strip() for theirs, _, ours in found}


def line(value: dict[str, object]) -> None:
    """Print one object on one line."""
    print(as_json(value), flush=True)


def as_json(value: dict[str, object]) -> str:
    """The object as JSON, its characters as they are."""
    return json_module.dumps(value, ensure_ascii=False)
