"""A broadcast in the talks: who asked for it by a word is told, in one message; who refused is not."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from bot import inbox, outbox, relay
from bot.dialogue.state import Talk
from bot.outbox import OutboxRow
from catalog.audit import Actor
from catalog.organisation.tables import Librarian, OrgUnit
from catalog.outreach import broadcasts
from catalog.outreach.tables import Broadcast
from catalog.patrons.tables import Card
from speech.recognition import Transcript
from tests.libraries import Library

NOW = datetime(2026, 11, 23, 2, tzinfo=UTC)
BY = Actor("librarian")


def no_ears(sound: bytes, media_type: str, locale: str, phrases: tuple[str, ...]) -> Transcript:
    raise AssertionError


def talk(session: Session, card: str, locale: str = "") -> None:
    patron_id = session.get_one(Card, card).patron_id
    session.add(
        Talk(id=f"telegram:{card}", channel="telegram", address=card, patron_id=patron_id, locale=locale,
             updated_at=NOW, live=True)
    )  # fmt: skip


def say(library: Library, card: str, lines: Sequence[str]) -> None:
    """The reader says these lines in his talk."""
    for number, line in enumerate(lines):
        with library.sessions.begin() as session:
            inbox.store(session, channel="telegram", update_id=f"{card}.{number}", talk=f"telegram:{card}",
                        address=card, body={"say": line}, now=NOW)  # fmt: skip
        relay.answer_next(library.sessions, channels={"telegram"}, services=library.services, hear=no_ears, now=NOW)


def sent(session: Session, topic: str = "", text_en: str = "") -> Broadcast:
    chen, lin = session.scalars(select(Librarian).order_by(Librarian.id)).all()
    county = session.scalars(select(OrgUnit).where(OrgUnit.code == "county")).one()
    made = broadcasts.draft(
        session, library=county, text="周五下午有讲座", text_en=text_en, topic=topic, librarian=chen, now=NOW, by=BY
    )
    broadcasts.approve(session, broadcast=made, librarian=lin, now=NOW, by=BY)
    broadcasts.send(session, broadcast=made, librarian=chen, now=NOW, by=BY)
    return made


def told(session: Session, card: str) -> list[str]:
    """What the reader was told unasked."""
    rows = session.scalars(
        select(OutboxRow)
        .where(OutboxRow.talk == f"telegram:{card}", OutboxRow.key.startswith("notice:"))
        .order_by(OutboxRow.id)
    )
    return [outbox.message_of(row).shown for row in rows]


def test_a_topic_reaches_who_asked_for_it_by_a_word(library: Library) -> None:
    with library.sessions.begin() as session:
        talk(session, "1001")
        talk(session, "1002")
    say(library, "1001", ["订阅健康讲座"])
    with library.sessions.begin() as session:
        sent(session, "health")
        assert relay.relay_notices(session, now=NOW, services=library.services) == 1
        assert relay.relay_notices(session, now=NOW, services=library.services) == 0
        assert [("周五下午有讲座" in text, "县馆" in text) for text in told(session, "1001")] == [(True, True)]
        assert told(session, "1002") == []


def test_who_wants_no_messages_any_more_is_left_in_peace(library: Library) -> None:
    with library.sessions.begin() as session:
        talk(session, "1001")
        talk(session, "1002")
        sent(session)
    say(library, "1002", ["不要再给我发消息了"])
    with library.sessions.begin() as session:
        assert relay.relay_notices(session, now=NOW, services=library.services) == 1
        assert told(session, "1001") and not told(session, "1002")


def test_it_is_told_in_the_readers_language_and_corrected(library: Library) -> None:
    with library.sessions.begin() as session:
        talk(session, "1001", "en")
        made = sent(session, text_en="a talk on Friday")
        relay.relay_notices(session, now=NOW, services=library.services)
        assert "a talk on Friday" in told(session, "1001")[-1]
        lin = session.scalars(select(Librarian).where(Librarian.name == "lin")).one()
        withdrawn, corrected = broadcasts.recall(session, broadcast=made, librarian=lin, now=NOW, by=BY)
        assert (withdrawn > 0, corrected) == (True, 1)
        assert relay.relay_notices(session, now=NOW, services=library.services) == 1
        assert "wrong" in told(session, "1001")[-1]
