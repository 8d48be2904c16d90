"""What is said of one book: who wrote it, where its copies are, when this reader can have one, and what can be done."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import bindparam, select

from bot.dialogue import naming
from bot.dialogue.turn import Turn
from bot.messages import Reply, Several, Text, Value
from bot.understanding.meaning import Meaning
from catalog.audiobooks import playing
from catalog.circulation import availability
from catalog.circulation.availability import Availability, CopiesAt
from catalog.circulation.tables import Loan
from catalog.organisation import directory
from catalog.organisation.calendar import delivery_date
from catalog.records.tables import BibliographicRecord

PLACES = 3
"""How many places with copies are named, the nearest first."""
SHORT = {"play_audiobook": "play", "request_delivery": "home", "place_hold": "shelf", "renew": "renew"}
OFFERS = {
    **{"play_audiobook": "choice-play", "request_delivery": "choice-deliver", "place_hold": "choice-pick-up"},
    "renew": "choice-renew",
}


_RECORDS = select(BibliographicRecord).where(BibliographicRecord.id.in_(bindparam("ids", expanding=True)))


def records(turn: Turn, ids: Sequence[int]) -> list[BibliographicRecord]:
    """The records of `ids`, in that order."""
    found = turn.session.scalars(_RECORDS, {"ids": list(ids)})
    by_id = {record.id: record for record in found}
    return [by_id[id] for id in ids if id in by_id]


def availabilities(turn: Turn, some: Sequence[BibliographicRecord]) -> dict[int, Availability]:
    """Where and when, by work id."""
    return turn.services.library.availability(
        turn.session, work_ids={record.work_id for record in some}, patron=turn.patron, now=turn.now
    )


def found_one(turn: Turn, id: int, opening: tuple[Text, ...]) -> Reply:
    """The one book that was meant, with what can be done with it."""
    turn.state.chosen = id
    record = turn.session.get_one(BibliographicRecord, id)
    had = availabilities(turn, [record])[record.work_id]
    loan = _at_home(turn, record)
    offered = _offers(turn, record, had, loan)
    turn.state.choices = [Meaning("choose", {"ordinal": 1}), *(Meaning(intent) for intent in offered)][:PLACES]
    values = {"title": naming.title(record), "author": naming.people(record.authors)}
    first = Text("choice-the-book", {**values, "format": naming.form(record.format)})
    choices = (first, *(Text(OFFERS[intent]) for intent in offered))[:PLACES]
    to_fetch = turn.meaning.intent == "find_audiobook" and record.format == "audiobook" and not playable(turn, record)
    state = (*((Text("not-to-hear-here"),) if to_fetch else ()), *_when(turn, record, loan))
    return Reply(opening or (Text("found-one"),), choices, (*state, *question(offered[: PLACES - 1])))


def playable(turn: Turn, record: BibliographicRecord) -> bool:
    """Whether there is a recording of it that can be played here."""
    return playing.recording_of(turn.session, record_id=record.id) is not None


def book(turn: Turn, id: int) -> Reply:
    """All that matters of one book."""
    record = turn.session.get(BibliographicRecord, id)
    if record is None:
        return Reply((Text("refusal-not-found", {"what": "record"}),))
    turn.state.chosen = id
    had = availabilities(turn, [record])[record.work_id]
    values: dict[str, Value] = {"title": naming.title(record), "author": naming.people(record.authors)}
    texts = [Text("details-book", {**values, "format": naming.form(record.format)})]
    if record.publisher and record.year:
        texts.append(Text("details-edition", {"publisher": record.publisher, "year": str(record.year)}))
    others = [one for one in had.usable_formats if one != record.format]
    if others:
        texts.append(Text("details-formats", {"formats": naming.forms(others)}))
    texts += where(turn, record, had)
    loan = _at_home(turn, record)
    texts += _when(turn, record, loan)
    offered = _offers(turn, record, had, loan)[:PLACES]
    turn.state.choices = [Meaning(intent) for intent in offered]
    turn.state.state = "choosing" if offered else "idle"
    return Reply(tuple(texts), tuple(Text(OFFERS[intent]) for intent in offered), question(offered))


def of_edition(record: BibliographicRecord, had: Availability) -> list[CopiesAt]:
    """The copies in the edition's format; those in any format where it has none itself."""
    return [copies for copies in had.copies if copies.format == record.format] or list(had.copies)


