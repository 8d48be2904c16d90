"""The sentences nearest to what was heard, with what each costs: how unlikely it is that it was heard so.

From each template its plain forms are taken, with one optional word at the most, and the paraphrases of the locale.
They stand side by side in a table, so that one weighted edit distance aligns them all at once (numpy). Free words cost
the same a syllable; the slot is what lies between the parts of a form. weighing.py makes shares of the costs.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import TYPE_CHECKING, NamedTuple

from bot.locales import Locale
from bot.understanding import around
from bot.understanding.meaning import Around, Meaning, SlotValue
from bot.understanding.misheard import OTHER, heard_as
from bot.understanding.normalise import Line
from bot.understanding.plain_forms import plain_forms
from bot.understanding.spelling import WRITTEN
from bot.understanding.templates import sentence_expressions
from bot.understanding.typed import PASSING
from bot.understanding.values import Cutter
from bot.understanding.wording import same
from catalog.search.readings import FIRST_CODE, encode_syllables, syllables
from catalog.search.sounds import costs

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

FREE = 3.8
"""What a syllable of free words costs in nats: as likely as any."""
PUT_IN, PUT_IN_LIGHT, LEFT_OUT, LEFT_OUT_LIGHT = 6.0, 1.6, 3.6, 1.6
"""What a syllable too many or too few costs; the light ones (的, 了) come and go."""
LONGEST = 14
"""Syllables of a form."""
LONGEST_HEARD = 24
_WEIGHED, _MOST = 600, 30
"""So many forms are aligned with what was heard, and of so many at most the slots are cut out."""
_NOT_BY_SOUND = frozenset({"date", "time", "days", "isbn", "card", "ordinal", "format", "count", "text"})
"""Slots of closed classes: the templates themselves know their sounds."""
BESIDE = 3.9
"""What a syllable beside a cue or a slot costs: it is other talk, and belongs rather to the slot."""
SHORT, BESIDE_SHORT = 3, 12.0
"""What another syllable costs in a form so short: it is said whole, or it is part of something else."""
_SLOT = re.compile(r"\{(\w+)\}")
_END, _FREE = -2, -1
_FAR = 1e6


@dataclass(frozen=True, slots=True)
class Form:
    """A plain form of a template: sounds before and behind its slot ("" if it has none), and whether it is a cue."""

    intent: str
    before: tuple[str, ...]
    slot: str
    behind: tuple[str, ...]
    cue: bool
    place: int = 0
    """The ordinal this form says, if it says one."""

    @property
    def size(self) -> int:
        return len(self.before) + len(self.behind)


@dataclass(frozen=True)
class _Forms:
    """The forms of a locale side by side: a row a form, a column a sign of it."""

    forms: tuple[Form, ...]
    codes: npt.NDArray[np.int32]
    """What is said there: a syllable's code from FIRST_CODE on, _FREE for a slot, _END behind the end."""
    left_out: npt.NDArray[np.float32]
    sizes: npt.NDArray[np.int64]
    cues: npt.NDArray[np.bool_]
    slotted: npt.NDArray[np.bool_]
    """Which forms hold more syllables than their own: they have a slot or are cues."""


class Near(NamedTuple):
    """A meaning whose sentence comes near: its cost, the place of the line it comes near to, and that sentence.

    `said` are the syllables as they would have been said; () where only a part of what was heard is known.
    """

    cost: float
    meant: Meaning
    place: int
    said: tuple[str, ...]


def nearest_sentences(lines: Sequence[tuple[Line, float]], cutter: Cutter, *, several: int = 1) -> list[Near]:
    """The meanings whose sentences come near to one of `lines` (of sounds).

    Beside each line stands what it costs already that just this was heard. Each gives one meaning an intent, or as
    many as `several`: other sentences, and other stretches of it for their slot.
    """
    spoken: dict[tuple[str, ...], tuple[Line, float, int]] = {}
    for place, (line, more) in enumerate(lines):
        if 1 <= len(heard := _heard(line)) <= LONGEST_HEARD:
            spoken.setdefault(heard, (line, more, place))
    if not spoken:
        return []
    known = forms(cutter.locale)
    rows = _likely(list(spoken), known)
    found: list[Near] = []
    for heard, (line, more, place) in spoken.items():
        prices = _aligned(heard, known, rows) + more
        seen: dict[str, set[object]] = {}
        for at in prices.argsort()[:_MOST]:
            form = known.forms[rows[at]]
            alike = seen.setdefault(form.intent, set())
            if len(alike) >= several:
                continue
            span = _between(heard, form) if form.slot else None
            if (span or form) in alike:
                continue
            slots: dict[str, SlotValue] | None = {"ordinal": form.place} if form.place else {}
            if span is not None:
                slots = _slot(line, form.slot, span, cutter)
                if slots and not form.cue:
                    slots = around.as_said(slots, heard[slice(*span)], _around(line, form))
            if slots is not None:
                alike.add(span or form)
                free = heard[slice(*span)] if span is not None else ()
                around_it = _around(line, form)
                said = () if form.cue else (*around_it.before, *free, *around_it.behind)
                found.append(Near(round(float(prices[at]), 3), Meaning(form.intent, slots), place, said))
    return found


