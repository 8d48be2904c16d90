"""Acting for another, as no conversation file can show it: who is told where, and what the audit trail holds."""

from __future__ import annotations

import re
import time
from dataclasses import replace
from datetime import timedelta

from sqlalchemy import event, select
from sqlalchemy.orm import Session

from bot import locales
from bot.dialogue import notices, strangers, whom
from bot.dialogue.services import Services
from bot.dialogue.state import Talk
from bot.messages import Utterance
from catalog.audit import Actor, AuditEntry
from catalog.circulation import holds
from catalog.circulation.tables import Loan
from catalog.outreach import notices as owed
from catalog.outreach.tables import Notice
from catalog.patrons import delegation, preferences
from catalog.patrons.tables import Card, Delegation, LinkCode, Patron
from catalog.records.tables import BibliographicRecord
from speech.recognition import Hypothesis, Transcript
from tests.bot.dialogue.test_engine import NOW, Talking

MOTHER, DAUGHTER = "52100001", "52100004"


def given(session: Session) -> tuple[Patron, Patron]:
    mother, daughter = (session.get_one(Card, one).patron for one in (MOTHER, DAUGHTER))
    desk = Actor("librarian", mother.id)
    held = delegation.delegate(session, patron=mother, delegate=daughter, now=NOW - timedelta(days=1), by=desk)
    held.called = {"妈妈": True}
    session.flush()
    return mother, daughter


def told(session: Session, services: Services, patron: Patron, kind: str) -> str:
    owed = list(session.scalars(select(Notice).where(Notice.patron_id == patron.id, Notice.kind == kind)))
    talk = Talk(id=f"told-{kind}", channel="web", address="a", patron_id=patron.id, state={}, updated_at=NOW)
    session.add(talk)
    session.flush()
    return notices.say(session, patron=patron, notices=owed, now=NOW, services=services, talk=talk).shown


def test_who_did_it_for_whom_is_written_and_told(session: Session, services: Services) -> None:
    mother, daughter = given(session)
    talking = Talking(session, services, card=DAUGHTER)
    talking.say("帮我妈妈续借所有的书")
    answer = talking.say("好")
    assert [one["what"] for one in answer.details["done"]] == ["loan_renewed"] * 3
    written = session.scalars(select(AuditEntry).where(AuditEntry.what == "loan_renewed")).all()
    assert {(one.patron_id, one.delegate_id) for one in written} == {(mother.id, daughter.id)}
    assert session.get_one(Talk, "t").patron_id == daughter.id
    assert daughter.name in told(session, services, mother, "delegated")
    assert mother.name in told(session, services, daughter, "delegated_to")
    shown = told(session, services, mother, "acted_for")
    assert daughter.name in shown and "续借" in shown and "《" not in shown


def test_titles_are_told_where_the_reader_wants_it(session: Session, services: Services) -> None:
    mother, _ = given(session)
    preferences.put(session, patron=mother, name="titles_in_pushes", value=True)
    talking = Talking(session, services, card=DAUGHTER)
    talking.say("帮我妈妈续借我们仨")
    talking.say("好")
    assert "《我们仨》" in told(session, services, mother, "acted_for")


def test_a_question_about_the_other_is_not_answered_once_leave_has_ended(session: Session, services: Services) -> None:
    mother, _ = given(session)
    talking = Talking(session, services, card=DAUGHTER)
    talking.say("帮我妈妈续借所有的书")
    for held in delegation.in_force(session, patron=mother, now=NOW):
        delegation.revoke(session, delegation=held, now=NOW, by=Actor("patron", mother.id))
    answer = talking.say("好")
    assert answer.details["done"] == []
    assert mother.name in answer.message.shown


def test_what_is_ones_own_is_never_done_for_the_other(session: Session, services: Services) -> None:
    mother, daughter = given(session)
    talking = Talking(session, services, card=DAUGHTER)
    talking.say("帮我妈妈看看借了哪些书")
    talking.say("到期前五天提醒我还书")
    assert "reminder_days" in daughter.preferences and "reminder_days" not in mother.preferences
    talking.say("帮我妈妈看看借了哪些书")
    talking.say("注销账号")
    talking.say("好")
    assert mother.forgotten_at is None


