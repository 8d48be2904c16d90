"""Sound as a value: AudioClip, decoding what channels bring, encoding what they take.

Decoding runs in a child process with limits (speech.decoding), because the files are strangers'; encoding runs here,
because the samples are ours. Whether anything was said is told by speech.activity, not here.
"""

from __future__ import annotations

import io
import wave
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, cast

from speech.child import ChildDied, Children, ChildTooSlow

if TYPE_CHECKING:
    import av
    import numpy as np
    from av.audio.stream import AudioStream
    from numpy.typing import NDArray

HEARING_RATE = 16_000
"""Samples a second that recognizers take."""
LARGEST_BYTES = 20 * 1024 * 1024
SHORTEST_S = 0.1
LOUDEST = 2.0
KNEE = 0.6
"""Above this part of full scale a sound that is made louder is bent towards it."""
DEADLINE_S = 40.0
"""For a machine under load; a file that is too much work ends its decoder long before (speech.decoding.CPU_S)."""

Format = Literal["ogg", "mp3", "wav", "amr"]

_decoders = Children("speech.decoding")


@dataclass(frozen=True, slots=True, eq=False)
class AudioClip:
    """Mono sound: 16-bit samples, `rate` of them a second. `cut`: the file it comes from breaks off before its end."""

    samples: NDArray[np.int16]
    rate: int = HEARING_RATE
    cut: bool = False

    @property
    def seconds(self) -> float:
        """How long it lasts."""
        return len(self.samples) / self.rate


class AudioError(Exception):
    """A file cannot be used as sound. The tree:

    AudioError
     +-- NotAudio        not sound, or in a container or codec we do not read, or broken past use
     +-- TooLong         more seconds or bytes than the limit
     +-- TooShort        no tenth of a second of sound
     +-- DecoderFailed   our own decoder could not be run; the file may be good
    """


class NotAudio(AudioError):
    """Not sound, or broken past use."""


class TooLong(AudioError):
    """More seconds or bytes than the limit."""


class TooShort(AudioError):
    """No tenth of a second of sound."""


class DecoderFailed(AudioError):
    """Our own decoder could not be run; the file may be good."""


ENCODERS: dict[str, tuple[str, int, int, dict[str, str]]] = {
    "ogg": ("libopus", 24_000, 24_000, {"application": "voip"}),
    "mp3": ("libmp3lame", 48_000, 22_050, {}),
    "amr": ("libopencore_amrnb", 12_200, 8_000, {}),
}
"""Codec, bits a second, samples a second at most, options."""
MUXING: dict[str, dict[str, str]] = {
    "mp3": {"write_xing": "0", "id3v2_version": "0"},
    "ogg": {"page_duration": "200000"},
}
"""So that nothing has to be written at the beginning when the end is known, and no page waits for a whole second."""

REFUSALS: dict[str, type[AudioError]] = {"not_audio": NotAudio, "too_long": TooLong, "too_short": TooShort}


def warm_decoder() -> None:
    """Start a decoder now (about 0.2 s, in the background), so that the first note finds it ready."""
    _decoders.warm()


def decode(data: bytes, *, media_type: str = "", limit_s: float = 60) -> AudioClip:
    """A recording as a channel received it → 16 kHz mono. Takes Ogg/Opus, WebM, MP4/AAC, AMR, MP3, WAV, FLAC.

    `media_type` only helps where the first bytes say nothing. A recording that breaks off gives what there is,
    and says so (`cut`). Raises AudioError.
    """
    import numpy as np

    if not data:
        raise NotAudio("an empty file")
    if len(data) > LARGEST_BYTES:
        raise TooLong(f"more than {LARGEST_BYTES >> 20} MB")
    question: dict[str, str | float] = {"media_type": media_type, "limit_s": limit_s}
    try:
        answer, samples = _asked(question, data)
    except ChildDied as error:
        raise NotAudio("the decoder gave up on it") from error
    except (ChildTooSlow, OSError) as error:
        raise DecoderFailed(str(error)) from error
    if "kind" in answer:
        raise REFUSALS[answer["kind"]](answer["reason"])
    clip = AudioClip(np.frombuffer(samples, dtype=np.int16), cut="breaks_off" in answer)
    if clip.seconds < SHORTEST_S:
        raise TooShort(f"{clip.seconds:.2f} s of sound")
    return clip