def _around(line: Line, form: Form) -> Around:
    """What is said around the slot where `form` is what was said; fillers beside it are as they were heard."""
    start, end = line.span(0, len(line.text))
    return Around((*line.source[:start], *form.before), (*form.behind, *line.source[end:]))


def _heard(line: Line) -> tuple[str, ...]:
    """The syllables of a line, from its first sign to its last."""
    start, end = line.span(0, len(line.text))
    return tuple(line.source[start:end])


def _likely(spoken: Sequence[tuple[str, ...]], known: _Forms) -> npt.NDArray[np.int64]:
    """The rows of the forms that can be near: by what each syllable costs at the least, wherever it was heard."""
    import numpy as np

    cheapest = np.minimum.reduce([heard_as(one) for one in {one for heard in spoken for one in heard}])
    said = np.minimum(cheapest[np.maximum(known.codes, 0)], known.left_out)
    said[known.codes == _FREE] = FREE
    said[known.codes == _END] = 0
    shortest = min(map(len, spoken))
    more = np.maximum(0, shortest - known.sizes) * np.where(known.slotted, FREE, PUT_IN_LIGHT)
    bounds = said.sum(axis=1) + more
    return np.argsort(bounds, kind="stable")[:_WEIGHED]


def encode_all(heard: tuple[str, ...]) -> str:
    """The codes of syllables, one sign each (a word that is no syllable counts as one strange sign)."""
    return "".join(code if len(code) == 1 else "?" for code in (encode_syllables((one,)) for one in heard))


def _aligned(heard: tuple[str, ...], known: _Forms, rows: npt.NDArray[np.int64]) -> npt.NDArray[np.float32]:
    """What it costs at the least, form by form, that it was said where `heard` was heard: a weighted edit distance."""
    import numpy as np

    all_codes, left_out, sizes, cues = known.codes[rows], known.left_out[rows], known.sizes[rows], known.cues[rows]
    count, longest = len(rows), int(sizes.max())
    free = all_codes == _FREE
    apart = np.where(cues, np.float32(BESIDE), np.float32(0))
    shorter = np.where(sizes <= SHORT, np.float32(BESIDE_SHORT), np.float32(0))
    row = np.zeros((longest + 1, count), np.float32)
    for place in range(longest):
        row[place + 1] = row[place] + left_out[:, place]
    found = np.where(cues, _take(row, sizes) + apart * len(heard), np.float32(_FAR))
    for number, one in enumerate(heard, 1):
        table = heard_as(one)
        beside = np.maximum(np.where(cues, apart, shorter), np.float32(put_in(one)))
        above, row = row, np.empty_like(row)
        row[0] = above[0] + beside
        inside = np.maximum(np.where(known.slotted[rows], np.float32(BESIDE), shorter), np.float32(put_in(one)))
        for place in range(longest):
            codes = all_codes[:, place]
            said = above[place] + np.where(free[:, place], np.float32(FREE), table[np.maximum(codes, 0)])
            more = above[place + 1] + np.where(free[:, place], np.float32(FREE), inside)
            row[place + 1] = np.minimum(np.minimum(said, more), row[place] + left_out[:, place])
        here = _take(row, sizes)
        if number == len(heard):
            found = np.minimum(found, here)
        else:
            found = np.where(cues, np.minimum(found, here + apart * (len(heard) - number)), found)
    return found


def _take(row: npt.NDArray[np.float32], sizes: npt.NDArray[np.int64]) -> npt.NDArray[np.float32]:
    import numpy as np

    found: npt.NDArray[np.float32] = row[sizes, np.arange(len(sizes))]
    return found


def put_in(syllable: str) -> float:
    """What it costs that `syllable` was heard and belongs to nothing."""
    return PUT_IN_LIGHT if syllable.rstrip("012345") in costs().light_syllables else PUT_IN


def _left_out(syllable: str) -> float:
    return LEFT_OUT_LIGHT if syllable.rstrip("012345") in costs().light_syllables else LEFT_OUT


