"""The librarians' commands: each may be repeated, speaks one object a line with --json, and says what is wrong."""

from __future__ import annotations

import random
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from bot.cli.failing import Failure
from bot.cli.office import LIBRARIAN
from catalog.circulation import loans
from catalog.database import Base, open_engine, open_sessions
from catalog.delivery import requests
from catalog.patrons.tables import Card
from tests.bot.cli.office import MONDAY, Shusheng
from tests.scenarios.world import moment


def test_lending_and_returning_twice(office: Shusheng) -> None:
    lent = [{"loan": 1, "item": "h1", "due_date": "2026-12-23"}]
    assert office("desk", "check-out", "h1", "--card", "1001", "--at", "town", *MONDAY) == lent
    assert office("desk", "check-out", "h1", "--card", "10 01", "--at", "town", *MONDAY) == lent
    back = office("desk", "check-in", "h1", "--at", "乾元分馆")[0]
    assert (back["status"], back["changed"]) == ("available", True)
    assert office("desk", "check-in", "h1", "--at", "town")[0]["changed"] is False


def test_a_delivery_from_the_desks_side(office: Shusheng) -> None:
    engine = open_engine(office.url)
    with open_sessions(engine).begin() as session:
        patron = session.get_one(Card, "1001").patron
        requests.request(session, patron=patron, record_ids=[1], now=moment("2026-11-23 10:00"),
                         by=LIBRARIAN, chance=random.Random(1))  # fmt: skip
    engine.dispose()
    with pytest.raises(Failure, match=r"no book of delivery 1 is at .* yet"):
        office("desk", "dispatch", "1", *MONDAY)
    with pytest.raises(Failure, match="has not left yet"):
        office("desk", "deliver", "1", *MONDAY)
    assert office("desk", "capture", "s1", "--at", "county", *MONDAY)[0]["to"] == "town"
    assert office("desk", "receive", "s1", "--at", "town", *MONDAY)[0]["status"] == "on_hold_shelf"
    row = office("desk", "deliveries", "--at", "town")[0]
    assert (row["promised_date"], row["titles"], len(row["code_word"])) == ("2026-11-25", ["santi"], 4)
    for command, status in (("dispatch", "dispatched"), ("missed", "missed"), ("dispatch", "dispatched")):
        assert office("desk", command, "1", *MONDAY)[0]["status"] == status
    for _ in range(2):
        assert office("desk", "deliver", "1", *MONDAY)[0]["status"] == "delivered"
    assert [loan["item"] for loan in office("patrons", "show", "--card", "1001")[0]["loans"]] == ["s1"]


def test_readers_are_registered_once_and_get_codes(office: Shusheng) -> None:
    facts = ("desk", "register", "--card", "77", "--name", "试", "--home", "county", "--formats", "braille,print")
    first, again = office(*facts)[0], office(*facts)[0]
    assert first["new"] and len(first["pin"]) == 6
    assert again == {"patron": first["patron"], "card": "77", "new": False}
    assert len(office("desk", "link-code", "--card", "77")[0]["code"]) == 6
    voucher = ("desk", "vouch", "--card", "77", "--as", "disability-certificate", "--print-disabled")
    vouched = office(*voucher)[0]
    assert (vouched["as"], vouched["group"], vouched["blocked"]) == ("disability-certificate", "disabled", None)
    shown = office("patrons", "show", "--card", "77")[0]
    assert (shown["formats"], shown["print_disabled"]) == (["braille", "print"], True)
    assert len(office("patrons", "list")) == 7
    assert len(office("patrons", "list", "--at", "town")) == 0


