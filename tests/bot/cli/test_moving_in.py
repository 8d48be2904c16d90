"""The commands by which a library moves in and keeps its events: what they say to people and to scripts."""

from __future__ import annotations

from pathlib import Path

from tests.bot.cli.conftest import Command

PLACES = "馆代码,名称,级别,取书点\nDQ,德清县图书馆,县,是\n"
BOOKS = "题名,责任者,条码,馆\n活着,余华,B1,DQ\n三体,刘慈欣,B2,DQ\n"
READERS = "读者证号,姓名,发证馆,取书点\n1001,王奶奶,DQ,DQ\n1002,李明,NOWHERE,\n"
LOANS = "读者证号,条码,借书日期,应还日期\n1001,B1,2026-11-01,2026-12-01\n1001,B9,2026-11-01,2026-12-01\n"
HOLDS = "读者证号,条码,预约日期\n1001,B2,2026-11-02\n"
EVENTS = "编号,活动名称,地点,日期,时间,名额\n1,冬至包汤圆,DQ,2026-12-21,14:00-16:00,30\n"
NOW = ("--now", "2026-11-22T10:00")


def test_from_the_first_place_to_the_first_event(inside: Command, tmp_path: Path) -> None:
    def written(name: str, text: str) -> str:
        path = tmp_path / name
        path.write_text(text, "utf-8")
        return str(path)

    assert inside("libraries", "import", written("places.csv", PLACES)).code == 0
    assert inside("import", written("books.csv", BOOKS), "--library", "DQ").code == 0
    said = inside("import", written("readers.csv", READERS), "--what", "patrons", *NOW)
    assert (said.code, said.out.splitlines()[-1].split(": ", 1)[1]) == (
        0,
        "patrons: read 2, created 1, merged 0, updated 0, rejected 1",
    )
    assert said.err.strip().endswith("no place has the code or name NOWHERE; --place THEIRS=OURS says which it is")
    reject, report = inside("import", written("loans.csv", LOANS), "--what", "loans", "--json", *NOW).lines
    assert reject["reject"]["reason"] == "no item has the barcode B9; bring in the items first"
    assert (report["what"], report["read"], report["created"], report["rejected"]) == ("loans", 2, 1, 1)
    (report,) = inside("import", written("holds.csv", HOLDS), "--what", "holds", "--json", *NOW).lines
    assert (report["created"], report["merged"]) == (1, 0)
    (report,) = inside("import", written("holds.csv", HOLDS), "--what", "holds", "--json", *NOW).lines
    assert (report["created"], report["merged"]) == (0, 1)
    (shown,) = inside("patrons", "show", "--card", "1001", "--json").lines
    assert shown
    plan = written("events.csv", EVENTS)
    (report,) = inside("libraries", "events", "import", plan, "--json", *NOW).lines
    assert report["created"] == 1
    (event,) = inside("libraries", "events", "list", "--json", *NOW).lines
    assert (event["title"], event["seats"], event["taken"]) == ("冬至包汤圆", 30, 0)
    moved = inside("libraries", "events", "move", str(event["event"]), "--starts", "2026-12-22 14:00", *NOW)
    assert moved.out.strip() == "event 1: 2026-12-22 14:00 at 德清县图书馆; 0 readers will be told"
    assert inside("libraries", "events", "cancel", "1", *NOW).code == 0
    assert inside("libraries", "events", "cancel", "2", *NOW).sentence.startswith("there is no event 2")
    again = inside("libraries", "events", "move", "1", "--starts", "2026-12-23 14:00", *NOW)
    assert again.sentence == "event 1: it was called off; enter it anew"
    assert "one of records, patrons" in inside("import", plan, "--what", "nonsense").err
    folder = inside("import", str(tmp_path), "--format", "evergreen", "--library", "DQ")
    assert "holds no tables of Evergreen" in folder.sentence


def test_a_copy_is_looked_for_in_vain_and_a_hold_is_placed_at_the_desk(inside: Command, tmp_path: Path) -> None:
    for name, text, rest in (
        ("places.csv", PLACES, ("libraries", "import")),
        ("books.csv", BOOKS, ("import", "--library", "DQ")),
        (
            "readers.csv",
            READERS.splitlines()[0] + "\n" + READERS.splitlines()[1] + "\n",
            ("import", "--what", "patrons"),
        ),
    ):
        path = tmp_path / name
        path.write_text(text, "utf-8")
        assert inside(*rest, str(path)).code == 0
    (held,) = inside("desk", "hold", "--card", "1001", "--barcode", "B1", "--only", "item", "--json", *NOW).lines
    assert (held["item"], held["scope"], held["new"]) == ("B1", "item", True)
    (again,) = inside("desk", "hold", "--card", "1001", "--barcode", "B1", "--json", *NOW).lines
    assert (again["hold"], again["new"]) == (held["hold"], False)
    missed = inside("desk", "missing", "B1", *NOW)
    assert missed.out.strip() == f"B1: missing, hold {held['hold']} waits again, its reader is told the truth"
    assert inside("desk", "missing", "B1", *NOW).out.strip() == "B1: missing already"
    assert inside("desk", "hold", "--card", "1001", "--only", "shelf").code == 2
    assert inside("desk", "hold", "--card", "1001").sentence.startswith("no record is known by that")
