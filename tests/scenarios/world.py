"""The small union of world.yaml, built into a database; and the step by step player of scenarios.

Scenarios name things ("wang", "santi", "s1"); the player knows their rows. Each step is one verb of VERBS.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping
from datetime import date, datetime, time
from functools import cache
from pathlib import Path
from typing import Any

import yaml
from sqlalchemy import Engine, select
from sqlalchemy.orm import Session, joinedload

import catalog.undo
from catalog import audit, invariants, refusals
from catalog.audiobooks import playing
from catalog.audiobooks.tables import Recording
from catalog.circulation import availability, by_itself, closing, holds, loans, missing, policies, returns, targets
from catalog.circulation.tables import Hold, Loan
from catalog.database import Base, open_sessions, prepare
from catalog.delivery import conditions, errands, profiles, requests, rounds, sheets
from catalog.delivery.tables import DeliveryRequest, Errand
from catalog.organisation.calendar import ZONE, arrival, holiday_on, opening
from catalog.organisation.tables import Closure, Librarian, OpeningHours, OrgUnit, VanRoute, VanStop
from catalog.outreach import broadcasts, events, notices
from catalog.outreach.tables import Broadcast, Event
from catalog.patrons import cards, delegation, preferences, privacy
from catalog.patrons.tables import Address, Card, Patron
from catalog.records.tables import BibliographicRecord, Item, Work

HERE = Path(__file__).parent
Answer = dict[str, Any]


hash_once = cache(cards.hash_pin)


def moment(said: str | datetime) -> datetime:
    """ "2026-11-23 10:00" in the consortium's zone."""
    found = datetime.fromisoformat(said) if isinstance(said, str) else said
    return found.replace(tzinfo=ZONE)


def build(session: Session, data: Mapping[str, Any]) -> World:
    """The union of `data` (world.yaml), as rows."""
    world = World(session)
    for name, facts in data["places"].items():
        world.places[name] = world.place(name, facts)
    for name, facts in data["readers"].items():
        world.readers[name] = world.reader(facts)
    for name, editions in data["works"].items():
        world.add_work(name, editions)
    for name, facts in data["recordings"].items():
        record = world.add_record(name, "audiobook")
        session.add(Recording(record=record, **facts))
    for name, facts in data["events"].items():
        event = Event(
            org_unit=world.places[facts["at"]],
            title=name,
            topic=facts["topic"],
            starts_at=moment(facts["starts"]),
            ends_at=moment(facts["ends"]),
            seats=facts.get("seats"),
        )
        session.add(event)
        world.events[name] = event
    for name, facts in data["librarians"].items():
        world.librarians[name] = Librarian(name=name, org_unit_id=world.places[facts["at"]].id)
        session.add(world.librarians[name])
    session.flush()
    return world


def again(session: Session, data: Mapping[str, Any]) -> World:
    """The union that `build` made of `data`, found in the database."""
    world = World(session)
    world.places = {unit.code: unit for unit in session.scalars(select(OrgUnit))}
    by_card = {card.number: card.patron for card in session.scalars(select(Card).options(joinedload(Card.patron)))}
    world.readers = {name: by_card[facts["card"]] for name, facts in data["readers"].items()}
    for record in session.scalars(
        select(BibliographicRecord).options(joinedload(BibliographicRecord.work)).order_by(BibliographicRecord.id)
    ):
        world.works.setdefault(record.title, {})[record.format] = record
    world.items = {item.barcode: item for item in session.scalars(select(Item))}
    world.events = {event.title: event for event in session.scalars(select(Event))}
    world.librarians = {one.name: one for one in session.scalars(select(Librarian))}
    return world


def build_in(engine: Engine, *, migrated: bool = False) -> None:
    """Schema (by the migrations, if asked for) and union in an empty database, committed."""
    prepare(engine) if migrated else Base.metadata.create_all(engine)
    with open_sessions(engine).begin() as session:
        build(session, yaml.safe_load((HERE / "world.yaml").read_text(encoding="utf-8")))


