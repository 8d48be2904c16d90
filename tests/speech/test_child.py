"""Child processes: answers of any size, deadlines, deaths, and how many there are at once."""

from __future__ import annotations

import threading
from collections.abc import Iterator

import pytest

from speech.child import Child, ChildDied, Children, ChildTooSlow
from tests.waiting import PATIENCE_S

MODULE = "tests.speech.children"


@pytest.fixture
def child() -> Iterator[Child]:
    made = Child(MODULE)
    yield made
    made.close()


@pytest.mark.parametrize("size", [0, 1, 70_000, 20_000_000])
def test_frames_of_any_size_come_back_whatever_is_printed(child: Child, size: int) -> None:
    body = bytes(range(256)) * (size // 256) + b"x" * (size % 256)
    answer, echoed = child.ask({"do": "echo"}, body, deadline_s=PATIENCE_S)
    assert answer == {"did": "echo", "bytes": size}
    assert echoed == body


def test_a_child_past_its_deadline_is_killed(child: Child) -> None:
    child.ask({"do": "echo"}, deadline_s=PATIENCE_S)
    with pytest.raises(ChildTooSlow):
        child.ask({"do": "hang"}, deadline_s=0.5)
    assert not child.alive


@pytest.mark.parametrize("do", ["die", "mumble"])
def test_a_child_without_an_answer_is_dead(child: Child, do: str) -> None:
    with pytest.raises((ChildDied, ChildTooSlow)):
        child.ask({"do": do}, deadline_s=5)
    assert not child.alive
    with pytest.raises(ChildDied):
        child.ask({"do": "echo"}, deadline_s=5)


def test_one_is_kept_warm_and_no_more_run_than_allowed() -> None:
    children = Children(MODULE, at_most=2)

    def borrow() -> None:
        with children.lend() as borrowed:
            borrowed.ask({"do": "echo"}, deadline_s=PATIENCE_S)

    try:
        children.warm()
        warm = children._idle[0].pid
        with children.lend() as first, children.lend() as second:
            assert first.pid == warm != second.pid
            third = threading.Thread(target=borrow, daemon=True)
            third.start()
            third.join(0.2)
            assert third.is_alive()
        third.join(PATIENCE_S)
        assert not third.is_alive()
    finally:
        children.close()
