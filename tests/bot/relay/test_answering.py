"""One message, one turn, one transaction: what goes wrong on the way changes nothing and loses nothing."""

from __future__ import annotations

import contextlib
import sqlite3
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import event, func, select
from sqlalchemy.exc import OperationalError

from bot import inbox, outbox, relay, rendering
from bot.dialogue.state import Talk
from bot.inbox import InboxRow
from bot.locales import load
from bot.outbox import OutboxRow
from catalog.audit import AuditEntry
from speech.audio import NotAudio, TooLong, TooShort
from speech.recognition import EngineFailed, Hypothesis, Missed, Transcript, UnsupportedLanguage
from tests.libraries import Library

NOW = datetime(2026, 11, 23, 2, tzinfo=UTC)


def deaf(sound: bytes, media_type: str, locale: str, phrases: tuple[str, ...]) -> Transcript:
    raise UnsupportedLanguage(locale)


def store(
    library: Library, update: str, *, channel: str = "console", talk: str = "a", sound: bytes | None = None, **body: Any
) -> int:
    with library.sessions.begin() as session:
        stored = inbox.store(
            session, channel=channel, update_id=update, talk=f"{channel}:{talk}", address=talk, body=body, sound=sound,
            now=NOW,
        )  # fmt: skip
    assert stored is not None
    return stored


def answer(
    library: Library, hear: Callable[..., Transcript] = deaf, channel: str = "console", **more: Any
) -> OutboxRow | None:
    return relay.answer_next(
        library.sessions, channels={channel}, services=more.get("services", library.services), hear=hear, now=NOW
    )


def row(library: Library, number: int) -> InboxRow:
    with library.sessions.begin() as session:
        return session.get_one(InboxRow, number)


def count(library: Library, table: type[Any]) -> int:
    with library.sessions.begin() as session:
        return session.scalar(select(func.count()).select_from(table)) or 0


def test_a_message_is_answered_and_its_words_are_gone(library: Library) -> None:
    number = store(library, "1", say="你好")
    reply = answer(library)
    assert reply is not None and reply.key == f"turn:{number}" and reply.status == "waiting"
    assert reply.details is not None and reply.details["intent"] == "greet"
    done = row(library, number)
    assert (done.status, done.body) == ("done", {})
    assert answer(library) is None


def test_a_change_and_its_answer_are_one_transaction(library: Library) -> None:
    store(library, "1", say="慢一点", card="1001")
    reply = answer(library)
    assert reply is not None and reply.details is not None
    assert [done["what"] for done in reply.details["done"]] == ["preference_set"]
    with library.sessions.begin() as session:
        assert session.scalars(select(AuditEntry.turn)).all() == [reply.key]


def test_only_the_console_may_speak_for_a_card(library: Library) -> None:
    for channel in ("web", "telegram"):
        store(library, "1", channel=channel, say="慢一点", card="1001", now="2020-01-01T08:00")
        assert answer(library, channel=channel) is not None
    with library.sessions.begin() as session:
        talks = session.scalars(select(Talk)).all()
        assert [talk.patron_id for talk in talks] == [None, None]
        assert all(talk.updated_at == NOW for talk in talks)
    assert count(library, AuditEntry) == 0


def test_the_lines_own_clock_is_obeyed(library: Library) -> None:
    store(library, "1", say="慢一点", card="1001", now="2026-12-24T08:00")
    answer(library)
    with library.sessions.begin() as session:
        assert session.scalars(select(AuditEntry.at)).one() == datetime(2026, 12, 24, tzinfo=UTC)


@pytest.mark.parametrize(
    "given", ["yesterday", "0001-01-01", "9999-12-31T23:59", "2026-02-30", "12", 12, True, "无" * 5000, "1969-12-31"]
)
def test_a_line_whose_time_cannot_be_read_does_nothing_and_says_so(library: Library, given: object) -> None:
    """Bug: such a line was carried out at the present time."""
    number = store(library, "1", say="慢一点", card="1001", now=given)
    reply = answer(library)
    assert reply is not None and "2026-11-22T09:30" in outbox.message_of(reply).shown
    assert reply.details is not None and reply.details["done"] == []
    assert row(library, number).status == "done" and count(library, AuditEntry) == 0


@pytest.mark.parametrize("given", ["1970-01-02", "2200-12-30T23:59", "", "2026-12-24T08:00-11:00", "20261224T0800"])
def test_any_time_of_our_centuries_is_a_time(library: Library, given: str) -> None:
    store(library, "1", say="慢一点", card="1001", now=given)
    reply = answer(library)
    assert reply is not None and reply.details is not None and reply.details["intent"] == "slower"


