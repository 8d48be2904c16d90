"""Typed words to a meaning: the locale's own sentences, then those of the languages it also understands, then sounds.

What fits no sentence at all is a title if it can be one. The order matters: the surest way to understand comes first.
"""

from __future__ import annotations

from dataclasses import replace
from functools import cache

from rapidfuzz import fuzz, process

from bot.locales import Locale, load
from bot.understanding.books import is_subject, named, surely_books
from bot.understanding.correcting import joined, taken_back
from bot.understanding.meaning import Meaning, Moment, Phrase, SlotValue
from bot.understanding.moment import Said, settled
from bot.understanding.normalise import LONGEST, LONGEST_LETTER, clauses, clean, line, stripped
from bot.understanding.plain_forms import plain_sentences
from bot.understanding.refusing import as_wished, refused_act
from bot.understanding.resemblance import (
    CLEAR,
    LIKE_A_COMMAND_WISHED,
    MUCH_MORE,
    SENTENCE,
    SHORTEST_RESEMBLED,
    SURELY_NOT_TALK,
    least,
    resembled,
)
from bot.understanding.respelling import respelled
from bot.understanding.sounding import readings_by_sound
from bot.understanding.spelling import compiled
from bot.understanding.talk import is_talk, talk_weight
from bot.understanding.templates import templates
from bot.understanding.typed import FINDING, WHOLE_MESSAGE, candidates, with_rivals
from bot.understanding.values import Cutter
from bot.understanding.wished import by_name, gathered, ways
from catalog.search.readings import has_han, syllables
from catalog.search.sounds import parse_syllables, typable

NOTHING = Meaning("none", confidence=0.0)
LONGEST_BARE = 40
POLITE = frozenset({"greet", "thanks"})
SMALL_WORDS = frozenset({"yes", "no", "greet", "thanks", "repeat", "help"})
"""Said before or behind what is really meant ("可以了，放给我听", "听不清，大声点")."""
BOOKS = frozenset({"title", "author", "subject"})
_FOREIGN = 0.9
_MOSTLY_YES, _DOUBTED, _CLEARLY = 0.8, 0.4, 0.85
"""A yes that says less of its sentence than that is doubted; what else is said so clearly goes before it."""
_ENOUGH = 0.72
_HEARD_ENOUGH = 3.4
"""So much of a sentence must be accounted for before typed words are taken by their sound."""
_SLIP = 84.0
_SAYS_SOMETHING = 3.4
_CLEARLY_ALIKE = 0.18
_SURELY_YES = 0.5
"""A yes lets something be done: it must be said, not resembled."""
_BARE = 0.6
"""A bare phrase may be a title, or anything."""
_SERVICE_ALIKE, _SERVICE_NOT_TALK = 0.09, 0.25
"""Where a word of our trade stands (words.yaml: service), less likeness is enough."""