def resampled(clip: AudioClip, rate: int) -> AudioClip:
    """The same sound at another rate."""
    if clip.rate == rate:
        return clip
    import av
    import numpy as np

    resampler = av.AudioResampler("s16", "mono", rate)
    pieces = [piece.to_ndarray()[0] for frame in (_frame(clip), None) for piece in resampler.resample(frame)]
    return AudioClip(np.concatenate(pieces), rate)


def at_volume(clip: AudioClip, volume: float) -> AudioClip:
    """The same sound so much louder (1 is as it is, at most 2) or softer; what is loud already is bent, not torn."""
    if volume == 1.0:
        return clip
    import numpy as np

    level = clip.samples.astype(np.float32) / 32768 * min(LOUDEST, max(0.0, volume))
    over = np.abs(level) > KNEE
    bent = KNEE + (1 - KNEE) * np.tanh((np.abs(level) - KNEE) / (1 - KNEE))
    return AudioClip((np.where(over, np.sign(level) * bent, level) * 32767).astype(np.int16), clip.rate)


def encode(clip: AudioClip, fmt: Format) -> bytes:
    """The clip as a file: "ogg" (Opus for voice, 24 kb/s), "mp3" (48 kb/s), "amr" (AMR-NB, as telephones and
    WeChat take it) or "wav" (16 bit)."""
    return b"".join(encoded((clip,), fmt))


def encoded(clips: Iterable[AudioClip], fmt: Format) -> Iterator[bytes]:
    """Clips of one rate as one file, in pieces: what can be sent goes out before the next clip is asked for."""
    if fmt == "wav":
        yield from _wav(list(clips))
        return
    import av

    codec, bit_rate, rate, options = ENCODERS[fmt]
    file = io.BytesIO()
    stream: AudioStream | None = None
    with av.open(file, "w", format=fmt, options=MUXING.get(fmt, {})) as container:
        for clip in clips:
            if stream is None:
                rate = min(rate, HEARING_RATE) if clip.rate <= HEARING_RATE else rate
                stream = cast("AudioStream", container.add_stream(codec, rate=rate, options=options))
                stream.bit_rate = bit_rate
                stream.layout = "mono"
            for packet in stream.encode(_frame(resampled(clip, rate))):
                container.mux(packet)
            if piece := _taken(file):
                yield piece
        for packet in stream.encode(None) if stream is not None else ():
            container.mux(packet)
    yield _taken(file)


def _taken(file: io.BytesIO) -> bytes:
    """What was written since the last time; it is forgotten."""
    piece = file.getvalue()
    file.seek(0)
    file.truncate()
    return piece


def _asked(question: dict[str, str | float], data: bytes) -> tuple[dict[str, str], bytes]:
    """The decoder's answer; a decoder that died is not held against the file before a second one dies of it."""
    try:
        with _decoders.lend() as decoder:
            return decoder.ask(question, data, deadline_s=DEADLINE_S)
    except ChildDied:
        with _decoders.lend() as decoder:
            return decoder.ask(question, data, deadline_s=DEADLINE_S)


def _frame(clip: AudioClip) -> av.AudioFrame:
    import av

    frame = av.AudioFrame.from_ndarray(clip.samples[None, :], format="s16", layout="mono")
    frame.sample_rate = clip.rate
    return frame


def _wav(clips: list[AudioClip]) -> Iterator[bytes]:
    file = io.BytesIO()
    with wave.open(file, "wb") as out:
        out.setnchannels(1)
        out.setsampwidth(2)
        out.setframerate(clips[0].rate if clips else HEARING_RATE)
        for clip in clips:
            out.writeframes(clip.samples.astype("<i2").tobytes())
    yield file.getvalue()
