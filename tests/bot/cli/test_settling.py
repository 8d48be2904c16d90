"""What a county settles for itself: policies, van routes, public holidays, as its librarian enters them."""

from __future__ import annotations

from pathlib import Path

from tests.bot.cli.office import Shusheng

VANS = (
    "路线,日子,站点\n1号车,周二、周五,德清县图书馆→乾元镇分馆→德清县图书馆\n"
    "2号车,周三,county→无名村\n3号车,总是,county、town\n4号车,周三,county\n"
)


def test_a_policy_is_settled_shown_and_taken_back(office: Shusheng) -> None:
    shown = office("libraries", "policy", "county", "--set", "loan_days=60", "--group", "senior")
    assert (shown[0]["group"], shown[0]["loan_days"]) == ("senior", 60)
    assert shown[-1] == {"settled_at": "county", "group": "senior", "format": "", "loan_days": 60}
    below = office("libraries", "policy", "town")
    days = {row["group"]: row["loan_days"] for row in below[:4]}
    assert days == {"adult": 30, "child": 30, "senior": 60, "disabled": 45}
    taken_back = office("libraries", "policy", "county", "--unset", "loan_days", "--group", "senior")
    assert [row["loan_days"] for row in taken_back] == [45]


def test_van_routes_come_as_a_table(office: Shusheng, tmp_path: Path) -> None:
    vans = tmp_path / "vans.csv"
    vans.write_text(VANS, "utf-8")
    *rejects, report = office("import", str(vans), "--what", "routes")
    assert [one["reject"]["position"] for one in rejects] == [3, 4, 5]
    assert (report["created"], report["rejected"]) == (1, 3)
    again = office("import", str(vans), "--what", "routes")[-1]
    assert (again["created"], again["merged"]) == (0, 1)
    (route,) = office("libraries", "routes")
    assert (route["route"], route["weekdays"], route["stops"]) == ("1号车", "14", ["county", "town"])
    assert office("libraries", "routes", "--remove", "1号车") == []


def test_who_is_closed_on_public_holidays(office: Shusheng) -> None:
    now = ("--now", "2026-09-01T10:00")
    assert office("libraries", "holidays", "county", "--keep", "closed", *now)
    kept, *days = office("libraries", "holidays", "town", *now)
    assert kept == {"code": "town", "public_holidays": "closed"}
    assert {"day": "2026-10-01", "holiday": "national_day"} in days
    assert office("libraries", "holidays", "town", "--keep", "open", *now)[0]["public_holidays"] == "open"
    assert office("libraries", "holidays", "town", "--keep", "as-above", *now)[0]["public_holidays"] == "closed"
