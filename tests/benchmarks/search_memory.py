"""What a process that only searches holds in memory: its own, and what of the index's files it has looked at."""

from __future__ import annotations

import multiprocessing
from pathlib import Path


def resident(index: Path, texts: list[str]) -> str:
    """Megabytes after these questions, in a fresh process."""
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        own, mapped = pool.apply(_after, (str(index), texts))
    return f"{own + mapped:.0f} ({own:.0f} its own, {mapped:.0f} of files)"


def _after(path: str, texts: list[str]) -> tuple[float, float]:
    from catalog.search import Index, Query

    index = Index.open(Path(path))
    for text in texts:
        index.search(Query(text=text, heard=True))
    lines = dict(line.split(":", 1) for line in Path("/proc/self/status").read_text().splitlines() if ":" in line)
    own, mapped = (int(lines[name].split()[0]) / 1e3 for name in ("RssAnon", "RssFile"))
    return own, mapped
