"""A streaming transducer (zipformer2, as the sherpa-onnx project publishes them) run with onnxruntime.

sherpa-onnx itself gives the likeliest reading only. Here the sound is encoded once and a beam search over it gives
several, at a tenth more work. Readings that differ only in tone are kept as one, with their probabilities added up:
tones are misheard about as often as not, and would otherwise fill the beam. What the tokens mean is the engine's own.
"""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from pathlib import Path

import kaldi_native_fbank
import numpy as np
import onnxruntime
from numpy.typing import NDArray

from speech.audio import HEARING_RATE
from speech.recognition import EngineFailed

BEAM = 8
BANDS = 80
WINDOW, STEP = 45, 32
"""Frames of features the encoder takes at once, and how far it goes on."""
STILL = float(np.log(np.finfo(np.float32).eps))
"""A feature of digital silence; fills up the last window."""
BLANK, UNKNOWN = 0, 2
CONTEXT = 2
MOST_CONTEXTS = 4096
"""Outputs of the prediction network that are kept: 5 MB."""
TONES = frozenset("\u0304\u0301\u030c\u0300")

Floats = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Reading:
    """One way the sound can be read.

    `log_probability` is that of all its variants in tone; `own` and `tokens` are those of the likeliest variant, and
    `emitted` the part of `own` that its tokens have (the rest is where nothing is said). `greedy`: at every step the
    likeliest was taken, as a search without a beam does. `at` are the frames in which the tokens were said.
    """

    log_probability: float
    own: float = 0.0
    emitted: float = 0.0
    tokens: tuple[int, ...] = ()
    at: tuple[int, ...] = ()
    greedy: bool = True


