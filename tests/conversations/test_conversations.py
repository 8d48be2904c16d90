"""Whole conversations as data: what is said, typed or heard, and what must come of it.

A file holds conversations; a conversation has a `name`, and perhaps `card`, `locale`, `now`. Its `turns` are:
  say: words typed · heard: words or syllables (a text, or a list of {text or syllables, weight}) · press: a button
  button: {number, offer: old} · not_heard: why nothing could be heard · after: minutes that passed · new: a fresh talk
  cut: the recording breaks off ·
  talk: a talk of somebody else, with his `card` · {code} in what is said: the last code of six digits that was shown
and what is expected, each only if named: intent, slots (those named), state, done (the `what`s, in order), found (the
title of the best), shown / spoken (regular expressions), not_shown, pace, volume (numbers), timbre, texts (ids
said, in order), choices (how many).
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import yaml
from sqlalchemy.orm import Session

from bot.dialogue import engine
from bot.dialogue.services import Services
from bot.dialogue.state import DialogueState, Talk
from bot.messages import Choice, Utterance
from speech.recognition import Hypothesis, Transcript

from . import lengths
from .conftest import NOW

FOLDER = Path(__file__).parent
CONVERSATIONS = [
    pytest.param(one, id=f"{path.stem}: {one['name']}")
    for path in sorted(FOLDER.glob("*.yaml"))
    for one in yaml.safe_load(path.read_text("utf-8"))
]


@dataclass
class Talking:
    """One conversation under way."""

    session: Session
    services: Services
    talk: str
    about: dict[str, Any]
    now: datetime
    offers: list[str] = field(default_factory=list)
    code: str = ""
    turns: int = 0

    def take(self, turn: dict[str, Any]) -> engine.TurnResult:
        """Say one thing and get the answer."""
        self.turns += 1
        self.now += timedelta(seconds=15, minutes=turn.get("after", 0))
        common: dict[str, Any] = {
            "talk": self.talk_of(turn),
            "channel": "console",
            "address": self.talk_of(turn),
            "now": self.now,
            "turn": f"{self.talk}-{self.turns}",
            "services": self.services,
            "options": engine.TurnOptions(
                card=str(turn.get("card", self.about.get("card", ""))),
                locale=turn.get("locale", self.about.get("locale", "") if self.turns == 1 else ""),
                new=turn.get("new", False),
                sound=turn["sound"].encode() if "sound" in turn else None,
                media_type="audio/ogg" if "sound" in turn else "",
            ),
        }
        if "not_heard" in turn:
            result = engine.not_heard(self.session, reason=turn["not_heard"], **common)
        else:
            result = engine.take_turn(self.session, said=self._said(turn), **common)
        self.offers.append(result.message.offer)
        shown = re.findall(r"(?<!\d)\d{6}(?!\d)", result.message.shown)
        self.code = shown[-1] if shown else self.code
        return result

    def talk_of(self, turn: dict[str, Any]) -> str:
        """The talk in which this turn is said."""
        return f"{self.talk}-{turn['talk']}" if "talk" in turn else self.talk

    def _said(self, turn: dict[str, Any]) -> Utterance | Choice | Transcript:
        if "press" in turn:
            return Choice(turn["press"], self.offers[-1] if self.offers else "")
        if "button" in turn:
            offer = self.offers[0] if turn["button"].get("offer") == "old" else ""
            return Choice(turn["button"]["number"], offer)
        if "heard" in turn:
            given = turn["heard"] if isinstance(turn["heard"], list) else [_hypothesis(turn["heard"])]
            return Transcript(
                tuple(
                    Hypothesis(one.get("text", ""), one.get("syllables", ""), one.get("weight", 1.0)) for one in given
                ),
                cut=turn.get("cut", False),
            )
        return Utterance(turn["say"].replace("{code}", self.code))


def _hypothesis(heard: str) -> dict[str, Any]:
    return {"syllables": heard} if re.fullmatch(r"[a-z]+\d( [a-z]+\d)*", heard) else {"text": heard}


@pytest.mark.parametrize("conversation", CONVERSATIONS)
def test_conversation(conversation: dict[str, Any], session: Session, services: Services) -> None:
    now = datetime.fromisoformat(conversation["now"]).replace(tzinfo=NOW.tzinfo) if "now" in conversation else NOW
    talking = Talking(session, services, f"talk-{conversation['name']}", conversation, now)
    for number, turn in enumerate(conversation["turns"], 1):
        result = talking.take(turn)
        said = turn.get("say", turn.get("heard", turn.get("press", turn.get("not_heard"))))
        where = f"turn {number} ({said}):\n{result.message.shown}\n{result.details}"
        check(turn, result, where, session.get_one(Talk, talking.talk_of(turn)))


def check(turn: dict[str, Any], result: engine.TurnResult, where: str, talk: Talk) -> None:
    details: Any = result.details
    assert result.message.shown.strip() and result.message.spoken.strip(), where
    assert "://" not in result.message.spoken, where
    assert "\n\n" not in result.message.shown, where
    state = DialogueState.from_json(talk.state)
    if state.last is not None:
        language = result.message.locale.partition("-")[0]
        spelt = details["intent"] == "spell_out"
        faults = lengths.faults(result.message, state.last, language, spelt=spelt, cut=turn.get("cut", False))
        assert not faults, (faults, where)
    assert len(result.message.choices) <= 3, where
    assert not result.message.choices or len(state.choices) == len(result.message.choices), where
    for name in ("intent", "state"):
        if name in turn:
            assert details[name] == turn[name], where
    for name, value in turn.get("slots", {}).items():
        assert details["slots"].get(name) == value, where
    assert [one["what"] for one in details["done"]] == turn.get("done", []), where
    if "found" in turn:
        assert details["found"] and details["found"][0]["title"] == turn["found"], where
    for name in ("shown", "spoken"):
        if name in turn:
            assert re.search(turn[name], details[name]), where
    for name in ("pace", "volume", "timbre"):
        if name in turn:
            assert getattr(result.message, name) == turn[name], where
    if "not_shown" in turn:
        assert not re.search(turn["not_shown"], details["shown"]), where
    if "choices" in turn:
        assert len(details["choices"]) == turn["choices"], where
    if "texts" in turn:
        said = [text.id for text in (*state.last.texts, *state.last.afterwards)] if state.last else []
        assert said == turn["texts"], (said, where)
    if "heard_text" in turn:
        assert details["heard"]["text"] == turn["heard_text"], where
