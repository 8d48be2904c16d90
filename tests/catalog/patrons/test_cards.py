"""PINs and one-time codes: quick enough to make, slow to guess, kept as hashes only."""

from __future__ import annotations

import random
from collections.abc import Iterator
from datetime import timedelta

import pytest
import yaml
from sqlalchemy import create_engine, select
from sqlalchemy.orm import Session

from catalog import audit, refusals
from catalog.audit import AuditEntry
from catalog.database import Base
from catalog.patrons import cards, credit, delegation
from catalog.patrons.tables import Block, LinkCode
from tests.scenarios.world import HERE, World, build


@pytest.fixture
def world() -> Iterator[World]:
    engine = create_engine("sqlite://")
    Base.metadata.create_all(engine)
    with Session(engine) as session:
        yield build(session, yaml.safe_load((HERE / "world.yaml").read_text(encoding="utf-8")))
    engine.dispose()


def test_every_hash_has_a_salt_of_its_own() -> None:
    hashes = {cards.hash_pin("246810") for _ in range(30)}
    assert len(hashes) == 30 and all("246810" not in kept for kept in hashes)


def test_the_waits_grow_to_a_quarter_of_an_hour_and_end(world: World) -> None:
    now, waits = world.now, []
    for number in range(16):
        try:
            cards.verify(world.session, number="1001", pin="0", sender=f"from {number}", now=now)
        except refusals.SlowDown as refusal:
            until = refusal.values["until"]
            waits.append((until - now).total_seconds())
            now = until
        except refusals.UnknownCard:
            pass
    assert waits[:6] == [30, 60, 120, 240, 480, 900]
    assert set(waits[6:]) == {900}
    assert cards.verify(world.session, number="1001", pin="246810", sender="x", now=now).name == "1001"
    with pytest.raises(refusals.UnknownCard):
        cards.verify(world.session, number="1001", pin="0", sender="x", now=now)


def test_wrong_card_and_wrong_pin_are_told_alike(world: World) -> None:
    said = []
    for number, pin in (("1001", "0"), ("nobody", "246810"), ("", ""), ("1001", "9" * 10_000)):
        with pytest.raises(refusals.UnknownCard) as refusal:
            cards.verify(world.session, number=number, pin=pin, sender=f"{number}{len(pin)}", now=world.now)
        said.append((refusal.value.reason, refusal.value.values, refusal.value.kept))
    assert len({str(one) for one in said}) == 1


def test_a_lost_card_is_said_only_when_the_pin_is_right(world: World) -> None:
    world.session.get_one(cards.Card, "1001").status = "lost"
    with pytest.raises(refusals.UnknownCard):
        cards.verify(world.session, number="1001", pin="0", sender="x", now=world.now)
    with pytest.raises(refusals.Blocked) as refusal:
        cards.verify(world.session, number="1001", pin="246810", sender="x", now=world.now)
    assert refusal.value.values == {"reason": "card_lost"}


def test_a_code_works_once_and_for_a_day(world: World) -> None:
    session, patron = world.session, world.readers["wang"]
    by = audit.Actor("patron", None, "turn-code")
    code = cards.issue_code(session, patron=patron, now=world.now, chance=random.Random(1))
    assert len(code) == cards.CODE_DIGITS and code not in str(session.scalars(select(LinkCode.code_hash)).all())
    redeemed = cards.redeem_code(session, code=f" {code[:3]} {code[3:]} ", sender="x", now=world.now, by=by)
    assert redeemed.patron is patron
    assert [entry.what for entry in audit.of_turn(session, "turn-code")] == ["card_linked"]
    with pytest.raises(refusals.CodeExpired):
        cards.redeem_code(session, code=code, sender="x", now=world.now)
    late = cards.issue_code(session, patron=patron, now=world.now, chance=random.Random(2))
    with pytest.raises(refusals.CodeExpired):
        cards.redeem_code(session, code=late, sender="x", now=world.now + timedelta(days=1))


