"""The works that come into question: terms of the question looked up in the index, some tens of works out.

Each function is one way to be found. How well a work fits is weighed in ranking.py. A candidate brings its titles with
it; the rest of a work is read when it is asked for, since only a few are.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field

import tantivy

from catalog.search.asking import Words
from catalog.search.documents import (
    BEGINNINGS,
    KINDS,
    LETTERS,
    SHORT,
    Name,
    Stored,
    grams,
    people,
    sounds,
    sounds_with,
    stored,
    term,
)
from catalog.search.sounds import often_heard
from catalog.search.titles import Reader

SIMILAR = 60
SAME = 20
BEGUN = 500
"""Words of the index with the same beginning that are looked up, the most frequent ones."""
MOST = 200
POPULAR = 12
LONGEST_SAID = 12
"""Syllables up to which words are looked for with one syllable left out: of longer ones, parts find the rest."""
MISHEARD = 0.3
"""What a term weighs with a syllable in it that was not heard, but often is."""


@dataclass(slots=True, eq=False)
class Candidate:
    """A work that may fit: its titles at once, the rest when it is asked for. Equal is who stands at the same place."""

    place: int
    titles: tuple[Name, ...]
    _address: tantivy.DocAddress
    _searcher: tantivy.Searcher
    _work: Stored | None = field(default=None)

    @property
    def work(self) -> Stored:
        """What the index keeps of the work."""
        if self._work is None:
            self._work = stored(self._searcher.doc(self._address), self.titles)
        return self._work


@dataclass(frozen=True, slots=True)
class Shelf:
    """One state of the index, looked into by one question."""

    schema: tantivy.Schema
    searcher: tantivy.Searcher
    titles: Reader

    def whole(self, kind: str, values: Iterable[str], *, limit: int) -> tuple[int, list[Candidate]]:
        """Works with one of these as a whole (documents.KINDS), the most popular first; and how many there are."""
        result = self._whole(kind, values, limit)
        if result is None:
            return 0, []
        return int(result.count), self._candidates(result)  # type: ignore[attr-defined]  # the stubs forget it

    def _whole(self, kind: str, values: Iterable[str], limit: int) -> tantivy.SearchResult | None:
        terms = [
            tantivy.Query.term_query(self.schema, "whole", term(kind, value), "basic")
            for value in dict.fromkeys(values)
            if self.knows(kind, value)
        ]
        if not terms:
            return None
        query = terms[0] if len(terms) == 1 else _any(terms)
        return self.searcher.search(query, limit, count=True, order_by_field="popularity")

    def all_of(self, several: Iterable[Collection[tantivy.Query]], *, limit: int) -> list[Candidate]:
        """Works with one of each of several sets of terms (an empty set asks nothing), the most popular first."""
        must = [(tantivy.Occur.Must, _any(queries)) for queries in several if queries]
        query = tantivy.Query.boolean_query(must) if must else tantivy.Query.all_query()
        found = self.searcher.search(query, limit, count=False, order_by_field="popularity") if limit > 0 else None
        return self._candidates(found) if found is not None else []

    def lettered(self, letters: str, *, limit: int) -> list[Candidate]:
        """Works with a title that begins with these first letters, the most popular first."""
        kept = letters[:LETTERS]
        values = [kept]
        if max(BEGINNINGS) < len(kept) < LETTERS:
            beginning = term("initials", kept)
            found = self.searcher.terms_with_prefix("whole", beginning, limit=BEGUN)
            values = [value.removeprefix(KINDS["initials"]) for value, _ in found]
        return self.whole("initials", values, limit=limit)[1]

    def knows(self, kind: str, value: str) -> bool:
        """Whether any work has it."""
        return bool(value) and self.searcher.doc_freq("whole", term(kind, value)) > 0

    def titled(self, hypotheses: Sequence[Words], *, limit: int) -> list[Candidate]:
        """Works whose title is one of these, or near to one. Their titles are read once, however they were found."""
        whole = self._whole("key", (words.key for words in hypotheses), limit=SAME)
        found = [whole, self._alike(hypotheses, limit)]
        if whole is None or not whole.hits:
            found.insert(0, self._popular(hypotheses[0]))
        return self._candidates(*found)

    def similar(self, hypotheses: Sequence[Words], *, limit: int = SIMILAR) -> list[Candidate]:
        """Works whose title shares syllables with the words or, where they were typed, signs."""
        return self._candidates(self._alike(hypotheses, limit))

    def _alike(self, hypotheses: Sequence[Words], limit: int) -> tantivy.SearchResult | None:
        parts: list[tantivy.Query] = []
        for words in hypotheses:
            parts += self._terms("sounds", sounds(words.folded), words.weight)
            written = grams(words.words)
            if words.heard and parts:
                written = [term for term in written if term.isascii()]
            parts += self._terms("grams", written, 1.3 * words.weight)
        return self.searcher.search(_any(parts), limit, count=False) if parts else None

    def misheard(self, words: Words, besides: Iterable[Candidate], *, limit: int = SIMILAR) -> list[Candidate]:
        """Works whose title shares syllables with the words, were any one of them that for which it is heard easily;
        without those that are found already."""
        heard = sounds(words.folded)
        others = dict.fromkeys(
            term
            for at, sign in enumerate(words.codes)
            for other in often_heard(sign)
            for term in sounds_with(words.folded, at, other)
        )
        parts = self._terms("sounds", heard, 1.0)
        parts += self._terms("sounds", others.keys() - heard, MISHEARD)
        found = self.searcher.search(_any(parts), limit, count=False) if parts else None
        return self._candidates(found, besides={one.place for one in besides})

    def _popular(self, words: Words) -> tantivy.SearchResult | None:
        """The most popular works with all sounds of the words in their titles but those of one syllable at most.

        What `similar` finds by its terms' weights is the shortest: a work of a hundred editions has a hundred titles,
        and would come after every work with only one.
        """
        folded = words.folded
        if not 1 < len(folded) <= LONGEST_SAID:
            return None
        pairs = [folded[at : at + 2] for at in range(len(folded) - 1)]
        ends = ("<" + folded[0], folded[-1] + ">")
        ways = [[ends[0], *pairs, ends[1]]]
        if len(folded) > SHORT:
            ways += (
                [*ends[: at > 0], *pairs[: max(0, at - 1)], *pairs[at + 1 :], *ends[1 : 1 + (at < len(folded) - 1)]]
                for at in range(len(folded))
            )
        musts = {
            term: (tantivy.Occur.Must, tantivy.Query.term_query(self.schema, "sounds", term, "basic"))
            for term in ways[0]
        }
        queries = [tantivy.Query.boolean_query([musts[term] for term in dict.fromkeys(terms)]) for terms in ways]
        return self.searcher.search(_any(queries), POPULAR, count=False, order_by_field="popularity")

    def by_people_like(self, words: Words, *, limit: int = SIMILAR) -> list[Candidate]:
        """Works whose authors' names share syllables with the words."""
        return self._best(self._terms("people", people(words.words, words.folded), 1.0), limit)

    def titled_by_people(self, title: Words, author: Words, *, limit: int = SIMILAR) -> list[Candidate]:
        """Works that share syllables with `title` in their titles and with `author` in their authors' names."""
        parts = self._terms("sounds", sounds(title.folded), 1.0) + self._terms("grams", grams(title.words), 1.0)
        return self._best(parts + self._terms("people", people(author.words, author.folded), 0.7), limit)

    def _terms(self, field: str, values: Iterable[str], weight: float) -> list[tantivy.Query]:
        queries = [tantivy.Query.term_query(self.schema, field, value, "basic") for value in dict.fromkeys(values)]
        return queries if weight == 1 else [tantivy.Query.boost_query(query, weight) for query in queries]

    def _best(self, parts: list[tantivy.Query], limit: int) -> list[Candidate]:
        return self._candidates(self.searcher.search(_any(parts), limit, count=False)) if parts else []

    def _candidates(self, *results: tantivy.SearchResult | None, besides: Collection[int] = ()) -> list[Candidate]:
        """The works found, each once and without those at the places `besides`."""
        addresses = [address for result in results if result is not None for _, address in result.hits]
        if not addresses:
            return []
        places = self.searcher.fast_field_values("place", addresses)
        found = {int(place or 0): address for place, address in zip(places, addresses, strict=True)}
        for place in found.keys() & besides:
            del found[place]
        return [
            Candidate(place, titles, address, self.searcher)
            for (place, address), titles in zip(found.items(), self.titles.read(found), strict=True)
        ]


def _any(queries: Iterable[tantivy.Query]) -> tantivy.Query:
    return tantivy.Query.boolean_query([(tantivy.Occur.Should, query) for query in queries])
