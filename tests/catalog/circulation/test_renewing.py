"""What is said first when several things stand against renewing."""

from __future__ import annotations

import pytest
import yaml
from sqlalchemy import create_engine
from sqlalchemy.orm import Session

from catalog import audit, refusals
from catalog.circulation import loans
from catalog.circulation.returns import check_in
from catalog.database import Base
from catalog.patrons.tables import Block
from tests.scenarios.world import HERE, build


def test_what_came_back_is_said_to_be_back_also_to_a_blocked_reader() -> None:
    engine = create_engine("sqlite://")
    Base.metadata.create_all(engine)
    with Session(engine) as session:
        world = build(session, yaml.safe_load((HERE / "world.yaml").read_text(encoding="utf-8")))
        world.play([{"check_out": {"item": "s1", "reader": "li", "at": "county"}}])
        loan, by = world.loan("s1"), audit.Actor("patron", world.readers["li"].id)
        session.add(Block(patron_id=loan.patron_id, reason="staff", since=world.now.date()))
        session.flush()
        with pytest.raises(refusals.Blocked):
            loans.renew(session, loan=loan, now=world.now, by=by)
        check_in(session, item=loan.item, place=world.places["county"], now=world.now, by=by)
        with pytest.raises(refusals.NothingOnLoan):
            loans.renew(session, loan=loan, now=world.now, by=by)
        with pytest.raises(refusals.NothingOnLoan):
            loans.renewable_until(session, loan=loan, patron=loan.patron, now=world.now)
    engine.dispose()
