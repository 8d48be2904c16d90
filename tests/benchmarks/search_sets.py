"""Catalogues of any size made of real titles, seeded: what is beyond the real ones is made from them.

A made title is a volume or an edition in a series of a real one, a variant of it (a word put before or behind), or two
real titles' halves put together, which is where confusion comes from in a large union: many titles share their words.
Authors, classes and tags are those of the title it was made from.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from pathlib import Path

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
    for _ in range(number - len(real)):
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
