"""What no conversation file can show: secrets that stay nowhere, reminders that are answered, talks that move."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from bot import inbox, outbox
from bot.dialogue import engine, notices, usable
from bot.dialogue.flows import ABILITIES
from bot.dialogue.services import Services
from bot.dialogue.state import DialogueState, Talk
from bot.inbox import InboxRow
from bot.messages import Choice, Message, Said, Utterance
from bot.outbox import OutboxRow
from bot.understanding.meaning import Meaning, Phrase
from catalog.audit import AuditEntry
from catalog.circulation.tables import Loan
from catalog.database import Base
from catalog.outreach import notices as owed
from catalog.outreach.tables import Enquiry, Notice
from catalog.patrons.preferences import PREFERENCES
from catalog.patrons.tables import Card, Patron
from tests.conversations.conftest import NOW

CARD, PIN = "52100002", "264097"


class Talking:
    """A talk by the engine alone."""

    def __init__(self, session: Session, services: Services, talk: str = "t", card: str = "") -> None:
        self.session, self.services, self.talk, self.card = session, services, talk, card
        self.turns, self.now = 0, NOW

    def say(self, said: str | Said, **options: Any) -> engine.TurnResult:
        self.turns += 1
        self.now += timedelta(seconds=10)
        return engine.take_turn(
            self.session,
            talk=self.talk,
            channel="web",
            address=self.talk,
            said=Utterance(said) if isinstance(said, str) else said,
            now=self.now,
            turn=f"{self.talk}:{self.turns}",
            services=self.services,
            options=engine.TurnOptions(card=self.card, **options),
        )

    @property
    def state(self) -> DialogueState:
        return DialogueState.from_json(self.session.get_one(Talk, self.talk).state)


def everything(session: Session) -> str:
    """All that stands in the database, as text."""
    session.flush()
    return "\n".join(str(tuple(row)) for table in Base.metadata.sorted_tables for row in session.execute(select(table)))


def test_a_pin_stays_nowhere(session: Session, services: Services) -> None:
    talking = Talking(session, services)
    results = [talking.say(said) for said in ("我借了哪些书", CARD, "999888", CARD, PIN)]
    results += [Talking(session, services, "u").say(f"绑定 {CARD} 密码 {PIN}")]
    assert results[-2].details["done"] == [{"what": "card_linked"}]
    assert "红楼梦" in results[-2].message.shown
    kept = everything(session)
    for secret in (PIN, "999888"):
        assert secret not in kept
        assert all(secret not in str(result) for result in results)


def test_a_linked_talk_is_the_patrons_and_stays_so(session: Session, services: Services) -> None:
    talking = Talking(session, services)
    for said in ("绑定读者证", CARD, PIN):
        talking.say(said)
    patron = session.get_one(Patron, session.get_one(Talk, "t").patron_id)
    assert session.get_one(Card, CARD).patron_id == patron.id
    assert "红楼梦" in talking.say("我借了哪些书").message.shown
    assert "红楼梦" in talking.say("我借了哪些书", new=True).message.shown


def test_another_card_starts_afresh(session: Session, services: Services) -> None:
    talking = Talking(session, services, card="52100001")
    talking.say("把活着送到家")
    talking.card = "52100004"
    answer = talking.say("好")
    assert answer.details["done"] == []


def test_a_card_nobody_has(session: Session, services: Services) -> None:
    answer = Talking(session, services, card="1").say("我借了哪些书")
    assert answer.details["done"] == []
    assert answer.message.shown


def reminded(
    session: Session, services: Services, talking: Talking, *, after: timedelta = timedelta(minutes=10)
) -> tuple[list[Notice], Any]:
    """The reader's reminders, pushed into the talk some time after its last answer."""
    owed.gather(session, now=NOW)
    patron = session.get_one(Card, talking.card).patron
    mine = list(session.scalars(select(Notice).where(Notice.patron_id == patron.id, Notice.kind == "due_soon")))
    talk = session.get_one(Talk, talking.talk)
    return mine, notices.say(session, patron=patron, notices=mine, now=NOW + after, services=services, talk=talk)


def test_a_reminder_is_answered_by_one_word(session: Session, services: Services) -> None:
    talking = Talking(session, services, card="52100018")
    talking.say("你好")
    mine, message = reminded(session, services, talking)
    assert len(mine) == 2
    assert "2本" in message.shown
    assert "草房子" not in message.shown
    answer = talking.say("续借")
    assert answer.details["intent"] == "renew"
    assert [one["what"] for one in answer.details["done"]] == ["loan_renewed"] * 2  # type: ignore[attr-defined]
    due = session.scalars(select(Loan.due_date).where(Loan.id.in_([one.about["loan"] for one in mine])))
    assert all(day > NOW.date() + timedelta(10) for day in due)


