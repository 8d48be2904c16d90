"""Greetings, thanks, help, and what is nothing for a library."""

from __future__ import annotations

from bot.dialogue.turn import Turn
from bot.messages import Reply, Text


def greet(turn: Turn) -> Reply:
    """The first greeting says what can be done; a later one is short."""
    if turn.state.met:
        return Reply((Text("greet-again"),))
    turn.state.met = True
    if turn.patron is not None and turn.patron.name:
        return Reply((Text("greet-by-name", {"name": turn.patron.name}), Text("what-i-can")))
    return Reply((Text("greet"), Text("what-i-can")))


def thanks(turn: Turn) -> Reply:
    """Gladly."""
    return Reply((Text("thanks"),))


def bye(turn: Turn) -> Reply:
    """Until next time."""
    turn.leave()
    return Reply((Text("bye"),))


def help_(turn: Turn) -> Reply:
    """What can be said just now, in examples."""
    state = turn.state
    now = "idle"
    if state.state in ("confirming", "asking"):
        now = state.state
    elif state.state == "choosing" and state.offered is not None:
        now = "book" if state.chosen is not None else state.offered.kind
    elif turn.patron is None:
        now = "no-card"
    return Reply((Text(f"help-{now}"),))


def none(turn: Turn) -> Reply:
    """Nothing for a library: say so kindly, and what there is instead."""
    return Reply((Text("not-for-a-library"),))
