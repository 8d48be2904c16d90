"""Keeps sentences that were said, so that the same words are not made twice; bounded in memory and on disk.

The folder is optional: what a library says holds names and titles, so operators decide whether it may lie on a disk.
Files are named by a digest and hold plain WAV; the oldest go first.
"""

from __future__ import annotations

import contextlib
import hashlib
import io
import os
import threading
import wave
from collections import OrderedDict
from pathlib import Path

from speech.audio import AudioClip, encode

MEMORY_BYTES = 32 << 20
FOLDER_BYTES = 256 << 20


class SpokenCache:
    """Clips by (text, locale, rate, timbre). Any thread may call."""

    def __init__(
        self, folder: Path | None = None, *, memory_bytes: int = MEMORY_BYTES, folder_bytes: int = FOLDER_BYTES
    ) -> None:
        self._folder, self._memory_bytes, self._folder_bytes = folder, memory_bytes, folder_bytes
        self._clips: OrderedDict[str, AudioClip] = OrderedDict()
        self._held = 0
        self._lock = threading.Lock()

    def get(self, text: str, locale: str, rate: float, timbre: str = "") -> AudioClip | None:
        """The clip, or None."""
        key = _key(text, locale, rate, timbre)
        with self._lock:
            if key in self._clips:
                self._clips.move_to_end(key)
                return self._clips[key]
        clip = self._from_folder(key)
        if clip is not None:
            self._remember(key, clip)
        return clip

    def put(self, text: str, locale: str, rate: float, clip: AudioClip, timbre: str = "") -> None:
        """Keep it; what does not fit pushes out the least used. A full or missing disk is no error."""
        key = _key(text, locale, rate, timbre)
        self._remember(key, clip)
        if self._folder is not None:
            with contextlib.suppress(OSError):
                self._to_folder(self._folder, key, clip)

    def _remember(self, key: str, clip: AudioClip) -> None:
        with self._lock:
            if key in self._clips:
                return
            self._clips[key] = clip
            self._held += clip.samples.nbytes
            while self._held > self._memory_bytes:
                _, gone = self._clips.popitem(last=False)
                self._held -= gone.samples.nbytes

    def _from_folder(self, key: str) -> AudioClip | None:
        if self._folder is None:
            return None
        import numpy as np

        path = self._folder / f"{key}.wav"
        try:
            with wave.open(io.BytesIO(path.read_bytes())) as file:
                samples = np.frombuffer(file.readframes(file.getnframes()), dtype="<i2").astype(np.int16)
                clip = AudioClip(samples, file.getframerate())
            os.utime(path)
        except (OSError, EOFError, wave.Error):
            return None
        return clip

    def _to_folder(self, folder: Path, key: str, clip: AudioClip) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        part = folder / f"{key}.{threading.get_ident()}.part"
        part.write_bytes(encode(clip, "wav"))
        part.replace(folder / f"{key}.wav")
        files = sorted(((stat.st_mtime, stat.st_size, path) for path, stat in _stats(folder)), reverse=True)
        held = 0
        for _, size, path in files:
            held += size
            if held > self._folder_bytes:
                path.unlink(missing_ok=True)


def _stats(folder: Path) -> list[tuple[Path, os.stat_result]]:
    found = []
    for path in folder.glob("*.wav"):
        with contextlib.suppress(OSError):
            found.append((path, path.stat()))
    return found


def _key(text: str, locale: str, rate: float, timbre: str) -> str:
    return hashlib.sha256(f"{locale}\0{rate:.2f}\0{timbre}\0{text}".encode()).hexdigest()
