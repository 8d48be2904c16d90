"""What one word says where something is on offer or asked: 听 to a book, 报 to events, 那就续吧 to "shall I renew it?".

Only where nothing else was said, and only by the words themselves (locales/<tag>/named.yaml): a word with more around
it is understanding's. Nothing is done here: what changes the library is read back by the flow that it leads to.
"""

from __future__ import annotations

from dataclasses import replace

from bot.dialogue import named, reading
from bot.dialogue.flows import STEPS
from bot.dialogue.turn import Turn
from bot.messages import Utterance
from bot.understanding.meaning import Meaning
from catalog.search import sounds
from speech.recognition import Transcript

SURE = 0.95
LISTENING = ("play_audiobook", "continue_listening")
RENEWING = ("renew", "renew_all")


def settled(turn: Turn) -> Turn:
    """The turn, with what its one word means where something is on offer or asked."""
    state = turn.state
    found = ""
    if _left_to_us(turn):
        turn.meaning = turn.understood = Meaning("find_title", {}, SURE, turn.meaning.reading)
        return turn
    if state.state == "confirming" and state.pending is not None:
        asked = STEPS[state.pending.step].intent
        if reading.agrees(turn, asked):
            return turn
        if _is(turn, named.under(turn, "act", asked)) or (
            asked not in LISTENING and _is(turn, named.words(turn, "go_on"))
        ):
            yes = replace(turn.meaning, intent="yes", slots={}, confidence=SURE, rivals=())
            turn.meaning = turn.understood = yes
            return turn
        found = _among(turn, "terse_loans") if asked in RENEWING else ""
    elif state.offered is not None and state.state != "asking":
        found = _among(turn, f"terse_{state.offered.kind}")
    found = found or (_among(turn, "terse") if state.state != "asking" else "")
    if found:
        turn.meaning = turn.understood = Meaning(found, {}, SURE, turn.meaning.reading)
    return turn


def _left_to_us(turn: Turn) -> bool:
    """Whether "what would you like to read?" was answered with "anything"."""
    pending = turn.state.pending
    asked = pending is not None and pending.step == "find-what" and turn.meaning.intent in ("yes", "none")
    return asked and bool(named.named(turn, "manner", whole=True))


def _among(turn: Turn, table: str) -> str:
    """The intent of `table` whose word was said."""
    return next((intent for intent, words in named.table(turn, table) if _is(turn, words)), "")


def _is(turn: Turn, words: list[str]) -> bool:
    """Whether nothing but one of `words` was said, with a little word before or behind it at the most."""
    if isinstance(turn.said, Utterance):
        return _bare(turn, turn.said.text) in map(_plain, words)
    best = turn.said.hypotheses[0] if isinstance(turn.said, Transcript) and turn.said.hypotheses else None
    if best is None:
        return False
    if best.text:
        return _bare(turn, best.text) in map(_plain, words)
    heard = sounds.parse_syllables(best.syllables)
    return any(heard == sounds.syllables(word) for word in words)


def _bare(turn: Turn, text: str) -> str:
    """What was said without what may open or close it ("那就…吧")."""
    bare = _plain(turn.locale.incoming(text))
    for word in map(_plain, named.words(turn, "well_then")):
        bare = bare.removeprefix(word) if len(bare) > len(word) else bare
    for word in map(_plain, named.words(turn, "closing")):
        bare = bare.removesuffix(word) if len(bare) > len(word) else bare
    return bare


def _plain(text: str) -> str:
    return "".join(sign for sign in text.casefold() if sign.isalnum())
