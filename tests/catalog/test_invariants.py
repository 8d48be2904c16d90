"""Each sentence of catalog.invariants is seen to be broken when someone breaks it behind the use cases' back."""

from __future__ import annotations

import pytest
import yaml
from sqlalchemy import create_engine, text
from sqlalchemy.orm import Session

from catalog import invariants
from catalog.database import Base
from tests.scenarios.world import HERE, build

STEPS = [
    {"check_out": {"item": "h1", "reader": "wang", "at": "town"}},
    {"place_hold": {"reader": "li", "work": "santi"}},
    {"capture": {"item": "s1", "at": "county"}},
    {"place_hold": {"reader": "wang", "work": "santi"}},
    {"order": {"reader": "wang", "works": ["weicheng"]}},
    {"place_hold": {"reader": "qian", "work": "pingfan"}},
    {"capture": {"item": "p1", "at": "province"}},
    {"join": {"reader": "wang", "event": "talk"}},
]
SABOTAGE = {
    "No item is in two hands.": "INSERT INTO loans (item_id, patron_id, place_id, checked_out_at, due_date, renewals) "
    "SELECT item_id, patron_id + 1, place_id, checked_out_at, due_date, 0 FROM loans",
    "No item is kept for two readers.": "INSERT INTO holds (patron_id, work_id, record_id, scope, item_id, pickup_id, "
    "status, placed_at) SELECT patron_id + 1, work_id, record_id, scope, item_id, pickup_id, status, placed_at "
    "FROM holds WHERE status = 'ready'",
    "No copy vanishes.": "DELETE FROM items WHERE barcode = 'h1'",
    "No notice is told without its cause, and none twice for one.": "INSERT INTO notices (kind, cause, patron_id, "
    "about, created_at, not_before, expires_at, status, outcome) SELECT 'hold_ready', 'hold_ready:hold:99:2026-11-23', "
    "1, '{}', placed_at, placed_at, placed_at, 'due', '' FROM holds LIMIT 1",
    "An item is on loan exactly while a loan of it is open.": "UPDATE loans SET returned_at = checked_out_at",
    "An item is on the hold shelf exactly while it lies ready for a reader.": "UPDATE holds SET status = 'waiting' "
    "WHERE status = 'ready'",
    "An item is in transit exactly while it is on its way.": "DELETE FROM transits",
    "An item is taken off the shelf exactly while a reader waits for it.": "UPDATE items SET status = 'available' "
    "WHERE status = 'allocated'",
    "A hold that is on its way or ready has its copy.": "UPDATE holds SET item_id = NULL WHERE status = 'ready'",
    "A hold is either open or has ended.": "UPDATE holds SET status = 'cancelled' WHERE item_id IS NULL",
    "A delivery is either open or has ended.": "UPDATE deliveries SET status = 'cancelled'",
    "An open hold goes to a pick-up location or to a door, never to both or nowhere.": "UPDATE holds "
    "SET pickup_id = NULL",
    "No hold is left behind by a delivery that has ended.": "UPDATE deliveries SET status = 'cancelled', "
    "ended_at = requested_at",
    "A delivery has something to bring.": "UPDATE holds SET delivery_id = NULL",
    "No loan is fetched from a door by two rounds.": "UPDATE deliveries SET loan_ids = '[1, 1]'",
    "A reader asks for a work once at a time.": "UPDATE holds SET work_id = 1, patron_id = 1",
    "Nobody waits while a copy for him stands on a shelf.": "UPDATE holds SET item_id = NULL, status = 'waiting'; "
    "UPDATE items SET status = 'available'",
    "A hold is never overtaken.": "UPDATE holds SET placed_at = '2026-11-20 00:00:00' WHERE item_id IS NULL; "
    "UPDATE audit SET id = -id WHERE what = 'hold_placed'",
    "No hold and no loan begins without its audit row.": "DELETE FROM audit WHERE what = 'hold_placed'",
    "No event has more seats taken than there are.": "INSERT INTO sign_ups (event_id, patron_id, joined_at) "
    "SELECT event_id, patron_id + 1, joined_at FROM sign_ups",
}


def test_every_sentence_has_its_sabotage() -> None:
    assert set(SABOTAGE) == set(invariants.INVARIANTS)


@pytest.mark.parametrize("sentence", SABOTAGE)
def test_a_broken_sentence_is_seen(sentence: str) -> None:
    engine = create_engine("sqlite://")
    Base.metadata.create_all(engine)
    with Session(engine) as session:
        world = build(session, yaml.safe_load((HERE / "world.yaml").read_text(encoding="utf-8")))
        world.play(STEPS)
        for index in ("uq_loans_open_item", "uq_holds_open_wish", "uq_holds_open_item", "uq_sign_ups_open"):
            session.execute(text(f"DROP INDEX {index}"))
        for statement in SABOTAGE[sentence].split(";"):
            session.execute(text(statement))
        session.expire_all()
        assert sentence in invariants.broken(session)
    engine.dispose()
