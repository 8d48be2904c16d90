"""Spoken test requests made of single human syllables (../shared/data/voice/syllables-cmn, CC-BY-SA).

Tests of any room say `make_note(["wo3", "xiang3", "jie4", "san1", "ti3"])` and get a clip as a reader might have spoken
it, or `make_ogg(...)` for the file a channel would bring. About one syllable in eight is misheard by the pinyin model.
"""

from __future__ import annotations

import functools
import os
from collections.abc import Iterable
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from speech.audio import HEARING_RATE, AudioClip, decode, encode

SHARED = Path(os.environ.get("SHUSHENG_SHARED", Path(__file__).resolve().parents[2] / "shared"))
SYLLABLES = SHARED / "data" / "voice" / "syllables-cmn"
FADE = int(0.02 * HEARING_RATE)
MARGIN = int(0.25 * HEARING_RATE)
LOUDNESS = 2500.0
AUDIBLE = 0.02


def make_note(syllables: Iterable[str], *, pause_s: float = 0.0) -> AudioClip:
    """The syllables ("wo3"; ü is v; no tone or 5 is neutral) joined with 20 ms cross-fades, quiet before and after."""
    joined = np.zeros(0)
    fade_in = np.linspace(0, 1, FADE)
    for name in syllables:
        sound = np.concatenate([np.zeros(int(pause_s * HEARING_RATE)), _syllable(name)])
        if len(joined):
            blended = joined[-FADE:] * (1 - fade_in) + sound[:FADE] * fade_in
            joined = np.concatenate([joined[:-FADE], blended, sound[FADE:]])
        else:
            joined = sound
    whole = np.concatenate([np.zeros(MARGIN), joined, np.zeros(MARGIN)])
    return AudioClip(np.clip(whole, -32768, 32767).astype(np.int16))


def make_ogg(syllables: Iterable[str], *, pause_s: float = 0.0) -> bytes:
    """The same as the Ogg/Opus file Telegram would bring."""
    return encode(make_note(syllables, pause_s=pause_s), "ogg")


@functools.cache
def _syllable(name: str) -> NDArray[np.float64]:
    written = name.lower().replace("ü", "v").replace("u:", "v")
    toneless, tone = (written[:-1], written[-1]) if written[-1].isdigit() else (written, "5")
    for each in (tone, "4", "1", "3", "2"):
        path = SYLLABLES / f"cmn-{toneless}{each}.mp3"
        if path.is_file():
            samples = decode(path.read_bytes()).samples.astype(np.float64)
            heard = np.flatnonzero(np.abs(samples) > AUDIBLE * np.abs(samples).max())
            sound = samples[heard[0] : heard[-1] + 1]
            return sound / np.sqrt((sound**2).mean()) * LOUDNESS
    raise FileNotFoundError(f"no syllable {name} in {SYLLABLES}")
