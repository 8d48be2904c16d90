"""The index as its readers see it: opened by memory map, always at its newest state, asked one question at a time.

    with the folder of the index: Index.open(path).search(Query(text="活着")) → Found

A search never touches the database. Where the index lies on disk is generations.py's, how it is written writing.py's.
"""

from __future__ import annotations

import os
import time
from dataclasses import dataclass, replace
from pathlib import Path

import tantivy
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from catalog.search import browsing, generations, ranking, weighing
from catalog.search.asking import (
    Found,
    Hit,
    Query,
    Words,
    hypotheses,
    initials_typed,
    isbn_asked,
    subject_in,
    typed_pinyin,
    words_of,
)
from catalog.search.browsing import Walk
from catalog.search.by_ear import by_ear
from catalog.search.called import same_person
from catalog.search.candidates import MOST, SIMILAR, Candidate, Shelf
from catalog.search.documents import SHORT
from catalog.search.generations import IndexUnusableError, SearchError
from catalog.search.ranking import Ranked
from catalog.search.readings import encode, initials
from catalog.search.tables import last_change
from catalog.search.titles import Reader
from catalog.search.writing import update

__all__ = ["Found", "Hit", "Index", "IndexUnusableError", "Query", "SearchError", "update"]

LONGEST = 120
"""Signs of a question that are looked at."""
LONGEST_NAME = 8
"""Syllables up to which heard words may be a person's name."""
DOUBTFUL = 0.75
"""Below this the best title may not be what was meant: an author may be named, too."""
DAMAGED = 0.8
"""Below this much of a heard title is taken for misheard, and more titles come into question."""
SHORT_TITLE = 8
"""Syllables up to which they do: of a longer one enough is left."""
FEW_PEOPLE = 20
"""Works whose authors are compared with words that nobody said to be a name."""
CERTAIN = 0.85
"""How alike a heard name must be to a person's to be taken for it, where nobody said that it is a name."""


_Stamp = tuple[int, int]


@dataclass(frozen=True, slots=True)
class _Open:
    """A generation held open: its folder, tantivy's handle, the shelf as it was at the last commit loaded, and by what
    files one sees that nothing was written since: the name of the generation in force, and its state."""

    folder: Path
    handle: tantivy.Index
    shelf: Shelf
    files: tuple[str, str]
    stamps: tuple[_Stamp, _Stamp]


