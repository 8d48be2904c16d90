"""Gets voice models from their publishers: resumed where it broke off, checked, and in place all at once or not at all.

It prints nothing; `on_progress` hears of every piece. Nothing that was downloaded is believed before its checksum:
the pinyin model's files against MODELS, the Vosk archives against the MD5 in their publisher's own list.
"""

from __future__ import annotations

import hashlib
import http.client
import json
import math
import shutil
import tarfile
import tempfile
import threading
import time
import urllib.error
import urllib.request
import zipfile
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path

from speech.models import Installed, Model, check, write_sums

PIECE = 1 << 18
LISTING_BYTES = 4 << 20
NETWORK = (urllib.error.URLError, http.client.HTTPException, TimeoutError, ConnectionError)
"""What goes wrong between us and a publisher; other OSErrors are our own disk's."""

Progress = Callable[[Model, int, int], None]
"""Told the model, the bytes that are there, and the bytes there will be (0 while unknown)."""


class FetchError(Exception):
    """A model could not be had; the message is one clear sentence. The tree:

    FetchError
     +-- Unreachable      no answer, or it stopped: try again later, and it goes on where it stopped
     +-- WrongChecksum    what came is not what was published; it was thrown away
     +-- NoRoom           the folder cannot be written, or the disk is full
    """


class Unreachable(FetchError):
    """No answer, or it stopped."""


class WrongChecksum(FetchError):
    """What came is not what was published."""


class NoRoom(FetchError):
    """The folder cannot be written, or the disk is full."""


@dataclass(slots=True)
class Fetched:
    """What became of one model: the folder it stands in, or why there is none."""

    model: Model
    folder: Path | None = None
    error: FetchError | None = None


@dataclass(slots=True)
class _Line:
    """One download under way: the last moment something came, for whoever waits."""

    fetched: Fetched
    heard_at: float = field(default_factory=time.monotonic)
    ended: threading.Event = field(default_factory=threading.Event)


def fetch(
    model: Model, folder: Path, *, base_url: str = "", timeout_s: float = 5, on_progress: Progress | None = None
) -> Path:
    """Get one model into `folder`; `base_url` stands for the publisher's own. Returns its place. Raises FetchError."""
    base = base_url or model.base_url
    place = folder / model.folders[0]
    archive = folder / f".{model.archive}.part"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        md5 = _published_md5(model, base, timeout_s) if model.listing else ""
        _download(model, base + model.archive, archive, timeout_s, on_progress or _nobody)
        if md5 and _md5(archive) != md5:
            raise WrongChecksum(f"{model.archive} does not have the checksum its publisher gives; try again.")
        with tempfile.TemporaryDirectory(dir=folder, prefix=".unpacking-") as scratch:
            _stand(_unpacked(model, archive, Path(scratch)), model, place)
        archive.unlink()
    except WrongChecksum:
        archive.unlink(missing_ok=True)
        raise
    except FetchError:
        raise
    except OSError as error:
        raise NoRoom(f"{folder} cannot be written: {error.strerror or error}.") from error
    return place


def fetch_all(
    models: Iterable[Model],
    folder: Path,
    *,
    base_url: str = "",
    timeout_s: float = 5,
    on_progress: Progress | None = None,
) -> list[Fetched]:
    """Get several at once; one from which nothing comes for `timeout_s` is given up, so that nobody waits longer.

    Each has a thread of its own that nobody waits for: looking up a name cannot be told to hurry.
    """
    lines = [_Line(Fetched(model)) for model in models]

    def work(line: _Line) -> None:
        def progress(model: Model, done: int, total: int) -> None:
            # With the last byte the publisher's part is over: unpacking may take a slow disk longer than `timeout_s`.
            line.heard_at = math.inf if 0 < total <= done else time.monotonic()
            if on_progress is not None:
                on_progress(model, done, total)

        try:
            model = line.fetched.model
            line.fetched.folder = fetch(model, folder, base_url=base_url, timeout_s=timeout_s, on_progress=progress)
        except FetchError as error:
            line.fetched.error = error
        finally:
            line.ended.set()

    for line in lines:
        threading.Thread(target=work, args=(line,), daemon=True, name=f"fetch-{line.fetched.model.name}").start()
    return [_awaited(line, timeout_s, base_url) for line in lines]


