"""How titles are typed and heard badly, seeded; and the best that anybody could make of what was heard.

Every character of a title goes through the ear by itself: 3 % are dropped, 6 % become another character, 12 % one of a
near syllable, 40 % another of the same syllable; the rest stays. The near syllables come from no table of ours but from
spelling: `dialect` changes initial or final as dialects do, `letters` changes any one letter of the syllable; `people`
takes what the pinyin ear was seen to confuse (misheard.json), and its slips are characters that people were seen to
type for each other (csc_confusions.tsv; any, where nobody was).
The same ear can write toned pinyin: then what was a homophone is right, and a fifth of the tones are lost or wrong.

MaximumLikelihood weighs every title against what was heard under exactly this noise, with nothing left out: no search
finds more, except by luck. `most_of_slips` says the same of typed slips.
"""

from __future__ import annotations

import json
import math
import random
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np

NEAR, WRONG, DROPPED, HOMOPHONE, TONE = 0.12, 0.06, 0.03, 0.40, 0.20
SWAPS = (("zh", "z"), ("ch", "c"), ("sh", "s"), ("z", "zh"), ("c", "ch"), ("s", "sh"),
         ("n", "l"), ("l", "n"), ("r", "l"), ("h", "f"), ("f", "h"))  # fmt: skip
ENDINGS = (("ang", "an"), ("eng", "en"), ("ing", "in"), ("an", "ang"), ("en", "eng"), ("in", "ing"))
LETTERS = "abcdefghijklmnopqrstuvwxyz"
KINDS = ("dialect", "letters", "people")
HERE = Path(__file__).resolve()
MISHEARD = HERE.parents[2] / "bot" / "understanding" / "misheard.json"
MISTYPED = HERE.parents[3] / "shared" / "data" / "phonetic" / "csc_confusions.tsv"


class Noise:
    """Slips of the finger and of the ear. `titles` are plain; their characters are all that this ear can write."""

    def __init__(self, chance: random.Random, titles: Sequence[str], kind: str = "dialect") -> None:
        from catalog.search import readings

        self._chance = chance
        self.signs = sorted({sign for title in titles for sign in title if readings.has_han(sign)})
        self.said = {sign: readings.syllables(sign)[0] for sign in self.signs if len(readings.syllables(sign)) == 1}
        self.alike: dict[str, list[str]] = {}
        for sign in self.signs:
            if sign in self.said:
                self.alike.setdefault(toneless(self.said[sign]), []).append(sign)
        ways = {"dialect": _dialect, "letters": _letters, "people": _as_counted()}[kind]
        self._mistyped = _mistyped() if kind == "people" else {}
        self.near = {name: [way for way in ways(name) if way in self.alike and way != name] for name in self.alike}

    def slip(self, title: str) -> str:
        """One sign missing or another in its place."""
        at = self._chance.randrange(len(title))
        others = self._mistyped.get(title[at]) or self._chance.sample(self.signs, 2)
        other = self._chance.choice([sign for sign in others if sign != title[at]])
        return title[:at] + self._chance.choice(["", other]) + title[at + 1 :]

    def slipped(self, sign: str, typed: str) -> float:
        """How likely a slip that puts another character in the place of `sign` puts this one."""
        others = self._mistyped.get(sign)
        return others.count(typed) / len(others) if others else 1 / len(self.signs)

    def heard(self, title: str) -> str:
        """The title as a recognizer that writes characters gives it."""
        from catalog.search import readings

        said = readings.syllables(title)
        out = [self._misheard(sign, toneless(syllable)) for sign, syllable in zip(title, said, strict=True)]
        return "".join(out) or title

    def heard_as_pinyin(self, title: str) -> str:
        """The title as a recognizer that writes toned pinyin gives it."""
        from catalog.search import readings

        out = [self._missaid(syllable) for syllable in readings.syllables(title)]
        return " ".join(filter(None, out)) or " ".join(readings.syllables(title))

    def _misheard(self, sign: str, name: str) -> str:
        draw = self._chance.random()
        if draw < DROPPED:
            return ""
        if draw < DROPPED + WRONG:
            return self._chance.choice(self.signs)
        if draw < DROPPED + WRONG + NEAR:
            near = self.near.get(name) or [name]
            return self._chance.choice(self.alike.get(self._chance.choice(near), [sign]))
        if draw < DROPPED + WRONG + NEAR + HOMOPHONE:
            return self._chance.choice(self.alike.get(name, [sign]))
        return sign

    def _missaid(self, syllable: str) -> str:
        draw = self._chance.random()
        name, tone = toneless(syllable), syllable[-1]
        if draw < DROPPED:
            return ""
        if draw < DROPPED + WRONG:
            return self.said[self._chance.choice(sorted(self.said))]
        if draw < DROPPED + WRONG + NEAR:
            name = self._chance.choice(self.near.get(name) or [name])
        if self._chance.random() < TONE:
            tone = self._chance.choice(["", "1", "2", "3", "4"])
        return name + tone


