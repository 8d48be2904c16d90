"""A volunteer in his own talk: told of an errand, taking it by a word, and telling how long it took, also by ear."""

from __future__ import annotations

import random
from datetime import timedelta

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from bot.dialogue import notices
from bot.dialogue.services import Services
from bot.dialogue.state import Talk
from catalog.audit import Actor
from catalog.delivery import errands, requests
from catalog.delivery.tables import Errand, Volunteer
from catalog.organisation.tables import OrgUnit
from catalog.outreach.tables import Notice
from catalog.patrons.tables import Address, Card, Patron
from catalog.records.tables import Item
from speech.recognition import Hypothesis, Transcript
from tests.bot.dialogue.test_engine import NOW, Talking

READER, OTHER, FIRST, SECOND = "52100001", "52100002", "52100004", "52100019"
VILLAGE = "LT-003"
DESK = Actor("librarian")

LATER = NOW + timedelta(minutes=10)
"""What is pushed beside an answer asks nothing: this is some time after."""


def waiting(session: Session) -> tuple[Patron, list[Errand]]:
    """A reader in a village without a van waits for a book; two volunteers live there and are offered to bring it."""
    village = session.scalars(select(OrgUnit).where(OrgUnit.code == VILLAGE)).one()
    session.execute(update(Volunteer).values(patron_id=None))  # the demonstration's own are not asked here
    reader = session.get_one(Card, READER).patron
    for number in (FIRST, SECOND):
        patron = session.get_one(Card, number).patron
        errands.enlist(session, patron=patron, place=village, dialects=["zh-CN"], weekdays="", now=NOW, by=DESK)
    address = Address(patron=reader, text="新市镇韶村村河边3号", org_unit=village)
    session.add(address)
    session.flush()
    item = session.scalars(select(Item).where(Item.status == "available").order_by(Item.id)).first()
    assert item is not None
    requests.request(session, patron=reader, record_ids=[item.record_id], address=address, now=NOW,
                     by=DESK, chance=random.Random(1))  # fmt: skip
    errands.offer(session, now=NOW)
    return reader, list(session.scalars(select(Errand).order_by(Errand.id)))


def another(session: Session) -> Errand:
    """A second reader's book at the same village, offered to the first volunteer too."""
    village = session.scalars(select(OrgUnit).where(OrgUnit.code == VILLAGE)).one()
    reader = session.get_one(Card, OTHER).patron
    address = Address(patron=reader, text="新市镇韶村村桥头8号", org_unit=village)
    session.add(address)
    session.flush()
    item = session.scalars(select(Item).where(Item.status == "available").order_by(Item.id.desc())).first()
    assert item is not None
    requests.request(session, patron=reader, record_ids=[item.record_id], address=address, now=NOW,
                     by=DESK, chance=random.Random(2))  # fmt: skip
    errands.offer(session, now=NOW)
    return list(session.scalars(select(Errand).order_by(Errand.id)))[-2]


def told(session: Session, services: Services, talking: Talking) -> str:
    patron = session.get_one(Card, talking.card).patron
    mine = session.scalars(select(Notice).where(Notice.patron_id == patron.id, Notice.kind == "errand_offered")).all()
    talk = session.get_one(Talk, talking.talk)
    return notices.say(session, patron=patron, notices=mine, now=LATER, services=services, talk=talk).shown