class Index:
    """A reader of the index in a folder; many processes and threads may read at once.

    Where no index has been written yet, nothing is found.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._opened: _Open | None = None

    @classmethod
    def open(cls, path: Path) -> Index:
        """The index in the folder `path`, which may be empty still."""
        return cls(path)

    def warm(self) -> None:
        """Read the tables of sounds and of their prices, so that the first search is as quick as the others."""
        encode("1")
        weighing.warm()

    def search(self, query: Query) -> Found:
        """The works that answer `query`, best first. Raises IndexUnusableError if the index is broken."""
        start = time.perf_counter()
        try:
            total, ranked = _answer(shelf, query) if (shelf := self._shelf()) else (0, [])
            hits = tuple(ranking.hit(one) for one in ranked[query.offset : query.offset + query.limit])
        except OSError as error:
            raise IndexUnusableError(self._path) from error
        return Found(total, hits, round((time.perf_counter() - start) * 1000, 3))

    def walk(self, along: Walk) -> tuple[Hit, ...]:
        """The works on some shelves, the best liked or the newest first. Raises IndexUnusableError."""
        try:
            works = browsing.walk(shelf, along) if (shelf := self._shelf()) else []
            return tuple(ranking.hit(Ranked(one, ranking.SUBJECT, "subject")) for one in works)
        except OSError as error:
            raise IndexUnusableError(self._path) from error

    def behind(self, engine: Engine) -> int:
        """How many changes of the catalogue in the database are not in the index yet."""
        with Session(engine.execution_options(reading=True)) as session:
            last = last_change(session)
        self._shelf()
        return last - (generations.seen(self._opened.handle) if self._opened else 0)

    def _shelf(self) -> Shelf | None:
        opened = self._opened
        if opened is not None and (_stamp(opened.files[0]), _stamp(opened.files[1])) == opened.stamps:
            return opened.shelf
        while True:
            folder = None
            try:
                current = _stamp(str(self._path / generations.CURRENT))
                folder = generations.in_force(self._path)
                return self._of(folder, current) if folder else None
            except (OSError, ValueError) as error:
                if folder is None or folder == generations.in_force(self._path):
                    raise IndexUnusableError(self._path) from error
                # A rebuild put another generation in force, and cleared this one away, while it was being opened.

    def _of(self, folder: Path, current: _Stamp) -> Shelf:
        opened, files = self._opened, (str(self._path / generations.CURRENT), str(folder / "meta.json"))
        stamps = current, _stamp(files[1])
        if opened is None or opened.folder != folder:
            handle, titles = generations.opened(folder), Reader(folder)
        else:
            handle, titles = opened.handle, opened.shelf.titles
            handle.reload()
        self._opened = _Open(folder, handle, Shelf(handle.schema, handle.searcher(), titles), files, stamps)
        return self._opened.shelf


def _stamp(file: str) -> _Stamp:
    try:
        state = os.stat(file)  # noqa: PTH116 - twice for each question: a Path takes longer
    except FileNotFoundError:
        return 0, 0
    return state.st_mtime_ns, state.st_ino


def _answer(shelf: Shelf, query: Query) -> tuple[int, list[Ranked]]:
    wanted = query.offset + query.limit
    reach = min(MOST, wanted + SIMILAR)
    if isbn := isbn_asked(query):
        total, works = shelf.whole("isbn", [isbn], limit=reach)
        return total, ranking.rank((Ranked(work, ranking.EXACT, "isbn") for work in works), query.formats, wanted)
    readings = tuple(
        words_of(words.words[:LONGEST], "", heard=words.heard) if len(words.words) > LONGEST else words
        for words in hypotheses(query)
    )
    author = words_of(query.author, query.author_syllables, heard=query.heard or bool(query.author_syllables))
    subject = words_of(query.subject, query.subject_syllables, heard=query.heard or bool(query.subject_syllables))
    if readings and not author.empty:
        total, pool = _title_of(shelf, readings, author)
    elif readings and query.whole:
        total, pool = 0, _titled(shelf, readings, reach)
    elif readings:
        total, pool = _anything(shelf, readings, reach)
    elif not author.empty:
        total, pool = _by_author(shelf, author, reach)
    elif not subject.empty:
        total, pool = _about(shelf, subject, reach)
    else:
        return 0, []
    pool = by_ear(pool, query.ear) if query.ear else pool
    ranked = ranking.rank(pool, query.formats, wanted)
    return max(total, len(ranked)), ranked


def _anything(shelf: Shelf, readings: tuple[Words, ...], reach: int) -> tuple[int, list[Ranked]]:
    first = readings[0]
    pool = _titled(shelf, readings, reach)
    names = [words.key for words in readings] + [name for words in readings for name in same_person(words)]
    people, works = shelf.whole("author", names, limit=reach)
    pool += [Ranked(work, ranking.AUTHOR, "author") for work in works]
    named = [subject_in(words.words) for words in readings]
    asked = named[0]
    about, works = shelf.whole("subject", [*(words.key for words in readings), *named], limit=reach)
    pool += [Ranked(work, ranking.SUBJECT, "subject") for work in works]
    if asked != first.words:
        pool += _wanted(shelf, words_of(asked, heard=first.heard), reach)
    best = max((one.score for one in pool), default=0.0)
    by_name = first.heard and 1 < len(first.tokens) <= LONGEST_NAME
    if by_name and (best < DOUBTFUL or shelf.knows("author_sound", first.folded)):
        _, said = _by_author(shelf, first, reach, compared=FEW_PEOPLE)
        found = [one for one in said if one.score > CERTAIN]
        pool += [Ranked(one.candidate, ranking.AUTHOR_HEARD * one.score, "author") for one in found]
    if len(first.codes) > 1 and (best < DOUBTFUL or (best < ranking.EXACT_SHORT and _names_author(shelf, first))):
        whole = [one.candidate for one in pool if one.why == "title"]
        both = _once([*whole, *shelf.titled_by_people(first, first, limit=SIMILAR // 4)])
        pool += ranking.judge_with_author(both, readings)
    return people or about, pool


def _wanted(shelf: Shelf, asked: Words, reach: int) -> list[Ranked]:
    """What somebody may mean who asks for books of, on or about this: an author's, and titles that name it."""
    _, works = shelf.whole("author", [asked.key], limit=reach)
    pool = [
        Ranked(work, ranking.AUTHOR_HEARD, "author")
        for work in works
        if len(asked.key) > SHORT or asked.key in (name.key for name in work.work.names)
    ]
    named = ranking.judge(shelf.similar([asked], limit=reach), [asked])
    return pool + [
        replace(one, score=ranking.SUBJECT * one.score) for one in named if one.why in ("exact", "prefix", "part")
    ]


