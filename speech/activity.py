"""Tells by its energy where in a clip somebody may be speaking, and why nothing was heard where nobody is.

Speech goes up and down within a tenth of a second; silence is quiet, and noise or a hum is level. Music and a
television go up and down too: that no words are made of them is the recognizer's and the understanding's work.
"""

from __future__ import annotations

from dataclasses import dataclass

from speech.audio import AudioClip
from speech.recognition import Missed

FRAME_S = 0.02
QUIET_DB = -55.0
"""Below this level (full scale is 0 dB) nothing is speech."""
STILL_DB = -40.0
"""A level sound below this is what a microphone makes of a quiet room."""
LEVEL_DB = 4.0
"""Sound that varies less than this is noise or a hum."""
CLEAR_DB = 15.0
"""Speech stands out from a quiet room by at least this much; where it does not, the surroundings are to blame."""
ABOVE_DB = 6.0
"""What is this much louder than the background may be a voice."""
SURE_S = 0.5
"""Clips shorter than this are never called level: one held vowel is a word."""
MARGIN_S = 0.3
"""Kept before and after the voice: consonants are soft."""


@dataclass(frozen=True, slots=True)
class Activity:
    """What the energy of a clip tells: `low` and `high` are the levels of its background and of its loud parts.

    `begin` and `end` are the samples between which somebody may be speaking, margins included.
    """

    low: float
    high: float
    begin: int
    end: int
    level: bool

    @property
    def voice(self) -> bool:
        """Whether the clip can hold speech at all."""
        return self.high >= QUIET_DB and not self.level

    @property
    def missed(self) -> Missed:
        """Why nothing was heard in it, if nothing was."""
        if self.high < QUIET_DB or (self.level and self.high < STILL_DB):
            return "silent"
        return "noise" if self.level or self.high - self.low < CLEAR_DB else "unclear"


def activity(clip: AudioClip) -> Activity:
    """Look at `clip`."""
    import numpy as np  # takes long to import, and a service's page is there before its first recording

    size = int(clip.rate * FRAME_S)
    count = len(clip.samples) // size
    if count == 0:
        return Activity(-120.0, -120.0, 0, len(clip.samples), True)
    frames = clip.samples[: count * size].reshape(count, size).astype(np.float64) / 32768
    frames -= frames.mean(axis=1, keepdims=True)
    levels = 10 * np.log10((frames**2).mean(axis=1) + 1e-12)
    low, high = (float(each) for each in np.percentile(levels, (10, 95)))
    loud = np.flatnonzero(levels > max(QUIET_DB, min(low + ABOVE_DB, (low + high) / 2)))
    margin = int(MARGIN_S * clip.rate)
    begin = max(0, int(loud[0]) * size - margin) if len(loud) else 0
    end = min(len(clip.samples), (int(loud[-1]) + 1) * size + margin) if len(loud) else len(clip.samples)
    return Activity(low, high, begin, end, clip.seconds >= SURE_S and high - low < LEVEL_DB)


def is_silent(clip: AudioClip) -> bool:
    """Whether `clip` holds nothing but silence, or noise of one level."""
    return not activity(clip).voice


def spoken_part(clip: AudioClip, found: Activity) -> AudioClip:
    """The part of `clip` in which somebody may be speaking."""
    return AudioClip(clip.samples[found.begin : found.end], clip.rate)