def test_an_errand_is_taken_by_a_word_and_the_time_is_written_down(session: Session, services: Services) -> None:
    reader, offered = waiting(session)
    assert [one.status for one in offered] == ["offered", "offered"]
    talking = Talking(session, services, talk="one", card=FIRST)
    talking.say("你好")
    shown = told(session, services, talking)
    assert "韶村" in shown and "两个人" in shown
    assert reader.name not in shown and "河边3号" not in shown
    answer = talking.say("好")
    assert [one["what"] for one in answer.details["done"]] == ["errand_accepted"]
    assert reader.name in answer.message.shown and "河边3号" in answer.message.shown
    assert "同伴" in answer.message.shown
    second = Talking(session, services, talk="two", card=SECOND)
    second.say("你好")
    told(session, services, second)
    answer = second.say("我能去")
    assert [one["what"] for one in answer.details["done"]] == ["errand_accepted"]
    assert session.get_one(Card, FIRST).patron.name in answer.message.shown
    assert talking.say("我送到了").details["state"] == "asking"
    answer = talking.say(Transcript((Hypothesis("", "yi2 ge4 ban4 xiao3 shi2", 1.0),)))
    assert [one["what"] for one in answer.details["done"]] == ["errand_done"]
    assert "1小时30分钟" in answer.message.shown
    answer = second.say("送完了，用了一个小时")
    assert [one["what"] for one in answer.details["done"]] == ["errand_done"]
    assert "1小时0分钟" in second.say("我的志愿时长").message.shown


def test_who_cannot_go_says_so_before_or_after(session: Session, services: Services) -> None:
    _, offered = waiting(session)
    talking = Talking(session, services, card=FIRST)
    talking.say("你好")
    told(session, services, talking)
    assert [one["what"] for one in talking.say("我去不了").details["done"]] == ["errand_declined"]
    second = Talking(session, services, talk="two", card=SECOND)
    assert second.say("我的送书任务").details["state"] == "confirming"
    second.say("好")
    assert second.say("这趟我去不了").details["state"] == "confirming"
    assert [one["what"] for one in second.say("对").details["done"]] == ["errand_declined"]
    assert [one.status for one in offered] == ["declined", "declined"]
    assert "没有要送的" in Talking(session, services, talk="three", card=SECOND).say("我的送书任务").message.shown


def test_each_of_several_offers_is_told_and_what_was_agreed_comes_first(session: Session, services: Services) -> None:
    waiting(session)
    another(session)
    talking = Talking(session, services, card=FIRST)
    talking.say("你好")
    assert "2趟" in told(session, services, talking)
    answer = talking.say("我的送书任务")
    assert (answer.details["done"], answer.details["state"]) == ([], "confirming")
    answer = talking.say("好")
    assert [one["what"] for one in answer.details["done"]] == ["errand_accepted"]
    assert answer.details["state"] == "confirming" and "您能去吗" in answer.message.shown
    assert "河边3号" in answer.message.shown and "桥头8号" not in answer.message.shown
    talking.say("我借了哪些书")
    answer = talking.say("我的送书任务")
    assert answer.details["state"] == "confirming"
    shown = answer.message.shown
    assert shown.index("河边3号") < shown.index("您能去吗") and "桥头8号" not in shown
    assert "桥头8号" in talking.say("好").message.shown


def test_what_others_delivered_is_no_errand_any_more(session: Session, services: Services) -> None:
    _, offered = waiting(session)
    talking = Talking(session, services, card=FIRST)
    talking.say("我的送书任务")
    talking.say("好")
    delivery = offered[0].delivery
    delivery.status, delivery.ended_at = "delivered", NOW
    session.flush()
    for card in (FIRST, SECOND):
        shown = Talking(session, services, talk=f"later {card}", card=card).say("我的送书任务").message.shown
        assert "没有要送的" in shown and "河边3号" not in shown


def test_who_agreed_hears_that_it_is_off(session: Session, services: Services) -> None:
    _, offered = waiting(session)
    talking = Talking(session, services, card=FIRST)
    talking.say("我的送书任务")
    talking.say("好")
    requests.cancel(session, delivery=offered[0].delivery, now=NOW, by=DESK)
    errands.offer(session, now=NOW)
    patron = session.get_one(Card, FIRST).patron
    mine = session.scalars(select(Notice).where(Notice.patron_id == patron.id, Notice.kind == "errand_off")).all()
    talk = session.get_one(Talk, talking.talk)
    shown = notices.say(session, patron=patron, notices=mine, now=NOW, services=services, talk=talk).shown
    assert "韶村" in shown and "不用去" in shown
