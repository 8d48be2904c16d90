"""Dates, times, ordinals, numbers and the other values, as people say them."""

from __future__ import annotations

from datetime import date

import pytest

from bot.locales import load
from bot.understanding.dates import date_from
from bot.understanding.numbers import digits, isbn, number
from tests.bot.understanding.saying import read, shown, typed

CASES = [(tag, line) for tag, lines in read("values.yaml").items() for line in lines]
ZH = load("zh-CN").words["numbers"]
EN = load("en").words["numbers"]


@pytest.mark.parametrize(("tag", "line"), CASES, ids=[line for _, line in CASES])
def test_values_in_sentences(tag: str, line: str) -> None:
    words, _, value = line.partition(" = ")
    slot, _, wanted = value.partition("=")
    slots = {name: shown(found) for name, found in typed(words, tag).slots.items()}
    assert slots.get(slot) == wanted, slots


@pytest.mark.parametrize(
    ("said", "value"),
    [
        *(("12", 12), ("十二", 12), ("两", 2), ("俩", 2), ("廿三", 23), ("一百零五", 105)),
        *(("本", None), ("", None), ("9" * 30, None)),
    ],
)  # fmt: skip
def test_chinese_numbers(said: str, value: int | None) -> None:
    assert number(said, ZH) == value


@pytest.mark.parametrize(
    ("said", "value"),
    [("two", 2), ("twenty one", 21), ("twenty-third", 23), ("a hundred and five", 105), ("book", None)],
)
def test_english_numbers(said: str, value: int | None) -> None:
    assert number(said, EN) == value


def test_digits_are_read_one_by_one() -> None:
    assert digits("三三零五 二一〇幺", ZH) == "33052101"
    assert digits("oh one two", EN) == "012"


def test_an_isbn_needs_its_check_digit() -> None:
    assert isbn("978-7-5063-6543-7") == "9787506365437"
    assert isbn("7-02-000220-X") == "702000220X"
    assert isbn("9787506365430") == ""


def test_no_such_day_is_no_date() -> None:
    words = load("zh-CN").words
    assert date_from({"month": "2", "day": "31"}, date(2026, 11, 22), words) is None
    assert date_from({"month": "13", "day": "1"}, date(2026, 11, 22), words) is None
