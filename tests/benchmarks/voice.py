"""voice: what is understood when it is spoken, and how quickly it is heard and answered; each figure beside its bar.

Parts (--only a,b; all without it): speed (one core), many (20 notes at once), memory, commands (120 spoken commands at
four speeds, clean and spoiled), errands (200 titles among all of ../shared/data/books_cn.tsv; --titles N fewer), human
(recordings of people, none of them a request), wordless (30 minutes of noise and music), confidence (how well it tells
what was heard rightly, on the commands; --plot FILE writes its points as JSON). --sample N takes every Nth case,
--misses prints what was not understood. Voices are human syllables joined together (voice_clips.py). The exit code is 1
where a bar is missed.
"""

from __future__ import annotations

import csv
import json as json_module
import os
import random
import statistics
import sys
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from time import perf_counter, process_time
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))
sys.path.insert(0, str(Path(__file__).resolve().parent))

import machine

NAME = "voice"
FOUR_SECONDS = "wo3 xiang3 jie4 yi1 ben3 san1 ti3"
REPLY = "找到{}本，第一本是三体，刘慈欣，在馆。要预约吗？说好，我就替您预约。"
ASKED_BARS = {"clean": 0.96, "Opus 16 kb/s": 0.93, "8 kHz": 0.92, "kitchen 15 dB": 0.86}
CONDITIONS_SEED = 5


@dataclass
class Sheet:
    """The figures of a run, printed as they come."""

    json: bool
    misses: bool
    figures: list[dict[str, Any]] = field(default_factory=list)

    def note(self, name: str, value: float, *, least: float | None = None, most: float | None = None) -> None:
        """One figure with its bar, if it has one."""
        kept = (least is None or value >= least) and (most is None or value <= most)
        bar = f"≥ {least:g}" if least is not None else f"≤ {most:g}" if most is not None else ""
        self.figures.append({"figure": name, "value": round(value, 4), "bar": bar, "kept": kept})
        if self.json:
            print(json_module.dumps({"bench": NAME, **self.figures[-1]}, ensure_ascii=False), flush=True)
        else:
            print(f"{name:>60}: {value:<8.3g} {bar:<8} {'' if kept else 'MISSED'}", flush=True)

    def missed(self, words: str) -> None:
        """A case that was not understood, for whoever wants to know."""
        if self.misses:
            print(f"    {words}", file=sys.stderr, flush=True)


@dataclass
class Run:
    """What every part needs."""

    sheet: Sheet
    ears: Any
    voices: Any
    shared: Path
    given: dict[str, str]
    heard: list[tuple[float, float]] = field(default_factory=list)

    @property
    def step(self) -> int:
        """Every how-manieth case is taken."""
        return int(self.given.get("--sample", 1))


def run(*, json: bool, options: list[str]) -> int:
    """Run the benchmark; gives the exit code."""
    from bot import locales
    from bot.settings import load
    from speech.pool import Ears, Voices
    from tests.speech_samples import SHARED, SYLLABLES

    flags = [option for option in options if option == "--misses"]
    rest = [option for option in options if option not in flags]
    given = dict(zip(rest[::2], rest[1::2], strict=False))
    wanted = given.get("--only", ",".join(PARTS)).split(",")
    ears, voices = Ears(load().model_folders), Voices(readings=locales.readings())
    if not ears.installed("zh-CN"):
        print("there are no Mandarin ears to measure: set SHUSHENG_MODELS, or `shusheng models fetch`", file=sys.stderr)
        return 1
    if not SYLLABLES.is_dir():
        print(f"the notes are made of {SYLLABLES}, and it is not there", file=sys.stderr)
        return 1
    if unknown := [part for part in wanted if part not in PARTS]:
        print(f"voice: no part {unknown[0]}; there are {', '.join(PARTS)}", file=sys.stderr)
        return 2
    it = Run(Sheet(json, bool(flags)), ears, voices, SHARED, given)
    if not json:
        print(f"{machine.name()}; {ears.describe()[0]}")
    try:
        ears.warm()
        voices.warm()
        for part in wanted:
            PARTS[part](it)
    finally:
        ears.close()
        voices.close()
    return 0 if all(figure["kept"] for figure in it.sheet.figures) else 1


