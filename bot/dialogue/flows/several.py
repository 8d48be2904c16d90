"""Several books in one wish ("借百年孤独和围城"): taken apart only where every part is a book by itself.

A title may hold the same little words ("罪与罚", "老人与海"), so that the whole is looked for first.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from bot.dialogue import named, naming
from bot.dialogue.flows import searching
from bot.dialogue.flows.unfound import WISHES, phrase
from bot.dialogue.turn import PAGE, Turn
from bot.messages import Several, Text, Title, Value
from bot.understanding.meaning import Meaning, Phrase
from catalog.records.tables import BibliographicRecord
from catalog.search import Hit, sounds

EDGES = " ,，。、；;"
EXACT = frozenset({"exact", "isbn"})
SURELY_A_TITLE = 3
"""Signs from which on one book found beside a part that was not is no accident ("老人" and "海")."""


@dataclass(frozen=True, slots=True)
class Books:
    """The records of a wish for several books, and the parts of it that are no book of ours."""

    ids: tuple[int, ...]
    missing: tuple[str, ...] = ()

    @property
    def without(self) -> tuple[Text, ...]:
        """What is said of the parts that were not found."""
        if not self.missing:
            return ()
        return (Text("found-not-these", {"titles": Several(tuple(Title(one) for one in self.missing))}),)


def several(turn: Turn, wish: Meaning) -> Books | None:
    """The books of a wish that names several; None where it names one, or fewer than two parts are books of ours."""
    said = phrase(wish, "title")
    if said is None or phrase(wish, "author"):
        return None
    parts = _parts(turn, said)
    if len(parts) < 2:
        return None
    whole = searching.search(turn, wish)
    if whole and whole[0].why in EXACT and whole[0].score >= searching.CLEAR:
        return None
    ids: list[int] = []
    missing = []
    for part in parts:
        one = Meaning("find_title", {"title": part})
        hit = _exactly(part, searching.asked(turn, searching.query_of(turn, one, searching.usable(turn))))
        if hit is None:
            missing.append(part.text)
            continue
        turn.found.append(hit)
        ids += searching.editions(turn, [hit], str(wish.slots.get("format") or ""))
    ids = list(dict.fromkeys(ids))
    if len(ids) < 2 and (not ids or not all(missing) or len(turn.found[0].title) < SURELY_A_TITLE):
        turn.found = []
        return None
    return Books(tuple(ids), tuple(missing))


def titles(turn: Turn, ids: Sequence[int]) -> Value:
    """The titles of one book or several in a sentence, with the format where it is not the reader's first."""
    records = [turn.session.get_one(BibliographicRecord, id) for id in ids]
    if len(records) == 1:
        return naming.edition(turn, records[0])
    return Several(tuple(naming.edition(turn, one) for one in records))


def _parts(turn: Turn, said: Phrase) -> list[Phrase]:
    """The stretches between the joining words of the language, the word for "all of them" taken off."""
    joints, alls = named.words(turn, "and"), named.words(turn, "all")
    if said.text:
        end = re.compile(rf"[{EDGES}]*(?:{'|'.join(map(re.escape, alls))})?[{EDGES}]*$")
        joint = re.compile("|".join(map(re.escape, joints)))
        parts = [part.strip(EDGES) for part in joint.split(end.sub("", said.text))]
        return [Phrase(part, heard=said.heard) for part in parts if part]
    heard = said.syllables.split()
    joined = {tuple(one.rstrip("012345") for one in sounds.syllables(joint)) for joint in joints}
    runs: list[list[str]] = [[]]
    for one in heard:
        if (one.rstrip("012345"),) in joined:
            runs.append([])
        else:
            runs[-1].append(one)
    return [Phrase("", " ".join(run), True) for run in runs if run]


def _exactly(part: Phrase, hits: Sequence[Hit]) -> Hit | None:
    if not hits:
        return None
    sure = hits[0].score >= searching.CLEAR if part.heard else hits[0].why in EXACT
    return hits[0] if sure else None


def on_offer(turn: Turn) -> Books | None:
    """The few books on offer, where "all of them" is said and no book is named."""
    offered = turn.state.offered
    if offered is None or offered.kind != "records" or not 1 < len(offered.ids) <= PAGE or turn.state.chosen:
        return None
    if any(name in turn.meaning.slots for name in (*WISHES, "ordinal")) or not named.says(turn, "all"):
        return None
    return Books(tuple(offered.ids))
