"""What a reader is owed to be told, as one message; an answer of one word then renews what it named.

Titles are named only where the reader wants it (Public Library Law art. 43): a message may be read by others. The
rules of who is owed what, and whether it still holds, stand in catalog.outreach.notices.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from datetime import date, datetime, timedelta

from sqlalchemy.orm import Session

from bot import locales, rendering
from bot.dialogue import changed, naming
from bot.dialogue.flows import ABILITIES, correcting, delivering, events, volunteering
from bot.dialogue.services import Services
from bot.dialogue.state import DialogueState, Pending, Talk
from bot.dialogue.turn import YES_NO, Turn
from bot.locales import Locale
from bot.messages import Message, Reply, Several, Text, Value, Word
from bot.understanding.meaning import Meaning
from catalog import audit
from catalog.circulation.tables import Hold, Loan
from catalog.connectors.queue import QueuedWish
from catalog.delivery.tables import DeliveryRequest, Errand, Parcel
from catalog.organisation.tables import Closure, OrgUnit
from catalog.outreach.tables import Broadcast, Event, Notice
from catalog.patrons.preferences import preference
from catalog.patrons.tables import Delegation, Patron

ANNOUNCED = ("broadcast", "broadcast_recalled")
BESIDE = timedelta(minutes=2)
"""What is pushed so soon after an answer says how to answer it and asks nothing: a yes may belong to that answer."""
WISHES = ("wish_done", "wish_refused")
EVENTS = {"event_off": "notice-event-off", "event_moved": "notice-event-moved"}
DELEGATIONS = ("delegated", "delegated_to", "delegation_revoked", "acted_for")


def say(
    session: Session, *, patron: Patron, notices: Sequence[Notice], now: datetime, services: Services, talk: Talk
) -> Message:
    """One message for all `notices` of `patron`; the loans it names become what 续借 means in `talk`."""
    state = DialogueState.from_json(talk.state or {})
    locale = locales.load(locales.nearest(talk.locale or patron.locale))
    turn = Turn(session, talk, state, Meaning("none"), patron, services, now, "", locale, ABILITIES)
    named = bool(preference(patron, "titles_in_pushes"))
    due = _loans(session, notices, "due_soon")
    overdue = _loans(session, notices, "overdue")
    holds = [session.get_one(Hold, one.about["hold"]) for one in notices if one.kind == "hold_ready"]
    coming = [
        session.get_one(DeliveryRequest, one.about["delivery"]) for one in notices if one.kind == "delivery_coming"
    ]
    texts = [
        *_overdue(overdue, named),
        *_due(due, named),
        *_ready(turn, holds, named),
        *(text for one in coming for text in _coming(one)),
        *(
            announced(locale, session.get_one(Broadcast, one.about["broadcast"]))
            for one in notices
            if one.kind in ANNOUNCED
        ),
        *(_delegation(turn, one, named) for one in notices if one.kind in DELEGATIONS),
    ]
    texts += changed.texts(turn, notices, named=named)
    texts += [text for one in notices if one.kind == "place_closed" for text in _closed(turn, one)]
    texts += [_wish(turn, one, named) for one in notices if one.kind in WISHES]
    texts += [_event(turn, one) for one in notices if one.kind in EVENTS]
    off = [session.get_one(Errand, one.about["errand"]) for one in notices if one.kind == "errand_off"]
    texts += [
        Text("notice-errand-off", {"place": naming.place(turn, one.address.org_unit), "day": one.day}) for one in off
    ]
    offered = [session.get_one(Errand, one.about["errand"]) for one in notices if one.kind == "errand_offered"]
    texts += [Text("errand-offers", {"count": len(offered)})] if len(offered) > 1 else []
    texts += [text for one in offered[:1] for text in volunteering.offer(turn, one)]
    given_up = [session.get_one(Parcel, one.about["parcel"]) for one in notices if one.kind == "parcel_given_up"]
    texts += [_given_up(one, named) for one in given_up]
    parcels = [session.get_one(Parcel, one.about["parcel"]) for one in notices if one.kind == "parcel_chosen"]
    texts += [_parcel(one, named) for one in parcels]
    focus = [one.id for one in (*overdue, *due)] if state.acting is None else []  # "renew" is the other's just now
    state.focus = focus or state.focus
    offer = hashlib.blake2s("-".join(str(one.id) for one in notices).encode(), digest_size=6).hexdigest()
    reply = Reply(tuple(texts))
    idle = state.pending is None and state.state in ("idle", "playing") and state.acting is None
    idle = idle and not _just_spoken(talk, state, now)  # else a "yes" may be the reader's word on the last answer
    if offered and idle and not focus:
        reply = Reply(tuple(texts), turn.confirm("errand", errand=offered[0].id))
        state.offer, state.last = offer, reply
    elif parcels and idle and not focus and not offered:
        reply = Reply((*texts, Text("notice-ask-parcel")), turn.confirm("parcel", parcel=parcels[0].id))
        state.offer, state.last = offer, reply
    else:
        texts += [Text("notice-how-errand")] if offered else []
        texts += [Text("notice-how-parcel")] if parcels else []
        reply = Reply(tuple(texts))
    if focus:
        if idle:
            state.pending = Pending("renew-these", {"loans": focus}, None, now)
            state.state, state.choices, state.offer = "confirming", list(YES_NO), offer
            reply = Reply((*texts, Text("notice-ask-renew")), (Text("choice-yes"), Text("choice-no")))
            state.last = reply
        else:
            reply = Reply((*texts, Text("notice-how-renew")))
    talk.state = state.to_json()
    session.flush()
    return rendering.render(
        reply,
        locale=locale,
        verbosity=state.verbosity or str(preference(patron, "verbosity")),
        pace=state.pace or float(str(preference(patron, "rate"))),
        volume=state.volume or float(str(preference(patron, "volume"))),
        timbre=str(preference(patron, "timbre")) if state.timbre is None else state.timbre,
        aloud=bool(preference(patron, "voice_reply")) if state.aloud is None else state.aloud,
        offer=offer,
        today=turn.today,
    )


def _just_spoken(talk: Talk, state: DialogueState, now: datetime) -> bool:
    """Whether the talk has just given an answer, to which a "yes" may still be the reader's word."""
    return state.last is not None and now - talk.updated_at <= BESIDE


