"""Reads locales/<tag>: what people say there, what we say, how numbers and formats are called; follows `extends`.

A locale is a folder of data that may build on another: its sentences are added to its parent's, its words and texts
win over its parent's, and its script is converted at the two ends, so that one set of Chinese sentences serves
simplified and traditional readers. This module neither understands nor renders; it imports hassil and OpenCC only when
they are needed.

Conversion to traditional is OpenCC's s2tw, not s2t (裏, 爲, 羣: forms hardly anybody prints) and not s2twp, which also
changes words (信息 → 資訊): a title must stand as it does on the book's cover.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache, lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import yaml

if TYPE_CHECKING:
    from hassil.intents import Intents

FOLDER = Path(__file__).resolve().parents[1] / "locales"
DEFAULT = "zh-CN"

GRAMMAR = ("sentences", "words.yaml", "paraphrases.yaml")
"""What of a locale's folder is about understanding."""
_APOSTROPHES = re.compile("(?<=[A-Za-z])[’‘ʼ＇´`](?=[A-Za-z])")
"""What telephones write for the apostrophe inside a word."""
_SafeLoader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


class UnknownLocaleError(LookupError):
    """There is no folder of this name in locales."""


@dataclass(frozen=True, slots=True, eq=False)
class Locale:
    """A language as it is spoken somewhere: what stands in its folder and in those it extends.

    `chain` is this locale's tag and its parents', nearest first. `speech` is the language an ear or a voice is asked
    for. `words` is everything in words.yaml, the parents' underneath. `paraphrases` are further sentences by intent
    (paraphrases.yaml) that teach what an intent sounds like. `understands` are the tags of further languages whose
    sentences are tried where this one's do not fit ("ok", "help").
    """

    tag: str
    name: str
    chain: tuple[str, ...]
    speech: str
    folder: Path
    words: Mapping[str, Any]
    paraphrases: Mapping[str, tuple[str, ...]]
    understands: tuple[str, ...] = ()
    _own: bool = True
    _incoming: str = ""
    _outgoing: str = ""
    _marks: Mapping[int, str] = field(default_factory=dict, repr=False)
    """The marks its readers know instead of ours (“ → 「)."""
    _folders: tuple[Path, ...] = field(default=(), repr=False)

    @property
    def language(self) -> str:
        """The first part of the tag: "zh", "en"."""
        return self.tag.split("-")[0]

    @property
    def grammar(self) -> Locale:
        """The locale whose sentences and words these are: this one or, where it has none of its own, its parent's.

        What is made of sentences (patterns, sounds) is made once for both.
        """
        return self if self._own or len(self.chain) == 1 else _load(self.chain[1], self.folder.parent).grammar

    def sentences(self) -> Intents:
        """The sentence templates of sentences/*.yaml, the parents' first, as hassil reads them (cached)."""
        return _sentences(self._folders)

    def texts_files(self) -> tuple[Path, ...]:
        """The Fluent files of texts/, the parents' first, so that a later message of the same id wins."""
        return tuple(path for folder in self._folders for path in sorted((folder / "texts").glob("*.ftl")))

    def readings_files(self) -> tuple[Path, ...]:
        """The tables of words a voice would read wrongly, the parents' first; librarians add to them."""
        return tuple(file for folder in self._folders if (file := folder / "readings.tsv").is_file())

    def readings(self) -> dict[str, str]:
        """The words of readings.tsv with their numbered pinyin, in this locale's script."""
        from speech.readings import read_words

        words = {word: said for file in self.readings_files() for word, said in read_words(file).items()}
        return {self.outgoing(word): said for word, said in words.items()}

    def incoming(self, text: str) -> str:
        """What a patron wrote, in the signs of this locale's sentences: traditional → simplified, don’t → don't."""
        text = _APOSTROPHES.sub("'", text)
        return _convert(self._incoming, text) if self._incoming else text

    def outgoing(self, text: str) -> str:
        """What we say, in the script this locale's readers read (simplified → traditional for zh-Hant)."""
        return _convert(self._outgoing, text).translate(self._marks) if self._outgoing else text


