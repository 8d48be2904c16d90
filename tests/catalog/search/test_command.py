"""`shusheng import`, `index` and `search` as scripts meet them: the real command, its output and its exit codes."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

BOOKS = Path(__file__).with_name("books.tsv")
COMMAND = Path(sys.executable).with_name("shusheng")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("command")


def shusheng(folder: Path, *arguments: str, said: bytes = b"") -> subprocess.CompletedProcess[bytes]:
    shared = ("--database", f"sqlite:///{folder / 'union.db'}", "--data", str(folder))
    return subprocess.run([str(COMMAND), *shared, *arguments], input=said, capture_output=True, check=False, timeout=60)


def lines(done: subprocess.CompletedProcess[bytes]) -> list[dict[str, object]]:
    return [json.loads(line) for line in done.stdout.decode().splitlines()]


def test_import_then_search(folder: Path, tmp_path: Path) -> None:
    bad = tmp_path / "bad.csv"
    bad.write_text("title,author\n,甲\n好书,乙\n", "utf-8")
    done = shusheng(folder, "import", str(BOOKS), str(bad), "--json")
    assert done.returncode == 0, done.stderr
    first, reject, second = lines(done)
    assert first == {"file": str(BOOKS), "read": 26, "created": 26, "merged": 0, "updated": 0, "rejected": 0}
    assert reject == {"reject": {"file": str(bad), "position": 2, "reason": "it has no title"}}
    assert (second["created"], second["rejected"]) == (1, 1)

    done = shusheng(folder, "search", "活着", "", "没有这本书吗吗吗", "--json", "--limit", "2")
    assert done.returncode == 0
    found, empty, nothing = lines(done)
    hit = found["found"][0]  # type: ignore[index]
    assert isinstance(hit["record"], str)
    assert (hit["title"], hit["authors"], hit["why"], hit["score"]) == ("活着", ["余华"], "exact", 1.0)
    assert hit["formats"] == ["braille", "print"]
    assert hit["isbns"] == ["9787506365437"]
    assert (empty["query"], empty["total"], empty["found"]) == ("", 0, [])
    assert nothing["total"] == 0
    assert "\\u" not in done.stdout.decode()

    said = "三题\n\n三题\n".encode() + b"\xff\xfe\n"
    done = shusheng(folder, "search", "--voice", "--json", said=said)
    answers = lines(done)
    assert [answer["query"] for answer in answers] == ["三题", "", "三题", "��"]
    assert [bool(answer["found"]) for answer in answers] == [True, False, True, False]

    done = shusheng(folder, "search", "余华")
    assert done.stdout.decode().splitlines()[:2] == ["余华: 2 found", "1. 活着 / 余华 (braille, print; author)"]


def test_the_index_is_kept_and_rebuilt(folder: Path) -> None:
    assert shusheng(folder, "index").stdout.decode().startswith("0 works")
    assert shusheng(folder, "index", "--rebuild").stdout.decode().startswith("24 works")
    (folder / "index" / "current").unlink()
    done = shusheng(folder, "search", "活着", "--json")
    assert lines(done)[0]["total"]


def test_a_broken_index_is_one_sentence(folder: Path) -> None:
    for file in (folder / "index").rglob("meta.json"):
        file.write_text("{")
    done = shusheng(folder, "search", "活着")
    assert (done.returncode, done.stdout) == (1, b"")
    assert done.stderr.decode().count("\n") == 1
    assert "shusheng index --rebuild" in done.stderr.decode()
    assert shusheng(folder, "index", "--rebuild").returncode == 0


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (["import", "no-such-file.csv"], 1, "No such file"),
        (["import", str(Path(__file__))], 1, "no column"),
        (["import", str(BOOKS), "--library", "NOWHERE"], 1, "NOWHERE"),
        (["import", str(BOOKS), "--format", "tape"], 2, "--format is one of"),
        (["import"], 2, ""),
        (["search", "--limit", "many"], 2, ""),
    ],
)
def test_what_goes_wrong_is_one_sentence(folder: Path, arguments: list[str], code: int, said: str) -> None:
    done = shusheng(folder, *arguments)
    assert done.returncode == code, done.stderr.decode()
    assert said in done.stderr.decode()
    assert "Traceback" not in done.stderr.decode()
    assert len(done.stderr.decode().splitlines()) == 1
