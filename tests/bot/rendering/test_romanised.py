"""Chinese addresses for readers of English; titles and names of people are left alone."""

from __future__ import annotations

import pytest

from bot import locales
from bot.rendering.romanised import romanised

TABLE = locales.load("en").folder / "places.tsv"
ADDRESSES = [
    ("德清县武康街道书声苑 5 幢 301 室", "Room 301, Building 5, Shusheng Estate, Wukang Subdistrict, Deqing County"),
    ("德清县乾元镇幸福村书声里 9 号", "No. 9 Shusheng Lane, Xingfu Village, Qianyuan Town, Deqing County"),
    ("杭州市西湖区书声路 73 号", "No. 73 Shusheng Road, Xihu District, Hangzhou City"),
    ("德清县新市镇韶村村书声里 5 号", "No. 5 Shusheng Lane, Shaocun Village, Xinshi Town, Deqing County"),
    ("新安镇安吉路12号(2单元)", "Unit 2, No. 12 Anji Road, Xin'an Town"),
    ("德清县雷甸镇书声河埠 3 号", "No. 3 Shushenghebu, Leidian Town, Deqing County"),
    ("德清县图书馆乾元分馆", "Deqing County Library Qianyuan Branch"),
    ("张建国", ""),
    ("重阳节讲座", ""),
    ("", ""),
    ("1 Wukang Street", ""),
    ("“木村卓功的玫瑰月季栽培手册” by 木村卓功, print, available", ""),
]


@pytest.mark.parametrize(("written", "latin"), ADDRESSES)
def test_an_address_in_latin_letters(written: str, latin: str) -> None:
    assert romanised(written, TABLE) == latin


def test_what_is_known_to_be_a_place_needs_no_kind() -> None:
    assert romanised("新市镇", TABLE) == ""
    assert romanised("新市镇", TABLE, certainly=True) == "Xinshi Town"


def test_a_language_without_a_table_leaves_addresses_alone() -> None:
    assert romanised("德清县乾元镇幸福村书声里 9 号", locales.load("zh-CN").folder / "places.tsv") == ""