def test_guessing_codes_is_slowed_down(world: World) -> None:
    said = []
    for number in range(22):
        with pytest.raises(refusals.Refusal) as refusal:
            cards.redeem_code(world.session, code=f"00000{number}", sender="x", now=world.now)
        said.append(type(refusal.value).__name__)
    assert said == ["CodeExpired"] * 20 + ["SlowDown"] * 2


def test_a_clumsy_reader_does_not_keep_the_reading_room_out(world: World) -> None:
    """Bug: five wrong PINs at one card stopped everybody behind the same network address."""
    for _ in range(6):
        with pytest.raises((refusals.UnknownCard, refusals.SlowDown)):
            cards.verify(world.session, number="1002", pin="0", sender="reading room", now=world.now)
    assert cards.verify(world.session, number="1001", pin="246810", sender="reading room", now=world.now).name == "1001"


def test_guessing_at_many_cards_from_one_address_is_hopeless(world: World) -> None:
    """One try at each of many cards, as quickly as the waits allow, for a day."""
    now, tries = world.now, 0
    while now < world.now + timedelta(days=1):
        try:
            cards.verify(world.session, number=f"9{tries}", pin="0", sender="x", now=now)
        except refusals.SlowDown as refusal:
            now = refusal.values["until"]
        except refusals.UnknownCard:
            pass
        tries += 1
    assert tries < 700  # half of them are told to wait, and learn nothing


def test_no_audit_row_holds_a_number_or_a_pin(world: World) -> None:
    cards.verify(world.session, number="1001", pin="246810", sender="x", now=world.now)
    rows = world.session.scalars(select(AuditEntry)).all()
    assert rows and not any("1001" in f"{row.ids}{row.before}" or "246810" in f"{row.ids}{row.before}" for row in rows)


def test_registering_and_vouching_twice_change_nothing(world: World) -> None:
    session, by = world.session, audit.Actor("librarian")
    facts = {"number": "77-01", "pin": "1", "name": "n", "home": world.places["county"], "now": world.now, "by": by}
    patron = credit.register(session, **facts)
    assert credit.register(session, **facts) is patron
    session.add(Block(patron_id=patron.id, reason="unvouched", since=world.now.date()))
    world.play([])
    credit.vouch(session, patron=patron, how="village", now=world.now, by=by)
    credit.vouch(session, patron=patron, how="village", now=world.now, by=by)
    whats = session.scalars(select(AuditEntry.what).order_by(AuditEntry.id)).all()
    assert whats == ["registered", "vouched"]
    with pytest.raises(refusals.NotFound):
        credit.vouch(session, patron=patron, how="astrology", now=world.now, by=by)


def test_delegating_ends_by_a_word_or_a_day(world: World) -> None:
    session, by = world.session, audit.Actor("patron")
    wang, li = world.readers["wang"], world.readers["li"]
    day = world.now.date()
    held = delegation.delegate(session, patron=wang, delegate=li, expires_on=day, now=world.now, by=by)
    assert delegation.in_force(session, patron=wang, now=world.now) == [held]
    assert delegation.in_force(session, patron=wang, now=world.now + timedelta(days=1)) == []
    delegation.revoke(session, delegation=held, now=world.now, by=by)
    assert delegation.in_force(session, patron=wang, now=world.now) == []
    code = cards.issue_code(session, patron=wang, scope="borrow", now=world.now, chance=random.Random(1), by=by)
    own = cards.issue_code(session, patron=wang, now=world.now, chance=random.Random(2), by=by)
    others = cards.issue_code(session, patron=li, scope="borrow", now=world.now, chance=random.Random(3), by=by)
    delegation.revoke(session, delegation=held, now=world.now, by=by)
    with pytest.raises(refusals.CodeExpired):
        cards.redeem_code(session, code=code, sender="x", now=world.now)
    assert cards.redeem_code(session, code=own, sender="x", now=world.now).patron is wang
    assert cards.redeem_code(session, code=others, sender="x", now=world.now).patron is li
    whats = session.scalars(select(AuditEntry.what).order_by(AuditEntry.id)).all()
    assert whats.count("code_issued") == 3 and whats.count("code_withdrawn") == 1
    with pytest.raises(refusals.NotForOneself):
        delegation.delegate(session, patron=wang, delegate=wang, now=world.now, by=by)