class World:
    """The rows by name, the clock, and the verbs."""

    def __init__(self, session: Session) -> None:
        self.session = session
        self.now = moment("2026-11-23 10:00")
        self.by = audit.Actor("patron", None, "turn-0")
        self.turns = 0
        self.places: dict[str, OrgUnit] = {}
        self.readers: dict[str, Patron] = {}
        self.works: dict[str, dict[str, BibliographicRecord]] = {}
        self.items: dict[str, Item] = {}
        self.events: dict[str, Event] = {}
        self.librarians: dict[str, Librarian] = {}

    def place(self, name: str, facts: Mapping[str, Any]) -> OrgUnit:
        where = facts.get("at", (None, None))
        unit = OrgUnit(
            code=name,
            level=facts["level"],
            kind=facts["kind"],
            name=facts["name"],
            short_name=facts.get("short", ""),
            aliases=facts.get("aliases", []),
            parent=self.places.get(facts.get("under", "")),
            van_days=facts.get("van_days", ""),
            transfer_days=facts.get("transfer_days", 2),
            is_pickup=facts.get("pickup", False),
            latitude=where[0],
            longitude=where[1],
        )
        self.session.add(unit)
        self.session.flush()
        for days, span in facts.get("hours", {}).items():
            first, _, last = str(days).partition("-")
            for weekday in range(int(first), int(last or first) + 1):
                opens, closes = (time.fromisoformat(end) for end in span.split("-"))
                self.session.add(OpeningHours(org_unit_id=unit.id, weekday=weekday, opens=opens, closes=closes))
        return unit

    def reader(self, facts: Mapping[str, Any]) -> Patron:
        patron = Patron(
            name=facts["card"],
            home=self.places[facts["home"]],
            pickup=self.places[facts["pickup"]],
            group=facts.get("group", "adult"),
            formats=facts.get("formats", ["print"]),
            print_disabled=facts.get("print_disabled", False),
        )
        self.session.add(Card(number=facts["card"], patron=patron, pin_hash=hash_once(facts["pin"])))
        if address := facts.get("address"):
            unit = self.places[address["at"]]
            self.session.add(Address(patron=patron, text=address["text"], org_unit=unit, note=address.get("note", "")))
        self.session.flush()
        return patron

    def add_record(self, name: str, form: str) -> BibliographicRecord:
        editions = self.works.setdefault(name, {})
        work = next((record.work for record in editions.values()), None) or Work(key=name)
        editions[form] = BibliographicRecord(work=work, title=name, format=form)
        self.session.add(editions[form])
        self.session.flush()
        return editions[form]

    def add_work(self, name: str, editions: Mapping[str, Any]) -> None:
        for form, facts in editions.items():
            record = self.add_record(name, form)
            for barcode, home in facts["items"].items():
                unit = self.places[home]
                status = "reference" if barcode in facts.get("reference", []) else "available"
                item = Item(
                    record=record, barcode=barcode, call_number="I247.5", home=unit, location=unit, status=status
                )
                self.session.add(item)
                self.items[barcode] = item
        self.session.flush()

    # what stands behind the names

    def record(self, name: str) -> BibliographicRecord:
        """ "santi", or "santi/braille"."""
        work, _, form = name.partition("/")
        editions = self.works[work]
        return editions[form] if form else next(iter(editions.values()))

    def hold(self, of: str) -> Hold:
        """The newest hold of "wang/santi"."""
        reader, _, work = of.partition("/")
        statement = select(Hold).where(
            Hold.patron_id == self.readers[reader].id, Hold.work_id == self.record(work).work_id
        )
        found = self.session.scalars(statement.order_by(Hold.id.desc())).first()
        assert found is not None, f"{of} was never asked for"
        return found

    def play(self, steps: list[Mapping[str, Any]]) -> None:
        """Do the steps in order; after each one the invariants must hold."""
        for number, step in enumerate(steps, 1):
            verbs = [word for word in step if word not in ("expect", "refused", "kept")]
            assert len(verbs) == 1, f"step {number}: one verb a step, not {verbs}"
            told = f"step {number}, {verbs[0]} {step[verbs[0]]}"
            self.turns += 1
            self.by = audit.Actor("patron", None, f"turn-{self.turns}")
            answer = self._do(VERBS[verbs[0]], step[verbs[0]], step.get("refused"), told)
            for key, wanted in (step.get("expect") or {}).items():
                assert key in answer, f"{told}: nothing is said of {key}, only {answer}"
                assert answer[key] == wanted, f"{told}: {key} is {answer[key]!r}, not {wanted!r}; {answer}"
            assert not invariants.broken(self.session), f"{told}: {invariants.broken(self.session)}"

    def _do(self, verb: Verb, facts: Any, refused: str | None, told: str) -> Answer:
        point = self.session.begin_nested()
        try:
            answer = verb(self, facts)
        except refusals.Refusal as refusal:
            point.commit() if refusal.kept else point.rollback()
            assert type(refusal).__name__ == refused, f"{told}: refused, {refusal!r}"
            return {name: _plain(value) for name, value in refusal.values.items()}
        point.commit()
        assert refused is None, f"{told}: not refused, but {answer}"
        return answer

    # how an answer is written down

    def of_hold(self, hold: Hold) -> Answer:
        self.session.flush()
        return {
            "status": hold.status,
            "item": hold.item.barcode if hold.item else None,
            "pickup": hold.pickup.code if hold.pickup else None,
            "expected": _plain(holds.expected(self.session, hold, now=self.now)),
            "until": _plain(hold.pickup_until),
            "queue": holds.queue_place(self.session, hold),
        }

    def of_delivery(self, delivery: DeliveryRequest) -> Answer:
        return {
            "status": delivery.status,
            "promised": _plain(delivery.promised_date),
            "window": delivery.window,
            "note": delivery.note,
            "books": [record.title for record in requests.books(self.session, delivery=delivery)],
        }

    def delivery(self, reader: str) -> DeliveryRequest:
        """The reader's newest delivery."""
        statement = select(DeliveryRequest).where(DeliveryRequest.patron_id == self.readers[reader].id)
        return self.session.scalars(statement.order_by(DeliveryRequest.id.desc())).first() or DeliveryRequest()

    def loan(self, barcode: str) -> Loan:
        """The newest loan of the item."""
        statement = select(Loan).where(Loan.item_id == self.items[barcode].id).order_by(Loan.id.desc())
        found = self.session.scalars(statement).first()
        assert found is not None, f"{barcode} was never lent"
        return found

    def actor(self, reader: str) -> audit.Actor:
        """The reader himself, in this step's turn."""
        return audit.Actor("patron", self.readers[reader].id, self.by.turn)