def understand_typed(text: str, cutter: Cutter, moment: Moment) -> Meaning:
    """What typed words mean now; `none` where they mean nothing for a library."""
    cutter = _of_the_script(text, cutter)
    cleaned = clean(text, cutter.locale)
    if not any(sign.isalnum() for sign in cleaned):
        return NOTHING
    if parts := taken_back(cleaned, cutter.locale):
        before, after = parts
        meant = understand_typed(after, cutter, moment)
        if meant.intent != "none":
            return replace(joined(understand_typed(before, cutter, moment) if before else None, meant), reading=cleaned)
    best, first = _native(cleaned, cutter)
    if best is not None and best.intent in POLITE and first is not None and (rest := _behind_greeting(cleaned, cutter)):
        meant = understand_typed(rest, cutter, moment)
        if meant.confidence >= _ENOUGH or (
            meant.intent == "find_title" and talk_weight(rest, cutter.locale) < SENTENCE
        ):
            return replace(meant, reading=cleaned)
    if best is not None and best.intent in POLITE and first is None and (wish := by_name(cleaned, cutter)):
        return replace(ways(wish, cleaned, cutter.locale), reading=cleaned, confidence=_BARE)
    if best is not None and best.intent in FINDING and len(clauses(cleaned)) > 1:
        best = gathered(best, cleaned, cutter)
    core = stripped(line(cleaned, cutter.locale), cutter.locale)
    said = Said(cleaned, core, cutter)
    if best is None or best.confidence < _ENOUGH:
        best = _better(best, _foreign(cleaned, cutter))
    books = surely_books(cleaned, cutter.locale)
    if books and best is not None and best.intent not in FINDING and best.confidence < _ENOUGH:
        best = None
    talk = is_talk(cleaned, cutter.locale)
    if best is None and not said.marked:
        best = (None if talk or books else _by_sound(cleaned, cutter)) or _misspelled(said)
    elif best is not None and _mostly_free(best, said):
        by_ear = _by_sound(cleaned, cutter) if not talk and best.intent not in FINDING else None
        better = by_ear is not None and by_ear.intent == best.intent and _free(by_ear) < _free(best)
        best = by_ear if by_ear is not None and better else best
    if best is None or best.confidence < _ENOUGH or _mostly_free(best, said):
        best = _weighed(best, by_resemblance(said), said)
    found = settled(best, said, moment, first)
    if found is not None and found.intent == "yes" and moment.state == "confirming":
        found = only_yes(found, cleaned, cutter, moment)
    if found is not None:
        if isinstance(found.slots.get("text"), Phrase) and len(cleaned) == LONGEST:
            letter = Phrase(clean(text, cutter.locale, LONGEST_LETTER))
            found = replace(found, slots={**found.slots, "text": letter})
        found = found if said.marked else ways(found, cleaned, cutter.locale)
        return found if found.reading else replace(found, reading=cleaned)
    if moment.state == "asking" and not moment.expects & BOOKS:
        return replace(NOTHING, reading=cleaned)
    bare = _bare(said)
    return bare if said.marked else ways(bare, cleaned, cutter.locale)


def only_yes(found: Meaning, cleaned: str, cutter: Cutter, moment: Moment) -> Meaning:
    """The yes, if nothing else was said but thanks and the act that was asked about; else what else was said, or a yes
    so doubtful that it is asked again ("yes, but wait", "好，等我问问女儿"): nothing is done on half a sentence."""
    agreeing = {"yes", "thanks", "greet", "bye", moment.intent}
    for start, end in clauses(cleaned):
        part = cleaned[start:end]
        alone = with_rivals(candidates(part, cutter))
        if alone is not None and alone.intent in agreeing and not refused_act(part, moment.intent, cutter.locale):
            continue
        if start == 0 or alone is None:
            break
        rest = understand_typed(cleaned[start:], cutter, moment)
        if rest.intent not in ("yes", "none") and rest.confidence >= _CLEARLY:
            return replace(rest, reading=cleaned)
        break
    else:
        if found.confidence >= _MOSTLY_YES:
            return found
    return replace(found, confidence=_DOUBTED)


def _of_the_script(text: str, cutter: Cutter) -> Cutter:
    """The cutter for words that are all Chinese signs, though the talk is in another language."""
    if cutter.locale.language == "zh" or not all(has_han(sign) for sign in text if sign.isalpha()):
        return cutter
    for other in (load(tag, cutter.locale.folder.parent) for tag in cutter.locale.understands):
        if other.language == "zh" and has_han(text):
            return Cutter(other, cutter.today)
    return cutter


def _native(cleaned: str, cutter: Cutter) -> tuple[Meaning | None, Meaning | None]:
    """The best meaning, and that of the first clause where there are several."""
    found = candidates(cleaned, cutter)
    parts = clauses(cleaned)
    if len(parts) == 1:
        return with_rivals(found), None
    first = with_rivals(candidates(cleaned[parts[0][0] : parts[0][1]], cutter))
    if found and found[0][1].intent in SMALL_WORDS:
        others = [pair for pair in found if pair[1].intent not in SMALL_WORDS and pair[0] >= _SAYS_SOMETHING]
        found = [*others, *(pair for pair in found if pair not in others)]
    return with_rivals(found), first


