"""Catalogues of any size made of real titles, seeded: what is beyond the real ones is made from them.

A made title is a volume or an edition in a series of a real one, a variant of it (a word put before or behind), or two
real titles' halves put together, which is where confusion comes from in a large union: many titles share their words.
Authors, classes and tags are those of the title it was made from.

An import of ten million lines takes more than an hour: `fill` writes the works, titles, records, ISBNs and changes that
it would have written, from lines each of which is a work of its own (others are passed over, so that nothing is to be
merged), and leaves out the source records, which no search reads. A test holds it against the import.
"""

from __future__ import annotations

import random
from collections.abc import Iterable, Iterator
from itertools import islice
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, insert

AT_ONCE = 10_000
Cells = dict[str, str]

BEFORE = ("新编", "图解", "中国", "世界", "简明", "少年", "现代", "漫画", "实用", "走近", "重读", "趣味")
BEHIND = ("导读", "研究", "论集", "续编", "入门", "选集", "史话", "新论", "概论", "故事", "手册", "教程", "札记")
VOLUMES = ("（上）", "（下）", "（第1卷）", "（第2卷）", "（第3卷）", " 第一册", " 第二册", "（第2版）", "（修订版）")
SERIES = ("名著文库·", "大家小书·", "世界史丛书·", "青年译丛·", "通识读本·", "科学元典·")


def rows(source: Path, number: int, seed: int) -> Iterator[str]:
    """The heading and `number` lines of books: the real ones first, in their order, then made ones."""
    with source.open(encoding="utf-8") as file:
        heading, *real = file.read().splitlines()
    yield heading
    yield from real[:number]
    chance = random.Random(seed)
    columns = heading.split("\t")
    title, isbn = columns.index("title"), columns.index("isbn")
    made = (None for _ in range(number - len(real))) if number else iter(int, 1)
    for _ in made:
        cells = chance.choice(real).split("\t")
        cells[title] = _made(chance, cells[title], chance.choice(real).split("\t")[title])
        cells[isbn] = ""
        yield "\t".join(cells)


def _made(chance: random.Random, title: str, other: str) -> str:
    kind = chance.random()
    if kind < 0.15:
        return title + chance.choice(VOLUMES)
    if kind < 0.25:
        return chance.choice(SERIES) + title
    if kind < 0.45:
        return chance.choice(BEFORE) + title
    if kind < 0.65:
        return title + chance.choice(BEHIND)
    return title[: max(1, len(title) // 2)] + other[len(other) // 2 :]


def alone(lines: Iterable[str], number: int) -> Iterator[str]:
    """The heading and the first `number` of `lines` that are works of their own: no ISBN and no title came before."""
    from catalog.records.isbn import isbns_in
    from catalog.records.names import clean, title_key

    lines = iter(lines)
    heading = next(lines)
    yield heading
    columns = heading.split("\t")
    title, isbn = columns.index("title"), columns.index("isbn")
    seen: set[int] = set()
    found = 0
    for line in lines:
        cells = line.split("\t")
        words = clean(cells[title])
        numbers = isbns_in(cells[isbn]) if cells[isbn] else ()
        keys = {hash(title_key(words, "")), *map(hash, numbers)}
        if words and keys.isdisjoint(seen):
            seen |= keys
            found += 1
            yield line
        if found == number:
            return


def fill(engine: Engine, lines: Iterable[str], *, file: str) -> int:
    """Write what an import of `lines` (`alone`) would have written; how many there were."""
    from catalog.interchange import describing
    from catalog.interchange.tables import BOOKS, columns
    from catalog.records.matching import fresh_record
    from catalog.records.names import title_key, work_key
    from catalog.records.tables import BibliographicRecord, RecordIsbn, Work, WorkTitle
    from catalog.records.union import FIELDS
    from catalog.search.readings import plain
    from catalog.search.tables import RecordChange

    lines = iter(lines)
    known = {plain(name): name for name in columns(BOOKS)}
    names = [known.get(plain(heading), "") for heading in next(lines).split("\t")]
    places = describing.Places({})
    number = 0
    while some := list(islice(lines, AT_ONCE)):
        rows: dict[Any, list[dict[str, Any]]] = {
            table.__table__: [] for table in (Work, WorkTitle, BibliographicRecord, RecordIsbn, RecordChange)
        }
        works, titles, records, isbns, changes = rows.values()
        for line in some:
            number += 1
            fields = {name: cell for name, cell in zip(names, line.split("\t"), strict=False) if name and cell}
            try:
                entry = describing.entry(fields, source={"file": file}, places=places)
            except describing.Unusable:
                number -= 1
                continue
            works.append({"id": number, "key": work_key(entry.title, entry.volume, entry.authors)})
            titles.append({"title_key": title_key(entry.title, entry.volume), "work_id": number})
            held = fresh_record(entry, number=number, work=number)
            records.append({"id": number, "work_id": number} | {name: getattr(held, name) for name in FIELDS})
            isbns += ({"record_id": number, "isbn": isbn} for isbn in entry.isbns)
            changes.append({"record_id": number})
        with engine.begin() as connection:
            for table, new in rows.items():
                if new:
                    connection.execute(insert(table), new)
    return number
