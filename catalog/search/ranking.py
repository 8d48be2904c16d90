"""How well a work fits a question, and which of the fitting works stands first.

Order: how it matched (an exact match always above one by sound), then the reader's formats, then popularity. Which
works come into question at all is decided in candidates.py; what differences cost in weighing.py.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass

from rapidfuzz import fuzz
from rapidfuzz.distance import Levenshtein

from catalog.search.asking import Hit, Words, without_joints, words_of
from catalog.search.candidates import Candidate
from catalog.search.documents import SHORT, Name, author_forms, person_name
from catalog.search.readings import decode
from catalog.search.sounds import distance, fold_codes, similarity
from catalog.search.weighing import weigh

NOTHING = (0.0, "")
NEAR = "near"
"""The `why` of what is only near; `hit` says whether it is one of spelling or of sound."""
EXACT = 1.0
EXACT_SHORT = 0.955
"""All of a title but what follows its colon or bracket."""
AUTHOR = 0.96
"""An author's name alone, typed right: below a title that reads the same, above titles that begin with it."""
AUTHOR_HEARD = 0.9
SUBJECT = 0.78
PHONETIC = 0.95
"""The best that a match by sound or with a slip can be: below every exact one."""
TYPED = 0.8
"""The power to which a typed match's nearness is taken: a slip in a short title still leaves it likely."""
WORTH = 0.62
"""A price for each syllable beyond which nothing fits (ranking looks at LEAST_HEARD)."""
SHORTENED = 0.985
"""What a likeness to a title without what follows its colon is worth, beside one to a whole title."""
SAME_SLIP = 0.07
"""A slip that looks as near as it sounds is one of spelling."""
LEAST = 0.5
LEAST_HEARD = 0.4
"""The least that counts as fitting: typed, and heard, where it is said as a guess."""
BESIDE = 0.7
"""What is only near, and reaches less than this share of the best score, is no answer beside it."""
LEAST_SHORT = 0.72
LEAST_SINGLE = 0.9
"""The least nearness for two syllables, and for one: one of two right is chance."""
LEAST_LATIN = 0.7
"""The least likeness of titles in Latin letters: half of any two are the same letters by chance."""
INSIDE = 0.8
"""Where nothing reaches this, the words may be a part of a longer title, heard."""
CLOSEST = 20
"""Of the titles that share no whole part with the words, so many are looked at: those of the least price."""
LENIENT = 1.6
"""Heard in signs, the square of a price so many times is how far a title is, where that is less than the price."""
SLOPPY = 0.45
"""Folded sounds less alike than this are not weighed syllable by syllable."""


@dataclass(frozen=True, slots=True)
class Ranked:
    """A work, how well it fits (0 to 1), and why; of what is only near, the words and the title that were compared."""

    candidate: Candidate
    score: float
    why: str
    compared: tuple[Words, Name] | None = None

    @property
    def tier(self) -> float:
        """Within one, the reader's formats and popularity decide. What was weighed was weighed finely."""
        return round(self.score, 3 if self.why == NEAR else 2)


def rank(works: Iterable[Ranked], formats: Collection[str], wanted: int) -> list[Ranked]:
    """The works that fit at all, each once; the first `wanted` are the best, in order."""
    best: dict[int, Ranked] = {}
    for one in works:
        place = one.candidate.place
        if place not in best or best[place].score < one.score:
            best[place] = one
    top = max((one.score for one in best.values()), default=0.0)
    ranked = sorted((one for one in best.values() if one.score >= _least(one, top)), key=lambda one: -one.tier)
    last = wanted
    while 0 < last < len(ranked) and ranked[last].tier == ranked[last - 1].tier:
        last += 1
    return sorted(ranked[:last], key=lambda one: _order(one, formats)) + ranked[last:]


def _least(one: Ranked, top: float) -> float:
    """The score from which a work is an answer at all, beside a best one of score `top`."""
    if one.why != NEAR or not one.compared:
        return LEAST
    return max(top * BESIDE, PHONETIC * LEAST_HEARD if one.compared[0].heard else LEAST)


def hit(one: Ranked) -> Hit:
    """What the asker is told of it."""
    work = one.candidate.work
    return Hit(
        record=work.record,
        work=work.work,
        title=work.title,
        authors=work.authors,
        formats=work.formats,
        isbns=work.isbns,
        score=round(min(1.0, one.score), 3),
        why=_why(*one.compared) if one.why == NEAR and one.compared else one.why,
    )


