"""A typed sentence that is just what a book is called is that book: 再见绘梨 is no good-bye.

Only where it was taken for something else because a part of it reads like a sentence of ours, and no question is open.
"""

from __future__ import annotations

from dataclasses import replace

from bot.dialogue.flows import searching, unfound
from bot.dialogue.turn import Turn
from bot.messages import Utterance
from bot.understanding.meaning import Meaning, Phrase

WHOLE = 0.9
"""From this confidence on the whole of the sentence is one of ours, and not a part of it."""
LEAST, MOST = 3, 40
"""Signs of a sentence that may be a title."""
FINDS = frozenset({"find_title", "find_audiobook"})


def settled(turn: Turn) -> None:
    """Take the sentence for the book that is called so, where there is one."""
    said, meaning = turn.said, turn.meaning
    if not isinstance(said, Utterance) or turn.state.pending is not None or meaning.confidence >= WHOLE:
        return
    if meaning.intent in FINDS or not LEAST <= len(said.text) <= MOST:
        return
    wish = Meaning("find_title", {"title": Phrase(said.text)}, unfound.GUESSED, meaning.reading)
    hits = searching.asked(turn, replace(searching.query_of(turn, wish, searching.usable(turn)), whole=True))
    if hits and hits[0].why == "exact" and hits[0].score >= searching.CLEAR:
        turn.meaning = turn.understood = wish
