"""Heard words to a meaning: every hypothesis held against the sentences by sound, and the one that makes sense wins.

A recognizer writes homophones (续接, 或者) or only syllables, so Chinese is compared as folded syllables, with the same
templates as typed words (spelling.py) and, where none fits exactly, with the nearest by weighted distance (nearby.py).
Slots stay sounds: the catalogue tells later which title they are. What is doubtful is `none` with rivals, so that the
dialogue asks back; nothing is guessed into an act.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import replace

from bot.locales import Locale
from bot.understanding import around
from bot.understanding.correcting import joined, taken_back_by_sound
from bot.understanding.meaning import Meaning, Moment, Phrase, SlotValue
from bot.understanding.misheard import RIGHT
from bot.understanding.moment import Said, settled
from bot.understanding.nearby import FREE, Near, nearest_sentences
from bot.understanding.normalise import Line, clauses, clean, line, stripped
from bot.understanding.respelling import respelled
from bot.understanding.sounding import (
    BY_SOUND,
    BY_SOUND_FOLDED,
    characters,
    line_of_sounds,
    readings_by_sound,
    sounds_of,
    spelled,
)
from bot.understanding.spelling import compiled, sounds_of_locale
from bot.understanding.talk import is_talk_by_sound
from bot.understanding.typed import FINDING, candidates
from bot.understanding.values import Cutter
from bot.understanding.weighing import (
    FLATTER,
    NOT_FIRST,
    Weighed,
    already,
    at_this_moment,
    by_sound,
    explained,
    free_size,
    free_words,
    shares,
    sure,
    trusted,
    weighed,
)
from bot.understanding.written import NOTHING, by_resemblance, only_yes, understand_typed
from catalog.search.readings import encode_syllables, has_han, syllables
from catalog.search.sounds import fold_codes
from speech.recognition import Hypothesis, Sound, Transcript

MOST_OTHERS = 6
"""Further readings that go along with a phrase."""
SEVERAL = 3
"""So many sentences of an intent come into question where the sound can tell which it was: 借 misheard looks like the
first sign of a title."""
ASKED = 40
"""Of so many sentences at most the sound is asked."""
_LONGEST_TITLE = 14
_RESEMBLED_ENOUGH = 0.66
FLOOR = 0.5
"""Below this confidence nothing is taken as said: the dialogue asks which of the likeliest it was."""
_PERHAPS_A_TITLE = 0.75
"""Below this confidence all that was said goes along as a title: the catalogue may have such a book."""
_MOST_RIVALS = 3
_FULLER = 4.0
"""So many nats more a reading may cost that takes for a title what the likeliest one passes over."""
_SHORTEST_MATTER = 2
"""Syllables of what books are about: of one alone too little is heard."""
_SURE = 0.95
"""No reading by sound alone is surer."""


def understand_heard(said: Transcript, cutter: Cutter, moment: Moment) -> Meaning:
    """What was heard means now; `none` for silence, noise and talk, with rivals where something was almost clear."""
    hypotheses = sorted(said.hypotheses, key=lambda one: -one.weight)
    hypotheses = [one for one in hypotheses if one.text.strip() or one.syllables.strip()]
    if not hypotheses:
        return NOTHING
    if cutter.locale.language != "zh" or not any(one.syllables or has_han(one.text) for one in hypotheses):
        return _trusted(understand_typed(hypotheses[0].text or hypotheses[0].syllables, cutter, moment), said)
    if parts := taken_back_by_sound(sounds_of(hypotheses[0]), cutter.locale):
        before, after = (understand_heard(_spoken(part, said), cutter, moment) for part in parts)
        if after.intent == "none":
            after = next((one for one in after.rivals if one.intent == "find_title"), after)
        if after.intent != "none":
            meant = replace(joined(before, after), reading=respelled(sounds_of(hypotheses[0]), cutter.locale))
            return around.unplaced(meant)
    first = hypotheses[0]
    heard = sounds_of(first)
    core = _core(heard, cutter.locale)
    asked = Said(clean(first.text, cutter.locale) or respelled(heard, cutter.locale), core, cutter)
    several = [*_found(hypotheses, cutter, said.sound), *_books_about(core, cutter, heard)]
    found = [at_this_moment(one, moment) for one in several]
    talk = is_talk_by_sound(core.text, cutter.locale)
    sizes = [(len(sounds_of(one)), already(one, first)) for one in hypotheses]
    guesses, nothing = shares(found, free_words(sizes, talk=talk))
    best = _with_others(_fuller(guesses[0], found), found) if guesses else None
    best = replace(best, confidence=sure(best, found, hypotheses)) if best else None
    if best is None or best.confidence < max(FLOOR, nothing):
        guess = None if talk else by_resemblance(_in_characters(asked))
        if guess is not None and guess.confidence >= _RESEMBLED_ENOUGH:
            best, guesses = guess, [guess, *(one for one in guesses if one.intent != guess.intent)]
        elif best is None or best.confidence < nothing:
            best = None
    if best is None:
        settled_now = settled(None, asked, moment)
        bare = _bare(core, asked, first, tuple(map(_to_ask, guesses[:_MOST_RIVALS])))
        return _trusted(_read(settled_now, heard, asked) if settled_now else bare, said)
    rivals = tuple(map(_to_ask, guesses[1 : 1 + _MOST_RIVALS]))
    best = replace(best, confidence=min(_SURE, best.confidence), rivals=rivals)
    meant = settled(best, asked, moment) or best
    written = clean(first.text, cutter.locale)
    if meant.intent == "yes" and moment.state == "confirming" and len(clauses(written)) > 1:
        meant = only_yes(replace(meant, confidence=_SURE), written, cutter, moment)
    if meant.intent == best.intent and best.confidence < _PERHAPS_A_TITLE:
        bare = replace(_bare(core, asked, first, ()), confidence=round(nothing**0.5, 3))
        others = [*rivals, *([bare] if bare.intent != "none" else ())]
        others.sort(key=lambda one: -one.confidence)
        if best.confidence < FLOOR:
            meant = replace(NOTHING, reading=bare.reading, rivals=(_to_ask(best), *others))
        else:
            meant = replace(meant, rivals=tuple(others))
    return _trusted(_read(meant, heard, asked), said)


def _to_ask(meant: Meaning) -> Meaning:
    """A rival: what is a little likely is worth a question."""
    return replace(meant, confidence=round(meant.confidence**0.5, 3))


def _core(heard: tuple[str, ...], locale: Locale) -> Line:
    """What was heard, without fillers."""
    return stripped(line_of_sounds(heard, locale), locale, sounds_of_locale(locale))


def _found(hypotheses: list[Hypothesis], cutter: Cutter, sound: Sound | None) -> list[Weighed]:
    """The meanings of every hypothesis: of its characters and sounds as they stand, and of the sentences near them."""
    found: list[Weighed] = []
    lines: list[tuple[Line, float]] = []
    for place, one in enumerate(hypotheses):
        heard, more = sounds_of(one), already(one, hypotheses[0])
        for meant, cost in _of_hypothesis(one, heard, cutter):
            found.append(weighed(cost + more, meant, len(heard), exact=True, of=place))
        lines += [(_core(heard, cutter.locale), more)]
    heard = sounds_of(hypotheses[0])
    lines.append((line_of_sounds(heard, cutter.locale), 0.0))
    nearest = nearest_sentences(lines, cutter, several=SEVERAL if sound else 1)
    for near, told in zip(nearest, _told(nearest, sound), strict=True):
        cost = by_sound(near.cost, told, len(near.said), free_size(near.meant))
        found.append(weighed(cost, near.meant, len(heard), exact=False, of=near.place % len(hypotheses)))
    found = [_placed(one, sounds_of(hypotheses[one.of])) for one in found]
    return [one for one in found if not _refused(one.meant, cutter.locale)]


def _books_about(core: Line, cutter: Cutter, heard: tuple[str, ...]) -> list[Weighed]:
    """What ends as the books about something are asked for ("养花的书"), as that: no command that shares an end."""
    source = cutter.locale.words.get("heard", {}).get("books")
    if not source or not compiled(sounds_of_locale(cutter.locale).pattern(source)).search(core.text):
        return []
    slots = cutter.slot(core, "book", 0, len(core.text)) or {}
    free = sum(len(value.syllables.split()) for value in slots.values() if isinstance(value, Phrase))
    if free < _SHORTEST_MATTER or not set(slots) <= {"subject", "author"}:
        return []
    meant = Meaning("find_title", slots)
    return [_placed(weighed(FREE * free + RIGHT * (len(core.text) - free), meant, len(heard), exact=False), heard)]


def _told(nearest: Sequence[Near], sound: Sound | None) -> list[float | None]:
    """How likely the sound is for the cheapest of the sentences; None for the others."""
    told: list[float | None] = [None] * len(nearest)
    whole = sorted((place for place, near in enumerate(nearest) if near.said), key=lambda place: nearest[place].cost)
    if sound is not None and whole:
        asked = whole[:ASKED]
        for place, one in zip(asked, sound.likelihoods([nearest[place].said for place in asked]), strict=True):
            told[place] = one
    return told


def _placed(one: Weighed, heard: tuple[str, ...]) -> Weighed:
    """The reading, with what was heard around its free words."""
    cost = max(0.0, one.cost - FREE * free_size(one.meant))
    slots = {
        slot: around.as_heard(value, heard, cost) if isinstance(value, Phrase) else value
        for slot, value in one.meant.slots.items()
    }
    return replace(one, meant=replace(one.meant, slots=slots))


def _refused(meant: Meaning, locale: Locale) -> bool:
    """Whether the free words of an act end in a no that belongs to the act ("三体不 | 续借")."""
    source = locale.words.get("heard", {}).get("refusing")
    if not source or meant.intent in FINDING:
        return False
    pattern = sounds_of_locale(locale).pattern(source)
    said = (value for value in meant.slots.values() if isinstance(value, Phrase) and value.syllables)
    return any(compiled(pattern).search(fold_codes(encode_syllables(value.syllables.split()))) for value in said)


def _spoken(heard: tuple[str, ...], of: Transcript) -> Transcript:
    """A part of what was heard."""
    return Transcript((Hypothesis(syllables=" ".join(heard)),), of.confidence)


def _in_characters(asked: Said) -> Said:
    """What was heard as if it had been typed, as far as its words are known."""
    text = clean(asked.text, asked.locale)
    return Said(text, stripped(line(text, asked.locale), asked.locale), asked.cutter)


def _of_hypothesis(one: Hypothesis, heard: tuple[str, ...], cutter: Cutter) -> Iterator[tuple[Meaning, float]]:
    """The meanings of one hypothesis with what each costs: its characters as they stand, and its sounds."""
    text = clean(one.text, cutter.locale)
    if text and has_han(text):
        for place, (_, meant) in enumerate(candidates(text, cutter)):
            yield _sounding(meant), explained(meant, len(heard), 1.0, folded=False) + NOT_FIRST * bool(place)
    for folded, sureness in ((False, BY_SOUND), (True, BY_SOUND_FOLDED)):
        for place, (_, meant) in enumerate(readings_by_sound(heard, text, cutter, ways=(folded,))):
            yield meant, explained(meant, len(heard), sureness, folded=folded) + NOT_FIRST * bool(place)


def _sounding(meant: Meaning) -> Meaning:
    """Slots cut from recognised characters, with their sounds: the characters are a guess."""
    return replace(meant, slots={slot: _with_sounds(value) for slot, value in meant.slots.items()})


def _with_sounds(value: SlotValue) -> SlotValue:
    if not isinstance(value, Phrase) or value.heard:
        return value
    others = tuple(Phrase(one.text, " ".join(syllables(one.text)), True, one.weight) for one in value.others)
    return Phrase(value.text, " ".join(syllables(value.text)), True, value.weight, others)


def _fuller(best: Meaning, found: list[Weighed]) -> Meaning:
    """The meaning with its title, where it names nothing and a reading of the same intent hardly less likely does.

    我想 ji4 一米的守望送到家里 is a wish for that book, not one for whatever was spoken of before.
    """
    if best.slots:
        return best
    alike = sorted((one for one in found if one.meant.intent == best.intent), key=lambda one: one.cost)
    near = (one.meant.slots.get("title") for one in alike if one.cost <= alike[0].cost + _FULLER)
    title = next((each for each in near if each is not None), None)
    return replace(best, slots={"title": title}) if title else best


def _with_others(best: Meaning, found: list[Weighed]) -> Meaning:
    """The same stretches in the further hypotheses go along with each phrase."""
    alike = sorted((one for one in found if one.meant.intent == best.intent), key=lambda one: one.cost)
    slots = dict(best.slots)
    for slot, value in best.slots.items():
        if not isinstance(value, Phrase):
            continue
        seen = {(value.text, value.syllables), *((one.text, one.syllables) for one in value.others)}
        others = list(value.others)
        for one in alike:
            other = one.meant.slots.get(slot)
            if not isinstance(other, Phrase) or (other.text, other.syllables) in seen:
                continue
            seen.add((other.text, other.syllables))
            weight = round(math.exp(FLATTER * (alike[0].cost - one.cost)), 3)
            others.append(replace(other, weight=max(0.05, weight), others=()))
        ways = around.likeliest(each for one in alike if isinstance(each := one.meant.slots.get(slot), Phrase))
        slots[slot] = replace(value, others=tuple(others[:MOST_OTHERS]), around=ways)
    return replace(best, slots=slots)


def _bare(core: Line, asked: Said, first: Hypothesis, rivals: tuple[Meaning, ...]) -> Meaning:
    """A heard phrase without a command: a title, if it is short and does not sound like talk."""
    start, end = core.span(0, len(core.text))
    heard = core.source[start:end]
    locale = asked.locale
    if not 1 < len(heard) <= _LONGEST_TITLE or is_talk_by_sound(core.text, locale):
        return replace(NOTHING, reading=asked.text, rivals=rivals)
    slots = asked.cutter.slot(core, "book", 0, len(core.text)) or {}
    if not slots:
        return replace(NOTHING, reading=asked.text, rivals=rivals)
    written = characters(clean(first.text, locale), sounds_of(first), locale)
    said = sounds_of(first)
    bare = spelled(Meaning("find_title", slots, 0.5, rivals=rivals), said, written)
    return _read(_placed(Weighed(0.0, bare), said).meant, said, asked)


def _read(meant: Meaning, heard: tuple[str, ...], asked: Said) -> Meaning:
    """The meaning with the sentence as it was read; free words that were only heard stand in pinyin."""
    free = [
        value.syllables
        for value in meant.slots.values()
        if isinstance(value, Phrase) and value.syllables and not value.text
    ]
    if not free and meant.reading:
        return meant
    return replace(meant, reading=respelled(heard, asked.locale, free) if free else asked.text)


def _trusted(meant: Meaning, said: Transcript) -> Meaning:
    """The meaning, less sure where the ear was not sure itself."""
    return replace(meant, confidence=round(meant.confidence * trusted(said.confidence), 3))
