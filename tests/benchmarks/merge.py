"""merge: whether the same edition from many libraries becomes one record, and editions of one work are grouped.

merge_labels.txt says of records of ../shared/data (by their places in their files) what a cataloguer says. The labelled
records are imported as `shusheng import` does, into an empty union, in the order of their files; then every two records
of a block are asked: are they one record, are they one work? Printed: precision and recall over these pairs, for the
blocks that the rules were made with and for those held out. Precision below 0.995 or recall below 0.95 is a defect.
`--wrong` lists the pairs that came out wrong, by their places.
"""

from __future__ import annotations

import json as json_module
import os
import re
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from itertools import combinations
from pathlib import Path

HERE = Path(__file__).resolve().parent
SHARED = Path(os.environ.get("SHUSHENG_SHARED", HERE.parents[2] / "shared")) / "data"
LEAST_PRECISION = 0.995
LEAST_RECALL = 0.95
HEADING = re.compile(r"\[(?P<name>[^|]+) \| (?P<file>[^|]+) \| (?P<part>tuning|held)\]")
LEVELS = ("edition", "work")


@dataclass
class Block:
    """Labelled records of one file: of each the work and the edition; and the pairs of which nobody can tell."""

    name: str
    file: str
    part: str
    work: dict[int, str] = field(default_factory=dict)
    edition: dict[int, str] = field(default_factory=dict)
    untold: set[tuple[int, int]] = field(default_factory=set)


@dataclass
class Tally:
    """Pairs: rightly together, wrongly together, wrongly apart."""

    right: int = 0
    joined: list[tuple[str, int, int]] = field(default_factory=list)
    parted: list[tuple[str, int, int]] = field(default_factory=list)
    pairs: int = 0

    @property
    def precision(self) -> float:
        """Of the pairs that were put together, the share that belongs together."""
        return self.right / max(1, self.right + len(self.joined))

    @property
    def recall(self) -> float:
        """Of the pairs that belong together, the share that was put together."""
        return self.right / max(1, self.right + len(self.parted))


def run(*, json: bool, options: list[str]) -> int:
    """Run the benchmark; gives the exit code."""
    blocks = list(read_labels(HERE / "merge_labels.txt"))
    tallies = tallied(blocks)
    kept = True
    for (part, level), tally in tallies.items():
        good = tally.precision >= LEAST_PRECISION and tally.recall >= LEAST_RECALL
        kept = kept and (good or part != "all")
        row = {
            "bench": "merge", "blocks": part, "level": level, "pairs": tally.pairs,
            "together": tally.right + len(tally.parted), "precision": round(tally.precision, 4),
            "recall": round(tally.recall, 4), "wrongly_joined": len(tally.joined), "wrongly_apart": len(tally.parted),
        }  # fmt: skip
        if json:
            print(json_module.dumps(row, ensure_ascii=False))
        else:
            print(
                f"{part:>6} {level:>7}: {tally.pairs:,} pairs, {row['together']:,} belong together: "
                f"precision {tally.precision:.4f}, recall {tally.recall:.4f}"
            )
        if "--wrong" in options and part != "all":
            for what, pairs in (("joined", tally.joined), ("apart", tally.parted)):
                for block, one, other in pairs:
                    print(f"  {what} {level} {block}: {one} {other}")
    if not json:
        print(f"precision at least {LEAST_PRECISION}, recall at least {LEAST_RECALL}: {'kept' if kept else 'MISSED'}")
    return 0 if kept else 1


def read_labels(path: Path) -> Iterator[Block]:
    """The blocks of the labels' file."""
    block: Block | None = None
    for line in path.read_text("utf-8").splitlines():
        if heading := HEADING.fullmatch(line):
            if block:
                yield block
            block = Block(**heading.groupdict())
        elif block and ":" in line and not line.startswith("#"):
            name, _, members = line.partition(":")
            for number, word in enumerate(members.split()):
                work = f"{name} {number}" if name == "alone" else name
                _read_word(block, work, f"{work} {number}", word)
    if block:
        yield block


