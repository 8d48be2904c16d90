"""`shusheng chat` as it is called: one line out for each line in, whatever comes in, and nothing else on stdout."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy.orm import Session, sessionmaker

from bot.channels.console import parsed
from bot.dialogue.services import Services

LINES: list[str] = [
    json.dumps({"say": "我想借三体"}, ensure_ascii=False),
    json.dumps({"choose": 1}),
    "",
    "no json at all",
    "[1, 2]",
    json.dumps({"say": None}),
    json.dumps({"choose": "x"}),
    json.dumps({"say": "送到家", "locale": None}, ensure_ascii=False),
    json.dumps({"heard": "好"}, ensure_ascii=False),
    json.dumps({"say": "活" * 10_000}, ensure_ascii=False),
    json.dumps({"say": "hello", "locale": "en", "new": True}),
]


@pytest.fixture(scope="session")
def folder(union: tuple[sessionmaker[Session], Services]) -> Path:
    return Path(str(union[0].kw["bind"].url.database)).parent


def chat(folder: Path, *options: str, lines: list[str]) -> subprocess.CompletedProcess[bytes]:
    return subprocess.run(
        [sys.executable, "-c", "from bot.cli import main; main()", "chat", *options, "--now", "2026-11-22T10:00",
         "--database", f"sqlite:///{folder}/union.db", "--data", str(folder)],
        input="\n".join(lines).encode(), capture_output=True, check=False, timeout=60, env={**os.environ},
    )  # fmt: skip


def test_one_line_out_for_each_line_in(folder: Path) -> None:
    done = chat(folder, "--json", "--card", "52100019", lines=LINES)
    assert done.returncode == 0, done.stderr.decode()
    answers: list[dict[str, Any]] = [json.loads(line) for line in done.stdout.decode().splitlines()]
    assert len(answers) == len(LINES)
    for answer in answers:
        assert {"intent", "slots", "confidence", "found", "shown", "spoken", "choices", "done", "state", "heard",
                "pushed"} <= set(answer)  # fmt: skip
        assert answer["shown"]
        assert answer["spoken"]
    assert [one["what"] for one in answers[8]["done"]] == ["delivery_requested"]
    assert answers[8]["heard"]["text"] == "好"
    assert "三体" in answers[0]["shown"]
    assert "\\u" not in done.stdout.decode()
    assert "Shusheng" in answers[-1]["shown"]


def test_a_reply_ends_with_an_empty_line(folder: Path) -> None:
    done = chat(folder, lines=["你好", "图书馆几点开门"])
    assert done.returncode == 0, done.stderr.decode()
    replies = done.stdout.decode().rstrip("\n").split("\n\n")
    assert len(replies) == 2


def test_a_talk_goes_on_in_another_process(folder: Path) -> None:
    chat(folder, "--talk", "mine", "--card", "52100012", lines=["三体"])
    done = chat(folder, "--talk", "mine", "--card", "52100012", "--json", lines=[json.dumps({"say": "第一本"})])
    answer = json.loads(done.stdout)
    assert answer["intent"] == "choose"
    assert "《三体》" in answer["shown"]


def test_a_card_nobody_has_is_one_sentence(folder: Path) -> None:
    done = chat(folder, "--card", "1", lines=["你好"])
    assert done.returncode == 1
    assert len(done.stderr.decode().strip().splitlines()) == 1


@pytest.mark.parametrize(
    ("line", "body"),
    [
        ("", {"say": ""}),
        ("{", {"say": ""}),
        ('{"say": 3}', {"say": ""}),
        ('{"choose": 2}', {"choose": 2}),
        ('{"choose": true}', {"choose": 0}),
        ('{"choose": 99999999999}', {"choose": 0}),
        ('{"heard": "好", "card": "1"}', {"heard": "好", "card": "1"}),
        ('{"hear": "a.ogg", "new": true}', {"hear": "a.ogg", "new": True}),
        ('{"say": "a", "card": null, "other": 1}', {"say": "a"}),
    ],
)
def test_lines_are_read_with_suspicion(line: str, body: dict[str, Any]) -> None:
    assert parsed(line) == body
