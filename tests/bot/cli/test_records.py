"""The cataloguers' commands, as processes: a list with its guess shown, why a record is one, and taking it apart."""

from __future__ import annotations

import json
from pathlib import Path

from tests.bot.cli.conftest import Command

ISBN = "9787506365437"


def books(folder: Path) -> Path:
    file = folder / "books.csv"
    file.write_text(f"书的名字,作者,书号,备注\n活着,余华,{ISBN},甲\n活着（精装）,余华,{ISBN},乙\n", "utf-8")
    return file


def test_from_a_list_to_a_split_that_stays_and_back(inside: Command, bare: Command, tmp_path: Path) -> None:
    file = books(tmp_path)
    unknown = inside("import", str(file))
    assert (unknown.code, "--column" in unknown.err) == (1, True)
    done = inside("import", str(file), "--column", "书的名字=title", "--json")
    (report,) = done.lines
    assert (report["read"], report["created"], report["updated"]) == (2, 1, 1)
    assert report["columns"] == {"书的名字": "title", "作者": "author", "书号": "isbn", "备注": ""}
    first, second = inside("records", "why", ISBN, "--json").lines
    assert (first["why"], second["why"], second["evidence"]) == ("first", "isbn", {"isbn": ISBN})
    kept = bare("records", "source", str(second["source"]))
    assert json.loads(kept.out)["title"] == "活着（精装）"
    split = inside("records", "split", "--source", str(second["source"]), "--json")
    assert split.lines[0]["record"] != first["record"]
    inside("import", str(file), "--column", "书的名字=title")
    rows = inside("records", "why", str(first["record"]), "--json").lines
    assert [row["why"] for row in rows if "why" in row] == ["first"]
    assert [row["edition"] for row in rows if "edition" in row] == [split.lines[0]["record"]]
    joined = inside("records", "join", "--source", str(second["source"]), "--json")
    assert joined.lines == [{"source": second["source"], "record": first["record"]}]
    assert [row["why"] for row in inside("records", "why", ISBN, "--json").lines] == ["first", "isbn"]
    again = inside("records", "join", "--source", str(second["source"]))
    assert (again.code, again.err.count("\n")) == (1, 1)


def test_misuse_says_what_to_do(inside: Command, tmp_path: Path) -> None:
    for arguments, code in (
        (("records", "why", "999"), 1),
        (("records", "split"), 2),
        (("records", "join"), 2),
        (("records", "source", "1"), 1),
        (("import", str(books(tmp_path)), "--column", "书的名字"), 2),
        (("import", str(books(tmp_path)), "--column", "书的名字=nonsense"), 2),
        (("import", str(books(tmp_path)), "--states", "nobody"), 2),
        (("harvest", "http://127.0.0.1:9/oai", "--library", "NOWHERE"), 1),
    ):
        done = inside(*arguments)
        assert done.code == code, arguments
        assert done.err.count("\n") == 1, done.err
        assert "Traceback" not in done.err
