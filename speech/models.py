"""The voice models we know, where they lie, and whether they are whole.

MODELS is the table; `find` and `check` only read. Getting them from the network is speech.fetching's work. A model that
is not in the table is never found, so that no test model or stranger's folder can become somebody's ears by chance.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

SUMS = "shusheng-sums.json"
"""Written beside a fetched model: the SHA-256 of each of its files."""
VOSK_BASE = "https://alphacephei.com/vosk/models/"
KWS_BASE = "https://github.com/k2-fsa/sherpa-onnx/releases/download/kws-models/"
ASR_BASE = "https://github.com/k2-fsa/sherpa-onnx/releases/download/asr-models/"
MANDARIN = frozenset({"zh-CN", "zh-Hant"})


@dataclass(frozen=True, slots=True)
class Model:
    """One published model: `engine` of ENGINES that uses it, the languages it hears, where it comes from.

    `megabytes` is what it needs. `folders` are the names it lies under (the first is the one `fetch` makes). `sums`
    are SHA-256 by file name, where we know them; otherwise `listing`, a JSON list of the publisher's beside the
    archive, tells the archive's MD5. `needs` are files without which it is not whole.
    """

    name: str
    engine: str
    locales: frozenset[str]
    folders: tuple[str, ...]
    base_url: str
    archive: str
    megabytes: int
    licence: str
    needs: tuple[str, ...]
    sums: Mapping[str, str] = field(default_factory=dict)
    listing: str = ""

    @property
    def by_hand(self) -> bool:
        """Whether we know no checksum of it: it is used where an operator has put it, and never fetched."""
        return not self.sums and not self.listing


def _sherpa(name: str, locales: frozenset[str], megabytes: int, licence: str, *needs: str) -> Model:
    return Model(
        name,
        engine="sherpa_full",
        locales=locales,
        folders=(name,),
        base_url=ASR_BASE,
        archive=f"{name}.tar.bz2",
        megabytes=megabytes,
        licence=licence,
        needs=("tokens.txt", *needs),
    )


def _vosk(name: str, locales: frozenset[str], megabytes: int) -> Model:
    return Model(
        name,
        engine="vosk",
        locales=locales,
        folders=(name,),
        base_url=VOSK_BASE,
        archive=f"{name}.zip",
        megabytes=megabytes,
        licence="Apache-2.0",
        needs=("am/final.mdl", "conf/model.conf"),
        listing="model-list.json",
    )


_SENSE_VOICE = "sherpa-onnx-sense-voice-zh-en-ja-ko-yue-2024-07-17"
_PINYIN_PART = "epoch-12-avg-2-chunk-16-left-64"
_PINYIN_SUMS = {
    f"encoder-{_PINYIN_PART}.int8.onnx": "4ded45b30961270f2a9a64bede4569b324c36d4f3a772c1b35bb70a244150675",
    f"decoder-{_PINYIN_PART}.onnx": "fb581d6734511676e246e0dff2fea01b31b0913176cb3ca64576dbab0a177774",
    f"joiner-{_PINYIN_PART}.int8.onnx": "f79760052b87239e325f0567c752ad3130b30d92effb847d4307743c20c59a24",
    "tokens.txt": "72316508d9119696145abc6f1f8cdc46287535c34e5ce7e595f845cb1499cf2e",
}

MODELS: dict[str, Model] = {
    model.name: model
    for model in (
        _sherpa(_SENSE_VOICE, MANDARIN | {"en"}, 239, "FunASR model licence", "model.int8.onnx"),
        _sherpa("sherpa-onnx-paraformer-zh-2023-03-28", MANDARIN, 223, "MIT", "model.int8.onnx"),
        _sherpa("sherpa-onnx-conformer-zh-stateless2-2023-05-23", MANDARIN, 142, "Apache-2.0"),
        Model(
            "pinyin-wenetspeech-3.3M",
            engine="sherpa_pinyin",
            locales=MANDARIN,
            folders=(
                "sherpa-onnx-kws-zipformer-wenetspeech-3.3M-2024-01-01-mobile",
                "kws-zipformer-wenetspeech-3.3M-mobile",
            ),
            base_url=KWS_BASE,
            archive="sherpa-onnx-kws-zipformer-wenetspeech-3.3M-2024-01-01-mobile.tar.bz2",
            megabytes=5,
            licence="Apache-2.0",
            needs=tuple(_PINYIN_SUMS),
            sums=_PINYIN_SUMS,
        ),
        _vosk("vosk-model-small-cn-0.22", MANDARIN, 42),
        _vosk("vosk-model-small-en-us-0.15", frozenset({"en"}), 40),
    )
}
"""Best first for each language: `auto` takes the first that is installed."""


@dataclass(frozen=True, slots=True)
class Installed:
    """A model and the folder it was found in."""

    model: Model
    folder: Path


def find(folders: Iterable[Path]) -> list[Installed]:
    """The known models in `folders`, in the order of MODELS; a model that lies in two is taken from the first."""
    places = tuple(folders)
    return [found for model in MODELS.values() if (found := _found(model, places))]


def check(installed: Installed) -> str:
    """Whether the model is whole: "" if it is, else which file is missing or damaged."""
    try:
        sums = dict(installed.model.sums) or _written_sums(installed.folder)
        for name in installed.model.needs:
            if not (installed.folder / name).is_file():
                return f"{name} is missing"
        for name, expected in sums.items():
            path = installed.folder / name
            if not path.is_file():
                return f"{name} is missing"
            if sha256(path) != expected:
                return f"{name} is damaged"
    except (OSError, ValueError) as error:
        return f"cannot be read: {error}"
    return ""


def sha256(path: Path) -> str:
    """The SHA-256 of a file, in hex."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def write_sums(folder: Path) -> None:
    """Note the checksums of a model's files as they are now, for later checks."""
    sums = {str(path.relative_to(folder)): sha256(path) for path in sorted(folder.rglob("*")) if path.is_file()}
    (folder / SUMS).write_text(json.dumps(sums, indent=1), encoding="utf-8")


def _written_sums(folder: Path) -> dict[str, str]:
    path = folder / SUMS
    if not path.is_file():
        return {}
    written = json.loads(path.read_text(encoding="utf-8"))
    if not isinstance(written, dict):
        raise ValueError(f"{SUMS} is damaged")
    return {str(name): str(value) for name, value in written.items()}


def _found(model: Model, places: tuple[Path, ...]) -> Installed | None:
    for place in places:
        for name in model.folders:
            if (place / name).is_dir():
                return Installed(model, place / name)
    return None
