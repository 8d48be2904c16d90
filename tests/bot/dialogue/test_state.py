"""What a talk remembers comes back as it was, and nothing of an older shape is guessed at."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime, time

from bot.dialogue.state import DialogueState, Offered, Pending
from bot.messages import CallNumber, Code, Isbn, Link, Phone, Place, Reply, Several, Text, Title, Word
from bot.understanding.meaning import Meaning, Phrase

VALUES = {
    "title": Title("活着"),
    "place": Place("乾元分馆"),
    "phone": Phone("0572-555-0116"),
    "isbn": Isbn("9787506365437"),
    "call": CallNumber("I247.5/4"),
    "link": Link("https://example.org/a"),
    "code": Code("0716"),
    "count": 3,
    "yuan": 2.5,
    "day": date(2026, 11, 24),
    "moment": datetime(2026, 11, 24, 9, 30, tzinfo=UTC),
    "time": time(9, 30),
    "word": Word("format-print", {"count": 1}),
    "several": Several((Title("三体"), Word("format-braille"))),
    "words": "好",
}


def full() -> DialogueState:
    wish = Meaning("find_title", {"title": Phrase("三体", "san1 ti3", True, 0.5, (Phrase("三题"),)), "ordinal": 2})
    dated = Meaning("change_delivery", {"date": date(2026, 12, 2), "time": time(9)})
    asked = datetime(2026, 11, 22, 10, 0, tzinfo=UTC)
    return DialogueState(
        state="confirming",
        pending=Pending("deliver", {"record": 5, "day": "2026-11-25"}, dated, asked),
        expects=["date"],
        offered=Offered("records", [5, 6, 7, 8], 1, wish),
        chosen=5,
        choices=[Meaning("yes"), Meaning("choose", {"ordinal": 2})],
        offer="abc",
        last=Reply((Text("deliver-read-back", VALUES),), (Text("choice-yes"),), (Text("ask-which"),)),
        misses=2,
        pace=1.5,
        verbosity="short",
        aloud=True,
        volume=1.25,
        timbre="man",
        recent=["turn:1"],
        focus=[9],
        lines=["R: 好"],
        met=True,
    )


def test_everything_comes_back_with_its_kind() -> None:
    state = full()
    back = DialogueState.from_json(json.loads(json.dumps(state.to_json())))
    assert back == state
    assert back.last is not None
    for name, value in back.last.texts[0].values.items():
        assert type(value) is type(VALUES[name]), name


def test_an_unknown_version_is_a_fresh_state() -> None:
    assert DialogueState.from_json({}) == DialogueState()
    assert DialogueState.from_json({**full().to_json(), "version": 0}) == DialogueState()


def test_only_the_last_turns_and_lines_are_kept() -> None:
    state = DialogueState(recent=[str(number) for number in range(99)], lines=[str(number) for number in range(99)])
    back = DialogueState.from_json(state.to_json())
    assert (len(back.recent), back.recent[-1]) == (20, "98")
    assert (len(back.lines), back.lines[-1]) == (12, "98")


def test_leaving_drops_the_question_and_keeps_the_list() -> None:
    state = full()
    state.leave()
    assert (state.state, state.pending, state.choices, state.expects) == ("idle", None, [], [])
    assert state.offered is not None
    assert state.chosen == 5
