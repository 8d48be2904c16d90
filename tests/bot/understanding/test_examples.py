"""Paraphrases by intent: those that were tuned on must all be understood, those held out nearly all."""

from __future__ import annotations

import pytest

from tests.bot.understanding.saying import ACTING, FIGURES, by_intent, heard, read, typed, wrong

TUNED = ("zh-CN/tuned.yaml", "en/tuned.yaml")
HELD_OUT = {
    "zh-CN/heldout.yaml": 0.94,
    "zh-CN/seen.yaml": 0.88,
    "zh-CN/unseen.yaml": 0.8,
    "zh-CN/rural.yaml": 0.94,
    "zh-CN/rural_later.yaml": 0.94,
    "en/heldout.yaml": 0.95,
    "en/seen.yaml": 0.85,
    "en/unseen.yaml": 0.8,
    "en/plain.yaml": 0.94,
    "zh-Hant/heldout.yaml": 0.95,
    "zh-Hant/seen.yaml": 0.95,
}
"""The files, and the share that must be understood at the least; the run prints what it really is."""

TALK = ("zh-CN/talk.yaml", "en/talk.yaml")

WISHES = frozenset(
    {
        *("place_hold", "request_delivery", "renew", "renew_all", "join_event", "request_return_pickup", "call_back"),
        *("play_audiobook", "continue_listening", "suggest_purchase", "request_recording", "subscribe_topic", "human"),
    }
)
"""Acts that are wished for."""


def tag_of(path: str) -> str:
    return path.split("/", maxsplit=1)[0]


@pytest.mark.parametrize("path", TUNED)
def test_tuned_examples_are_all_understood(path: str) -> None:
    faults = [fault for one in by_intent(path) if (fault := wrong(one, typed(one.said, tag_of(path))))]
    assert not faults, "\n".join(faults)


@pytest.mark.parametrize("path", HELD_OUT)
def test_held_out_examples_are_nearly_all_understood(path: str) -> None:
    examples = by_intent(path)
    faults = [fault for one in examples if (fault := wrong(one, typed(one.said, tag_of(path))))]
    share = 1 - len(faults) / len(examples)
    FIGURES.append(f"{path}: {len(examples) - len(faults)} of {len(examples)} held out, {share:.1%}")
    assert share >= HELD_OUT[path], "\n".join(faults)


@pytest.mark.parametrize("path", [*TUNED, *HELD_OUT, *TALK])
def test_ordinary_talk_never_acts(path: str) -> None:
    talk = read(path).get("none", [])
    acts = [(words, meant.intent) for words in talk if (meant := typed(words, tag_of(path))).intent in ACTING]
    assert not acts


def test_there_are_enough_examples() -> None:
    for tag, least in (("zh-CN", 12), ("en", 6)):
        counts: dict[str, int] = {}
        for path in [*TUNED, *HELD_OUT]:
            if tag_of(path) == tag:
                for one in by_intent(path):
                    counts[one.intent] = counts.get(one.intent, 0) + 1
        short = {intent: count for intent, count in counts.items() if count < least}
        assert not short


@pytest.mark.parametrize("words", read("zh-CN/refused.yaml"))
def test_a_negated_wish_never_becomes_the_act(words: str) -> None:
    assert typed(words, "zh-CN").intent not in WISHES
    assert heard(words).intent not in WISHES
