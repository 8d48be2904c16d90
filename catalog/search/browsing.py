"""Going along the shelves without a question of one's own: the best liked of a kind, the newest, and what stands near.

A librarian who is asked for "a good novel" does not search: she knows what is liked, in which language and form her
reader reads, and walks along the shelf. Whether this reader had a book, or can have it soon, is not known here
(catalog.circulation.suggesting).
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from itertools import chain, islice, zip_longest
from pathlib import Path

import tantivy

from catalog.search.asking import Words, words_of
from catalog.search.called import called
from catalog.search.candidates import Candidate, Shelf
from catalog.search.documents import term
from catalog.search.ranking import Ranked

TOGETHER = "+"
"""Stands between subjects that a work must all be of."""
OLDEST = 12
"""So many years back a book may still be called new, where a subject has none of later years."""
FEW = 3
"""Fewer works on a subject than that are followed by those that stand next to it."""
NAMED, CALLED, NEAR, PARTLY, NEXT = 0.95, 0.85, 0.72, 0.7, 0.6
"""How well a work fits that is of the subject and names it in its title; that is of it; that is of what stands
nearest, where nothing is; that is of a part of what was said (糖尿病 of 糖尿病怎么吃); that stands next to it."""


@dataclass(frozen=True, slots=True)
class Walk:
    """Which shelves are walked along: the subjects in turn (none: all books), as readers or the catalogue call them.

    `languages` (as MARC writes them) and `formats` leave out what is in none of them. `newest`: the books of that year
    first, then of those before.
    """

    subjects: tuple[str, ...] = ()
    languages: frozenset[str] = frozenset()
    formats: frozenset[str] = frozenset()
    newest: int = 0
    limit: int = 60


@cache
def kinds() -> dict[str, tuple[str, ...]]:
    """What kind of book is wanted, or for whom, where no subject is named: the subjects of it, as the catalogue calls
    them (kinds.json)."""
    table = json.loads(Path(__file__).with_name("kinds.json").read_text("utf-8"))
    return {kind: tuple(subjects) for kind, subjects in table.items()}


def walk(shelf: Shelf, along: Walk) -> list[Candidate]:
    """The works on those shelves, the best liked (or the newest) first, one of each subject in turn."""
    rows = [_row(shelf, along, subject) for subject in along.subjects] or [_row(shelf, along, "")]
    found = chain.from_iterable(zip_longest(*rows))
    return list(islice(_once(found), along.limit))


def _once(found: Iterable[Candidate | None]) -> Iterator[Candidate]:
    seen: set[int] = set()
    for one in found:
        if one is not None and one.place not in seen:
            seen.add(one.place)
            yield one


def _row(shelf: Shelf, along: Walk, subject: str) -> list[Candidate]:
    """The works of one subject, or of what stands nearest to it."""
    together = [_tiers(shelf, words_of(one)) for one in subject.split(TOGETHER) if one]
    if not all(together):
        return []
    found = _limited(shelf, along, [tiers[0] for tiers in together])
    if len(found) < FEW and len(together) == 1 and len(together[0]) > 1:
        found = list(_once([*found, *_limited(shelf, along, [together[0][1]])]))
    return found


def _limited(shelf: Shelf, along: Walk, subjects: Iterable[Collection[tantivy.Query]]) -> list[Candidate]:
    must: list[Collection[tantivy.Query]] = [
        [_term(shelf, "language", one) for one in along.languages],
        [_term(shelf, "format", one) for one in along.formats],
        *subjects,
    ]
    if not along.newest:
        return shelf.all_of(must, limit=along.limit)
    found: list[Candidate] = []
    for year in range(along.newest, along.newest - OLDEST, -1):
        if shelf.knows("year", str(year)):
            found += shelf.all_of([*must, [_term(shelf, "year", str(year))]], limit=along.limit - len(found))
        if len(found) >= along.limit:
            break
    return found


def _tiers(shelf: Shelf, asked: Words) -> list[list[tantivy.Query]]:
    """The terms of a subject, and of what stands nearest; none where nobody knows it."""
    what = called(asked, lambda word: shelf.knows("subject", word), lambda _: False)
    first: tuple[str, ...]
    if shelf.knows("subject", asked.words):
        first, near = (asked.words,), what.near if what else ()
    elif what is not None:
        first, near = what.subjects, what.near
    else:
        return []
    return [[_term(shelf, "subject", one) for one in words] for words in (first, near) if words]


def _term(shelf: Shelf, kind: str, value: str) -> tantivy.Query:
    return tantivy.Query.term_query(shelf.schema, "whole", term(kind, value), "basic")


def about(shelf: Shelf, asked: Words, reach: int) -> tuple[int, list[Ranked]]:
    """The works on a subject that the catalogue calls otherwise, or of which it knows a part; those that name it in
    their titles first."""
    what = called(asked, lambda word: shelf.knows("subject", word), lambda sound: shelf.knows("subject_sound", sound))
    if what is None:
        return 0, []
    by_sound = not asked.key and what.subjects == (what.part,)
    total, works = shelf.whole("subject_sound" if by_sound else "subject", what.subjects, limit=reach)
    score = CALLED if what.sure else NEAR if what.alone else PARTLY
    pool = [Ranked(one, NAMED if what.sure and _names(one, what.part) else score, "subject") for one in works]
    if total < FEW and what.near:
        _, nearest = shelf.whole("subject", what.near, limit=reach)
        pool += [Ranked(one, NEXT, "subject") for one in nearest]
    return total, pool


def _names(one: Candidate, part: str) -> bool:
    key = part.replace(" ", "")
    return bool(key) and any(key in title.key for title in one.titles)