Verb = Callable[[World, Any], Answer]


def _plain(value: object) -> object:
    if isinstance(value, datetime):
        return value.astimezone(ZONE).strftime("%Y-%m-%d %H:%M")
    return value.isoformat() if isinstance(value, date) else value


def _at(world: World, said: str) -> Answer:
    world.now = moment(said)
    return {}


def _close(world: World, facts: Mapping[str, Any]) -> Answer:
    world.session.add(
        Closure(
            org_unit_id=world.places[facts["place"]].id,
            first_day=date.fromisoformat(facts["from"]),
            last_day=date.fromisoformat(facts["to"]),
            reason=facts.get("reason", ""),
        )
    )
    world.session.flush()
    return {}


def _settle(world: World, facts: Mapping[str, Any]) -> Answer:
    """A place settles figures of the policy for itself and all below it; null takes one back."""
    said: Mapping[str, Any] = facts["policy"]
    new = [
        policies.settle(
            world.session,
            place=world.places[facts["place"]],
            name=name,
            said=None if value is None else str(value),
            group=facts.get("group", ""),
            form=facts.get("format", ""),
            now=world.now,
            by=audit.Actor("librarian"),
        )
        for name, value in said.items()
    ]
    return {"changed": any(new)}


def _route(world: World, facts: Mapping[str, Any]) -> Answer:
    stops = [VanStop(position=at, org_unit_id=world.places[one].id) for at, one in enumerate(facts["stops"])]
    world.session.add(VanRoute(code=facts["van"], weekdays=str(facts["weekdays"]), stops=stops))
    world.session.flush()
    return {}


def _arrives(world: World, facts: Mapping[str, Any]) -> Answer:
    """When an item put aside today at `from` lies ready at each of the places."""
    origin = world.places[facts["from"]].id
    days = {
        name: arrival(world.session, to=world.places[name], origin=origin, sent=world.now.date())
        for name in facts["to"]
    }
    return {name: _plain(day) for name, day in days.items()}


def _holidays(world: World, facts: Mapping[str, Any]) -> Answer:
    world.places[facts["place"]].public_holidays = facts["are"]
    world.session.flush()
    return {}


def _opens(world: World, facts: Mapping[str, Any]) -> Answer:
    """Whether a place is open on each of the days, and the holiday for which it is not."""
    place = world.places[facts["place"]]
    return {
        day: "open"
        if opening(world.session, place=place, day=date.fromisoformat(day))
        else holiday_on(world.session, place=place, day=date.fromisoformat(day)) or "closed"
        for day in facts["days"]
    }


def _new_place(world: World, facts: Mapping[str, Any]) -> Answer:
    """Put one more place on the map."""
    world.places[facts["name"]] = world.place(facts["name"], facts)
    return {}