def load(tag: str, folder: Path = FOLDER) -> Locale:
    """The locale `tag` (cached). Raises UnknownLocaleError."""
    return _load(tag, folder)


def available(folder: Path = FOLDER) -> tuple[str, ...]:
    """The tags there are, the default first."""
    tags = sorted(path.parent.name for path in folder.glob("*/locale.yaml"))
    return tuple(sorted(tags, key=lambda tag: tag != DEFAULT))


def readings() -> dict[str, dict[str, str]]:
    """The readings of every language, as a voice takes them."""
    return {tag: load(tag).readings() for tag in available()}


@lru_cache(1000)
def nearest(wanted: str, folder: Path = FOLDER) -> str:
    """The available tag for a tag of the outside world ("zh-TW" → zh-Hant, "en_GB" → en); the default if none fits."""
    wanted = wanted.replace("_", "-").casefold()
    names = {
        name.casefold(): tag for tag in available(folder) for name in (tag, *_settings(folder / tag).get("also", ()))
    }
    while wanted:
        if wanted in names:
            return names[wanted]
        wanted = wanted.rpartition("-")[0]
    return DEFAULT


@cache
def _load(tag: str, folder: Path) -> Locale:
    if tag not in available(folder):
        raise UnknownLocaleError(f"no locale {tag!r} in {folder}; there are: {', '.join(available(folder))}")
    chain = [tag]
    while parent := _settings(folder / chain[-1]).get("extends"):
        if parent in chain:
            raise UnknownLocaleError(f"locale {tag!r} extends itself")
        chain.append(parent)
    folders = tuple(folder / one for one in reversed(chain))
    settings: dict[str, Any] = {}
    words: dict[str, Any] = {}
    paraphrases: dict[str, tuple[str, ...]] = {}
    for one in folders:
        settings = _merged(settings, _settings(one))
        words = _merged(words, _yaml(one / "words.yaml"))
        for intent, sentences in _yaml(one / "paraphrases.yaml").items():
            paraphrases[intent] = (*paraphrases.get(intent, ()), *map(str, sentences))
    script = settings.get("script", {})
    return Locale(
        tag=tag,
        name=settings["name"],
        chain=tuple(chain),
        speech=settings["speech"],
        folder=folder / tag,
        words=words,
        paraphrases=paraphrases,
        understands=tuple(settings.get("understands", ())),
        _own=any((folder / tag / name).exists() for name in GRAMMAR),
        _incoming=script.get("incoming", ""),
        _outgoing=script.get("outgoing", ""),
        _marks=str.maketrans(script.get("marks", {})),
        _folders=folders,
    )


@cache
def _settings(folder: Path) -> dict[str, Any]:
    return _yaml(folder / "locale.yaml")


def _yaml(path: Path) -> dict[str, Any]:
    if not path.is_file():
        return {}
    return yaml.load(path.read_text("utf-8"), Loader=_SafeLoader) or {}


def _merged(below: Mapping[str, Any], above: Mapping[str, Any]) -> dict[str, Any]:
    """`above` laid over `below`; mappings are merged, everything else is replaced."""
    merged = dict(below)
    for key, value in above.items():
        under = merged.get(key)
        if isinstance(under, Mapping) and isinstance(value, Mapping):
            merged[key] = _merged(under, value)
        else:
            merged[key] = value
    return merged


@cache
def _sentences(folders: tuple[Path, ...]) -> Intents:
    from hassil.intents import Intents
    from hassil.util import merge_dict

    merged: dict[str, Any] = {"language": folders[-1].name, "intents": {}}
    for folder in folders:
        for path in sorted((folder / "sentences").glob("*.yaml")):
            merge_dict(merged, _yaml(path))
    return Intents.from_dict(merged)


@lru_cache(4096)
def _convert(conversion: str, text: str) -> str:
    return str(_converter(conversion).convert(text))


@cache
def _converter(conversion: str):  # type: ignore[no-untyped-def]  # opencc has no types
    import opencc

    return opencc.OpenCC(conversion)
