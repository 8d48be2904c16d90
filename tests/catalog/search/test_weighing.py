"""What words cost beside a title: order and borders, not figures."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from catalog.search.asking import words_of
from catalog.search.documents import name_of
from catalog.search.weighing import weigh

TITLES = ["红楼梦", "红楼", "红楼梦诗词鉴赏", "水浒传", "Harry Potter与魔法石", "24小时", "1984", ""]


def price(heard: str, title: str, *, typed: bool = False) -> float:
    return weigh(words_of(heard, heard=not typed), [name_of(title)])[0]


@pytest.mark.parametrize("title", TITLES[:-1])
def test_the_same_costs_nothing(title: str) -> None:
    assert price(title, title) == 0
    assert price(title, title, typed=True) == 0


def test_what_an_ear_does_often_costs_less() -> None:
    homophone, near, unheard = price("红搂梦", "红楼梦"), price("红楼闷", "红楼梦"), price("红梦", "红楼梦")
    wrong, unsaid = price("红茶梦", "红楼梦"), price("红楼大梦", "红楼梦")
    assert 0 < homophone < near < wrong <= unsaid
    assert homophone < unheard < wrong
    said = weigh(words_of("", "hong2 lou2 men4", heard=True), [name_of("红楼梦")])[0]
    assert 0 < said < unheard < wrong


def test_a_homophone_is_a_slip_of_the_finger_and_nothing_to_the_ear() -> None:
    assert 2 * price("红搂梦", "红楼梦") < price("红搂梦", "红楼梦", typed=True) < 1


def test_the_same_sign_is_the_same_however_it_is_read() -> None:
    assert price("给孩子的乐", "给孩子的音乐", typed=True) == price("给孩子的诗", "给孩子的古诗", typed=True)


def test_pinyin_has_no_signs_to_differ() -> None:
    assert weigh(words_of("", "hong2 lou2 meng4", heard=True), [name_of("红楼梦")]) == [0]


def test_titles_do_not_disturb_each_other() -> None:
    words = words_of("红楼门", heard=True)
    names = [name_of(title) for title in TITLES]
    assert weigh(words, names) == pytest.approx([weigh(words, [name])[0] for name in names])


def test_of_a_long_title_all_that_was_not_heard_counts() -> None:
    assert price("红楼梦", "红楼梦" + "诗词" * 20) == pytest.approx(0.35 * 40, rel=0.1)


@given(st.text(max_size=30), st.lists(st.text(max_size=30), max_size=4))
def test_anything_can_be_weighed(text: str, titles: list[str]) -> None:
    found = weigh(words_of(text, heard=True), [name_of(title) for title in titles])
    assert len(found) == len(titles)
    assert all(one >= 0 for one in found)
