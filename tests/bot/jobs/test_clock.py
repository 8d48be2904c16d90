"""The clock's jobs with the time moved by hand: from what is owed to a message that can be answered, once."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from statistics import median
from time import monotonic
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.app import Parts, open_parts
from bot.channels.console import Console
from bot.dialogue.state import Talk
from bot.inbox import InboxRow
from bot.jobs.schedule import JOBS, Clock
from bot.messages import Message
from bot.outbox import OutboxRow
from catalog import audit
from catalog.circulation import returns
from catalog.circulation.tables import Loan
from catalog.delivery import profiles
from catalog.delivery.tables import Parcel
from catalog.organisation.tables import OrgUnit
from catalog.outreach.tables import Notice
from catalog.patrons.tables import Card, Patron
from catalog.records.tables import BibliographicRecord
from catalog.search import Query
from catalog.search.tables import touch
from tests.demonstration import NOW, DemoUnion

DAY = timedelta(days=1)


@pytest.fixture
def parts(demo_union: DemoUnion) -> Iterator[Parts]:
    with open_parts(demo_union.settings(log_level="error")) as opened:
        yield opened


def tick(parts: Parts, name: str, at: datetime) -> int:
    """Let one job run as if it were `at`."""
    return JOBS[name].run(parts.ground, at)


def kinds(parts: Parts, status: str) -> list[str]:
    """The kinds of the notices of a status, sorted."""
    with parts.sessions() as session:
        return sorted(session.scalars(select(Notice.kind).where(Notice.status == status)))


def borrower(parts: Parts, at: datetime) -> tuple[int, str]:
    """A reader who is owed one reminder that a book is due soon, and his card."""
    with parts.sessions() as session:
        owed = session.scalars(select(Notice).where(Notice.kind == "due_soon").order_by(Notice.id)).all()
        counts = [one.patron_id for one in session.scalars(select(Notice))]
        patron = next(one.patron_id for one in owed if counts.count(one.patron_id) == 1 and one.not_before <= at)
        return patron, session.scalars(select(Card.number).where(Card.patron_id == patron)).one()


def on_telegram(parts: Parts, patron_id: int, at: datetime) -> None:
    """Give the reader a live talk in a channel that can reach him."""
    with parts.sessions.begin() as session:
        talk = f"telegram:{patron_id}"
        session.add(
            Talk(id=talk, channel="telegram", address=str(patron_id), patron_id=patron_id, state={}, updated_at=at)
        )


def sent(parts: Parts) -> list[OutboxRow]:
    """What waits for a channel."""
    with parts.sessions() as session:
        return list(session.scalars(select(OutboxRow).order_by(OutboxRow.id)))


def test_what_is_owed_is_written_once(parts: Parts) -> None:
    assert tick(parts, "notices", NOW) > 0
    assert {"due_soon", "overdue", "hold_ready"} <= set(kinds(parts, "due"))
    before = kinds(parts, "due")
    assert tick(parts, "notices", NOW) == 0
    assert tick(parts, "notices", NOW + timedelta(hours=3)) == 0
    assert kinds(parts, "due") == before
    with parts.sessions() as session:
        causes = session.scalars(select(Notice.cause)).all()
    assert len(causes) == len(set(causes))


def test_every_job_may_run_twice_and_at_any_time(parts: Parts) -> None:
    for days in (0, 40):
        for name in JOBS:
            tick(parts, name, NOW + days * DAY)
            assert tick(parts, name, NOW + days * DAY) == 0, name


def test_one_message_a_reader(parts: Parts) -> None:
    tick(parts, "notices", NOW)
    with parts.sessions() as session:
        owed = [one.patron_id for one in session.scalars(select(Notice))]
    several = max(set(owed), key=owed.count)
    assert owed.count(several) > 1
    for patron_id in set(owed):
        on_telegram(parts, patron_id, NOW)
    assert tick(parts, "relay", NOW) == len(set(owed))
    assert sorted(row.address for row in sent(parts)) == sorted(map(str, set(owed)))
    assert tick(parts, "relay", NOW + timedelta(minutes=1)) == 0
    assert kinds(parts, "due") == []


def test_quiet_hours_are_kept(parts: Parts) -> None:
    late = NOW.replace(hour=22, minute=0)
    tick(parts, "notices", late)
    with parts.sessions() as session:
        patrons = set(session.scalars(select(Notice.patron_id).join(Patron).where(Patron.preferences == {})))
    assert patrons
    for patron_id in patrons:
        on_telegram(parts, patron_id, late)
    assert tick(parts, "relay", late) == 0
    assert tick(parts, "relay", late + timedelta(hours=9, minutes=59)) == 0
    assert tick(parts, "relay", late + timedelta(hours=10)) == len(patrons)


def test_a_returned_book_is_not_reminded_of(parts: Parts) -> None:
    tick(parts, "notices", NOW)
    patron_id, _ = borrower(parts, NOW)
    on_telegram(parts, patron_id, NOW)
    with parts.sessions.begin() as session:
        notice = session.scalars(select(Notice).where(Notice.patron_id == patron_id)).one()
        loan = session.get_one(Loan, notice.about["loan"])
        place = session.scalars(select(OrgUnit).where(OrgUnit.is_pickup.is_(True))).first()
        assert place is not None
        returns.scan(session, item=loan.item, place=place, now=NOW, by=audit.Actor("librarian"), what="checked_in")
    assert tick(parts, "relay", NOW + timedelta(minutes=1)) == 0
    assert sent(parts) == []
    with parts.sessions() as session:
        dropped = session.scalars(select(Notice).where(Notice.patron_id == patron_id)).one()
        assert (dropped.status, dropped.outcome) == ("dropped", "no longer true")


def say(parts: Parts, card: str, at: datetime, *lines: str) -> list[tuple[dict[str, Any], list[Message]]]:
    """Talk at the console: each line's answer, and what was pushed with it."""
    console = Console(
        parts.sessions, parts.services, parts.ears.hear, f"console:{card}", clock=lambda: datetime.now(UTC),
        card=card, now=at.isoformat(),
    )  # fmt: skip
    told = []
    for line in lines:
        (_, details), *pushed = console.answer({"say": line})
        told.append((json.loads(json.dumps(details)), [message for message, _ in pushed]))
    return told


