"""The ears and the voices of a running service: which engine for which language, loaded once, used by many threads.

Calls block; the bot makes them from worker threads. Engines load at their first use. What was heard is not kept, and
nothing here knows what it means.
"""

from __future__ import annotations

import contextlib
import os
import threading
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Literal, cast, get_args

from speech import models as known
from speech.activity import activity, spoken_part
from speech.audio import AudioClip, Format, TooShort, at_volume, decode, encoded, warm_decoder
from speech.engines import ENGINES
from speech.readings import Readings
from speech.recognition import EngineFailed, Missed, RecognitionError, Recognizer, Transcript, UnsupportedLanguage
from speech.spoken_cache import SpokenCache
from speech.synthesis import (
    FASTEST,
    SLOWEST,
    NothingToSay,
    SynthesisError,
    Synthesizer,
    UnsupportedVoice,
    VoiceFailed,
    sentences,
)

LOCALES = ("zh-CN", "zh-Hant", "en")
LONGEST_NOTE_S = 60.0


class Ears:
    """What the service hears with.

    `engine` is "auto" (for each language the best installed model), the name of an engine (its best installed model),
    "name:folder" (that engine with that model, for every language), or "none". `given` are recognizers by locale that
    are used as they are, whatever is installed.
    """

    def __init__(
        self,
        models: tuple[Path, ...],
        *,
        engine: str = "auto",
        given: Mapping[str, Recognizer] | None = None,
        limit_s: float = LONGEST_NOTE_S,
    ) -> None:
        """`models` are the folders models are looked for in. Raises ValueError for an engine there is none of."""
        self._models, self._limit_s = models, limit_s
        self._engine, _, folder = engine.partition(":")
        self._folder = Path(folder) if folder else None
        if self._engine not in ("auto", "none") and _kind(self._engine) != "recognizer":
            names = ", ".join(each.name for each in ENGINES.values() if each.kind == "recognizer")
            raise ValueError(f"no recognizer is called {self._engine!r}; there are {names}, auto, none")
        self._given = dict(given or {})
        self._loaded: dict[Path, Recognizer] = {}
        self._broken: dict[Path, str] = {}
        self._lock = threading.Lock()
        self._places = threading.Semaphore(max(2, os.cpu_count() or 1))

    def hear(
        self, sound: bytes, media_type: str = "", locale: str = "zh-CN", phrases: tuple[str, ...] = ()
    ) -> Transcript:
        """A recording as a channel received it → what was said; nothing said gives no hypotheses, nor does a touch.

        Raises AudioError (speech.audio) where the file is at fault, RecognitionError where the ears are.
        """
        locale = nearest(locale)
        if not self.installed(locale):
            raise UnsupportedLanguage(locale)
        try:
            clip = decode(sound, media_type=media_type, limit_s=self._limit_s)
        except TooShort:
            return Transcript((), confidence=0.0, locale=locale, missed="silent")
        return self.recognize(clip, locale=locale, phrases=phrases)

    def recognize(self, clip: AudioClip, *, locale: str = "zh-CN", phrases: tuple[str, ...] = ()) -> Transcript:
        """The same for a clip that is decoded already; the voice is found first. Raises RecognitionError."""
        locale = nearest(locale)
        recognizer = self._recognizer(locale)
        found = activity(clip)
        heard = Transcript((), confidence=0.0)
        if found.voice:
            with self._places:
                heard = recognizer.recognize(spoken_part(clip, found), phrases=phrases)
        quiet = found.begin / clip.rate
        hypotheses = tuple(
            replace(one, times=tuple((begin + quiet, end + quiet) for begin, end in one.times)) if one.times else one
            for one in heard.hypotheses
        )
        missed: Missed = "" if heard.hypotheses else found.missed
        return Transcript(hypotheses, heard.confidence, clip.seconds, locale, missed, sound=heard.sound, cut=clip.cut)

    def installed(self, locale: str) -> bool:
        """Whether something hears this language."""
        locale = nearest(locale)
        return locale in self._given or any(folder not in self._broken for _, folder, _ in self._candidates(locale))

    def describe(self) -> list[str]:
        """One line a language: "zh-CN: sherpa_pinyin (folder)", or that nothing hears it; one line if nothing hears."""
        if not any(self.installed(locale) for locale in LOCALES):
            broken = "".join(f"; {folder.name}: {reason}" for folder, reason in self._broken.items())
            return [f"no voice model is installed: running without ears (`shusheng models fetch` gets them){broken}"]
        return [f"{locale}: {self._described(locale)}" for locale in LOCALES]

    def warm(self, locale: str = "zh-CN") -> None:
        """Start the decoder and load the engine for `locale`, so that the first note is as quick as the others."""
        warm_decoder()
        if self.installed(locale):
            self._recognizer(locale)

    def close(self) -> None:
        """Free the models that were loaded here."""
        with self._lock:
            loaded, self._loaded = self._loaded, {}
        for recognizer in loaded.values():
            recognizer.close()

    def _candidates(self, locale: str) -> list[tuple[str, Path, known.Installed | None]]:
        """(engine, folder, table entry) that could hear `locale`, best first."""
        if self._engine == "none" or locale not in LOCALES:
            return []
        if self._folder is not None:
            return [(self._engine, self._folder, None)] if ENGINES[self._engine].there else []
        return [
            (found.model.engine, found.folder, found)
            for found in known.find(self._models)
            if locale in found.model.locales
            and self._engine in ("auto", found.model.engine)
            and ENGINES[found.model.engine].there
        ]

    def _recognizer(self, locale: str) -> Recognizer:
        if locale in self._given:
            return self._given[locale]
        reason = ""
        for engine, folder, found in self._candidates(locale):
            with self._lock:
                if folder not in self._loaded and folder not in self._broken:
                    self._load(engine, folder, found)
                if folder in self._loaded:
                    return self._loaded[folder]
                reason = self._broken[folder]
        if reason:
            raise EngineFailed(reason)
        raise UnsupportedLanguage(locale)

    def _load(self, engine: str, folder: Path, found: known.Installed | None) -> None:
        problem = known.check(found) if found is not None else ""
        if problem:
            self._broken[folder] = problem
            return
        locales = found.model.locales if found is not None else frozenset(LOCALES)
        try:
            maker = ENGINES[engine].load()
            assert callable(maker)
            self._loaded[folder] = cast(Recognizer, maker(folder, locales))
        except (RecognitionError, ImportError) as error:
            self._broken[folder] = str(error)

    def _described(self, locale: str) -> str:
        if locale in self._given:
            return self._given[locale].name
        for engine, folder, _ in self._candidates(locale):
            if folder not in self._broken:
                return f"{engine} ({folder.name})"
        return "not heard (no voice model)"


