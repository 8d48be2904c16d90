"""The black-box contract, command by command, on the installed command and one demonstration."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from bot.cli import COMMANDS
from tests.bot.cli.conftest import PATIENCE_S, Command, Ran, Serving, start
from tests.demonstration import DemoUnion

CONTRACT = (
    *("demo", "serve", "chat", "import", "index", "search", "listen", "say", "desk", "jobs", "patrons", "libraries"),
    *("stats", "models", "check", "bench"),
)
ANSWER = {
    *("intent", "slots", "confidence", "found", "shown", "spoken", "choices", "done", "state", "heard", "pushed"),
}
HIT = {"record", "title", "authors", "formats", "isbns", "score", "why"}
NOW = ("--now", "2026-11-22T10:00")


def test_every_command_of_the_contract_exists() -> None:
    assert set(CONTRACT) <= set(COMMANDS)


@pytest.fixture(scope="module")
def told(shusheng: Command) -> Ran:
    """What `demo --json` tells."""
    return shusheng("demo", "--json", *NOW)


@pytest.fixture(scope="module")
def card(told: Ran) -> str:
    """The first reader's card."""
    return str(told.lines[0]["card"])


def test_the_demonstration_again_changes_nothing(shusheng: Command, told: Ran) -> None:
    assert told.code == 0
    kinds = [line["kind"] for line in told.lines]
    assert list(dict.fromkeys(kinds)) == ["reader", "librarian", "volunteer", "place", "event"]
    first = told.lines[0]
    assert all(isinstance(first[name], str) and first[name] for name in ("card", "pin", "name", "locale"))
    assert first["formats"] and all(isinstance(form, str) for form in first["formats"])
    assert first["locale"] == "zh-CN"
    assert shusheng("demo", "--json", *NOW).out == told.out


def test_the_first_reader_can_do_everything(shusheng: Command, card: str) -> None:
    reader = shusheng("patrons", "show", "--card", card, "--json").lines[0]
    assert len(reader["addresses"]) == 1
    assert reader["pickup"]
    assert not reader["print_disabled"]
    assert reader["holds"] == []
    assert len(reader["loans"]) >= 2
    asked, done = shusheng("chat", "--card", card, "--json", *NOW, stdin='{"say": "全部续借"}\n{"say": "好"}\n').lines
    assert (asked["intent"], asked["done"]) == ("renew_all", [])
    assert {one["what"] for one in done["done"]} == {"loan_renewed"}
    assert {one["loan"] for one in done["done"]} == {str(loan["loan"]) for loan in reader["loans"]}


def test_the_demonstration_refuses_another_database(bare: Command, tmp_path: Path) -> None:
    (tmp_path / "books.csv").write_text("title\n活着\n", encoding="utf-8")
    assert bare("import", "books.csv").code == 0
    refused = bare("demo")
    assert refused.code == 1
    assert "demonstration" in refused.sentence
    assert [hit["title"] for hit in bare("search", "活着", "--json").lines[0]["found"]] == ["活着"]


def test_searching_arguments_and_lines(shusheng: Command) -> None:
    asked = ["三体", "", "三体", "sjs", "不存在的书名啊啊啊"]
    by_line = shusheng("search", "--json", stdin="".join(f"{each}\n" for each in asked))
    by_argument = shusheng("search", "--json", "--limit", "2", "--voice", "--", *asked)
    for ran in (by_line, by_argument):
        assert (ran.code, ran.err) == (0, "")
        assert [line["query"] for line in ran.lines] == asked
        for line in ran.lines:
            assert set(line) == {"query", "ms", "total", "found"}
            assert all(set(hit) == HIT and isinstance(hit["record"], str) for hit in line["found"])
    assert [hit["title"] for hit in by_line.lines[0]["found"]][:1] == ["三体"]
    assert max(len(line["found"]) for line in by_argument.lines) == 2
    assert by_line.lines[0]["found"] == by_line.lines[2]["found"]


