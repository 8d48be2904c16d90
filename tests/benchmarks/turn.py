"""turn: how long a typed turn takes on the demonstration union, from the inbox to the outbox, on one core.

Each turn is the whole natural way: stored in the inbox (committed), claimed, understood, searched, answered, put into
the outbox (committed, synchronous=FULL). Printed: median and 99th percentile in milliseconds and turns a second, over
the script of a reader's errands in Chinese, several rounds with a new reader each, and the slowest lines. What a
service prepares when it starts (`serve` does so behind its page) is prepared first, and each language has one round
that is not counted. A p99 above 30 ms is a defect.
"""

from __future__ import annotations

import gc
import json as json_module
import os
import statistics
import sys
import tempfile
from collections import defaultdict
from datetime import datetime, timedelta
from pathlib import Path
from time import perf_counter

sys.path.insert(0, str(Path(__file__).resolve().parent))

import machine

SCRIPT = (
    *("我想借三体", "第一本", "送到家", "好", "我借了哪些书", "全部续借", "好", "撤销", "活着", "2", "预约", "好"),
    *("我的预约", "取消第一个", "好", "有什么活动", "图书馆几点开门", "余华的书", "还有吗", "养花的书", "hongloumeng"),
    *("再说一遍", "慢一点", "红楼蒙", "9787506365437", "有没有能听的西游记", "帮助", "今天天气怎么样", "谢谢"),
)
LIMIT_MS = 30.0
SLOWEST = 3


def run(*, json: bool, options: list[str]) -> int:
    """Run the benchmark; `options` may hold --rounds N (default 12). Gives the exit code."""
    rounds = int(options[options.index("--rounds") + 1]) if "--rounds" in options else 12
    os.sched_setaffinity(0, {sorted(os.sched_getaffinity(0))[0]})
    by_line = _measured(rounds)
    took = sorted(ms for times in by_line.values() for ms in times)
    p50, p99 = statistics.median(took), took[int(len(took) * 0.99)]
    slowest = sorted(((statistics.median(times), said) for said, times in by_line.items()), reverse=True)[:SLOWEST]
    result = {
        "bench": "turn", "turns": len(took), "p50_ms": round(p50, 2), "p99_ms": round(p99, 2),
        "turns_per_s": round(1000 * len(took) / sum(took), 1), "limit_p99_ms": LIMIT_MS, "machine": machine.name(),
        "slowest": {said: round(ms, 2) for ms, said in slowest},
    }  # fmt: skip
    if json:
        print(json_module.dumps(result, ensure_ascii=False))
    else:
        print(f"{result['machine']}, one core")
        print(f"{len(took)} typed turns: p50 {p50:.1f} ms, p99 {p99:.1f} ms, {result['turns_per_s']} turns a second")
        print("slowest lines (median): " + ", ".join(f"{said} {ms:.1f} ms" for ms, said in slowest))
        print(f"p99 at most {LIMIT_MS:.0f} ms: {'kept' if p99 <= LIMIT_MS else 'MISSED'}")
    return 0 if p99 <= LIMIT_MS else 1


def _measured(rounds: int) -> dict[str, list[float]]:
    """The milliseconds each line of the script took in each round."""
    from bot import locales
    from bot.app import moment, open_parts
    from bot.cli.demo import ensure
    from bot.settings import load
    from bot.understanding import prepare

    took: dict[str, list[float]] = defaultdict(list)
    with tempfile.TemporaryDirectory(prefix="shusheng-bench-") as folder:
        settings = load(database_url=f"sqlite:///{folder}/bench.db", data=folder, log_level="error")
        with open_parts(settings) as parts:
            now = moment(settings)
            ensure(parts, now=now)
            for tag in locales.available():
                prepare(locales.load(tag))
            readers = _readers(parts, now)
            first = {reader["locale"]: reader["card"] for reader in reversed(readers)}
            warming = list(first.values())
            cards = warming + [readers[at % len(readers)]["card"] for at in range(rounds)]
            gc.collect()
            gc.freeze()
            for number, card in enumerate(cards):
                for said, ms in _round(parts, number, card, now + timedelta(minutes=2 * number)):
                    if number >= len(warming):
                        took[said].append(ms)
    return took


def _round(parts: object, number: int, card: str, now: datetime) -> list[tuple[str, float]]:
    """One talk of one reader: each line and the milliseconds of its turn."""
    from bot import inbox, relay
    from bot.app import Parts

    assert isinstance(parts, Parts)
    talk = f"console:bench{number}"
    took = []
    for line, said in enumerate(SCRIPT):
        at = now + timedelta(seconds=line)
        start = perf_counter()
        with parts.sessions.begin() as session:
            inbox.store(
                session, channel="console", update_id=f"{number}.{line}", talk=talk, address=talk,
                body={"say": said, "card": card}, now=at,
            )  # fmt: skip
        row = relay.answer_next(
            parts.sessions, channels={"console"}, talk=talk, services=parts.services, hear=_no_ears, now=at
        )
        took.append((said, (perf_counter() - start) * 1000))
        assert row is not None
    return took


def _readers(parts: object, now: datetime) -> list[dict[str, str]]:
    from bot.app import Parts
    from catalog.demo.build import facts

    assert isinstance(parts, Parts)
    with parts.sessions() as session:
        lines = [line for line in facts(session, now=now) if line["kind"] == "reader"]
    return [{name: str(line[name]) for name in ("card", "locale")} for line in lines]


def _no_ears(sound: bytes, media_type: str, locale: str, phrases: tuple[str, ...]) -> None:
    raise RuntimeError("a typed turn needs no ears")
