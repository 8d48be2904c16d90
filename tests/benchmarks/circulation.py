"""circulation: holds, renewals and check-outs a second on SQLite and PostgreSQL, reminders' scan, targeting.

A large union is put into both databases (`--items N --readers N --loans N`, small by default; issue 4 names 1,000,000,
200,000 and 300,000), and the same acts are done in both as the desk and the dialogue do them, each committed: on
SQLite through one writer's queue, then by eight processes at once; on PostgreSQL by eight workers, and in turns with
them the very statements they send by psycopg alone. `--scan N` loans (10,000,000) for the reminders, `--targets N`
open holds (100,000) for the targeter, `--operations N` acts a round; `--no-sqlite`, `--no-postgresql`, `--no-scan`
leave out a part. Printed: medians of the rounds, statements an act (which no load changes), the machine and how busy
it was. A missed bar is a defect.
"""

from __future__ import annotations

import gc
import json as json_module
import os
import statistics
import sys
import tempfile
import threading
import uuid
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from multiprocessing import get_context
from pathlib import Path
from time import perf_counter
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent))

import machine

WORKERS = 8
CLIENTS = 4
ROUNDS = 3
SERVER = "postgresql://postgres@127.0.0.1:5432"
BARS = {
    "sqlite queue, acts a second": (250.0, "least"),
    "sqlite queue, p99 ms": (30.0, "most"),
    "sqlite, 8 processes, failed": (0.0, "most"),
    "sqlite, 8 processes, longest ms": (10_000.0, "most"),
    "postgresql, 8 workers, acts a second": (200.0, "least"),
    "postgresql, 8 workers, p99 ms": (120.0, "most"),
    "postgresql, 8 workers, failed": (0.0, "most"),
    "postgresql, share of bare psycopg": (0.6, "least"),
    "postgresql, scan for reminders s": (10.0, "most"),
    "sqlite, targeting s": (60.0, "most"),
    "postgresql, targeting s": (60.0, "most"),
}
"""What is measured against a bar (issue 4), and which way."""
USUAL = {"items": 20_000, "readers": 4_000, "loans": 6_000, "operations": 600, "scan": 100_000, "targets": 2_000}
PARTS = ("sqlite", "postgresql", "scan")


@dataclass(slots=True)
class Run:
    """One run: how large, and what came of it."""

    size: Any
    chosen: dict[str, int]
    found: dict[str, float] = field(default_factory=dict)
    notes: dict[str, Any] = field(default_factory=dict)


def run(*, json: bool, options: list[str]) -> int:
    """Run the benchmark. Gives the exit code."""
    chosen = {name: _number(options, name, usual) for name, usual in USUAL.items()}
    parts = [part for part in PARTS if f"--no-{part}" not in options]
    from circulation_filling import Size

    this = Run(Size(chosen["items"], chosen["readers"], chosen["loans"]), chosen)
    found, notes = this.found, this.notes
    load = os.getloadavg()[0]
    with tempfile.TemporaryDirectory(prefix="shusheng-bench-") as folder:
        if "sqlite" in parts:
            _sqlite(f"sqlite:///{folder}/bench.db", this)
        if "postgresql" in parts or "scan" in parts:
            with _server(folder) as server:
                if "postgresql" in parts:
                    _postgresql(server, this)
                if "scan" in parts:
                    _scan(server, this)
        notes["disk_sync_ms"] = _disk(folder)
    missed = [name for name, (bar, way) in BARS.items()
              if name in found and (found[name] < bar if way == "least" else found[name] > bar)]  # fmt: skip
    result = {
        "bench": "circulation", **chosen, **{name: round(value, 3) for name, value in found.items()},
        "missed": missed, "machine": machine.name(), "load": [round(load, 1), round(os.getloadavg()[0], 1)], **notes,
    }  # fmt: skip
    if json:
        print(json_module.dumps(result, ensure_ascii=False))
    else:
        _say(result, found, notes, missed)
    return 1 if missed else 0


def _number(options: Sequence[str], name: str, usual: int) -> int:
    flag = f"--{name}"
    return int(options[options.index(flag) + 1]) if flag in options else usual


def _say(result: dict[str, Any], found: dict[str, float], notes: dict[str, Any], missed: list[str]) -> None:
    print(f"{result['machine']}; load {result['load'][0]} at the beginning, {result['load'][1]} at the end")
    print(f"{result['items']:,} items, {result['readers']:,} readers, {result['loans']:,} open loans")
    for name, value in found.items():
        bar, way = BARS.get(name, (None, ""))
        told = "" if bar is None else f"  (at {way} {bar:g}: {'MISSED' if name in missed else 'kept'})"
        print(f"{name}: {value:,.2f}{told}")
    for name, value in notes.items():
        print(f"{name}: {value}")


