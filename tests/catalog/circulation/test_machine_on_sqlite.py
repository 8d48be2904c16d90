"""Any order of acts, on SQLite: a short run here, a long one in `make nightly`."""

from __future__ import annotations

import pytest

from tests.catalog.circulation.running import NIGHT, run
from tests.databases import NewDatabase


def test_any_order_of_acts(new_database: NewDatabase) -> None:
    run(new_database("sqlite"), examples=6, steps=30)


@pytest.mark.nightly
@pytest.mark.timeout(3600)
@pytest.mark.parametrize("part", NIGHT)
def test_any_order_of_acts_for_long(new_database: NewDatabase, part: int) -> None:
    run(new_database("sqlite"), examples=2000 // len(NIGHT), steps=50, chance=part)
