"""Reads the demonstration's data files; decides nothing and touches no database.

works_cn.tsv and works_en.tsv stand in the order of fame. In people.json a loan's `due` is in days from the day of
building; `days` and `days_ago` are counted from it too.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent


@dataclass(frozen=True, slots=True)
class WorkFact:
    """A work as the data files know it; `order` is its place in its file, from 0, `author` joins names by " / "."""

    title: str
    author: str
    publisher: str
    year: str
    isbn: str
    clc: str
    classic: bool
    language: str
    order: int


@dataclass(frozen=True, slots=True)
class RecordingFact:
    """A LibriVox recording: a real, public-domain one with its page and its length."""

    title: str
    author: str
    clc: str
    language: str
    url: str
    seconds: int


@cache
def works() -> tuple[WorkFact, ...]:
    """The works, the Chinese ones first, each language in the order of fame."""
    found: list[WorkFact] = []
    for name, language in (("works_cn.tsv", "chi"), ("works_en.tsv", "eng")):
        for order, row in enumerate(_table(name)):
            title, author, publisher, year, isbn, clc, classic = row
            found.append(WorkFact(title, author, publisher, year, isbn, clc, classic == "1", language, order))
    return tuple(found)


@cache
def recordings() -> tuple[RecordingFact, ...]:
    """The recordings, LibriVox's nineteen Chinese ones first."""
    languages = {"zh": "chi", "en": "eng"}
    return tuple(
        RecordingFact(title, author, clc, languages[language], url, int(seconds))
        for title, author, clc, language, url, seconds in _table("recordings.tsv")
    )


@cache
def places() -> tuple[dict[str, Any], ...]:
    """The org units, parents before children; fields as in catalog.organisation.tables, `hours` as
    [weekdays, opens, closes]."""
    return tuple(_json("places.json"))


@cache
def people() -> dict[str, list[dict[str, Any]]]:
    """`readers`, `librarians` and `volunteers`; all invented. PINs stand only here, the database has their hashes."""
    held: dict[str, list[dict[str, Any]]] = _json("people.json")
    return held


@cache
def events() -> tuple[dict[str, Any], ...]:
    """The coming events: `days` after the day of building, `starts` and `ends` as clock times there."""
    return tuple(_json("events.json"))


def _table(name: str) -> list[list[str]]:
    lines = (HERE / name).read_text(encoding="utf-8").splitlines()
    return [line.split("\t") for line in lines[1:]]


def _json(name: str) -> Any:
    return json.loads((HERE / name).read_text(encoding="utf-8"))