class MaximumLikelihood:
    """Every title weighed against what `noise.heard` gave, drops and all, by the noise's own probabilities."""

    def __init__(self, noise: Noise, titles: Sequence[str]) -> None:
        from catalog.search import readings

        self._noise = noise
        names = sorted({toneless(name) for title in titles for name in readings.syllables(title)})
        self._places = {name: place for place, name in enumerate(names)}
        by_length: dict[int, list[tuple[int, str, tuple[str, ...]]]] = {}
        for number, title in enumerate(titles):
            said = readings.syllables(title)
            if len(said) == len(title):
                by_length.setdefault(len(title), []).append((number, title, said))
        self._groups = {
            length: (
                np.array([number for number, _, _ in several]),
                np.array([[ord(sign) for sign in title] for _, title, _ in several], np.int32),
                np.array([[self._places[toneless(name)] for name in said] for _, _, said in several], np.int32),
            )
            for length, several in by_length.items()
        }

    def best(self, heard: str, most: int = 5) -> list[int]:
        """The places in `titles` of those from which `heard` is likeliest, best first."""
        found: list[tuple[float, int]] = []
        tables = [self._given(sign) for sign in heard]
        for length, (numbers, signs, names) in self._groups.items():
            if len(heard) <= length <= len(heard) + 4:
                chance = self._forward(heard, tables, signs, names)
                top = np.argsort(-chance, kind="stable")[:most]
                found += [(float(chance[place]), int(numbers[place])) for place in top]
        return [number for _, number in sorted(found, key=lambda pair: (-pair[0], pair[1]))[:most]]

    def _forward(self, heard: str, tables: list[np.ndarray], signs: np.ndarray, names: np.ndarray) -> np.ndarray:
        """P(heard | title) for all titles of a length: the sum over all ways to drop the rest."""
        length, asked = signs.shape[1], len(heard)
        row: list[np.ndarray | None] = [np.ones(len(signs))] + [None] * asked
        for place in range(length):
            fresh: list[np.ndarray | None] = [None] * (asked + 1)
            for at in range(max(0, asked - (length - place - 1)), min(asked, place + 1) + 1):
                total = np.zeros(len(signs))
                if (stayed := row[at]) is not None:
                    total += DROPPED * stayed
                if at and (before := row[at - 1]) is not None:
                    kept = 1 - DROPPED - WRONG - NEAR - HOMOPHONE
                    total += before * (tables[at - 1][names[:, place]] + kept * (signs[:, place] == ord(heard[at - 1])))
                fresh[at] = total
            for at in range(max(0, asked - (length - place - 1))):
                fresh[at] = None
            row = fresh
        whole = row[asked]
        assert whole is not None
        return whole

    def _given(self, sign: str) -> np.ndarray:
        """P(this sign | a syllable was said), but for the share that stays as it was."""
        noise = self._noise
        out = np.full(len(self._places), WRONG / len(noise.signs))
        if sign not in noise.said:
            return out
        heard = toneless(noise.said[sign])
        share = 1 / len(noise.alike[heard])
        for name, place in self._places.items():
            if name == heard:
                out[place] += HOMOPHONE * share
            near = noise.near.get(name) or [name]
            if heard in near:
                out[place] += NEAR * share * near.count(heard) / len(near)
        return out


def most_of_slips(noise: Noise, titles: Sequence[str], right: Sequence[str], texts: Sequence[str]) -> float:
    """The share of typed texts with one slip for which the right title can be told, by one who knows how slips come.

    Of several titles that one slip makes into the text equally likely he can only take one; where the text is another
    title, that one stands first (CONTRACT.md).
    """
    chances: dict[str, dict[str, float]] = {text: {} for text in texts}
    altered: dict[tuple[int, str], list[str]] = {}
    for text in chances:
        for at in range(len(text)):
            altered.setdefault((at, text[:at] + text[at + 1 :]), []).append(text)
    for title in titles:
        for at in range(len(title)):
            rest = title[:at] + title[at + 1 :]
            missing = chances.get(rest)
            if missing is not None:
                missing[title] = missing.get(title, 0.0) + 1 / len(title)
            for text in altered.get((at, rest), ()):
                share = noise.slipped(title[at], text[at]) / len(title)
                chances[text][title] = chances[text].get(title, 0.0) + share
    told = 0.0
    known = set(titles)
    for title, text in zip(right, texts, strict=True):
        likely = chances[text]
        best = [one for one, chance in likely.items() if chance >= max(likely.values()) * (1 - 1e-9)]
        told += 1 / len(best) if title in best and (text not in known or text == title) else 0.0
    return told / len(texts)


def toneless(syllable: str) -> str:
    """The syllable without its tone."""
    return syllable.rstrip("012345")


def _dialect(name: str) -> list[str]:
    ways = [new + name[len(old) :] for old, new in SWAPS if name.startswith(old)]
    return ways + [name[: -len(old)] + new for old, new in ENDINGS if name.endswith(old)]


def _as_counted() -> Callable[[str], list[str]]:
    """The pinyin ear's own confusions of initials and finals, each as often as it was counted (in hundredths)."""
    from catalog.search.readings import readings
    from catalog.search.sounds import parts

    counted = json.loads(MISHEARD.read_text("utf-8"))
    names = {parts(name): name for name in readings().syllables}
    ways: dict[str, list[str]] = {}
    for (initial, final), name in names.items():
        for side, kind in ((0, "initials"), (1, "finals")):
            for pair, nats in counted[kind].items():
                said, heard = (part.strip("-") for part in pair.split(" "))
                new = (heard, final) if side == 0 else (initial, heard)
                if said == (initial, final)[side] and new in names:
                    ways.setdefault(name, []).extend([names[new]] * max(1, round(100 * math.exp(-nats))))
    return lambda name: ways.get(name, [])


def _mistyped() -> dict[str, list[str]]:
    """What people were seen to type for a character, each as often as it was seen."""
    found: dict[str, list[str]] = {}
    for line in MISTYPED.read_text("utf-8").splitlines()[1:]:
        right, wrong, count, _ = line.split("\t")
        found.setdefault(right, []).extend([wrong] * int(count))
    return found


def _letters(name: str) -> list[str]:
    ways = {name[:at] + name[at + 1 :] for at in range(len(name))}
    ways |= {name[:at] + letter + name[at + 1 :] for at in range(len(name)) for letter in LETTERS}
    ways |= {name[:at] + letter + name[at:] for at in range(len(name) + 1) for letter in LETTERS}
    return sorted(ways)
