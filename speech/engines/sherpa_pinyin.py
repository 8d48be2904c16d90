"""An ear for Mandarin that writes toned pinyin: the small WenetSpeech keyword transducer of the sherpa-onnx project.

It gives no characters (homophones are the catalogue's business) and takes no phrases: its tokens are initials and
finals. The likeliest readings of one beam search are its hypotheses. How much of the probability agrees with the first,
with the probabilities of its own tokens, is the confidence: a least-squares fit to the share of right syllables
(docs/decisions/0014; `shusheng bench voice` shows it on clips that were not used for the fit).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from rapidfuzz.distance import Levenshtein

from speech.audio import HEARING_RATE, AudioClip, resampled
from speech.engines.likelihood import Lattice
from speech.engines.pinyin_tokens import spellings, syllables_of
from speech.engines.transducer import Reading, Transducer
from speech.recognition import Abilities, EngineFailed, Hypothesis, Transcript

BEFORE = np.zeros(int(0.3 * HEARING_RATE), dtype=np.float32)
AFTER = np.zeros(int(0.4 * HEARING_RATE), dtype=np.float32)
"""Silence the model needs around a clip, or it loses the first and last syllable."""
LONGEST_KEPT = 400
"""Frames of 40 ms: no sound is kept of a longer note, which is no wish but a letter."""
MOST = 6
"""Hypotheses of a transcript."""
FLATTER = 0.7
"""The model is surer of its best reading than it may be: its log probabilities are multiplied by this."""
LEAST_PROBABLE = 0.4
"""Below this mean probability of its tokens a reading is none: noise has up to 0.35, 101 spoken clips had over 0.6."""
CERTAINTY = (-0.88, 0.38, 1.51)
"""The fit: constant, mean probability of the tokens, agreement of the readings."""


@dataclass(frozen=True, slots=True)
class HeardSound:
    """What is kept of a note, so that known sentences can be held against it."""

    lattice: Lattice
    spellings: Mapping[str, tuple[int, ...]]

    def likelihoods(self, sentences: Sequence[Sequence[str]]) -> list[float | None]:
        """How likely the sound is for each of the sentences, beside the likeliest hypothesis."""
        spelled = [self._tokens(sentence) for sentence in sentences]
        known = [tokens for tokens in spelled if tokens]
        best, *likely = self.lattice.likelihoods([self.lattice.best.tokens, *known])
        found = iter(likely)
        return [next(found) - best if tokens else None for tokens in spelled]

    def _tokens(self, sentence: Sequence[str]) -> tuple[int, ...]:
        """A sentence as the model writes it; () if it cannot."""
        if not all(syllable in self.spellings for syllable in sentence):
            return ()
        return tuple(token for syllable in sentence for token in self.spellings[syllable])


class PinyinRecognizer:
    """The ear. One may be used by several threads at once."""

    name = "sherpa_pinyin"
    abilities = Abilities(syllables=True, alternatives=MOST)

    def __init__(self, folder: Path, locales: frozenset[str] = frozenset({"zh-CN", "zh-Hant"})) -> None:
        """Load the model in `folder` (0.3 s). Raises EngineFailed."""
        self.locales = locales
        self._model: Transducer | None = Transducer(folder)
        self._spellings = spellings(self._model.tokens)

    def recognize(self, clip: AudioClip, *, phrases: tuple[str, ...] = ()) -> Transcript:
        """Hear `clip`. Raises EngineFailed."""
        model = self._model
        if model is None:
            raise EngineFailed("the model was closed")
        sound = resampled(clip, HEARING_RATE).samples.astype(np.float32) / np.float32(32768)
        frames = model.encoded(np.concatenate([BEFORE, sound, AFTER]))
        readings = model.readings(frames)
        first = next((reading for reading in readings if reading.tokens), readings[0])
        still = any(reading.greedy and not reading.tokens for reading in readings)
        if still or _probability(first) < LEAST_PROBABLE:  # in noise a beam always finds something
            return Transcript((), confidence=0.0, audio_s=clip.seconds)
        weights = _weighted(model, readings)
        whole = sum(list(weights.values())[:MOST])
        hypotheses = tuple(
            Hypothesis(syllables=" ".join(syllables), weight=weight / whole)
            for syllables, weight in list(weights.items())[:MOST]
        )
        kept = HeardSound(Lattice(model, frames, first), self._spellings) if len(frames) <= LONGEST_KEPT else None
        return Transcript(hypotheses, _certainty(first, weights), clip.seconds, sound=kept)

    def close(self) -> None:
        """Free the model."""
        self._model = None


def _weighted(model: Transducer, readings: list[Reading]) -> dict[tuple[str, ...], float]:
    """The readings in syllables, best first; their weights sum to 1. Several may be written alike."""
    readings = [reading for reading in readings if reading.tokens]
    best = readings[0].log_probability
    shares: dict[tuple[str, ...], float] = {}
    for reading in readings:
        written = syllables_of(model.tokens[token] for token in reading.tokens)
        shares[written] = shares.get(written, 0.0) + float(np.exp(FLATTER * (reading.log_probability - best)))
    total = sum(shares.values())
    return {written: share / total for written, share in sorted(shares.items(), key=lambda entry: -entry[1])}


def _certainty(reading: Reading, weights: dict[tuple[str, ...], float]) -> float:
    constant, by_probability, by_agreement = CERTAINTY
    first = _toneless(next(iter(weights)))
    agreement = sum(
        weight * float(Levenshtein.normalized_similarity(first, _toneless(other))) for other, weight in weights.items()
    )
    sure = constant + by_probability * _probability(reading) + by_agreement * agreement
    return round(min(1.0, max(0.0, sure)), 3)


def _probability(reading: Reading) -> float:
    """The mean probability of its tokens, when each was said."""
    return float(np.exp(reading.emitted / max(1, len(reading.tokens))))


def _toneless(syllables: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(syllable.rstrip("12345") for syllable in syllables)
