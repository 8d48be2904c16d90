"""Which book, loan, hold or place is meant: named, numbered, the one just chosen, the only one, or asked for."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeVar

from bot.dialogue import naming
from bot.dialogue.flows import finding, searching
from bot.dialogue.flows.unfound import WISHES
from bot.dialogue.named import says
from bot.dialogue.state import Offered
from bot.dialogue.steps import with_question
from bot.dialogue.turn import Turn
from bot.messages import Reply, Text
from catalog.organisation import directory
from catalog.organisation.tables import OrgUnit
from catalog.records.tables import BibliographicRecord
from catalog.search import sounds

Thing = TypeVar("Thing")
ALIKE = 0.7
"""From this likeness on (0 to 1) a title that was said means a title on the list."""


def book(turn: Turn, step: str) -> int | Reply:
    """The record meant, or a reply that asks which; `step` goes on with the answer."""
    meaning, state = turn.meaning, turn.state
    if any(turn.phrase(name) for name in ("title", "author", "isbn", "subject")):
        hits = searching.search(turn, meaning)
        turn.found = hits
        wanted = str(meaning.slots.get("format") or "")
        fitting = [hit for hit in hits if wanted in hit.formats] if wanted else hits
        if not fitting and state.chosen is not None and says(turn, "collect"):
            return state.chosen
        if not fitting:
            return finding.find(turn, meaning)
        ids = searching.editions(turn, fitting, wanted)
        exact = [hit for hit in fitting if hit.why in ("exact", "isbn")]
        if len(exact) == 1 or len(fitting) == 1 or searching.clear(fitting):
            state.offered = Offered("records", ids, wish=meaning)
            return ids[fitting.index(exact[0])] if exact else ids[0]
        turn.choose(step, "records", ids)
        return finding.page(turn, (Text("which-of-these"),))
    offered = state.offered
    if offered is not None and offered.kind == "records":
        if turn.number("ordinal") is not None:
            one = finding.picked(turn, offered)
            if one is not None:
                return one
        if state.chosen is None and len(offered.ids) == 1:
            return offered.ids[0]
        if state.chosen is None and offered.ids:
            page = offered.page
            turn.choose(step, "records", offered.ids)
            if state.offered is not None:
                state.offered.page = page
            return finding.page(turn, (Text("which-of-these"),))
    if state.chosen is not None:
        return state.chosen
    turn.ask(step, ("title", "author", "subject", "isbn"))
    return Reply((Text("ask-which-book"),))


def answered_book(turn: Turn, step: str, under_way: str) -> int | Reply | None:
    """The record that an answer to `book` means; a reply that asks on; None if it was no answer."""
    meaning = turn.meaning
    offered = turn.state.offered
    if meaning.intent in ("choose", "details") and turn.number("ordinal") and offered and offered.kind == "records":
        one = finding.picked(turn, offered)
        return one if one is not None else Reply((Text("no-such-choice"),))
    if meaning.intent in ("choose", "find_title", "find_audiobook", "none", under_way) and any(
        turn.phrase(name) for name in ("title", "author", "isbn", "subject")
    ):
        return book(turn, step)
    return None


def other_editions(turn: Turn, ids: Sequence[int]) -> list[int] | Reply | None:
    """The same books in the format that was named, and nothing else; what is missing, said; None if none was named."""
    form = turn.text("format")
    if not form or any(turn.phrase(name) for name in WISHES):
        return None
    others = []
    for id in ids:
        other = searching.edition(turn, id, form)
        if other is None:
            return with_question(turn.state, searching.no_edition(turn, id, form))
        others.append(other)
    return others


def named(turn: Turn, things: Sequence[Thing], record_of: Callable[[Thing], BibliographicRecord]) -> list[Thing]:
    """Those of `things` whose title is the one that was said; all of them if none was said."""
    phrase = turn.phrase("title")
    if phrase is None:
        return list(things)
    said = phrase.text.strip("《》 ").casefold()
    exact = [one for one in things if said and said in naming.title(record_of(one)).casefold()]
    if exact:
        return exact
    heard = sounds.parse_syllables(phrase.syllables) if phrase.syllables else sounds.syllables(phrase.text)
    scored = [
        (sounds.similarity(heard, sounds.syllables(record_of(one).title)), place) for place, one in enumerate(things)
    ]
    best = max(scored, default=(0.0, 0))
    return [things[best[1]]] if best[0] >= ALIKE else []


def numbered(turn: Turn, kind: str, things: Sequence[Thing], id_of: Callable[[Thing], int]) -> list[Thing]:
    """The one of `things` that the ordinal of this turn means: of the list on offer, else of all; all without one."""
    ordinal = turn.number("ordinal")
    if ordinal is None:
        return list(things)
    offered = turn.state.offered
    if offered is not None and offered.kind == kind:
        id = finding.picked(turn, offered)
        return [one for one in things if id_of(one) == id]
    place = ordinal - 1 if ordinal > 0 else len(things) + ordinal
    return [things[place]] if 0 <= place < len(things) else []


def point(turn: Turn) -> directory.Point | None:
    """The place on the map that was shared (latitude, longitude), if one was."""
    phrase = turn.phrase("place")
    if phrase is None or not phrase.text.startswith("geo:"):
        return None
    latitude, longitude = (float(part) for part in phrase.text.removeprefix("geo:").split(","))
    return (latitude, longitude) if abs(latitude) <= 90 and abs(longitude) <= 180 else None


def place(turn: Turn) -> OrgUnit | None:
    """The place that was named, if one was and it is known; of a place on the map, where books are collected next to
    it."""
    phrase = turn.phrase("place") or turn.phrase("library")
    if phrase is None or phrase.text in directory.KINDS_SAID:
        return None
    if (here := point(turn)) is not None:
        near = directory.nearest(turn.session, to=here, pickup_only=True, limit=1)
        return near[0][0] if near else None
    found = directory.find(turn.session, name=phrase.text, syllables=phrase.syllables)
    return found[0] if found else None
