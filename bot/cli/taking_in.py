"""What every command that takes a file in is told, and what it says on its way: options, rejects, counts, a bar.

Words on these lines are for operators and scripts.
"""

from __future__ import annotations

import codecs
import json as json_module
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from catalog.interchange.batches import LeftOut, Options, Reject
    from catalog.interchange.importing import ImportReport
    from catalog.interchange.tables import Columns

PATIENCE_S = 2.0
"""A step that takes longer shows a progress bar (on a terminal only)."""

Codes = Annotated[
    list[str] | None,
    typer.Option("--place", metavar="THEIRS=OURS", help="A code of theirs for a place, and ours; may be repeated."),
]
States = Annotated[str, typer.Option(help="Whose numbers its items' states are: interlib or evergreen.")]


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
            _line({"reject": {"file": reject.file, "position": reject.position, "reason": reject.reason}})
        else:
            print(f"{reject.file}, {reject.position}: left out: {reject.reason}", file=sys.stderr)

    def left_out(self, one: LeftOut) -> None:
        """An item of a record that came in was left out."""
        if one.code:
            self.unknown[one.code] = self.unknown.get(one.code, 0) + 1
        elif not self._json:
            print(f"{one.file}, {one.position}: item {one.barcode} left out: {one.reason}", file=sys.stderr)


def reported(report: ImportReport, told: Telling, *, json: bool) -> None:
    """Say what became of a file, what its columns were taken for, and which items' places nobody knows."""
    counts = {name: getattr(report, name) for name in ("read", "created", "merged", "updated", "rejected")}
    more = {name: count for name in ("deleted", "items_left_out") if (count := getattr(report, name))}
    if json:
        guessed = {"columns": told.columns} if "" in told.columns.values() else {}
        unknown = {"unknown_places": told.unknown} if told.unknown else {}
        _line({"file": report.file, **counts, **more, **guessed, **unknown})
        return
    if told.columns:
        print(f"{report.file}: {told.guess}")
    print(f"{report.file}: " + ", ".join(f"{name} {count:,}" for name, count in {**counts, **more}.items()))
    if told.unknown:
        codes = ", ".join(f"{code} ({count:,})" for code, count in sorted(told.unknown.items()))
        print(
            f"items left out because no library has their code: {codes}; "
            "--place THEIRS=OURS says which it is, --create-places makes a branch of each",
            file=sys.stderr,
        )


def options_of(
    *,
    encoding: str = "",
    columns: Iterable[str] = (),
    places: Iterable[str] = (),
    states: str = "",
    create_places: bool = False,
    told: Callable[[Mapping[str, str]], None] = lambda columns: None,
) -> Options:
    """What an operator said of a file. Raises BadParameter."""
    from catalog.interchange.batches import Options
    from catalog.interchange.describing import systems
    from catalog.interchange.tables import BOOKS

    known_encoding(encoding)
    if states and states not in systems():
        raise typer.BadParameter(f"--states is one of {', '.join(systems())}")
    mapped = columns_of(columns, BOOKS)
    return Options(encoding, mapped, pairs_of(places, "--place THEIRS=OURS"), states, create_places, told)


def known_encoding(encoding: str) -> str:
    """The encoding an operator named, if any. Raises BadParameter."""
    if encoding:
        try:
            codecs.lookup(encoding)
        except LookupError:
            raise typer.BadParameter(f"--encoding {encoding} is not known") from None
    return encoding


def columns_of(given: Iterable[str], kind: Columns) -> dict[str, str]:
    """What an operator said of a table's columns. Raises BadParameter."""
    from catalog.interchange.tables import columns

    mapped = pairs_of(given, "--column HEADING=NAME")
    names = columns(kind)
    if wrong := sorted(set(mapped.values()) - set(names)):
        raise typer.BadParameter(f"--column: there is no {', '.join(wrong)}; there are {', '.join(names)}")
    return mapped


def pairs_of(given: Iterable[str], form: str) -> dict[str, str]:
    """What an operator said of names, theirs and ours. Raises BadParameter."""
    pairs = [one.rpartition("=") for one in given]
    if any(not (theirs and ours) for theirs, _, ours in pairs):
        raise typer.BadParameter(f"write it as {form}")
    return {theirs.strip(): ours.strip() for theirs, _, ours in pairs}


@contextmanager
def bar(label: str) -> Iterator[Callable[[int, int], None]]:
    """A progress bar on stderr where someone watches and it takes a while; told how much is done, of how much."""
    if not sys.stderr.isatty():
        yield lambda done, total: None
        return
    import time

    from rich.console import Console
    from rich.progress import Progress

    started = time.monotonic()
    with Progress(console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task(label, total=None, visible=False)

        def advance(done: int, total: int) -> None:
            bar.update(task, completed=done, total=total, visible=time.monotonic() - started > PATIENCE_S)

        yield advance


def _line(value: dict[str, object]) -> None:
    print(_json(value), flush=True)


def _json(value: dict[str, object]) -> str:
    return json_module.dumps(value, ensure_ascii=False)
