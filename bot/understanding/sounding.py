"""Sentences read by their sounds: syllables held against the templates, first exactly, then folded.

Used for what was heard, and for typed words that fit no sentence as they are written (续接 for 续借, "xu jie").
"""

from __future__ import annotations

from dataclasses import replace

from bot.locales import Locale
from bot.understanding.matching import Reading, readings
from bot.understanding.meaning import Around, Meaning, Phrase, SlotValue
from bot.understanding.normalise import Line, clean, line, prepared, stripped
from bot.understanding.respelling import respelled
from bot.understanding.spelling import sounds_of_locale
from bot.understanding.templates import WILD, templates
from bot.understanding.typed import FINDING, in_spelling, meanings, no_object
from bot.understanding.values import Cutter
from catalog.search.readings import encode_syllables, has_han, syllables
from catalog.search.sounds import parse_syllables
from speech.recognition import Hypothesis, Transcript

MOST_SYLLABLES = 120
BY_SOUND, BY_SOUND_FOLDED = 0.95, 0.855
_FOLDED = 0.75


def readings_by_sound(
    heard: tuple[str, ...], text: str, cutter: Cutter, *, ways: tuple[bool, ...] = (False, True)
) -> list[tuple[float, Meaning]]:
    """The meanings of syllables with their ranks; `text` is how they were written, "" if they were not.

    `ways` says whether the sounds are folded: both by default.
    """
    found: list[tuple[float, Meaning]] = []
    said = text or respelled(heard, cutter.locale)
    written = characters(text, heard, cutter.locale)
    for folded in ways:
        worth, sure = (_FOLDED, BY_SOUND_FOLDED) if folded else (1.0, BY_SOUND)
        spelling = sounds_of_locale(cutter.locale, folded=folded)
        spoken = line_of_sounds(heard, cutter.locale, folded=folded)
        enough = [one for one in in_spelling(spoken, cutter, spelling) if _says_enough(one, folded)]
        by_ear = meanings(enough, said, cutter, templates(cutter.locale, spelling), sureness=sure)
        found += ((rank * worth * BY_SOUND, spelled(meant, heard, written)) for rank, meant in by_ear)
    return [pair for pair in found if not _no_object(pair[1], cutter.locale)]


def said_plainly(said: Transcript, intent: str, locale: Locale, *, politely: bool = False) -> bool:
    """Whether the likeliest hypothesis is, sound for sound and with no word passed over, a sentence of `intent`.

    `politely`: words around it ("please", "for me") may be passed over, where two syllables at least are left.
    """
    spelling = sounds_of_locale(locale, folded=False)
    spoken = line_of_sounds(sounds_of(said.hypotheses[0]), locale, folded=False)
    lines = (spoken, stripped(spoken, locale, spelling)) if politely else (spoken,)
    return any(
        one.whole and not one.wild and one.intent == intent and (one.line is spoken or one.literal > 1)
        for each in lines
        for one in readings(each, templates(locale, spelling))
    )


def books_said(said: Transcript, locale: Locale) -> list[Meaning]:
    """The wishes for a book that fit by their sounds, each with its free words as the title, the longest first."""
    best = said.hypotheses[0]
    heard = sounds_of(best)
    spelling = sounds_of_locale(locale, folded=False)
    spoken = stripped(line_of_sounds(heard, locale, folded=False), locale, spelling)
    written = characters(clean(best.text, locale), heard, locale)
    found: dict[tuple[int, int], Meaning] = {}
    for one in readings(spoken, templates(locale, spelling)):
        slots = [(start, end) for slot, start, end in one.slots if slot == "book"]
        if one.whole and one.intent in FINDING and len(slots) == len(one.slots) == 1:
            first, last = spoken.spans[slots[0][0]][0], spoken.spans[slots[0][1] - 1][1]
            title = Phrase(
                written[first:last], " ".join(heard[first:last]), True, around=(Around(heard[:first], heard[last:]),)
            )
            found[first, last] = Meaning(one.intent, {"title": title}, BY_SOUND)
    return [found[stretch] for stretch in sorted(found, key=lambda stretch: stretch[0] - stretch[1])]


def _no_object(meant: Meaning, locale: Locale) -> bool:
    """Whether the characters of a title say that it is none ("那个预约我不" of 我不要了)."""
    title = meant.slots.get("title")
    return isinstance(title, Phrase) and meant.intent not in FINDING and no_object(title, locale)


def sounds_of(one: Hypothesis) -> tuple[str, ...]:
    """The toned syllables of a hypothesis, whichever way it is written."""
    return (parse_syllables(one.syllables) if one.syllables else syllables(one.text))[:MOST_SYLLABLES]


def line_of_sounds(heard: tuple[str, ...], locale: Locale, *, folded: bool = True) -> Line:
    """Syllables as a line to be matched: a sign for each, folded or exact but for the tone."""
    spelling = sounds_of_locale(locale, folded=folded)
    signs: list[str] = []
    spans: list[tuple[int, int]] = []
    for at, one in enumerate(heard):
        for sign in spelling.of(encode_syllables((one,))):
            signs.append(sign)
            spans.append((at, at + 1))
    return prepared(Line(heard, "".join(signs), tuple(spans)), locale, spelling)


def _says_enough(one: Reading, folded: bool) -> bool:
    """One syllable beside free words is too little by sound, but for a wish ("借…", "听…") at the front.

    Behind the free words it takes two, folded three: 占 sounds like 长.
    """
    free = [start for slot, start, _ in one.slots if slot in WILD]
    if not one.wild:
        return True
    if not free or free[0] > 0:
        return one.literal > 1 or one.intent in ("find_title", "find_audiobook")
    return one.literal > (2 if folded else 1)


def characters(text: str, heard: tuple[str, ...], locale: Locale) -> str:
    """The hypothesis's characters, one for each syllable, or "" if they do not go together."""
    signs = line(text, locale, tagged=False).text if text else ""
    plain = "".join(sign for sign in text if has_han(sign))
    return plain if len(plain) == len(heard) and signs else ""


def spelled(meant: Meaning, heard: tuple[str, ...], written: str) -> Meaning:
    """Phrases of sounds with the characters the recognizer wrote for them, where it wrote any."""
    if not written:
        return meant

    def with_characters(value: SlotValue) -> SlotValue:
        if not isinstance(value, Phrase) or value.text or not value.syllables:
            return value
        wanted = value.syllables.split()
        for at in range(len(heard) - len(wanted) + 1):
            if list(heard[at : at + len(wanted)]) == wanted:
                return replace(value, text=written[at : at + len(wanted)])
        return value

    return replace(meant, slots={slot: with_characters(value) for slot, value in meant.slots.items()})