def judge(candidates: Sequence[Candidate], hypotheses: Sequence[Words], *, parts: bool = True) -> list[Ranked]:
    """How well the titles of each candidate fit free words, by the best of the readings; those that fit at all.

    Without `parts` the words are not looked for within longer titles.
    """
    rows = [(candidate, title) for candidate in candidates for title in candidate.titles]
    best: dict[int, Ranked] = {}
    for words in hypotheses:
        doubt = 0.9 + 0.1 * words.weight
        prices = weigh(words, [title for _, title in rows])
        worth = min([*sorted(prices)[:CLOSEST][-1:], len(words.codes) * WORTH])
        key = words.key
        for (candidate, title), price in zip(rows, prices, strict=True):
            if price > worth and not (key and (key in title.key or title.key in key)):
                continue
            score, why = title_match(words, title, price)
            score *= doubt if title.whole or why == "exact" else doubt * SHORTENED
            if score and (candidate.place not in best or score > best[candidate.place].score):
                best[candidate.place] = Ranked(candidate, score, why, (words, title))
    first = hypotheses[0]
    if parts and first.heard and all(one.score < INSIDE for one in best.values()):
        for candidate in candidates:
            inside = _heard_inside(first, candidate)
            if inside.score > (best[candidate.place].score if candidate.place in best else 0.0):
                best[candidate.place] = inside
    return list(best.values())


def judge_with_author(candidates: Sequence[Candidate], hypotheses: Sequence[Words]) -> list[Ranked]:
    """How well each candidate fits as an author and a title in either order, or as the author alone."""
    found: list[Ranked] = []
    for candidate in candidates:
        score, why = NOTHING
        for words in hypotheses:
            doubt = 0.9 + 0.1 * words.weight
            fits = _author_and_title(words, candidate)
            if fits[0] * doubt > score:
                score, why = fits[0] * doubt, fits[1]
        if score:
            found.append(Ranked(candidate, score, why))
    return found


def title_match(words: Words, title: Name, price: float) -> tuple[float, str]:
    """How well the words fit a title that they would be for at this price: 0 to 1, and why."""
    found = _by_signs(words, title) if words.key else NOTHING
    if found[1] == "exact":
        return found
    near = _nearness(words, title, price)
    by_price = PHONETIC * (near if words.heard or not words.key else near**TYPED)
    return max(found[0], by_price), found[1] or NEAR


def _nearness(words: Words, title: Name, price: float) -> float:
    """1 for the same, 0 for what is too far to be meant."""
    if words.codes.isascii():
        near = Levenshtein.normalized_similarity(words.key, title.key)
        return near if near >= LEAST_LATIN else 0.0
    near = 1.0 - _far(words, price / len(words.codes))
    longer = max(len(words.codes), len(title.codes))
    least = LEAST_HEARD if words.heard else LEAST
    if longer <= SHORT:
        least = LEAST_SHORT if len(words.codes) > 1 else LEAST_SINGLE
    return near if near >= least else 0.0


def _far(words: Words, price: float) -> float:
    """How far a price for each syllable takes a title from the words; of heard signs small ones say little.

    An ear that writes signs writes others of the same sound: that tells two titles apart, but makes no right one wrong.
    """
    return min(price, LENIENT * price**2) if words.heard and words.key else price


def _heard_inside(words: Words, candidate: Candidate) -> Ranked:
    """The words as a part of one of the titles, by sound."""
    best = Ranked(candidate, *NOTHING)
    for title in candidate.titles:
        if 1 < len(words.folded) < len(title.codes) and not words.codes.isascii():
            inside = fuzz.partial_ratio(words.folded, fold_codes(title.codes), score_cutoff=80) / 100
            score = inside * (0.5 + 0.3 * len(words.folded) / len(title.codes))
            if score > best.score:
                best = Ranked(candidate, score, NEAR, (words, title))
    return best