def _between(heard: tuple[str, ...], form: Form) -> tuple[int, int]:
    """Where the slot of `form` lies in `heard`: the stretch between its two parts that costs least."""
    fronts = _prefixes(heard, form.before)
    backs = _prefixes(heard[::-1], form.behind[::-1])[::-1]
    _, first, last = min(
        (fronts[first] + backs[last] + FREE * (last - first), first, last)
        for first in range(len(heard))
        for last in range(first + 1, len(heard) + 1)
    )
    return first, last


def _prefixes(heard: tuple[str, ...], said: tuple[str, ...]) -> list[float]:
    """What it costs that `said` was heard as the first none, one, two … of `heard`."""
    row = [0.0]
    for _ in heard:
        row.append(row[-1] + BESIDE)
    for one in said:
        above, code = row, ord(encode_all((one,))) - FIRST_CODE
        row = [above[0] + _left_out(one)]
        for place, other in enumerate(heard):
            same = float(heard_as(other)[code]) if code >= 0 else OTHER
            row.append(min(above[place] + same, above[place + 1] + _left_out(one), row[place] + BESIDE))
    return row


def _slot(core: Line, name: str, span: tuple[int, int], cutter: Cutter) -> dict[str, SlotValue] | None:
    """The slot between two parts, counted in syllables of the core."""
    start, _ = core.span(0, len(core.text))
    first = last = -1
    for place, (begins, ends) in enumerate(core.spans):
        if first < 0 and begins >= start + span[0]:
            first = place
        if ends <= start + span[1]:
            last = place
    if first < 0 or last < first:
        return None
    if name == "book" and any(
        core.tags[sign].kind in PASSING for sign in core.text[first : last + 1] if sign in core.tags
    ):
        return None
    return cutter.slot(core, name, first, last + 1)


@cache
def forms(locale: Locale) -> _Forms:
    """Every sentence of `locale` that can be said, with its sounds."""
    import numpy as np

    found = tuple(sorted(set(_all_forms(locale)), key=repr))
    longest = max((form.size + bool(form.slot) for form in found), default=0)
    codes = np.full((len(found), longest), _END, np.int32)
    left_out = np.full((len(found), longest), _FAR, np.float32)
    for row, form in enumerate(found):
        said = [*form.before, *([""] if form.slot else []), *form.behind]
        codes[row, : len(said)] = [_FREE if not one else max(0, ord(encode_all((one,))) - FIRST_CODE) for one in said]
        left_out[row, : len(said)] = [_FAR if not one else _left_out(one) for one in said]
    sizes = (codes != _END).sum(axis=1)
    cues = np.array([form.cue for form in found], bool)
    slotted = np.array([form.cue or bool(form.slot) for form in found], bool)
    return _Forms(found, codes, left_out, sizes, cues, slotted)


def _all_forms(locale: Locale) -> Iterator[Form]:
    intents = locale.sentences()
    for intent, cue, sentence in sentence_expressions(locale):
        for text in plain_forms(sentence.expression, intents.expansion_rules, fuller=True):
            parts = _SLOT.split(text)
            if len(parts) > 3 or (len(parts) == 3 and (cue or parts[1] == "gap")):
                continue
            slot = parts[1] if len(parts) == 3 else ""
            if slot == "ordinal":
                yield from _with_ordinals(intent, parts[0], parts[2], cue, locale)
                continue
            before, behind = (_read(same(part.strip(), locale, WRITTEN)) for part in (parts[0], parts[-1]))
            form = Form(intent, before, slot, behind if slot else (), cue)
            if 1 <= form.size <= LONGEST and slot not in _NOT_BY_SOUND:
                yield form
    for intent, texts in locale.paraphrases.items():
        for text in texts:
            form = Form(intent, _read(same(text, locale, WRITTEN)), "", (), False)
            if 1 <= form.size <= LONGEST:
                yield form
    for text, place in locale.words.get("spoken_ordinals", {}).items():
        yield Form("choose", _read(text), "", (), False, place)


def _with_ordinals(intent: str, before: str, behind: str, cue: bool, locale: Locale) -> Iterator[Form]:
    """A form for each way to say which, as far as they are told apart by sound."""
    for text, place in locale.words.get("spoken_ordinals", {}).items():
        said = _read(same(f"{before.strip()}{text}{behind.strip()}", locale, WRITTEN))
        if len(said) <= LONGEST:
            yield Form(intent, said, "", (), cue, place)


@lru_cache(20_000)
def _read(text: str) -> tuple[str, ...]:
    return syllables(text) if text else ()
