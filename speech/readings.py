"""Words that a voice would read wrongly, with the reading they have: marked in a text as numbered pinyin.

The words come from whoever knows the language (locales/<tag>/readings.tsv); longer words go before shorter ones. Only
voices that take pinyin get marked texts (Synthesizer.takes_pinyin).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path

LINE = re.compile(r"([^\t#]+)\t([a-z]{1,6}[1-5](?: [a-z]{1,6}[1-5])*)")


def read_words(file: Path) -> dict[str, str]:
    """The words of a table: word, tab, pinyin a line; a line that is not so is left out (`faults` names it)."""
    return {found[1]: found[2] for line in _lines(file) if (found := LINE.fullmatch(line))}


def faults(file: Path) -> list[str]:
    """The lines of a table that are no word with its pinyin, each as a sentence for whoever wrote it."""
    return [
        f"{file}, line {number}: not a word, a tab and its numbered pinyin"
        for number, line in enumerate(_lines(file), 1)
        if line and not line.startswith("#") and not LINE.fullmatch(line)
    ]


def _lines(file: Path) -> list[str]:
    return [line.strip() for line in file.read_text(encoding="utf-8").splitlines()]


class Readings:
    """A language's words and their readings."""

    def __init__(self, words: Mapping[str, str] | None = None) -> None:
        self._words = dict(words or {})
        longest_first = sorted(self._words, key=len, reverse=True)
        self._any = re.compile("|".join(map(re.escape, longest_first))) if longest_first else None

    def marked(self, text: str) -> str:
        """`text` with the pinyin in the place of every known word."""
        return self._any.sub(lambda found: f" {self._words[found[0]]} ", text) if self._any else text
