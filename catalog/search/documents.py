"""What the index holds of a work: the terms it can be found by, and what a hit needs to be ranked and shown.

One document is one work with all its editions, so that a hit says at once in which formats it can be had. Questions
are cut into terms by the same functions (candidates.py), which is what keeps both sides alike. Nothing here reads the
database (writing.py does) or opens an index (index.py).
"""

from __future__ import annotations

import re
from base64 import urlsafe_b64encode
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from hashlib import blake2b
from itertools import chain
from operator import add
from typing import NamedTuple

import tantivy

from catalog.records.subjects import words_of_class
from catalog.search.readings import encode_plain, initials, plain
from catalog.search.sounds import fold_codes

SHORT = 2
"""Titles and names up to this length are found by single characters and syllables too."""
SKIPPING = 4
"""Up to this many syllables, every other one is a term too: one wrong in three would leave no pair."""
USUAL = "print"
"""The format of most works, of which nothing is put away."""
DIGESTED = 3
"""Titles longer than this are looked up by a digest, which takes less room."""
DIGEST = 5
"""Letters of a digest: among ten million titles one question in a hundred meets a stranger, whom ranking turns away."""
KINDS = {
    **{"key": "k", "initials": "i", "author": "a", "author_sound": "h", "subject": "s", "subject_sound": "t"},
    **{"isbn": "n", "state": "z", "language": "l", "format": "f", "year": "y"},
}
"""What can be looked up as a whole, each with the sign its terms begin with."""
LETTERS = 8
"""First letters of a title that are kept; and their beginnings of these lengths. What lies between is found among the
words by its beginning: it is a tenth of the index, and seldom asked for."""
BEGINNINGS = (3, 4)
LONGEST = 250
"""Signs of a title that are kept."""
_BLANK = "_"
"""Stands for a blank within a term; no plain text holds it."""
_PART, _ONE = "\x1f", "\x1e"
_PARTS = re.compile(r"[\x21-\x7e]+|[^\x00-\x7f]+")
_SOUNDED = re.compile(r"[\ue000-\uf8ff]+")
_SUBTITLE = re.compile(r"\s*[:：(（\[【—]\s*|\s+[/=]\s+")
_ARTICLE = re.compile(r"^(?:the|an?) (?=.)")
_NAME_PARTS = re.compile(r"[·•・.\s,，、]+")


class Edition(NamedTuple):
    """A record as the index needs it."""

    record: int
    format: str
    title: str
    subtitle: str
    volume: str
    authors: tuple[str, ...]
    isbns: tuple[str, ...]
    clc: str
    subjects: tuple[str, ...]
    popularity: int
    other_titles: tuple[str, ...] = ()
    language: str = ""
    year: int | None = None


class Written(NamedTuple):
    """What is written of a work, in plain values that can be handed from process to process (making.py)."""

    records: list[int]
    popularity: int
    whole: str
    grams: str
    sounds: str
    people: str
    stored: bytes


class Name(NamedTuple):
    """A title or a person's name for comparing: `key` without blanks, `words` with them, `codes` how it sounds.

    `whole` is False for a title without what follows its colon or bracket.
    """

    key: str
    words: str
    codes: str
    whole: bool = True


@dataclass(frozen=True, slots=True)
class Stored:
    """What a document gives back."""

    record: int
    work: int
    title: str
    authors: tuple[str, ...]
    formats: tuple[str, ...]
    isbns: tuple[str, ...]
    popularity: int
    people: tuple[str, ...]
    """The authors of all its editions, those shown first."""

    @property
    def names(self) -> tuple[Name, ...]:
        """Their names, made ready for comparing only where somebody compares them."""
        return tuple(name for person in self.people if (name := person_name(person)).key)


def name_of(text: str, *, whole: bool = True) -> Name:
    """`text` made ready for comparing."""
    words = plain(text)
    return Name(words.replace(" ", ""), words, encode_plain(words).replace(" ", ""), whole)


def schema() -> tantivy.Schema:
    """The index's fields. Terms are cut here, not by tantivy: a field gets them joined by blanks."""
    builder = tantivy.SchemaBuilder()
    builder.add_integer_field("record", indexed=True)
    builder.add_integer_field("popularity", fast=True)
    builder.add_integer_field("place", fast=True)
    for field in ("whole", "grams", "sounds", "people"):
        builder.add_text_field(field, tokenizer_name="terms", index_option="basic")
    builder.add_bytes_field("stored", stored=True)
    return builder.build()