def test_a_reminder_is_answered_by_its_button(session: Session, services: Services) -> None:
    talking = Talking(session, services, card="52100018")
    talking.say("你好")
    _, message = reminded(session, services, talking)
    answer = talking.say(Choice(1, message.offer))
    assert len(answer.details["done"]) == 2  # type: ignore[arg-type]


def test_a_reminder_beside_what_was_just_done_asks_nothing(session: Session, services: Services) -> None:
    talking = Talking(session, services, card="52100018")
    talking.say("晚上七点到早上九点不要打扰我")
    _, message = reminded(session, services, talking, after=timedelta(minutes=1))
    assert message.choices == ()
    assert talking.say("好").details["done"] == []
    assert len(talking.say("续借").details["done"]) == 2  # type: ignore[arg-type]


def test_a_reminder_beside_an_answer_that_changed_nothing_asks_nothing(session: Session, services: Services) -> None:
    """The next 好 is the reader's word on that answer, and renews no book that he did not mean."""
    talking = Talking(session, services, card="52100018")
    talking.say("图书馆几点开门")
    _, message = reminded(session, services, talking, after=timedelta(minutes=1))
    assert message.choices == ()
    assert "要续借就说" in message.shown
    assert talking.say("好").details["done"] == []


def test_a_reminder_does_not_take_the_yes_of_another_question(session: Session, services: Services) -> None:
    talking = Talking(session, services, card="52100018")
    talking.say("把活着送到家")
    reminded(session, services, talking)
    answer = talking.say("好")
    assert [one["what"] for one in answer.details["done"]] == ["delivery_requested"]  # type: ignore[attr-defined]


def test_titles_are_named_where_the_reader_wants_it(session: Session, services: Services) -> None:
    talking = Talking(session, services, card="52100002")
    talking.say("你好")
    patron = session.get_one(Card, "52100002").patron
    _, message = reminded(session, services, talking)
    assert "红楼梦" not in message.shown
    patron.preferences = {**patron.preferences, "titles_in_pushes": True}
    _, message = reminded(session, services, talking)
    assert "红楼梦" in message.shown


def test_a_librarian_gets_the_talk_so_far(session: Session, services: Services) -> None:
    talking = Talking(session, services, card="52100001")
    talking.say("我借了哪些书")
    talking.say("找管理员")
    enquiry = session.scalars(select(Enquiry).order_by(Enquiry.id.desc())).first()
    assert enquiry is not None
    assert any("我借了哪些书" in line for line in enquiry.transcript)


def test_forgotten_means_the_talk_too(session: Session, services: Services) -> None:
    talking = Talking(session, services, card="52100028")
    talking.say("你好")
    talking.say("注销账号")
    answer = talking.say("好")
    assert [one["what"] for one in answer.details["done"]] == ["data_forgotten"]  # type: ignore[attr-defined]
    talk = session.get_one(Talk, "t")
    assert talk.patron_id is None
    assert "倪宝根" not in str(talk.state)


def test_a_refusal_leaves_nothing_behind(session: Session, services: Services) -> None:
    talking = Talking(session, services, card="52100001")
    talking.say("我想预约活着")
    talking.say("好")
    before = session.scalars(select(AuditEntry.id)).all()
    talking.say("我想预约活着")
    answer = talking.say("好")
    assert answer.details["done"] == []
    assert session.scalars(select(AuditEntry.id)).all() == before


def test_what_is_said_in_the_dark_is_asked_and_not_done(session: Session, services: Services) -> None:
    """A meaning that is not sure never acts, whatever it is."""
    from bot.dialogue import repair
    from bot.dialogue.turn import Turn

    talking = Talking(session, services, card="52100001")
    talking.say("全部续借")
    talk = session.get_one(Talk, "t")
    patron = session.get_one(Card, "52100001").patron
    unsure = Meaning("yes", confidence=0.4, rivals=(Meaning("no", confidence=0.35),))
    turn = Turn(
        session, talk, DialogueState.from_json(talk.state), unsure, patron, services, NOW, "x", _locale(), ABILITIES
    )  # fmt: skip
    reply = repair.unsure(turn)
    assert reply is not None
    assert reply.texts[0].id == "say-yes-or-no"
    assert turn.state.pending is not None


def _locale() -> Any:
    from bot import locales

    return locales.load("zh-CN")


def test_moments_are_said_in_the_consortiums_zone(session: Session, services: Services) -> None:
    talking = Talking(session, services)
    talking.now = datetime.fromisoformat("2026-11-22T02:00:00+00:00")
    answer = talking.say("武康分馆几点开门")
    assert "UTC" not in answer.message.shown


