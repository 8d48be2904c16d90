"""A sentence made ready for matching, with every sign still knowing where it came from.

`clean` makes typed words plain (NFKC, the locale's script, no control signs). `line` leaves out punctuation, puts one
word for many (words.yaml: same), takes out fillers, and replaces what has one value (a date, an ordinal, an ISBN, a
title in book-title marks) by a single sign, its tag. Slots are cut from the source, so that nothing the reader said is
lost by normalising. What a sentence means is decided elsewhere.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from bot.locales import Locale
from bot.understanding.numbers import isbn
from bot.understanding.spelling import WRITTEN, Spelling
from bot.understanding.wording import wording

LONGEST = 160
"""So many signs of a message are looked at; what is longer is a letter, and its beginning says what it is about."""
LONGEST_LETTER = 4000

LONGEST_FILLER = 16
KINDS = ("marked", "isbn", "date", "time", "card", "ordinal", "days")
_FIRST_TAG = 0xF800
_PER_KIND = 16
TAGS: Mapping[str, str] = {
    kind: f"{chr(_FIRST_TAG + place * _PER_KIND)}-{chr(_FIRST_TAG + (place + 1) * _PER_KIND - 1)}"
    for place, kind in enumerate(KINDS)
}
"""Per kind of value the range of signs that stand for it, as in a character class."""

_MARKED = re.compile(
    r"[《〈「『]([^《》〈〉「」『』]{1,80})[》〉」』]|[“\"]([^“”\"]{1,60})[”\"]|[《〈]([^《》〈〉]{1,80})$"
)
_CLAUSES = re.compile(r"[,，。;；!！?？…\n]+|(?<!\d):(?!\d)|:(?=\D)")
_JOINERS = frozenset("-/:.")


@dataclass(frozen=True, slots=True)
class Tag:
    """What one sign stands for: its kind, the stretch of the source, and the named parts its pattern found there."""

    kind: str
    start: int
    end: int
    parts: Mapping[str, tuple[int, int]] = field(default_factory=dict)
    said: Mapping[str, str] = field(default_factory=dict)
    """The parts as they stood after normalising (礼拜 is 周)."""


@dataclass(frozen=True, slots=True)
class Line:
    """A sentence as it is matched: `text`, one sign each; `spans` says which stretch of `source` each sign is.

    `source` is the cleaned words, or the syllables where the sentence was heard.
    """

    source: Sequence[str]
    text: str
    spans: tuple[tuple[int, int], ...]
    tags: Mapping[str, Tag] = field(default_factory=dict)

    def span(self, start: int, end: int) -> tuple[int, int]:
        """The stretch of the source that signs `start` to `end` came from."""
        if start >= end:
            return (0, 0)
        return min(one[0] for one in self.spans[start:end]), max(one[1] for one in self.spans[start:end])

    def part(self, start: int, end: int) -> Line:
        """Signs `start` to `end` as a line of their own."""
        return replace(self, text=self.text[start:end], spans=self.spans[start:end])


def clean(text: str, locale: Locale, longest: int = LONGEST) -> str:
    """Typed words made plain: NFKC, no control signs, no emoji, one blank at a time, in the script of the sentences."""
    text = unicodedata.normalize("NFKC", text[: longest * 2])
    kept = "".join(sign if _readable(sign) else " " for sign in text)
    return locale.incoming(" ".join(kept.split())[:longest])


def clauses(text: str) -> list[tuple[int, int]]:
    """The stretches of cleaned `text` between marks of punctuation."""
    found: list[tuple[int, int]] = []
    start = 0
    marked = [match.span() for match in _MARKED.finditer(text)]
    for mark in _CLAUSES.finditer(text):
        if not any(first < mark.start() < last for first, last in marked):
            found.append((start, mark.start()))
            start = mark.end()
    found.append((start, len(text)))
    return [(first, last) for first, last in found if text[first:last].strip()]


def line(
    source: str, locale: Locale, start: int = 0, end: int | None = None, *, tagged: bool = True, light: bool = True
) -> Line:
    """Cleaned words (or a stretch of them) as they are matched; fillers at both ends still stand.

    Without `tagged`, values stay words ("明天见" is a farewell, no date); without `light`, 给我 and the like stay.
    """
    end = len(source) if end is None else end
    spaced = bool(locale.words.get("spaced"))
    signs: list[str] = []
    spans: list[tuple[int, int]] = []
    tags: dict[str, Tag] = {}
    at = start
    while at < end:
        marked = _MARKED.match(source, at, end)
        if marked and (content := next(n for n in (1, 2, 3) if marked[n])):
            tag = Tag("marked", marked.start(content), marked.end(content))
            _add_tag(tags, tag, signs)
            spans.append(marked.span())
            at = marked.end()
            continue
        for sign in source[at].casefold():
            if sign.isalnum() or (sign in _JOINERS and _between_digits(source, at)) or (spaced and sign == "'"):
                signs.append(sign)
                spans.append((at, at + 1))
            elif spaced and signs and signs[-1] != " ":
                signs.append(" ")
                spans.append((at, at + 1))
        at += 1
    while signs and signs[-1] == " ":
        signs.pop()
        spans.pop()
    plain = Line(source, "".join(signs), tuple(spans), tags)
    return prepared(plain, locale, WRITTEN, tagged=tagged, light=light)


def prepared(plain: Line, locale: Locale, spelling: Spelling, *, tagged: bool = True, light: bool = True) -> Line:
    """`plain` with one word for many, without the light words, with tags for values."""
    rules = wording(locale, spelling)
    plain = _replaced(plain, rules.same, rules.same_by)
    if rules.light and light:
        plain = _replaced(plain, rules.light, {})
    for kind, pattern in rules.spans if tagged else ():
        plain = _tagged(plain, kind, pattern)
    return plain


def stripped(plain: Line, locale: Locale, spelling: Spelling = WRITTEN) -> Line:
    """`plain` without the fillers at its front and end; something always remains."""
    rules = wording(locale, spelling)
    start = len(plain.text) - len(plain.text.lstrip())
    end = max(start, len(plain.text.rstrip()))
    while rules.first and start < end - 1 and _syllable(plain, start) in rules.first:
        start += 1
    while rules.last and end - 1 > start and _syllable(plain, end - 1) in rules.last:
        end -= 1
    moved = True
    while moved:
        moved = False
        front = rules.lead.match(plain.text, start, end) if rules.lead else None
        if front and start < front.end() < end:
            start = front.end()
            while start < end and plain.text[start] == " ":
                start += 1
            moved = True
        back = rules.trail.search(plain.text, max(start, end - LONGEST_FILLER), end) if rules.trail else None
        if back and start < back.start() < back.end():
            end = back.start()
            while end > start and plain.text[end - 1] == " ":
                end -= 1
            moved = True
    return plain.part(start, end) if (start, end) != (0, len(plain.text)) else plain


def without_tags(plain: Line, kinds: frozenset[str]) -> Line:
    """`plain` without the tags of these kinds (a date said in passing)."""
    keep = [
        place for place, sign in enumerate(plain.text) if sign not in plain.tags or plain.tags[sign].kind not in kinds
    ]
    if len(keep) == len(plain.text):
        return plain
    text = "".join(plain.text[place] for place in keep)
    return replace(plain, text=text, spans=tuple(plain.spans[place] for place in keep))


def _syllable(plain: Line, at: int) -> str:
    """The source's syllable behind one sign of a line of sounds; "" for a sign that stands for more than one."""
    first, last = plain.spans[at]
    return plain.source[first] if last - first == 1 and plain.text[at] not in plain.tags else ""