def test_a_turn_that_names_nobody_asks_the_database_nothing_more(session: Session, services: Services) -> None:
    given(session)
    talking = Talking(session, services, card=DAUGHTER)
    asked: list[str] = []

    def listening(*facts: object) -> None:
        asked.append(str(facts[2]))

    event.listen(session.get_bind(), "before_cursor_execute", listening)
    for said in ("你好", "三体", "帮我找一本活着", "给我换一本", "我借了哪些书"):
        talking.say(said)
    event.remove(session.get_bind(), "before_cursor_execute", listening)
    assert asked and not any("delegations" in statement for statement in asked)


def test_it_is_found_for_whom_a_sentence_asks() -> None:
    zh, hant = locales.load("zh-CN"), locales.load("zh-Hant")
    assert whom.named(Utterance("用我妈妈的证借三体"), zh) == whom.ForWhom(("妈妈",), Utterance("借三体"))
    assert whom.named(Utterance("幫我媽媽續借"), hant) == whom.ForWhom(("妈妈",), Utterance("续借"))
    for said in ("给妈妈的信", "妈妈的红沙发", "帮忙找本书", "帮我借三体", "给我换一本", "父亲的背影"):
        assert whom.named(Utterance(said), zh) is None
        assert not whom.may_name(Utterance(said), zh)


def test_names_are_looked_for_in_no_time_whatever_is_said() -> None:
    for tag, said in (
        ("zh-CN", "我想" * 1000),
        ("zh-CN", "借给" * 1000),
        ("zh-CN", " ," * 1000),
        ("en", "for a " * 400),
    ):
        began = time.process_time()
        strangers.named(Utterance(f"{said}x,"), locales.load(tag))
        assert time.process_time() - began < 0.5, said[:6]


def test_one_syllable_in_another_tone_names_nobody() -> None:
    """提意见 is no request for an aunt."""
    zh = locales.load("zh-CN")
    assert whom.named(Transcript((Hypothesis(syllables="wo3 yao4 ti2 yi4 jian4"),)), zh) is None
    heard = whom.named(Transcript((Hypothesis(syllables="bang1 ma1 xu4 jie4"),)), zh)
    assert heard == whom.ForWhom(("妈妈",), Transcript((Hypothesis(syllables="xu4 jie4"),)))


def test_logging_out_while_acting_logs_out(session: Session, services: Services) -> None:
    given(session)
    talking = Talking(session, services, card=DAUGHTER)
    talking.say("帮沈巧云借三体")
    talking.card = ""
    talking.say("退出")
    assert session.get_one(Talk, "t").patron_id is None
    assert talking.state.acting is None
    answer = talking.say("我借了哪些书")
    assert talking.state.expects == ["card"] and "《" not in answer.message.shown


def test_another_card_ends_acting(session: Session, services: Services) -> None:
    mother, _ = given(session)
    talking = Talking(session, services, card=DAUGHTER)
    talking.say("帮我妈妈看看借了哪些书")
    talking.card = ""
    talking.say("52100002 264097")
    other = session.get_one(Card, "52100002").patron
    assert session.get_one(Talk, "t").patron_id == other.id
    assert talking.state.acting is None
    assert mother.name not in talking.say("我借了哪些书").message.shown


def test_an_id_that_was_given_again_lets_nobody_act(session: Session, services: Services) -> None:
    """SQLite gives the id of an erased row to the next; here it becomes somebody else's leave."""
    mother, _ = given(session)
    talking = Talking(session, services, card=DAUGHTER)
    talking.say("帮我妈妈看看借了哪些书")
    other, stranger = (session.get_one(Card, one).patron for one in ("52100002", "52100005"))
    held = session.get_one(Delegation, talking.state.acting)
    held.patron_id, held.delegate_id = other.id, stranger.id
    session.flush()
    session.expire_all()
    answer = talking.say("全部续借")
    assert talking.state.acting is None and answer.details["done"] == []
    assert not any(name in answer.message.shown for name in (mother.name, other.name))


