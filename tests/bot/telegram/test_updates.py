"""What each kind of Telegram update says: updates.json, one case each; and how texts are cut and buttons made."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from bot.channels.telegram.texts import buttons, length, parts
from bot.channels.telegram.updates import read
from bot.messages import Message

CASES = json.loads(Path(__file__).with_name("updates.json").read_text(encoding="utf-8"))


@pytest.mark.parametrize("case", CASES, ids=[case["name"] for case in CASES])
def test_update(case: dict[str, Any]) -> None:
    arrival = read({"update_id": 7, **case["update"]}, username="shusheng_bot")
    if case.get("ignored"):
        assert arrival is None
        return
    assert arrival is not None and arrival.update_id == 7
    assert arrival.body == case["body"]
    assert arrival.talk == case.get("talk", arrival.talk)
    assert arrival.address == case.get("address", arrival.address)
    assert arrival.too_long == case.get("too_long", False)
    assert bool(arrival.query) == ("id" in case["update"].get("callback_query", {}))


def test_an_update_without_a_number_is_not_ours() -> None:
    assert read({"message": {"text": "x"}}, username="b") is None


@pytest.mark.parametrize(
    "text",
    ["短。", "这是一句很长的话，中间有逗号。" * 700, "无" * 9000, "Sentence one. " * 900, "😀" * 5000, "行\n" * 5000],
)
def test_a_long_text_is_cut_after_sentences_and_loses_nothing(text: str) -> None:
    pieces = parts(text)
    assert all(0 < length(piece) <= 4096 for piece in pieces)
    assert "".join("".join(pieces).split()) == "".join(text.split())
    assert len(pieces) <= length(text) // 2048 + 1
    if "。" in text or ". " in text:
        assert all(piece.endswith(("。", ".")) for piece in pieces)


def test_buttons_say_which_book_and_carry_the_offer() -> None:
    assert buttons(Message("x", "x", ("《活着》", "《三体》"), "ab")) == [
        ("1. 《活着》", "ab:1"),
        ("2. 《三体》", "ab:2"),
    ]


def test_an_offer_too_long_for_a_button_leaves_the_numbered_lines() -> None:
    assert buttons(Message("x", "x", ("《活着》",), "o" * 70)) == []
