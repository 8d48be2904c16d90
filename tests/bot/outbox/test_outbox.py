"""The outbox carries one message for one cause, in order within a talk, in time or not at all."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session, sessionmaker

from bot import claims, outbox
from bot.messages import Message
from bot.outbox import OutboxRow

NOW = datetime(2026, 11, 22, 9, tzinfo=UTC)
HERE = ("web",)
MESSAGE = Message("《活着》已预约。", "活着，已预约。", ("好", "不"), "abc", "zh-CN", 0.8, True)


def put(session: Session, key: str, talk: str = "web:a", **more: Any) -> bool:
    return outbox.put(session, key=key, channel="web", address=talk[4:], talk=talk, message=MESSAGE, now=NOW, **more)


def status(session: Session, key: str) -> str:
    return session.scalars(select(OutboxRow.status).where(OutboxRow.key == key)).one()


def test_one_cause_one_message(queues: sessionmaker[Session]) -> None:
    with queues.begin() as session:
        assert put(session, "turn:1", details={"intent": "find_title"})
        assert not put(session, "turn:1")
        row = outbox.claim(session, channels=HERE, now=NOW)
        assert row is not None and outbox.message_of(row) == MESSAGE and row.details == {"intent": "find_title"}
        assert outbox.claim(session, channels=HERE, now=NOW) is None


def test_messages_of_one_talk_leave_in_order(queues: sessionmaker[Session]) -> None:
    with queues.begin() as session:
        put(session, "1")
        put(session, "2")
        put(session, "3", "web:b")
        first, other = (outbox.claim(session, channels=HERE, now=NOW) for _ in range(2))
        assert first is not None and other is not None and (first.key, other.key) == ("1", "3")
        outbox.postpone(session, first, 5, now=NOW)
        assert outbox.claim(session, channels=HERE, now=NOW + timedelta(seconds=4)) is None
        again = outbox.claim(session, channels=HERE, now=NOW + timedelta(seconds=5))
        assert again is not None and again.key == "1" and again.attempts == 2
        outbox.sent(session, again, now=NOW, reference="77")
        following = outbox.claim(session, channels=HERE, now=NOW + timedelta(seconds=5))
        assert following is not None and following.key == "2"


def test_what_is_late_expires_and_blocks_nobody(queues: sessionmaker[Session]) -> None:
    with queues.begin() as session:
        put(session, "old", expires_at=NOW + timedelta(minutes=1))
        put(session, "new")
        row = outbox.claim(session, channels=HERE, now=NOW + timedelta(minutes=2))
        assert row is not None and row.key == "new"
        assert status(session, "old") == "expired"


def test_a_message_waits_for_its_moment(queues: sessionmaker[Session]) -> None:
    with queues.begin() as session:
        put(session, "tomorrow", not_before=NOW + timedelta(hours=1))
        assert outbox.claim(session, channels=HERE, now=NOW) is None
        assert outbox.claim(session, channels=HERE, now=NOW + timedelta(hours=1)) is not None


def test_a_dead_message_lets_the_next_pass(queues: sessionmaker[Session]) -> None:
    with queues.begin() as session:
        put(session, "1")
        put(session, "2")
        row = outbox.claim(session, channels=HERE, now=NOW)
        assert row is not None
        outbox.dead(session, row)
        following = outbox.claim(session, channels=HERE, now=NOW)
        assert following is not None and following.key == "2"
        assert status(session, "1") == "dead"


def test_a_dead_message_keeps_no_words_but_a_notice_that_waits(queues: sessionmaker[Session]) -> None:
    with queues.begin() as session:
        for key in ("turn:1", "notice:1"):
            put(session, key, talk=f"web:{key}", expires_at=NOW + timedelta(hours=2))
            row = outbox.claim(session, channels=HERE, now=NOW)
            assert row is not None
            outbox.dead(session, row)
    with queues.begin() as session:
        kept = {one.key: one.message for one in session.scalars(select(OutboxRow))}
        assert kept["turn:1"] == {} and "活着" in str(kept["notice:1"])
        outbox.expire(session, now=NOW + timedelta(hours=2))
    with queues.begin() as session:
        assert "活着" not in str(session.execute(select(OutboxRow.message)).all())


def test_a_sender_that_lost_its_claim_marks_nothing(queues: sessionmaker[Session]) -> None:
    with queues.begin() as session:
        put(session, "1")
        slow = outbox.claim(session, channels=HERE, now=NOW)
    late = NOW + claims.LAPSE + timedelta(seconds=1)
    with queues.begin() as session:
        assert outbox.claim(session, channels=HERE, now=late) is not None
    assert slow is not None
    with queues() as session, pytest.raises(claims.LostClaim):
        outbox.sent(session, slow, now=late)


def test_old_messages_are_erased_and_waiting_ones_are_not(queues: sessionmaker[Session]) -> None:
    with queues.begin() as session:
        put(session, "1")
        put(session, "2")
        row = outbox.claim(session, channels=HERE, now=NOW)
        assert row is not None
        outbox.sent(session, row, now=NOW)
        assert outbox.erase_old(session, now=NOW + timedelta(days=6)) == 0
        assert outbox.erase_old(session, now=NOW + timedelta(days=8)) == 1
        assert session.scalars(select(OutboxRow.key)).all() == ["2"]


def test_what_held_a_secret_is_kept_without_words(queues: sessionmaker[Session]) -> None:
    hushed = replace(MESSAGE, shown="码是204861。", spoken="2 0 4 8 6 1", hush=True)
    with queues.begin() as session:
        for key, talk in (("sent", "web:a"), ("turn:7", "web:b")):
            outbox.put(
                session, key=key, channel="web", address=talk[4:], talk=talk, message=hushed, now=NOW,
                details={"shown": hushed.shown},
            )  # fmt: skip
        row = outbox.claim(session, channels=HERE, now=NOW)
        assert row is not None and outbox.message_of(row) == hushed
        outbox.sent(session, row, now=NOW)
        taken = outbox.take(session, talk="web:b", key="turn:7", now=NOW)
        assert [outbox.message_of(one) for one in taken] == [hushed]
        outbox.hush(taken)
    with queues.begin() as session:
        kept = session.execute(select(OutboxRow.message, OutboxRow.details)).all()
        assert len(kept) == 2 and not any("204861" in str(row) or "2 0 4" in str(row) for row in kept)
