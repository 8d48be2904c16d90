"""How likely each reading of what was heard is: the noisy channel, in nats.

A reading costs what it costs that its sentence was heard so (nearby.py, misheard.py), and less if this moment of the
talk awaits it. Free words, of which nothing is known, cost the same a syllable whatever they are: what costs more than
they do is none of our sentences. The shares are the confidence: bot/dialogue acts on nothing below its thresholds and
asks which of the likeliest was meant. The constants were fitted on spoken commands that are in no figure
(docs/decisions/0021).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

from bot.understanding.meaning import Meaning, Moment, Phrase
from bot.understanding.misheard import RIGHT
from bot.understanding.nearby import BESIDE, FREE
from catalog.search.readings import has_han
from speech.recognition import Hypothesis

FLATTER = 0.85
"""Readings that cost one nat more are so much less likely: the errors of a note are no independent chances."""
LESS_LIKELY = 0.5
"""What a hypothesis costs for each nat that it is less likely than the first."""
UNHEARD = 2.0
"""What it costs that a syllable of the first hypothesis was none."""
NO_COMMAND = 2.0
"""What it costs that none of our sentences was said."""
IN_TALK = 3.0
"""What is other talk by its words costs so much less to be none of our sentences."""
NOT_FIRST = 2.0
"""What a template costs more than the one that says most of the same syllables."""
_FOLDED = 0.9
"""What a syllable costs that is ours only as dialects confuse it."""
_AWAITED = 2.5
_OUT_OF_PLACE = 2.0
_ANSWERS = frozenset({"yes", "no", "cancel"})
_OF_A_LIST = frozenset(
    {
        *("choose", "more_results", "previous_results", "details", "place_hold", "request_delivery", "play_audiobook"),
        *("cancel_hold", "suspend_hold", "renew", "renew_all", "change_delivery", "join_event", "leave_event"),
    }
)
_ABOUT_A_TITLE, _SHORT_NAME = -2.5, 3.0
_SHORTEST_NAME = 2
_OF_A_VALUE = 3
"""Syllables that a date or an ordinal is said with."""
WORD_BY_WORD = 3.0
"""So much it is worth that all that was heard is a sentence of ours without free words."""
_NEAR = 0.94
"""A sentence that only comes near is no surer."""
_FAIR, _FAIRLY = 2.4, 0.84
"""A reading that costs more for each syllable of ours is no surer: nothing is done upon it without a question."""
_UNSURE, _ALONE, _NOISE = 0.45, 0.85, 3.0
"""A sentence that comes no nearer than that is asked about at the most, unless its share is as great as the second;
what costs more than the third for each syllable is asked about in any case."""
_SURELY = (-1.6, 0.48, 1.65)
"""How often a reading is right, as log odds: by itself, for the log odds of its share, and for the share of the
hypotheses that agree; a logistic fit on requests that are in no figure (docs/decisions/0021)."""
_LEAST_SHARE = 1e-3
_TRUSTED, _BELOW = 0.4, 1.2
"""An ear surer than 0.5 of what it heard says no more by that than its hypotheses do; a less sure one is doubted."""
_WHOLE = 0.895
_AT_LEAST, _OF_COVERED = 0.5, 0.4
"""How typed.py makes a confidence of the share of a sentence that a template covers."""


@dataclass(frozen=True, slots=True)
class Weighed:
    """A meaning with what it costs that it was heard so."""

    cost: float
    meant: Meaning
    exact: bool = True
    """Whether it fits a template by its sounds; else it only comes near."""
    each: float = 0.0
    """What it costs for each syllable that is no free word."""
    of: int = 0
    """The place of the hypothesis it is read from."""


def weighed(cost: float, meant: Meaning, size: int, *, exact: bool, of: int = 0) -> Weighed:
    """A reading of `size` syllables; an `exact` one fits a template by its sounds, the others only come near."""
    free = min(size, free_size(meant))
    each = (cost - FREE * free) / max(1, size - free)
    cost += sum(_named(slot, value, size - free) for slot, value in meant.slots.items() if isinstance(value, Phrase))
    return Weighed(cost, meant, exact, each, of)


def by_sound(cost: float, told: float | None, said: int, free: int) -> float:
    """What a sentence of `said` syllables, `free` of them free words, costs, which by the writing alone costs `cost`.

    `told` is how likely the sound is where it was said (None: nobody knows). What the sound makes likelier costs less;
    nothing costs more by it: people leave out words that a sentence of ours has, and a sound does not forgive that.
    """
    if told is None:
        return cost
    return min(cost, max(0.0, -told) + RIGHT * (said - free) + FREE * free)


def sure(meant: Meaning, found: Sequence[Weighed], hypotheses: Sequence[Hypothesis]) -> float:
    """How often a reading like `meant` is right: by its share, and by how many hypotheses are likeliest to mean it."""
    likeliest: dict[int, Weighed] = {}
    for one in sorted(found, key=lambda one: one.cost):
        likeliest.setdefault(one.of, one)
    whole = sum(hypotheses[place].weight for place in likeliest)
    agreed = sum(hypotheses[place].weight for place, one in likeliest.items() if one.meant.intent == meant.intent)
    best = min((one for one in found if one.meant.intent == meant.intent), key=lambda one: one.cost)
    share = min(max(meant.confidence, _LEAST_SHARE), 1 - _LEAST_SHARE)
    itself, by_share, by_agreement = _SURELY
    odds = itself + by_share * math.log(share / (1 - share)) + by_agreement * agreed / whole
    most = _FAIRLY if best.each > _FAIR else 1.0 if best.exact else _NEAR
    if not best.exact and (best.each > _NOISE or (best.each > _FAIR and share < _ALONE)):
        most = _UNSURE
    return min(1 / (1 + math.exp(-odds)), most)


def trusted(confidence: float) -> float:
    """How far an ear is trusted that was so sure of what it heard."""
    return min(1.0, _TRUSTED + _BELOW * max(0.0, confidence))


def already(one: Hypothesis, first: Hypothesis) -> float:
    """What hypothesis `one` costs beside the first: that it is less likely, and the syllables it leaves out."""
    fewer = len(first.syllables.split()) - len(one.syllables.split()) if one.syllables else 0
    return LESS_LIKELY * math.log(max(first.weight, 1e-6) / max(one.weight, 1e-6)) + UNHEARD * max(0, fewer)


def explained(meant: Meaning, size: int, sureness: float, *, folded: bool) -> float:
    """What a template's reading of `size` syllables costs; its confidence says how much of them it covers."""
    sure = meant.confidence / sureness
    whole = sure >= _WHOLE
    free = float(min(size, free_size(meant)))
    if whole and not free and not folded:
        return -WORD_BY_WORD
    beside = 0.0 if whole else size * (1 - (sure - _AT_LEAST) / _OF_COVERED)
    beside -= _OF_A_VALUE * sum(not isinstance(value, Phrase) for value in meant.slots.values())
    beside = min(max(0.0, beside), size - free)
    return (_FOLDED if folded else RIGHT) * (size - free - beside) + FREE * free + BESIDE * beside