def _speed(it: Run) -> None:
    """One core for us, our decoder and our voice."""
    from speech.audio import decode
    from tests.speech_samples import make_note, make_ogg

    cores = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {min(cores)})
    it.ears.close()
    it.voices.close()
    try:
        four = make_note(FOUR_SECONDS.split())
        note = make_ogg(FOUR_SECONDS.split(), pause_s=max(0.0, (4 - four.seconds) / len(FOUR_SECONDS.split())))
        rounds = int(it.given.get("--rounds", 20))
        hearing = [_timed(lambda: it.ears.hear(note, "audio/ogg", "zh-CN")) for _ in range(rounds + 2)][2:]
        cpu = process_time()
        clip = decode(note)
        for _ in range(rounds):
            it.ears.recognize(clip)
        cpu = process_time() - cpu
        waits = sorted(_timed(lambda n=n: _answered(it, note, n)) for n in range(rounds + 2))[:-1]  # type: ignore[misc]
        each = statistics.median(hearing) / clip.seconds
        it.sheet.note("hearing, seconds a second of sound, one core", each, most=0.07)
        it.sheet.note("the same in processor time, without decoding", cpu / rounds / clip.seconds)
        it.sheet.note("4-second note to the reply's first byte, median, s", statistics.median(waits))
        it.sheet.note("4-second note to the reply's first byte, p95, s", waits[int(len(waits) * 0.95)], most=0.7)
    finally:
        os.sched_setaffinity(0, cores)
        it.ears.close()
        it.voices.close()


def _answered(it: Run, note: bytes, number: int) -> None:
    """A note heard, and the first bytes of an answer nobody heard before."""
    assert it.ears.hear(note, "audio/ogg", "zh-CN").hypotheses
    assert next(it.voices.pieces(REPLY.format(number + 10), "zh-CN", 1.0, "mp3"))


def _many(it: Run) -> None:
    from tests.speech_samples import make_ogg

    note = make_ogg(FOUR_SECONDS.split(), pause_s=0.2)
    seconds = it.ears.hear(note).audio_s
    start = perf_counter()
    with ThreadPoolExecutor(20) as pool:
        took = list(pool.map(lambda _: _since(start, it.ears.hear, note), range(20)))
    it.sheet.note("20 notes at once: seconds of sound a second", 20 * seconds / max(took), least=15)
    it.sheet.note("20 notes at once: the slowest, s", max(took), most=10)


def _memory(it: Run) -> None:
    """What a serving process with ears and voice holds, without its children (a decoder, a voice)."""
    from subprocess import run as start

    code = (
        "import sys; from pathlib import Path; sys.path.insert(0, 'tests/benchmarks')\n"
        "import voice, voice_talks, bot.channels.web.server; from tests.speech_samples import make_ogg\n"
        "from speech.pool import Ears, Voices; from bot.settings import load; from bot import locales\n"
        "ears, voices = Ears(load().model_folders), Voices(readings=locales.readings())\n"
        "with voice_talks.talks(ears) as talks:\n"
        "    [talks.say(make_ogg(voice.FOUR_SECONDS.split())) for _ in range(5)]; voices.speak(voice.REPLY.format(3))\n"
        "    print(next(l for l in open('/proc/self/status') if l.startswith('VmRSS')).split()[1])\n"
        "    sys.stdout.flush(); voices.close(); ears.close()\n"
    )
    root = Path(__file__).resolve().parents[2]
    done = start([sys.executable, "-c", code], capture_output=True, text=True, cwd=root, check=True)
    it.sheet.note("memory with ears and voice, MB", int(done.stdout.split()[-1]) / 1024, most=450)


