"""Turns a stranger's file into 16 kHz mono samples; runs only inside a child process (speech.audio starts it).

The container is told by its first bytes and forced, so that no playlist, address or image is ever opened; only codecs
of speech and music are accepted. Once warm, the process may open no file or socket any more, and its memory and
processor time are limited. It decides nothing about silence or meaning.
"""

from __future__ import annotations

import contextlib
import io
import resource
from typing import TYPE_CHECKING

from speech.child import Frames

if TYPE_CHECKING:
    from av.container import InputContainer

RATE = 16_000
MEMORY_BYTES = 512 << 20
CPU_S = 8
"""Processor time for one note, sixty times what a minute of Opus takes; then the kernel ends the process."""
BAD_PACKETS = 200
TELL_LENGTH = ("matroska", "mov", "flac")
"""Containers whose own word on their length is to be believed."""
MISSING_S = 0.5

MAGIC: tuple[tuple[int, bytes, str], ...] = (
    (0, b"OggS", "ogg"),
    (0, b"\x1a\x45\xdf\xa3", "matroska"),
    (4, b"ftyp", "mov"),
    (0, b"#!AMR", "amr"),
    (0, b"fLaC", "flac"),
    (8, b"WAVE", "wav"),
    (0, b"ID3", "mp3"),
    (0, b"\xff\xf1", "aac"),
    (0, b"\xff\xf9", "aac"),
    (0, b"\xff\xfb", "mp3"),
    (0, b"\xff\xfa", "mp3"),
    (0, b"\xff\xf3", "mp3"),
    (0, b"\xff\xf2", "mp3"),
    (0, b"\xff\xe3", "mp3"),
)
"""Offset, bytes and the demuxer they call for."""

MEDIA_TYPES = {"audio/mpeg": "mp3", "audio/mp3": "mp3", "audio/aac": "aac"}
"""Formats without sure first bytes, believed by their media type."""

CODECS = (
    "opus",
    "vorbis",
    "speex",
    "aac",
    "amrnb",
    "amr_nb",
    "amrwb",
    "amr_wb",
    "mp3",
    "flac",
    "alac",
    "pcm_",
    "adpcm_",
)
"""Accepted codecs, by the beginning of their names."""


class Refused(Exception):
    """The file is refused; `kind` is not_audio, too_long or too_short."""

    def __init__(self, kind: str, reason: str) -> None:
        super().__init__(reason)
        self.kind = kind


def container_of(data: bytes, media_type: str) -> str:
    """The demuxer for `data`. Raises Refused (not_audio)."""
    for offset, magic, name in MAGIC:
        if data[offset : offset + len(magic)] == magic:
            return name
    name = MEDIA_TYPES.get(media_type.partition(";")[0].strip().lower(), "")
    if not name:
        raise Refused("not_audio", "no known container")
    return name


def samples_of(data: bytes, *, media_type: str, limit_s: float) -> tuple[bytes, bool]:
    """16-bit samples at 16 kHz, and whether the file breaks off: then there is more to it. Raises Refused."""
    import av
    from av.error import FFmpegError

    kind = container_of(data, media_type)
    try:
        container = av.open(io.BytesIO(data), "r", format=kind)
    except (FFmpegError, ValueError, OverflowError) as error:
        raise Refused("not_audio", f"cannot be opened: {type(error).__name__}") from error
    with container:
        samples, broken = _decoded(container, int(limit_s * RATE))
        promised = (container.duration or 0) / av.time_base if kind in TELL_LENGTH else 0.0
    short = promised - len(samples) / 2 / RATE > MISSING_S
    return samples, broken or short or (kind == "ogg" and _breaks_off(data))


def _breaks_off(ogg: bytes) -> bool:
    """Whether the last page is not all there: of an Ogg file the decoder would only see that it ends."""
    at = 0
    while ogg[at : at + 4] == b"OggS":
        segments = ogg[at + 26] if len(ogg) > at + 26 else 255
        sizes = ogg[at + 27 : at + 27 + segments]
        at += 27 + segments + sum(sizes)
    return at > len(ogg)


def _decoded(container: InputContainer, limit: int) -> tuple[bytes, bool]:
    """The samples, and whether the last of the file could not be read."""
    import av
    from av.error import FFmpegError

    stream = next(iter(container.streams.audio), None)
    if stream is None or stream.codec_context is None or not stream.codec_context.name.startswith(CODECS):
        raise Refused("not_audio", "no sound in it")
    stream.codec_context.thread_count = 1
    resampler = av.AudioResampler("s16", "mono", RATE)
    samples = bytearray()
    bad, broken = 0, False
    packets = container.demux(stream)
    while bad < BAD_PACKETS:
        try:
            packet = next(packets, None)
            if packet is None:
                break
            broken = bool(packet.is_corrupt) if packet.size else broken  # an empty one only ends the decoding
            for frame in packet.decode():
                for piece in resampler.resample(frame):
                    samples += bytes(piece.planes[0])[: piece.samples * 2]
        except (FFmpegError, ValueError):
            bad, broken = bad + 1, True
        if len(samples) > limit * 2:
            raise Refused("too_long", "longer than the limit")
    with contextlib.suppress(FFmpegError, ValueError):
        for piece in resampler.resample(None):
            samples += bytes(piece.planes[0])[: piece.samples * 2]
    if not samples:
        raise Refused("not_audio" if bad else "too_short", "no sound in it")
    return bytes(samples), broken


def _limit_process() -> None:
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_NOFILE, (0, 0))


def _limit_note() -> None:
    used = resource.getrusage(resource.RUSAGE_SELF)
    until = int(used.ru_utime + used.ru_stime) + CPU_S
    resource.setrlimit(resource.RLIMIT_CPU, (until, resource.RLIM_INFINITY))


def _warm() -> None:
    """Load and run everything once, while files may still be opened."""
    import wave

    sound = io.BytesIO()
    with wave.open(sound, "wb") as file:
        file.setnchannels(2)
        file.setsampwidth(2)
        file.setframerate(8000)
        file.writeframes(b"\0" * 3200)
    samples_of(sound.getvalue(), media_type="", limit_s=1)
    with contextlib.suppress(Refused):
        samples_of(b"OggS" + b"\0" * 60, media_type="", limit_s=1)


def main() -> None:
    """Answer questions {media_type, limit_s} + file with {} + samples or {kind, reason}, until the parent is gone."""
    frames = Frames()
    _warm()
    _limit_process()
    while (question := frames.read()) is not None:
        header, data = question
        _limit_note()
        try:
            samples, breaks_off = samples_of(
                data, media_type=str(header["media_type"]), limit_s=float(header["limit_s"])
            )
        except Refused as refused:
            frames.write({"kind": refused.kind, "reason": str(refused)})
        except MemoryError:
            frames.write({"kind": "not_audio", "reason": "needs too much memory"})
        else:
            frames.write({"breaks_off": "yes"} if breaks_off else {}, samples)