def analyzer() -> tantivy.TextAnalyzer:
    """The tokenizer named "terms" in the schema: it cuts at blanks and does nothing else."""
    return tantivy.TextAnalyzerBuilder(tantivy.Tokenizer.whitespace()).build()


def titles_of(editions: Sequence[Edition]) -> tuple[Name, ...]:
    """All titles by which a work is asked for, whole ones first."""
    titles: dict[str, Name] = {}
    named = [name for edition in editions for name in _titles(edition)]
    if len(named) > 1:
        named.sort(key=lambda name: not name.whole)
    for name in named:
        titles.setdefault(name.key, name)
    titles.pop("", None)
    return tuple(titles.values())


def term(kind: str, value: str) -> str:
    """The term of the field `whole` for a value of a kind. A long title's is a digest: ranking compares the title."""
    if kind == "key" and len(value) > DIGESTED:
        value = urlsafe_b64encode(blake2b(value.encode("utf-8", "replace"), digest_size=4).digest())[:DIGEST].decode()
    return KINDS[kind] + value.replace(" ", _BLANK)


def written(work: int, editions: Sequence[Edition], titles: Sequence[Name]) -> Written:
    """What is written of a work with these editions (at least one), whose titles are these."""
    shown = min(editions, key=_shown_first) if len(editions) > 1 else editions[0]
    authors = dict.fromkeys(author for edition in (shown, *editions) for author in edition.authors)
    popularity = sum(edition.popularity for edition in editions)
    isbns = tuple(dict.fromkeys(isbn for edition in editions for isbn in edition.isbns))
    persons = [_person(author) for author in authors]
    said = titles[0].words if titles and len(titles[0].words) <= LONGEST else ""
    whole = [term("key", name.key) for name in titles]
    for name in titles:
        whole += [KINDS["initials"] + form for form in initial_forms(name.codes)]
    whole += (terms for terms, _ in persons)
    whole += map(_subject, {subject for edition in editions for subject in edition.subjects})
    whole += (_class(number) for number in {edition.clc for edition in editions} if number)
    whole += (term("isbn", isbn) for isbn in isbns)
    formats = sorted({edition.format for edition in editions})
    whole += (term("format", form) for form in formats)
    whole += (term("language", language) for language in {edition.language for edition in editions} if language)
    whole += (term("year", str(year)) for year in {edition.year for edition in editions} if year)
    return Written(
        [edition.record for edition in editions],
        popularity,
        " ".join(whole),
        _join([grams(name.words) for name in titles]),
        _join([sounds(fold_codes(name.codes)) for name in titles]),
        _join([terms for _, terms in persons]),
        _PART.join(
            (
                *(str(shown.record), str(work - shown.record), "" if shown.title == said else _bare(shown.title)),
                _several(shown.authors),
                "" if formats == [USUAL] else _several(formats),
                *(_several(isbns), str(popularity), _several(list(authors)[len(shown.authors) :])),
            )
        ).encode("utf-8", "replace"),
    )


def document(written: Written, place: int) -> tantivy.Document:
    """The document of what is written of a work, whose titles lie at `place`."""
    doc = tantivy.Document()
    for record in written.records:
        doc.add_integer("record", record)
    doc.add_integer("popularity", written.popularity)
    doc.add_integer("place", place)
    doc.add_text("whole", written.whole)
    doc.add_text("grams", written.grams)
    doc.add_text("sounds", written.sounds)
    if written.people:
        doc.add_text("people", written.people)
    doc.add_bytes("stored", written.stored)
    return doc


def stored(doc: tantivy.Document, titles: Sequence[Name]) -> Stored:
    """What `written` put away of a work with these titles: one that is plain is not kept twice."""
    parts = bytes(doc["stored"][0]).decode().split(_PART)
    record, work, title, authors, formats, isbns, popularity, others = parts
    shown = _cut(authors)
    return Stored(
        *(int(record), int(record) + int(work), title or titles[0].words, shown),
        *(_cut(formats) or (USUAL,), _cut(isbns), int(popularity)),
        people=(*shown, *_cut(others)),
    )


def _shown_first(edition: Edition) -> tuple[bool, int, int]:
    return (edition.format != "print", -edition.popularity, edition.record)


def _bare(text: str) -> str:
    return text if text.isprintable() else text.replace(_PART, " ").replace(_ONE, " ")


def _several(values: Sequence[str]) -> str:
    return _ONE.join(map(_bare, values))


def _cut(values: str) -> tuple[str, ...]:
    return tuple(values.split(_ONE)) if values else ()


@lru_cache(16384)
def person_name(author: str) -> Name:
    """A person's name made ready for comparing."""
    return name_of(author)