def _commands(it: Run) -> None:
    import voice_clips
    import voice_talks

    from tests.speech_samples import make_note

    cases = voice_talks.commands()[:: it.step]
    clips = [
        voice_clips.at_speed(make_note(case.syllables), voice_clips.SPEEDS[place % 4])
        for place, case in enumerate(cases)
    ]
    with voice_talks.talks(it.ears) as talks:
        for way, spoiled in voice_clips.WAYS.items():
            counts: Counter[str] = Counter()
            for case, clip in zip(cases, clips, strict=True):
                outcome = talks.command(case, spoiled(clip))
                counts[outcome.verdict] += 1
                if outcome.verdict != "at once":
                    heard = (outcome.answer.get("heard") or {}).get("syllables", "")
                    words = f"{way}, {outcome.verdict}: {case.intent} {case.said} → {outcome.intent} {heard}"
                    it.sheet.missed(f"{words} | {str(outcome.answer.get('shown'))[:40]!r}")
                if way == "clean":
                    it.heard.append(_rightly(it, clip, case.syllables))
            share = len(cases)
            it.sheet.note(
                f"commands, {way}: at once", counts["at once"] / share, least=0.88 if way == "clean" else None
            )
            asked = (counts["at once"] + counts["asked"]) / share
            it.sheet.note(f"commands, {way}: at once or asked back", asked, least=ASKED_BARS[way])
            it.sheet.note(f"commands, {way}: wrong acts", counts["wrong act"], most=0)


def _errands(it: Run) -> None:
    import voice_clips
    import voice_talks

    from catalog.records.names import clean
    from tests.speech_samples import make_note

    source = it.shared / "data" / "books_cn.tsv"
    if not source.is_file():
        print(f"voice: errands need {source}", file=sys.stderr)
        return
    number = int(it.given.get("--titles", 10**9))
    with tempfile.TemporaryDirectory(prefix="shusheng-bench-") as folder:
        books = Path(folder) / "books.tsv"
        lines = source.read_text(encoding="utf-8").splitlines(keepends=True)[: number + 1]
        books.write_text("".join(lines), encoding="utf-8")
        chosen = list(_chosen(lines, 200))[:: it.step]
        with voice_talks.talks(it.ears, books=books) as talks:
            first = five = act = 0
            for place, (title, syllables) in enumerate(chosen):
                clip = voice_clips.at_speed(make_note(syllables), voice_clips.SPEEDS[place % 4])
                answer = talks.say(voice_clips.clean(clip))
                found = [clean(one["title"]) for one in answer.get("found", ())]
                first += found[:1] == [title]
                five += title in found
                act += found[:1] == [title] and answer["intent"] == "request_delivery"
                if found[:1] != [title] or answer["intent"] != "request_delivery":
                    heard = (answer.get("heard") or {}).get("syllables", "")
                    it.sheet.missed(f"errand: {title} → {answer['intent']} {found[:3]} {heard}")
    it.sheet.note(
        f"errands among {len(lines) - 1:,} titles: right title first and right act", act / len(chosen), least=0.85
    )
    it.sheet.note("errands: right title first", first / len(chosen))
    it.sheet.note("errands: right title among five", five / len(chosen), least=0.92)


def _chosen(lines: list[str], count: int) -> Iterator[tuple[str, list[str]]]:
    """Titles of three to eight signs that only one book has, in an errand whose syllables can all be joined."""
    from pypinyin import Style, lazy_pinyin

    from catalog.records.names import clean
    from tests.speech_samples import make_note

    titles = Counter(clean(line.split("\t", 1)[0]) for line in lines[1:])
    alone = [title for title, times in titles.items() if times == 1 and 3 <= len(title) <= 8 and _han(title)]
    random.Random(CONDITIONS_SEED).shuffle(alone)
    for title in alone:
        words = f"我想借{title}送到家里"
        syllables = lazy_pinyin(words, style=Style.TONE3, neutral_tone_with_five=True)
        try:
            make_note(syllables)
        except FileNotFoundError:
            continue
        yield title, syllables
        count -= 1
        if not count:
            return


