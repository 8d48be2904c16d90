"""Everything held of a reader is handed over; nothing of the person is left when it is erased."""

from __future__ import annotations

import json

import yaml
from sqlalchemy import create_engine, select, text
from sqlalchemy.orm import Session

from catalog import audit
from catalog.database import Base
from catalog.outreach import enquiries
from catalog.patrons import privacy
from catalog.patrons.tables import Consent
from tests.scenarios.world import HERE, build


def test_export_is_whole_and_forgetting_leaves_no_trace() -> None:
    engine = create_engine("sqlite://")
    Base.metadata.create_all(engine)
    with Session(engine) as session:
        world = build(session, yaml.safe_load((HERE / "world.yaml").read_text(encoding="utf-8")))
        wang, by = world.readers["wang"], world.actor("wang")
        wang.name, wang.phone = "王不留名", "000-1111"
        world.play([
            {"check_out": {"item": "h1", "reader": "wang", "at": "town"}},
            {"place_hold": {"reader": "wang", "work": "santi"}},
            {"order": {"reader": "wang", "works": ["pingfan"]}},
            {"join": {"reader": "wang", "event": "talk"}},
            {"stop": {"reader": "wang", "work": "luotuo", "seconds": 60}},
            {"prefer": {"reader": "wang", "name": "rate", "value": 0.8}},
        ])  # fmt: skip
        enquiries.open_enquiry(session, kind="feedback", patron=wang, talk="t", text="王不留名说", recording=b"wav",
                               consent=True, now=world.now, by=by)  # fmt: skip
        told = privacy.export(session, patron=wang, now=world.now, by=by)
        assert json.loads(json.dumps(told, ensure_ascii=False)) == told
        assert told["patron"]["name"] == "王不留名" and told["loans"][0]["title"] == "huozhe"
        full = ["cards", "addresses", "consents", "holds", "deliveries", "sign_ups", "enquiries",
                "listening_positions", "audit"]  # fmt: skip
        assert all(told[name] for name in full)
        assert "pin_hash" not in str(told) and told["enquiries"][0]["recording_bytes"] == 3
        world.play([{"check_in": {"item": "h1", "at": "town"}}])
        privacy.forget(session, patron=wang, now=world.now, by=by)
        session.flush()
        left = " ".join(
            str(row)
            for table in Base.metadata.sorted_tables
            for row in session.execute(text(f"SELECT * FROM {table.name}"))
        )
        for trace in ("王不留名", "000-1111", "乾元镇直街1号", "先打电话", "wav"):
            assert trace not in left, trace
        assert [entry.what for entry in audit.of_turn(session, by.turn)][-1] == "data_forgotten"
    engine.dispose()


def test_the_consent_to_keep_recordings_is_taken_back() -> None:
    engine = create_engine("sqlite://")
    Base.metadata.create_all(engine)
    with Session(engine) as session:
        world = build(session, yaml.safe_load((HERE / "world.yaml").read_text(encoding="utf-8")))
        wang, by, now = world.readers["wang"], world.actor("wang"), world.now
        spoken, written, before = (
            enquiries.open_enquiry(session, kind="feedback", patron=patron, talk=talk, text=words, recording=b"wav",
                                   consent=True, now=now, by=by)
            for patron, talk, words in ((wang, "t", ""), (wang, "u", "也写了"), (None, "t", ""))
        )  # fmt: skip
        assert enquiries.withdraw(session, patron=wang, talk="t", now=now, by=by) == 3
        assert all(one.recording is None and not one.consent for one in (spoken, written, before))
        assert (spoken.closed_at, written.closed_at) == (now, None)
        given = session.scalars(select(Consent).where(Consent.patron_id == wang.id)).all()
        assert [one.revoked_at for one in given] == [now, now]
        assert enquiries.withdraw(session, patron=wang, talk="t", now=now, by=by) == 0
        assert [one.what for one in audit.of_turn(session, by.turn)][-1] == "recording_deleted"
    engine.dispose()


def test_a_volunteers_errands_are_handed_over_and_who_went_along_is_known() -> None:
    engine = create_engine("sqlite://")
    Base.metadata.create_all(engine)
    with Session(engine) as session:
        world = build(session, yaml.safe_load((HERE / "world.yaml").read_text(encoding="utf-8")))
        world.play([
            {"enlist": {"reader": "li", "at": "depot", "weekdays": "3"}},
            {"enlist": {"reader": "zhou", "at": "depot", "weekdays": "3"}},
            {"order": {"reader": "sun", "works": ["huozhe"]}},
            {"offer_errands": None},
            {"go": "li"},
        ])  # fmt: skip
        sun, li, zhou = (world.readers[name] for name in ("sun", "li", "zhou"))
        assert privacy.told_of(session, patron=sun) == {li.id} and privacy.told_of(session, patron=zhou) == set()
        told = privacy.export(session, patron=li, now=world.now, by=world.actor("li"))
        assert [one["status"] for one in told["errands"]] == ["accepted"]
        world.play([{"go": "zhou"}])
        assert privacy.told_of(session, patron=zhou) == {li.id}
    engine.dispose()


def test_recordings_are_kept_only_with_consent() -> None:
    engine = create_engine("sqlite://")
    Base.metadata.create_all(engine)
    with Session(engine) as session:
        world = build(session, yaml.safe_load((HERE / "world.yaml").read_text(encoding="utf-8")))
        for kind, what in enquiries.AUDITED.items():
            by = audit.Actor("patron", None, f"turn-{kind}")
            held = enquiries.open_enquiry(session, kind=kind, recording=b"sound", now=world.now, by=by)
            assert held.recording is None
            assert [entry.what for entry in audit.of_turn(session, by.turn)] == [what]
        waiting = enquiries.waiting(session)
        enquiries.close(session, enquiry=waiting[0], now=world.now, by=audit.Actor("librarian"))
        assert len(enquiries.waiting(session)) == len(waiting) - 1
    engine.dispose()
