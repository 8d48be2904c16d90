"""Policies by place: remembered at no statement an act, and never one that the figures do not allow."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
from sqlalchemy import Engine, event, select

from catalog import audit
from catalog.circulation import policies
from catalog.circulation.policy import NAMES, policy, read_value
from catalog.database import open_engine, open_sessions
from catalog.organisation.tables import OrgUnit
from catalog.patrons.tables import Patron
from tests.scenarios.world import build_in

NOW = datetime(2026, 11, 23, 2, tzinfo=UTC)


@pytest.fixture
def engine(tmp_path: object) -> Iterator[Engine]:
    engine = open_engine(f"sqlite:///{tmp_path}/x.db")
    build_in(engine)
    yield engine
    engine.dispose()


def settle(engine: Engine, name: str, said: str) -> None:
    """As an operator does, from a process of his own."""
    with open_sessions(engine).begin() as session:
        county = session.scalars(select(OrgUnit).where(OrgUnit.code == "county")).one()
        policies.settle(session, place=county, name=name, said=said, now=NOW, by=audit.Actor("librarian"))


def test_what_is_remembered_costs_one_statement_and_ends_with_a_change(engine: Engine) -> None:
    asked: list[str] = []
    event.listen(engine, "before_cursor_execute", lambda *told: asked.append(told[2]))
    settle(engine, "loan_days", "60")
    found, counts = [], []
    for change in ("", "", "70", ""):
        if change:
            settle(engine, "loan_days", change)
        with open_sessions(engine).begin() as session:
            patron = session.scalars(select(Patron)).first()
            assert patron is not None
            asked.clear()
            for _ in range(5):
                found.append(policies.for_patron(session, patron).loan_days)
            counts.append(len([one for one in asked if one.startswith("SELECT")]))
    assert found == [60] * 10 + [70] * 10
    assert (counts[1], counts[3]) == (1, 1)


@pytest.mark.parametrize(
    ("name", "said", "sentence"),
    [
        ("loan_days", "0", "a number from 1 to 10000"),
        ("loan_days", "-3", "a number from 1"),
        ("loan_days", "a month", "a number from 1"),
        ("loan_days", "\u0663\u0660", "a number from 1"),
        ("renewals", "99999999999", "a number from 0 to 10000"),
        ("float_home", "perhaps", "yes or no"),
        ("delivery_window", "night", "morning, afternoon or any"),
        ("delivery_by", "drone", "van or courier"),
        ("loandays", "30", "a setting is one of loan_days, "),
    ],
)
def test_a_figure_that_cannot_be_is_refused_in_one_sentence(name: str, said: str, sentence: str) -> None:
    with pytest.raises(ValueError, match=sentence):
        read_value(name, said)


def test_every_figure_of_the_file_can_be_settled() -> None:
    held = policy(group="senior", form="braille")
    for name in NAMES:
        value = getattr(held, name)
        said = {True: "yes", False: "no"}[value] if isinstance(value, bool) else str(value)
        assert read_value(name, said) == value
