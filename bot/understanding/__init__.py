"""From what a patron said to what was meant: plain, deterministic, quick, and never an error, whatever was said.

`understand` is the one way in. Typed words are held against the locale's templates (typed.py), heard ones against the
same templates by sound (heard.py); the moment of the talk decides between readings (moment.py). A bare phrase is a wish
for a book unless it sounds like talk (talk.py). What is taken back counts no more (correcting.py), and what is refused
is never an act (refusing.py). Nothing here acts, and nothing here knows the catalogue: whether there
is such a book is asked later.
"""

from __future__ import annotations

import re
from datetime import date

from bot.locales import Locale, load
from bot.messages import Choice, Utterance
from bot.understanding.meaning import Meaning, Moment, Phrase
from bot.understanding.normalise import LONGEST_LETTER
from bot.understanding.values import Cutter
from speech.recognition import Hypothesis, Transcript

__all__ = ["prepare", "understand"]

POINT = re.compile(r"\s*(?:geo:)?\s*(-?\d{1,2}\.\d+)\s*[,，]\s*(-?\d{1,3}\.\d+)(?:[;?].*)?\s*")
"""A place on the map as channels and telephones share it (RFC 5870): latitude, longitude. It asks what is near."""


def prepare(locale: Locale) -> None:
    """Read and compile everything `understand` needs for `locale`, so that no reader waits: some seconds of a core."""
    from bot.understanding import books, nearby, numbers, resemblance, respelling, talk, written
    from bot.understanding.spelling import WRITTEN, sounds_of_locale
    from bot.understanding.templates import templates
    from bot.understanding.wording import wording

    grammar = locale.grammar
    spellings = [WRITTEN]
    if grammar.language == "zh":
        spellings += [sounds_of_locale(grammar, folded=False), sounds_of_locale(grammar)]
    for spelling in spellings:  # what typed words need comes first: a reader may be waiting already
        wording(grammar, spelling)
        for template in templates(grammar, spelling).all:
            template.compile()
        if spelling is WRITTEN:
            for part in (talk, books, resemblance, written):
                part.prepare(grammar)
    for numeral in grammar.words["numbers"].get("numerals", ())[:2]:
        numbers.number(numeral, grammar.words["numbers"])  # cn2an takes a quarter of a second to load
    if len(spellings) > 1:
        nearby.forms(grammar)
        respelling.prepare(grammar)
    for tag in grammar.understands:
        foreign = load(tag, grammar.folder.parent)
        for template in templates(foreign, WRITTEN).all:
            template.compile()
    for said in (Utterance("?" + locale.name), Transcript((Hypothesis(syllables="a1 o1 e4 yi1 wu3"),))):
        understand(said, locale=locale, moment=Moment(), today=date(2026, 1, 1))


def understand(said: Utterance | Choice | Transcript, *, locale: Locale, moment: Moment, today: date) -> Meaning:
    """What `said` means at this moment of the talk, on this day. Intent `none`, without slots, where nothing does."""
    from bot.understanding.heard import understand_heard
    from bot.understanding.refusing import as_wished
    from bot.understanding.written import understand_typed

    if isinstance(said, Choice):
        return Meaning("choose", {"ordinal": said.number})
    cutter = Cutter(locale.grammar, today)
    if isinstance(said, Utterance) and (point := POINT.fullmatch(said.text[:LONGEST_LETTER])):
        return Meaning("branch_info", {"place": Phrase(f"geo:{point[1]},{point[2]}")}, 0.99, said.text)
    if isinstance(said, Utterance):
        meant = understand_typed(locale.incoming(said.text[:LONGEST_LETTER]), cutter, moment)
    else:
        meant = understand_heard(said, cutter, moment)
    return as_wished(meant, locale.grammar)
