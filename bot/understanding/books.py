"""What a stretch of words says about a book: title, author, subject, format, ordinal, ISBN, how many.

"余华的《活着》", "养花的书", "第二本", "harry potter by rowling" stand in the same places of a sentence; patterns
that take them apart are data (words.yaml: book). Whether a library holds such a book is the catalogue's business: where
the words can be read in two ways, the other reading goes along as `others` of the title.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import cache
from typing import Any

from bot.locales import Locale
from bot.understanding.meaning import Phrase, SlotValue
from bot.understanding.normalise import Line, Tag
from bot.understanding.spelling import compiled

LONGEST_TITLE = 80
_AS_SAID = 0.9
"""How likely the word for "one of these" at the end belongs to the title itself (他的国, but also 目的)."""
_EDGES = " ,，。.;；:：!！?？、·-—“”\"'‘’()（）《》〈〉「」『』"

Value = Callable[[Tag], SlotValue | None]


def book(part: Line, locale: Locale, value: Value) -> dict[str, SlotValue] | None:
    """The slots that `part` of a typed sentence fills; {} where it only points ("这本"), None where it is no book.

    `value` tells what a tag is worth (an ordinal, an ISBN).
    """
    slots: dict[str, SlotValue] = {}
    first, last = part.span(0, len(part.text))
    marks = [part.tags[sign] for sign in part.text if sign in part.tags]
    for tag in marks:
        if tag.kind == "marked":
            return _marked(part, tag, locale, slots)
    if len(part.text) == 1 and marks and marks[0].kind in ("ordinal", "isbn"):
        found = value(marks[0])
        return {marks[0].kind: found} if found is not None else None
    text = str(part.source[first:last]).strip(_EDGES)
    for tag in marks:
        if tag.kind in ("ordinal", "isbn") and (tag.start == first or tag.end == last):
            rest = str(part.source[first : tag.start]) + str(part.source[tag.end : last])
            found = value(tag)
            if found is not None and _pointing(rest.strip(_EDGES), locale):
                return {tag.kind: found}
    return named(text, locale, slots)


def named(text: str, locale: Locale, slots: dict[str, SlotValue] | None = None) -> dict[str, SlotValue] | None:
    """The slots of a book named by `text`, as `book` gives them."""
    slots = {} if slots is None else slots
    text, found = _format(_trimmed(text, locale), locale)
    if found:
        slots["format"] = found
        text = _trimmed(text, locale)
    if not text or _pointing(text, locale):
        return slots
    if len(text) > LONGEST_TITLE or compiled(_entry(locale, "not_a_book") or r"(?!)").search(text.casefold()):
        return slots or None
    for pattern in _patterns(locale):
        match = pattern.fullmatch(text)
        if match and (taken := _taken(match, locale)) is not None:
            slots.update(taken)
            return slots
    bare = compiled(_entry(locale, "book").get("one_of", r"(?!)")).sub("", text)
    for slot, listed in (("subject", "subjects"), ("author", "authors")):
        if bare.casefold() in _listed(locale, listed) and (slot == "subject" or bare != text):
            slots[slot] = Phrase(bare)
            return slots
    slots["title"] = Phrase(text) if bare == text else Phrase(bare, others=(Phrase(text, weight=_AS_SAID),))
    return slots


def _marked(part: Line, tag: Tag, locale: Locale, slots: dict[str, SlotValue]) -> dict[str, SlotValue]:
    """A title in book-title marks: what stands before it may be its author, a format may stand on either side."""
    source = part.source
    first, last = part.span(0, len(part.text))
    slots["title"] = Phrase(str(source[tag.start : tag.end]).strip())
    before = re.sub(r"[《〈「『“\"]$", "", str(source[first : tag.start])).strip(_EDGES)
    after = str(source[tag.end : last]).strip(_EDGES)
    for rest in (before, after):
        plain, found = _format(rest, locale)
        if found:
            slots["format"] = found
        match = compiled(_entry(locale, "book").get("by", r"(?!)")).fullmatch(_trimmed(plain, locale))
        if match and match["author"]:
            slots["author"] = Phrase(match["author"].strip())
    return slots


def _taken(match: re.Match[str], locale: Locale) -> dict[str, SlotValue] | None:
    parts = {name: said.strip(_EDGES) for name, said in match.groupdict().items() if said and said.strip(_EDGES)}
    if "name" in parts:
        name = parts.pop("name")
        if "title" not in parts and name.casefold() in _listed(locale, "subjects"):
            return {"subject": Phrase(name)}
        if not looks_like_a_name(name, locale):
            return None
        parts["author"] = name
        if "title" in parts and name.casefold() not in _listed(locale, "authors"):
            whole = Phrase(match[0], weight=0.5)
            return {"author": Phrase(name), "title": Phrase(parts["title"], others=(whole,))}
    return {slot: Phrase(said) for slot, said in parts.items()}


def looks_like_a_name(text: str, locale: Locale) -> bool:
    """Whether `text` is a person's name: a well-known author, or a surname and one or two signs more."""
    if text.casefold() in _listed(locale, "authors"):
        return True
    words = _entry(locale, "book")
    surname = words.get("surnames")
    if not surname:
        return False
    if "·" in text:
        return True
    return 2 <= len(text) <= 3 and bool(re.match(surname, text)) and not re.match(words["not_names"], text)


def _format(text: str, locale: Locale) -> tuple[str, str]:
    """A format named at either end of `text`, and what remains of the text."""
    for pattern in _entry(locale, "book").get("formats", ()):
        match = compiled(pattern["match"]).search(text)
        if match:
            return (text[: match.start()] + text[match.end() :]).strip(_EDGES), str(pattern["format"])
    return text, ""


def _trimmed(text: str, locale: Locale) -> str:
    words = _entry(locale, "book")
    front, back = compiled(words.get("front", r"(?!)")), compiled(words.get("back", r"(?!)"))
    before = ""
    while text and text != before:
        before = text
        match = front.match(text)
        if match and 0 < match.end() < len(text):
            text = text[match.end() :].strip(_EDGES)
        match = back.search(text)
        if match and 0 < match.start() < match.end():
            text = text[: match.start()].strip(_EDGES)
    return text


def _pointing(text: str, locale: Locale) -> bool:
    return not text or bool(compiled(_entry(locale, "book").get("pointing", r"(?!)")).fullmatch(text.casefold()))


def is_subject(text: str, locale: Locale) -> bool:
    """Whether `text` is nothing but a subject as readers call them (history)."""
    return text.casefold().strip(_EDGES) in _listed(locale, "subjects")


def surely_books(text: str, locale: Locale) -> bool:
    """Whether `text` asks for books about something, whatever else it sounds like (words.yaml: surely_books)."""
    source = _entry(locale, "surely_books")
    return bool(source) and bool(compiled(source).search(text.casefold().strip(_EDGES)))


def prepare(locale: Locale) -> None:
    """Compile now how books are named."""
    named("?", locale)
    _patterns(locale)
    for key in ("subjects", "authors"):
        _listed(locale, key)


@cache
def _patterns(locale: Locale) -> tuple[re.Pattern[str], ...]:
    return tuple(re.compile(source, re.IGNORECASE) for source in _entry(locale, "book").get("patterns", ()))


@cache
def _listed(locale: Locale, key: str) -> frozenset[str]:
    return frozenset(str(one).casefold() for one in _entry(locale, "book").get(key, ()))


def _entry(locale: Locale, key: str) -> Any:
    return locale.words.get(key, {})
