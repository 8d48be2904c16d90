"""What the index holds of a work: the terms it can be found by, and what a hit needs to be ranked and shown.

One document is one work with all its editions, so that a hit says at once in which formats it can be had. Questions
are cut into terms by the same functions (candidates.py), which is what keeps both sides alike. Nothing here reads the
database (writing.py does) or opens an index (index.py).
"""

from __future__ import annotations

import json
import re
from base64 import urlsafe_b64encode
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from hashlib import blake2b
from typing import NamedTuple

import tantivy

from catalog.records.subjects import words_of_class
from catalog.search.readings import encode_plain, initials, plain
from catalog.search.sounds import fold_codes

SHORT = 2
"""Titles and names up to this length are found by single characters and syllables too."""
SKIPPING = 4
"""Up to this many syllables, every other one is a term too: one wrong in three would leave no pair."""
DIGESTED = 3
"""Titles longer than this are looked up by a digest of eight letters, which takes less room."""
KINDS = {
    **{"key": "k", "initials": "i", "author": "a", "author_sound": "h", "subject": "s", "subject_sound": "t"},
    **{"isbn": "n", "state": "z", "language": "l", "format": "f", "year": "y"},
}
"""What can be looked up as a whole, each with the sign its terms begin with."""
_LONGEST_BEGINNING = 6
_PARTS = re.compile(r"[\x21-\x7e]+|[^\x00-\x7f]+")
_SOUNDED = re.compile(r"[\ue000-\uf8ff]+")
_SUBTITLE = re.compile(r"\s*[:：(（\[【—]\s*|\s+[/=]\s+")
_ARTICLE = re.compile(r"^(?:the|an?) (?=.)")
_NAME_PARTS = re.compile(r"[·•・.\s,，、]+")


@dataclass(frozen=True, slots=True)
class Edition:
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
    """The index's fields. Terms are cut here, not by tantivy: fields of many terms get them joined by blanks."""
    builder = tantivy.SchemaBuilder()
    builder.add_integer_field("work", indexed=True)
    builder.add_integer_field("record", indexed=True)
    builder.add_integer_field("popularity", fast=True)
    builder.add_integer_field("place", fast=True)
    builder.add_text_field("whole", tokenizer_name="raw", index_option="basic")
    for field in ("grams", "sounds", "people"):
        builder.add_text_field(field, tokenizer_name="terms", index_option="basic")
    builder.add_bytes_field("stored", stored=True)
    return builder.build()


def analyzer() -> tantivy.TextAnalyzer:
    """The tokenizer named "terms" in the schema: it cuts at blanks and does nothing else."""
    return tantivy.TextAnalyzerBuilder(tantivy.Tokenizer.whitespace()).build()


def titles_of(editions: Sequence[Edition]) -> tuple[Name, ...]:
    """All titles by which a work is asked for, whole ones first."""
    titles: dict[str, Name] = {}
    for name in sorted((name for edition in editions for name in _titles(edition)), key=lambda name: not name.whole):
        titles.setdefault(name.key, name)
    titles.pop("", None)
    return tuple(titles.values())


def term(kind: str, value: str) -> str:
    """The term of the field `whole` for a value of a kind. A long title's is a digest: ranking compares the title."""
    if kind == "key" and len(value) > DIGESTED:
        value = urlsafe_b64encode(blake2b(value.encode("utf-8", "replace"), digest_size=6).digest()).decode()
    return KINDS[kind] + value


