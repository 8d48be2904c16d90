"""The file of public holidays: what was announced, and what the law says of the years after."""

from __future__ import annotations

from datetime import date

from catalog.organisation.public_holidays import public_holidays


def test_each_year_is_whole() -> None:
    days = public_holidays()
    counted = {year: sum(day.year == year for day in days.off) for year in (2025, 2026)}
    assert counted == {2025: 28, 2026: 33}
    worked = {year: sum(day.year == year for day in days.working) for year in (2025, 2026, 2027)}
    assert worked == {2025: 5, 2026: 6, 2027: 0}
    for year in range(2027, 2036):
        off = {day for day in days.off if day.year == year}
        assert 12 <= len(off) <= 13, year
        assert {date(year, 1, 1), date(year, 5, 2), date(year, 10, 3)} <= off
    assert [name for day, name in sorted(days.off.items()) if day.year == 2027][:5] == [
        "new_year",
        *["spring_festival"] * 4,
    ]


def test_what_is_worked_is_a_weekend_day_and_never_off() -> None:
    days = public_holidays()
    assert all(day.weekday() >= 5 for day in days.working)
    assert not days.working & set(days.off)
