"""Sound in and out: every container round, every hostile file refused in one of our own words, quickly."""

from __future__ import annotations

import os
import resource
import signal
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest

from speech import audio, decoding
from speech.activity import is_silent
from speech.audio import AudioClip, AudioError, NotAudio, TooLong, TooShort, at_volume, decode, encode, resampled
from tests.speech import sounds
from tests.waiting import PATIENCE_S, runs, waited

CONTAINERS = [
    ("ogg", "libopus", 48_000), ("webm", "libopus", 48_000), ("mp4", "aac", 44_100), ("adts", "aac", 44_100),
    ("amr", "libopencore_amrnb", 8_000), ("mp3", "libmp3lame", 22_050), ("wav", "pcm_s16le", 8_000),
    ("wav", "pcm_s16le", 48_000), ("flac", "flac", 16_000),
]  # fmt: skip


@pytest.mark.parametrize(("container", "codec", "rate"), CONTAINERS)
def test_what_channels_bring_is_decoded(container: str, codec: str, rate: int) -> None:
    clip = decode(sounds.packed(sounds.tone(2.0), container, codec, rate=rate))
    assert clip.rate == 16_000
    assert clip.samples.dtype == np.int16
    assert clip.seconds == pytest.approx(2.0, abs=0.12)
    assert not is_silent(clip)


@pytest.mark.parametrize("fmt", ["ogg", "mp3", "wav"])
@pytest.mark.parametrize("rate", [16_000, 22_050])
def test_what_we_send_can_be_read_again(fmt: audio.Format, rate: int) -> None:
    data = encode(sounds.tone(3.0, rate=rate), fmt)
    assert decode(data).seconds == pytest.approx(3.0, abs=0.1)
    if fmt == "ogg":
        assert len(data) < 3.0 * 24_000 / 8 * 1.5


def test_what_we_send_to_a_telephone_is_amr() -> None:
    data = encode(sounds.tone(3.0, rate=22_050), "amr")
    assert data.startswith(b"#!AMR\n")
    assert len(data) < 3.0 * 13_000 / 8
    assert decode(data).seconds == pytest.approx(3.0, abs=0.1)


def test_louder_is_louder_and_is_not_torn() -> None:
    clip = sounds.tone(1.0)
    level = float(np.abs(clip.samples.astype(np.int32)).max())
    assert at_volume(clip, 1.0) is clip
    assert np.abs(at_volume(clip, 0.5).samples).max() == pytest.approx(level / 2, rel=0.01)
    assert np.abs(at_volume(clip, 2.0).samples).max() == pytest.approx(level * 2, rel=0.01)
    loud = AudioClip((clip.samples.astype(np.int32) * 3).astype(np.int16))
    bent = at_volume(loud, 2.0).samples.astype(np.int32)
    assert np.sqrt((bent**2).mean()) > 1.4 * np.sqrt((loud.samples.astype(np.int64) ** 2).mean())
    assert np.abs(np.diff(bent)).max() < 9_000, "no wave is cut off with a jump"
    assert np.array_equal(at_volume(loud, 99).samples, at_volume(loud, 2.0).samples)


def test_resampling_keeps_length_and_is_a_no_op_at_the_same_rate() -> None:
    clip = sounds.tone(1.0, rate=22_050)
    assert resampled(clip, 16_000).seconds == pytest.approx(1.0, abs=0.01)
    assert resampled(clip, 22_050) is clip


@pytest.fixture(scope="module")
def corpus() -> dict[str, tuple[bytes, tuple[str, ...]]]:
    audio.warm_decoder()
    return sounds.corpus()


def test_the_corpus_has_at_least_sixty_files(corpus: dict[str, tuple[bytes, tuple[str, ...]]]) -> None:
    assert 60 <= len(corpus) <= 110, "all of them are tried below"