def _awaited(line: _Line, timeout_s: float, base_url: str) -> Fetched:
    while not line.ended.wait(0.05):
        if time.monotonic() - line.heard_at > timeout_s:
            model = line.fetched.model
            return Fetched(model, error=_unreachable(base_url or model.base_url, "no answer"))
    return line.fetched


def _nobody(model: Model, done: int, total: int) -> None:
    """Nobody listens."""


def _unreachable(url: str, reason: object) -> Unreachable:
    return Unreachable(f"{url} cannot be reached ({reason}); try again later.")


def _published_md5(model: Model, base: str, timeout_s: float) -> str:
    url = base + model.listing
    try:
        with urllib.request.urlopen(url, timeout=timeout_s) as answer:
            listed = json.loads(answer.read(LISTING_BYTES))
        return next(str(each["md5"]).lower() for each in listed if each["name"] == model.name)
    except urllib.error.HTTPError as error:
        with error:  # it holds the connection until somebody closes it
            raise _unreachable(url, f"{error.code} {error.reason}") from error
    except NETWORK as error:
        raise _unreachable(url, getattr(error, "reason", error)) from error
    except (ValueError, KeyError, TypeError, StopIteration) as error:
        raise WrongChecksum(f"{url} gives no checksum for {model.name}.") from error


def _download(model: Model, url: str, part: Path, timeout_s: float, on_progress: Progress) -> None:
    """Complete `part`; what it holds since a break is asked for no second time."""
    have = part.stat().st_size if part.is_file() else 0
    request = urllib.request.Request(url, headers={"Range": f"bytes={have}-"} if have else {})
    try:
        with urllib.request.urlopen(request, timeout=timeout_s) as answer:
            if answer.status != http.client.PARTIAL_CONTENT:
                have = 0
            length = int(answer.headers.get("Content-Length") or 0)
            total = have + length if length else 0
            with part.open("ab" if have else "wb") as file:
                on_progress(model, have, total)
                while piece := _piece(answer, url):
                    file.write(piece)
                    have += len(piece)
                    on_progress(model, have, total)
    except urllib.error.HTTPError as error:
        with error:
            if error.code != http.client.REQUESTED_RANGE_NOT_SATISFIABLE:
                raise _unreachable(url, f"{error.code} {error.reason}") from error
        on_progress(model, have, have)
    except NETWORK as error:
        raise _unreachable(url, getattr(error, "reason", None) or error) from error
    else:
        if total and have < total:
            raise _unreachable(url, "it broke off")


def _piece(answer: http.client.HTTPResponse, url: str) -> bytes:
    try:
        return answer.read1(PIECE)
    except NETWORK as error:
        raise _unreachable(url, error) from error


def _md5(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, lambda: hashlib.md5(usedforsecurity=False)).hexdigest()


def _unpacked(model: Model, archive: Path, scratch: Path) -> Path:
    """The model's folder in `scratch`; nothing in the archive may lie outside it."""
    try:
        if model.archive.endswith(".zip"):
            with zipfile.ZipFile(archive) as zipped:
                zipped.extractall(scratch)
        else:
            with tarfile.open(archive) as tar:
                tar.extractall(scratch, filter="data")
    except (zipfile.BadZipFile, tarfile.TarError, EOFError, ValueError, OSError) as error:
        if isinstance(error, OSError) and error.errno is not None:
            raise
        raise WrongChecksum(f"{model.archive} is damaged; try again.") from error
    return scratch / model.folders[0]


def _stand(unpacked: Path, model: Model, place: Path) -> None:
    """Put the checked folder in its place with one rename."""
    problem = check(Installed(model, unpacked))
    if problem:
        raise WrongChecksum(f"{model.archive} is not the model that was published ({problem}); try again.")
    if not model.sums:
        write_sums(unpacked)
    if place.exists():
        shutil.rmtree(place)
    unpacked.rename(place)