def _names_author(shelf: Shelf, words: Words) -> bool:
    """Whether typed words begin or end with an author's name, or a part of one by which he is asked for."""
    parts = words.words.split(" ") if words.words.isascii() else []
    ends = parts[:1] + parts[-1:] if len(parts) > 1 else []
    if not parts:
        for length in range(2, min(LONGEST_NAME, len(words.key) - 1) + 1):
            ends += (words.key[:length], words.key[-length:])
    return any(shelf.knows("author", end) for end in ends)


def _titled(shelf: Shelf, readings: tuple[Words, ...], reach: int) -> list[Ranked]:
    first = readings[0]
    near = shelf.titled(readings, limit=reach)
    pool = ranking.judge(near, readings)
    if first.heard and 1 < len(first.codes) <= SHORT_TITLE and max((one.score for one in pool), default=0.0) < DAMAGED:
        pool += ranking.judge(shelf.misheard(first, near, limit=2 * SIMILAR), readings, parts=False)
    if not first.heard and any("a" <= sign <= "z" for sign in first.key):
        pool += _as_pinyin(shelf, first)
    return pool


def _once(candidates: list[Candidate]) -> list[Candidate]:
    return list({candidate.place: candidate for candidate in candidates}.values())


def _as_pinyin(shelf: Shelf, words: Words) -> list[Ranked]:
    pool: list[Ranked] = []
    for read in typed_pinyin(words):
        near = ranking.judge(shelf.titled([read], limit=SIMILAR // 2), [read])
        pool += [Ranked(one.candidate, 0.98 * one.score, "pinyin") for one in near]
        for candidate in shelf.by_people_like(read, limit=SIMILAR // 2):
            person = max((ranking.person_match(read, name) for name in candidate.work.names), default=0.0)
            pool.append(Ranked(candidate, 0.92 * person if person > 0.9 else 0.0, "pinyin"))
    if letters := initials_typed(words):
        for candidate in shelf.lettered(letters, limit=SIMILAR):
            firsts = [initials(title.codes) for title in candidate.titles]
            if not any(first.startswith(letters) for first in firsts):
                continue  # letters beyond those that the index keeps are others
            whole = letters in firsts
            pool.append(Ranked(candidate, 0.86 if whole else 0.7, "initials"))
    return pool


def _title_of(shelf: Shelf, readings: tuple[Words, ...], author: Words) -> tuple[int, list[Ranked]]:
    """A title with its author named: the title decides, the author tells equals apart and lifts the right one."""
    _, same = shelf.whole("key", (words.key for words in readings), limit=50)
    both = shelf.titled_by_people(readings[0], author, limit=SIMILAR)
    near = shelf.similar(readings[1:], limit=SIMILAR // 2) if len(readings) > 1 else []
    pool = []
    for one in ranking.judge([*same, *both, *near], readings):
        if one.score:
            names = one.candidate.work.names
            person = max((ranking.person_match(author, name) for name in names), default=0.0)
            pool.append(replace(one, score=one.score * (0.7 + 0.3 * person)))
    return 0, pool


def _by_author(shelf: Shelf, author: Words, reach: int, *, compared: int = SIMILAR) -> tuple[int, list[Ranked]]:
    """An author's works, the most popular first; if nobody has that name, those of whose name is nearest."""
    total, works = shelf.whole("author", [author.key, *same_person(author)], limit=reach)
    if total:
        return total, [Ranked(work, ranking.EXACT, "author") for work in works]
    scores: dict[str, float] = {}
    for candidate in shelf.by_people_like(author, limit=compared):
        for name in candidate.work.names:
            scores[name.key] = ranking.person_match(author, name)
    best = max(scores.values(), default=0.0)
    if best < ranking.LEAST_SHORT:
        return 0, []
    nearest = [key for key, score in scores.items() if score > best - 0.02]
    total, works = shelf.whole("author", nearest, limit=reach)
    return total, [Ranked(work, best, "author") for work in works]


def _about(shelf: Shelf, subject: Words, reach: int) -> tuple[int, list[Ranked]]:
    """Works on a subject, the most popular first, then those whose titles name it."""
    asked = subject_in(subject.words)
    total, works = shelf.whole("subject", [asked, subject.key], limit=reach)
    if not total and subject.heard:
        total, works = shelf.whole("subject_sound", [subject.folded], limit=reach)
    pool = [Ranked(work, 0.95, "subject") for work in works]
    if total < browsing.FEW:
        more, near = browsing.about(shelf, words_of(asked) if asked else subject, reach)
        total, pool = max(total, more), pool + near
    narrowed = subject if asked == subject.words else words_of(asked)
    named = ranking.judge(shelf.similar([narrowed]), [narrowed])
    pool += [replace(one, score=0.9 * one.score) for one in named if one.why != "title"]
    return total, pool
