"""imports: how many ISO 2709 records a second come into the union, merged and indexed, and how much memory that takes.

The file is made here, seeded: CNMARC and, every fourth, MARC 21 records over the real titles of ../shared/data
(recombined once those are used up), three in ten of them another library's description of an edition that stands
earlier in the file, a tenth in GB18030, each with one or two items at one of three libraries. It is imported into a new
SQLite database by `shusheng import` in a process of its own, its index built with it. Then a second import of the same
file must change nothing. `--records N` (default 100,000) chooses the size. Beside the wall clock stands the processor's
time, that of the processes beside it included, since other work may run beside; the bars are the wall clock's and the
memory's (the import's own; the largest of its processes beside it is printed). Fewer than 2,000 records a second or
more than 600 MB is a defect.
"""

from __future__ import annotations

import json as json_module
import os
import random
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Iterator
from pathlib import Path
from time import perf_counter

sys.path.insert(0, str(Path(__file__).resolve().parent))

import machine

ROOT = Path(__file__).resolve().parents[2]
SHARED = Path(os.environ.get("SHUSHENG_SHARED", ROOT.parent / "shared"))
LEAST_A_SECOND = 2000.0
MOST_MB = 600.0
SEED = 20261122
AGAIN = 0.3
"""The share of records that describe an edition anew which another library described before."""
LOOK_BACK = 50_000
LIBRARIES = ("BENCH", "BENCH-2", "BENCH-3")
CLASSES = ("I247.5", "I712.45", "K25", "TS972.1", "G252", "B84", "J292", "R247", "F124", "I565.44", "TP312", "I287.4")


def run(*, json: bool, options: list[str]) -> int:
    """Run the benchmark; `options` may hold --records N. Gives the exit code."""
    count = int(options[options.index("--records") + 1]) if "--records" in options else 100_000
    with tempfile.TemporaryDirectory(prefix="shusheng-bench-") as name:
        folder = Path(name)
        file = folder / "records.iso"
        size = make(file, count)
        _prepare(folder)
        first = _imported(folder, file)
        again = _imported(folder, file)
    a_second = count / first["took_s"]
    result = {
        "bench": "imports", "records": count, "megabytes": round(size / 1e6, 1),
        "took_s": round(first["took_s"], 1), "a_second": round(a_second), "limit_a_second": LEAST_A_SECOND,
        "processor_s": round(first["processor_s"], 1), "a_processor_second": round(count / first["processor_s"]),
        "peak_mb": round(first["peak_mb"]), "limit_mb": MOST_MB,
        "beside_mb": round(first["beside_mb"]), "created": first["created"],
        "merged": first["merged"] + first["updated"], "rejected": first["rejected"],
        "again_a_second": round(count / again["took_s"]), "again_changed": again["created"] + again["updated"],
        "machine": machine.name(),
    }  # fmt: skip
    kept = a_second >= LEAST_A_SECOND and first["peak_mb"] <= MOST_MB and not result["again_changed"]
    if json:
        print(json_module.dumps(result, ensure_ascii=False))
    else:
        print(result["machine"])
        print(
            f"{count:,} records ({result['megabytes']} MB): {result['took_s']} s, {result['a_second']:,} a second with "
            f"merging and indexing ({result['processor_s']} s of processor, {result['a_processor_second']:,} a second "
            f"of it); peak {result['peak_mb']} MB, beside it {result['beside_mb']} MB; "
            f"{result['created']:,} records made, {result['merged']:,} merged, {result['rejected']:,} rejected"
        )
        print(f"the same file again: {result['again_a_second']:,} a second, {result['again_changed']} changed")
        print(f"at least {LEAST_A_SECOND:,.0f} a second and at most {MOST_MB:.0f} MB: {'kept' if kept else 'MISSED'}")
    return 0 if kept else 1


def _prepare(folder: Path) -> None:
    """A database with the library whose items these are."""
    from catalog.database import open_engine, open_sessions, prepare
    from catalog.organisation.tables import OrgUnit

    engine = open_engine(f"sqlite:///{folder / 'bench.db'}")
    prepare(engine)
    with open_sessions(engine).begin() as session:
        county = OrgUnit(code="BENCH", level="county", kind="library", name="BENCH")
        session.add_all([county, *(OrgUnit(code=code, level="township", kind="branch", name=code, parent=county)
                                   for code in LIBRARIES[1:])])  # fmt: skip
    engine.dispose()


def _imported(folder: Path, file: Path) -> dict[str, float]:
    """What one `shusheng import` reported, how long it took and the most memory it held."""
    command = [sys.executable, "-c", _CHILD, "import", str(file), "--library", "BENCH", "--json"]
    command += ["--database", f"sqlite:///{folder / 'bench.db'}", "--data", str(folder / "data")]
    start = perf_counter()
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    took = perf_counter() - start
    report = next(line for line in map(json_module.loads, done.stdout.splitlines()) if "read" in line)
    peak, beside, processor = map(float, done.stderr.splitlines()[-1].split())
    return {**report, "took_s": took, "peak_mb": peak / 1024, "beside_mb": beside / 1024, "processor_s": processor}


_CHILD = """
import resource, sys
from bot.cli import main
try:
    main(sys.argv[1:])
finally:
    own, beside = resource.getrusage(resource.RUSAGE_SELF), resource.getrusage(resource.RUSAGE_CHILDREN)
    processor = own.ru_utime + own.ru_stime + beside.ru_utime + beside.ru_stime
    print(own.ru_maxrss, beside.ru_maxrss, processor, file=sys.stderr)
"""