def person_match(words: Words, name: Name) -> float:
    """How well the words fit a person's name, or a part of it, 0 to 1."""
    if words.key and (words.key == name.key or (len(words.key) > 1 and words.words in name.words.split(" "))):
        return 1.0
    if words.key and len(words.key) > 1 and words.key in name.key:
        return 0.93
    spelled = Levenshtein.normalized_similarity(words.key, name.key) if words.key and not words.heard else 0.0
    by_sound = 0.0
    if Levenshtein.normalized_similarity(words.folded, fold_codes(name.codes)) >= SLOPPY:
        tokens = decode(name.codes)
        by_sound = 1.0 - distance(words.tokens, tokens) / max(len(tokens), len(words.tokens))
    if 2 < len(words.folded) < len(name.codes):
        by_sound = max(by_sound, 0.9 * fuzz.partial_ratio(words.folded, fold_codes(name.codes)) / 100)
    return 0.97 * max(spelled, by_sound)


def _by_signs(words: Words, title: Name) -> tuple[float, str]:
    key, whole = words.key, title.key
    if key == whole:
        return EXACT if title.whole else EXACT_SHORT, "exact"
    latin = key.isascii()
    if latin:
        starts = title.words.startswith(words.words + " ")
        inside = f" {words.words} " in f" {title.words} "
    else:
        starts = whole.startswith(key)
        inside = len(key) > 1 and key in whole
    share = len(key) / len(whole)
    if starts:
        return 0.8 + 0.15 * share, "prefix"
    if inside:
        return 0.62 + 0.26 * share, "part"
    holds = f" {title.words} " in f" {words.words} " if whole.isascii() else whole in key
    if holds and len(whole) > 1 and 1 / share >= 0.5:
        return 0.5 + 0.3 / share, "title"
    return NOTHING


def _why(words: Words, title: Name) -> str:
    """Whether what is near looks as near as it sounds."""
    if words.heard or not words.key:
        return "phonetic"
    alike = Levenshtein.normalized_similarity(words.key, title.key)
    near = 0.0 if words.codes.isascii() else similarity(words.tokens, decode(title.codes))
    return "spelling" if alike + SAME_SLIP >= near else "phonetic"


def _author_and_title(words: Words, candidate: Candidate) -> tuple[float, str]:
    """The words as an author and a title in either order, or as the author alone."""
    best = NOTHING
    for person in candidate.work.people:
        name = person_name(person)
        rest = _rest_beside(words, name, author_forms(person))
        if rest is None:
            continue
        if not rest.codes:
            found = (AUTHOR if words.key == name.key else AUTHOR_HEARD * person_match(words, name), "author")
        else:
            several = zip(candidate.titles, weigh(rest, candidate.titles), strict=True)
            score, why, title = max(
                ((*title_match(rest, title, price), title) for title, price in several),
                key=lambda fits: fits[0],
                default=(*NOTHING, name),
            )
            if score <= LEAST:
                continue
            sure = 0.0 if words.heard else 0.03  # a name found by sound leaves room for a title that is all of it
            why = "title" if why in ("exact", "title") else _why(rest, title) if why == NEAR else why
            found = (sure + 0.95 * score, why)
        best = max(best, found)
    return best


def _rest_beside(words: Words, name: Name, forms: Iterable[str]) -> Words | None:
    """What is left of the words when the author's name is taken from one end; None if it is at neither."""
    if name.words.isascii():
        forms = {name.words, *(part for part in name.words.split(" ") if len(part) > 2)}
    for form in sorted(forms, key=len, reverse=True):
        if len(form) < 2 or not words.key:
            continue
        whole = words.words
        if form in (whole, words.key):
            return words_of("")
        if whole.startswith(form):
            return words_of(without_joints(whole[len(form) :]), heard=words.heard)
        if whole.endswith(form):
            return words_of(without_joints(whole[: -len(form)]), heard=words.heard)
    if not words.heard and words.key:
        return None
    return _rest_by_sound(words, fold_codes(name.codes))


def _rest_by_sound(words: Words, folded: str) -> Words | None:
    length = len(folded)
    if length < 2 or len(words.tokens) != len(words.codes):
        return None
    if words.folded == folded:
        return words_of("")
    if words.folded.startswith(folded):
        tokens = words.tokens[length:]
        if len(tokens) > 1 and tokens[0].startswith("de"):
            tokens = tokens[1:]
    elif words.folded.endswith(folded):
        tokens = words.tokens[:-length]
    else:
        return None
    return words_of("", " ".join(tokens), heard=True)


def _order(one: Ranked, formats: Collection[str]) -> tuple[float, bool, int, float]:
    work = one.candidate.work
    usable = bool(formats) and not set(formats).isdisjoint(work.formats)
    return (-one.tier, not usable, -work.popularity, -one.score)