def _behind_greeting(cleaned: str, cutter: Cutter) -> str:
    """What follows a greeting at the front ("你好，有三体吗"), "" if that is polite, too."""
    first, *rest = clauses(cleaned)
    alone = with_rivals(candidates(cleaned[first[0] : first[1]], cutter))
    if alone is None or alone.intent not in POLITE or not rest:
        return ""
    return cleaned[rest[0][0] :]


def _foreign(cleaned: str, cutter: Cutter) -> Meaning | None:
    """The meaning in another language the locale understands, where the words are of its script."""
    for tag in cutter.locale.understands:
        other = load(tag, cutter.locale.folder.parent)
        if has_han(cleaned) == (other.language == "zh"):
            found = with_rivals(candidates(other.incoming(cleaned), Cutter(other, cutter.today)))
            if found and found.confidence >= _ENOUGH:
                found = as_wished(found, other)
                return replace(found, confidence=round(found.confidence * _FOREIGN, 3))
    return None


def _by_sound(cleaned: str, cutter: Cutter) -> Meaning | None:
    """The meaning of words written by their sound: homophones (续接), or pinyin ("xu jie")."""
    if cutter.locale.language != "zh" or len(cleaned) > LONGEST_BARE:
        return None
    if has_han(cleaned):
        heard = syllables(cleaned)
    else:
        heard = parse_syllables(cleaned)
        if len(heard) < 2 or not all(one.rstrip("012345") in typable() for one in heard):
            return None
    found = sorted(readings_by_sound(heard, cleaned if has_han(cleaned) else "", cutter), key=lambda pair: -pair[0])
    found = [pair for pair in found if pair[0] >= _HEARD_ENOUGH or _said_of_it(pair[1], heard) >= 3]
    if has_han(cleaned):
        found = [pair for pair in found if _mostly_written_so(cleaned, heard, pair[1], cutter.locale)]
    best = with_rivals(found)
    if best is None or best.confidence < _ENOUGH:
        return None
    slots = {slot: _typed(value) for slot, value in best.slots.items()}
    return replace(best, slots=slots, reading=cleaned, confidence=round(best.confidence * _FOREIGN, 3))


def _mostly_written_so(cleaned: str, heard: tuple[str, ...], meant: Meaning, locale: Locale) -> bool:
    """Whether enough of the sentence's own signs stand there: 续接活着 is 续借, but 刻意练习 is not 可以联系."""
    free = [value.syllables for value in meant.slots.values() if isinstance(value, Phrase) and value.syllables]
    ours = "".join(sign for sign in respelled(heard, locale, free) if has_han(sign))
    same = sum(sign in cleaned for sign in ours)
    return same * 2 >= len(ours) if free or len(ours) > 2 else same * 2 > len(ours)


def _said_of_it(meant: Meaning, heard: tuple[str, ...]) -> int:
    """How many syllables are not free words."""
    free = (value.syllables.split() for value in meant.slots.values() if isinstance(value, Phrase))
    return len(heard) - sum(map(len, free))


def _typed(value: SlotValue) -> SlotValue:
    """A phrase that was read by its sound but stands there in letters."""
    if not isinstance(value, Phrase) or not value.heard:
        return value
    letters = "".join(one.rstrip("012345") for one in value.syllables.split())
    return Phrase(value.text or letters)


def _misspelled(said: Said) -> Meaning | None:
    """A whole sentence of ours with a slip of the finger, in a language written with letters."""
    text = said.core.text
    sentences = _spellings(said.locale) if said.locale.words.get("spaced") else {}
    if not sentences or not 4 <= len(text) <= LONGEST_BARE:
        return None
    found = process.extractOne(text, sentences.keys(), scorer=fuzz.ratio, score_cutoff=_SLIP)
    if found is None:
        return None
    return Meaning(sentences[found[0]], {}, round(0.85 * found[1] / 100, 3), said.text)


def prepare(locale: Locale) -> None:
    """Gather now what slips of the finger are held against."""
    if locale.words.get("spaced"):
        _spellings(locale)