def test_a_yes_to_an_id_that_was_given_again_lets_nobody_act(session: Session, services: Services) -> None:
    given(session)
    talking = Talking(session, services, card=DAUGHTER)
    talking.say("帮我爸爸看看借了哪些书")
    assert talking.state.pending is not None and talking.state.pending.step == "act-for"
    held = session.get_one(Delegation, talking.state.pending.arguments["delegation"])
    other, stranger = (session.get_one(Card, one).patron for one in ("52100002", "52100005"))
    held.patron_id, held.delegate_id = other.id, stranger.id
    session.flush()
    session.expire_all()
    answer = talking.say("对")
    assert talking.state.acting is None and "爸爸" not in held.called
    assert other.name not in answer.message.shown and "《" not in answer.message.shown


def test_who_is_forgotten_is_forgotten_in_the_others_talks_too(session: Session, services: Services) -> None:
    mother, daughter = given(session)
    placed(session, daughter, "围城", Actor("patron", daughter.id, "own"))
    talking = Talking(session, services, card=DAUGHTER)
    talking.say("帮我妈妈看看借了哪些书")
    assert "我们仨" in str(session.get_one(Talk, "t").state)
    for loan in session.scalars(select(Loan).where(Loan.patron_id == mother.id)):
        loan.returned_at = NOW
    name, erased = mother.name, list[str]()
    own = replace(services, forget=(lambda session, talks: erased.extend(talks),))
    leaving = Talking(session, own, talk="mother", card=MOTHER)
    leaving.say("注销账号")
    assert [one["what"] for one in leaving.say("好").details["done"]][-1] == "data_forgotten"
    kept = str(session.get_one(Talk, "t").state)
    assert "我们仨" not in kept and name not in kept and sorted(erased) == ["mother", "t"]
    answer = talking.say("撤销")
    assert (
        answer.details["done"] == [] and "您自己的读者证" in answer.message.shown and name not in answer.message.shown
    )
    assert "围城" in talking.say("我预约了什么").message.shown


def test_no_card_number_tells_whose_it_is(session: Session, services: Services) -> None:
    """Neither the talk nor the reader's data names who was never asked."""
    other = session.get_one(Card, "52100002").patron
    talking = Talking(session, services, card=MOTHER)
    for said in ("让我女儿替我借书", "52100002", "好", "谁可以替我借书", "让52100002替我借书", "好", "谁可以替我借书"):
        assert other.name not in talking.say(said).message.shown
    assert session.scalars(select(Delegation).where(Delegation.delegate_id == other.id)).all() == []


def test_a_code_that_lets_somebody_act_stays_nowhere(session: Session, services: Services) -> None:
    talking = Talking(session, services, card=MOTHER)
    talking.say("让我女儿替我借书")
    answer = talking.say("好")
    code = re.findall(r"\d{6}", answer.message.shown)[0]
    assert answer.message.hush and answer.message.once
    talk = session.get_one(Talk, "t")
    assert code not in str(talk.state) and " ".join(code) not in str(talk.state)
    kept = [str(tuple(row)) for one in (LinkCode, AuditEntry) for row in session.execute(select(one.__table__))]
    assert kept and not any(code in row for row in kept)
    issued = session.scalars(select(AuditEntry).where(AuditEntry.what == "code_issued")).one()
    assert issued.patron_id == session.get_one(Card, MOTHER).patron_id
    assert issued.ids == {"code": str(session.scalars(select(LinkCode).where(LinkCode.scope == "borrow")).one().id)}
    assert code not in talking.say("再说一遍").message.shown


def placed(session: Session, patron: Patron, title: str, by: Actor) -> None:
    record = session.scalars(select(BibliographicRecord).where(BibliographicRecord.title == title)).first()
    assert record is not None
    holds.place(session, patron=patron, record_id=record.id, pickup=patron.pickup or patron.home, now=NOW, by=by)


