"""A talk while the library's own system is away: the age of what is known is said, a wish is written down, and the
reader is told when it is done.
"""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.dialogue import notices
from bot.dialogue.services import Services
from bot.dialogue.state import DialogueState, Talk
from catalog.circulation.tables import Hold
from catalog.connectors import queue
from catalog.connectors.patient import Patient
from catalog.outreach import notices as owed
from catalog.outreach.tables import Notice
from catalog.patrons.tables import Patron
from tests.bot.dialogue.test_engine import Talking
from tests.fakes.library_system import Outside

CARD = "52100001"


@pytest.fixture
def outside() -> Outside:
    return Outside()


@pytest.fixture
def talking(session: Session, services: Services, outside: Outside) -> Talking:
    return Talking(session, Services(services.index, Patient(outside), services.zone, services.secret), card=CARD)


def test_a_wish_is_written_down_done_when_the_system_is_back_and_told(talking: Talking, outside: Outside) -> None:
    session = talking.session
    assert "连不上" not in talking.say("我借了哪些书").message.shown
    outside.cut = talking.now - timedelta(hours=3)
    told = talking.say("我借了哪些书").message.shown
    assert "我们仨" in told
    assert "图书馆的系统现在连不上，这是" in told
    assert "可能有变" in told
    talking.say("续借我们仨")
    answer = talking.say("好")
    assert answer.message.shown == "图书馆的系统现在连不上，我先替您记下，连上了就办，办好告诉您。"
    assert answer.details["done"] == []
    assert answer.details["state"] == "idle", "a second yes is no second wish"
    (wish,) = queue.waiting(session)
    assert (wish.what, wish.patron_id) == ("renew", session.get_one(Talk, "t").patron_id)
    outside.cut = None
    later = talking.now + timedelta(hours=1)
    assert queue.perform(session, library=outside, now=later) == 1
    message = pushed(talking, later)
    assert message == "前面替您记下的办好了：续借了一样东西。"
    assert "连不上" not in talking.say("我借了哪些书").message.shown


def test_a_hold_is_written_down_too(talking: Talking, outside: Outside) -> None:
    outside.cut = talking.now
    talking.say("我想借三体")
    for said in ("第一本", "到馆取", "好"):
        last = talking.say(said)
    assert "我先替您记下" in last.message.shown
    assert [one.what for one in queue.waiting(talking.session)] == ["place_hold"]
    assert not talking.session.scalars(select(Hold).where(Hold.placed_at == talking.now)).all()


def test_what_was_written_down_is_taken_back_by_a_word(talking: Talking, outside: Outside) -> None:
    session = talking.session
    outside.cut = talking.now
    for said in ("续借我们仨", "好"):
        talking.say(said)
    taken = talking.say("撤销")
    assert taken.message.shown == "好，记下的“续借”不办了，是《我们仨》。"
    assert [one["what"] for one in taken.details["done"]] == ["wish_withdrawn"]
    assert queue.waiting(session) == []
    outside.cut = None
    assert queue.perform(session, library=outside, now=talking.now + timedelta(hours=1)) == 0
    assert not session.scalars(select(Notice).where(Notice.kind.in_(("wish_done", "wish_refused")))).all()


def test_a_hold_that_is_only_written_down_is_listed_and_can_be_cancelled_later(
    talking: Talking, outside: Outside
) -> None:
    outside.cut = talking.now
    for said in ("我想借三体", "第一本", "到馆取", "好"):
        talking.say(said)
    assert "另有1件事替您记下了" in talking.say("我的预约").message.shown
    talking.now += timedelta(hours=2)
    asked = talking.say("取消预约")
    assert asked.message.shown.startswith("替您记下的“预约”还没办，是《三体》。不办了，对吗？")
    assert [one["what"] for one in talking.say("好").details["done"]] == ["wish_withdrawn"]
    assert "另有" not in talking.say("我的预约").message.shown


def test_of_several_at_once_each_is_written_down(talking: Talking, outside: Outside) -> None:
    """Bug: of the books of one yes only the first was written down, and of loans that a reminder named none."""
    session = talking.session
    outside.cut = talking.now
    talking.say("我借了哪些书")
    talk = session.get_one(Talk, "t")
    mine = outside.loans(session, patron=session.get_one(Patron, talk.patron_id))
    state = DialogueState.from_json(talk.state)
    state.focus = [one.id for one in mine[:2]]
    state.offered = None
    talk.state = state.to_json()
    assert "我先替您记下" in talking.say("续借").message.shown
    assert [one.what for one in queue.waiting(session)] == ["renew", "renew"]


def pushed(talking: Talking, now: datetime) -> str:
    """What the reader is sent at `now`."""
    session, talk = talking.session, talking.session.get_one(Talk, "t")
    mine = [one for many in owed.due(session, now=now, patrons=[talk.patron_id or 0]).values() for one in many]
    assert all(owed.still_true(session, one, now=now) for one in mine)
    patron = mine[0].patron_id
    assert patron == talk.patron_id
    reader = session.get_one(Patron, patron)
    said = notices.say(session, patron=reader, notices=mine, now=now, services=talking.services, talk=talk)
    return said.shown