def where(turn: Turn, record: BibliographicRecord, had: Availability) -> list[Text]:
    """The places with a copy on the shelf, the nearest first; or that every copy is out."""
    same = of_edition(record, had)
    units = list({copies.place.id: copies.place for copies in same if copies.available}.values())
    if not units:
        out = sum(copies.total for copies in same)
        heard_here = record.format == "audiobook" and playable(turn, record)
        return [Text("details-all-out", {"count": out, "queue": had.queue})] if out and not heard_here else []
    home = turn.own_place
    if home:
        near = {unit.id: number for number, unit in enumerate(directory.pickup_points(turn.session, near=home))}
        units.sort(key=lambda unit: near.get(unit.id, len(near)))
    named = Several(tuple(naming.place(turn, unit) for unit in units[:PLACES]))
    return [Text("details-where", {"places": named, "more": max(0, len(units) - PLACES)})]


def _when(turn: Turn, record: BibliographicRecord, loan: Loan | None) -> list[Text]:
    """When this reader can have it, at his pick-up location and at his door."""
    patron = turn.patron
    if patron is None:
        return []
    if loan is not None:
        return [Text("details-yours", {"day": loan.due_date})]
    address = patron.door
    places = [one for one in (patron.pickup, address.org_unit if address else None) if one is not None]
    ready = availability.at_places(turn.session, record=record, patron=patron, places=places, now=turn.now)
    at_pickup, sure = ready[patron.pickup.id] if patron.pickup is not None else (None, False)
    at_home, sure_at_home = ready[address.org_unit.id] if address is not None else (None, False)
    if at_home is not None and address is not None:
        at_home = delivery_date(turn.session, place=address.org_unit, now=turn.now, ready=at_home)
    how: Value = "sure" if sure or sure_at_home else "estimated"
    place = naming.place(turn, patron.pickup) if patron.pickup is not None else ""
    if at_pickup is not None and at_home is not None:
        values: dict[str, Value] = {"place": place, "day": at_pickup, "home": at_home, "how": how}
        return [Text("details-when", values)]
    if at_pickup is not None:
        return [Text("details-at-pickup", {"place": place, "day": at_pickup, "how": how})]
    if at_home is not None:
        return [Text("details-at-home", {"day": at_home, "how": how})]
    if record.format != "audiobook":
        return [Text("details-nobody-knows")]
    return []


def _at_home(turn: Turn, record: BibliographicRecord) -> Loan | None:
    """This reader's loan of the work, if he has it at home."""
    loans = turn.services.library.loans(turn.session, patron=turn.patron) if turn.patron else []
    return next((one for one in loans if one.item.record.work_id == record.work_id), None)


def _offers(turn: Turn, record: BibliographicRecord, had: Availability, loan: Loan | None) -> list[str]:
    """What can be done with the book, as intents: the best for this reader first."""
    offered = ["request_delivery", "place_hold"] if had.usable_formats else []
    if offered and loan is not None:
        offered = ["renew"]
    if playable(turn, record):
        listens = record.format == "audiobook" or (turn.patron is not None and "audiobook" in turn.patron.formats[:1])
        offered.insert(0 if listens or not offered else len(offered), "play_audiobook")
    return offered


def question(offered: Sequence[str]) -> tuple[Text, ...]:
    """What is asked after a book was described."""
    if not offered:
        return (Text("question-nothing-to-do"),)
    return (Text(f"question-{'-'.join(SHORT[one] for one in offered)}"),)
