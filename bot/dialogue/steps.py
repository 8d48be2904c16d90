"""What may follow a question: yes, no, or an answer with words of its own. Flows make steps; STEPS names them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from bot.dialogue.state import DialogueState
from bot.dialogue.turn import Turn
from bot.messages import Reply, Text

Flow = Callable[[Turn], Reply]
Arguments = Mapping[str, Any]
Act = Callable[[Turn, Arguments], Reply]
Answer = Callable[[Turn, Arguments], "Reply | None"]


def with_question(state: DialogueState, *texts: Text) -> Reply:
    """`texts`, and then what is being asked just now, so that nobody has to remember it."""
    last = state.last
    if last is None or state.state in ("idle", "playing"):
        return Reply(texts)
    if state.state == "choosing":
        return Reply(texts, last.choices, last.afterwards)
    return Reply((*texts, *last.texts[-1:]), last.choices, last.afterwards)


def left(turn: Turn, arguments: Arguments) -> Reply:
    """The plain answer to no: nothing was done."""
    return Reply((Text("left-alone"),))


def not_yet(turn: Turn, arguments: Arguments) -> Reply:
    """A yes where a free answer is awaited says nothing yet: what is asked for is said again."""
    return Reply((Text("please-say-which"),))


@dataclass(frozen=True, slots=True)
class Step:
    """`yes` acts, `no` leaves (the question is already dropped); `answer` takes any other meaning, and gives None if
    it has nothing to do with what was asked. An answer sees no and cancel first. `intent` is what is under way."""

    intent: str = "none"
    yes: Act = not_yet
    no: Act = left
    answer: Answer | None = None
