"""What readers are owed arrives once, in one message, where it can reach them, and only while it is true."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from bot import inbox, outbox, relay
from bot.dialogue.state import Talk
from bot.outbox import OutboxRow
from bot.relay.notices import still_so
from bot.relay.sending import go_elsewhere
from catalog.circulation.tables import Loan
from catalog.outreach import notices
from catalog.outreach.tables import Notice
from catalog.patrons.tables import Card
from catalog.records.tables import Item
from speech.recognition import Transcript
from tests.libraries import Library

NOW = datetime(2026, 11, 23, 2, tzinfo=UTC)
"""Ten in the morning in Deqing."""


def lend(session: Session, card: str, barcode: str, days: int) -> Loan:
    item = session.scalars(select(Item).where(Item.barcode == barcode)).one()
    loan = Loan(
        item=item, patron_id=session.get_one(Card, card).patron_id, place_id=item.home_id,
        checked_out_at=NOW - timedelta(days=20), due_date=NOW.date() + timedelta(days=days),
    )  # fmt: skip
    item.status = "on_loan"
    session.add(loan)
    session.flush()
    return loan


def talk(session: Session, card: str, id: str, minutes_ago: int = 0, live: bool = True) -> Talk:
    channel, _, address = id.partition(":")
    made = Talk(
        id=id, channel=channel, address=address, patron_id=session.get_one(Card, card).patron_id,
        updated_at=NOW - timedelta(minutes=minutes_ago), live=live,
    )  # fmt: skip
    session.add(made)
    session.flush()
    return made


def written(session: Session) -> list[OutboxRow]:
    return list(session.scalars(select(OutboxRow).order_by(OutboxRow.id)))


@pytest.fixture
def owed(library: Library) -> Library:
    """Wang has two loans due soon, Li one; all notices are gathered."""
    with library.sessions.begin() as session:
        lend(session, "1001", "s1", 1)
        lend(session, "1001", "h1", 1)
        lend(session, "1002", "h2", 1)
        assert notices.gather(session, now=NOW) == 3
    return library


def test_one_message_a_reader_where_it_reaches_him(owed: Library) -> None:
    with owed.sessions.begin() as session:
        talk(session, "1001", "web:w", minutes_ago=0)
        talk(session, "1001", "telegram:old", minutes_ago=60)
        talk(session, "1001", "telegram:new", minutes_ago=30)
        talk(session, "1001", "telegram:dead", minutes_ago=10, live=False)
        assert relay.relay_notices(session, now=NOW, services=owed.services) == 1
        (message,) = written(session)
        assert message.talk == "telegram:new" and message.key.startswith("notice:")
        assert outbox.message_of(message).shown.strip()
        assert relay.relay_notices(session, now=NOW, services=owed.services) == 0
        assert len(written(session)) == 1
        statuses = session.execute(select(Notice.patron_id, Notice.status)).all()
        assert sorted(status for _, status in statuses) == ["due", "sent", "sent"], "Li, whom nothing reaches, waits"


def test_what_is_no_longer_true_is_not_said(owed: Library) -> None:
    with owed.sessions.begin() as session:
        talk(session, "1002", "telegram:li")
        for loan in session.scalars(select(Loan)):
            loan.returned_at = NOW
        assert relay.relay_notices(session, now=NOW, services=owed.services) == 0
        assert written(session) == []


def test_at_night_nobody_is_disturbed(owed: Library) -> None:
    night = NOW + timedelta(hours=13)
    with owed.sessions.begin() as session:
        talk(session, "1002", "telegram:li")
        assert relay.relay_notices(session, now=night, services=owed.services) == 0
        assert relay.relay_notices(session, now=night + timedelta(hours=10), services=owed.services) == 1


def no_ears(sound: bytes, media_type: str, locale: str, phrases: tuple[str, ...]) -> Transcript:
    raise AssertionError


def say(library: Library, text: str, update: int, *, channel: str = "web", address: str = "w") -> list[OutboxRow]:
    with library.sessions.begin() as session:
        inbox.store(
            session, channel=channel, update_id=update, talk=f"{channel}:{address}", address=address,
            body={"say": text}, now=NOW,
        )  # fmt: skip
    relay.answer_next(library.sessions, channels={channel}, services=library.services, hear=no_ears, now=NOW)
    with library.sessions.begin() as session:
        return written(session)


def test_who_cannot_be_reached_is_told_at_his_next_turn_once(owed: Library) -> None:
    with owed.sessions.begin() as session:
        talk(session, "1002", "web:w")
        assert relay.relay_notices(session, now=NOW, services=owed.services) == 0
    rows = say(owed, "你好", 1)
    assert [row.key.split(":")[0] for row in rows] == ["turn", "notice"]
    assert {row.talk for row in rows} == {"web:w"}
    assert [row.key.split(":")[0] for row in say(owed, "谢谢", 2)] == ["turn", "notice", "turn"]


def test_a_reminder_is_answered_in_one_word(owed: Library) -> None:
    with owed.sessions.begin() as session:
        talk(session, "1002", "telegram:li")
        relay.relay_notices(session, now=NOW, services=owed.services)
        (due,) = session.scalars(
            select(Loan.due_date).join(Card, Card.patron_id == Loan.patron_id).where(Card.number == "1002")
        )
    say(owed, "续借", 1, channel="telegram", address="li")
    say(owed, "好", 2, channel="telegram", address="li")
    with owed.sessions.begin() as session:
        (moved,) = session.scalars(
            select(Loan.due_date).join(Card, Card.patron_id == Loan.patron_id).where(Card.number == "1002")
        )
    assert moved > due


def test_a_notice_that_a_left_channel_cannot_bring_is_said_where_the_reader_is(owed: Library) -> None:
    with owed.sessions.begin() as session:
        talk(session, "1002", "telegram:li")
        talk(session, "1002", "web:w")
        relay.relay_notices(session, now=NOW, services=owed.services)
        row = outbox.claim(session, channels={"telegram"}, now=NOW)
        assert row is not None
        shown = outbox.message_of(row).shown
        assert not go_elsewhere(session, row, now=NOW)
    rows = say(owed, "你好", 1)
    assert [outbox.message_of(row).shown for row in rows if row.talk == "web:w"][1:] == [shown]
    assert len([row for row in say(owed, "谢谢", 2) if row.talk == "web:w"]) == 3


def test_a_reminder_that_waited_too_long_expires(owed: Library) -> None:
    with owed.sessions.begin() as session:
        talk(session, "1002", "telegram:li")
        relay.relay_notices(session, now=NOW, services=owed.services)
        assert outbox.claim(session, channels={"telegram"}, now=NOW + timedelta(days=3)) is None
        assert [row.status for row in written(session)] == ["expired"]


def test_a_reminder_that_had_to_wait_is_checked_again(owed: Library) -> None:
    later = NOW + timedelta(hours=1)
    with owed.sessions.begin() as session:
        talk(session, "1001", "telegram:wang")
        relay.relay_notices(session, now=NOW, services=owed.services)
        row = outbox.claim(session, channels={"telegram"}, now=NOW)
        assert row is not None and still_so(session, row, now=NOW)
        outbox.postpone(session, row, 60, now=NOW)
        session.scalars(select(Loan).join(Item).where(Item.barcode == "h1")).one().returned_at = NOW
        row = outbox.claim(session, channels={"telegram"}, now=later)
        assert row is not None and not still_so(session, row, now=later)
        assert [row.status for row in written(session)] == ["expired"]
        assert relay.relay_notices(session, now=later, services=owed.services) == 1, "the other book is said anew"
        row = outbox.claim(session, channels={"telegram"}, now=later)
        assert row is not None and still_so(session, row, now=later + timedelta(hours=1))
