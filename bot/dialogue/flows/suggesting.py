"""What is put into a reader's hands who names no book: three at once, and nothing asked back.

Which books are liked, new, light or for a child the index knows (catalog.search.browsing); which of them this reader
can use, never had and can have soon is catalog.circulation.suggesting's.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

from sqlalchemy import select

from bot.dialogue import naming
from bot.dialogue.flows import searching, unfound
from bot.dialogue.flows.wishing import ANY, LIKE, MANNER, Wished, wished
from bot.dialogue.turn import PAGE, Turn
from bot.messages import Text
from bot.understanding.meaning import Meaning, Phrase, SlotValue
from catalog.circulation import suggesting
from catalog.records.subjects import words_of_class
from catalog.records.tables import BibliographicRecord
from catalog.search import Hit, Walk, kinds
from catalog.search.browsing import TOGETHER
from catalog.search.readings import plain

LANGUAGES = {"zh": "chi", "en": "eng"}
"""The language of a talk and that of its reader's books, as MARC writes it."""
LOOKED_AT = 40
"""So many works are looked at; of a reader who has had those we know enough to leave it to a search."""
NEW, POPULAR = "new", "popular"
NEAREST = 3
"""So many of a book's class words, the narrowest, say what it is like."""


def suggested(turn: Turn, wish: Meaning) -> tuple[Text, ...] | None:
    """Put on offer what fits how the book is to be, and say what it is; None where a book is named, or none fits."""
    how = wished(turn, wish)
    if how is None:
        return None
    opening = _opening(how)
    if how.manner == LIKE:
        found = _like(turn, how)
        if not found:
            return None
        seed, hits = found
        opening = Text("suggest-like", {"title": naming.title(seed)})
    else:
        hits = _walked(turn, how, wish)
    form = str(wish.slots.get("format") or "")
    works = suggesting.for_reader(
        turn.session, patron=turn.patron, works=[hit.work for hit in hits], formats=(form,) if form else ()
    )
    by_work = {hit.work: hit for hit in hits}
    fitting = _one_of_each([by_work[work] for work in works])[: searching.KEPT]
    if not fitting and TOGETHER in how.subject:
        kind = how.subject.rpartition(TOGETHER)[2]
        return _instead(turn, wish, {"subject": Phrase(kind), **({"format": form} if form else {})})
    if not fitting and form and how.manner == ANY and how.subject:
        return _instead(turn, wish, {"format": form})
    if not fitting:
        return None
    turn.found = fitting
    turn.state.chosen = None
    if turn.understood is not None and turn.understood.intent == wish.intent and MANNER not in wish.slots:
        turn.understood = replace(turn.understood, slots=how.wish.slots)
    ids = searching.editions(turn, fitting, form)
    kept = {**how.wish.slots, MANNER: f"{how.manner} {how.reader}".strip()}
    offered = turn.state.offered
    again = (
        offered is not None and offered.wish is not None and offered.wish.slots == kept and offered.kind == "records"
    )
    page = offered.page + 1 if again and offered is not None and (offered.page + 1) * PAGE < len(ids) else 0
    turn.offer("records", ids, page=page, wish=replace(wish, slots=kept))
    return (opening,)


def _instead(turn: Turn, wish: Meaning, slots: dict[str, SlotValue]) -> tuple[Text, ...] | None:
    """Good books of the kind or the format alone, where there is none that is all that was wished for."""
    found = suggested(turn, replace(wish, slots={**slots, MANNER: ANY}))
    return (Text("suggest-instead"),) if found is not None else None


def _one_of_each(hits: Sequence[Hit]) -> list[Hit]:
    """The first book of each author before their others: three volumes of one novel are no choice."""
    seen: set[str] = set()
    firsts: list[Hit] = []
    others: list[Hit] = []
    for hit in hits:
        author = hit.authors[0] if hit.authors else hit.title
        (others if author in seen else firsts).append(hit)
        seen.add(author)
    return firsts + others