def free_size(meant: Meaning) -> int:
    """How many syllables of a reading are free words; the slot `text` is the whole message and none of them."""
    return sum(_size(value) for slot, value in meant.slots.items() if isinstance(value, Phrase) and slot != "text")


def _size(phrase: Phrase) -> int:
    return len(phrase.syllables.split()) or sum(map(has_han, phrase.text))


def free_words(sizes: Sequence[tuple[int, float]], *, talk: bool) -> float:
    """What it costs that nothing of ours was said; `sizes` are each hypothesis's syllables and its own cost."""
    return min(FREE * size + more for size, more in sizes) + NO_COMMAND - (IN_TALK if talk else 0.0)


def at_this_moment(one: Weighed, moment: Moment) -> Weighed:
    """The reading, costing less where the talk awaits it and more where it answers nothing."""
    intent, state = one.meant.intent, moment.state
    more = 0.0
    if state == "confirming":
        more = -_AWAITED if intent in _ANSWERS else 0.0
    elif state == "choosing":
        more = -_AWAITED if intent in _OF_A_LIST else 0.0
    elif intent in _ANSWERS:
        more = _OUT_OF_PLACE
    if moment.intent and intent == moment.intent:
        more -= _AWAITED / 2
    return replace(one, cost=one.cost + more) if more else one


def _named(slot: str, phrase: Phrase, ours: int) -> float:
    """What free words cost beside their syllables: a sentence about a title stands for many; a name is rarely short.

    `ours` syllables of the sentence are no free words.
    """
    if slot == "text":
        return 0.0
    if _size(phrase) < _SHORTEST_NAME:
        return _SHORT_NAME
    return _ABOUT_A_TITLE if slot == "title" and ours >= _SHORTEST_NAME else 0.0


def shares(found: Sequence[Weighed], free: float) -> tuple[list[Meaning], float]:
    """The likeliest meaning of each intent with its share as confidence, likeliest first; and that of free words."""
    best: dict[str, Weighed] = {}
    for one in sorted(found, key=lambda one: one.cost):
        best.setdefault(one.meant.intent, one)
    least = min([free, *(one.cost for one in best.values())])
    odds = {intent: math.exp(FLATTER * (least - one.cost)) for intent, one in best.items()}
    nothing = math.exp(FLATTER * (least - free))
    whole = sum(odds.values()) + nothing
    return [replace(one.meant, confidence=odds[intent] / whole) for intent, one in best.items()], nothing / whole
