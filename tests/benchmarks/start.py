"""start: how soon the service answers its page, how soon it ends, and how soon the demonstration is built.

Each round starts `shusheng serve --demo` as a process of its own on a demonstration that is there, asks for the page,
holds a stream open, and ends it by SIGTERM. The first start builds the demonstration. Medians of the rounds; a page
that takes over 3 seconds and an end that takes over 5 are defects (CONTRACT.md, issue 2).
"""

from __future__ import annotations

import json as json_module
import os
import re
import signal
import statistics
import subprocess
import sys
import tempfile
import urllib.request
from pathlib import Path
from time import perf_counter

sys.path.insert(0, str(Path(__file__).resolve().parent))

import machine

NAME = "start"
PAGE_S = 3.0
END_S = 5.0
SHUSHENG = Path(sys.executable).with_name("shusheng")


def run(*, json: bool, options: list[str]) -> int:
    """Run the benchmark; `options` may hold --rounds N (default 5). Gives the exit code."""
    rounds = int(options[options.index("--rounds") + 1]) if "--rounds" in options else 5
    with tempfile.TemporaryDirectory() as folder:
        settings = {"SHUSHENG_DATABASE_URL": f"sqlite:///{folder}/shusheng.db", "SHUSHENG_DATA": folder}
        first, _ = _round(settings)
        took = [_round(settings) for _ in range(rounds)]
    page, end = (statistics.median(each) for each in zip(*took, strict=True))
    found = {
        "bench": NAME,
        "machine": machine.name(),
        "load": round(os.getloadavg()[0], 1),
        "rounds": rounds,
        "first_start_s": round(first, 2),
        "page_s": round(page, 2),
        "page_longest_s": round(max(each[0] for each in took), 2),
        "end_s": round(end, 2),
        "end_longest_s": round(max(each[1] for each in took), 2),
        "limits_s": {"page": PAGE_S, "end": END_S},
    }
    if json:
        print(json_module.dumps(found, ensure_ascii=False))
    else:
        print(f"{found['machine']}, load {found['load']}")
        print(f"first start, the demonstration being built: {first:.2f} s")
        print(f"page answered after {page:.2f} s (longest {found['page_longest_s']}; limit {PAGE_S})")
        print(
            f"ended by SIGTERM with an open stream after {end:.2f} s (longest {found['end_longest_s']}; limit {END_S})"
        )
    return 0 if page <= PAGE_S and end <= END_S else 1


def _round(settings: dict[str, str]) -> tuple[float, float]:
    """Seconds until the page was there, and from SIGTERM to the end."""
    began = perf_counter()
    process = subprocess.Popen(
        [SHUSHENG, "serve", "--demo", "--port", "0"],
        env={**os.environ, **settings},
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    assert process.stdout is not None
    with process:
        found = None
        while not found and (line := process.stdout.readline()):
            found = re.search(r"http://\S+/", line)
        if not found:
            raise SystemExit("the service did not start: `shusheng serve --demo` says why")
        with urllib.request.urlopen(found[0], timeout=60) as page:
            page.read()
            cookie = page.headers["Set-Cookie"].partition(";")[0]
        answered = perf_counter() - began
        with urllib.request.urlopen(
            urllib.request.Request(f"{found[0]}events", headers={"Cookie": cookie}), timeout=60
        ):
            began = perf_counter()
            process.send_signal(signal.SIGTERM)
            process.wait(60)
            return answered, perf_counter() - began