def test_somebody_may_act_for_a_reader_until_it_is_revoked(office: Shusheng) -> None:
    given = ("desk", "delegate", "--card", "1001", "--to", "1002", "--until", "2026-12-31", *MONDAY)
    first, again = office(*given)[0], office(*given)[0]
    assert first == again
    assert (first["scope"], first["until"], first["revoked"]) == ("borrow", "2026-12-31", False)
    ended = ("desk", "revoke", "--card", "1001", "--to", "1002", *MONDAY)
    assert [office(*ended)[0]["revoked"] for _ in range(2)] == [True, True]
    acts = office("patrons", "acts", "--card", "1001")
    assert [(one["what"], one["actor"]) for one in acts] == [
        ("delegation_revoked", "librarian"),
        ("delegated", "librarian"),
    ]
    with pytest.raises(Failure, match="no scope"):
        office("desk", "delegate", "--card", "1001", "--to", "1002", "--scope", "all")
    with pytest.raises(Failure, match="never was"):
        office("desk", "revoke", "--card", "1002", "--to", "1001")


def test_what_the_reader_keeps_at_a_swap_stays_on_loan(office: Shusheng) -> None:
    for barcode in ("h1", "p1"):
        office("desk", "check-out", barcode, "--card", "1001", "--at", "town", *MONDAY)
    engine = open_engine(office.url)
    with open_sessions(engine).begin() as session:
        patron = session.get_one(Card, "1001").patron
        now = moment("2026-11-23 10:00")
        out = loans.of_patron(session, patron=patron)
        requests.fetch(session, patron=patron, loans=out, now=now, by=LIBRARIAN)
    engine.dispose()
    assert office("desk", "deliveries", "--at", "town", *MONDAY)[0]["take"] == ["h1", "p1"]
    assert office("desk", "deliver", "1", "--kept", "p1", *MONDAY)[0]["status"] == "collected"
    assert [loan["item"] for loan in office("patrons", "show", "--card", "1001")[0]["loans"]] == ["p1"]


def test_closing_moves_due_dates(office: Shusheng) -> None:
    office("desk", "check-out", "h1", "--card", "1001", "--at", "town", *MONDAY)
    close = ("libraries", "close", "county", "--from", "2026-12-21", "--to", "2026-12-27", "--reason", "洪水", *MONDAY)
    assert office(*close)[0]["opens"] == "2026-12-29"
    assert office(*close)[0]["closure"] == 1
    assert office("patrons", "show", "--card", "1001")[0]["loans"][0]["due_date"] == "2026-12-28"
    assert [row["code"] for row in office("libraries", "list")][:2] == ["union", "province"]
    figures = {row["place"]: row for row in office("stats", *MONDAY)}
    assert figures["town"]["name"] and figures["town"]["loans_open"] == 1 and figures["county"]["readers"] == 6


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("desk", "check-out", "zz", "--card", "1001", "--at", "town"), "no item has the barcode 'zz'"),
        (("desk", "check-out", "h1", "--card", "zz", "--at", "town"), "no reader has the card 'zz'"),
        (("desk", "check-in", "h1", "--at", "莫干山"), "perhaps other"),
        (("desk", "dispatch", "9"), "there is no delivery 9"),
        (("desk", "dispatch", str(10**20)), "there is no delivery 1"),
        (("desk", "vouch", "--card", "1001", "--as", "zz"), "nobody vouches as 'zz'"),
        (("libraries", "close", "town", "--from", "tomorrow"), "a day is written like"),
        (("libraries", "close", "town", "--from", "2026-12-02", "--to", "2026-12-01"), "comes before"),
    ],
)
def test_what_is_wrong_is_said(office: Shusheng, arguments: tuple[str, ...], said: str) -> None:
    with pytest.raises(Failure, match=said):
        office(*arguments)


def test_a_volunteer_is_enlisted_once(office: Shusheng) -> None:
    enlisted = ("desk", "volunteer", "--card", "1002", "--at", "village", "--dialects", "wu,zh-CN", "--weekdays", "52")
    first, again = office(*enlisted)[0], office(*enlisted)[0]
    assert first == again
    assert (first["dialects"], first["weekdays"]) == (["wu", "zh-CN"], "52")
    assert office("desk", "errands", "--at", "village") == []
    with pytest.raises(Failure, match="digits from 0"):
        office("desk", "volunteer", "--card", "1002", "--at", "village", "--weekdays", "8")


