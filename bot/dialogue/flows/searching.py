"""The search behind every wish for a book: what is asked of the index, and which editions of the works are meant."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from sqlalchemy import bindparam, select

from bot.dialogue import named, naming
from bot.dialogue.flows import settling, unfound
from bot.dialogue.flows.unfound import phrase
from bot.dialogue.turn import Turn
from bot.messages import Text
from bot.understanding.meaning import Meaning, Phrase
from catalog.circulation import targets
from catalog.records.tables import BibliographicRecord
from catalog.search import Hit, Query
from catalog.search.asking import Ear
from speech.recognition import Transcript

CLAUSES = re.compile(r"[,，。;；!！?？]+")
KEPT = 15
"""How many works a list holds; the five best are reported, three are said at a time."""
CLEAR = 0.9
"""From this score on the best hit is taken to be what was meant, if nothing else comes near it."""
NEARLY = 0.75
"""Below this score a book only stands near what was asked for, though its own words were found."""
ABOUT = 0.71
"""From this score on what was taken for a title is surely a subject, and nothing more was said of it."""
CERTAIN = 0.85
"""From this score on what was heard is a person's name, or a subject where a title was heard."""
WRITTEN = 0.99
"""From this score on what was typed is a person's name."""
NEAR = 0.72
"""What reaches this share of the best score is as likely as the best."""


_EDITIONS = (
    select(BibliographicRecord.work_id, BibliographicRecord.format, BibliographicRecord.id)
    .where(BibliographicRecord.work_id.in_(bindparam("works", expanding=True)))
    .where(BibliographicRecord.format.in_(bindparam("formats", expanding=True)))
    .order_by(BibliographicRecord.id.desc())
)


def search(turn: Turn, wish: Meaning) -> list[Hit]:
    """The hits for a wish, the formats this reader can use first."""
    subject = phrase(wish, "subject")
    if subject is not None and turn.words and named.only(turn, "this_matter", subject.text):
        wish = replace(wish, slots={**wish.slots, "subject": Phrase(turn.words)})
    wanted = wish.slots.get("format")
    query = query_of(turn, wish, frozenset({str(wanted)}) if wanted else usable(turn))
    hits = list(asked(turn, query))
    if phrase(wish, "subject") and not (hits and hits[0].why == "subject"):
        by = _by_the_person(turn, wish)
        hits = by or hits
    if not unfound.convincing(hits):
        hits = _by_a_clause(turn, wish, query) or hits
    if not hits or (hits[0].why not in ("exact", "isbn", "author") and hits[0].score < CLEAR):
        hits = _by_the_subject(turn, wish, hits) or hits
    if hits:
        settling.settle(turn, wish, hits[0])
    return hits


def _by_the_subject(turn: Turn, wish: Meaning, hits: Sequence[Hit]) -> list[Hit]:
    """The books about what was taken for a title ("how to graft fruit trees"), where the catalogue surely knows it as a
    subject; about the whole of what was said, where nothing is about the part that was taken for the subject."""
    title = phrase(wish, "title")
    formats = usable(turn)
    if title is not None and not phrase(wish, "author") and (title.text or not unfound.convincing(hits)):
        about = replace(wish, slots={name: value for name, value in wish.slots.items() if name != "title"})
        found = list(asked(turn, query_of(turn, replace(about, slots={**about.slots, "subject": title}), formats)))
        if found and found[0].why == "subject" and found[0].score >= (ABOUT if title.text else CERTAIN):
            if turn.understood is not None and turn.understood.intent == wish.intent:
                turn.understood = replace(turn.understood, slots={**about.slots, "subject": title})
            return found
    if phrase(wish, "subject") and not hits and turn.words:
        found = list(asked(turn, query_of(turn, replace(wish, slots={"subject": Phrase(turn.words)}), formats)))
        return [hit for hit in found if hit.why == "subject"]
    return []


def _by_a_clause(turn: Turn, wish: Meaning, query: Query) -> list[Hit]:
    """The hits for one clause of several, the last first, where just that is a book ("no, another one, 西游记")."""
    clauses = [part.strip() for part in CLAUSES.split(query.text) if len(part.strip()) > 1]
    for clause in reversed(clauses if len(clauses) > 1 else []):
        hits = list(asked(turn, replace(query, text=clause)))
        if hits and hits[0].why in ("exact", "isbn"):
            if turn.understood is not None and turn.understood.intent == wish.intent:
                slots = {**turn.understood.slots, "title": Phrase(clause)}
                turn.understood = replace(turn.understood, slots=slots)
            return hits
    return []