def _close_for(world: World, facts: Mapping[str, Any]) -> Answer:
    """As a librarian closes it: what was promised moves on."""
    closing.close(
        world.session,
        place=world.places[facts["place"]],
        first_day=date.fromisoformat(facts["from"]),
        last_day=date.fromisoformat(facts["to"]),
        now=world.now,
        by=audit.Actor("librarian", None, world.by.turn),
    )
    return {"moved": audit.of_turn(world.session, world.by.turn)[-1].ids["moved"]}


def _place_hold(world: World, facts: Mapping[str, Any]) -> Answer:
    patron = world.readers[facts["reader"]]
    pickup = world.places[facts["pickup"]] if "pickup" in facts else patron.pickup
    assert pickup is not None
    return world.of_hold(
        holds.place(
            world.session,
            patron=patron,
            record_id=world.record(facts["work"]).id,
            pickup=pickup,
            scope=facts.get("only", "work"),
            wanted=world.items[facts["item"]] if "item" in facts else None,
            now=world.now,
            by=world.actor(facts["reader"]),
        )
    )


def _miss(world: World, of: str) -> Answer:
    item = world.items[of]
    sought = missing.miss(world.session, item=item, now=world.now, by=audit.Actor("librarian", None, world.by.turn))
    return {
        "changed": sought.changed,
        "item": item.status,
        "was_ready": sought.was_ready,
        "told": sought.told,
        "instead": sought.hold.item.barcode if sought.hold and sought.hold.item else None,
    }


def _hold(world: World, of: str) -> Answer:
    return world.of_hold(world.hold(of))


def _cancel(world: World, of: str) -> Answer:
    by = world.actor(of.partition("/")[0])
    return world.of_hold(holds.cancel(world.session, hold=world.hold(of), now=world.now, by=by))


def _suspend(world: World, facts: Mapping[str, Any]) -> Answer:
    by = world.actor(facts["hold"].partition("/")[0])
    until = date.fromisoformat(facts["until"])
    return world.of_hold(
        holds.suspend(world.session, hold=world.hold(facts["hold"]), until=until, now=world.now, by=by)
    )


def _resume(world: World, of: str) -> Answer:
    by = world.actor(of.partition("/")[0])
    return world.of_hold(holds.resume(world.session, hold=world.hold(of), now=world.now, by=by))


def _assign(world: World, facts: object) -> Answer:
    return {"chosen": targets.assign(world.session, now=world.now, by=audit.Actor())}


def _check_out(world: World, facts: Mapping[str, Any]) -> Answer:
    loan = loans.check_out(
        world.session,
        item=world.items[facts["item"]],
        patron=world.readers[facts["reader"]],
        place=world.places[facts["at"]],
        now=world.now,
        by=audit.Actor("librarian"),
    )
    return {"due": _plain(loan.due_date), "loan": loan.id}


def _scan(what: str) -> Verb:
    def scan(world: World, facts: Mapping[str, Any]) -> Answer:
        found = returns.scan(
            world.session,
            item=world.items[facts["item"]],
            place=world.places[facts["at"]],
            now=world.now,
            by=audit.Actor("librarian"),
            what=what,
        )
        return {
            "changed": found.changed,
            "item": found.item.status,
            "hold": found.hold.status if found.hold else None,
            "for": found.hold.patron.name if found.hold else None,
            "to": world.session.get_one(OrgUnit, found.transit.to_id).code if found.transit else None,
        }

    return scan


def _renew(world: World, barcode: str) -> Answer:
    loan = world.loan(barcode)
    by = audit.Actor("patron", loan.patron_id, world.by.turn)
    renewed = loans.renew(world.session, loan=loan, now=world.now, by=by)
    return {"due": _plain(renewed.due_date), "renewals": renewed.renewals}


def _renew_all(world: World, reader: str) -> Answer:
    done = loans.renew_all(world.session, patron=world.readers[reader], now=world.now, by=world.actor(reader))
    return {
        one.loan.item.barcode: _plain(one.loan.due_date) if one.refusal is None else type(one.refusal).__name__
        for one in done
    }


def _loan(world: World, barcode: str) -> Answer:
    loan = world.loan(barcode)
    return {"due": _plain(loan.due_date), "out": loan.returned_at is None, "renewals": loan.renewals}


def _item(world: World, barcode: str) -> Answer:
    item = world.items[barcode]
    world.session.refresh(item)
    return {"status": item.status, "at": item.location.code}


