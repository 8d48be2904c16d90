"""The demonstration's own volunteers can be tried out: a reader in their village orders, two are asked, and both go."""

from __future__ import annotations

from datetime import datetime, time

from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.dialogue.services import Services
from catalog.audit import Actor
from catalog.circulation import returns
from catalog.circulation.tables import Hold
from catalog.delivery import errands, rounds
from catalog.delivery.tables import DeliveryRequest
from catalog.patrons.tables import Card
from tests.bot.dialogue.test_engine import NOW, Talking

READER, VOLUNTEERS = "52100018", ("52100030", "52100006")
DESK = Actor("librarian")


def test_two_bring_a_book_to_a_village_without_a_van(session: Session, services: Services) -> None:
    reading = Talking(session, services, talk="reader", card=READER)
    reading.say("把活着送到家")
    assert reading.say("好").details["done"]
    delivery = session.scalars(
        select(DeliveryRequest).where(DeliveryRequest.patron_id == session.get_one(Card, READER).patron_id)
    ).one()
    assert errands.offer(session, now=NOW) == 2
    for card in VOLUNTEERS:
        going = Talking(session, services, talk=card, card=card)
        offered = going.say("我的送书任务", locale="zh-CN").message.shown
        assert "两个人一起去" in offered and "潘秀娟" not in offered
        told = going.say("好").message.shown
        assert "潘秀娟" in told and delivery.code_word in told
    hold = session.scalars(select(Hold).where(Hold.delivery_id == delivery.id)).one()
    assert hold.item is not None
    for place in (hold.item.location, delivery.org_unit):
        returns.check_in(session, item=hold.item, place=place, now=NOW, by=DESK)
    day = datetime.combine(delivery.promised_date, time(9), NOW.tzinfo)
    assert rounds.dispatch(session, delivery=delivery, now=day, by=DESK).status == "dispatched"
    rounds.deliver(session, delivery=delivery, now=day, by=DESK)
    going.now = day
    answer = going.say("送完了，用了一个小时")
    assert [one["what"] for one in answer.details["done"]] == ["errand_done"], answer.details
