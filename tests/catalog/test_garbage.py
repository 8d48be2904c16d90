"""The collector of cycles comes seldom within a batch, and as before after it, whoever ends first."""

from __future__ import annotations

import gc
import weakref
from datetime import UTC, datetime
from pathlib import Path

import pytest

from catalog.audit import Actor
from catalog.garbage import AT_ONCE, batch_done, seldom_collected
from catalog.interchange.importing import import_file
from tests.catalog.union import Union


def test_seldom_within_and_as_before_after() -> None:
    before = gc.get_threshold()
    one, other = seldom_collected(), seldom_collected()
    one.__enter__()
    other.__enter__()
    assert gc.get_threshold() == (AT_ONCE, *before[1:])
    one.__exit__(None, None, None)
    assert gc.get_threshold()[0] == AT_ONCE, "the other is within still"
    other.__exit__(None, None, None)
    assert gc.get_threshold() == before


def test_as_before_after_a_failure() -> None:
    before = gc.get_threshold()
    with pytest.raises(ValueError, match="no"), seldom_collected():
        raise ValueError("no")
    assert gc.get_threshold() == before


def test_a_batch_that_is_a_cycle_is_freed_when_it_is_done() -> None:
    class Batch:
        def __init__(self) -> None:
            self.itself = self

    with seldom_collected():
        gone = weakref.ref(Batch())
        batch_done()
        assert gone() is None


def test_an_import_is_not_held_up_by_the_collector(tmp_path: Path) -> None:
    """With thresholds as usual it looks a hundred times at the rows of a thousand books."""
    file = tmp_path / "books.csv"
    file.write_text("title,author\n" + "".join(f"书名{number},作者{number}\n" for number in range(1000)), "utf-8")
    union = Union(tmp_path)
    collections: list[int] = []

    def count(phase: str, about: dict[str, int]) -> None:
        collections.append(about["generation"])

    gc.callbacks.append(count)
    try:
        import_file(union.sessions, file, now=datetime(2026, 11, 22, tzinfo=UTC), by=Actor())
    finally:
        gc.callbacks.remove(count)
        union.close()
    assert len(collections) < 20
    assert any(collections), "a batch's own rows are freed"