def test_a_reminder_reaches_the_console_and_is_answered_there(parts: Parts) -> None:
    tick(parts, "notices", NOW)
    _, card = borrower(parts, NOW)
    (_, pushed), (renewed, again) = say(parts, card, NOW + timedelta(minutes=5), "你好", "续借")
    assert len(pushed) == 1
    assert pushed[0].shown and pushed[0].spoken
    assert again == []
    assert [one["what"] for one in renewed["done"]] == ["loan_renewed"]
    assert tick(parts, "notices", NOW + timedelta(hours=1)) == 0


def test_a_week_later_no_words_are_left(parts: Parts) -> None:
    with parts.sessions() as session:
        card = session.scalars(select(Card.number)).first() or ""
    say(parts, card, NOW, "我想借三体")
    later = datetime.now(UTC)
    assert tick(parts, "tidy", later + 6 * DAY) == 0
    assert tick(parts, "tidy", later + 8 * DAY) >= 2
    with parts.sessions() as session:
        assert session.scalars(select(InboxRow)).all() == session.scalars(select(OutboxRow)).all() == []


async def test_the_clock_ticks_until_it_is_ended(parts: Parts, caplog: pytest.LogCaptureFixture) -> None:
    woken = asyncio.Event()
    clock = asyncio.create_task(Clock(parts.ground, now=lambda: NOW, after=woken.set).run())
    with parts.sessions.begin() as session:
        record = session.scalars(select(BibliographicRecord)).first()
        assert record is not None
        record.title = "萤火虫邮局"
        touch(session, record.id)
    async with asyncio.timeout(20):
        await woken.wait()
    clock.cancel()
    with suppress(asyncio.CancelledError):
        await clock
    assert not caplog.records
    assert parts.services.index.behind(parts.engine) == 0


def test_one_order_that_fails_stops_no_other(parts: Parts, monkeypatch: pytest.MonkeyPatch) -> None:
    with parts.sessions.begin() as session:
        for number in ("52100001", "52100002"):
            patron = session.get_one(Card, number).patron
            by = audit.Actor("patron", patron.id, number)
            profiles.set_up(session, patron=patron, every_days=30, subjects=["历史"], now=NOW, by=by)
    assert tick(parts, "parcels", NOW) == 2
    order, failing = profiles.order_due, list[int]()

    def fails_first(session: Session, *, parcel_id: int, **more: Any) -> bool:
        if not failing:
            failing.append(parcel_id)
            raise RuntimeError
        return order(session, parcel_id=parcel_id, **more)

    monkeypatch.setattr(profiles, "order_due", fails_first)
    assert tick(parts, "parcels", NOW + 3 * DAY) == 1
    with parts.sessions() as session:
        stand = {one.id: one.status for one in session.scalars(select(Parcel))}
    assert sorted(stand.values()) == ["chosen", "ordered"] and stand[failing[0]] == "chosen"
    assert tick(parts, "parcels", NOW + 3 * DAY) == 1


async def test_a_change_is_findable_within_two_seconds(parts: Parts) -> None:
    """Also one that just missed a tick: it waits for the next one, and for what that takes."""

    def retitle(title: str) -> None:
        with parts.sessions.begin() as session:
            record = session.scalars(select(BibliographicRecord).order_by(BibliographicRecord.id)).first()
            assert record is not None
            record.title = title
            touch(session, record.id)

    def findable(title: str) -> bool:
        return any(hit.title == title for hit in parts.services.index.search(Query(text=title)).hits)

    retitle("夏夜听蛙记")
    began = monotonic()
    assert tick(parts, "index", NOW) == 1
    assert findable("夏夜听蛙记")
    assert float(JOBS["index"].trigger["seconds"]) + monotonic() - began < 2

    clock = asyncio.create_task(Clock(parts.ground, now=lambda: NOW, after=lambda: None).run())
    took = []
    try:
        for title in ("秋水渡口谣", "冬至酿酒帖", "春分采茶令"):
            retitle(title)
            changed = monotonic()
            while not findable(title):
                await asyncio.sleep(0.02)
            took.append(monotonic() - changed)
    finally:
        clock.cancel()
        with suppress(asyncio.CancelledError):
            await clock
    assert median(took) < 2, took