def _promise(world: World, facts: Mapping[str, Any]) -> Answer:
    found = requests.promise(
        world.session, patron=world.readers[facts["reader"]], record_id=world.record(facts["work"]).id, now=world.now
    )
    return {"date": _plain(found.date), "certain": found.certain, "window": found.window, "free": found.fee_free}


def _order(world: World, facts: Mapping[str, Any]) -> Answer:
    return world.of_delivery(
        requests.request(
            world.session,
            patron=world.readers[facts["reader"]],
            record_ids=[world.record(work).id for work in facts["works"]],
            now=world.now,
            by=world.actor(facts["reader"]),
            chance=random.Random(7),
        )
    )


def _change_order(world: World, facts: Mapping[str, Any]) -> Answer:
    patron = world.readers[facts["reader"]]
    return world.of_delivery(
        requests.change(
            world.session,
            delivery=world.delivery(facts["reader"]),
            date=date.fromisoformat(facts["date"]) if "date" in facts else None,
            address=next((one for one in patron.addresses if one.text == facts.get("to")), None),
            note=facts.get("note"),
            now=world.now,
            by=world.actor(facts["reader"]),
        )
    )


def _fetch(world: World, reader: str) -> Answer:
    patron = world.readers[reader]
    out = loans.of_patron(world.session, patron=patron)
    by = world.actor(reader)
    return world.of_delivery(requests.fetch(world.session, patron=patron, loans=out, now=world.now, by=by))


def _with_delivery(act: Callable[..., object]) -> Verb:
    """`act` on the newest delivery of a reader: his name, or {reader, states: {barcode: state}}."""

    def verb(world: World, facts: str | Mapping[str, Any]) -> Answer:
        reader = facts if isinstance(facts, str) else facts["reader"]
        said = {} if isinstance(facts, str) else facts["states"]
        more = {"states": {world.items[barcode].id: state for barcode, state in said.items()}} if said else {}
        delivery = world.delivery(reader)
        act(world.session, delivery=delivery, now=world.now, by=world.actor(reader), **more)
        return world.of_delivery(delivery)

    return verb


def _condition(world: World, facts: Mapping[str, Any]) -> Answer:
    """The state in which a copy is (looked at as it comes back, where `returned` says how), and who answers for it."""
    item, by = world.items[facts["item"]], audit.Actor("librarian", None, world.by.turn)
    if "returned" in facts:
        conditions.note(world.session, item=item, moment="returned", state=facts["returned"], now=world.now, by=by)
    state = conditions.state_of(world.session, item=item)
    return {"state": state, "borne_by": conditions.borne_by(world.session, item=item)}


def _renew_themselves(world: World, facts: object) -> Answer:
    """The job that renews what readers have chosen to be renewed by itself."""
    ids = by_itself.due(world.session, now=world.now)
    told = [by_itself.renew_one(world.session, loan_id=id, renew=loans.renew, now=world.now) for id in ids]
    return {"told": sum(told)}


def _show_delivery(world: World, reader: str) -> Answer:
    return world.of_delivery(world.delivery(reader))


def _undo(world: World, reader: str) -> Answer:
    patron = world.readers[reader]
    entry = catalog.undo.last_done(world.session, patron_id=patron.id, now=world.now)
    if entry is None:
        raise refusals.NothingToUndo()
    catalog.undo.undo(world.session, entry=entry, patron=patron, now=world.now, by=world.actor(reader))
    return {"what": entry.what}


def _join(world: World, facts: Mapping[str, Any]) -> Answer:
    patron, event = world.readers[facts["reader"]], world.events[facts["event"]]
    events.join(world.session, patron=patron, event=event, now=world.now, by=world.actor(facts["reader"]))
    return {"left": events.seats_left(world.session, event=event)}


def _leave(world: World, facts: Mapping[str, Any]) -> Answer:
    patron, event = world.readers[facts["reader"]], world.events[facts["event"]]
    events.leave(world.session, patron=patron, event=event, now=world.now, by=world.actor(facts["reader"]))
    return {"left": events.seats_left(world.session, event=event)}


def _events(world: World, facts: Mapping[str, Any]) -> Answer:
    near = world.places[facts["near"]] if "near" in facts else None
    found = events.coming(world.session, now=world.now, near=near, topic=facts.get("topic", ""))
    return {"events": [event.title for event in found]}


def _prefer(world: World, facts: Mapping[str, Any]) -> Answer:
    patron = world.readers[facts["reader"]]
    by = world.actor(facts["reader"])
    preferences.change(world.session, patron=patron, name=facts["name"], value=facts["value"], now=world.now, by=by)
    return {"value": preferences.preference(patron, facts["name"])}