def announced(locale: Locale, broadcast: Broadcast) -> Text:
    """A librarian's own words, with the library that says them; of one that was recalled, what is right instead."""
    values: dict[str, Value] = {"library": naming.place_in(locale, broadcast.org_unit)}
    if broadcast.status != "recalled":
        text = broadcast.text_en if locale.language != "zh" and broadcast.text_en else broadcast.text
        return Text("notice-broadcast", values | {"text": text})
    if broadcast.correction:
        return Text("notice-broadcast-corrected", values | {"text": broadcast.correction})
    return Text("notice-broadcast-recalled", values)


def _delegation(turn: Turn, notice: Notice, named: bool) -> Text:
    """That somebody may act for the reader, or the reader for somebody; or what was done for him."""
    held = turn.session.get_one(Delegation, notice.about["delegation"])
    if notice.kind == "acted_for":
        entries = [one for one in audit.of_turn(turn.session, notice.about["turn"]) if one.what in audit.DONE]
        acts = (correcting.act(turn, [one], one.what, named=named) for one in entries)
        return Text("notice-acted", {"name": held.delegate.name, "act": Several(tuple(acts))})
    if notice.kind == "delegation_revoked":
        return Text("notice-delegation-revoked", {"name": held.patron.name})
    values: dict[str, Value] = {
        "scope": Word(f"scope-{held.scope}"),
        "day": held.expires_on or Word("without-end"),
    }
    if notice.kind == "delegated_to":
        return Text("notice-delegated-to", {**values, "name": held.patron.name})
    return Text("notice-delegated", {**values, "name": held.delegate.name})


