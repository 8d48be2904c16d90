"""What we show as examples really runs: the README's conversation, and what the page says can be said."""

from __future__ import annotations

import json
import re

import pytest

from bot import locales, rendering
from tests.bot.cli.conftest import Command
from tests.conftest import ROOT

DAY = re.compile(r"(?:今天|明天|后天)（星期.，\d+月\d+日）|\d+月\d+日（星期.）")
CODE_WORD = re.compile(r"(?<=暗号)\d{4}")
QUOTED = re.compile(r"[“「](.*?)[”」]")


def test_the_conversation_runs_as_printed(shusheng: Command) -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    command, printed = re.findall(r"`shusheng chat (--card \d+)`.*?```\n(.*?)```", readme, re.DOTALL)[0]
    typed = re.findall(r"^> (.*)$", printed, re.MULTILINE)
    answers = [part.strip() for part in re.split(r"^> .*$", printed, flags=re.MULTILINE)[1:]]
    ran = shusheng("chat", *command.split(), stdin="".join(f"{line}\n" for line in typed))
    assert _masked(ran.out).split("\n\n") == [_masked(answer) for answer in answers]


@pytest.mark.parametrize("tag", locales.available())
def test_the_examples_of_the_page_find_something(shusheng: Command, tag: str) -> None:
    examples = QUOTED.findall(rendering.say(locales.load(tag), "page-examples"))
    assert len(examples) > 2
    ran = shusheng(
        "chat", "--locale", tag, "--json", stdin="".join(json.dumps({"say": line}) + "\n" for line in examples)
    )
    for said, line in zip(examples, ran.lines, strict=True):
        assert line["intent"] != "none", said
        assert line["found"] or not line["intent"].startswith("find"), said


def _masked(words: str) -> str:
    return CODE_WORD.sub("0000", DAY.sub("DAY", words.strip()))
