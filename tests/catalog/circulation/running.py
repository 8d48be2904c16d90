"""Runs the machine in a database: how its day begins, and how long it may go on."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

from hypothesis import HealthCheck, seed, settings
from hypothesis.stateful import run_state_machine_as_test
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from catalog import audit
from catalog.circulation import holds, loans, returns
from catalog.database import open_engine
from tests.catalog.circulation.machine import WORLD, Library
from tests.scenarios.world import again, build_in

BEFORE = (("li", "santi"), ("zhou", "santi"), ("wang", "santi"), ("sun", "pingfan"), ("li", "pingfan"))
NIGHT = range(8)
"""2,000 examples in a night, in parts that a worker is done with in some minutes."""
CALM = settings(
    deadline=None, suppress_health_check=list(HealthCheck), derandomize=True, database=None, print_blob=False
)


def run(url: str, *, examples: int, steps: int, chance: int = 0) -> None:
    """Let the machine run in the empty database at `url`; each `chance` gives other examples, always the same."""
    engine = open_engine(url)
    build_in(engine)
    queue_in(engine)
    machine = seed(chance)(type("Library", (Library,), {"engine": engine}))
    with rubbish_between_examples():
        run_state_machine_as_test(machine, settings=settings(CALM, max_examples=examples, stateful_step_count=steps))
    engine.dispose()


@contextmanager
def rubbish_between_examples() -> Iterator[None]:
    """Collect only what an example has left behind: going through all that is loaded took a third of the time."""
    gc.collect()
    gc.freeze()
    gc.disable()
    try:
        yield
    finally:
        gc.enable()
        gc.unfreeze()


def queue_in(engine: Engine) -> None:
    """The day before: of two scarce works one copy lies ready and one is out, and two readers wait for each."""
    with Session(engine) as session, session.begin():
        world = again(session, WORLD)
        desk, items, places = audit.Actor("librarian", None, "before"), world.items, world.places
        now = world.now - timedelta(days=1)
        loans.check_out(
            session, item=items["p1"], patron=world.readers["qian"], place=places["province"], now=now, by=desk
        )
        for reader, work in BEFORE:
            patron, record_id = world.readers[reader], world.record(work).id
            assert patron.pickup is not None
            now += timedelta(minutes=1)
            by = audit.Actor("patron", patron.id, f"before-{now.minute}")
            holds.place(session, patron=patron, record_id=record_id, pickup=patron.pickup, now=now, by=by)
        returns.capture(session, item=items["s1"], place=places["county"], now=now, by=desk)
