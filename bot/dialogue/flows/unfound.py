"""What is said where no book was found: that there is none, that nothing was understood either, what else can be done.

Words that were only guessed to be a title (a bare phrase) are talk as likely as a book: where the catalogue knows
nothing like them, nobody is asked whether the library shall buy them.
"""

from __future__ import annotations

from collections.abc import Sequence

from bot.dialogue.steps import with_question
from bot.dialogue.turn import Turn
from bot.messages import Reply, Text, Title
from bot.understanding.books import looks_like_a_name
from bot.understanding.meaning import Meaning, Phrase
from catalog.search import Hit
from catalog.statistics import unmet

WISHES = ("title", "author", "subject", "isbn", "text", "person")
SURE_OF_A_TITLE = 0.7
"""Below this confidence words are a title only if there is such a book: they may have been anything."""
GUESSED = 0.6
"""Up to this confidence a phrase was only guessed to be a title."""
SHORT = 6
"""Characters, or words of letters, up to which a typed phrase may be a title that we do not have."""
LIKE = 0.65
"""From this score on a book is like what was said, whatever it was that was said."""
RIGHT = frozenset({"exact", "prefix", "title", "author", "subject", "isbn"})
"""Ways of matching in which the words themselves were found, and not only something like them."""


def phrase(wish: Meaning, slot: str) -> Phrase | None:
    """The free words of a slot."""
    value = wish.slots.get(slot)
    if isinstance(value, Phrase):
        return value if value.text or value.syllables else None
    return Phrase(text=str(value)) if value else None


def convincing(hits: Sequence[Hit]) -> bool:
    """Whether the best of `hits` is a book that may have been meant."""
    return bool(hits) and (hits[0].score >= LIKE or hits[0].why in RIGHT)


def only_talk(turn: Turn, wish: Meaning, hits: Sequence[Hit]) -> bool:
    """Whether a guessed title is none: nothing is like it, and it is long, or was heard."""
    said = phrase(wish, "title")
    if said is None or wish.intent != "find_title" or wish.confidence > GUESSED or convincing(hits):
        return False
    return turn.heard or len(said.text.split() if said.text.isascii() else said.text) > SHORT


def neither(turn: Turn) -> Reply:
    """Neither understood nor found: no wish at all."""
    turn.understood = Meaning("none", confidence=0.0, reading=turn.meaning.reading)
    turn.found = []
    turn.missed = True
    return with_question(turn.state, Text("neither-understood-nor-found"))


def nothing(turn: Turn, wish: Meaning) -> Reply:
    """Nothing was found: count the wish, and offer to suggest the book."""
    said = next((one for name in WISHES if (one := phrase(wish, name))), Phrase())
    named = said.text or said.syllables
    unmet.note(turn.session, wish=named.casefold(), place=turn.patron.home if turn.patron else None, day=turn.today)
    if not said.text:
        turn.missed = True
        return Reply((Text("found-nothing-heard"),))
    if len(said.text) < 2:
        return Reply((Text("found-nothing"),))
    if phrase(wish, "subject") is said:
        choices = turn.confirm("suggest-purchase", text=said.text)
        return Reply((Text("found-nothing-about", {"subject": said.text}),), choices)
    if wish.confidence < SURE_OF_A_TITLE:
        turn.missed = True
        return Reply((Text("found-nothing-like", {"title": Title(said.text)}),))
    choices = turn.confirm("suggest-purchase", text=said.text)
    if phrase(wish, "author") is said or looks_like_a_name(said.text, turn.locale.grammar):
        return Reply((Text("found-nothing-by", {"name": said.text}),), choices)
    return Reply((Text("found-nothing-suggest", {"title": Title(said.text)}),), choices)
