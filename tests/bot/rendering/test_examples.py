"""What we tell readers to say is understood when they say it."""

from __future__ import annotations

import re
from datetime import date

import pytest
from fluent.syntax import FluentParser, serialize
from fluent.syntax import ast as ftl

from bot import locales
from bot.messages import Utterance
from bot.understanding import understand
from bot.understanding.meaning import Moment

QUOTED = re.compile(r"“([^”{]+)”")
SURE = 0.65
TODAY = date(2026, 11, 22)
ELSEWHERE = ("page", "feedback-read-back", "value-title")


def examples(tag: str) -> list[tuple[str, str]]:
    return [
        (entry.id.name, words)
        for path in sorted((locales.FOLDER / tag / "texts").glob("*.ftl"))
        for entry in FluentParser().parse(path.read_text("utf-8")).body
        if isinstance(entry, ftl.Message) and not entry.id.name.startswith(ELSEWHERE)
        for words in dict.fromkeys(QUOTED.findall(serialize(ftl.Resource([entry]))))
    ]


@pytest.mark.parametrize(
    ("tag", "id", "words"), [(tag, id, words) for tag in ("zh-CN", "en") for id, words in examples(tag)]
)
def test_an_example_is_understood(tag: str, id: str, words: str) -> None:
    state = "confirming" if id in ("help-confirming", "say-yes-or-no") else "choosing" if "book" in id else "idle"
    meaning = understand(Utterance(words), locale=locales.load(tag), moment=Moment(state), today=TODAY)
    assert meaning.intent != "none"
    assert meaning.confidence >= SURE