@cache
def _spellings(locale: Locale) -> dict[str, str]:
    """The plain forms of the templates without slots, with their intents."""
    return {text: intent for intent, text in plain_sentences(locale) if len(text) >= 4 and "{" not in text}


def _free(meant: Meaning) -> int:
    """How many signs or syllables are free words."""
    said = (value.text for value in meant.slots.values() if isinstance(value, Phrase))
    return sum(len(one) if has_han(one) else len(parse_syllables(one)) for one in said)


def _mostly_free(meant: Meaning, said: Said) -> bool:
    """Whether a meaning rests on few signs beside its free words."""
    free = sum(len(value.text) for value in meant.slots.values() if isinstance(value, Phrase))
    return not said.marked and free * 2 > len(said.text) and meant.intent not in WHOLE_MESSAGE


def _weighed(best: Meaning | None, guess: Meaning | None, said: Said) -> Meaning | None:
    """The better of what templates found and what the sentence resembles; a template needs to be much less alike."""
    if best is None or guess is None or guess.intent == best.intent:
        return best or guess
    if not _mostly_free(best, said):
        return _better(best, guess)
    alike = {intent: score for score, intent in resembled(said.core, said.locale)}
    wished = compiled(said.locale.words.get("wish", r"(?!)")).search(said.text.casefold())
    enough = LIKE_A_COMMAND_WISHED if wished else _CLEARLY_ALIKE
    if alike[guess.intent] >= MUCH_MORE * alike.get(best.intent, 0.0) and alike[guess.intent] >= enough:
        return replace(guess, rivals=(best, *guess.rivals))
    return best


def by_resemblance(said: Said) -> Meaning | None:
    """The intent whose sentences these words are made of, where that is clear; its slots are the values said."""
    if len(said.core.text) < SHORTEST_RESEMBLED or said.marked or is_subject(said.text, said.locale):
        return None
    if surely_books(said.text, said.locale):
        return None
    found = resembled(said.core, said.locale)
    service = compiled(said.locale.words.get("service", r"(?!)")).search(said.text.casefold())
    enough = _SERVICE_ALIKE if service else least(len(said.core.text), talk_weight(said.text, said.locale))
    if not found or found[0][0] < enough or (len(found) > 1 and found[0][0] - found[1][0] < CLEAR):
        return None
    score, intent = found[0]
    if intent == "yes" and score < _SURELY_YES:
        return None
    if is_talk(said.text, said.locale) and score < (_SERVICE_NOT_TALK if service else SURELY_NOT_TALK):
        return None
    takes = templates(said.locale).takes.get(intent, frozenset())
    slots = {slot: value for slot, value in said.values().items() if slot in takes or slot in ("ordinal", "isbn")}
    if intent in WHOLE_MESSAGE:
        slots["text"] = Phrase(said.text)
    rivals = tuple(Meaning(name, {}, round(0.5 * other, 3)) for other, name in found[1:3])
    return Meaning(intent, slots, round(min(0.75, 0.5 + 0.5 * score), 3), said.text, rivals)


def _better(one: Meaning | None, other: Meaning | None) -> Meaning | None:
    if one is None or other is None:
        return one or other
    return one if one.confidence >= other.confidence else other


def _bare(said: Said) -> Meaning:
    """A phrase without a command: a wish for a book, unless it sounds like talk."""
    marked = next((tag for tag in said.core.tags.values() if tag.kind == "marked"), None)
    if marked:
        slots = said.cutter.slot(said.core, "book", 0, len(said.core.text)) or {}
        return Meaning("find_title", slots, 0.9, said.text)
    service = compiled(said.locale.words.get("service", r"(?!)")).search(said.text.casefold())
    talk = service or (is_talk(said.text, said.locale) and not surely_books(said.text, said.locale))
    if len(said.text) > LONGEST_BARE or talk:
        return replace(NOTHING, reading=said.text)
    slots = named(said.text, said.locale) or {}
    if not slots:
        return replace(NOTHING, reading=said.text)
    intent = "find_audiobook" if slots.get("format") == "audiobook" else "find_title"
    return Meaning(intent, slots, _BARE, said.text)
