"""The sounds `shusheng bench voice` hears: joined syllables at four speeds, spoiled in three ways, and noise.

Everything is made from ../shared/data/voice and from chance with a fixed seed; nothing of it was used for tuning
(docs/decisions/0014 names the clips that were).
"""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator

import numpy as np
from numpy.typing import NDArray

from speech.audio import HEARING_RATE, AudioClip, encode, resampled

SPEEDS = (0.85, 1.0, 1.15, 1.3)
NOISE_DB = 15.0


def at_speed(clip: AudioClip, speed: float) -> AudioClip:
    """The clip said slower or faster, at the same pitch."""
    if speed == 1.0:
        return clip
    import av
    import av.filter

    graph = av.filter.Graph()
    source = graph.add_abuffer(format="s16", sample_rate=clip.rate, layout="mono", time_base=None)
    tempo, sink = graph.add("atempo", str(speed)), graph.add("abuffersink")
    source.link_to(tempo)
    tempo.link_to(sink)
    graph.configure()
    frame = av.AudioFrame.from_ndarray(clip.samples[None, :], format="s16", layout="mono")
    frame.sample_rate = clip.rate
    graph.push(frame)
    graph.push(None)
    pieces = []
    while True:
        try:
            pieces.append(graph.pull().to_ndarray()[0])
        except (av.error.BlockingIOError, av.error.EOFError):
            break
    return AudioClip(np.concatenate(pieces).astype(np.int16), clip.rate)


def clean(clip: AudioClip) -> bytes:
    """As a good recorder brings it."""
    return encode(clip, "wav")


def narrow(clip: AudioClip) -> bytes:
    """Ogg/Opus at 16 kb/s."""
    import av

    file = io.BytesIO()
    with av.open(file, "w", format="ogg") as container:
        stream = container.add_stream("libopus", rate=HEARING_RATE, options={"application": "voip"})
        stream.bit_rate = 16_000  # type: ignore[union-attr]
        stream.layout = "mono"  # type: ignore[union-attr]
        frame = av.AudioFrame.from_ndarray(clip.samples[None, :], format="s16", layout="mono")
        frame.sample_rate = clip.rate
        for each in (frame, None):
            container.mux(stream.encode(each))  # type: ignore[union-attr]
    return file.getvalue()


def telephone(clip: AudioClip) -> bytes:
    """8,000 samples a second."""
    return encode(resampled(clip, 8_000), "wav")


def kitchen(clip: AudioClip) -> bytes:
    """With a kitchen around it, 15 dB below the voice: an extractor hood, running water, dishes."""
    around = _kitchen(len(clip.samples), np.random.default_rng(len(clip.samples)))
    voice = clip.samples.astype(np.float64)
    loud = voice[np.abs(voice) > 100]
    around *= np.sqrt((loud**2).mean()) / np.sqrt((around**2).mean()) / 10 ** (NOISE_DB / 20)
    return encode(AudioClip(np.clip(voice + around, -32768, 32767).astype(np.int16), clip.rate), "wav")


WAYS: dict[str, Callable[[AudioClip], bytes]] = {
    "clean": clean, "Opus 16 kb/s": narrow, "8 kHz": telephone, "kitchen 15 dB": kitchen,
}  # fmt: skip


def wordless(minutes: float) -> Iterator[tuple[str, AudioClip]]:
    """Silence, hiss, noise, kitchens and music, in notes of ten seconds."""
    makers = (_silence, _hiss, _noise, _kitchen, _tune, _drum)
    for number in range(int(minutes * 6)):
        make, chance = makers[number % len(makers)], np.random.default_rng(number)
        samples = make(10 * HEARING_RATE, chance)
        yield make.__name__.strip("_"), AudioClip(np.clip(samples, -32768, 32767).astype(np.int16))


def _silence(count: int, chance: np.random.Generator) -> NDArray[np.float64]:
    return chance.normal(0, 1.5, count)


def _hiss(count: int, chance: np.random.Generator) -> NDArray[np.float64]:
    return chance.normal(0, chance.uniform(20, 200), count)


def _noise(count: int, chance: np.random.Generator) -> NDArray[np.float64]:
    swell = 1 + 0.8 * np.sin(np.arange(count) / HEARING_RATE * chance.uniform(1, 12))
    return chance.normal(0, chance.uniform(500, 4000), count) * swell


def _kitchen(count: int, chance: np.random.Generator) -> NDArray[np.float64]:
    at = np.arange(count) / HEARING_RATE
    hood = 600 * np.sin(2 * np.pi * 100 * at) + 300 * np.sin(2 * np.pi * 200 * at)
    water = np.convolve(chance.normal(0, 900, count), np.ones(4) / 4, "same")
    dishes = np.zeros(count)
    for start in chance.integers(0, max(1, count - 3200), max(1, count // 12_000)):
        length = min(3200, count - start)
        ring = np.sin(2 * np.pi * chance.uniform(1500, 5000) * at[:length]) * np.exp(-at[:length] * 40)
        dishes[start : start + length] += 6000 * ring
    return hood + water + dishes


def _tune(count: int, chance: np.random.Generator) -> NDArray[np.float64]:
    at, sound = np.arange(count) / HEARING_RATE, np.zeros(count)
    step = int(HEARING_RATE * chance.uniform(0.2, 0.6))
    for start in range(0, count, step):
        hertz = 220 * 2 ** (int(chance.integers(0, 25)) / 12)
        part = at[: min(step, count - start)]
        note = sum(np.sin(2 * np.pi * hertz * k * part) / k for k in (1, 2, 3, 4)) * np.exp(-part * 3)
        sound[start : start + len(part)] += 5000 * note
    return sound


def _drum(count: int, chance: np.random.Generator) -> NDArray[np.float64]:
    at, sound = np.arange(count) / HEARING_RATE, np.zeros(count)
    for start in range(0, count, int(HEARING_RATE * 0.4)):
        part = at[: min(4000, count - start)]
        sound[start : start + len(part)] += 9000 * np.sin(2 * np.pi * 90 * part) * np.exp(-part * 25)
        sound[start : start + len(part)] += chance.normal(0, 2500, len(part)) * np.exp(-part * 60)
    return sound