def test_who_is_forgotten_leaves_no_messages(session: Session, services: Services) -> None:
    whole = replace(services, forget=(inbox.forget, outbox.forget))
    talking = Talking(session, whole, talk="gone", card="52100010")
    for number, words in enumerate(("三体", "删掉我的资料"), 1):
        inbox.store(
            session, channel="console", update_id=number, talk="gone", address="here", body={"say": words}, now=NOW
        )
        row = inbox.claim(session, channels=("console",), now=NOW, talk="gone")
        assert row is not None
        result = talking.say(words)
        outbox.put(
            session, key=f"k{number}", channel="console", address="here", talk="gone", message=result.message,
            details=result.details, now=NOW,
        )  # fmt: skip
        inbox.finish(session, row)
        sent = outbox.claim(session, channels=("console",), now=NOW, talk="gone")
        assert sent is not None
        outbox.sent(session, sent, now=NOW)
        assert session.scalar(select(OutboxRow.details).where(OutboxRow.key == f"k{number}")) is None
    talking.card = ""
    done: Any = talking.say("好").details["done"]
    assert done[-1] == {"what": "data_forgotten"}
    assert session.scalars(select(OutboxRow.key).where(OutboxRow.talk == "gone")).all() == []
    assert session.scalars(select(InboxRow.id).where(InboxRow.address == "here")).all() == []


def test_a_slot_that_cannot_be_used_is_dropped() -> None:
    told = Meaning("renew_all", {"days": "jin4", "title": Phrase("", "wo3 ji4", True), "count": 2})
    kept = usable.sensible(told).slots
    assert kept == {"title": Phrase("", "wo3 ji4", True), "count": 2}


def test_nothing_of_the_first_reader_stays_when_another_card_is_linked(session: Session, services: Services) -> None:
    talking = Talking(session, services)
    for said in ("绑定 52100001 密码 730518", "我借了哪些书", "续借我们仨", "好"):
        talking.say(said)
    assert talking.state.recent
    talking.say(f"绑定 {CARD} 密码 {PIN}")
    state = talking.state
    assert "我们仨" not in str(state.to_json())
    assert (state.offered, state.chosen, state.focus) == (None, None, [])
    talking.say("找管理员")
    enquiry = session.scalars(select(Enquiry).order_by(Enquiry.id.desc())).first()
    assert enquiry is not None
    assert "我们仨" not in str(enquiry.transcript)


def test_a_card_that_leaves_takes_the_talk_with_it(session: Session, services: Services) -> None:
    gone: list[str] = []
    whole = replace(services, forget=(lambda _, talks: gone.extend(talks),))
    talking = Talking(session, whole)
    for said in ("绑定 52100001 密码 730518", "我借了哪些书", "解除绑定"):
        talking.say(said)
    assert gone == ["t"]
    assert session.get_one(Talk, "t").patron_id is None
    assert "我们仨" not in str(talking.state.to_json())


def test_who_asks_what_is_held_is_told_what_bot_holds_too(session: Session, services: Services) -> None:
    whole = replace(services, told=(inbox.told, outbox.told))
    talking = Talking(session, whole, card="52100001")
    talking.say("我借了哪些书")
    outbox.put(
        session, key="k", channel="web", address="t", talk="t", now=NOW,
        message=Message("《我们仨》快到期了。", ""),
    )  # fmt: skip
    answer = talking.say("导出我的数据")
    data: Any = answer.details["data"]
    assert "我借了哪些书" in str(data["talks"][0]["lines"])
    assert data["messages_out"][0]["words"] == "《我们仨》快到期了。"
    assert {"consents", "link_codes", "notices", "messages_in"} <= set(data)
    assert all(name in answer.message.shown for name in ("沈巧云", "52100001", "金火村", "《我们仨》", "《白鹿原》"))
    assert "《我们仨》" not in answer.message.spoken


def test_every_preference_can_be_named(session: Session, services: Services) -> None:
    talking = Talking(session, services, card="52100001")
    patron = session.get_one(Card, "52100001").patron
    patron.preferences = {name: rule.default for name, rule in PREFERENCES.items() if name != "locale"}
    for locale in ("zh-CN", "en"):
        answer = talking.say("导出我的数据" if locale == "zh-CN" else "give me my data", locale=locale)
        assert not re.search(r"preference-|verbosity-|consent-|topic-", answer.message.shown)


def test_the_wait_is_never_over_later_than_it_is_said(session: Session, services: Services) -> None:
    talking = Talking(session, services)
    for number in range(5):
        answer = talking.say(f"绑定 {CARD} 密码 11111{number}")
    said = re.search(r"(\d+):(\d+)", answer.message.shown)
    assert said is not None
    talking.now = NOW.replace(hour=int(said[1]), minute=int(said[2])) - timedelta(seconds=10)
    assert talking.say(f"绑定 {CARD} 密码 {PIN}").details["done"] == [{"what": "card_linked"}]


def test_the_question_stays_what_it_is_when_it_was_not_answered(session: Session, services: Services) -> None:
    talking = Talking(session, services, card="52100001")
    talking.say("把活着送到家")
    missed = talking.say("嘟嘟嘟").message.shown
    assert missed != talking.say("再说一遍").message.shown