def _disk(folder: str) -> float:
    """The median of what the disk takes for one small write to be safe: no commit is faster than this."""
    took = []
    with Path(folder, "sync").open("wb", buffering=0) as file:
        for _ in range(100):
            file.write(b"x" * 4096)
            began = perf_counter()
            os.fdatasync(file.fileno())
            took.append((perf_counter() - began) * 1000)
    return round(statistics.median(took), 2)


# SQLite


def _sqlite(url: str, this: Run) -> None:
    from circulation_acts import acts
    from circulation_filling import fill

    size, found, notes = this.size, this.found, this.notes

    began = perf_counter()
    fill(url, size)
    found["sqlite, filling s"] = perf_counter() - began
    notes["sqlite, statements an act"] = _statements(url, acts(size, 120, part=0, parts=3))
    rates, tails, refused = [], [], Counter[str]()
    todo = acts(size, this.chosen["operations"] * ROUNDS, part=1, parts=3)
    for number in range(ROUNDS):
        done, took = _queued(url, todo[number::ROUNDS])
        rates.append(len(done) / took)
        tails.append(_p99(done))
        refused.update(one.refused for one in done if one.refused)
    found["sqlite queue, acts a second"] = statistics.median(rates)
    found["sqlite queue, p99 ms"] = statistics.median(tails)
    notes["sqlite queue, refused"] = dict(refused)
    todo = acts(size, this.chosen["operations"], part=2, parts=3)
    done, failed, start, end, processor = _at_once(url, [todo[one::WORKERS] for one in range(WORKERS)])
    found["sqlite, 8 processes, acts a second"] = len(done) / (end - start)
    found["sqlite, 8 processes, processor ms an act"] = 1000 * processor / len(done)
    found["sqlite, 8 processes, longest ms"] = max(one.ms for one in done)
    found["sqlite, 8 processes, p99 ms"] = _p99(done)
    found["sqlite, 8 processes, failed"] = len(failed)
    if failed:
        notes["sqlite, 8 processes, failures"] = dict(Counter(failed))
    _target(url, "sqlite", this)


def _queued(url: str, todo: Sequence[Any]) -> tuple[list[Any], float]:
    """Clients that hand their acts to the one thread that writes, as `serve` does on SQLite; a wait counts too."""
    from circulation_acts import Done, do, warm

    from catalog.database import open_engine, open_sessions

    engine = open_engine(url)
    sessions = open_sessions(engine)
    done: list[Any] = []

    def client(mine: Sequence[Any]) -> None:
        for act in mine:
            began = perf_counter()
            result = queue.submit(do, sessions, act).result()
            done.append(Done(result.kind, (perf_counter() - began) * 1000, result.refused))

    with ThreadPoolExecutor(1) as queue:
        queue.submit(warm, sessions).result()
        gc.freeze()  # as `serve` does once it has begun
        began = perf_counter()
        clients = [threading.Thread(target=client, args=(todo[one::CLIENTS],)) for one in range(CLIENTS)]
        for one in clients:
            one.start()
        for one in clients:
            one.join()
        took = perf_counter() - began
    engine.dispose()
    return done, took


def _statements(url: str, todo: Sequence[Any]) -> dict[str, float]:
    """How many statements an act of each kind sends, the calendars being known."""
    from circulation_acts import do, warm
    from sqlalchemy import event

    from catalog.database import open_engine, open_sessions

    engine = open_engine(url)
    sessions = open_sessions(engine)
    warm(sessions)
    sent: dict[str, list[int]] = defaultdict(list)
    count = 0

    @event.listens_for(engine, "before_cursor_execute")
    def _one(*_: object) -> None:
        nonlocal count
        count += 1

    for act in todo:
        count = 0
        if not do(sessions, act).refused:
            sent[act.kind].append(count)
    engine.dispose()
    return {kind: round(statistics.mean(counts), 1) for kind, counts in sorted(sent.items())}


def _p99(done: Sequence[Any]) -> float:
    took = sorted(one.ms for one in done)
    return float(took[int(len(took) * 0.99)])


def _at_once(url: str, shares: Sequence[Sequence[Any]], work: Callable[..., Any] | None = None) -> Any:
    """Each share in a process of its own, all beginning together: all of it as one share."""
    from circulation_acts import Share
    from circulation_acts import work as usual

    context = get_context("spawn")
    with context.Manager() as manager, context.Pool(len(shares)) as pool:
        begun = manager.Barrier(len(shares))
        given = [(url, share, begun) for share in shares]
        results = pool.starmap(work or usual, given, chunksize=1)
    return Share(
        [one for result in results for one in result.done],
        [one for result in results for one in result.failed],
        min(result.start for result in results),
        max(result.end for result in results),
        sum(result.processor for result in results),
    )


