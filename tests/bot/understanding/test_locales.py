"""Locales are found, follow `extends`, convert scripts, and name only what exists."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.locales import UnknownLocaleError, available, load, nearest
from bot.understanding.meaning import FORMATS, INTENTS, SLOTS
from bot.understanding.templates import templates


def test_the_default_comes_first() -> None:
    assert available()[0] == "zh-CN"
    assert {"zh-CN", "zh-Hant", "en"} <= set(available())


def test_a_locale_extends_another() -> None:
    locale = load("zh-Hant")
    assert locale.chain == ("zh-Hant", "zh-CN")
    assert locale.words["weekdays"] == load("zh-CN").words["weekdays"]
    assert set(locale.sentences().intents) == set(load("zh-CN").sentences().intents)


def test_a_locale_without_sentences_of_its_own_shares_its_parent_s_patterns() -> None:
    assert load("zh-Hant").grammar is load("zh-CN")
    assert load("en").grammar is load("en")


def test_scripts_are_converted_and_words_are_not() -> None:
    locale = load("zh-Hant")
    assert locale.incoming("我想借《活著》，皇后的頭髮") == "我想借《活着》，皇后的头发"
    assert locale.outgoing("信息在里面，为您送书") == "信息在裡面，為您送書"
    assert load("en").outgoing("里面") == "里面"


def test_the_world_s_tags_find_a_locale() -> None:
    tags = {"zh-TW": "zh-Hant", "zh_HK": "zh-Hant", "zh": "zh-CN", "zh-Hans-CN": "zh-CN", "en-GB": "en", "fr": "zh-CN"}
    assert {tag: nearest(tag) for tag in tags} == tags


def test_an_unknown_locale_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UnknownLocaleError, match="xx"):
        load("xx")
    for tag, parent in (("a", "b"), ("b", "a")):
        (tmp_path / tag).mkdir()
        (tmp_path / tag / "locale.yaml").write_text(f"name: {tag}\nspeech: {tag}\nextends: {parent}\n", "utf-8")
    with pytest.raises(UnknownLocaleError, match="itself"):
        load("a", tmp_path)


@pytest.mark.parametrize("tag", available())
def test_every_intent_has_sentences_and_every_slot_is_the_contract_s(tag: str) -> None:
    known = templates(load(tag))
    assert set(known.takes) == set(INTENTS) - {"none"}
    assert set().union(*known.takes.values()) <= set(SLOTS) | {"book", "gap"}
    assert set(known.formats.values()) == set(FORMATS)


def test_texts_are_the_parents_first() -> None:
    folders = [path.parents[1].name for path in load("zh-Hant").texts_files()]
    assert folders == sorted(folders, key=["zh-CN", "zh-Hant"].index)