def test_only_what_was_done_for_the_other_is_taken_back_for_him(session: Session, services: Services) -> None:
    mother, _ = given(session)
    placed(session, mother, "三体", Actor("patron", mother.id, "her own"))
    talking = Talking(session, services, card=DAUGHTER)
    talking.say("帮我妈妈看看预约了什么")
    answer = talking.say("撤销")
    assert answer.details["done"] == [] and "三体" not in answer.message.shown
    talking.say("全部续借")
    assert talking.say("好").details["done"]
    assert {one["what"] for one in talking.say("撤销").details["done"]} == {"undone"}
    assert talking.say("撤销").details["done"] == []


def test_what_was_done_with_another_card_is_not_passed_over_for_something_older(
    session: Session, services: Services
) -> None:
    given(session)
    talking = Talking(session, services, card=DAUGHTER)
    for said in ("预约围城", "好", "帮我妈妈续借所有的书", "好", "换回我自己"):
        answer = talking.say(said)
    answer = talking.say("撤销")
    assert answer.details["done"] == [] and "另一张读者证" in answer.message.shown
    talking.say("帮我妈妈看看借了哪些书")
    assert [one["what"] for one in talking.say("撤销").details["done"]] == ["undone"] * 3
    talking.now += timedelta(minutes=40)
    assert "围城" in talking.say("撤销").message.shown


def test_after_half_an_hour_undo_is_not_ones_own_older_act(session: Session, services: Services) -> None:
    given(session)
    talking = Talking(session, services, card=DAUGHTER)
    for said in ("预约围城", "好", "帮我妈妈续借所有的书", "好"):
        talking.say(said)
    talking.now += timedelta(minutes=40)
    assert talking.say("撤销").details["done"] == []


def test_the_reader_may_take_back_what_was_done_for_him(session: Session, services: Services) -> None:
    mother, daughter = given(session)
    placed(session, mother, "三体", Actor("patron", mother.id, "hers for her", daughter.id))
    answer = Talking(session, services, card=MOTHER).say("撤销")
    assert [one["what"] for one in answer.details["done"]] == ["undone"] and "三体" in answer.message.shown


def named(session: Session, card: str, name: str, delegate: Patron) -> Patron:
    patron = session.get_one(Card, card).patron
    patron.name = name
    desk = Actor("librarian", patron.id)
    delegation.delegate(session, patron=patron, delegate=delegate, now=NOW - timedelta(days=1), by=desk)
    session.flush()
    return patron


def test_of_two_who_are_called_the_same_it_is_asked_every_time(session: Session, services: Services) -> None:
    mother, daughter = given(session)
    second = named(session, "52100002", "章桂英", daughter)
    (other,) = delegation.in_force(session, patron=second, now=NOW)
    other.called = {"妈妈": True}
    session.flush()
    talking = Talking(session, services, card=DAUGHTER)
    assert mother.name in talking.say("帮我妈妈看看借了哪些书").message.shown
    assert second.name in talking.say("不是").message.shown
    assert "红楼梦" in talking.say("对").message.shown
    talking.say("换回我自己")
    talking.say("帮我妈妈看看借了哪些书")
    assert talking.state.acting is None and talking.state.state == "confirming"


def test_a_name_is_known_however_it_is_written(session: Session, services: Services) -> None:
    _, daughter = given(session)
    named(session, "52100002", "Margaret Hill", daughter)
    named(session, "52100005", "陳美玲", daughter)
    for said, locale, name in (
        ("on behalf of Margaret Hill my loans", "en", "Margaret Hill"),
        ("my loans on behalf of margaret hill", "en", "Margaret Hill"),
        ("幫陳美玲看看借了哪些書", "zh-Hant", "陳美玲"),
        ("帮陈美玲看看借了哪些书", "zh-CN", "陳美玲"),
    ):
        talking = Talking(session, services, talk=f"t-{said}", card=DAUGHTER)
        answer = talking.say(said, locale=locale)
        assert answer.details["intent"] == "list_loans", said
        held = session.get_one(Delegation, talking.state.acting)
        assert held.patron.name == name, said