# PostgreSQL


@contextmanager
def _server(folder: str) -> Iterator[str]:
    """The address of the PostgreSQL server of the tests, or of one of our own."""
    import psycopg

    try:
        psycopg.connect(f"{SERVER}/postgres", connect_timeout=3).close()
        yield SERVER
    except psycopg.OperationalError:
        import pgserver

        with pgserver.get_server(Path(folder) / "postgresql") as server:
            yield server.get_uri().rpartition("/")[0]


@contextmanager
def _database(server: str, template: str = "") -> Iterator[str]:
    """A new database, a copy of `template` if that is named; dropped at the end. Gives its address."""
    import psycopg

    name = f"shusheng_bench_{uuid.uuid4().hex[:12]}"
    copied = f" TEMPLATE {template.rpartition('/')[2]} STRATEGY FILE_COPY" if template else ""
    with psycopg.connect(f"{server}/postgres", autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name}{copied}")
        try:
            yield f"{server}/{name}"
        finally:
            connection.execute(f"DROP DATABASE {name} WITH (FORCE)")


def _postgresql(server: str, this: Run) -> None:
    from circulation_acts import acts
    from circulation_bare import written_down
    from circulation_filling import fill

    size, found, notes = this.size, this.found, this.notes

    with _database(server) as filled:
        began = perf_counter()
        fill(filled, size)
        found["postgresql, filling s"] = perf_counter() - began
        todo = acts(size, this.chosen["operations"] * ROUNDS + 60)
        with _database(server, filled) as url:
            notes["postgresql, statements an act"] = _statements(url, acts(size, 120, chance=1))
        with _database(server, filled) as url:
            transactions = written_down(url, todo)
        _rounds(server, filled, todo[60:], transactions, this)
        _target(filled, "postgresql", this)


def _rounds(server: str, filled: str, todo: Any, transactions: Any, this: Run) -> None:
    """The acts in one copy of the database and their statements in another, in turns."""
    from circulation_bare import replay

    found, notes = this.found, this.notes
    rates, tails, bare, shares, failures, refused = [], [], [], [], Counter[str](), Counter[str]()
    own, bare_own = [], []
    with _database(server, filled) as ours, _database(server, filled) as theirs:
        for number in range(ROUNDS):
            mine, sent = todo[number::ROUNDS], transactions[number::ROUNDS]
            done, failed, start, end, processor = _at_once(ours, [mine[one::WORKERS] for one in range(WORKERS)])
            rates.append(len(done) / (end - start))
            own.append(1000 * processor / len(done))
            tails.append(_p99(done))
            failures.update(failed)
            refused.update(one.refused for one in done if one.refused)
            shares_sent = [sent[one::WORKERS] for one in range(WORKERS)]
            done, failed, start, end, processor = _at_once(theirs, shares_sent, replay)
            bare.append(len(done) / (end - start))
            bare_own.append(1000 * processor / len(done))
            shares.append(rates[-1] / bare[-1])
            failures.update(f"bare: {one}" for one in failed)
    found["postgresql, 8 workers, acts a second"] = statistics.median(rates)
    found["postgresql, 8 workers, p99 ms"] = statistics.median(tails)
    found["postgresql, 8 workers, failed"] = failures.total()
    found["postgresql, the same by bare psycopg a second"] = statistics.median(bare)
    found["postgresql, share of bare psycopg"] = statistics.median(shares)
    found["postgresql, processor ms an act (ours, not the server's)"] = statistics.median(own)
    found["postgresql, the same by bare psycopg"] = statistics.median(bare_own)
    notes["postgresql, refused"] = dict(refused)
    notes["postgresql, shares of the rounds"] = [round(share, 2) for share in shares]
    if failures:
        notes["postgresql, failures"] = dict(failures)


# the clock's jobs


def _target(url: str, kind: str, this: Run) -> None:
    from circulation_clock import target

    count = this.chosen["targets"]
    took, processor, chosen = target(url, this.size, count)
    this.found[f"{kind}, targeting s"] = took
    this.found[f"{kind}, targeting, processor s"] = processor
    this.notes[f"{kind}, holds targeted"] = f"{chosen:,} of {count:,} got a copy"


def _scan(server: str, this: Run) -> None:
    from circulation_clock import scan

    with _database(server) as url:
        scan(url, this.chosen["scan"], this.found, this.notes)
