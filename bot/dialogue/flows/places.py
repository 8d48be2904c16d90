"""Places: opening hours just now, today and tomorrow, address, telephone, and which one is nearest."""

from __future__ import annotations

from datetime import datetime, time, timedelta

from sqlalchemy import select

from bot.dialogue import naming
from bot.dialogue.flows import which
from bot.dialogue.named import named, says
from bot.dialogue.turn import PAGE, Turn
from bot.messages import Phone, Reply, Several, Text, Utterance, Value, Word
from bot.understanding import understand
from bot.understanding.meaning import Moment
from catalog.organisation import directory
from catalog.organisation.calendar import closure_on, holiday_on, next_open_day, opening, week
from catalog.organisation.tables import OrgUnit

NEAREST = "nearest"
"""The topic of a question for the place that is nearest."""
MORNING = time(9)
"""When a place opens of which no hours are known."""
ACCESS = ("ramp", "lift", "braille_room", "hearing_loop")
"""What a place can have for those who walk, see or hear badly."""
PICKUP = "pickup"
"""The topic of a question for the places where books can be collected."""


def branch_info(turn: Turn) -> Reply:
    """The place named, else the reader's own, else the first of the union."""
    phrase = turn.phrase("place") or turn.phrase("library")
    if (here := which.point(turn)) is not None:
        return _nearest(turn, here)
    place = which.place(turn)
    own = turn.own_place
    if named(turn, "place") == PICKUP and which.place(turn) is None:
        return _mine(turn) or _pickup_points(turn)
    if named(turn, "place") == NEAREST:
        near = place or own
        if near is not None:
            return _nearest(turn, near)
    named_in_vain = phrase is not None and place is None and phrase.text not in directory.KINDS_SAID
    if phrase is not None and named_in_vain and turn.day() is None and not _is_a_day(turn, phrase.text):
        known = own or first(turn)
        text = Text("no-such-place", {"place": phrase.text or phrase.syllables})
        return Reply((text, *_said(turn, known))) if known else Reply((text,))
    place = place or own or first(turn)
    if place is None:
        return Reply((Text("no-places"),))
    return Reply(_said(turn, place))


def chosen(turn: Turn, id: int) -> Reply:
    """One place of a list."""
    turn.state.state = "idle"
    return Reply(_said(turn, turn.session.get_one(OrgUnit, id)))


def page(turn: Turn, texts: tuple[Text, ...]) -> Reply:
    """The page of the places on offer."""
    offered = turn.state.offered
    assert offered is not None
    shown = [turn.session.get_one(OrgUnit, id) for id in turn.offer("places", offered.ids, page=offered.page)]
    more = len(offered.ids) > (offered.page + 1) * PAGE
    return Reply(texts, tuple(_line(turn, one) for one in shown), (Text("ask-more" if more else "ask-which-place"),))


def opening_texts(turn: Turn, place: OrgUnit) -> list[Text]:
    """When a place is open today, or when next; and the telephone where it has one."""
    name = naming.place(turn, place)
    today, tomorrow = turn.today, turn.today + timedelta(1)
    values: dict[str, Value] = {
        "place": name,
        "today": naming.hours(turn, place, today),
        "tomorrow": naming.hours(turn, place, tomorrow),
    }
    texts = [Text("place-hours", values)]
    if not opening(turn.session, place=place, day=today) and not opening(turn.session, place=place, day=tomorrow):
        texts = [
            Text("place-closed-until", {"place": name, "day": next_open_day(turn.session, place=place, after=today)})
        ]
    closure = closure_on(turn.session, place=place, day=today)
    if closure is not None and closure.reason:
        texts.append(Text("place-closed-why", {"reason": closure.reason}))
    elif closure is None and (holiday := holiday_on(turn.session, place=place, day=today)) is not None:
        texts.append(Text("place-closed-why", {"reason": Word(f"holiday-{holiday.replace('_', '-')}")}))
    return texts


def next_opening(turn: Turn, place: OrgUnit) -> datetime:
    """When a place that is closed just now opens next."""
    day = turn.today
    spans = [one for one in opening(turn.session, place=place, day=day) if one[0] > turn.local.time()]
    if not spans:
        day = next_open_day(turn.session, place=place, after=day)
        spans = opening(turn.session, place=place, day=day)
    return datetime.combine(day, spans[0][0] if spans else MORNING, turn.services.zone)


