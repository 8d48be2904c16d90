"""Files of all kinds, good and hostile, made in memory for the tests of speech."""

from __future__ import annotations

import gzip
import io
import struct
import zipfile

import av
import numpy as np

from speech.audio import AudioClip, encode, resampled

RATE = 16_000


def tone(seconds: float = 1.0, *, rate: int = RATE, hertz: float = 220.0) -> AudioClip:
    """A tone that swells and fades four times a second, so that it is neither silent nor level."""
    at = np.arange(int(seconds * rate)) / rate
    return AudioClip((8000 * np.sin(2 * np.pi * hertz * at) * np.sin(2 * np.pi * 2 * at) ** 2).astype(np.int16), rate)


def silence(seconds: float = 2.0) -> AudioClip:
    return AudioClip(np.zeros(int(seconds * RATE), dtype=np.int16))


def noise(seconds: float = 2.0, *, level: float = 3000.0) -> AudioClip:
    return AudioClip(np.random.default_rng(7).normal(0, level, int(seconds * RATE)).astype(np.int16))


def hum(seconds: float = 2.0) -> AudioClip:
    return AudioClip((9000 * np.sin(2 * np.pi * 50 * np.arange(int(seconds * RATE)) / RATE)).astype(np.int16))


def packed(clip: AudioClip, container: str, codec: str, *, rate: int = RATE, bit_rate: int = 0) -> bytes:
    """`clip` in any container and codec PyAV can write."""
    file = io.BytesIO()
    samples = resampled(clip, rate).samples
    frame = av.AudioFrame.from_ndarray(samples[None, :], format="s16", layout="mono")
    frame.sample_rate = rate
    with av.open(file, "w", format=container) as out:
        stream = out.add_stream(codec, rate=rate)
        stream.layout = "mono"
        if bit_rate:
            stream.bit_rate = bit_rate
        for each in (frame, None):
            for packet in stream.encode(each):
                out.mux(packet)
    return file.getvalue()


def long_opus(hours: float) -> bytes:
    """Hours of silence in Ogg/Opus: one packet written again and again, and the whole chained to itself."""
    links = max(1, round(hours * 6))
    file = io.BytesIO()
    second = av.AudioFrame.from_ndarray(np.zeros((1, RATE * 6), dtype=np.int16), format="s16", layout="mono")
    second.sample_rate = RATE
    with av.open(file, "w", format="ogg") as out:
        stream = out.add_stream("libopus", rate=RATE, options={"frame_duration": "60", "vbr": "on"})
        stream.layout = "mono"
        stream.bit_rate = 6000
        last = [*stream.encode(second), *stream.encode(None)][20]
        data, step = bytes(last), last.duration
        for number in range(int(hours * 3600 / links / 0.06)):
            packet = av.Packet(data)
            packet.stream, packet.time_base = stream, last.time_base
            packet.pts = packet.dts = number * step
            packet.duration = step
            out.mux(packet)
    return file.getvalue() * links


def hostile() -> dict[str, bytes]:
    """Files that are no sound, by what they pretend to be."""
    rubbish = np.random.default_rng(1).bytes(60_000)
    ogg = encode(tone(), "ogg")
    return {
        "empty": b"",
        "one byte": b"x",
        "text": "我想借三体".encode(),
        "rubbish": rubbish,
        "only zeros": bytes(50_000),
        "hls playlist": b"#EXTM3U\n#EXTINF:1,\nhttp://127.0.0.1:9/a.ts\n",
        "concat script": b"ffconcat version 1.0\nfile '/etc/passwd'\n",
        "sdp": b"v=0\no=- 0 0 IN IP4 127.0.0.1\ns=x\nm=audio 9 RTP/AVP 0\n",
        "jpeg": b"\xff\xd8\xff\xe0" + rubbish,
        "ogg name, rubbish": b"OggS" + rubbish,
        "ogg, headers only": ogg[:60],
        "webm name, zeros": b"\x1a\x45\xdf\xa3" + bytes(9000),
        "mp4 name, rubbish": b"\0\0\0\x20ftypM4A " + rubbish,
        "mp3 tag, zeros": b"ID3" + bytes(9000),
        "mp3 sync only": b"\xff\xfb" * 20_000,
        "wav of absurd shape": b"RIFF\xff\xff\xff\xffWAVEfmt \x10\0\0\0\x01\0\xff\xff\xff\xff\xff\xff" + b"\xff" * 900,
        "flac name, rubbish": b"fLaC" + rubbish,
        "picture in mp4 clothes": b"\0\0\0\x18ftypheic" + rubbish,
    }