def test_utf8_whatever_the_terminal_speaks(shusheng: Command) -> None:
    ran = shusheng("search", "三体", "--json", settings={"LC_ALL": "C", "PYTHONIOENCODING": "ascii"})
    assert ran.lines[0]["query"] == "三体"


@pytest.mark.parametrize("where", ["before", "after"])
def test_database_and_data_stand_anywhere(bare: Command, union: DemoUnion, tmp_path: Path, where: str) -> None:
    shared = ["--database", union.database_url, f"--data={union.data}"]
    command = ["libraries", "list", "--json"]
    ran = bare(*(shared + command if where == "before" else command[:2] + shared + command[2:]))
    assert ran.code == 0
    assert len(ran.lines) >= 14
    assert list(tmp_path.iterdir()) == []


def test_an_import_reads_to_the_end(bare: Command, tmp_path: Path) -> None:
    (tmp_path / "books.tsv").write_text(
        'title\tauthor\tisbn\tvotes\ttags\n养蜂"手册\t\t\t\t\n\t无名\t\t\t\n山里的"事\t李四\t9787506365437\t12\t散文\n',
        encoding="utf-8",
    )
    ran = bare("import", "books.tsv", "no-such-file.csv", "--json")
    assert ran.code == 1
    assert "no-such-file.csv" in ran.sentence
    reject, counts = ran.lines
    assert set(reject["reject"]) == {"file", "position", "reason"}
    assert counts == {"file": "books.tsv", "read": 3, "created": 2, "merged": 0, "updated": 0, "rejected": 1}
    again = bare("import", "books.tsv", "--json")
    assert again.code == 0
    assert again.lines[-1]["created"] == 0
    found = bare("search", "养蜂手册", "山里的事", "--json")
    assert [line["found"][0]["title"] for line in found.lines] == ['养蜂"手册', '山里的"事']


def test_talking_in_lines_of_json(shusheng: Command) -> None:
    lines = [
        '{"say": "我想借三体"}', '{"choose": 1}', "", "not json", "[1]", '{"say": 7}', '{"hear": "missing.ogg"}',
        '{"heard": "我想借三题"}', '{"heard": [{"syllables": "wo3 xiang3 jie4 san1 ti3", "weight": 1}], "new": true}',
        '{"say": "' + "啊" * 10_000 + '"}', '{"say": "😀😀"}', '{"say": "\\u0000\\u001b"}', '{"choose": "x"}',
        '{"say": "hello", "locale": "en", "new": true}', '{"say": "再见", "now": "2026-11-24T20:00"}',
    ]  # fmt: skip
    ran = shusheng("chat", "--json", *NOW, stdin="\n".join(lines) + "\n")
    assert ran.code == 0
    assert len(ran.lines) == len(lines)
    for line, answer in zip(lines, ran.lines, strict=True):
        assert set(answer) == ANSWER, line[:40]
        assert answer["shown"] and answer["spoken"], line[:40]
        assert 0 <= answer["confidence"] <= 1
        assert answer["done"] == []
    found = ran.lines[0]
    assert (found["intent"], found["slots"], found["state"]) == ("find_title", {"title": "三体"}, "choosing")
    assert len(found["found"]) == 5
    assert all(set(hit) == HIT for hit in found["found"])
    assert ran.lines[1]["intent"] == "choose"
    for heard in ran.lines[7:9]:
        assert heard["intent"] == "find_title"
        assert heard["heard"]["text"]
    assert "Traceback" not in ran.err


def test_a_whole_errand_in_four_turns(shusheng: Command, card: str) -> None:
    ran = shusheng("chat", "--card", card, *NOW, "--json", stdin="".join(
        f"{json.dumps({'say': said}, ensure_ascii=False)}\n" for said in ("我想看活着", "第一本", "送到家", "好")
    ))  # fmt: skip
    done = ran.lines[3]["done"]
    assert [line["done"] for line in ran.lines[:3]] == [[], [], []]
    assert ran.lines[2]["state"] == "confirming"
    assert "delivery_requested" in {one["what"] for one in done}
    assert all(isinstance(one[name], str) for one in done for name in one if name in ("record", "hold", "delivery"))