def _said(turn: Turn, place: OrgUnit) -> tuple[Text, ...]:
    """What was asked of a place: its telephone, its address, a day, just now; else all of it."""
    if says(turn, "asks_phone") and not says(turn, "asks_hours") and place.phone:
        return (Text("place-phone-of", {"place": naming.place(turn, place), "phone": Phone(place.phone)}),)
    texts = _hours(turn, place)
    if place.address:
        texts.append(Text("place-address", {"address": place.address}))
    if place.phone:
        texts.append(Text("place-phone", {"phone": Phone(place.phone)}))
    known = [Word(f"access-{one.replace('_', '-')}") for one in place.access if one in ACCESS]
    if known:
        texts.append(Text("place-access", {"access": Several(tuple(known))}))
    return tuple(texts)


def _hours(turn: Turn, place: OrgUnit) -> list[Text]:
    """When it is open: on the day that was asked about, just now, or today and tomorrow."""
    name, wanted, now = naming.place(turn, place), turn.day(), turn.local.time()
    if wanted is not None and wanted > turn.today:
        hours = naming.hours(turn, place, wanted)
        if wanted == turn.today + timedelta(1):
            return [Text("place-hours-tomorrow", {"place": name, "hours": hours})]
        return [Text("place-hours-on", {"place": name, "day": wanted, "hours": hours})]
    spans = opening(turn.session, place=place, day=turn.today)
    closes = next((ends for begins, ends in spans if begins <= now < ends), None)
    if closes is not None and says(turn, "asks_now"):
        return [Text("place-open-now", {"place": name, "closes": closes})]
    if spans and closes is None and (says(turn, "asks_now") or now >= spans[-1][1]):
        return [Text("place-shut-now", {"place": name, "moment": next_opening(turn, place)})]
    texts = opening_texts(turn, place)
    if spans and closes is None:
        later = next_opening(turn, place)
        texts.append(Text("place-not-yet") if now < spans[0][0] else Text("place-again-at", {"moment": later}))
    return texts


def _is_a_day(turn: Turn, words: str) -> bool:
    """Whether what was taken for a place is a day ("tomorrow")."""
    moment = Moment("asking", frozenset({"date"}), (), "branch_info")
    return "date" in understand(Utterance(words), locale=turn.locale, moment=moment, today=turn.today).slots


def _mine(turn: Turn) -> Reply | None:
    """Where this reader's own books are to be collected, if that was asked and some are put aside."""
    if turn.patron is None or not says(turn, "where_mine"):
        return None
    return turn.go_on_with("list_holds") if turn.services.library.holds(turn.session, patron=turn.patron) else None


def _pickup_points(turn: Turn) -> Reply:
    """Where books can be collected: how many places, the nearest of them first."""
    points = directory.pickup_points(turn.session, near=turn.own_place)
    turn.offer("places", [one.id for one in points])
    own = turn.patron.pickup if turn.patron else None
    texts = [Text("pickup-points-count", {"count": len(points)})]
    if own is not None:
        texts.append(Text("pickup-points-own", {"place": naming.place(turn, own)}))
    return page(turn, tuple(texts))


def _nearest(turn: Turn, near: OrgUnit | directory.Point) -> Reply:
    """The places nearest to a place (that place itself first), or to where the reader says he is."""
    itself = [near] if isinstance(near, OrgUnit) else []
    others = directory.nearest(turn.session, to=near, pickup_only=not itself, limit=PAGE - len(itself))
    found = [*itself, *(unit for unit, _ in others)]
    turn.offer("places", [one.id for one in found])
    return Reply((Text("places-near"),), tuple(_line(turn, one) for one in found), (Text("ask-which-place"),))


def _line(turn: Turn, one: OrgUnit) -> Text:
    """A place in a list: what counts for who wants to go there now is whether it is open."""
    name, now = naming.place(turn, one), turn.local.time()
    spans = opening(turn.session, place=one, day=turn.today)
    closes = next((ends for begins, ends in spans if begins <= now < ends), None)
    if closes is not None:
        return Text("choice-place-open", {"place": name, "closes": closes})
    if week(turn.session, place=one):
        return Text("choice-place-shut", {"place": name, "moment": next_opening(turn, one)})
    hours: Word = naming.hours(turn, one, turn.today)
    return Text("choice-place-hours", {"place": name, "hours": hours})


def first(turn: Turn) -> OrgUnit | None:
    """The union's first library with a counter of its own."""
    statement = select(OrgUnit).where(OrgUnit.kind == "library", OrgUnit.is_pickup).order_by(OrgUnit.id.desc())
    return turn.session.scalars(statement).first()
