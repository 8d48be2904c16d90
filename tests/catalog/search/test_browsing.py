"""Walking along the shelves: what is liked, new, in a language or a format; and subjects in the readers' own words."""

from __future__ import annotations

from pathlib import Path

import pytest

from catalog.records.subjects import words_of_class
from catalog.search.asking import words_of
from catalog.search.browsing import kinds
from catalog.search.called import called, same_person

KNOWN = {"果树", "园艺", "糖尿病", "保健", "家常菜", "菜谱", "历史", "三国", "猪", "养猪", "诗词"}


def known(word: str) -> bool:
    return word in KNOWN


@pytest.mark.parametrize(
    ("said", "subjects", "sure"),
    [
        ("种桃子", ("果树",), True),
        ("growing peaches", ("果树",), True),
        ("写菜", ("菜谱",), True),
        ("糖尿病怎么吃", ("糖尿病",), True),
        ("糖尿病的基因疗法", ("糖尿病",), False),
        ("白内障", ("保健",), False),
        ("喀秋莎", (), False),
    ],
)
def test_subjects_in_readers_words(said: str, subjects: tuple[str, ...], sure: bool) -> None:
    found = called(words_of(said), known, lambda _: False)
    assert (found.subjects if found else (), bool(found and found.sure)) == (subjects, sure)


def test_a_subject_is_known_by_its_sound() -> None:
    found = called(words_of("", "zhong4 tao2 zi5"), known, lambda _: False)
    assert found is not None and found.subjects == ("果树",)


def test_a_person_has_several_names() -> None:
    assert "鲁迅" in same_person(words_of("周树人"))
    assert "毛泽东" in same_person(words_of("Chairman Mao"))
    assert same_person(words_of("单田芳")) == ()


def test_every_kind_is_a_subject_of_the_classification() -> None:
    lines = Path(words_of_class.__wrapped__.__code__.co_filename).with_name("clc.tsv").read_text("utf-8").splitlines()
    classes = [line.split("\t")[0] for line in lines if line and not line.startswith("#")]
    words = {word for one in classes for word in words_of_class(one)}
    strange = {part for some in kinds().values() for one in some for part in one.split("+")} - words
    assert not strange
