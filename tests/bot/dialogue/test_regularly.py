"""Books chosen for a reader: told in his own talk, refused by one word, and the next one offered at once."""

from __future__ import annotations

import random
from datetime import timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.dialogue import choosing, notices
from bot.dialogue.services import Services
from bot.dialogue.state import Talk
from catalog.audit import Actor
from catalog.delivery import profiles
from catalog.delivery.tables import Parcel
from catalog.outreach.tables import Notice
from catalog.patrons.tables import Card
from catalog.records.tables import Work
from catalog.search import SearchError
from tests.bot.dialogue.test_engine import NOW, Talking

READER = "52100001"

LATER = NOW + timedelta(minutes=10)
"""What is pushed beside an answer asks nothing: this is some time after."""


def chosen(session: Session, services: Services, talking: Talking) -> str:
    """A book is chosen for the reader, and told in the talk."""
    patron = session.get_one(Card, READER).patron
    by = Actor("patron", patron.id, "t")
    held = profiles.set_up(session, patron=patron, every_days=30, subjects=["历史"], now=NOW, by=by)
    found = choosing.candidates(services.index, held)
    assert profiles.choose(session, profile=held, candidates=found, now=NOW) is not None
    mine = session.scalars(select(Notice).where(Notice.kind == "parcel_chosen")).all()
    talk = session.get_one(Talk, talking.talk)
    return notices.say(session, patron=patron, notices=mine, now=LATER, services=services, talk=talk).shown


def test_one_word_refuses_and_the_next_is_offered(session: Session, services: Services) -> None:
    talking = Talking(session, services, card=READER)
    talking.say("你好")
    shown = chosen(session, services, talking)
    assert "给您选了一本书" in shown and "《" not in shown
    answer = talking.say("不要")
    assert [one["what"] for one in answer.details["done"]] == ["parcel_vetoed"]
    assert "《" in answer.message.shown
    answer = talking.say("好")
    assert [one["what"] for one in answer.details["done"]] == ["delivery_requested"]
    first, second = session.scalars(select(Parcel).order_by(Parcel.id)).all()
    assert (first.status, second.status) == ("vetoed", "ordered")
    assert first.work_id != second.work_id


def test_the_veto_is_understood_later_too(session: Session, services: Services) -> None:
    talking = Talking(session, services, card=READER)
    talking.say("你好")
    chosen(session, services, talking)
    talking.say("我借了哪些书")
    answer = talking.say("选的那本不要")
    assert [one["what"] for one in answer.details["done"]] == ["parcel_vetoed"]
    assert answer.details["state"] == "confirming"


@pytest.mark.parametrize("asks", ["选了哪本书", "你给我选的是什么书", "我的定期选书"])
def test_which_book_it_is_can_be_asked_before_it_is_refused(session: Session, services: Services, asks: str) -> None:
    talking = Talking(session, services, card=READER)
    talking.say("你好")
    assert "选了哪本书" in chosen(session, services, talking)
    title = session.scalars(select(Parcel)).one().record.title
    answer = talking.say(asks)
    assert answer.details["done"] == [] and answer.details["state"] == "confirming"
    assert title in answer.message.shown
    answer = talking.say("不要")
    assert [one["what"] for one in answer.details["done"]] == ["parcel_vetoed"]
    assert title in answer.message.shown


@pytest.mark.parametrize("says", ["不要", "选的那本不要", "选了哪本书"])
def test_a_veto_that_comes_late_calls_the_order_off(session: Session, services: Services, says: str) -> None:
    talking = Talking(session, services, card=READER)
    talking.say("你好")
    chosen(session, services, talking)
    parcel = session.scalars(select(Parcel)).one()
    later = NOW + profiles.VETO
    assert profiles.order_due(session, parcel_id=parcel.id, now=later, chance=random.Random(1))
    if says != "不要":
        talking.say("你好")
    answer = talking.say(says)
    assert parcel.record.title in answer.message.shown and "要取消吗" in answer.message.shown
    assert (answer.details["done"], answer.details["state"]) == ([], "confirming")
    assert [one["what"] for one in talking.say("好").details["done"]] == ["delivery_cancelled"]
    assert "没有给您选好" in talking.say("选的那本不要").message.shown


def test_a_work_that_was_split_since_is_not_chosen_again(session: Session, services: Services) -> None:
    talking = Talking(session, services, card=READER)
    talking.say("你好")
    chosen(session, services, talking)
    parcel = session.scalars(select(Parcel)).one()
    profiles.veto(session, parcel=parcel, now=NOW, by=Actor("patron", parcel.patron_id))
    work = Work(key="split off")
    session.add(work)
    session.flush()
    parcel.record.work_id = work.id
    session.flush()
    again = profiles.choose(session, profile=parcel.profile, candidates=[parcel.record_id], now=NOW)
    assert again is None


def test_stopping_it_is_no_yes_to_the_book(session: Session, services: Services) -> None:
    talking = Talking(session, services, card=READER)
    talking.say("你好")
    chosen(session, services, talking)
    answer = talking.say("停掉定期选书")
    assert (answer.details["done"], answer.details["state"]) == ([], "confirming")
    assert [one["what"] for one in talking.say("对").details["done"]] == ["profile_ended"]


def test_a_veto_stands_while_the_index_is_away(
    session: Session, services: Services, monkeypatch: pytest.MonkeyPatch
) -> None:
    def away(*_: object) -> None:
        raise SearchError("away")

    talking = Talking(session, services, card=READER)
    talking.say("你好")
    chosen(session, services, talking)
    monkeypatch.setattr(choosing, "candidates", away)
    answer = talking.say("不要")
    assert [one["what"] for one in answer.details["done"]] == ["parcel_vetoed"]
    assert session.scalars(select(Parcel)).one().status == "vetoed"


def test_what_cannot_be_taken_back_takes_back_nothing_older(session: Session, services: Services) -> None:
    talking = Talking(session, services, card=READER)
    assert [one["what"] for one in talking.say("说慢一点").details["done"]] in ([], ["preference_set"])
    talking.say("每个月给我选一本历史书")
    assert [one["what"] for one in talking.say("对").details["done"]] == ["profile_set"]
    answer = talking.say("撤销")
    assert answer.details["done"] == []
    assert "撤不回来" in answer.message.shown
