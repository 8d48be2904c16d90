"""What becomes of spoken words in a real talk: the console channel over a demonstration of its own, ears and all."""

from __future__ import annotations

import contextlib
import csv
import functools
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

SURE, SURE_TO_ACT = 0.5, 0.65
BEFORE = {
    "": (),
    "list": ("余华的书",),
    "more": ("余华的书", "还有吗"),
    "book": ("我想借活着", "第一本"),
    "audio": ("我想听三字经", "第一本"),
    "events": ("最近有什么活动",),
    "confirm": ("我想借活着", "第一本", "送到家"),
}
"""What is typed before a command of commands.tsv is spoken."""
FINDS = {"find_title", "find_audiobook"}


@dataclass(frozen=True, slots=True)
class Command:
    """A spoken command: what is meant, what was said before, its words and their toned syllables."""

    intent: str
    before: str
    said: str
    syllables: tuple[str, ...]


@dataclass(slots=True)
class Outcome:
    """What became of a note: `verdict` is at once, asked, missed or wrong act."""

    verdict: str
    intent: str
    answer: dict[str, Any] = field(default_factory=dict)


def commands(name: str = "commands.tsv") -> list[Command]:
    """The commands of commands.tsv, or of another file like it."""
    lines = Path(__file__).with_name(name).read_text(encoding="utf-8").splitlines()
    rows = csv.DictReader((line for line in lines if not line.startswith("#")), delimiter="\t")
    return [Command(row["intent"], row["before"], row["said"], tuple(row["syllables"].split())) for row in rows]


class Talks:
    """A demonstration union of its own, and talks with it by sound."""

    def __init__(self, parts: Any, ears: Any, folder: Path, now: datetime) -> None:
        from catalog.demo.build import facts

        self._parts, self._ears, self._folder, self._now = parts, ears, folder, now
        self._count = 0
        with parts.sessions() as session:
            lines = [line for line in facts(session, now=now) if line["kind"] == "reader"]
        self._card = str(lines[0]["card"])

    def say(self, sound: bytes, before: tuple[str, ...] = ()) -> dict[str, Any]:
        """The answer to `sound` in a fresh talk after `before` was typed."""
        from bot.channels.console import Console

        self._count += 1
        at = self._now + timedelta(minutes=3 * self._count)
        console = Console(
            self._parts.sessions, self._parts.services, self._ears.hear, f"console:voice{self._count}",
            clock=lambda: datetime.now(at.tzinfo), card=self._card, locale="zh-CN", now=at.isoformat(),
        )  # fmt: skip
        for line in before:
            list(console.answer({"say": line}))
        note = self._folder / f"note{self._count}"
        note.write_bytes(sound)
        answered = next(iter(console.answer({"hear": str(note)})))
        note.unlink()
        answer: dict[str, Any] = {**(answered[1] or {}), "shown": answered[0].shown}
        if answer.get("done"):
            list(console.answer({"say": "撤销"}))
        return answer

    def command(self, one: Command, sound: bytes) -> Outcome:
        """How `one` was understood."""
        answer = self.say(sound, BEFORE[one.before])
        intent, choices = str(answer.get("intent")), list(answer.get("choices", ()))
        asked = [name for choice in choices[:3] for label, name in _labels().items() if choice.startswith(label)]
        meant = {one.intent} | (FINDS if one.intent in FINDS else set())
        if asked:
            return Outcome("asked" if meant & set(asked) else "missed", intent, answer)
        if intent in meant:
            return Outcome("at once", intent, answer)
        return Outcome("wrong act" if answer.get("done") else "missed", intent, answer)


@functools.cache
def _labels() -> dict[str, str]:
    """How a wish is offered when it was not sure, as far as no name stands in it, and its intent."""
    from bot import locales, rendering
    from bot.understanding.meaning import INTENTS

    say = functools.partial(rendering.say, locales.load("zh-CN"))
    labels = {}
    for name in (name for name in INTENTS if name not in ("none", "yes", "no")):
        for what in ("none", "\0"):
            labels[say(f"wish-{name.replace('_', '-')}", what=what).partition("\0")[0]] = name
    return labels


@contextlib.contextmanager
def talks(ears: Any, *, books: Path | None = None) -> Iterator[Talks]:
    """Talks with a demonstration; with `books`, those records are in the union too."""
    from bot.app import moment, open_parts
    from bot.cli.demo import ensure
    from bot.settings import load
    from catalog.audit import Actor
    from catalog.interchange.importing import import_file
    from catalog.search import writing

    with tempfile.TemporaryDirectory(prefix="shusheng-bench-") as folder:
        settings = load(database_url=f"sqlite:///{folder}/bench.db", data=folder, log_level="error")
        with open_parts(settings) as parts:
            now = moment(settings)
            ensure(parts, now=now)
            if books is not None:
                import_file(parts.sessions, books, by=Actor(), now=now)
                writing.update(parts.sessions, parts.index_path)
            yield Talks(parts, ears, Path(folder), now)