def _preference(world: World, facts: Mapping[str, Any]) -> Answer:
    return {"value": preferences.preference(world.readers[facts["reader"]], facts["name"])}


def _gather(world: World, facts: object) -> Answer:
    return {"new": notices.gather(world.session, now=world.now)}


def _send(world: World, facts: object) -> Answer:
    """What a relay does: what is due is checked again, and sent or dropped."""
    sent: dict[str, list[str]] = {}
    dropped = 0
    names = {patron.id: name for name, patron in world.readers.items()}
    for patron_id, found in notices.due(world.session, now=world.now).items():
        for notice in found:
            if notices.still_true(world.session, notice, now=world.now):
                notices.mark_sent(world.session, [notice], now=world.now)
                sent.setdefault(names[patron_id], []).append(notice.kind)
            else:
                notices.drop(world.session, notice, reason="untrue")
                dropped += 1
    return {"sent": sent, "dropped": dropped}


def _announce(world: World, facts: Mapping[str, Any]) -> Answer:
    made = broadcasts.draft(
        world.session,
        library=world.places[facts.get("library", "county")],
        text=facts["text"],
        topic=facts.get("topic", ""),
        places=[world.places[name] for name in facts.get("places", [])],
        librarian=world.librarians[facts["by"]],
        now=world.now,
        by=world.by,
    )
    names = {patron.id: name for name, patron in world.readers.items()}
    return {
        "number": made.id,
        "status": made.status,
        "readers": [names[one.id] for one in broadcasts.audience(world.session, broadcast=made)],
    }


def _broadcast(world: World) -> Broadcast:
    """The newest one."""
    return world.session.scalars(select(Broadcast).order_by(Broadcast.id.desc())).first() or Broadcast()


def _approve(world: World, by: str) -> Answer:
    librarian = world.librarians[by]
    found = broadcasts.approve(
        world.session, broadcast=_broadcast(world), librarian=librarian, now=world.now, by=world.by
    )
    return {"status": found.status}


def _announced(world: World, by: str) -> Answer:
    librarian = world.librarians[by]
    new = broadcasts.send(world.session, broadcast=_broadcast(world), librarian=librarian, now=world.now, by=world.by)
    return {"readers": new, "told": broadcasts.told(world.session, broadcast=_broadcast(world))}


def _recall(world: World, by: str) -> Answer:
    librarian = world.librarians[by]
    withdrawn, told = broadcasts.recall(
        world.session, broadcast=_broadcast(world), librarian=librarian, now=world.now, by=world.by
    )
    return {"withdrawn": withdrawn, "told": told}


def _live(world: World, facts: Mapping[str, Any]) -> Answer:
    """Give the reader an address, of those that the round of `at` goes to."""
    patron, unit = world.readers[facts["reader"]], world.places[facts["at"]]
    world.session.add(Address(patron=patron, text=facts["text"], org_unit=unit))
    world.session.flush()
    return {}


def _round(world: World, facts: Mapping[str, Any]) -> Answer:
    stops = sheets.round_of(world.session, place=world.places[facts["at"]], day=date.fromisoformat(facts["day"]))
    return {
        "doors": [one.delivery.address_text for one in stops],
        "first": [one.delivery.address_text for one in stops if one.first_visit],
        "brings": [[f"{book.record.title} {book.here}" for book in one.brings] for one in stops],
        "takes": [[book.barcode for book in one.takes] for one in stops],
    }


def _picks(world: World, place: str) -> Answer:
    found = sheets.picks(world.session, place=world.places[place])
    return {
        "items": [one.item.barcode for one in found],
        "to": [one.to.code if one.to else "here" for one in found],
        "by_round": [one.delivery is not None for one in found],
    }


def _enlist(world: World, facts: Mapping[str, Any]) -> Answer:
    one = errands.enlist(
        world.session,
        patron=world.readers[facts["reader"]],
        place=world.places[facts["at"]],
        dialects=facts.get("dialects", ["zh-CN"]),
        weekdays=facts.get("weekdays", ""),
        now=world.now,
        by=audit.Actor("librarian"),
    )
    return {"dialects": one.dialects}


def _offer(world: World, facts: object) -> Answer:
    new = errands.offer(world.session, now=world.now)
    open_ = world.session.scalars(select(Errand).where(Errand.status == "offered").order_by(Errand.id))
    return {"new": new, "to": [one.volunteer.name for one in open_]}


