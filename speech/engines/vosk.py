"""The ear of the Vosk models: characters for Chinese, words for English.

Vosk ends the whole process on a wrong grammar, on a recognizer shared by threads and on a grammar set after sound; so
a recognizer lives for one note in one thread, a grammar is built only from words the model knows and only for models
that can take one, and everything else the talk sends never reaches it. Only a folder is ever opened: Vosk's own search
by language goes to the network.
"""

from __future__ import annotations

import json
import math
import re
from dataclasses import dataclass
from pathlib import Path

import vosk

from speech.audio import HEARING_RATE, AudioClip, resampled
from speech.recognition import Abilities, EngineFailed, Hypothesis, Transcript

ALTERNATIVES = 5
LONGEST_WORD = 8
UNKNOWN = "[unk]"
BETWEEN_HAN = re.compile(r"(?<=[\u3400-\u9fff])\s+(?=[\u3400-\u9fff])")

vosk.SetLogLevel(-3)


@dataclass(frozen=True, slots=True)
class _Reading:
    """Vosk's words, its unnormalised log score, and when each word was said."""

    text: str
    score: float
    times: tuple[tuple[float, float], ...] = ()


class VoskRecognizer:
    """The ear. One may be used by several threads at once: the model is shared, the recognizers are not."""

    name = "vosk"

    def __init__(self, folder: Path, locales: frozenset[str]) -> None:
        """Load the model in `folder`. Raises EngineFailed."""
        self.locales = locales
        if not folder.is_dir():
            raise EngineFailed(f"no model in {folder}")
        try:
            self._model: vosk.Model | None = vosk.Model(str(folder))
            vosk.KaldiRecognizer(self._model, HEARING_RATE)  # a broken graph shows only here
        except Exception as error:  # vosk raises nothing more precise
            raise EngineFailed(f"vosk cannot load {folder}: {error}") from error
        self._takes_grammar = any(folder.rglob("HCLr.fst")) and any(folder.rglob("Gr.fst"))
        self.abilities = Abilities(alternatives=2 * ALTERNATIVES, phrases=self._takes_grammar, times=True)

    def recognize(self, clip: AudioClip, *, phrases: tuple[str, ...] = ()) -> Transcript:
        """Hear `clip`: freely, and where the model can, once more for the `phrases`. Raises EngineFailed."""
        sound = resampled(clip, HEARING_RATE).samples.tobytes()
        scores = self._hear(sound, "")
        if grammar := self._grammar(phrases):
            scores += self._hear(sound, grammar)
        hypotheses, confidence = _weighted(scores)
        return Transcript(hypotheses, confidence=confidence, audio_s=clip.seconds)

    def close(self) -> None:
        """Free the model."""
        self._model = None

    def _hear(self, sound: bytes, grammar: str) -> list[_Reading]:
        """The best readings."""
        if self._model is None:
            raise EngineFailed("the model was closed")
        try:
            options = (grammar,) if grammar else ()
            recognizer = vosk.KaldiRecognizer(self._model, HEARING_RATE, *options)
            recognizer.SetMaxAlternatives(ALTERNATIVES)
            recognizer.SetWords(True)
            recognizer.AcceptWaveform(sound)
            result = json.loads(recognizer.FinalResult())
        except Exception as error:  # vosk raises nothing more precise
            raise EngineFailed(f"vosk: {error}") from error
        return [
            _Reading(
                str(each["text"]),
                float(each["confidence"]),
                tuple((float(word["start"]), float(word["end"])) for word in each.get("result", ())),
            )
            for each in result.get("alternatives", ())
        ]

    def _grammar(self, phrases: tuple[str, ...]) -> str:
        """The phrases as a grammar of known words, or "" where there is none to give."""
        if not self._takes_grammar:
            return ""
        known = [words for phrase in phrases if (words := self._words(phrase))]
        if not known:
            return ""
        return json.dumps([*known, UNKNOWN] if self._knows(UNKNOWN) else known, ensure_ascii=False)

    def _words(self, phrase: str) -> str:
        """The phrase cut into words of the model, longest first; "" if a part is unknown."""
        words: list[str] = []
        for part in phrase.lower().split():
            rest = part
            while rest:
                tries = (rest[:size] for size in range(min(len(rest), LONGEST_WORD), 0, -1))
                whole = (rest,) if rest.isascii() else tries
                word = next((each for each in whole if self._knows(each)), "")
                if not word:
                    return ""
                words.append(word)
                rest = rest[len(word) :]
        return " ".join(words)

    def _knows(self, word: str) -> bool:
        return self._model is not None and int(self._model.vosk_model_find_word(word)) >= 0


def _weighted(readings: list[_Reading]) -> tuple[tuple[Hypothesis, ...], float]:
    """Log scores → hypotheses whose weights sum to 1, and the confidence: the share of the best among all readings.

    Readings that hold unknown words, and the empty one, are no hypotheses, but keep their share of the doubt.
    """
    if not readings:
        return (), 0.0
    top = max(reading.score for reading in readings)
    shares: dict[str, float] = {}
    times: dict[str, tuple[tuple[float, float], ...]] = {}
    for reading in readings:
        words = BETWEEN_HAN.sub("", reading.text.strip())
        shares[words] = max(shares.get(words, 0.0), math.exp(reading.score - top))
        times.setdefault(words, reading.times)
    total = sum(shares.values())
    spoken = {text: share for text, share in shares.items() if text and UNKNOWN not in text}
    if not spoken or max(shares, key=lambda text: shares[text]) == "":
        return (), 0.0
    heard = sum(spoken.values())
    best_first = sorted(spoken.items(), key=lambda entry: -entry[1])
    hypotheses = tuple(
        Hypothesis(text=text, weight=max(share / heard, 1e-6), times=times[text]) for text, share in best_first
    )
    return hypotheses, round(best_first[0][1] / total, 3)
