"""practice: the spoken commands that hearing is fitted on, apart from those of `voice`; what the ear makes of sounds.

Parts (--only a,b; all without it): commands (practice.tsv in the four conditions of `voice`: at once, asked back, wrong
acts; the odd ones and the even ones, so that what is fitted on one half can be seen on the other), talk (ordinary talk,
spoken: nothing may be done upon it), calibration (how often a reading of some confidence is right, on both), confusions
(counts what the ear makes of initials and finals; --write FILE writes misheard.json). --plot FILE draws the
calibration as SVG, --sample N takes every Nth case, --misses prints what was not understood. No figure here has a bar:
whoever wants to know how well it hears runs `voice`.
"""

from __future__ import annotations

import json as json_module
import math
import sys
from collections import Counter
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))
sys.path.insert(0, str(Path(__file__).resolve().parent))

import practice_notes
import voice
import voice_clips

PARTS = ("commands", "talk", "calibration", "confusions")
LEAST_SEEN, DEAREST = 6, 4.2
"""A confusion counts if it was seen so often and costs at most so much: what is rarer is chance."""
MOST_MORE = 3
"""A note with so many more syllables than were said was not heard at all."""


def run(*, json: bool, options: list[str]) -> int:
    """Run the benchmark; gives the exit code."""
    from bot.settings import load
    from speech.pool import Ears
    from tests.speech_samples import SHARED, SYLLABLES

    flags = [option for option in options if option == "--misses"]
    rest = [option for option in options if option not in flags]
    given = dict(zip(rest[::2], rest[1::2], strict=False))
    wanted = given.get("--only", ",".join(PARTS)).split(",")
    if unknown := [part for part in wanted if part not in PARTS]:
        print(f"practice: no part {unknown[0]}; there are {', '.join(PARTS)}", file=sys.stderr)
        return 2
    ears = Ears(load().model_folders)
    if not ears.installed("zh-CN") or not SYLLABLES.is_dir():
        print(f"practice needs Mandarin ears (SHUSHENG_MODELS) and {SYLLABLES}", file=sys.stderr)
        return 1
    it = voice.Run(voice.Sheet(json, bool(flags)), ears, None, SHARED, given)
    try:
        ears.warm()
        if set(wanted) & {"commands", "talk", "calibration"}:
            _said(it, wanted)
        if "confusions" in wanted:
            _confusions(it)
    finally:
        ears.close()
    return 0


def _said(it: voice.Run, wanted: list[str]) -> None:
    """Commands and talk, said in real talks."""
    import voice_talks

    sure: list[tuple[float, bool]] = []
    with voice_talks.talks(it.ears) as talks:
        if set(wanted) & {"commands", "calibration"}:
            for way, spoiled in voice_clips.WAYS.items():
                counts = (Counter[str](), Counter[str]())
                for place, one in list(enumerate(practice_notes.commands()))[:: it.step]:
                    outcome = talks.command(one, spoiled(practice_notes.note(one.syllables, place)))
                    counts[place % 2][outcome.verdict] += 1
                    if outcome.intent != "none":
                        same = {outcome.intent, one.intent}
                        right = len(same) == 1 or same <= voice_talks.FINDS
                        sure.append((float(outcome.answer["confidence"]), right))
                    if outcome.verdict != "at once":
                        it.sheet.missed(f"{way}, {outcome.verdict}: {one.intent} {one.said} → {outcome.intent}")
                for half, count in zip(("odd", "even"), counts[::-1], strict=True):
                    whole = max(1, count.total())
                    it.sheet.note(f"practice, {way}, {half}: at once", count["at once"] / whole)
                    asked = (count["at once"] + count["asked"]) / whole
                    it.sheet.note(f"practice, {way}, {half}: at once or asked back", asked)
                    it.sheet.note(f"practice, {way}, {half}: wrong acts", count["wrong act"])
        if "talk" in wanted:
            acts = 0
            for place, (said, syllables) in list(enumerate(practice_notes.talk()))[:: it.step]:
                for spoiled in voice_clips.WAYS.values():
                    answer = talks.say(spoiled(practice_notes.note(syllables, place)))
                    acts += bool(answer.get("done"))
                    if answer.get("done"):
                        it.sheet.missed(f"talk: {said} did {answer['done']}")
            it.sheet.note("practice, talk: false acts", acts)
    if "calibration" in wanted:
        _calibration(it, sure)


