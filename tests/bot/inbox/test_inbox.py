"""The inbox keeps every message once, gives it to one worker at a time, in order within a talk, and forgets words."""

from __future__ import annotations

import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session, sessionmaker

from bot import claims, inbox
from bot.inbox import InboxRow

NOW = datetime(2026, 11, 22, 9, tzinfo=UTC)
HERE = ("web",)


def put(session: Session, update: int, talk: str = "web:a", **more: Any) -> int | None:
    body = more.pop("body", {"say": f"words {update}"})
    return inbox.store(
        session, channel="web", update_id=update, talk=talk, address=talk[4:], body=body, now=NOW, **more
    )


def test_a_message_is_stored_once(queues: sessionmaker[Session]) -> None:
    with queues.begin() as session:
        assert put(session, 1) is not None
        assert put(session, 1) is None
    with queues.begin() as session:
        assert put(session, 1) is None
        assert session.scalar(select(func.count(InboxRow.id))) == 1


def test_the_same_number_on_two_channels_is_two_messages(queues: sessionmaker[Session]) -> None:
    with queues.begin() as session:
        put(session, 1)
        other = inbox.store(session, channel="sms", update_id="1", talk="sms:a", address="a", body={}, now=NOW)
        assert other is not None
        assert inbox.claim(session, channels=("sms",), now=NOW).talk == "sms:a"  # type: ignore[union-attr]


def test_a_talk_is_answered_in_order_and_never_twice_at_once(queues: sessionmaker[Session]) -> None:
    with queues.begin() as session:
        for update, talk in enumerate(["web:a", "web:a", "web:b", "web:a"], start=1):
            put(session, update, talk)
    with queues.begin() as session:
        first, second = (inbox.claim(session, channels=HERE, now=NOW) for _ in range(2))
        assert first is not None and second is not None
        assert (first.talk, second.talk) == ("web:a", "web:b")
        assert inbox.claim(session, channels=HERE, now=NOW) is None
    with queues.begin() as session:
        inbox.finish(session, first)
        following = inbox.claim(session, channels=HERE, now=NOW)
        assert following is not None and following.update_id == "2"


def test_what_no_database_could_keep_is_kept_as_well_as_can_be(queues: sessionmaker[Session]) -> None:
    deep: list[Any] = []
    for _ in range(5000):
        deep = [deep]
    with queues.begin() as session:
        put(session, 1, body={"say": "\ud800半\x00", "weight": float("inf"), "deep": deep, "big": 10**30})
        row = inbox.claim(session, channels=HERE, now=NOW)
        assert row is not None and row.body["say"] == "?半" and row.body["weight"] is None and row.body["big"] == 10**30


def test_only_the_asked_talk_and_channels_are_claimed(queues: sessionmaker[Session]) -> None:
    with queues.begin() as session:
        put(session, 1, "web:a")
        put(session, 2, "web:b")
        assert inbox.claim(session, channels=("telegram",), now=NOW) is None
        row = inbox.claim(session, channels=HERE, now=NOW, talk="web:b")
        assert row is not None and row.update_id == "2"


def test_a_rolled_back_claim_leaves_no_trace(queues: sessionmaker[Session]) -> None:
    with queues.begin() as session:
        put(session, 1)
    with queues() as session:
        assert inbox.claim(session, channels=HERE, now=NOW) is not None
        session.rollback()
        again = inbox.claim(session, channels=HERE, now=NOW)
        assert again is not None and again.attempts == 1


def test_a_claim_lapses_and_the_late_worker_cannot_finish(queues: sessionmaker[Session]) -> None:
    with queues.begin() as session:
        put(session, 1)
        slow = inbox.claim(session, channels=HERE, now=NOW)
    late = NOW + claims.LAPSE + timedelta(seconds=1)
    with queues.begin() as session:
        assert inbox.claim(session, channels=HERE, now=NOW + timedelta(seconds=30)) is None
        quick = inbox.claim(session, channels=HERE, now=late)
        assert quick is not None and quick.attempts == 2
    assert slow is not None
    with queues() as session, pytest.raises(claims.LostClaim):
        inbox.finish(session, slow)
    with queues.begin() as session:
        inbox.finish(session, quick)


