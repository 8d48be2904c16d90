"""What is shown and what is said: one reply in words, from a table; then the layout of a whole message."""

from __future__ import annotations

from datetime import date, time
from pathlib import Path
from typing import Any

import pytest
import yaml

from bot import locales, rendering
from bot.messages import CallNumber, Code, Link, Phone, Place, Reply, Several, Text, Title, Word
from bot.rendering import speech, texts
from bot.rendering.values import Manner

TODAY = date(2026, 11, 22)


class Loader(yaml.SafeLoader):
    """YAML with our kinds of values."""


for name, kind in {"title": Title, "phone": Phone, "code": Code, "link": Link, "place": Place, "word": Word}.items():
    Loader.add_constructor(f"!{name}", lambda loader, node, kind=kind: kind(loader.construct_scalar(node)))


def _hours(loader: Any, node: Any) -> Word:
    opens, closes = (time.fromisoformat(one) for one in loader.construct_sequence(node))
    return Word("hours-open", {"spans": Several((Word("hours-span", {"opens": opens, "closes": closes}),))})


Loader.add_constructor("!hours", _hours)
CASES = yaml.load(Path(__file__).with_name("said.yaml").read_text("utf-8"), Loader)


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case['locale']}-{case['text']}")
def test_shown_and_spoken(case: dict[str, Any]) -> None:
    reply = Reply((Text(case["text"], case["values"]),))
    message = rendering.render(reply, locale=locales.load(case["locale"]), today=TODAY)
    assert message.shown == case["shown"]
    assert message.spoken == case["spoken"]


FIGURES = [
    line.split("\t")
    for line in Path(__file__).with_name("figures.tsv").read_text("utf-8").splitlines()
    if not line.startswith("#")
]


@pytest.mark.parametrize(("tag", "written", "said"), FIGURES, ids=lambda part: part[:20])
def test_what_is_written_is_said_in_words(tag: str, written: str, said: str) -> None:
    assert speech.sayable(written, texts.of(locales.load(tag))) == said


@pytest.mark.parametrize(
    ("tag", "said"), [("zh-CN", "I 二四七 点 五 斜杠 四"), ("en", "I two four seven point five slash four")]
)
def test_a_call_number_is_said_sign_by_sign(tag: str, said: str) -> None:
    assert Manner(locales.load(tag), aloud=True).value(CallNumber("I247.5/4")) == said


def test_a_reply_is_texts_then_numbered_choices_then_the_question() -> None:
    books = tuple(Text("choice-place", {"place": Place(name)}) for name in ("乾元分馆", "武康分馆"))
    reply = Reply((Text("places-near"),), books, (Text("ask-which-place"),))
    message = rendering.render(reply, locale=locales.load("zh-CN"), offer="abc", pace=2.0, aloud=True)
    assert message.shown.splitlines() == [
        "离您近的有这几处。", "1. 乾元分馆", "2. 武康分馆", "要问哪一处的地址和电话？",
    ]  # fmt: skip
    assert message.spoken == "离您近的有这几处。第一，乾元分馆。第二，武康分馆。要问哪一处的地址和电话？"
    assert message.choices == ("乾元分馆", "武康分馆")
    assert (message.offer, message.pace, message.aloud, message.locale) == ("abc", 2.0, True, "zh-CN")


def test_short_says_less_and_drops_what_is_not_needed() -> None:
    reply = Reply((Text("found-some", {"count": 2}), Text("ask-which-or-more")))
    say = {
        level: rendering.render(reply, locale=locales.load("zh-CN"), verbosity=level).spoken
        for level in ("short", "normal", "long")
    }
    assert say["short"] == "要哪一本？"
    assert len(say["short"]) < len(say["normal"]) <= len(say["long"])


def test_yes_and_no_are_buttons_that_nobody_reads_aloud() -> None:
    reply = Reply((Text("renew-many-read-back", {"count": 2}),), (Text("choice-yes"), Text("choice-no")))
    message = rendering.render(reply, locale=locales.load("zh-CN"))
    assert message.choices == ("好", "不用")
    assert message.spoken == "两本全部续借。对吗？"


def test_an_unknown_text_is_an_error_and_not_a_sentence() -> None:
    with pytest.raises(KeyError):
        rendering.say(locales.load("zh-CN"), "no-such-text")
    with pytest.raises(KeyError):
        rendering.say(locales.load("zh-CN"), "renewed")