def _calibration(it: voice.Run, sure: list[tuple[float, bool]]) -> None:
    """Of what was taken as said or asked about, how much was right, by confidence."""
    off, points = 0.0, []
    for low in range(5, 10):
        inside = [(confidence, right) for confidence, right in sure if low / 10 <= confidence < (low + 1) / 10]
        if inside:
            mean, right = (sum(column) / len(inside) for column in zip(*inside, strict=True))
            off += abs(mean - right) * len(inside)
            points.append((mean, right, len(inside)))
            it.sheet.note(f"calibration, {len(inside)} readings of {mean:.2f}: right", right)
    it.sheet.note("calibration: mean distance of confidence and how often it is right", off / max(1, len(sure)))
    if "--plot" in it.given:
        Path(it.given["--plot"]).write_text(plotted(points), encoding="utf-8")


def plotted(points: list[tuple[float, float, int]]) -> str:
    """Confidence from left to right, how often it was right upwards, a circle as large as there are readings; on the
    line both are the same."""

    def across(confidence: float) -> int:
        return round(40 + 800 * (confidence - 0.5))

    def up(right: float) -> int:
        return round(440 - 400 * right)

    circles = "".join(
        f'<circle cx="{across(mean)}" cy="{up(right)}" r="{3 + number**0.5:.0f}" fill="steelblue">'
        f"<title>{mean:.2f}: {right:.2f} of {number}</title></circle>"
        for mean, right, number in points
    )
    labels = "".join(
        f'<text x="{across(at)}" y="458">{at:.1f}</text><text x="4" y="{up(at)}">{at:.1f}</text>'
        for at in (0.5, 0.6, 0.7, 0.8, 0.9, 1.0)
    )
    return (
        '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 470 470" font-size="12" font-family="sans-serif">'
        f"<title>How often a heard reading is right, by its confidence</title>{labels}"
        f'<path d="M40 240L440 40M40 40V440H440" stroke="gray" fill="none"/>{circles}</svg>\n'
    )


def _confusions(it: voice.Run) -> None:
    """What initials and finals are heard as, in nats."""
    from catalog.search.readings import readings
    from catalog.search.sounds import parts

    known = readings().places
    seen = {"initials": Counter[tuple[str, str]](), "finals": Counter[tuple[str, str]]()}
    said_all = wrong = 0
    ways = list(voice_clips.WAYS.values())
    for place, (_, syllables) in list(enumerate(practice_notes.sentences()))[:: it.step]:
        clip = practice_notes.note(syllables, place)
        heard = voice._best(it.ears.hear(ways[place % len(ways)](clip)))
        if not heard or len(heard) > len(syllables) + MOST_MORE:
            continue
        for one, other in _paired(practice_notes.toneless(syllables), tuple(heard)):
            if one not in known or other not in known:
                continue
            said_all += 1
            wrong += one != other
            for name, pair in zip(seen, zip(parts(one), parts(other), strict=True), strict=True):
                seen[name][pair] += 1
    it.sheet.note("confusions: syllables", said_all)
    it.sheet.note("confusions: heard otherwise", wrong / max(1, said_all))
    if "--write" in it.given:
        counted = {name: _costs(pairs) for name, pairs in seen.items()}
        Path(it.given["--write"]).write_text(json_module.dumps(counted, indent=2) + "\n", encoding="utf-8")


def _paired(said: tuple[str, ...], heard: tuple[str, ...]) -> list[tuple[str, str]]:
    """The syllables that stand for each other, by the least weighted edit distance."""
    from catalog.search.sounds import between

    rows: list[list[tuple[float, Any]]] = [[(0.0, None)]]
    for column in range(len(heard)):
        rows[0].append((rows[0][column][0] + 1, None))
    for row, one in enumerate(said, 1):
        rows.append([(float(row), None)])
        for column, other in enumerate(heard, 1):
            before, chain = rows[row - 1][column - 1]
            gone, more = rows[row - 1][column], rows[row][column - 1]
            ways = (
                (before + between(one, other), ((one, other), chain)),
                (gone[0] + 1, gone[1]),
                (more[0] + 1, more[1]),
            )
            rows[row].append(min(ways, key=lambda way: way[0]))
    found: list[tuple[str, str]] = []
    chain = rows[-1][-1][1]
    while chain is not None:
        found.append(chain[0])
        chain = chain[1]
    return found


def _costs(pairs: Counter[tuple[str, str]]) -> dict[str, float]:
    """Minus the logarithm of how often that happens to what was said; "-" is none."""
    said: Counter[str] = Counter()
    for (one, _), times in pairs.items():
        said[one] += times
    costs = {
        f"{one or '-'} {other or '-'}": round(-math.log(times / said[one]), 1)
        for (one, other), times in sorted(pairs.items())
        if one != other and times >= LEAST_SEEN
    }
    return {pair: cost for pair, cost in costs.items() if cost <= DEAREST}