@pytest.mark.parametrize(
    "body",
    [
        {"say": ""}, {"say": "无" * 10_000}, {"say": "😀😀😀"}, {"say": "\x00\x07\x1b[2J"}, {"say": None},
        {"say": ["x"]},
        {"choose": 3}, {"choose": -1, "offer": "last week"}, {"choose": "two"}, {"choose": 10**30}, {}, {"nothing": 1},
        {"heard": ""}, {"heard": []}, {"heard": [{"text": 1, "weight": "x"}]}, {"heard": {"text": "x"}},
        {"heard": [{"syllables": "ni3 hao3", "weight": float("inf")}]}, {"hear": "audio/ogg", "sound": b""},
        {"say": "你好", "locale": "xx-YY"}, {"say": "你好", "now": "yesterday"}, {"say": "你好", "card": "nobody"},
        {"say": "\ud800 lone surrogate"}, {"say": "我想借" + "'; DROP TABLE inbox; --"},
    ],
)  # fmt: skip
def test_whatever_comes_in_one_clear_sentence_goes_out(library: Library, body: dict[str, Any]) -> None:
    number = store(library, "1", **body)
    reply = answer(library)
    assert reply is not None and outbox.message_of(reply).shown.strip() and outbox.message_of(reply).spoken.strip()
    assert (row(library, number).status, row(library, number).attempts) == ("done", 1)


def test_what_was_heard_is_kept_so_that_nothing_is_heard_twice(library: Library) -> None:
    heard = []

    def hear(sound: bytes, media_type: str, locale: str, phrases: tuple[str, ...]) -> Transcript:
        heard.append((sound, media_type, locale))
        return Transcript((Hypothesis("你好", "ni3 hao3"),), 0.9, 1.0)

    number = store(library, "1", hear="audio/ogg", sound=b"OggS")
    assert relay.hear_next(library.sessions, channels={"console"}, hear=hear, now=NOW)
    waiting = row(library, number)
    assert (waiting.status, waiting.needs, waiting.sound) == ("new", "", b"OggS")
    reply = answer(library, hear)  # as another process would after a restart
    assert reply is not None and reply.details is not None and reply.details["intent"] == "greet"
    assert heard == [(b"OggS", "audio/ogg", "zh-CN")]
    assert (row(library, number).sound, row(library, number).transcript) == (None, None)


def test_an_ear_is_told_the_few_answers_the_talk_awaits(library: Library) -> None:
    told: list[tuple[str, ...]] = []

    def hear(sound: bytes, media_type: str, locale: str, phrases: tuple[str, ...]) -> Transcript:
        told.append(phrases)
        return Transcript((Hypothesis("好的"),))

    store(library, "0", hear="audio/ogg", sound=b"OggS", new=True)
    answer(library, hear)
    store(library, "1", say="找工作人员")
    store(library, "2", say="我想提个意见，开门太晚了")
    store(library, "3", hear="audio/ogg", sound=b"OggS")
    for _ in range(3):
        answer(library, hear)
    assert told[0] == ()
    assert {"好的", "不用"} <= set(told[1])


def test_the_reply_to_a_note_says_what_was_heard_but_never_a_secret(library: Library) -> None:
    told = []
    for number, said in enumerate(["你好", "我要绑定读者证", "1001", "246810", "谢谢"]):
        store(library, str(number), hear="audio/ogg", sound=b"OggS")
        reply = answer(library, lambda *given, said=said: Transcript((Hypothesis(said, "", 1.0),)))
        assert reply is not None
        told.append(outbox.message_of(reply).heard)
    assert told[0] == "你好" and told[3] == "" and told[4] == "谢谢"
    store(library, "typed", say="你好")
    typed = answer(library)
    assert typed is not None and outbox.message_of(typed).heard is None


def test_a_note_is_heard_in_the_language_of_its_talk(library: Library) -> None:
    store(library, "1", say="hello", locale="en")
    answer(library)
    tags = []

    def hear(sound: bytes, media_type: str, locale: str, phrases: tuple[str, ...]) -> Transcript:
        tags.append(locale)
        return Transcript((Hypothesis("hello"),))

    store(library, "2", hear="audio/ogg", sound=b"OggS")
    answer(library, hear)
    assert tags == ["en"]


@pytest.mark.parametrize("missed", ["silent", "noise", "unclear"])
def test_why_nothing_was_heard_is_told(library: Library, missed: Missed) -> None:
    """A noisy kitchen got the advice of a silent room."""
    store(library, "1", hear="audio/ogg", sound=b"OggS")
    answered = answer(library, lambda *_: Transcript((), confidence=0.0, missed=missed))
    assert answered is not None
    assert outbox.message_of(answered).shown == rendering.say(load("zh-CN"), f"not-heard-{missed}")


