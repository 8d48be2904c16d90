"""What the moment of the talk makes of a sentence: "好" to a question, "2" to a list, a bare name to "which town?".

Commands win over free answers, a full new wish wins over a pending question; short words get their meaning from what
was just asked. This module changes and chooses meanings; it does not match sentences.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from rapidfuzz import fuzz

from bot.locales import Locale
from bot.understanding.books import named
from bot.understanding.meaning import Meaning, Moment, Phrase, SlotValue
from bot.understanding.normalise import Line
from bot.understanding.numbers import digits, number
from bot.understanding.refusing import refused_act
from bot.understanding.spelling import compiled
from bot.understanding.values import Cutter
from catalog.search.readings import encode, encode_syllables, plain
from catalog.search.sounds import fold_codes, parse_syllables, typable

ANSWERS = frozenset({"yes", "no", "cancel"})
ALWAYS = frozenset(
    {
        *("help", "cancel", "repeat", "slower", "faster", "louder", "shorter", "longer", "spell_out", "human"),
        *("call_back", "undo", "what_did_you_do", "yes", "no", "bye", "thanks", "greet", "more_results"),
        "previous_results",
    }
)
"""Intents that are never taken for a free answer."""
OFFERS = frozenset({"place_hold", "request_delivery"})
"""What is done with a book that was chosen: one may be wanted instead of the other."""
RENEWING = frozenset({"renew", "renew_all"})
"""Said to a reminder these are what they say; the dialogue knows what was asked (bot/dialogue/engine.py)."""
_FREE = ("title", "author", "subject", "place", "library", "person", "topic", "text")
_NAMED = 80.0
_SURE = 0.85


@dataclass(frozen=True, slots=True)
class Said:
    """One turn's words as far as they are worked out: cleaned text, its line without fillers, who cuts values."""

    text: str
    core: Line
    cutter: Cutter

    @property
    def locale(self) -> Locale:
        return self.cutter.locale

    def values(self) -> dict[str, SlotValue]:
        """The values found in the sentence, the first of each kind."""
        found: dict[str, SlotValue] = {}
        for tag in self.core.tags.values():
            value = self.cutter.tag(self.core, tag)
            if value is not None and tag.kind != "marked":
                found.setdefault(tag.kind, value)
        return found

    def fits(self, key: str) -> bool:
        """Whether a pattern of words.yaml fits all that was said, fillers aside."""
        source = self.locale.words.get(key)
        return bool(source) and bool(compiled(source).fullmatch(self.core.text))

    @property
    def marked(self) -> bool:
        """Whether a title stands there in book-title marks."""
        return any(tag.kind == "marked" for tag in self.core.tags.values())

    def only_values(self) -> bool:
        """Whether nothing but values was said ("明天", "下午三点")."""
        return bool(self.core.text) and all(sign in self.core.tags for sign in self.core.text)


def settled(best: Meaning | None, said: Said, moment: Moment, first: Meaning | None = None) -> Meaning | None:
    """What `best` (None: nothing fitted) means just now. `first` is what the sentence's first clause means alone."""
    deciding: dict[str, Callable[[Meaning | None, Said, Moment, Meaning | None], Meaning | None]] = {
        "confirming": _confirming,
        "choosing": _choosing,
        "asking": _asking,
    }
    decide = deciding.get(moment.state)
    if best and best.intent == "unlink_card" and decide and said.fits("leaving"):
        best = replace(best, intent="cancel")
    found = decide(best, said, moment, first) if decide else best
    if found is None and said.only_values():
        return _values_alone(said, moment)
    return found


def _confirming(best: Meaning | None, said: Said, moment: Moment, first: Meaning | None) -> Meaning | None:
    if best and best.intent in ANSWERS:
        return best
    if best and not best.slots and refused_act(said.text, moment.intent, said.locale):
        instead = next((one for one in best.rivals if one.intent in OFFERS and one.intent != moment.intent), None)
        return instead or replace(best, intent="no", rivals=(best, *best.rivals))
    if moment.intent in ("request_delivery", "change_delivery") and (changed := _changed_delivery(best, said)):
        return changed
    agrees = best is not None and best.intent == moment.intent and not best.slots
    if best and agrees and best.confidence >= _SURE and best.intent not in RENEWING:
        return replace(best, intent="yes", rivals=(best, *best.rivals))
    if first and first.intent == "yes" and (best is None or not best.slots or best.intent == moment.intent):
        return replace(first, reading=said.text)
    if moment.options and (best is None or best.confidence < _SURE):
        return _choosing(best, said, moment, first)
    return best


def _changed_delivery(best: Meaning | None, said: Said) -> Meaning | None:
    values = {slot: value for slot, value in said.values().items() if slot in ("date", "time", "days")}
    fits = said.only_values() or (best is not None and best.intent in ("change_delivery", "request_delivery"))
    if values and fits:
        return Meaning("change_delivery", values, 0.9, said.text)
    return None


def _choosing(best: Meaning | None, said: Said, moment: Moment, first: Meaning | None) -> Meaning | None:
    del first
    if best and best.intent == "yes" and said.fits("this_one"):
        best = replace(best, intent="choose")
    if best and best.intent == "choose":
        if not best.slots and len(moment.options) == 1:
            return replace(best, slots={"ordinal": 1})
        return best
    place = _number_alone(said)
    if place is not None and (1 <= place <= max(len(moment.options), 20)):
        return Meaning("choose", {"ordinal": place}, 0.97, said.text)
    if best is None or best.confidence < _SURE:
        place = option_named(said, moment.options)
        if place:
            return Meaning("choose", {"ordinal": place}, 0.9, said.text, (best,) if best else ())
    return best