def _replaced(plain: Line, pattern: re.Pattern[str], by: Mapping[str, str]) -> Line:
    """Every match put as `by` says (nothing if it says nothing); the new signs share the stretch of the old."""
    if not pattern.search(plain.text):
        return plain
    text: list[str] = []
    spans: list[tuple[int, int]] = []
    at = 0
    for match in pattern.finditer(plain.text):
        if match.start() == match.end() or (len(match[0]) == len(plain.text) and not by):
            continue
        text.append(plain.text[at : match.start()])
        spans += plain.spans[at : match.start()]
        new = by.get(str(match.lastgroup), "")
        text.append(new)
        spans += [plain.span(match.start(), match.end())] * len(new)
        at = match.end()
    text.append(plain.text[at:])
    spans += plain.spans[at:]
    return replace(plain, text="".join(text), spans=tuple(spans))


def _tagged(plain: Line, kind: str, pattern: re.Pattern[str]) -> Line:
    """Every match of `pattern` replaced by a tag's sign."""
    if not pattern.search(plain.text):
        return plain
    tags = dict(plain.tags)
    signs: list[str] = []
    spans: list[tuple[int, int]] = []
    at = 0
    for match in pattern.finditer(plain.text):
        if kind == "isbn" and not _like_an_isbn(match[0]):
            continue
        start, end = plain.span(*match.span())
        groups = [(name, found) for name, found in match.groupdict().items() if found is not None]
        tag = Tag(
            kind,
            start,
            end,
            {_part(name): plain.span(*match.span(name)) for name, _ in groups},
            {_part(name): found for name, found in groups},
        )
        signs += plain.text[at : match.start()]
        spans += plain.spans[at : match.start()]
        if _add_tag(tags, tag, signs):
            spans.append((start, end))
        else:
            signs += match[0]
            spans += plain.spans[match.start() : match.end()]
        at = match.end()
    signs += plain.text[at:]
    spans += plain.spans[at:]
    return replace(plain, text="".join(signs), spans=tuple(spans), tags=tags)


def _part(group: str) -> str:
    """The name of a part: a second group of the same part ends in a number."""
    return group.rsplit("_", 1)[0] if group[-1].isdigit() else group


def _add_tag(tags: dict[str, Tag], tag: Tag, signs: list[str]) -> bool:
    """A free sign of the tag's kind is put at the end of `signs`; False if none is left."""
    first = _FIRST_TAG + KINDS.index(tag.kind) * _PER_KIND
    for sign in map(chr, range(first, first + _PER_KIND)):
        if sign not in tags:
            tags[sign] = tag
            signs.append(sign)
            return True
    return False


def _like_an_isbn(said: str) -> bool:
    """Ten digits are an ISBN only if the check digit is right; thirteen that begin as one, and spoken ones, always."""
    plain = said.replace("-", "")
    return not plain.isascii() or " " in plain or len(plain) == 13 or (len(plain) == 10 and bool(isbn(plain)))


def _readable(sign: str) -> bool:
    kind = unicodedata.category(sign)
    return kind[0] in "LNP" or (kind in ("Zs", "Sm", "Sc", "Mn", "Mc") and sign != "\ufe0f")


def _between_digits(source: str, at: int) -> bool:
    if not 0 < at < len(source) - 1:
        return False
    return source[at - 1].isdigit() and (source[at + 1].isdigit() or source[at + 1] in "xX")
