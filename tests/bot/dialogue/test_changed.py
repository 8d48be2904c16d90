"""What is told of books that changed without their reader: kindly, with the day, and titles where he wants them."""

from __future__ import annotations

import random
from datetime import timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.dialogue.services import Services
from bot.dialogue.state import Talk
from catalog.audit import Actor
from catalog.circulation import by_itself, loans, missing, policies, returns
from catalog.circulation.tables import Hold
from catalog.delivery import requests, rounds
from catalog.patrons import preferences
from catalog.patrons.tables import Patron
from catalog.records.tables import BibliographicRecord, Item
from tests.bot.dialogue.test_engine import Talking
from tests.bot.dialogue.test_system_away import pushed

CARD = "52100001"
DESK = Actor("librarian")


def told(session: Session, services: Services) -> tuple[Talking, Patron]:
    talking = Talking(session, services, card=CARD)
    talking.say("你好")
    return talking, session.get_one(Patron, session.get_one(Talk, "t").patron_id)


def wish(talking: Talking, patron: Patron) -> Hold:
    for said in ("我想借三体", "第一本", "到馆取", "好"):
        talking.say(said)
    return (
        talking.session.scalars(select(Hold).where(Hold.patron_id == patron.id).order_by(Hold.id.desc())).first()
        or Hold()
    )


def test_a_copy_that_is_gone_is_told_with_the_day_of_the_next(session: Session, services: Services) -> None:
    talking, patron = told(session, services)
    hold = wish(talking, patron)
    assert hold.item is not None
    returns.scan(session, item=hold.item, place=hold.item.location, now=talking.now, by=DESK, what="captured")
    returns.scan(session, item=hold.item, place=patron.pickup or patron.home, now=talking.now, by=DESK, what="received")
    assert hold.status == "ready"
    sought = missing.miss(session, item=hold.item, now=talking.now, by=DESK)
    assert sought.told and sought.was_ready
    later = talking.now + timedelta(minutes=10)
    message = pushed(talking, later)
    assert message.startswith("真对不起，给您留的一本书找不到了，先不用来取。\n")
    assert "到了我告诉您" in message or "有了我告诉您" in message or "一有我就告诉您" in message
    assert "三体" not in message


def test_a_visit_in_vain_is_told_with_the_next_day_and_code(session: Session, services: Services) -> None:
    talking, patron = told(session, services)
    record = session.scalars(select(BibliographicRecord).where(BibliographicRecord.title == "三体")).first()
    assert record is not None
    order = requests.request(
        session, patron=patron, record_ids=[record.id], now=talking.now, by=DESK, chance=random.Random(1)
    )
    item = session.scalars(select(Item).join(Hold, Hold.item_id == Item.id).where(Hold.delivery_id == order.id)).one()
    for place, what in ((item.location, "captured"), (order.org_unit, "received")):
        returns.scan(session, item=item, place=place, now=talking.now, by=DESK, what=what)
    assert "由" in (said := talking.say("我的书送到哪了").message.shown) and "的车来" in said
    rounds.dispatch(session, delivery=order, now=talking.now, by=DESK)
    assert "已经在路上了" in talking.say("我的书送到哪了").message.shown
    rounds.missed(session, delivery=order, now=talking.now, by=DESK)
    message = pushed(talking, talking.now + timedelta(minutes=10))
    assert message.startswith("送书的人没碰到您，书先带回来了，") and "再送" in message
    assert talking.say("改日子").details["intent"] == "change_delivery"


def test_what_was_renewed_by_itself_is_told_with_its_title_where_it_is_wished(
    session: Session, services: Services
) -> None:
    talking, patron = told(session, services)
    for name in ("auto_renew", "titles_in_pushes"):
        preferences.change(session, patron=patron, name=name, value=True, now=talking.now, by=DESK)
    first = loans.of_patron(session, patron=patron)[0]
    soon = talking.now + timedelta((first.due_date - talking.now.date()).days - 3)
    assert by_itself.due(session, now=soon) == [first.id]
    assert by_itself.renew_one(session, loan_id=first.id, renew=loans.renew, now=soon) == 1
    message = pushed(talking, soon)
    assert message.startswith("《我们仨》替您续好了，") and message.endswith("到期。")


def test_the_fee_is_said_before_anything_is_ordered_and_who_brings_it(session: Session, services: Services) -> None:
    talking, patron = told(session, services)
    for name, said in (("delivery_fee_fen", "300"), ("delivery_by", "courier")):
        policies.settle(session, place=patron.home, name=name, said=said, now=talking.now, by=DESK)
    asked = talking.say("我想借活着，送到家里来")
    assert "收费3元" in asked.message.shown and asked.details["state"] == "confirming" and not asked.details["done"]
    assert [one["what"] for one in talking.say("好").details["done"]] == ["delivery_requested"]
    assert "叫快递送来" in talking.say("什么人送来").message.shown


def test_who_has_no_usual_place_collects_where_he_did_last(session: Session, services: Services) -> None:
    talking, patron = told(session, services)
    patron.pickup = None
    session.flush()
    assert "您想在哪里取书" in [talking.say(said) for said in ("我想借三体", "第一本", "到馆取")][-1].message.shown
    assert "新市分馆" in talking.say("新市分馆").message.shown
    talking.say("好")
    talking.say("我想借围城")
    talking.say("第一本")
    assert "围城》留在新市分馆" in talking.say("到馆取").message.shown