def _asking(best: Meaning | None, said: Said, moment: Moment, first: Meaning | None) -> Meaning | None:
    del first
    if best and (best.intent in ALWAYS and best.confidence >= 0.8):
        return best
    values = said.values()
    fitting = {slot: value for slot, value in values.items() if slot in moment.expects}
    if best and best.intent == moment.intent and moment.expects & set(best.slots):
        return best
    if moment.intent == "link_card" and (answer := _card_or_pin(said, moment)):
        return Meaning("link_card", answer, 0.95, said.text)
    if fitting and (best is None or said.only_values() or best.confidence < _SURE or best.intent == moment.intent):
        return Meaning(moment.intent or "none", fitting, 0.93, said.text)
    if best and best.confidence >= _SURE and best.intent != "choose" and moment.intent:
        return best
    if moment.options and (place := option_named(said, moment.options)):
        return Meaning("choose", {"ordinal": place}, 0.9, said.text)
    if (place := _number_alone(said)) is not None and moment.expects & {"ordinal", "count"}:
        slot = "ordinal" if "ordinal" in moment.expects else "count"
        return Meaning(moment.intent or "choose", {slot: place}, 0.93, said.text)
    if best and best.intent == "choose" and (moment.options or "ordinal" in moment.expects or best.confidence >= _SURE):
        return best
    if answer := _free_answer(said, moment):
        return Meaning(moment.intent or "none", answer, 0.8, said.text, (best,) if best else ())
    return best


def _card_or_pin(said: Said, moment: Moment) -> dict[str, SlotValue]:
    """A PIN, a code or a card number, typed or spoken digit by digit."""
    plain_digits = digits(said.text, said.locale.words.get("numbers", {}))
    mostly = sum(sign.isdigit() for sign in plain_digits) >= max(3, len(plain_digits) // 2)
    if not mostly or len(plain_digits) > 20:
        return {}
    if "card" in moment.expects and ("text" not in moment.expects or len(plain_digits) > 6):
        return {"card": plain_digits.upper()}
    return {"text": Phrase(plain_digits)} if "text" in moment.expects else {}


def _free_answer(said: Said, moment: Moment) -> dict[str, SlotValue]:
    for slot in _FREE:
        if slot not in moment.expects:
            continue
        if slot in ("title", "author", "subject"):
            slots = said.cutter.slot(said.core, "book", 0, len(said.core.text)) or {}
            if slots and slot not in slots and "title" in slots:
                return {slot: slots["title"]}
            if slots:
                return slots
        first, last = said.core.span(0, len(said.core.text))
        phrase = said.cutter.phrase(said.core, first, last) if slot != "text" else Phrase(said.text)
        return {slot: phrase}
    return {}


def _values_alone(said: Said, moment: Moment) -> Meaning | None:
    """Nothing but a value, with no question open: what it most likely belongs to."""
    values = said.values()
    if "isbn" in values:
        return Meaning("find_title", {"isbn": values["isbn"]}, 0.97, said.text)
    if "ordinal" in values:
        return Meaning("choose", {"ordinal": values["ordinal"]}, 0.95, said.text)
    if moment.intent in ("request_delivery", "change_delivery") and {"date", "time"} & set(values):
        return Meaning("change_delivery", values, 0.8, said.text)
    return None


def _number_alone(said: Said) -> int | None:
    text = said.core.text.strip()
    if not isinstance(said.core.source, str):
        text = said.cutter.spelled_number(said.core)
    if not text or len(text) > 12:
        return None
    return number(text, said.locale.words.get("numbers", {}))


def _ways_of_naming(said: Said) -> list[str]:
    """Typed words as they may stand in an option's label: all of them, without fillers, the title alone."""
    if not isinstance(said.core.source, str):
        return []
    first, last = said.core.span(0, len(said.core.text))
    core = said.core.source[first:last]
    title = (named(core, said.locale) or {}).get("title")
    ways = (plain(said.text), plain(core), plain(title.text) if isinstance(title, Phrase) else "")
    return [way for way in dict.fromkeys(ways) if way]


def option_named(said: Said, options: tuple[str, ...]) -> int | None:
    """The 1-based place of the one option that was named, in part or by sound; None if none or several were."""
    labels = [plain(label) for label in options]
    spoken_as = _ways_of_naming(said)
    for spoken in spoken_as:
        holding = [place for place, label in enumerate(labels, 1) if spoken in label]
        if len(holding) == 1:
            return holding[0]
        starting = [place for place in holding if labels[place - 1].startswith(spoken)]
        if len(starting) == 1:
            return starting[0]
        if holding:
            return None
    sounds = said.core.text
    if spoken_as:
        pinyin = parse_syllables(spoken_as[-1]) if spoken_as[-1].isascii() else ()
        is_pinyin = bool(pinyin) and all(one.rstrip("012345") in typable() for one in pinyin)
        sounds = fold_codes(encode_syllables(pinyin) if is_pinyin else encode(spoken_as[-1]))
    if len(sounds) < 2:
        return None
    scores = sorted(
        ((fuzz.partial_ratio(sounds, fold_codes(encode(label))), place) for place, label in enumerate(labels, 1)),
        reverse=True,
    )
    clear = scores and scores[0][0] >= _NAMED and (len(scores) == 1 or scores[0][0] - scores[1][0] >= 10)
    return scores[0][1] if clear else None