def _answer_errand(act: Callable[..., Errand], **more: int) -> Verb:
    def verb(world: World, reader: str) -> Answer:
        me = errands.volunteer_of(world.session, patron=world.readers[reader])
        assert me is not None
        newest = select(Errand).where(Errand.volunteer_id == me.id).order_by(Errand.id.desc())
        errand = world.session.scalars(newest).first()
        assert errand is not None
        act(world.session, errand=errand, now=world.now, by=world.actor(reader), **more)
        given = errands.minutes_given(world.session, volunteer=me)
        going = [one.name for one in errands.going(world.session, errand.delivery)]
        return {"status": errand.status, "minutes": given, "going": going}

    return verb


def _profile(world: World, facts: Mapping[str, Any]) -> Answer:
    held = profiles.set_up(
        world.session,
        patron=world.readers[facts["reader"]],
        every_days=facts["every"],
        subjects=["history"],
        now=world.now,
        by=world.actor(facts["reader"]),
    )
    return {"next": _plain(held.next_on)}


def _end_profile(world: World, reader: str) -> Answer:
    held = profiles.of_patron(world.session, patron=world.readers[reader])
    if held is not None:
        profiles.end(world.session, profile=held, now=world.now, by=world.actor(reader))
    return {"ended": held is not None}


def _choose(world: World, works: list[str]) -> Answer:
    """What is chosen for each reader for whom it is time, of these works, the likeliest first."""
    ids = [world.record(work).id for work in works]
    due = profiles.due(world.session, now=world.now)
    chosen = {
        one.patron.name: profiles.choose(world.session, profile=one, candidates=ids, now=world.now) for one in due
    }
    return {"chosen": {name: parcel.record.title if parcel else None for name, parcel in chosen.items()}}


def _veto(world: World, reader: str) -> Answer:
    parcel = profiles.waiting(world.session, patron=world.readers[reader])
    if parcel is None:
        raise refusals.NotFound(what="record")
    profiles.veto(world.session, parcel=parcel, now=world.now, by=world.actor(reader))
    return {}


def _order_due(world: World, facts: object) -> Answer:
    ids = profiles.to_order(world.session, now=world.now)
    chance = random.Random(7)
    done = [profiles.order_due(world.session, parcel_id=id, now=world.now, chance=chance) for id in ids]
    return {"ordered": sum(done)}


def _delegate(world: World, facts: Mapping[str, Any]) -> Answer:
    desk = audit.Actor("librarian", world.readers[facts["reader"]].id)
    held = delegation.delegate(
        world.session,
        patron=world.readers[facts["reader"]],
        delegate=world.readers[facts["to"]],
        scope=facts.get("scope", "borrow"),
        expires_on=date.fromisoformat(facts["until"]) if "until" in facts else None,
        now=world.now,
        by=desk if facts.get("at_the_desk") else world.actor(facts["reader"]),
    )
    return {"scope": held.scope, "until": _plain(held.expires_on)}


def _revoke(world: World, reader: str) -> Answer:
    for held in delegation.in_force(world.session, patron=world.readers[reader], now=world.now):
        delegation.revoke(world.session, delegation=held, now=world.now, by=world.actor(reader))
    return {}


def _may_act(world: World, reader: str) -> Answer:
    held = delegation.held_by(world.session, delegate=world.readers[reader], now=world.now)
    return {"for": [one.patron.name for one in held]}


def _acts(world: World, facts: Mapping[str, Any]) -> Answer:
    """What `to` does for `reader`: a hold placed; who was told, and what the trail says."""
    patron, other = world.readers[facts["reader"]], world.readers[facts["to"]]
    held = delegation.held_by(world.session, delegate=other, now=world.now)[0]
    by = audit.Actor("patron", patron.id, world.by.turn, other.id)
    record = world.record(facts["holds"])
    pickup = patron.pickup or patron.home
    holds.place(world.session, patron=patron, record_id=record.id, pickup=pickup, now=world.now, by=by)
    delegation.acted(world.session, delegation=held, turn=by.turn, now=world.now)
    entry = audit.of_turn(world.session, by.turn)[-1]
    return {"what": entry.what, "for": patron.name, "by": world.session.get_one(Patron, entry.delegate_id).name}


def _verify(world: World, facts: Mapping[str, Any]) -> Answer:
    found = cards.verify(
        world.session, number=facts["card"], pin=facts["pin"], sender=facts.get("from", "here"), now=world.now
    )
    return {"reader": found.name}