def _read_word(block: Block, work: str, edition: str, word: str) -> None:
    """`1=2~3`: 1 and 2 are one edition, of 3 nobody can tell."""
    groups = [[int(one) for one in group.split("=")] for group in word.split("~")]
    for place, group in enumerate(groups):
        for one in group:
            assert one not in block.work, f"{block.name}: {one} stands twice"
            block.work[one] = work
            block.edition[one] = f"{edition} {place}"
    for some, others in combinations(groups, 2):
        block.untold |= {(min(one, other), max(one, other)) for one in some for other in others}


def tallied(blocks: list[Block]) -> dict[tuple[str, str], Tally]:
    """The pairs counted, for the tuning blocks, the held ones and all."""
    found = {file: imported(file, [block for block in blocks if block.file == file]) for file in _files(blocks)}
    tallies = {(part, level): Tally() for part in ("tuning", "held", "all") for level in LEVELS}
    for block in blocks:
        for one, other in combinations(sorted(block.work), 2):
            for level in LEVELS:
                if level == "edition" and (one, other) in block.untold:
                    continue
                labels = block.edition if level == "edition" else block.work
                together = labels[one] == labels[other]
                place = LEVELS.index(level)
                joined = found[block.file][one][place] == found[block.file][other][place]
                for part in (block.part, "all"):
                    tally = tallies[part, level]
                    tally.pairs += 1
                    tally.right += together and joined
                    if joined and not together:
                        tally.joined.append((block.name, one, other))
                    if together and not joined:
                        tally.parted.append((block.name, one, other))
    return tallies


def _files(blocks: list[Block]) -> list[str]:
    return list(dict.fromkeys(block.file for block in blocks))


def imported(file: str, blocks: list[Block]) -> Mapping[int, tuple[int, int]]:
    """The labelled records of a file in a union of their own: the record and the work of each."""
    from datetime import UTC, datetime

    from sqlalchemy import select

    from catalog.audit import Actor
    from catalog.database import open_engine, open_sessions, prepare
    from catalog.interchange.importing import import_file
    from catalog.records.tables import BibliographicRecord, SourceRecord

    wanted = sorted(one for block in blocks for one in block.work)
    with tempfile.TemporaryDirectory(prefix="shusheng-bench-") as folder:
        part = Path(folder) / Path(file).name
        numbered = _cut(SHARED / file, part, wanted)
        engine = open_engine(f"sqlite:///{folder}/bench.db")
        prepare(engine)
        sessions = open_sessions(engine)
        import_file(sessions, part, now=datetime(2026, 11, 22, tzinfo=UTC), by=Actor())
        with sessions() as session:
            statement = select(
                SourceRecord.number, SourceRecord.data, BibliographicRecord.id, BibliographicRecord.work_id
            )
            rows = session.execute(
                statement.join(BibliographicRecord, SourceRecord.record_id == BibliographicRecord.id)
            ).all()
        engine.dispose()
    by_source = {number: (record, work) for number, _, record, work in rows}
    lost = [one for one in wanted if numbered[one] not in by_source]
    assert not lost, f"{file}: records {lost} were not taken in"
    return {one: by_source[numbered[one]] for one in wanted}


def _cut(whole: Path, part: Path, wanted: list[int]) -> dict[int, str]:
    """Write the wanted records alone; the source number that the union knows each by."""
    from catalog.interchange import iso2709, sources, tables
    from catalog.interchange.describing import Unusable
    from catalog.interchange.marc import agency_of, number_of

    numbers: dict[int, str] = {}
    if whole.suffix == ".tsv":
        lines = whole.read_text("utf-8").split("\n")
        part.write_text("\n".join([lines[0], *(lines[one] for one in wanted)]) + "\n", "utf-8")
        for one, ((_, fields), _) in zip(wanted, tables.read_text(part, tables.Reading()), strict=True):
            assert not isinstance(fields, Unusable)
            numbers[one] = sources.origin(sources.ROW, sources.row_data(fields), library="", number="").number
        return numbers
    records = {place: record for (place, record), _ in iso2709.read(whole)}
    with part.open("wb") as out:
        for one in wanted:
            record = records[one]
            assert record is not None and not isinstance(record, Unusable)
            out.write(record.raw)
            origin = sources.origin(
                sources.ISO2709, record.raw, library=agency_of(record), number=number_of(record)
            )  # fmt: skip
            numbers[one] = origin.number
    return numbers
