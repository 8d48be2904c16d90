"""Spoken titles for `shusheng bench search`: joined human syllables, heard by the ears, looked for in the index.

A title alone is said, as an answer to "which book?", at four speeds. It is looked for with all that was heard of it,
and the ear, which still has the sound, is asked about the likeliest titles. Beside that stands what is found without
the sound and, as a peer would have to do, with the best transcript only. It needs the ears (SHUSHENG_MODELS) and the
syllables of ../shared/data/voice; without them the row says so.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from time import thread_time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from catalog.search import Query
    from speech.audio import AudioClip
    from speech.recognition import Transcript

SPOKEN = 200


def figures(
    index: Path, titles: Sequence[str], number: int, seed: int, bare: Callable[[str], str]
) -> dict[str, object]:
    """How often the right title stands first and among the first five, of `number` of `titles`."""
    import voice_clips

    from bot.settings import load
    from catalog.search import Index
    from speech.audio import decode
    from speech.pool import Ears
    from tests.speech_samples import SYLLABLES

    ears = Ears(load().model_folders)
    if not ears.installed("zh-CN") or not SYLLABLES.is_dir():
        return {"spoken": f"needs Mandarin ears (SHUSHENG_MODELS) and {SYLLABLES}"}
    ways: dict[str, list[list[str]]] = {"": [], ", without the sound": [], ", best transcript only": []}
    right: list[str] = []
    took: list[float] = []
    wrong = said = 0
    try:
        open_index = Index.open(index)
        for title, clip, syllables in _notes(titles, number, seed):
            heard = ears.recognize(decode(voice_clips.clean(clip)))
            right.append(title)
            said += len(syllables)
            wrong += _wrong(heard, syllables)
            for way, asked in _questions(heard):
                start = thread_time()
                hits = open_index.search(asked).hits if asked else ()
                if not way:
                    took.append((thread_time() - start) * 1000)
                ways[way].append([bare(hit.title) for hit in hits])
    finally:
        ears.close()
    took.sort()
    return {
        f"spoken titles ({len(right)}): syllables misheard": f"{wrong / max(1, said):.3f}",
        **{f"spoken{way}: first / first five": _shares(right, found) for way, found in ways.items()},
        "spoken: p50 / p99 with the ear's work, ms": f"{took[len(took) // 2]:.0f} / {took[len(took) * 99 // 100]:.0f}",
    }


def _notes(titles: Sequence[str], number: int, seed: int) -> Iterator[tuple[str, AudioClip, list[str]]]:
    """Titles whose syllables there are, each with its note and its syllables."""
    import voice_clips
    from pypinyin import Style, lazy_pinyin

    from tests.speech_samples import make_note

    several = list(titles)
    random.Random(seed).shuffle(several)
    for title in several:
        syllables = lazy_pinyin(title, style=Style.TONE3, neutral_tone_with_five=True)
        try:
            clip = make_note(syllables)
        except FileNotFoundError:
            continue
        number -= 1
        if number < 0:
            return
        yield title, voice_clips.at_speed(clip, voice_clips.SPEEDS[number % 4]), syllables


def _questions(heard: Transcript) -> list[tuple[str, Query | None]]:
    """What the index is asked: with the sound, without it, and with the best transcript only; None where none is."""
    from catalog.search import Query

    if not heard.hypotheses:
        return [(way, None) for way in ("", ", without the sound", ", best transcript only")]
    best = heard.hypotheses[0].syllables
    others = tuple(("", one.syllables, one.weight) for one in heard.hypotheses)
    ear = heard.sound.likelihoods if heard.sound else None
    return [
        ("", Query(syllables=best, heard=True, others=others, ear=ear)),
        (", without the sound", Query(syllables=best, heard=True, others=others)),
        (", best transcript only", Query(syllables=best, heard=True)),
    ]


def _wrong(heard: Transcript, syllables: Sequence[str]) -> int:
    from rapidfuzz.distance import Levenshtein

    best = heard.hypotheses[0].syllables.split() if heard.hypotheses else []
    return Levenshtein.distance([one.rstrip("12345") for one in best], [one.rstrip("12345") for one in syllables])


def _shares(right: Sequence[str], answers: Sequence[Sequence[str]]) -> str:
    first, five = (
        sum(title in found[:most] for title, found in zip(right, answers, strict=True)) / max(1, len(right))
        for most in (1, 5)
    )
    return f"{first:.4f} / {five:.4f}"