def _closed(turn: Turn, notice: Notice) -> list[Text]:
    """That a place is closed for some days, and what of the reader's moved on with it."""
    closure = turn.session.get_one(Closure, notice.about["closure"])
    values: dict[str, Value] = {
        "place": naming.place(turn, turn.session.get_one(OrgUnit, notice.about["place"])),
        "day": closure.first_day,
        "last": closure.last_day,
    }
    why = [Text("notice-closed-why", {"reason": closure.reason})] if closure.reason else []
    return [Text("notice-closed-day" if closure.first_day == closure.last_day else "notice-closed-days", values), *why]


def _wish(turn: Turn, notice: Notice, named: bool) -> Text:
    """What became of what was written down while the library's system was away."""
    wish = turn.session.get_one(QueuedWish, notice.about["wish"])
    entries = [one for one in audit.of_turn(turn.session, wish.turn) if one.what in audit.DONE]
    if wish.status == "done" and entries:
        return Text("notice-wish-done", {"act": correcting.act(turn, entries, entries[0].what, named=named)})
    return Text("notice-wish-refused", {"wish": Word(f"wish-{wish.what.replace('_', '-')}")})


def _event(turn: Turn, notice: Notice) -> Text:
    """That an event at which the reader has a seat was called off or moved."""
    return Text(EVENTS[notice.kind], events.values(turn, turn.session.get_one(Event, notice.about["event"])))


def _parcel(one: Parcel, named: bool) -> Text:
    """That a book was chosen, and when it is ordered if nothing is said."""
    if named:
        return Text("notice-parcel", {"title": naming.title(one.record), "day": one.order_on})
    return Text("notice-parcel-untitled", {"day": one.order_on})


def _given_up(one: Parcel, named: bool) -> Text:
    """That a book that was chosen cannot be had any more."""
    if named:
        return Text("notice-parcel-given-up", {"title": naming.title(one.record)})
    return Text("notice-parcel-given-up-untitled")


def _loans(session: Session, notices: Sequence[Notice], kind: str) -> list[Loan]:
    return [session.get_one(Loan, one.about["loan"]) for one in notices if one.kind == kind]


def _due(loans: Sequence[Loan], named: bool) -> list[Text]:
    if not loans:
        return []
    day = min(one.due_date for one in loans)
    if len(loans) > 1:
        return [Text("notice-due-several", {"count": len(loans), "day": day})]
    return [_named("notice-due-one", {"day": day}, loans[0] if named else None)]


def _overdue(loans: Sequence[Loan], named: bool) -> list[Text]:
    if not loans:
        return []
    if len(loans) > 1:
        return [Text("notice-overdue-several", {"count": len(loans)})]
    return [_named("notice-overdue-one", {}, loans[0] if named else None)]


def _ready(turn: Turn, holds: Sequence[Hold], named: bool) -> list[Text]:
    if not holds:
        return []
    until: date = min((one.pickup_until for one in holds if one.pickup_until), default=turn.today)
    if len(holds) > 1:
        return [Text("notice-ready-several", {"count": len(holds), "day": until})]
    place = holds[0].pickup
    values: dict[str, Value] = {"place": naming.place(turn, place) if place else "", "day": until}
    if named:
        return [Text("notice-ready-one", {**values, "title": naming.title(holds[0].record)})]
    return [Text("notice-ready-one-untitled", values)]


def _named(id: str, values: dict[str, Value], loan: Loan | None) -> Text:
    if loan is None:
        return Text(f"{id}-untitled", values)
    return Text(id, {**values, "title": naming.title(loan.item.record)})


def _coming(one: DeliveryRequest) -> list[Text]:
    texts = [Text("notice-delivery" if one.kind == "bring" else "notice-fetch", delivering.promised_values(one))]
    if one.kind == "bring" and one.loan_ids:
        texts.append(Text("notice-swap", {"count": len(one.loan_ids)}))
    return texts