@lru_cache(65536)
def _person(author: str) -> tuple[str, tuple[str, ...]]:
    """The terms of an author: those of the whole name, joined, and those of its parts."""
    name = name_of(author)
    folded = fold_codes(name.codes)
    whole = dict.fromkeys(term("author", form) for form in author_forms(author))
    sound = [term("author_sound", folded)] if folded else []
    return " ".join((*whole, *sound)), tuple(people(name.words, folded))


def people(words: str, folded: str) -> list[str]:
    """The terms of a person's name: its pairs of syllables; Latin words and their triples."""
    return sounds(folded) + [term for term in grams(words) if term.isascii()]


def grams(words: str) -> list[str]:
    """The character terms of a plain text: pairs of Chinese characters; Latin words and, for slips, their triples."""
    terms: list[str] = []
    for part in _PARTS.findall(words):
        if part.isascii():
            terms.append(part)
            if len(part) > 3:
                bounded = f"<{part}>"
                terms += map("".join, zip(bounded, bounded[1:], bounded[2:], strict=False))
        elif len(part) == 1:
            terms.append(part)
        else:
            terms += map(add, part, part[1:])
    if 1 < len(words) <= SHORT and not words.isascii():
        terms += words.replace(" ", "")
    return terms


def sounds(folded: str) -> list[str]:
    """The syllable terms of a folded code string: pairs, the first and the last; in short ones single and skipped."""
    runs = _SOUNDED.findall(folded)
    if not runs:
        return []
    terms = ["<" + runs[0][0], runs[-1][-1] + ">"]
    for run in runs:
        terms += map(add, run, run[1:])
    if len(folded) <= SHORT:
        terms += folded
    elif len(folded) <= SKIPPING:
        terms += (f"{folded[at]}-{folded[at + 2]}" for at in range(len(folded) - 2))
    return terms


def sounds_with(folded: str, at: int, other: str) -> list[str]:
    """Those of the terms of syllables that would be others were one of them another."""
    before, after = folded[:at][-2:], folded[at + 1 :][:2]
    terms = [before[-1:] + other if before else "<" + other, other + after[:1] if after else other + ">"]
    if len(folded) <= SHORT:
        terms.append(other)
    elif len(folded) <= SKIPPING:
        terms += [f"{before[0]}-{other}"] if len(before) == 2 else []
        terms += [f"{other}-{after[1]}"] if len(after) == 2 else []
    return terms


def initial_forms(codes: str) -> list[str]:
    """A title's first letters, and their beginnings: "hlm"; "gtszyl", "gts", "gtsz"."""
    letters = initials(codes)[:LETTERS]
    if len(letters) < 2:
        return []
    return [letters, *(letters[:length] for length in BEGINNINGS if length < len(letters))]


def _titles(edition: Edition) -> Iterable[Name]:
    title = edition.title
    name = name_of(title)
    yield name
    if edition.volume:
        yield name_of(f"{title} {edition.volume}")
    if edition.subtitle:
        yield name_of(f"{title} {edition.subtitle}")
    for other in edition.other_titles:
        yield name_of(other)
    short = _SUBTITLE.split(title, maxsplit=1)[0] or title
    words = plain(short) if short != title else name.words
    if short != title:
        yield name_of(short, whole=False)
    if _ARTICLE.match(words):
        yield name_of(_ARTICLE.sub("", words), whole=False)


def author_forms(author: str) -> list[str]:
    """A whole name and its parts: 列夫·托尔斯泰 is asked for as 托尔斯泰, Jane Austen as Austen."""
    parts = (plain(part) for part in _NAME_PARTS.split(author))
    return [plain(author).replace(" ", ""), *(part.replace(" ", "") for part in parts if len(part) > 1)]


@lru_cache(65536)
def _subject(subject: str) -> str:
    """The terms of a subject, joined: its word and, of several Latin words, each longer one; with their sounds."""
    whole = plain(subject)
    words = dict.fromkeys([whole, *(part for part in whole.split(" ") if whole.isascii() and len(part) > 3)])
    words.pop("", None)
    sounded = (sound for word in words if (sound := fold_codes(encode_plain(word))))
    return " ".join([*(term("subject", word) for word in words), *(term("subject_sound", one) for one in sounded)])


@lru_cache(8192)
def _class(number: str) -> str:
    """The terms of a class number's words, joined."""
    return " ".join(map(_subject, words_of_class(number)))


def _join(terms: Iterable[Iterable[str]]) -> str:
    return " ".join(dict.fromkeys(chain.from_iterable(terms)))
