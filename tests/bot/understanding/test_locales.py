"""Locales are found, follow `extends`, convert scripts, and name only what exists."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

from bot.locales import FOLDER, UnknownLocaleError, available, load, nearest
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


@pytest.mark.parametrize("file", sorted(FOLDER.glob("*/named.yaml")) + sorted(FOLDER.glob("*/acting.yaml")), ids=str)
def test_every_word_of_a_table_is_a_word(file: Path) -> None:
    """An unquoted no is YAML's false, and loses the blank that ends it."""
    words = list(_scalars(yaml.compose(file.read_text("utf-8"), Loader=yaml.SafeLoader)))
    assert [one.value for one in words if one.tag != "tag:yaml.org,2002:str"] == []
    if load(file.parent.name).words.get("spaced") and file.name == "named.yaml":
        assert [one.value for one in words if one.style is None] == []


def _scalars(node: yaml.Node | None) -> Iterator[yaml.ScalarNode]:
    """The words of a table, its keys apart."""
    if isinstance(node, yaml.ScalarNode):
        yield node
    elif isinstance(node, yaml.SequenceNode):
        for one in node.value:
            yield from _scalars(one)
    elif isinstance(node, yaml.MappingNode):
        for _, value in node.value:
            yield from _scalars(value)


def test_an_apostrophe_of_a_telephone_is_one() -> None:
    assert load("en").incoming("I don’t like O’Neill’s ‘Emma’") == "I don't like O'Neill's ‘Emma’"
    assert load("zh-CN").incoming("他说‘你好’") == "他说‘你好’"
