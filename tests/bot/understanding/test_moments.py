"""The moment of the talk decides: the same words are an answer, a choice or a wish."""

from __future__ import annotations

import pytest

from bot.locales import load
from bot.messages import Choice
from bot.understanding import understand
from bot.understanding.meaning import Moment
from tests.bot.understanding.saying import TODAY, by_line, heard, read, typed, wrong

CASES = [
    (case["locale"], case["moment"], line, by_ear)
    for case in read("moments.yaml")
    for by_ear, key in ((False, "said"), (True, "heard"))
    for line in case.get(key, ())
]


def moment_of(written: dict[str, object]) -> Moment:
    return Moment(
        state=str(written["state"]),
        expects=frozenset(written.get("expects", ())),  # type: ignore[call-overload]
        options=tuple(written.get("options", ())),  # type: ignore[arg-type]
        intent=str(written.get("intent", "")),
    )


@pytest.mark.parametrize(
    ("tag", "moment", "line", "by_ear"), CASES, ids=[f"{case[1]['state']}-{case[2]}" for case in CASES]
)
def test_the_moment_decides(tag: str, moment: dict[str, object], line: str, by_ear: bool) -> None:
    example = by_line(line)
    meant = heard(example.said, tag, moment_of(moment)) if by_ear else typed(example.said, tag, moment_of(moment))
    assert not wrong(example, meant)


def test_a_button_is_a_choice() -> None:
    meant = understand(Choice(2), locale=load("zh-CN"), moment=Moment("choosing"), today=TODAY)
    assert (meant.intent, dict(meant.slots)) == ("choose", {"ordinal": 2})