def _opening(how: Wished) -> Text:
    """What is said of the books; that a thin one cannot be told from the records is said, too."""
    if how.manner == ANY and how.reader:
        return Text(f"suggest-{how.reader}")
    return Text(f"suggest-{how.manner.replace('_', '-')}")


def _walked(turn: Turn, how: Wished, wish: Meaning) -> list[Hit]:
    """The works to choose among, the best liked or the newest first, in the language of the talk if there are any."""
    form = str(wish.slots.get("format") or "")
    formats = frozenset({form} if form else (turn.patron.formats if turn.patron else ()))
    newest = turn.today.year if how.manner == NEW else 0
    index = turn.services.index
    language = LANGUAGES.get(turn.locale.language)
    hits: list[Hit] = []
    subjects = _subjects(turn, how)
    spoken = [(some, frozenset({language})) for some in subjects] if language else []
    for some, languages in (*spoken, *((some, frozenset[str]()) for some in subjects)):
        if len(hits) < PAGE:
            along = Walk(some, languages=languages, formats=formats, newest=newest, limit=LOOKED_AT)
            hits = _joined(hits, index.walk(along))
    if how.manner == POPULAR and not how.subject:
        much = suggesting.much_borrowed(turn.session, now=turn.now, limit=searching.KEPT)
        hits = _joined(_hits_of(turn, much), hits)
    return hits


def _subjects(turn: Turn, how: Wished) -> list[tuple[str, ...]]:
    """What the books are to be about, and what they may be about where there are too few of those: what was said, of
    the kinds that fit the manner and the reader; what he likes."""
    table = kinds()
    fitting = table.get(how.manner, ()) if how.manner != ANY else table.get(how.reader, ())
    if how.subject:
        both = tuple(f"{one}{TOGETHER}{how.subject}" for one in fitting)
        return [*([both] if both else []), (how.subject,)]
    if how.manner != ANY and how.reader and how.manner in table:
        both = tuple(f"{one}{TOGETHER}{two}" for one in fitting for two in table[how.reader])
        return [both, table[how.reader]]
    if how.reader:
        return [table[how.reader]]
    if how.manner == ANY:
        return [suggesting.likes(turn.session, patron=turn.patron) or table[ANY]]
    return [fitting]


def _like(turn: Turn, how: Wished) -> tuple[BibliographicRecord, list[Hit]] | None:
    """The book that was named, and others of its kind by other authors; None if there is no such book."""
    title = Meaning("find_title", {"title": how.like or Phrase()}, unfound.SURE_OF_A_TITLE)
    found = searching.search(turn, title)
    if not unfound.convincing(found):
        return None
    seed = turn.session.get_one(BibliographicRecord, found[0].record)
    subjects = [*map(plain, seed.subjects), *words_of_class(seed.clc)][:NEAREST]
    language = seed.language or LANGUAGES.get(turn.locale.language, "")
    along = Walk(tuple(subjects), frozenset({language} if language else ()), limit=LOOKED_AT)
    hits = turn.services.index.walk(along) if subjects else ()
    key, authors = plain(seed.title), {plain(one) for one in seed.authors}
    others = [hit for hit in hits if not authors & set(map(plain, hit.authors)) and key not in plain(hit.title)]
    return seed, others


def _joined(first: Sequence[Hit], more: Iterable[Hit]) -> list[Hit]:
    """Both lists, each work once, where it stands first."""
    found: dict[int, Hit] = {}
    for hit in (*first, *more):
        found.setdefault(hit.work, hit)
    return list(found.values())


def _hits_of(turn: Turn, works: Sequence[int]) -> list[Hit]:
    """Works as hits, in their order."""
    statement = select(BibliographicRecord).where(BibliographicRecord.work_id.in_(works))
    by_work = {one.work_id: one for one in turn.session.scalars(statement.order_by(BibliographicRecord.id.desc()))}
    records = [by_work[work] for work in works if work in by_work]
    return [
        Hit(one.id, one.work_id, one.title, tuple(one.authors), (one.format,), (), unfound.LIKE, "subject")
        for one in records
    ]
