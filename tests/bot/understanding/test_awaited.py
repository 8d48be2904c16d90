"""The few answers a question leaves open: what an ear is told to expect, and that it is told nothing else."""

from __future__ import annotations

import pytest

from bot import locales
from bot.understanding.awaited import few_answers
from bot.understanding.meaning import Moment


@pytest.mark.parametrize(
    ("tag", "yes", "no"), [("zh-CN", "好的", "不用"), ("zh-Hant", "好的", "不用"), ("en", "yes", "no")]
)
def test_a_question_awaits_its_answers(tag: str, yes: str, no: str) -> None:
    awaited = few_answers(Moment("confirming"), locales.load(tag))
    assert {yes, no} <= set(awaited)
    assert not any("{" in one for one in awaited)
    assert awaited == few_answers(Moment("confirming"), locales.load(tag))


def test_a_list_awaits_its_places_and_its_names() -> None:
    long = "一个很长很长的书名" * 4
    awaited = few_answers(Moment("choosing", options=("活着", "", long)), locales.load("zh-CN"))
    assert {"活着", "第二本", "最后一本", "下一页"} <= set(awaited)
    assert "" not in awaited and long not in awaited


@pytest.mark.parametrize("state", ["idle", "asking", "playing"])
def test_where_anything_may_be_said_nothing_is_awaited(state: str) -> None:
    assert few_answers(Moment(state, options=("活着",)), locales.load("zh-CN")) == ()
