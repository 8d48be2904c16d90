"""Classes of the Chinese Library Classification as plain words: I247.5 is 当代小说, and "fiction" too.

The words stand in clc.tsv, a line a class: its number, Chinese words, English words (| between them). A class has the
words of every class above it that the table names, so that S682 is found under 花卉 and under 园艺.
"""

from __future__ import annotations

from functools import cache, lru_cache
from pathlib import Path


@cache
def _classes() -> dict[str, tuple[str, ...]]:
    classes: dict[str, tuple[str, ...]] = {}
    for line in Path(__file__).with_name("clc.tsv").read_text("utf-8").splitlines():
        if line and not line.startswith("#"):
            number, chinese, english = line.split("\t")
            classes[number] = (*chinese.split("|"), *(word for word in english.split("|") if word))
    return classes


@lru_cache(8192)
def words_of_class(number: str) -> tuple[str, ...]:
    """The words, nearest class first, for a class number such as "I247.57"; () if no part of it is known."""
    number = number.strip().upper()
    found: dict[str, None] = {}
    classes = _classes()
    for length in range(len(number), 0, -1):
        found.update(dict.fromkeys(classes.get(number[:length], ())))
    return tuple(found)