def test_a_dead_process_gives_its_claim_back_at_once(queues: sessionmaker[Session]) -> None:
    ended = subprocess.run(
        [sys.executable, "-c", "from bot.claims import me; print(me())"], capture_output=True, text=True, check=True
    ).stdout.strip()
    with queues.begin() as session:
        put(session, 1)
        put(session, 2, "web:b")
        mine = inbox.claim(session, channels=HERE, now=NOW)
        theirs = inbox.claim(session, channels=HERE, now=NOW)
        assert mine is not None and theirs is not None
        session.get_one(InboxRow, theirs.id).holder = ended
    with queues.begin() as session:
        assert inbox.release(session, now=NOW) == 1
        again = inbox.claim(session, channels=HERE, now=NOW)
        assert again is not None and again.id == theirs.id


def test_words_sound_and_transcript_are_emptied_when_done(queues: sessionmaker[Session]) -> None:
    with queues.begin() as session:
        put(session, 1, body={"hear": "audio/ogg"}, sound=b"OggS")
        assert inbox.claim(session, channels=HERE, now=NOW) is None
        row = inbox.claim(session, channels=HERE, now=NOW, needs="ears")
        assert row is not None and row.sound == b"OggS"
        inbox.heard(session, row, {"hypotheses": []})
    for ending in (inbox.finish, lambda session, row: inbox.fail(session, row, "turn-failed")):
        with queues() as session:
            row = inbox.claim(session, channels=HERE, now=NOW)
            assert row is not None and row.attempts == 1 and row.transcript == {"hypotheses": []}
            ending(session, row)
            kept = session.scalars(select(InboxRow).execution_options(populate_existing=True)).one()
            assert (kept.body, kept.sound, kept.transcript) == ({}, None, None)
            assert kept.status in ("done", "failed")
            session.rollback()


def test_a_recording_that_must_be_fetched_keeps_its_place(queues: sessionmaker[Session]) -> None:
    with queues.begin() as session:
        first = put(session, 1, body={"hear": "audio/ogg", "file": "f"})
        put(session, 2)
        third = put(session, 3, "web:b", body={"hear": "audio/ogg", "file": "g"})
        assert first is not None and third is not None
        assert [row.id for row in inbox.waiting(session, channel="web", needs="sound")] == [first, third]
        assert inbox.claim(session, channels=HERE, now=NOW) is None
        inbox.supply(session, first, sound=b"OggS")
        inbox.supply(session, third, reason="too_long")
        unheard = inbox.claim(session, channels=HERE, now=NOW)
        assert unheard is not None and unheard.id == third and unheard.transcript == {"reason": "too_long"}
        heard = inbox.claim(session, channels=HERE, now=NOW, needs="ears")
        assert heard is not None and heard.id == first


def test_old_rows_are_erased_and_open_ones_are_not(queues: sessionmaker[Session]) -> None:
    with queues.begin() as session:
        put(session, 1)
        put(session, 2)
        row = inbox.claim(session, channels=HERE, now=NOW)
        assert row is not None
        inbox.finish(session, row)
        assert inbox.erase_old(session, now=NOW + timedelta(days=6)) == 0
        assert inbox.erase_old(session, now=NOW + timedelta(days=8)) == 1
        assert session.scalars(select(InboxRow.update_id)).all() == ["2"]


def test_an_id_is_never_given_twice(queues: sessionmaker[Session]) -> None:
    with queues.begin() as session:
        old = put(session, 1)
        row = inbox.claim(session, channels=HERE, now=NOW)
        assert row is not None
        inbox.finish(session, row)
        inbox.erase_old(session, now=NOW + timedelta(days=8))
        assert put(session, 2) != old


def test_many_workers_take_each_message_once_and_each_talk_in_order(queues: sessionmaker[Session]) -> None:
    with queues.begin() as session:
        for update in range(60):
            put(session, update, f"web:{update % 5}")
    done: list[tuple[str, int]] = []

    def work() -> None:
        while True:
            with queues() as session:
                row = inbox.claim(session, channels=HERE, now=NOW)
                if row is None:
                    left = session.scalar(select(func.count(InboxRow.id)).where(InboxRow.status != "done"))
                    session.commit()
                    if not left:
                        return
                    continue
                done.append((row.talk, int(row.update_id)))
                inbox.finish(session, row)
                session.commit()

    with ThreadPoolExecutor(4) as pool:
        for future in [pool.submit(work) for _ in range(4)]:
            future.result(timeout=60)
    assert sorted(update for _, update in done) == list(range(60))
    for talk in range(5):
        mine = [update for name, update in done if name == f"web:{talk}"]
        assert mine == sorted(mine)