def _human(it: Run) -> None:
    import voice_talks
    from pypinyin import lazy_pinyin
    from rapidfuzz.distance import Levenshtein

    from speech.audio import decode

    folder = it.shared / "data" / "voice"
    with (folder / "human-zh.tsv").open(encoding="utf-8") as file:
        texts = {row["file"]: row["text"] for row in csv.DictReader(file, delimiter="\t") if row["variety"] == "cmn"}
    files = [*sorted((folder / "human-zh").iterdir()), *sorted((folder / "human-en").iterdir())][:: it.step]
    engine = it.ears._recognizer("zh-CN")
    ours = alone = count = acts = 0
    with voice_talks.talks(it.ears) as talks:
        for path in files:
            clip = decode(path.read_bytes(), limit_s=600)
            if clip.seconds <= 60:
                answer = talks.say(path.read_bytes())
                acts += bool(answer.get("done"))
                if answer.get("done"):
                    it.sheet.missed(f"human: {path.name} did {answer['done']}")
            said = lazy_pinyin("".join(sign for sign in texts.get(path.name, "") if _han(sign)))
            if said:
                count += len(said)
                ours += Levenshtein.distance(said, _best(it.ears.recognize(clip)))
                alone += Levenshtein.distance(said, _best(engine.recognize(clip)))
    it.sheet.note("human sentences: wrong syllables, the engine alone", alone / max(1, count))
    it.sheet.note("human sentences: wrong syllables", ours / max(1, count), most=round(alone / max(1, count), 4) + 1e-9)
    it.sheet.note(f"human recordings ({len(files)}): false acts", acts, most=0)


def _wordless(it: Run) -> None:
    import voice_clips
    import voice_talks

    minutes = float(it.given.get("--minutes", 30)) / it.step
    acts = spoken = 0
    reasons: Counter[str] = Counter()
    with voice_talks.talks(it.ears) as talks:
        for name, clip in voice_clips.wordless(minutes):
            heard = it.ears.recognize(clip)
            reasons[heard.missed or "words"] += 1
            if heard.hypotheses:
                spoken += 1
                it.sheet.missed(f"wordless: {name} → {heard.hypotheses[0].syllables} {heard.confidence}")
                acts += bool(talks.say(voice_clips.clean(clip)).get("done"))
    it.sheet.note(f"{minutes:g} minutes without words: false acts", acts, most=0)
    it.sheet.note(f"{minutes:g} minutes without words: notes of 10 s in which words were heard", spoken)
    for reason in ("silent", "noise", "unclear"):
        it.sheet.note(f"{minutes:g} minutes without words: notes called {reason}", reasons[reason])


def _confidence(it: Run) -> None:
    """How confidence and the share of right syllables go together; the commands must have been heard before."""
    import numpy as np

    if not it.heard:
        return
    sure, right = np.array(it.heard).T
    bins = [
        {"confidence": round(float(sure[inside].mean()), 3), "right": round(float(right[inside].mean()), 3), "notes": n}
        for low in np.arange(0, 1, 0.1)
        if (n := int((inside := (sure >= low) & (sure < low + 0.1 + (low > 0.85))).sum()))
    ]
    it.sheet.note("confidence: mean distance from the share of right syllables", float(np.abs(sure - right).mean()))
    it.sheet.note("confidence: correlation with it", float(np.corrcoef(sure, right)[0, 1]))
    if "--plot" in it.given:
        points = [{"confidence": each[0], "right": round(each[1], 3)} for each in it.heard]
        Path(it.given["--plot"]).write_text(json_module.dumps({"bins": bins, "notes": points}), encoding="utf-8")
    elif not it.sheet.json:
        for each in bins:
            print(f"{'':>60}  {each['confidence']:.2f} → {each['right']:.2f} ({each['notes']} notes)")


PARTS: dict[str, Callable[[Run], None]] = {
    "speed": _speed, "many": _many, "memory": _memory, "commands": _commands, "errands": _errands, "human": _human,
    "wordless": _wordless, "confidence": _confidence,
}  # fmt: skip


def _rightly(it: Run, clip: Any, said: tuple[str, ...]) -> tuple[float, float]:
    """The confidence of a note, and the share of its syllables that were heard rightly."""
    from rapidfuzz.distance import Levenshtein

    heard = it.ears.recognize(clip)
    meant = [each.rstrip("12345") for each in said]
    return heard.confidence, max(0.0, 1 - Levenshtein.distance(meant, _best(heard)) / len(meant))


def _best(heard: Any) -> list[str]:
    return [each.rstrip("12345") for each in heard.hypotheses[0].syllables.split()] if heard.hypotheses else []


def _han(text: str) -> bool:
    return all("\u4e00" <= sign <= "\u9fff" for sign in text)


def _timed(act: Callable[[], object]) -> float:
    start = perf_counter()
    act()
    return perf_counter() - start


def _since(start: float, act: Callable[[bytes], object], note: bytes) -> float:
    act(note)
    return perf_counter() - start
