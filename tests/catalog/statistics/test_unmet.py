"""Wishes in vain are counted by place and day, and rare ones are not told; figures tell of places, not of people."""

from __future__ import annotations

from datetime import date

from catalog.database import open_engine, open_sessions
from catalog.statistics import figures, unmet
from tests.scenarios.world import build_in


def test_wishes_are_counted_and_rare_ones_kept_back(empty_database: str) -> None:
    engine = open_engine(empty_database)
    build_in(engine)
    day = date(2026, 11, 23)
    with open_sessions(engine).begin() as session:
        for _ in range(3):
            unmet.note(session, wish="养蜂", place=None, day=day)
        unmet.note(session, wish="罕见的愿望", place=None, day=day)
        unmet.note(session, wish="  ", place=None, day=day)
        assert unmet.most_wished(session, since=day) == [("养蜂", 3)]
        assert unmet.most_wished(session, since=date(2026, 11, 24)) == []
        use = {one.place.code: one for one in figures.use(session, since=day)}
        assert (use["county"].items, use["county"].readers, use["town"].loans_open) == (4, 6, 0)
    engine.dispose()
