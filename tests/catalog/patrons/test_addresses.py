"""An address as it is said: whose round goes there, what it lacks, and that it is kept no longer than was agreed."""

from __future__ import annotations

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from catalog import audit, refusals, undo
from catalog.delivery import requests
from catalog.patrons import addresses
from catalog.patrons.tables import Address, Card
from tests.conversations.conftest import NOW, services, session, union

__all__ = ["services", "session", "union"]


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("新市镇仙潭路8号", "XS"),
        ("新市仙潭路8号", "XS"),
        ("德清县新市镇韶村村5号", "LT-003"),
        ("武康街道书声苑3幢", "WK"),
        ("德清县上海路1号", "DQ"),
        ("浙江省德清县乾元镇幸福村12号", "LT-028"),
        ("8 Xiantan Road, Xinshi", "XS"),
        ("幸福路3号", ""),
        ("上海路1号", ""),
        ("我女儿家", ""),
        ("", ""),
    ],
)
def test_the_narrowest_place_that_is_named(session: Session, text: str, code: str) -> None:
    found = addresses.named_in(session, text)
    assert (found.code if found else "") == code


def test_who_comes_by(session: Session) -> None:
    for text, code in (("新市镇1号", "XS"), ("韶村村5号", "LT-003"), ("浙江省某市1号", "")):
        place = addresses.named_in(session, text)
        assert place is not None
        by = addresses.coming_by(session, place)
        assert (by.code if by else "") == code


def test_what_an_address_lacks(session: Session) -> None:
    place = addresses.named_in(session, "新市镇")
    assert place is not None
    for text, more in (("新市镇", False), ("德清县新市镇", False), ("新市镇仙潭路", True), ("新市镇老小学旁边", True)):
        assert addresses.more_than_a_region(text, place) is more, text
    assert addresses.region_said("杭州市西湖区文三路5号")
    assert not addresses.region_said("上海路1号")


def test_an_address_for_once_is_not_on_offer_again_and_one_that_is_kept_can_be_taken_back(session: Session) -> None:
    patron = session.get_one(Card, "52100029").patron
    by = audit.Actor("patron", patron.id, "turn-address")
    place = addresses.named_in(session, "新市镇仙潭路8号")
    assert place is not None
    with pytest.raises(refusals.NoAddress):
        requests.usable_address(session, patron=patron)
    one = addresses.keep(session, patron=patron, text="新市镇仙潭路8号", place=place, lasting=False, now=NOW, by=by)
    assert requests.usable_address(session, patron=patron) is one
    addresses.once(session, one)
    with pytest.raises(refusals.NoAddress):
        requests.usable_address(session, patron=patron)
    assert audit.of_turn(session, by.turn) == []
    for _ in range(2):
        kept = addresses.keep(session, patron=patron, text="新市镇仙潭路8号", place=place, lasting=True, now=NOW, by=by)
    assert session.scalars(select(Address.id).where(Address.patron_id == patron.id, Address.deliverable)).all() == [
        kept.id
    ]
    entry = undo.last_done(session, patron_id=patron.id, now=NOW)
    assert entry is not None
    undo.undo(session, entry=entry, patron=patron, now=NOW, by=by)
    with pytest.raises(refusals.NoAddress):
        requests.usable_address(session, patron=patron)