def test_each_reason_for_hearing_nothing_has_its_sentence(library: Library) -> None:
    said = set()
    for number, error in enumerate(
        [TooLong(), NotAudio(), UnsupportedLanguage("zh-CN"), EngineFailed("x"), TooShort()]
    ):

        def hear(
            sound: bytes, media_type: str, locale: str, phrases: tuple[str, ...], error: Exception = error
        ) -> Transcript:
            raise error

        store(library, str(number), talk=str(number), hear="audio/ogg", sound=b"OggS")
        reply = answer(library, hear)
        assert reply is not None
        said.add(outbox.message_of(reply).shown)
    store(library, "silent", talk="silent", hear="audio/ogg", sound=b"OggS")
    silent = answer(library, lambda *_: Transcript(()))
    assert (
        silent is not None and outbox.message_of(silent).shown in said
    )  # a touch and silence are the same to a reader
    assert len(said) == 5


def test_an_ear_that_kills_its_process_is_given_up(library: Library) -> None:
    number = store(library, "1", hear="audio/ogg", sound=b"OggS")
    for _ in range(3):
        with library.sessions.begin() as session:
            assert inbox.claim(session, channels={"console"}, now=NOW, needs="ears") is not None
        with library.sessions.begin() as session:
            session.get_one(InboxRow, number).claimed_until = NOW - timedelta(seconds=1)

    def hear(sound: bytes, media_type: str, locale: str, phrases: tuple[str, ...]) -> Transcript:
        raise AssertionError("not a fourth time")

    reply = answer(library, hear)
    assert reply is not None and row(library, number).status == "done"


class BrokenIndex:
    def search(self, query: object) -> object:
        raise ZeroDivisionError("secret words of a reader")


def test_a_turn_that_fails_is_tried_three_times_and_then_said(
    library: Library, capsys: pytest.CaptureFixture[str]
) -> None:
    broken = replace(library.services, index=BrokenIndex())  # type: ignore[arg-type]
    number = store(library, "1", say="我想借santi", card="1001")
    store(library, "2", say="你好")
    reply = answer(library, services=broken)
    assert reply is not None and reply.key == f"turn:{number}"
    assert outbox.message_of(reply).shown.strip()
    failed = row(library, number)
    assert (failed.status, failed.outcome, failed.body) == ("failed", "turn-failed", {})
    assert count(library, AuditEntry) == 0
    assert count(library, Talk) == 0, "the failed turns left nothing behind"
    following = answer(library)
    assert following is not None and following.details is not None and following.details["intent"] == "greet"
    out = capsys.readouterr()
    assert "ZeroDivisionError" in out.out + out.err and "secret words" not in out.out + out.err


def test_the_failure_is_said_in_the_readers_language(library: Library) -> None:
    store(library, "1", say="hello", locale="en")
    answer(library)
    broken = replace(library.services, index=BrokenIndex())  # type: ignore[arg-type]
    store(library, "2", say="I want to borrow santi")
    reply = answer(library, services=broken)
    assert reply is not None and outbox.message_of(reply).shown.isascii()


def test_a_locked_database_costs_no_message(library: Library) -> None:
    number = store(library, "1", say="慢一点", card="1001")
    library.engine.dispose()
    event.listen(library.engine, "connect", lambda connection, _: connection.execute("PRAGMA busy_timeout=50"))
    other = sqlite3.connect(library.file, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    with pytest.raises(OperationalError):
        answer(library)
    other.execute("ROLLBACK")
    other.close()
    assert (row(library, number).status, row(library, number).attempts) == ("new", 0)
    assert answer(library) is not None


def test_a_full_disk_costs_no_message(library: Library) -> None:
    with library.sessions.begin() as session:
        room = {"pages": (session.connection().exec_driver_sql("PRAGMA page_count").scalar() or 0) + 12}
    library.engine.dispose()
    event.listen(
        library.engine,
        "connect",
        lambda connection, _: connection.execute(f"PRAGMA max_page_count={room['pages']}").close(),
    )
    stored = [store(library, "first", say="慢一点", card="1001")]
    with pytest.raises(OperationalError, match="full"):
        for number in range(200):
            stored.append(store(library, str(number), say="无" * 3000))
    with contextlib.suppress(OperationalError):
        while answer(library) is not None:
            continue
    room["pages"] = 10**6
    library.engine.dispose()
    while answer(library) is not None:
        continue
    assert [row(library, number).status for number in stored] == ["done"] * len(stored)
    assert count(library, AuditEntry) == 1
