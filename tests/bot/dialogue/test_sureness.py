"""Whatever does something without a further question is done only when it was clearly meant."""

from __future__ import annotations

import pytest
from sqlalchemy.orm import Session

from bot.dialogue import repair
from bot.dialogue.services import Services
from bot.dialogue.state import DialogueState, Talk
from bot.messages import Choice
from bot.understanding.meaning import INTENTS, Meaning
from speech.recognition import Hypothesis, Transcript
from tests.bot.dialogue.test_engine import Talking

BEFORE = ((), ("余华的书",), ("我想借活着", "第一本"), ("最近有什么活动",), ("我借了哪些书",))
CARD = "52100001"


@pytest.mark.parametrize("intent", [one for one in INTENTS if one not in repair.ACTING])
def test_what_is_not_asked_when_unsure_reads_back_before_it_does_anything(
    intent: str, session: Session, services: Services
) -> None:
    for number, before in enumerate(BEFORE):
        talking = Talking(session, services, f"{intent}{number}", CARD)
        for said in before or ("你好",):
            talking.say(said)
        talk = session.get_one(Talk, talking.talk)
        state = DialogueState.from_json(talk.state)
        state.choices = [Meaning(intent, {"ordinal": 2} if intent == "choose" else {})]
        talk.state = state.to_json()
        answer = talking.say(Choice(1))
        assert answer.details["done"] == [], answer.message.shown
        assert answer.patron_id is not None


def test_a_doubtful_wish_for_another_pace_is_asked(session: Session, services: Services) -> None:
    heard = (Hypothesis(syllables="tai4 kuai4 le5", weight=0.5), Hypothesis(syllables="hai2 mei2 lai2", weight=0.5))
    asked = Talking(session, services, card=CARD).say(Transcript(heard, 0.6))
    assert (asked.details["done"], asked.details["state"]) == ([], "choosing")


def test_a_doubtful_yes_does_nothing(session: Session, services: Services) -> None:
    talking = Talking(session, services, card=CARD)
    for said in ("我想借活着", "第一本", "送到家"):
        talking.say(said)
    heard = (
        Hypothesis(syllables="bu2 shi4 zhe4 yang4 de5", weight=0.97),
        Hypothesis(syllables="shi4 zhe4 yang4 de5", weight=0.03),
    )
    assert talking.say(Transcript(heard, 0.8)).details["done"] == []
