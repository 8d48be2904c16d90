"""The labelled pairs of tests/benchmarks, by the product's own import: as good as the figures asked for."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]


def test_merging_keeps_its_figures(shared: Path) -> None:
    done = subprocess.run(
        [Path(sys.executable).with_name("shusheng"), "bench", "merge", "--json"],
        env={**os.environ, "SHUSHENG_SHARED": str(shared)},
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    rows = [json.loads(line) for line in done.stdout.splitlines()]
    assert {row["level"] for row in rows} == {"edition", "work"}
    assert all(row["pairs"] > 600 for row in rows)