def _availability(world: World, facts: Mapping[str, Any]) -> Answer:
    patron = world.readers[facts["reader"]] if "reader" in facts else None
    work_id = world.record(facts["work"]).work_id
    found = availability.of_work(world.session, work_id=work_id, patron=patron, now=world.now)
    return {
        "copies": [f"{one.place.code} {one.format} {one.available}/{one.total}" for one in found.copies],
        "queue": found.queue,
        "formats": list(found.usable_formats),
        "pickup": _plain(found.soonest_pickup),
        "home": _plain(found.soonest_home),
        "estimated": found.estimated,
    }


def _listen(world: World, facts: Mapping[str, Any]) -> Answer:
    patron = world.readers[facts["reader"]] if "reader" in facts else None
    by = audit.Actor("patron", patron.id if patron else None, world.by.turn)
    found = playing.link(world.session, patron=patron, record_id=world.record(facts["work"]).id, now=world.now, by=by)
    return {"position": found.position, "label": found.label_accessible}


def _stop(world: World, facts: Mapping[str, Any]) -> Answer:
    patron, record = world.readers[facts["reader"]], world.record(facts["work"])
    playing.keep_position(world.session, patron=patron, record_id=record.id, seconds=facts["seconds"], now=world.now)
    last = playing.last_played(world.session, patron=patron)
    return {"last": last.record.title if last else None}


def _forget(world: World, reader: str) -> Answer:
    patron = world.readers[reader]
    privacy.forget(world.session, patron=patron, now=world.now, by=world.actor(reader))
    kept = privacy.export(world.session, patron=patron, now=world.now, by=world.actor(reader))
    return {
        "name": kept["patron"]["name"],
        "cards": kept["cards"],
        "addresses": [one["text"] for one in kept["addresses"]],
    }


def _trail(world: World, what: str) -> Answer:
    """How many rows of a kind the trail holds."""
    entries = world.session.scalars(select(audit.AuditEntry).where(audit.AuditEntry.what == what))
    return {"count": len(entries.all())}


def _done(world: World, facts: object) -> Answer:
    """What the step before did, as `done` tells it."""
    rows = audit.of_turn(world.session, f"turn-{world.turns - 1}")
    return {"what": [row.what for row in rows if row.what in audit.DONE], "ids": sorted(rows[-1].ids) if rows else []}


VERBS: Mapping[str, Verb] = {
    "settle": _settle,
    "route": _route,
    "arrives": _arrives,
    "holidays": _holidays,
    "opens": _opens,
    "new_place": _new_place,
    "at": _at,
    "close": _close,
    "close_for": _close_for,
    "place_hold": _place_hold,
    "miss": _miss,
    "hold": _hold,
    "cancel": _cancel,
    "suspend": _suspend,
    "resume": _resume,
    "assign": _assign,
    "check_out": _check_out,
    "check_in": _scan("checked_in"),
    "receive": _scan("received"),
    "capture": _scan("captured"),
    "renew": _renew,
    "renew_themselves": _renew_themselves,
    "condition": _condition,
    "renew_all": _renew_all,
    "loan": _loan,
    "item": _item,
    "promise": _promise,
    "order": _order,
    "change_order": _change_order,
    "cancel_order": _with_delivery(requests.cancel),
    "fetch": _fetch,
    "dispatch": _with_delivery(rounds.dispatch),
    "deliver": _with_delivery(rounds.deliver),
    "missed": _with_delivery(rounds.missed),
    "collected": _with_delivery(rounds.collected),
    "delivery": _show_delivery,
    "undo": _undo,
    "join": _join,
    "leave": _leave,
    "events": _events,
    "prefer": _prefer,
    "live": _live,
    "trail": _trail,
    "profile": _profile,
    "end_profile": _end_profile,
    "choose": _choose,
    "veto": _veto,
    "order_due": _order_due,
    "enlist": _enlist,
    "offer_errands": _offer,
    "go": _answer_errand(errands.accept),
    "not_go": _answer_errand(errands.decline),
    "been_there": _answer_errand(errands.report, minutes=90),
    "round": _round,
    "picks": _picks,
    "delegate": _delegate,
    "revoke": _revoke,
    "may_act": _may_act,
    "acts": _acts,
    "preference": _preference,
    "gather": _gather,
    "send": _send,
    "announce": _announce,
    "approve": _approve,
    "announced": _announced,
    "recall": _recall,
    "verify": _verify,
    "availability": _availability,
    "listen": _listen,
    "stop": _stop,
    "forget": _forget,
    "done": _done,
}
