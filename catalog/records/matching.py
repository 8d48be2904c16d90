"""When two descriptions are one edition, and when two editions are one work: rules over plain values, no database.

The same ISBN is the same edition, unless the titles or the volumes say otherwise (publishers print one number in two
books, and sets list the numbers of their parts). Without one, title, authors, publisher, year, volume and format
decide; what one side does not know is no difference. Editions are one work if a title and a person agree: 上 and 下,
and the same title by another author stay apart; 第2版 and the first are two editions of one work.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

from rapidfuzz import fuzz

from catalog.records.describing import Entry
from catalog.records.names import comparable, publisher_key, same_person, title_parts, volume_of
from catalog.search.readings import plain

ALIKE = 55.0
"""How alike (rapidfuzz, 0 to 100) titles under one ISBN must be to be one book written in two ways."""
MOST_OF_ONE = 2
"""A book has one ISBN or, bound and unbound, two; a description with more is of a set that lists its parts."""
PARTLY_ALIKE = 50.0
"""The same for a part of the longer title, where an author is shared."""
DISTINCTIVE = 10
"""Original titles from this length on are no everyday words."""


@dataclass(slots=True)
class Held:
    """A record of the union, as far as it is compared and filled up."""

    id: int
    work: int
    format: str
    title: str
    subtitle: str
    volume: str
    authors: list[str]
    publisher: str
    year: int | None
    language: str
    clc: str
    subjects: list[str]
    popularity: int
    source: dict[str, Any] = field(default_factory=dict)
    isbns: set[str] = field(default_factory=set)
    into: Held | None = None
    """The record that it turned out to be the same as, and became part of."""


def same_by_isbn(entry: Entry, held: Held) -> bool:
    """Whether an entry that shares an ISBN with a record is that record."""
    if entry.format != held.format:
        return False
    one, other = volume_of(entry.title, entry.volume), volume_of(held.title, held.volume)
    if one and other and one != other:
        return False
    sharing = one_person(entry.authors, held.authors)
    if sharing and max(len(entry.isbns), len(held.isbns)) <= MOST_OF_ONE and _published_alike(entry, held):
        return True
    return _titles_fit(entry.title, held.title, sharing=sharing)


def _published_alike(entry: Entry, held: Held) -> bool:
    one, other = publisher_key(entry.publisher), publisher_key(held.publisher)
    return bool(one and other) and (one in other or other in one)


@lru_cache(65536)
def _titles_fit(title: str, known: str, *, sharing: bool) -> bool:
    one, other = title_parts(title)[0], title_parts(known)[0]
    if one == other or one.startswith(other) or other.startswith(one) or fuzz.ratio(one, other) >= ALIKE:
        return True
    return sharing and fuzz.partial_ratio(plain(title), plain(known)) >= PARTLY_ALIKE


def same_by_description(entry: Entry, held: Held) -> bool:
    """Whether an entry of the same work is this record, though no ISBN says so."""
    if entry.format != held.format or (entry.isbns and held.isbns):
        return False
    if entry.year is not None and held.year is not None and entry.year not in (held.year, *printings(held)):
        return False
    if volume_of(entry.title, entry.volume) != volume_of(held.title, held.volume):
        return False
    if not _has_title(held, entry.title):
        return False
    one, other = publisher_key(entry.publisher), publisher_key(held.publisher)
    if not (one in other or other in one):
        return False
    agreed = bool(one and other) or bool(entry.year and held.year)
    return agreed or _bare(entry.publisher, entry.year, entry.isbns) or _bare(held.publisher, held.year, held.isbns)


def printings(held: Held) -> list[int]:
    """Other years in which the edition was printed, as further descriptions under its ISBN tell."""
    years: list[int] = held.source.get("years", [])
    return years


def same_as_told(entry: Entry, twin: Held) -> bool:
    """Whether a record without an ISBN is described just as the entry is, by title, publisher and year: if the entry is
    found by its ISBN to belong elsewhere, so does that record."""
    told = bool(entry.publisher and entry.year and twin.publisher and twin.year)
    return told and not twin.isbns and same_by_description(entry, twin)


def _bare(publisher: str, year: int | None, isbns: Collection[str]) -> bool:
    """Whether a description says nothing of its edition: then it stands for any."""
    return not publisher and year is None and not isbns


def described_alike(entry: Entry, held: Held) -> list[str]:
    """What both descriptions say, and say alike: the reasons for one that was found without an ISBN."""
    same = ["title"]
    same += ["author"] if entry.authors and held.authors else []
    same += ["publisher"] if entry.publisher and held.publisher else []
    same += ["year"] if entry.year is not None and held.year is not None else []
    same += ["volume"] if volume_of(entry.title, entry.volume) else []
    return same


def one_person(some: Sequence[str], others: Sequence[str]) -> bool:
    """Whether somebody stands in both lists."""
    return any(same_person(one, other) for one in some for other in others)


def same_makers(some: Sequence[str], others: Sequence[str]) -> bool:
    """Whether two descriptions with a title in common are by the same people; nobody is the same as nobody.

    The first named must agree, or each stand somewhere among the others': who retells a novel names its author too.
    """
    if not some or not others:
        return not some and not others
    return same_person(some[0], others[0]) or (one_person(some[:1], others) and one_person(some, others[:1]))


def same_original(entry: Entry, key: str, known: Iterable[Held]) -> bool:
    """Whether a translation's original title, told by itself, is enough: its author's name is in another script than
    there, and the title is no everyday word."""
    if len(key) < DISTINCTIVE:
        return False
    names = [held.authors[0] for held in known if held.authors]
    return not entry.authors or any(not comparable(entry.authors[0], name) for name in names)


def nearest(entry: Entry, fitting: Iterable[Held]) -> Held | None:
    """The record that has most in common with the entry, the oldest among equals; None if none fits.

    One that knows all the entry says comes first: the entry was taken in there before, and must find it again.
    """
    return min(
        fitting,
        key=lambda held: (
            not held.isbns.issuperset(entry.isbns) or bool(news(entry, held)),
            not held.isbns.intersection(entry.isbns),
            (held.publisher != entry.publisher) + (held.year != entry.year),
            held.id,
        ),
        default=None,
    )


def news(entry: Entry, held: Held) -> dict[str, Any]:
    """What the entry adds to the record: fields it lacked, further subjects, a higher popularity. {} is nothing.

    A title written otherwise (under the same ISBN) is kept in the source, so that readers find the book by it too.
    """
    fresh: dict[str, Any] = {}
    for name in ("subtitle", "publisher", "year", "language", "clc"):
        if getattr(entry, name) and not getattr(held, name):
            fresh[name] = getattr(entry, name)
    if entry.authors and not held.authors:
        fresh["authors"] = list(entry.authors)
    further = [subject for subject in entry.subjects if subject not in held.subjects]
    if further:
        fresh["subjects"] = held.subjects + further
    further = [title for title in (entry.title, entry.original) if title and not _has_title(held, title)]
    if further:
        fresh["source"] = {**held.source, "titles": [*held.source.get("titles", []), *further]}
    if entry.year and held.year and entry.year not in (held.year, *printings(held)):
        fresh["source"] = {**held.source, **fresh.get("source", {}), "years": [*printings(held), entry.year]}
    if entry.popularity > held.popularity:
        fresh["popularity"] = entry.popularity
    return fresh


def _has_title(held: Held, title: str) -> bool:
    if title == held.title:
        return True
    known = plain(title)
    return known == plain(held.title) or known in map(plain, held.source.get("titles", ()))


def fresh_record(entry: Entry, *, number: int, work: int) -> Held:
    """A record that knows what the entry says."""
    held = Held(
        id=number,
        work=work,
        format=entry.format,
        title=entry.title,
        subtitle=entry.subtitle,
        volume=entry.volume,
        authors=list(entry.authors),
        publisher=entry.publisher,
        year=entry.year,
        language=entry.language,
        clc=entry.clc,
        subjects=list(entry.subjects),
        popularity=entry.popularity,
        source=dict(entry.source),
    )
    if entry.original and plain(entry.original) != plain(entry.title):
        held.source["titles"] = [entry.original]
    return held


def folded(entries: Sequence[Entry], *, number: int, work: int) -> Held:
    """The record that these entries make, the first leading."""
    held = fresh_record(entries[0], number=number, work=work)
    held.isbns.update(entries[0].isbns)
    for entry in entries[1:]:
        for name, value in news(entry, held).items():
            setattr(held, name, value)
        held.isbns.update(entry.isbns)
    return held
