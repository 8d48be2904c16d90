"""How likely a sound is where a given sentence was said: the forward algorithm over a transducer's lattice.

A beam search says what was likeliest said, of everything that can be said; this says which of a few known sentences was
(catalogue titles, the sentences of a talk), and finds one that the beam lost. Each sentence is laid along the likeliest
reading, and what lies far from it in time is left out: the same token is not said half a second away. The sentences
share most of their contexts, so that thirty of them cost a few tens of milliseconds.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from rapidfuzz.distance import Levenshtein

from speech.engines.transducer import BLANK, CONTEXT, UNKNOWN, Reading, Transducer

Floats = NDArray[np.float32]

BAND = 8
"""Frames of 40 ms that a token may be earlier or later than along the likeliest reading."""
OTHER_TONE = 0.5
"""What a tone other than the sentence's own costs, in nats: tones are misheard about as often as not."""
NEVER = -1e9


@dataclass(frozen=True, slots=True)
class Lattice:
    """A sound's frames, as the model encoded them, and its likeliest reading."""

    model: Transducer
    frames: Floats
    best: Reading

    def likelihoods(self, sentences: Sequence[Sequence[int]]) -> list[float]:
        """The logarithm of how likely the sound is for each of the sentences (of tokens)."""
        several = [tuple(sentence) for sentence in sentences]
        if not several:
            return []
        silent, said = self._steps(several, [self._band(sentence) for sentence in several])
        alpha = np.full((len(several), silent.shape[2]), NEVER)
        alpha[:, 0] = 0.0
        for step in range(len(self.frames)):
            further = alpha[:, :-1] + said[:, step]
            alpha += silent[:, step]
            alpha[:, 1:] = np.logaddexp(alpha[:, 1:], further)
        return [float(alpha[number, len(sentence)]) for number, sentence in enumerate(several)]

    def _band(self, sentence: tuple[int, ...]) -> list[tuple[int, int]]:
        """From which frame to which the talk may stand behind none, one, two … tokens of `sentence`."""
        count, classes = len(self.frames), self.model.classes
        known = {0: 0.0, len(sentence) + 1: float(count)}
        mine, other = [classes[token] for token in self.best.tokens], [classes[token] for token in sentence]
        for same in Levenshtein.opcodes(mine, other):
            if same.tag in ("equal", "replace"):
                for more in range(same.src_end - same.src_start):
                    known[same.dest_start + more + 1] = float(self.best.at[same.src_start + more])
        when = np.interp(np.arange(len(sentence) + 2), sorted(known), [known[place] for place in sorted(known)])
        begins = [0, *(max(0, int(time) - BAND) for time in when[1:-1])]
        ends = [*(min(count, int(time) + BAND + 1) for time in when[1:-1]), count]
        return list(zip(begins, ends, strict=True))

    def _steps(self, several: list[tuple[int, ...]], bands: list[list[tuple[int, int]]]) -> tuple[Floats, Floats]:
        """What each step costs, by sentence, frame and place: to say nothing, and to say the next token."""
        spans: dict[tuple[int, ...], tuple[int, int]] = {}
        for sentence, band in zip(several, bands, strict=True):
            for place, (begin, end) in enumerate(band):
                context = _context(sentence, place)
                first, last = spans.get(context, (begin, end))
                spans[context] = min(first, begin), max(last, end)
        scores = self._scores(spans)
        quiet = {context: np.logaddexp(each[:, BLANK], each[:, UNKNOWN]) for context, each in scores.items()}
        spoken: dict[tuple[tuple[int, ...], int], Floats] = {}
        shape = len(several), len(self.frames), max(map(len, several)) + 1
        silent = np.full(shape, NEVER, np.float32)
        said = np.full((*shape[:2], shape[2] - 1), NEVER, np.float32)
        for number, (sentence, band) in enumerate(zip(several, bands, strict=True)):
            for place, (begin, end) in enumerate(band):
                context = _context(sentence, place)
                first = spans[context][0]
                silent[number, begin:end, place] = quiet[context][begin - first : end - first]
                if place < len(sentence):
                    which = context, sentence[place]
                    if which not in spoken:
                        spoken[which] = self._token(scores[context], sentence[place])
                    said[number, begin:end, place] = spoken[which][begin - first : end - first]
        return silent, said

    def _scores(self, spans: Mapping[tuple[int, ...], tuple[int, int]]) -> dict[tuple[int, ...], Floats]:
        """For each context, how likely each token is in each frame of its span."""
        sizes = [last - first for first, last in spans.values()]
        frames = np.concatenate([np.arange(first, last) for first, last in spans.values()])
        outputs = self.model.contexts(list(spans))[np.repeat(np.arange(len(spans)), sizes)]
        scores = self.model.joined(self.frames[frames], outputs)
        ends = np.cumsum(sizes)
        return {context: scores[end - size : end] for context, size, end in zip(spans, sizes, ends, strict=True)}

    def _token(self, scores: Floats, token: int) -> Floats:
        """How likely a token is, in any tone."""
        variants = self.model.variants[token]
        likely: Floats = np.logaddexp.reduce(scores[:, variants] - OTHER_TONE * (variants != token), axis=1)
        return likely


def _context(sentence: tuple[int, ...], place: int) -> tuple[int, ...]:
    return ((BLANK,) * CONTEXT + sentence[:place])[-CONTEXT:]
