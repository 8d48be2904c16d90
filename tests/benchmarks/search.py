"""search: how often the right title stands first, typed and heard, how fast, and what others find; --titles N (20000).

Real titles of ../shared/data/books_cn.tsv, and beyond them made ones (search_sets.py), go through the product's own
import into SQLite and its index; the peers (search_peers.py) get the same titles and the same questions in the same
run. Questions are drawn from titles of two or more Chinese characters that only one work has (editions, volumes,
traditional and simplified are the same title), so that one answer is right; slips from those of four or more. How they
are misheard stands in search_noise.py; beside what was heard stands what weighing every title by the noise's own
probabilities finds for the same questions (maximum likelihood), by lengths, since no ear tells two syllables from all
others once one of them is wrong. Beside the slips stands how many can be told at all: where two titles differ in the
sign that is missing, nobody knows which was meant. Milliseconds are the processor's, one core, warm, since other work
may run beside.

Options: --queries N (500), --seed N, --noise dialect, letters or people, --spoken N (200; search_spoken.py) or no,
--peers no, --best no.
"""

from __future__ import annotations

import json as json_module
import os
import random
import sys
import tempfile
from collections import Counter
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from time import perf_counter, thread_time
from typing import NamedTuple

sys.path.insert(0, str(Path(__file__).resolve().parent))

import machine
import search_memory
import search_noise
import search_peers
import search_sets
import search_spoken

NAME = "search"
TITLES = 20_000
QUERIES = 500
PEERS_QUERIES = 200
IMPORTED = 1_000_000
"""Titles up to which they come in by the product's own import; more are written as it would have (search_sets.py)."""
WEIGHABLE, WEIGHABLE_AT_ALL, SAMPLED = 300_000, 1_500_000, 100
"""Titles up to which every one of them is weighed for every question; for the first hundred questions."""
SOURCE = Path(__file__).resolve().parents[3] / "shared" / "data" / "books_cn.tsv"
LENGTHS = {"2-3": range(2, 4), "4-5": range(4, 6), "6+": range(6, 1000)}

Answers = list[list[str]]


def run(*, json: bool, options: list[str]) -> int:
    """Run the benchmark; gives the exit code."""
    given = dict(zip(options[::2], options[1::2], strict=False))
    if not SOURCE.is_file():
        print(f"search: needs {SOURCE}", file=sys.stderr)
        return 1
    with tempfile.TemporaryDirectory(prefix="shusheng-bench-") as folder:
        figures = _measure(Path(folder), given)
    if json:
        print(json_module.dumps({"bench": NAME, "machine": machine.name(), **figures}, ensure_ascii=False))
    else:
        print(machine.name())
        for name, value in figures.items():
            print(f"{name:>42}: {value}")
    return 0


class _Asked(NamedTuple):
    """Questions of one kind: the titles that are right, and what is asked for them."""

    kind: str
    titles: list[str]
    texts: list[str]
    heard: bool = False
    pinyin: bool = False


def _measure(folder: Path, given: dict[str, str]) -> dict[str, object]:
    number, queries = int(given.get("--titles", TITLES)), int(given.get("--queries", QUERIES))
    seed = int(given.get("--seed", 1))
    figures, rows = _made(folder, number, seed)
    os.sched_setaffinity(0, {sorted(os.sched_getaffinity(0))[0]})  # one core answers; all of them built the index
    titles, unique, bare = _drawn_from(rows)
    chance = random.Random(seed)
    noise = search_noise.Noise(chance, unique, given.get("--noise", "dialect"))
    right = chance.sample(unique, min(queries, len(unique)))
    longer = [title for title in right if len(title) >= 4]
    several = [
        _Asked("exact", right, right),
        _Asked("one slip", longer, [noise.slip(title) for title in longer]),
        _Asked("heard", right, [noise.heard(title) for title in right], heard=True),
        _Asked("heard, as pinyin", right, [noise.heard_as_pinyin(title) for title in right], heard=True, pinyin=True),
    ]
    figures["resident memory, MB"] = search_memory.resident(folder / "index", several[2].texts)
    for asked in several:
        answers, took = _ours(folder / "index", asked, bare)
        figures[f"{asked.kind}: first / first five"] = _shares(asked.titles, answers)
        figures[f"{asked.kind}: p50 / p99, ms"] = _times(took)
        if asked.kind == "one slip":
            most = search_noise.most_of_slips(noise, titles, asked.titles, asked.texts)
            figures["one slip: the most that can be told"] = f"{most:.4f}"
        if asked.kind == "heard" and given.get("--best") != "no" and len(titles) <= WEIGHABLE_AT_ALL:
            some = SAMPLED if len(titles) > WEIGHABLE else len(asked.texts)
            sample = asked._replace(titles=asked.titles[:some], texts=asked.texts[:some])
            figures |= _beside_the_best(noise, titles, sample, answers[:some])
    if (spoken := given.get("--spoken", search_spoken.SPOKEN)) != "no":
        figures |= search_spoken.figures(folder / "index", unique, int(spoken), seed, bare)
    if given.get("--peers") != "no":
        figures |= _peers(folder, titles, [asked for asked in several if not asked.pinyin])
    return figures


