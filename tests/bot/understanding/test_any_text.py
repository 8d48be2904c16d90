"""Whatever is typed or heard: no error, an intent of the contract, slots of the contract, and quickly."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.locales import load
from bot.messages import Utterance
from bot.understanding import understand
from bot.understanding.meaning import FORMATS, INTENTS, SLOTS, Meaning, Moment
from speech.recognition import Hypothesis, Transcript
from tests.bot.understanding.saying import TODAY

NOTHING = ["", "   ", "😀😀😀", "\x00\x01\x02", "。。。！？", "《》", "\n\n", "\u200b\u200d", "🙏" * 100]
STRANGE = [
    "啊" * 10_000, "a" * 10_000, "1" * 5_000, "九" * 3_000, "续" * 200, "《" * 50, "((((", "[a|b]{x}<y>", "第第第本",
    "\ue000\uf800续借", "我想借" + "的" * 300, "{book}", "借\x00三体", "续借\u202e", "ﬃ", "①②③", "第②本", "²本", "٣",
    "借" * 3 + "《" + "长" * 200 + "》",
]  # fmt: skip
PIECES = st.lists(
    st.sampled_from(
        [
            *"我想借本送家周三点半《》，不要的了吗1号月第二",
            "续借",
            "预约",
            "取消",
            "978",
            "book",
            "the",
            "renew",
            "hold ",
        ]
    )
)
MOMENTS = st.builds(
    Moment,
    state=st.sampled_from(("idle", "choosing", "confirming", "asking", "playing")),
    expects=st.frozensets(st.sampled_from(SLOTS), max_size=2),
    options=st.sampled_from(((), ("《活着》", "《三体》"), ("", "x"))),
    intent=st.sampled_from(("", "link_card", "request_delivery", "place_hold")),
)


def is_well_formed(meant: Meaning) -> None:
    assert meant.intent in INTENTS
    assert set(meant.slots) <= set(SLOTS)
    assert 0 <= meant.confidence <= 1
    assert meant.slots.get("format", "print") in FORMATS
    for rival in meant.rivals:
        assert rival.intent in INTENTS


@pytest.mark.parametrize("tag", ["zh-CN", "zh-Hant", "en"])
@pytest.mark.parametrize("text", NOTHING)
def test_no_words_mean_nothing(tag: str, text: str) -> None:
    meant = understand(Utterance(text), locale=load(tag), moment=Moment(), today=TODAY)
    assert (meant.intent, dict(meant.slots)) == ("none", {})


@pytest.mark.parametrize("tag", ["zh-CN", "en"])
@pytest.mark.parametrize("text", STRANGE, ids=range(len(STRANGE)))
def test_strange_words_are_no_error(tag: str, text: str) -> None:
    for moment in (
        Moment(),
        Moment("choosing", options=("《活着》",)),
        Moment("asking", frozenset({"text"}), intent="feedback"),
    ):
        is_well_formed(understand(Utterance(text), locale=load(tag), moment=moment, today=TODAY))
        is_well_formed(understand(Transcript((Hypothesis(text=text),)), locale=load(tag), moment=moment, today=TODAY))
        heard = Transcript((Hypothesis(syllables=text),))
        is_well_formed(understand(heard, locale=load(tag), moment=moment, today=TODAY))


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(text=st.one_of(st.text(max_size=60), PIECES.map("".join)), moment=MOMENTS, tag=st.sampled_from(("zh-CN", "en")))
def test_any_words_are_no_error(text: str, moment: Moment, tag: str) -> None:
    is_well_formed(understand(Utterance(text), locale=load(tag), moment=moment, today=TODAY))


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(text=st.one_of(st.text(max_size=40), PIECES.map("".join)), moment=MOMENTS)
def test_any_sounds_are_no_error(text: str, moment: Moment) -> None:
    for one in (Hypothesis(text=text), Hypothesis(syllables=text)):
        is_well_formed(understand(Transcript((one,)), locale=load("zh-CN"), moment=moment, today=TODAY))


def test_a_long_complaint_is_kept_whole() -> None:
    complaint = "我要投诉，" + "送来的书总是湿的。" * 100
    meant = understand(Utterance(complaint), locale=load("zh-CN"), moment=Moment(), today=TODAY)
    assert meant.intent == "feedback"
    assert len(getattr(meant.slots["text"], "text", "")) > 800