def document(work: int, editions: Sequence[Edition], titles: Sequence[Name], place: int) -> tantivy.Document:
    """The document of a work with these editions (at least one), whose titles lie at `place`."""
    shown = min(editions, key=lambda edition: (edition.format != "print", -edition.popularity, edition.record))
    authors = dict.fromkeys(author for edition in (shown, *editions) for author in edition.authors)
    names = [name_of(author) for author in authors]
    subjects = _subjects(editions)
    popularity = sum(edition.popularity for edition in editions)
    isbns = tuple(dict.fromkeys(isbn for edition in editions for isbn in edition.isbns))
    formats = tuple(sorted({edition.format for edition in editions}))
    doc = tantivy.Document(
        work=[work],
        record=[edition.record for edition in editions],
        popularity=[popularity],
        place=[place],
        whole=sorted(
            {
                *(term("key", name.key) for name in titles),
                *(term("initials", form) for name in titles for form in initial_forms(name.codes)),
                *(term("author", form) for author in authors for form in author_forms(author)),
                *(term("author_sound", sound) for name in names if (sound := fold_codes(name.codes))),
                *(term("subject", subject) for subject in subjects),
                *(term("subject_sound", sound) for sound in subjects.values()),
                *(term("isbn", isbn) for isbn in isbns),
                *(term("format", form) for form in formats),
                *(term("language", edition.language) for edition in editions if edition.language),
                *(term("year", str(edition.year)) for edition in editions if edition.year),
            }
        ),
        grams=[_join(grams(name.words) for name in titles)],
        sounds=[_join(sounds(fold_codes(name.codes)) for name in titles)],
        people=[_join(people(name.words, fold_codes(name.codes)) for name in names)],
    )
    others = list(authors)[len(shown.authors) :]
    doc.add_bytes(
        "stored",
        json.dumps(
            [shown.record, work, shown.title, shown.authors, formats, isbns, popularity, *([others] if others else [])],
            ensure_ascii=False,
            separators=(",", ":"),
        ).encode(),
    )
    return doc


def stored(doc: tantivy.Document) -> Stored:
    """What `document` put away."""
    record, work, title, authors, formats, isbns, popularity, *others = json.loads(bytes(doc["stored"][0]))
    return Stored(
        *(record, work, title, tuple(authors), tuple(formats), tuple(isbns), popularity),
        people=(*authors, *(others[0] if others else ())),
    )


@lru_cache(16384)
def person_name(author: str) -> Name:
    """A person's name made ready for comparing."""
    return name_of(author)


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
                terms += (bounded[at : at + 3] for at in range(len(bounded) - 2))
        elif len(part) == 1:
            terms.append(part)
        else:
            terms += (part[at : at + 2] for at in range(len(part) - 1))
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
        terms += (run[at : at + 2] for at in range(len(run) - 1))
    if len(folded) <= SHORT:
        terms += folded
    if SHORT < len(folded) <= SKIPPING:
        terms += (f"{folded[at]}-{folded[at + 2]}" for at in range(len(folded) - 2))
    return terms


def initial_forms(codes: str) -> list[str]:
    """A title's first letters, and their beginnings of three to six: "hlm"; "gtszyl" … "gts"."""
    letters = initials(codes)[:16]
    if len(letters) < 2:
        return []
    return [letters, *(letters[:length] for length in range(3, min(len(letters), _LONGEST_BEGINNING + 1)))]


def _titles(edition: Edition) -> Iterable[Name]:
    title = edition.title
    yield name_of(title)
    if edition.volume:
        yield name_of(f"{title} {edition.volume}")
    if edition.subtitle:
        yield name_of(f"{title} {edition.subtitle}")
    for other in edition.other_titles:
        yield name_of(other)
    short = _SUBTITLE.split(title, maxsplit=1)[0]
    if short != title and short:
        yield name_of(short, whole=False)
    words = plain(short)
    if _ARTICLE.match(words):
        yield name_of(_ARTICLE.sub("", words), whole=False)


def author_forms(author: str) -> list[str]:
    """A whole name and its parts: 列夫·托尔斯泰 is asked for as 托尔斯泰, Jane Austen as Austen."""
    parts = (plain(part) for part in _NAME_PARTS.split(author))
    return [plain(author).replace(" ", ""), *(part.replace(" ", "") for part in parts if len(part) > 1)]


def _subjects(editions: Sequence[Edition]) -> dict[str, str]:
    """The subjects' words, each with its sound."""
    named = {subject for edition in editions for subject in edition.subjects}
    named |= {word for edition in editions if edition.clc for word in words_of_class(edition.clc)}
    return {word: sound for subject in sorted(named) for word, sound in _subject_terms(subject)}


@lru_cache(65536)
def _subject_terms(subject: str) -> tuple[tuple[str, str], ...]:
    """A subject's word and, of several Latin words, each longer one; with their sounds."""
    whole = plain(subject)
    words = [whole, *(part for part in whole.split(" ") if whole.isascii() and len(part) > 3)] if whole else []
    return tuple((word, fold_codes(encode_plain(word))) for word in dict.fromkeys(words))


def _join(terms: Iterable[Iterable[str]]) -> str:
    return " ".join(dict.fromkeys(term for several in terms for term in several))
