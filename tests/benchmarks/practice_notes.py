"""The notes of `shusheng bench practice`: sentences apart from those of `bench voice`, joined in other ways.

Other speeds, two other pitches and pauses between the syllables; the four conditions are the same. A sentence whose
syllables, tones aside, are those of a command of the bench is left out, and so are titles as short as its errands'.
"""

from __future__ import annotations

import csv
import functools
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import voice_clips
import voice_talks
import yaml
from pypinyin import Style, lazy_pinyin

from speech.audio import AudioClip
from tests.speech_samples import SHARED, make_note

SPEEDS = (0.8, 0.92, 1.08, 1.22)
PITCHES = (1.0, 0.94, 1.06)
PAUSES_S = (0.0, 0.03, 0.06)
EXAMPLES = Path(__file__).resolve().parents[1] / "bot" / "understanding" / "examples" / "zh-CN"
TITLES = range(9, 13)
"""Signs of a title that the ear may be tried on: those of the errands are shorter."""
MOST_TITLES = 500
SENTENCES = ("tuned", "heldout", "seen", "unseen", "rural", "rural_later")


def commands() -> list[voice_talks.Command]:
    """The commands of practice.tsv that the bench does not have."""
    found = voice_talks.commands("practice.tsv")
    return [one for one in found if not measured(one.syllables)]


def measured(syllables: tuple[str, ...]) -> bool:
    """Whether the bench says just these syllables."""
    return toneless(syllables) in _measured()


def toneless(syllables: tuple[str, ...]) -> tuple[str, ...]:
    """Syllables without their tones."""
    return tuple(one.rstrip("012345") for one in syllables)


@functools.cache
def _measured() -> frozenset[tuple[str, ...]]:
    return frozenset(toneless(one.syllables) for one in voice_talks.commands())


def note(syllables: tuple[str, ...], place: int) -> AudioClip:
    """These syllables as somebody else might have said them: which way, `place` decides."""
    clip = make_note(syllables, pause_s=PAUSES_S[place % 3])
    clip = voice_clips.at_speed(clip, SPEEDS[place % 4])
    pitch = PITCHES[(place // 3) % 3]
    if pitch == 1.0:
        return clip
    at = np.arange(0, len(clip.samples) - 1, pitch)
    return AudioClip(np.interp(at, np.arange(len(clip.samples)), clip.samples).astype(np.int16), clip.rate)


def talk() -> list[tuple[str, tuple[str, ...]]]:
    """Ordinary talk, none of it for a library."""
    lines = yaml.safe_load((EXAMPLES / "talk.yaml").read_text("utf-8"))["none"]
    return list(_sayable(str(line) for line in lines))


def sentences() -> list[tuple[str, tuple[str, ...]]]:
    """Whatever the ear's confusions may be counted on: practice, examples, and titles that are in no errand."""
    found = [(one.said, one.syllables) for one in commands()]
    for name in SENTENCES:
        for lines in yaml.safe_load((EXAMPLES / f"{name}.yaml").read_text("utf-8")).values():
            found += _sayable(str(line).partition(" | ")[0] for line in lines)
    source = SHARED / "data" / "books_cn.tsv"
    with source.open(encoding="utf-8") as file:
        names = (row[0] for row in csv.reader(file, delimiter="\t", quoting=csv.QUOTE_NONE) if row)
        short = (name for number, name in enumerate(names) if number % 97 == 5 and len(name) in TITLES)
        found += list(_sayable(short))[:MOST_TITLES]
    return [(said, syllables) for said, syllables in dict(found).items() if not measured(syllables)]


def _sayable(texts: Iterator[str]) -> Iterator[tuple[str, tuple[str, ...]]]:
    """Those of `texts` whose syllables there are, with these; all that is no Chinese sign is left out."""
    for text in texts:
        said = "".join(sign for sign in text if "\u4e00" <= sign <= "\u9fff")
        syllables = tuple(lazy_pinyin(said, style=Style.TONE3, neutral_tone_with_five=True))
        try:
            make_note(syllables)
        except FileNotFoundError:
            continue
        if 2 <= len(syllables) <= 16:
            yield said, syllables