def picture(codec: str, container: str) -> bytes:
    """A film without sound."""
    file = io.BytesIO()
    with av.open(file, "w", format=container) as out:
        stream = out.add_stream(codec, rate=5)
        stream.width, stream.height, stream.pix_fmt = 64, 64, "yuv420p"
        for _ in range(3):
            frame = av.VideoFrame.from_ndarray(np.zeros((96, 64), dtype=np.uint8), format="yuv420p")
            for packet in stream.encode(frame):
                out.mux(packet)
        for packet in stream.encode(None):
            out.mux(packet)
    return file.getvalue()


REFUSED: tuple[str, ...] = ("not_audio", "too_short")
ENDLESS: tuple[str, ...] = ("too_long",)
HURT: tuple[str, ...] = ("not_audio", "too_short", "heard")
"""What may become of a file: it is no sound, it is too long, or what is left of it is heard."""


def corpus() -> dict[str, tuple[bytes, tuple[str, ...]]]:
    """At least sixty hostile and broken files, each with what may become of it."""
    files: dict[str, tuple[bytes, tuple[str, ...]]] = {name: (data, REFUSED) for name, data in hostile().items()}
    clip = tone(2.0)
    good = {
        "ogg": encode(clip, "ogg"),
        "webm": packed(clip, "webm", "libopus", rate=48_000),
        "mp4": packed(clip, "mp4", "aac", rate=44_100),
        "amr": packed(clip, "amr", "libopencore_amrnb", rate=8_000),
        "mp3": encode(clip, "mp3"),
        "wav": encode(clip, "wav"),
        "flac": packed(clip, "flac", "flac"),
        "adts": packed(clip, "adts", "aac", rate=44_100),
    }
    chance = np.random.default_rng(3)
    for kind, data in good.items():
        files[f"{kind}, its first 12 bytes"] = (data[:12], REFUSED)
        files[f"{kind}, a third of it"] = (data[: len(data) // 3], HURT)
        files[f"{kind}, without its beginning"] = (data[len(data) // 2 :], HURT)
        holes = bytearray(data)
        for at in chance.integers(64, len(data), 40):
            holes[at] = int(chance.integers(256))
        files[f"{kind}, forty wrong bytes"] = (bytes(holes), HURT)
        files[f"{kind}, then rubbish"] = (data + chance.bytes(20_000), HURT)
    hour = tone(1.0, rate=8_000)
    long = AudioClip(np.tile(hour.samples, 600), 8_000)
    files |= {
        "an hour and more of silence in wav, named shorter": (
            encode(AudioClip(np.zeros(8_000 * 900, dtype=np.int16), 8_000), "wav"), ENDLESS
        ),
        "ten minutes of mp3": (packed(long, "mp3", "libmp3lame", rate=8_000), ENDLESS),
        "ten minutes of flac": (packed(long, "flac", "flac", rate=8_000), ENDLESS),
        "silence that unpacks to a hundred times its size": (long_opus(2), ENDLESS),
        "more bytes than may come": (bytes(21 << 20), ENDLESS),
        "m3u8 in utf-16": ("#EXTM3U\nhttp://127.0.0.1:9/a".encode("utf-16"), REFUSED),
        "playlist after a mark": (b"\xef\xbb\xbf#EXTM3U\nfile:///etc/passwd\n", REFUSED),
        "pls playlist": (b"[playlist]\nFile1=http://127.0.0.1:9/a.mp3\n", REFUSED),
        "xspf playlist": (b"<?xml?><playlist><location>http://127.0.0.1:9</location></playlist>", REFUSED),
        "dash manifest": (b"<?xml version='1.0'?><MPD><BaseURL>http://127.0.0.1:9/</BaseURL></MPD>", REFUSED),
        "mp4 that refers to a file": (
            b"\0\0\0\x18ftypqt  \0\0\0\0qt  " + b"\0\0\0\x40moov\0\0\0\x38trak\0\0\0\x30dref" + b"\0" * 8
            + b"\0\0\0\x20url \0\0\0\0http://127.0.0.1:9/", REFUSED,
        ),
        "zip": (b"PK\3\4" + bytes(5000), REFUSED),
        "gzip bomb": (gzip.compress(bytes(30_000_000)), REFUSED),
        "elf": (b"\x7fELF" + bytes(5000), REFUSED),
        "pdf": (b"%PDF-1.7\n" + bytes(5000), REFUSED),
        "html": (b"<html><audio src='http://127.0.0.1:9/'></html>", REFUSED),
        "png": (b"\x89PNG\r\n\x1a\n" + bytes(5000), REFUSED),
        "film without sound": (picture("mpeg4", "mp4"), REFUSED),
        "film without sound in matroska": (picture("mpeg4", "matroska"), REFUSED),
        "wav of nothing": (encode(AudioClip(np.zeros(0, dtype=np.int16)), "wav"), REFUSED),
        "one sample": (encode(AudioClip(np.ones(1, dtype=np.int16)), "wav"), REFUSED),
        "ogg pages for ever": (good["ogg"][:28] * 4000, REFUSED),
        "ebml that nests": (b"\x1a\x45\xdf\xa3" + b"\x18\x53\x80\x67\x01\xff\xff\xff\xff\xff\xff\xff" * 3000, REFUSED),
        "mp4 boxes in boxes": (b"\0\0\0\x18ftypM4A " + bytes(12) + b"\0\0\xff\xffmoov" * 4000, REFUSED),
        "flac with an endless picture": (b"fLaC\x06\xff\xff\xff" + bytes(30_000), REFUSED),
        "id3 of a quarter gigabyte": (b"ID3\x04\0\0\x7f\x7f\x7f\x7f" + bytes(30_000), REFUSED),
        "ffconcat of us": (b"ffconcat version 1.0\nfile 'concat:/etc/passwd|/etc/hosts'\n", REFUSED),
        "subfile and data addresses": (b"subfile,,start,0,end,99,,:/etc/passwd\ndata:audio/ogg;base64,T2dn", REFUSED),
        "hls that names itself": (b"#EXTM3U\n#EXT-X-KEY:METHOD=AES-128,URI=file:///etc/passwd\nself.m3u8\n", REFUSED),
        "subtitles": (b"1\n00:00:00,000 --> 99:59:59,000\nhello\n", REFUSED),
        "subtitles of the web": (b"WEBVTT\n\n00:00.000 --> 99:00.000\nhello\n", REFUSED),
        "subtitles with style": (b"[Script Info]\nScriptType: v4.00+\n[Events]\nDialogue: 0,0:0:0,9:0:0,x\n", REFUSED),
        "zip in a zip": (_zipped(_zipped(bytes(10_000_000))), REFUSED),
        "gzip in gzip": (gzip.compress(gzip.compress(bytes(30_000_000))), REFUSED),
        "wav without channels": (_wav(channels=0), REFUSED),
        "wav of 255 channels": (_wav(channels=255), HURT),
        "wav without bits": (_wav(bits=0), REFUSED),
        "wav of 192 kHz": (_wav(rate=192_000), HURT),
        "wav of four billion hertz": (_wav(rate=0xFFFFFFFF), REFUSED),
        "wav of one hertz": (_wav(rate=1), ENDLESS),
        "wav of no hertz": (_wav(rate=0), REFUSED),
        "ogg chained to another": (good["ogg"] + encode(tone(1.0, hertz=440), "ogg"), HURT),
        "ogg at negative times": (_each_page(good["ogg"], granule=b"\xfe" + b"\xff" * 7), HURT),
        "ogg at the end of time": (_each_page(good["ogg"], granule=b"\xff" * 7 + b"\x7f"), HURT),
        "ogg of a thousand streams": (b"".join(_renamed(good["ogg"], each) for each in range(1000)), REFUSED),
        "webm without streams": (good["webm"].split(b"\x16\x54\xae\x6b")[0], REFUSED),
        "mp4 without its index": (good["mp4"].replace(b"moov", b"free"), HURT),
        "mp4 of impossible tables": (good["mp4"].replace(b"stsz", b"stsz\0\0\0\0\xff\xff\xff\xff\x7f\xff\xff"), HURT),
    }  # fmt: skip
    return files


def _zipped(content: bytes) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as out:
        out.writestr("note.ogg", content)
    return file.getvalue()


def _wav(*, channels: int = 1, rate: int = 16_000, bits: int = 16) -> bytes:
    """A WAV file with any header, and a quarter of a million bytes of sound."""
    sound = np.random.default_rng(5).integers(-9000, 9000, 125_000).astype("<i2").tobytes()
    block = channels * bits // 8
    shape = struct.pack("<HHIIHH", 1, channels, rate, (rate * block) & 0xFFFFFFFF, block, bits)
    return b"RIFF" + struct.pack("<I", 36 + len(sound)) + b"WAVEfmt \x10\0\0\0" + shape + b"data" + (
        struct.pack("<I", len(sound)) + sound
    )  # fmt: skip


def _pages(ogg: bytes) -> list[bytes]:
    return [b"OggS" + page for page in ogg.split(b"OggS")[1:]]


def _each_page(ogg: bytes, *, granule: bytes) -> bytes:
    """The same pages with another time on each (their checksums are wrong then, too)."""
    return b"".join(page[:6] + granule + page[14:] for page in _pages(ogg))


def _renamed(ogg: bytes, serial: int) -> bytes:
    """The first page of a stream, under another number."""
    first = _pages(ogg)[0]
    return first[:14] + struct.pack("<I", serial) + first[18:]
