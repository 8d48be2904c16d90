"""No intent steals another's sentence: every form of every template, in every language, is understood as its own.

A template's plain forms are made (each of its words stands in one of them), its slots are filled with ordinary values,
and what comes out of `understand` must be the template's intent. OHF's check_overmatch is the model.
"""

from __future__ import annotations

import re
from datetime import date

import pytest

from bot.locales import available, load
from bot.messages import Utterance
from bot.understanding import understand
from bot.understanding.meaning import Moment
from bot.understanding.plain_forms import plain_sentences

TODAY = date(2026, 11, 22)
FILLED = {
    "zh": {
        "book": "三体", "author": "老舍", "subject": "养花", "place": "乾元镇", "person": "王小红", "topic": "武侠",
        "text": "送来的书是湿的", "gap": "", "ordinal": "第二个", "date": "下周三", "time": "下午三点", "days": "三天",
        "isbn": "9787506365437", "card": "33052100017", "count": "两个", "format": "大字版",
    },
    "en": {
        "book": "Moby Dick", "author": "Mark Twain", "subject": "roses", "place": "Wukang", "person": "Mary",
        "topic": "gardening", "text": "the book was wet", "gap": "", "ordinal": "the second one", "date": "tomorrow",
        "time": "3 pm", "days": "two weeks", "isbn": "9780141439518", "card": "33052100017", "count": "2",
        "format": "large print",
    },
}  # fmt: skip
SAME_ACT = {frozenset({"find_title", "find_audiobook"}), frozenset({"play_audiobook", "find_audiobook"})}
"""Pairs that a filled slot decides between: an audiobook is a format, too."""


@pytest.mark.parametrize("tag", [tag for tag in available() if "-Hant" not in tag])
def test_every_template_is_understood_as_its_own(tag: str) -> None:
    locale = load(tag)
    values = FILLED[locale.language]
    stolen: list[str] = []
    forms = sorted(form for form in set(plain_sentences(locale)) if "{gap}" not in form[1])
    for intent, form in forms:
        words = re.sub(r"\{(\w+)\}", lambda slot: values[slot[1]], form)
        meant = understand(Utterance(words), locale=locale, moment=Moment(), today=TODAY)
        if meant.intent != intent and frozenset({meant.intent, intent}) not in SAME_ACT:
            stolen.append(f"{words} ({form}): {intent}, taken as {meant.intent}")
    assert not stolen, f"{len(stolen)} of {len(forms)}:\n" + "\n".join(stolen)