class Voices:
    """What the service speaks with.

    `engine` is "auto", "none", the name of a synthesizer, or "name:folder" for one that needs a model. What such a one
    does not speak, or cannot because it is broken, the default voice says: a blind reader is never left in silence.
    `warm` raises what is wrong with it.

    `cache` is a folder for sentences already said (none by default: they hold names and titles). `readings` are words
    by locale that a voice would read wrongly, each with its numbered pinyin.
    """

    def __init__(
        self,
        models: tuple[Path, ...] = (),
        *,
        engine: str = "auto",
        given: Synthesizer | None = None,
        cache: Path | None = None,
        readings: Mapping[str, Mapping[str, str]] | None = None,
    ) -> None:
        """`models` are for engines that need a model (the default one needs none). Raises ValueError for no engine."""
        names = [each.name for each in ENGINES.values() if each.kind == "synthesizer"]
        name, _, folder = engine.partition(":")
        name = names[0] if name == "auto" else name
        if name not in (*names, "none"):
            raise ValueError(f"no synthesizer is called {engine!r}; there are {', '.join(names)}, auto, none")
        self._name, self._folder, self._default = name, folder, names[0]
        self._given = given
        self._own: Synthesizer | None = None
        self._optional: Synthesizer | None = None
        self._broken = ""
        self._lock = threading.Lock()
        self._cache = SpokenCache(cache)
        self._readings = {locale: Readings(words) for locale, words in (readings or {}).items()}

    def say(self, text: str, *, locale: str = "zh-CN", rate: float = 1.0, timbre: str = "") -> AudioClip:
        """All of `text`, written as it is to be spoken; `rate` is held within 0.6 and 3. Raises SynthesisError."""
        import numpy as np

        clips = list(self.stream(text, locale=locale, rate=rate, timbre=timbre))
        return AudioClip(np.concatenate([clip.samples for clip in clips]), clips[0].rate)

    def stream(
        self, text: str, *, locale: str = "zh-CN", rate: float = 1.0, volume: float = 1.0, timbre: str = ""
    ) -> Iterator[AudioClip]:
        """The same, sentence by sentence, for whoever wants to play the first while the second is made."""
        locale = nearest(locale)
        if not self.speaks(locale):
            raise UnsupportedVoice(locale)
        rate = min(FASTEST, max(SLOWEST, rate))
        said = False
        for sentence in sentences(text):
            clip = self._cache.get(sentence, locale, rate, timbre)
            if clip is None:
                try:
                    clip = self._made(sentence, locale, rate, timbre)
                except NothingToSay:
                    continue
                self._cache.put(sentence, locale, rate, clip, timbre)
            said = True
            yield at_volume(clip, volume)
        if not said:
            raise NothingToSay("no word in it")

    def speak(  # noqa: PLR0917 - channels hand on what a message holds, in this order
        self,
        text: str,
        locale: str = "zh-CN",
        rate: float = 1.0,
        form: str = "ogg",
        volume: float = 1.0,
        timbre: str = "",
    ) -> bytes:
        """`say` as a file: "ogg", "mp3", "amr" or "wav". Raises SynthesisError; ValueError for another form."""
        return b"".join(self.pieces(text, locale, rate, form, volume, timbre))

    def pieces(  # noqa: PLR0917
        self,
        text: str,
        locale: str = "zh-CN",
        rate: float = 1.0,
        form: str = "ogg",
        volume: float = 1.0,
        timbre: str = "",
    ) -> Iterator[bytes]:
        """The same file in pieces: the first sentence can be sent while the second is made."""
        if form not in get_args(Format):
            raise ValueError(f"no form {form!r}; there are {', '.join(get_args(Format))}")
        return encoded(self.stream(text, locale=locale, rate=rate, volume=volume, timbre=timbre), cast(Format, form))

    def speaks(self, locale: str) -> bool:
        """Whether something speaks this language."""
        return self._name != "none" and nearest(locale) in self._voice(nearest(locale)).locales

    def warm(self) -> None:
        """Start the engine, so that the first sentence is as quick as the others.

        Raises VoiceFailed: what is wrong with the one that was asked for.
        """
        start = getattr(self._voice(), "warm", None) if self._name != "none" else None
        if start is not None:
            start()
        if self._broken:
            raise VoiceFailed(self._broken)

    def close(self) -> None:
        """End the engine that was started here."""
        with self._lock:
            started, self._own, self._optional = (self._own, self._optional), None, None
        for voice in started:
            if voice is not None:
                voice.close()

    def _made(self, sentence: str, locale: str, rate: float, timbre: str) -> AudioClip:
        """The sound of a sentence; what the optional voice cannot say, the default one says."""
        voice = self._voice(locale)
        if voice is self._optional:
            with contextlib.suppress(VoiceFailed):
                if getattr(voice, "knows", None) is None or voice.knows(sentence):  # type: ignore[attr-defined]
                    return voice.synthesize(sentence, locale=locale, rate=rate, timbre=timbre)
            voice = self._default_voice()
        return voice.synthesize(self._marked(sentence, locale, voice), locale=locale, rate=rate, timbre=timbre)

    def _marked(self, sentence: str, locale: str, voice: Synthesizer) -> str:
        known = self._readings.get(locale)
        return known.marked(sentence) if known and voice.takes_pinyin else sentence

    def _voice(self, locale: str = LOCALES[0]) -> Synthesizer:
        if self._given is not None:
            return self._given
        with self._lock:
            if ENGINES[self._name].needs_model and self._optional is None and not self._broken:
                self._open_optional()
            if self._optional is not None and locale in self._optional.locales:
                return self._optional
        return self._default_voice()

    def _default_voice(self) -> Synthesizer:
        with self._lock:
            if self._own is None:
                maker = ENGINES[self._default].load()
                assert callable(maker)
                self._own = cast(Synthesizer, maker())
            return self._own

    def _open_optional(self) -> None:
        engine = ENGINES[self._name]
        if not self._folder:
            self._broken = f"{engine.name} needs the folder of its model: {engine.name}:/folder"
        elif not engine.there:
            self._broken = f"{engine.name} needs the package {engine.package}; install it, or take the voice away"
        else:
            maker = engine.load()
            assert callable(maker)
            try:
                self._optional = cast(Synthesizer, maker(Path(self._folder)))
            except SynthesisError as error:
                self._broken = str(error)


def nearest(locale: str) -> str:
    """The locale of LOCALES for a language tag: "en-US" is "en", "zh-TW" "zh-Hant"; one of another language stays."""
    parts = locale.replace("_", "-").lower().split("-")
    if parts[0] in ("zh", "cmn"):
        return "zh-Hant" if {"hant", "tw", "hk", "mo"} & set(parts) else "zh-CN"
    return "en" if parts[0] == "en" else locale


def _kind(name: str) -> Literal["recognizer", "synthesizer"] | None:
    return ENGINES[name].kind if name in ENGINES else None