def _made(folder: Path, number: int, seed: int) -> tuple[dict[str, object], list[str]]:
    """Import and index; gives the figures and the titles as they are written."""
    from catalog.audit import Actor
    from catalog.database import open_engine, open_sessions, prepare
    from catalog.interchange.importing import import_file
    from catalog.records.names import clean
    from catalog.search.index import update

    table = folder / "books.tsv"
    lines = search_sets.rows(SOURCE, number if number <= IMPORTED else 0, seed)
    with table.open("w", encoding="utf-8") as file:
        file.writelines(f"{row}\n" for row in (lines if number <= IMPORTED else search_sets.alone(lines, number)))
    engine = open_engine(f"sqlite:///{folder / 'bench.db'}")
    prepare(engine)
    sessions = open_sessions(engine)
    start, cpu = perf_counter(), _processor()
    if number <= IMPORTED:
        read, how = import_file(sessions, table, now=datetime.now(UTC), by=Actor()).read, "import"
    else:
        with table.open(encoding="utf-8") as file:
            read, how = search_sets.fill(engine, (line.rstrip("\n") for line in file), file=table.name), "filled by us"
    imported, imported_cpu = perf_counter(), _processor()
    engine.dispose()
    works = update(sessions, folder / "index")
    built, built_cpu = perf_counter(), _processor()
    engine.dispose()
    size = sum(file.stat().st_size for file in (folder / "index").rglob("*") if file.is_file())
    figures: dict[str, object] = {
        "titles": read,
        "works": works,
        f"{how}, records a second": f"{read / (imported - start):.0f} ({imported_cpu - cpu:.0f} s of processor)",
        "index build, s": f"{built - imported:.0f} ({built_cpu - imported_cpu:.0f} s of processor)",
        "index, MB": round(size / 1e6, 1),
    }
    with table.open(encoding="utf-8") as file:
        next(file)
        return figures, [clean(row.split("\t", 1)[0]) for row in file]


def _processor() -> float:
    """Seconds of the processor, those of processes that have ended included: several build the index."""
    return sum(os.times()[:4])


def _drawn_from(rows: Sequence[str]) -> tuple[list[str], list[str], Callable[[str], str]]:
    """All titles, each once; those that only one has; and what makes a title one of them."""
    from catalog.records.names import title_parts
    from catalog.search.readings import has_han, plain, syllables

    def bare(title: str) -> str:
        return title_parts(title)[0]

    seen = Counter(bare(row) for row in rows)
    unique = [
        title
        for row in rows
        if len(title := plain(row)) > 1
        and (bare(row), seen[title]) == (title, 1)
        and all(map(has_han, title))
        and len(syllables(title)) == len(title)
    ]
    return sorted(filter(None, seen)), unique, bare


def _ours(path: Path, asked: _Asked, bare: Callable[[str], str]) -> tuple[Answers, list[float]]:
    from catalog.search import Index, Query

    index = Index.open(path)
    index.search(Query(text=asked.titles[0]))
    answers: Answers = []
    took: list[float] = []
    for text in asked.texts:
        words = {"syllables": text} if asked.pinyin else {"text": text}
        start = thread_time()
        found = index.search(Query(**words, heard=asked.heard))  # type: ignore[arg-type]
        took.append((thread_time() - start) * 1000)
        answers.append([bare(hit.title) for hit in found.hits])
    return answers, took


def _beside_the_best(
    noise: search_noise.Noise, titles: Sequence[str], asked: _Asked, ours: Answers
) -> dict[str, object]:
    """Maximum likelihood over all titles for the same questions, and the share of it that we reach."""
    everything = search_noise.MaximumLikelihood(noise, titles)
    best = [[titles[number] for number in everything.best(text)] for text in asked.texts]
    figures: dict[str, object] = {
        f"{asked.kind}, maximum likelihood finds": _shares(asked.titles, best),
        f"{asked.kind}: share of that": " / ".join(
            f"{_share(asked.titles, ours, most) / _share(asked.titles, best, most):.4f}" for most in (1, 5)
        ),
    }
    for name, lengths in LENGTHS.items():
        places = [place for place, title in enumerate(asked.titles) if len(title) in lengths]
        if places:
            right, we, they = ([several[place] for place in places] for several in (asked.titles, ours, best))
            said = f"{_shares(right, we)}; maximum likelihood {_shares(right, they)}"  # type: ignore[arg-type]
            figures[f"{asked.kind}, {name} characters ({len(places)})"] = said
    return figures


def _peers(folder: Path, titles: Sequence[str], several: Sequence[_Asked]) -> dict[str, object]:
    figures: dict[str, object] = {}
    with search_peers.peers(folder, titles) as peers:
        for name, ask in peers.items():
            if isinstance(ask, str):
                figures[name] = ask
                continue
            for asked in several:
                answers: Answers = []
                took: list[float] = []
                for text in asked.texts[:PEERS_QUERIES]:
                    start = perf_counter()
                    answers.append(ask(text))
                    took.append((perf_counter() - start) * 1000)
                figures[f"{name}: {asked.kind}"] = f"{_shares(asked.titles, answers)}; {_times(took)} ms"
    return figures


def _shares(right: Sequence[str], answers: Answers) -> str:
    return f"{_share(right, answers, 1):.4f} / {_share(right, answers, 5):.4f}"


def _share(right: Sequence[str], answers: Answers, most: int) -> float:
    return sum(title in found[:most] for title, found in zip(right, answers, strict=False)) / len(answers)


def _times(took: list[float]) -> str:
    took = sorted(took)
    return f"{took[len(took) // 2]:.2f} / {took[len(took) * 99 // 100]:.2f}"
