"""`shusheng listen`, `say` and `models` as scripts call them: exit codes, one sentence on stderr, pure JSON."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from speech.audio import decode, encode
from tests.speech import sounds
from tests.speech_samples import make_ogg
from tests.waiting import PATIENCE_S

SHUSHENG = str(Path(sys.executable).with_name("shusheng"))


def shusheng(
    *arguments: object, models: Path | str, data: Path, **environment: str
) -> subprocess.CompletedProcess[str]:
    known = {name: value for name, value in os.environ.items() if not name.startswith("SHUSHENG_")}
    return subprocess.run(
        [SHUSHENG, *(str(each) for each in arguments), "--data", str(data)],
        capture_output=True, text=True, check=False, timeout=PATIENCE_S, cwd=data,
        env={**known, "SHUSHENG_MODELS": str(models), **environment},
    )  # fmt: skip


def one_sentence(done: subprocess.CompletedProcess[str], *, code: int = 1) -> str:
    assert done.returncode == code, done.stderr
    assert "Traceback" not in done.stderr
    lines = done.stderr.strip().splitlines()
    assert len(lines) == 1, lines
    return lines[0]


def test_listen_prints_the_contract_s_line(models: Path, tmp_path: Path) -> None:
    note = tmp_path / "note.ogg"
    note.write_bytes(make_ogg(["wo3", "xiang3", "jie4", "san1", "ti3"]))
    still = tmp_path / "still.wav"
    still.write_bytes(encode(sounds.silence(), "wav"))
    done = shusheng("listen", note, still, "--json", models=models, data=tmp_path)
    assert done.returncode == 0, done.stderr
    heard, nothing = (json.loads(line) for line in done.stdout.splitlines())
    keys = ["file", "text", "syllables", "alternatives", "confidence", "audio_s", "took_s"]
    assert list(heard) == keys == list(nothing)
    assert heard["file"] == str(note)
    assert heard["text"] == ""
    assert heard["syllables"].startswith("wo3 xiang3")
    assert heard["alternatives"][0] == {"syllables": heard["syllables"], "weight": heard["alternatives"][0]["weight"]}
    assert sum(each["weight"] for each in heard["alternatives"]) == pytest.approx(1, abs=0.01)
    assert 0 < heard["took_s"] < 20
    assert (nothing["text"], nothing["syllables"], nothing["alternatives"], nothing["confidence"]) == ("", "", [], 0)
    assert nothing["audio_s"] == pytest.approx(2)


def test_listen_says_of_each_bad_file_what_is_wrong_and_hears_the_others(models: Path, tmp_path: Path) -> None:
    good = tmp_path / "good.ogg"
    good.write_bytes(make_ogg(["hao3", "de5"]))
    (tmp_path / "text.ogg").write_text("not a sound")
    (tmp_path / "long.ogg").write_bytes(encode(sounds.tone(61), "ogg"))
    (tmp_path / "empty.wav").write_bytes(b"")
    names = ["missing.ogg", "text.ogg", "long.ogg", "empty.wav", ".", str(good)]
    done = shusheng("listen", *names, "--json", models=models, data=tmp_path)
    assert done.returncode == 1
    assert [json.loads(line)["file"] for line in done.stdout.splitlines()] == [str(good)]
    said = done.stderr.splitlines()
    assert len(said) == 5
    for line, name, part in zip(
        said, names, ("no such file", "not a rec", "too long", "not a rec", "read"), strict=False
    ):
        assert f"{name}: " in line and part in line


def test_listen_without_ears_or_with_wrong_ones_is_one_sentence(models: Path, tmp_path: Path) -> None:
    note = tmp_path / "note.ogg"
    note.write_bytes(encode(sounds.tone(), "ogg"))
    assert "models fetch" in one_sentence(shusheng("listen", note, models="", data=tmp_path))
    assert "hears en" in one_sentence(shusheng("listen", note, "--locale", "en", models=models, data=tmp_path))
    wrong = shusheng("listen", note, models=models, data=tmp_path, SHUSHENG_EARS="whisper")
    assert "SHUSHENG_EARS" in one_sentence(wrong)


def test_nothing_a_library_prints_reaches_stdout(voices_data: Path, tmp_path: Path) -> None:
    """Vosk complains in C, on stderr and stdout, of a graph it cannot read."""
    word = voices_data / "human-zh-words" / "cmn-一毛不拔.mp3"
    ears = f"vosk:{voices_data / 'vosk-test-models' / 'lookahead'}"
    done = shusheng("listen", word, "--json", models="", data=tmp_path, SHUSHENG_EARS=ears)
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["text"] == "一毛不拔"
    assert json.loads(done.stdout)["alternatives"][0]["text"] == "一毛不拔"


@pytest.mark.parametrize("ending", ["ogg", "WAV", "amr"])
def test_say_writes_what_its_ending_says(ending: str, tmp_path: Path) -> None:
    file = tmp_path / f"reply.{ending}"
    done = shusheng("say", "您好，三体在馆。", "-o", file, "--rate", "1.5", models="", data=tmp_path)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    assert 0.8 < decode(file.read_bytes()).seconds < 3
    assert sorted(path.name for path in tmp_path.iterdir()) == [file.name]


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (("好", "-o", "a.xyz"), 2),
        (("好", "-o", "a.ogg", "--rate", "9"), 2),
        (("好", "-o", "a.ogg", "--locale", "fr"), 2),
        (("。", "-o", "a.ogg"), 1),
        (("好", "-o", "nowhere/a.ogg"), 1),
    ],
)
def test_say_used_wrongly_is_one_sentence(arguments: tuple[str, ...], code: int, tmp_path: Path) -> None:
    one_sentence(shusheng("say", *arguments, models="", data=tmp_path), code=code)
    assert not list(tmp_path.glob("*a.*"))


def test_models_are_listed_and_checked(models: Path, tmp_path: Path) -> None:
    listed = shusheng("models", "list", "--json", models=models, data=tmp_path).stdout.splitlines()
    folders = {line["model"]: line["folder"] for line in map(json.loads, listed)}
    assert folders.pop("pinyin-wenetspeech-3.3M") == str(models / "kws-zipformer-wenetspeech-3.3M-mobile")
    assert set(folders.values()) == {None}
    done = shusheng("models", "check", models=models, data=tmp_path)
    assert (done.returncode, done.stdout) == (0, "pinyin-wenetspeech-3.3M: ok\n")


def test_a_model_without_a_known_checksum_is_put_there_by_hand(models: Path, tmp_path: Path) -> None:
    wanted = "sherpa-onnx-paraformer-zh-2023-03-28"
    said = one_sentence(shusheng("models", "fetch", wanted, models=models, data=tmp_path))
    assert "no checksum" in said and f"{wanted}.tar.bz2" in said and str(tmp_path / "models") in said


def test_models_that_cannot_be_had_are_one_sentence_each(models: Path, tmp_path: Path) -> None:
    away = ("--timeout", "1", "--from", "http://127.0.0.1:9/")
    done = shusheng("models", "fetch", "--if-missing", *away, models=models, data=tmp_path)
    assert done.returncode == 1
    assert done.stdout == ""
    assert [line.split(": ")[1] for line in done.stderr.splitlines()] == [
        "vosk-model-small-cn-0.22", "vosk-model-small-en-us-0.15",
    ]  # fmt: skip
    one = shusheng("models", "fetch", "pinyin-wenetspeech-3.3M", "--if-missing", *away, models=models, data=tmp_path)
    assert (one.returncode, one.stdout) == (0, "every model is there\n")
    one_sentence(shusheng("models", "fetch", "no-such-model", models=models, data=tmp_path), code=2)