def _by_the_person(turn: Turn, wish: Meaning) -> list[Hit]:
    """The books of the person whose name was taken for a subject ("yu2 hua2 de5 shu1"); none without one.

    What was typed must be the name as it is written: 童话 is not 桐华.
    """
    slots = {name: value for name, value in wish.slots.items() if name != "subject"}
    by = replace(wish, slots={**slots, "author": wish.slots["subject"]})
    hits = list(asked(turn, query_of(turn, by, usable(turn))))
    if not hits or hits[0].why != "author" or hits[0].score < (CERTAIN if turn.heard else WRITTEN):
        return []
    if turn.understood is not None and turn.understood.intent == wish.intent:
        turn.understood = replace(turn.understood, slots=by.slots)
    return hits


def asked(turn: Turn, query: Query) -> tuple[Hit, ...]:
    """The hits for a query; the index is asked once a turn, though understanding and answering both want to know."""
    if query not in turn.asked:
        turn.asked[query] = turn.services.index.search(query).hits
    return turn.asked[query]


def _ear(turn: Turn, said: Phrase | None) -> Ear | None:
    """Who can be asked which of several titles was said in this turn; None where there is no sound of it."""
    sound = turn.said.sound if isinstance(turn.said, Transcript) else None
    ways = said.around if said is not None else ()
    if sound is None or not ways:
        return None

    def likely(titles: Sequence[Sequence[str]]) -> list[float | None]:
        told = sound.likelihoods([(*way.before, *title, *way.behind) for title in titles for way in ways])
        several = zip(told, ways * len(titles), strict=True)
        costly = [None if one is None else one - way.cost for one, way in several]
        by_title = (costly[at : at + len(ways)] for at in range(0, len(costly), len(ways)))
        return [max((one for one in each if one is not None), default=None) for each in by_title]

    return likely


def query_of(turn: Turn, wish: Meaning, formats: frozenset[str]) -> Query:
    """The search for a wish: what is named as title, author, subject or ISBN, in characters or as sounds."""
    title = phrase(wish, "title") or phrase(wish, "text")
    author = phrase(wish, "author")
    subject = phrase(wish, "subject")
    isbn = phrase(wish, "isbn")
    said = title or Phrase()
    return Query(
        text=said.text,
        syllables=said.syllables,
        heard=said.heard,
        others=tuple((other.text, other.syllables, other.weight) for other in said.others),
        author=author.text if author else "",
        author_syllables=author.syllables if author else "",
        subject=subject.text if subject else "",
        subject_syllables=subject.syllables if subject else "",
        isbn=isbn.text if isbn else "",
        formats=formats,
        limit=KEPT,
        ear=_ear(turn, title),
    )


def usable(turn: Turn) -> frozenset[str]:
    """The formats this reader can use best; none are named for a stranger."""
    return frozenset(turn.patron.formats if turn.patron else ())


def clear(hits: Sequence[Hit]) -> bool:
    """Whether the first hit is surely what was meant and nothing else is as likely."""
    best = hits[0]
    if best.why in ("author", "subject") and len(hits) > 1:
        return False
    return best.score >= CLEAR and all(hit.score < NEAR * best.score for hit in hits[1:])


def editions(turn: Turn, hits: Sequence[Hit], wanted: str = "") -> list[int]:
    """For each hit the record in the format wanted, else in the best format this reader can use, else as it is."""
    order = [wanted] if wanted else []
    order += [one for one in (turn.patron.formats if turn.patron else []) if one not in order]
    if not order:
        return [hit.record for hit in hits]
    rows = turn.session.execute(_EDITIONS, {"works": [hit.work for hit in hits], "formats": order})
    by_format = {(work, form): record for work, form, record in rows}
    shown = {record: form for (_, form), record in by_format.items()}
    return [
        hit.record
        if order and shown.get(hit.record) == order[0]
        else next((by_format[hit.work, form] for form in order if (hit.work, form) in by_format), hit.record)
        for hit in hits
    ]


def edition(turn: Turn, record_id: int, form: str) -> int | None:
    """The record of the same work in `form`, if there is one."""
    record = turn.session.get_one(BibliographicRecord, record_id)
    statement = select(BibliographicRecord.id).where(
        BibliographicRecord.work_id == record.work_id, BibliographicRecord.format == form
    )
    return turn.session.scalars(statement.order_by(BibliographicRecord.id)).first()


def lent(turn: Turn, record_id: int) -> int:
    """The edition that this reader will really get where that one is chosen (catalog.circulation.rules)."""
    record = turn.session.get_one(BibliographicRecord, record_id)
    forms = targets.formats(turn.reader, record, targets.lendable_formats(turn.session, record.work_id))
    if not forms or record.format in forms:
        return record_id
    return edition(turn, record_id, forms[0]) or record_id


def no_edition(turn: Turn, record_id: int, form: str) -> Text:
    """That the library has no edition of the work in `form`."""
    record = turn.session.get_one(BibliographicRecord, record_id)
    return Text("no-such-edition", {"title": naming.title(record), "format": naming.form(form)})