def test_a_name_is_known_wherever_it_stands_and_another_is_not_taken_for_it(
    session: Session, services: Services
) -> None:
    mother, _ = given(session)
    for said in ("给沈巧云看看借了哪些书", "全部续借给沈巧云", "帮沈巧云再借一本三体", "renew everything for 沈巧云"):
        talking = Talking(session, services, talk=f"t-{said}", card=DAUGHTER)
        talking.say(said, locale="en" if said.startswith("renew") else "zh-CN")
        assert session.get_one(Delegation, talking.state.acting).patron is mother, said
    talking = Talking(session, services, talk="another", card=DAUGHTER)
    assert "沈巧云霞没有托您" in talking.say("帮沈巧云霞续借所有的书").message.shown
    assert talking.state.acting is None


def test_of_namesakes_it_is_asked_which(session: Session, services: Services) -> None:
    _, daughter = given(session)
    named(session, "52100002", "张美玲", daughter)
    second = named(session, "52100005", "张美玲", daughter)
    third = named(session, "52100006", "章美玲", daughter)
    typed = Talking(session, services, talk="typed", card=DAUGHTER)
    answer = typed.say("帮张美玲看看借了哪些书")
    assert typed.state.acting is None and "0002" in answer.message.shown
    assert "0005" in typed.say("不是").message.shown
    typed.say("对")
    assert session.get_one(Delegation, typed.state.acting).patron is second
    heard = Talking(session, services, talk="heard", card=DAUGHTER)
    asked = heard.say(Transcript((Hypothesis("", "bang1 zhang1 mei3 ling2 kan4 kan4 jie4 le5 na3 xie1 shu1", 1.0),)))
    assert heard.state.acting is None and "0002" in asked.message.shown
    heard.say("不是")
    assert third.name in heard.say("不是").message.shown
    answer = heard.say("不是")
    assert heard.state.acting is None and answer.details["done"] == [] and "《" not in answer.message.shown


def test_of_namesakes_it_is_asked_whose_leave_is_to_end(session: Session, services: Services) -> None:
    mother = session.get_one(Card, MOTHER).patron
    given_to = {}
    for card, name in ((DAUGHTER, "费小燕"), ("52100005", "张美玲"), ("52100006", "张美玲")):
        patron = session.get_one(Card, card).patron
        patron.name = name
        desk = Actor("librarian", mother.id)
        given_to[card] = delegation.delegate(session, patron=mother, delegate=patron, now=NOW, by=desk)
    for said in ("取消代办", "不要让张美玲替我借书了"):
        talking = Talking(session, services, talk=said, card=MOTHER)
        assert "0006" in talking.say(said).message.shown
        asked = talking.say("张美玲")
        assert talking.state.state == "choosing" and asked.details["done"] == []
        assert "0005" in asked.message.shown and "0006" in asked.message.shown and "费小燕" not in asked.message.shown
        assert "0006" in talking.say("第二个").message.shown
        talking.say("算了")
    talking.say("不要让张美玲替我借书了")
    talking.say("第二个")
    assert [one["what"] for one in talking.say("好").details["done"]] == ["delegation_revoked"]
    assert [card for card, one in given_to.items() if one.revoked_at is not None] == ["52100006"]


def test_a_reminder_of_ones_own_is_not_the_others(session: Session, services: Services) -> None:
    _, daughter = given(session)
    talking = Talking(session, services, card=DAUGHTER)
    talking.say("帮我妈妈看看借了哪些书")
    before = talking.state.focus
    loan = session.scalars(select(Loan).where(Loan.returned_at.is_(None), Loan.patron_id != daughter.id)).first()
    assert loan is not None
    mine = owed.Owed(daughter, "due_soon:own", {"loan": loan.id}, NOW.date() + timedelta(days=3))
    owed.owe(session, "due_soon", [mine], now=NOW)
    notice = session.scalars(select(Notice).where(Notice.patron_id == daughter.id, Notice.kind == "due_soon")).one()
    notices.say(session, patron=daughter, notices=[notice], now=NOW, services=services, talk=session.get_one(Talk, "t"))
    assert talking.state.focus == before and loan.id not in before and talking.state.pending is None