def test_talking_in_words(shusheng: Command) -> None:
    first = shusheng("chat", "--talk", "console:mine", *NOW, stdin="我想借三体\n")
    assert first.code == 0
    assert first.out.endswith("\n\n")
    assert "三体" in first.out
    second = shusheng("chat", "--talk", "console:mine", "--json", *NOW, stdin='{"choose": 1}\n')
    assert second.lines[0]["intent"] == "choose"
    assert "三体" in second.lines[0]["shown"]


def test_talking_as_nobody(shusheng: Command) -> None:
    assert "no reader has the card 999" in shusheng("chat", "--card", "999").sentence


def test_jobs_run_when_they_are_told(shusheng: Command) -> None:
    listed = [line["job"] for line in shusheng("jobs", "list", "--json").lines]
    assert {"notices", "relay", "targets"} <= set(listed)
    counts = [shusheng("jobs", "run", "notices", "--now", "2026-11-24T10:00", "--json").lines[0] for _ in range(2)]
    assert counts[0]["count"] > 0
    assert counts[1] == {"job": "notices", "now": "2026-11-24T10:00:00+08:00", "count": 0}


def test_voice_out_and_in(shusheng: Command, shared: Path, tmp_path: Path) -> None:
    ears = {"SHUSHENG_MODELS": str(shared / "models")}
    sound = tmp_path / "said.wav"
    assert shusheng("say", "我想借三体", "-o", str(sound), "--rate", "0.8").code == 0
    assert sound.read_bytes()[:4] == b"RIFF"
    (tmp_path / "broken.ogg").write_bytes(b"OggS" + bytes(100))
    ran = shusheng("listen", str(sound), str(tmp_path / "broken.ogg"), "--json", settings=ears)
    assert ran.code == 1
    assert "broken.ogg" in ran.sentence
    assert set(ran.lines[0]) == {"file", "text", "syllables", "alternatives", "confidence", "audio_s", "took_s"}
    deaf = shusheng("listen", str(sound))
    assert (deaf.code, deaf.out) == (1, "")
    assert "models fetch" in deaf.sentence


def test_models_check_and_bench_answer(shusheng: Command) -> None:
    models = shusheng("models", "list", "--json").lines
    assert all(line["folder"] is None for line in models)
    assert shusheng("models", "check", "--json").code == 0
    benches = shusheng("bench", "--json").lines
    assert {"turn", "voice"} <= {line["bench"] for line in benches}
    check = shusheng("check")
    assert (check.code, check.err) == (0, "")
    parts = [line.partition(": ") for line in check.out.splitlines()]
    assert [part for part, _, _ in parts] == ["configuration", "database", "index", "voice", "channels"]
    assert all(said.startswith("ok") for _, _, said in parts)
    assert "without ears" in parts[3][2]


def test_the_operators_lists_are_pure(shusheng: Command) -> None:
    for words in ("patrons list", "stats"):
        ran = shusheng(*words.split(), "--json")
        assert (ran.code, ran.err) == (0, ""), words
        assert ran.lines


def test_commands_beside_a_running_service(
    serving: object, shusheng: Command, union: DemoUnion, tmp_path: Path
) -> None:
    service: Serving = serving("--port", "0")  # type: ignore[operator]
    (tmp_path / "new.csv").write_text("title\n萤火虫邮局\n", encoding="utf-8")
    assert shusheng("import", str(tmp_path / "new.csv")).code == 0
    lines = shusheng("chat", "--json", stdin='{"say": "萤火虫邮局"}\n').lines
    assert lines[0]["found"][0]["title"] == "萤火虫邮局"
    assert shusheng("jobs", "run", "relay").code == 0
    assert service.end() == 0


def test_whoever_stops_reading_gets_no_complaint(union: DemoUnion, tmp_path: Path) -> None:
    with start("patrons", "list", "--json", settings=union.environment, folder=tmp_path) as process:
        assert process.stdout is not None and process.stderr is not None
        process.stdout.close()
        assert process.stderr.read() == ""
        assert process.wait(PATIENCE_S) == 0