def test_a_list_of_village_reading_rooms_comes_in_at_once(office: Shusheng, tmp_path: Path) -> None:
    rooms = [f"N-{number:03},第{number}村农家书屋,town,每周三 8:30-11:00,周三" for number in range(1, 141)]
    (tmp_path / "rooms.csv").write_text(
        "编号,名称,上级,开放时间,班车日\n" + "\n".join(rooms) + "\nX,,nowhere,,\n", "utf-8"
    )
    reject, done = office("libraries", "import", str(tmp_path / "rooms.csv"), *MONDAY)
    assert reject["reject"]["position"] == 142 and "nowhere" in reject["reject"]["reason"]
    assert (done["read"], done["created"], done["rejected"]) == (141, 140, 1)
    listed = {row["code"]: row for row in office("libraries", "list")}
    assert (listed["N-140"]["level"], listed["N-140"]["van_days"]) == ("village", "2")
    assert office("libraries", "import", str(tmp_path / "rooms.csv"), *MONDAY)[-1]["created"] == 0


def test_every_command_of_the_desk_said_again_changes_nothing(office: Shusheng) -> None:
    """Compared is all that the database holds."""
    engine = open_engine(office.url)

    def held() -> dict[str, list[Any]]:
        with engine.connect() as connection:
            tables = Base.metadata.sorted_tables
            return {one.name: sorted(map(repr, connection.execute(select(one)))) for one in tables}

    with open_sessions(engine).begin() as session:
        patron = session.get_one(Card, "1001").patron
        requests.request(session, patron=patron, record_ids=[1], now=moment("2026-11-23 10:00"),
                         by=LIBRARIAN, chance=random.Random(1))  # fmt: skip
    for command in (
        ("register", "--card", "88", "--name", "试", "--home", "county", "--pin", "135246"),
        *(("vouch", "--card", "88", "--as", how) for how in ("score", "village", "paper", "senior-certificate")),
        ("check-out", "h1", "--card", "88", "--at", "town"),
        ("check-in", "h1", "--at", "county", "--state", "damaged"),
        ("capture", "s1", "--at", "county"),
        ("receive", "s1", "--at", "town"),
        ("dispatch", "1", "--state", "s1=worn"),
        ("missed", "1"),
        ("dispatch", "1"),
        ("deliver", "1"),
        ("missing", "w1"),
        ("hold", "--card", "88", "--barcode", "w2"),
        ("delegate", "--card", "1001", "--to", "88"),
        ("revoke", "--card", "1001", "--to", "88"),
        ("volunteer", "--card", "1002", "--at", "village"),
    ):
        first = office("desk", *command, *MONDAY)
        before = held()
        again = office("desk", *command, *MONDAY)
        assert held() == before, command
        told = ("changed", "new", "told", "to", "was_ready", "hold", "loan", "instead")
        assert [{name: value for name, value in row.items() if name not in told} for row in first] == [
            {name: value for name, value in row.items() if name not in told} for row in again
        ], command
    engine.dispose()


def test_who_answers_for_damage_is_said_at_the_desk(office: Shusheng) -> None:
    def said(*arguments: str) -> dict[str, Any]:
        return office("desk", *arguments, *MONDAY)[0]

    said("check-out", "h1", "--card", "1001", "--at", "town")
    mine = said("check-in", "h1", "--at", "town", "--state", "damaged")
    assert (mine["state"], mine["borne_by"]) == ("damaged", "reader")
    engine = open_engine(office.url)
    with open_sessions(engine).begin() as session:
        patron = session.get_one(Card, "1001").patron
        requests.request(session, patron=patron, record_ids=[1], now=moment("2026-11-23 10:00"),
                         by=LIBRARIAN, chance=random.Random(1))  # fmt: skip
    engine.dispose()
    for command in (("capture", "s1", "--at", "county"), ("receive", "s1", "--at", "town"), ("dispatch", "1")):
        said(*command)
    said("deliver", "1", "--state", "s1=damaged")
    back = said("check-in", "s1", "--at", "town", "--state", "damaged")
    assert back["borne_by"] == "library"
    with pytest.raises(Failure, match="no state"):
        said("check-in", "s1", "--at", "town", "--state", "eaten")
    with pytest.raises(Failure, match="BARCODE=STATE"):
        said("dispatch", "1", "--state", "s1")