@pytest.mark.parametrize("start", range(0, 110, 10))
def test_hostile_files_are_refused_or_what_is_left_is_heard(
    start: int, corpus: dict[str, tuple[bytes, tuple[str, ...]]]
) -> None:
    """No crash, no hanging, no file or address opened; each ends in one of our own words."""
    names = {error: kind for kind, error in audio.REFUSALS.items()}
    for name, (data, allowed) in list(corpus.items())[start : start + 10]:
        begun = resource.getrusage(resource.RUSAGE_CHILDREN)
        try:
            became = "heard" if 0.1 <= decode(data).seconds <= 60 else "?"
        except (NotAudio, TooLong, TooShort) as error:
            became = names[type(error)]
        assert became in allowed, f"{name}: {became}"
        done = resource.getrusage(resource.RUSAGE_CHILDREN)
        assert done.ru_utime - begun.ru_utime < decoding.CPU_S + 2, name
    decoder = audio._decoders._idle[0]
    peak = next(line for line in Path(f"/proc/{decoder.pid}/status").read_text().splitlines() if "VmHWM" in line)
    assert int(peak.split()[1]) * 1024 < decoding.MEMORY_BYTES


@pytest.mark.parametrize("container", ["ogg", "webm", "mp3", "flac", "adts", "wav"])
def test_a_recording_cut_off_gives_what_there_is(container: str) -> None:
    codecs = {each: codec for each, codec, _ in CONTAINERS}
    data = sounds.packed(sounds.tone(3.0), container, codecs[container], rate=48_000)
    clip = decode(data[: len(data) * 2 // 3])
    assert 1.0 < clip.seconds < 2.5


@pytest.mark.parametrize(("container", "codec", "rate"), [each for each in CONTAINERS if each[0] not in ("mp4", "mp3")])
@pytest.mark.parametrize("part", [0.4, 0.7, 0.97])
def test_a_recording_that_breaks_off_says_so_and_a_whole_one_does_not(
    container: str, codec: str, rate: int, part: float
) -> None:
    """An MP4 without its end cannot be read at all; an MP3 does not tell how long it was."""
    data = sounds.packed(sounds.tone(6.0), container, codec, rate=rate)
    whole, broken = decode(data), decode(data[: int(len(data) * part)])
    assert not whole.cut
    assert broken.cut or whole.seconds - broken.seconds < 0.6


def test_no_recording_of_people_is_said_to_break_off(voices_data: Path) -> None:
    files = [*sorted((voices_data / "human-zh").iterdir()), *sorted((voices_data / "human-en").iterdir())]
    files += sorted((voices_data / "human-zh-words").iterdir())[::30]
    clips = {file.name: decode(file.read_bytes(), limit_s=600) for file in files if file.suffix != ".tsv"}
    assert not [name for name, clip in clips.items() if clip.cut]
    assert not decode(encode(sounds.tone(3.0), "amr")).cut
    assert not decode(encode(sounds.tone(3.0), "mp3")).cut


def test_damage_in_the_middle_is_skipped() -> None:
    data = bytearray(encode(sounds.tone(4.0), "ogg"))
    data[len(data) // 2 : len(data) // 2 + 200] = bytes(200)
    assert decode(bytes(data)).seconds > 1


def test_twenty_one_hours_are_refused_at_once() -> None:
    data = sounds.long_opus(21)
    assert len(data) < audio.LARGEST_BYTES
    audio.warm_decoder()
    decode(encode(sounds.tone(), "ogg"))
    start = time.monotonic()
    with pytest.raises(TooLong):
        decode(data)
    assert time.monotonic() - start < audio.DEADLINE_S / 2, "refused, not given up"


def test_more_than_the_limit_is_too_long_and_the_limit_itself_is_not() -> None:
    data = encode(sounds.tone(5.0), "wav")
    assert decode(data, limit_s=5).seconds == pytest.approx(5)
    with pytest.raises(TooLong):
        decode(data, limit_s=4.9)
    with pytest.raises(TooLong):
        decode(bytes(audio.LARGEST_BYTES + 1))


def test_a_touch_of_the_button_is_too_short() -> None:
    with pytest.raises(TooShort):
        decode(encode(sounds.tone(0.05), "wav"))


def test_a_format_without_sure_first_bytes_is_believed_by_its_media_type() -> None:
    data = b"\0" * 300 + sounds.packed(sounds.tone(2.0), "mp3", "libmp3lame", rate=22_050)
    with pytest.raises(NotAudio):
        decode(data)
    assert decode(data, media_type="audio/mpeg; charset=binary").seconds > 1


def test_a_warm_decoder_is_used_again_and_adds_little() -> None:
    """No process starts for a note when one is warm; 14 ms for a 4-second note on a quiet machine (bench voice)."""
    data = encode(sounds.tone(4.0), "ogg")
    audio._decoders.close()
    start = time.perf_counter()
    decode(data)
    cold = time.perf_counter() - start
    pid = audio._decoders._idle[0].pid
    warm = []
    for _ in range(9):
        start = time.perf_counter()
        decode(data)
        warm.append(time.perf_counter() - start)
    assert audio._decoders._idle[0].pid == pid
    assert min(warm) < cold / 2


def test_several_notes_at_once() -> None:
    data = encode(sounds.tone(2.0), "ogg")
    with ThreadPoolExecutor(8) as pool:
        assert all(clip.seconds > 1.9 for clip in pool.map(lambda _: decode(data), range(24)))


def test_a_killed_decoder_is_replaced() -> None:
    data = encode(sounds.tone(), "ogg")
    decode(data)
    os.kill(audio._decoders._idle[0].pid, signal.SIGKILL)
    assert decode(data).seconds > 0.9


def test_a_decoder_killed_in_the_middle_is_not_held_against_the_file() -> None:
    decode(encode(sounds.tone(), "ogg"))
    victim = audio._decoders._idle[0].pid
    os.kill(victim, signal.SIGSTOP)
    threading.Timer(0.2, os.kill, (victim, signal.SIGKILL)).start()
    assert decode(encode(sounds.tone(), "ogg")).seconds > 0.9


def test_the_decoder_can_open_nothing_has_little_memory_and_none_of_our_secrets() -> None:
    os.environ["SHUSHENG_TEST_SECRET"] = "hush"
    try:
        audio._decoders.close()
        decode(encode(sounds.tone(), "ogg"))
    finally:
        del os.environ["SHUSHENG_TEST_SECRET"]
    proc = Path(f"/proc/{audio._decoders._idle[0].pid}")
    limits = (proc / "limits").read_text()
    rows = {line[:26].strip(): line[26:].split()[0] for line in limits.splitlines()[1:]}
    assert rows["Max open files"] == "0"
    assert rows["Max file size"] == "0"
    assert int(rows["Max address space"]) <= 1 << 30
    assert int(rows["Max cpu time"]) <= 60
    assert b"SHUSHENG" not in (proc / "environ").read_bytes()
    assert len(list((proc / "fd").iterdir())) <= 6


def test_the_decoder_ends_with_us() -> None:
    code = (
        "from speech import audio; import os, sys\n"
        "audio.warm_decoder(); print(audio._decoders._idle[0].pid, flush=True); os.kill(os.getpid(), 9)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False, timeout=PATIENCE_S)
    assert waited(lambda: not runs(int(done.stdout)))


@pytest.mark.parametrize(
    ("clip", "silent"),
    [
        (sounds.silence(), True), (sounds.noise(), True), (sounds.noise(level=20), True), (sounds.hum(), True),
        (sounds.tone(), False), (AudioClip(np.zeros(3, dtype=np.int16)), True),
        (AudioClip((sounds.tone().samples * 0.05).astype(np.int16)), False),
    ],
    ids=["silence", "noise", "hiss", "hum", "tone", "three samples", "a quiet tone"],
)  # fmt: skip
def test_silence(clip: AudioClip, silent: bool) -> None:
    assert is_silent(clip) == silent


def test_no_human_recording_is_called_silent(voices_data: Path) -> None:
    files = [*sorted((voices_data / "human-zh").iterdir()), *sorted((voices_data / "human-zh-words").iterdir())[::10]]
    files += sorted((voices_data / "syllables-cmn").iterdir())[::40]
    for file in files:
        assert not is_silent(decode(file.read_bytes())), file.name


def test_every_error_is_an_audio_error() -> None:
    assert all(issubclass(each, AudioError) for each in audio.REFUSALS.values())