def make(file: Path, count: int) -> int:
    """Write `count` records; gives the bytes written."""
    chance = random.Random(SEED)
    editions: list[tuple[str, str, str, int, str, str]] = []
    books = _books(chance)
    written = 0
    with file.open("wb") as out:
        for number in range(count):
            if editions and chance.random() < AGAIN:
                edition = editions[-1 - min(int(chance.expovariate(1 / 2000)), len(editions) - 1)]
            else:
                title, author, publisher = next(books)
                isbn = _isbn(number)
                edition = (title, author, publisher, chance.randint(1980, 2025), isbn, chance.choice(CLASSES))
                editions.append(edition)
                if len(editions) > 2 * LOOK_BACK:
                    del editions[:LOOK_BACK]
            encoding = "gb18030" if number % 10 == 0 else "utf-8"
            written += out.write(_record(number, edition, encoding, chance))
    return written


def _books(chance: random.Random) -> Iterator[tuple[str, str, str]]:
    """Real titles with authors and publishers, then parts of them put together anew."""
    rows = []
    with (SHARED / "data" / "books_cn.tsv").open(encoding="utf-8") as table:
        next(table)
        for line in table:
            title, author, _, publisher, *_ = line.split("\t")
            rows.append((title, author.split("/")[0].strip() or "佚名", publisher or "人民出版社"))
    chance.shuffle(rows)
    yield from rows
    while True:
        one, other = chance.choice(rows), chance.choice(rows)
        title = one[0][: (len(one[0]) + 1) // 2] + other[0][len(other[0]) // 2 :]
        yield title, chance.choice(rows)[1], chance.choice(rows)[2]


def _isbn(number: int) -> str:
    body = f"9787{number:08d}"
    return body + str(-sum(int(digit) * (3 if place % 2 else 1) for place, digit in enumerate(body)) % 10)


def _record(number: int, edition: tuple[str, str, str, int, str, str], encoding: str, chance: random.Random) -> bytes:
    if number % 4 == 3:
        return _marc21(number, edition, encoding)
    title, author, publisher, year, isbn, clc = edition
    fields: list[tuple[str, str]] = [
        ("001", f"B{number:09d}"),
        ("005", "20240315102233.0"),
        ("010", f"  \x1fa{isbn[:3]}-{isbn[3]}-{isbn[4:8]}-{isbn[8:12]}-{isbn[12]}\x1fdCNY{chance.randint(10, 90)}.00"),
        ("100", f"  \x1fa20240315d{year}    em y0chiy50      ea"),
        ("101", "0 \x1fachi"),
        ("102", "  \x1faCN\x1fb110000"),
        ("105", "  \x1faa   z   000yy"),
        ("106", "  \x1far"),
        ("200", f"1 \x1fa{title}\x1ff{author}著"),
        ("210", f"  \x1fa北京\x1fc{publisher}\x1fd{year}"),
        ("215", f"  \x1fa{chance.randint(80, 700)}页\x1fd21cm"),
        ("330", f"  \x1fa本书是{author}的作品《{title}》，由{publisher}于{year}年出版，供各级公共图书馆读者阅读。"),
        ("606", "0 \x1fa长篇小说\x1fy中国\x1fz当代"),
        ("690", f"  \x1fa{clc}\x1fv5"),
        ("701", f" 0\x1fa{author}\x1f4著"),
        ("801", " 0\x1faCN\x1fbBENCH\x1fc20240315"),
    ]
    for copy in range(1 + number % 2):
        fields.append(("905", f"  \x1fa{_home(number)}\x1fb{number:09d}{copy}\x1fd{clc}\x1fe{number % 9999}"))
    return _iso2709(fields, encoding, "nam0 22{base:05d}   450 ")


def _marc21(number: int, edition: tuple[str, str, str, int, str, str], encoding: str) -> bytes:
    title, author, publisher, year, isbn, clc = edition
    fields = [
        ("001", f"B{number:09d}"),
        ("003", "BENCH"),
        ("005", "20240315102233.0"),
        ("008", f"240315s{year}    cc            000 0 chi  "),
        ("020", f"  \x1fa{isbn} (pbk.)"),
        ("041", "0 \x1fachi"),
        ("093", f"  \x1fa{clc}\x1f25"),
        ("100", f"1 \x1fa{author},\x1fe著"),
        ("245", f"10\x1fa{title} /\x1fc{author}著."),
        ("264", f" 1\x1fa北京 :\x1fb{publisher},\x1fc{year}"),
        ("300", "  \x1fa312页 ;\x1fc21cm"),
        ("520", f"  \x1fa本书是{author}的作品《{title}》，由{publisher}于{year}年出版，供各级公共图书馆读者阅读。"),
        ("650", " 4\x1fa长篇小说\x1fz中国"),
    ]
    for copy in range(1 + number % 2):
        fields.append(("952", f"  \x1f00\x1fa{_home(number)}\x1fb{_home(number)}\x1fo{clc}\x1fp{number:09d}{copy}"))
    return _iso2709(fields, encoding, "nam a22{base:05d} i 4500")


def _home(number: int) -> str:
    return LIBRARIES[number // 2 % len(LIBRARIES)]


def _iso2709(fields: Iterable[tuple[str, str]], encoding: str, leader: str) -> bytes:
    directory, body = b"", b""
    for tag, value in fields:
        data = value.encode(encoding) + b"\x1e"
        directory += f"{tag}{len(data):04d}{len(body):05d}".encode()
        body += data
    base = 24 + len(directory) + 1
    length = base + len(body) + 1
    return f"{length:05d}{leader.format(base=base)}".encode() + directory + b"\x1e" + body + b"\x1d"