class Transducer:
    """The model. Several threads may use it at once."""

    def __init__(self, folder: Path) -> None:
        """Load what is in `folder`: encoder, decoder, joiner, tokens.txt. Raises EngineFailed."""
        try:
            self._encoder, self._decoder, self._joiner = (_session(folder, part) for part in _PARTS)
            lines = (folder / "tokens.txt").read_text(encoding="utf-8").splitlines()
        except EngineFailed:
            raise
        except Exception as error:  # onnxruntime raises nothing more precise
            raise EngineFailed(f"the model in {folder} cannot be loaded: {type(error).__name__}") from error
        self.tokens = tuple(line.split()[0] for line in lines if line.strip())
        classes: dict[str, int] = {}
        self.classes = [classes.setdefault(_toneless(token), len(classes)) for token in self.tokens]
        self.variants = [np.flatnonzero(np.array(self.classes) == one) for one in self.classes]
        self._begin = {
            each.name: np.zeros(each.shape, np.int64 if "int64" in each.type else np.float32)
            for each in self._encoder.get_inputs()
            if each.name != "x"
        }
        self._outputs = [each.name.removeprefix("new_") for each in self._encoder.get_outputs()]
        self._contexts: dict[tuple[int, ...], Floats] = {}

    def readings(self, frames: Floats) -> list[Reading]:
        """The likeliest readings of what was encoded, best first; at least one, maybe of no token."""
        paths: dict[tuple[int, ...], Reading] = {(): Reading(0.0)}
        for at in range(len(frames)):
            paths = self._further(paths, frames[at], at)
        return sorted(paths.values(), key=lambda one: -one.log_probability)

    def encoded(self, sound: Floats) -> Floats:
        """16 kHz `sound` (-1 to 1) as the model knows it: forty milliseconds a row."""
        return self._encoded(_features(sound))

    def _encoded(self, features: Floats) -> Floats:
        """Forty milliseconds of sound a row."""
        steps = max(1, -(-(len(features) - WINDOW) // STEP) + 1)
        missing = np.full((max(0, (steps - 1) * STEP + WINDOW - len(features)), BANDS), STILL, np.float32)
        features = np.concatenate([features, missing])
        state, rows = self._begin, []
        for at in range(0, steps * STEP, STEP):
            given = self._encoder.run(None, {"x": features[None, at : at + WINDOW], **state})
            rows.append(given[0][0])
            state = {name: value for name, value in zip(self._outputs, given, strict=True) if name in self._begin}
        return np.concatenate(rows)

    def _further(self, paths: dict[tuple[int, ...], Reading], frame: Floats, at: int) -> dict[tuple[int, ...], Reading]:
        """The beam one frame later: each path with nothing more said, or with one token more."""
        known = list(paths.items())
        contexts = self.contexts([path.tokens for _, path in known])
        scores = self.joined(np.repeat(frame[None], len(known), axis=0), contexts).astype(np.float64)
        likeliest_token = scores.argmax(axis=1)
        totals = (scores + np.array([[path.log_probability] for _, path in known])).ravel()
        likeliest = np.argpartition(-totals, 4 * BEAM)[: 4 * BEAM]
        found: dict[tuple[int, ...], Reading] = {}
        for place in likeliest:
            which, token = divmod(int(place), scores.shape[1])
            key, path = known[which]
            log, silent = float(scores[which, token]), token in (BLANK, UNKNOWN)
            key = key if silent else (*key, self.classes[token])
            tokens, when, emitted = (
                (path.tokens, path.at, 0.0) if silent else ((*path.tokens, token), (*path.at, at), log)
            )
            greedy = path.greedy and token == likeliest_token[which]
            one = Reading(float(totals[place]), path.own + log, path.emitted + emitted, tokens, when, greedy)
            found[key] = _together(found[key], one) if key in found else one
        return dict(sorted(found.items(), key=lambda entry: -entry[1].log_probability)[:BEAM])

    def contexts(self, several: list[tuple[int, ...]]) -> Floats:
        """What the prediction network makes of the last tokens of each."""
        return np.stack([self._context(tokens) for tokens in several])

    def joined(self, frames: Floats, contexts: Floats) -> Floats:
        """The logarithm of how likely each token is, row by row."""
        scores: Floats = self._joiner.run(None, {"encoder_out": frames, "decoder_out": contexts})[0]
        scores -= scores.max(axis=1, keepdims=True)
        scores -= np.log(np.exp(scores).sum(axis=1, keepdims=True))
        return scores

    def _context(self, tokens: tuple[int, ...]) -> Floats:
        last = ((BLANK,) * CONTEXT + tokens)[-CONTEXT:]
        row = self._contexts.get(last)
        if row is None:
            if len(self._contexts) >= MOST_CONTEXTS:
                self._contexts.clear()
            row = self._decoder.run(None, {"y": np.array([last], np.int64)})[0][0]
            self._contexts[last] = row
        return row


_PARTS = ("encoder", "decoder", "joiner")


def _session(folder: Path, part: str) -> onnxruntime.InferenceSession:
    files = sorted(folder.glob(f"{part}-*.onnx"), key=lambda path: (".int8." not in path.name, path.name))
    if not files:
        raise EngineFailed(f"no {part} in {folder}")
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    options.log_severity_level = 4
    return onnxruntime.InferenceSession(str(files[0]), options, providers=["CPUExecutionProvider"])


def _features(sound: Floats) -> Floats:
    """Kaldi's log-mel features, a hundred frames a second, as the model was trained with."""
    options = kaldi_native_fbank.FbankOptions()
    options.frame_opts.samp_freq = HEARING_RATE
    options.frame_opts.dither = 0.0
    options.frame_opts.snip_edges = False
    options.mel_opts.num_bins = BANDS
    options.mel_opts.high_freq = -400.0
    bank = kaldi_native_fbank.OnlineFbank(options)
    bank.accept_waveform(HEARING_RATE, sound)
    bank.input_finished()
    return np.stack([bank.get_frame(number) for number in range(bank.num_frames_ready)]).astype(np.float32)


def _together(one: Reading, other: Reading) -> Reading:
    """Two variants in tone as one reading."""
    likelier = one if one.own >= other.own else other
    both = float(np.logaddexp(one.log_probability, other.log_probability))
    return Reading(both, likelier.own, likelier.emitted, likelier.tokens, likelier.at, one.greedy or other.greedy)


def _toneless(token: str) -> str:
    return "".join(sign for sign in unicodedata.normalize("NFD", token) if sign not in TONES)
