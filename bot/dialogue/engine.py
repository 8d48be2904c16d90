"""One turn: what was said becomes a meaning, the meaning a flow's act, the act a reply; the state is written back.

The engine keeps the rules that hold for every ability: a confirmation that is old is asked again, a button of another
message is not taken for one of this, what is not sure is asked and never done, a second miss gets an example and the
third a person, a refusal undoes what was begun. It commits nothing: the relay does, with inbox and outbox.
"""

from __future__ import annotations

import hashlib
import pickle
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, select
from sqlalchemy.orm import Session

from bot import locales, rendering
from bot.dialogue import acting, reading, repair, reports, terse, titled, usable
from bot.dialogue.flows import ABILITIES, FLOWS, KEEPS, STEPS, linking, people
from bot.dialogue.services import Services
from bot.dialogue.state import LAPSE, DialogueState, Pending, Talk
from bot.dialogue.steps import with_question
from bot.dialogue.turn import Turn
from bot.messages import Choice, Message, Reply, Said, Text
from bot.understanding import understand
from bot.understanding.awaited import few_answers
from bot.understanding.meaning import Meaning
from catalog import audit
from catalog.patrons.tables import Card, Patron
from catalog.refusals import NotLinked, Refusal, SystemAway, UnknownCard, WillBeDone
from catalog.search import SearchError
from speech.recognition import Transcript


@dataclass(frozen=True, slots=True)
class TurnOptions:
    """What a channel may set for a turn. Only the console fills `card` (it is the operator's).

    `sound` is the recording behind a transcript, with its media type: it is kept only where the patron agreed.
    """

    card: str = ""
    locale: str = ""
    new: bool = False
    sound: bytes | None = None
    media_type: str = ""
    sender: str = ""
    """Where the message was sent from, if the channel knows more than the talk's address (the page: the network's)."""


@dataclass(frozen=True, slots=True)
class TurnResult:
    """The message to be sent, and the out line of CONTRACT.md without `pushed`."""

    message: Message
    details: dict[str, object]
    patron_id: int | None
    """Whose talk it is now."""


NO_OPTIONS = TurnOptions()


def take_turn(
    session: Session,
    *,
    talk: str,
    channel: str,
    address: str,
    said: Said,
    now: datetime,
    turn: str,
    services: Services,
    options: TurnOptions = NO_OPTIONS,
) -> TurnResult:
    """Answer `said` in the talk `talk`, all in the caller's transaction; `turn` names it in the audit trail."""
    current, known = _opened(
        session, talk=talk, channel=channel, address=address, said=said, now=now, turn=turn, services=services,
        options=options,
    )  # fmt: skip
    if not known:
        return _closed(current, Reply((Text(UnknownCard.reason),)))
    if isinstance(said, Transcript) and not said.hypotheses:
        return _closed(current, _unheard(current, "silent"))
    problem = usable.problem(said)
    if problem:
        return _closed(current, with_question(current.state, Text(problem)))
    current.said = usable.cleaned(said)
    current.cut = isinstance(said, Transcript) and said.cut
    kept = people.recorded(current)
    if kept is not None:
        return _closed(current, kept)
    return _closed(current, _answered(current))


def awaited(session: Session, *, talk: str, locale: locales.Locale) -> tuple[str, ...]:
    """The few answers the talk awaits just now, for an ear that takes phrases; none where anything may be said."""
    row = session.get(Talk, talk)
    if row is None:
        return ()
    return few_answers(reading.moment(DialogueState.from_json(row.state or {}), locale), locale)


def not_heard(
    session: Session,
    *,
    talk: str,
    channel: str,
    address: str,
    reason: str,
    now: datetime,
    turn: str,
    services: Services,
    options: TurnOptions = NO_OPTIONS,
) -> TurnResult:
    """Say why a voice note could not be heard: silent, noise, unclear, not_audio, too_long, no_ears, engine_failed."""
    current, _ = _opened(
        session, talk=talk, channel=channel, address=address, said=Transcript(()), now=now, turn=turn,
        services=services, options=options,
    )  # fmt: skip
    kept = people.recorded(current) if reason in ("no_ears", "engine_failed", "noise", "unclear") else None
    return _closed(current, kept or _unheard(current, reason))


def _opened(
    session: Session,
    *,
    talk: str,
    channel: str,
    address: str,
    said: Said,
    now: datetime,
    turn: str,
    services: Services,
    options: TurnOptions,
) -> tuple[Turn, bool]:
    """The turn with its talk's row, state and patron; False if the console named a card that nobody has."""
    row, patron = _known(session, talk)
    if row is None:
        row = Talk(id=talk, channel=channel, address=address, locale="", state={}, updated_at=now)
        session.add(row)
    if (row.channel, row.address) != (channel, address):
        row.channel, row.address = channel, address
    state = DialogueState() if options.new else DialogueState.from_json(row.state or {})
    if options.new:
        row.locale = ""
    known = True
    if options.card:
        card = session.get(Card, options.card)
        known = card is not None and card.patron.forgotten_at is None
        if card is not None and known and card.patron_id != row.patron_id:
            if row.patron_id is not None:
                row.locale, state = "", DialogueState()
            row.patron_id = card.patron_id
    if options.locale:
        row.locale = locales.nearest(options.locale)
    if (patron.id if patron else None) != row.patron_id:
        patron = session.get(Patron, row.patron_id) if row.patron_id else None
    tag = row.locale or (patron.locale if patron else "") or locales.DEFAULT
    return (
        Turn(
            session=session,
            talk=row,
            state=state,
            meaning=Meaning("none", confidence=0.0),
            patron=patron,
            services=services,
            now=now,
            id=turn,
            locale=locales.load(locales.nearest(tag)),
            abilities=ABILITIES,
            said=said,
            sound=options.sound,
            media_type=options.media_type,
            sender=options.sender,
        ),
        known,
    )


DATED = ("find_title", "find_audiobook", "choose", "details", "list_loans", "list_holds", "more_results")
"""What tells of copies, loans and holds, which an outside system knows."""
_KNOWN = select(Talk, Patron).outerjoin(Patron, Patron.id == Talk.patron_id).where(Talk.id == bindparam("talk"))


def _known(session: Session, talk: str) -> tuple[Talk | None, Patron | None]:
    """The talk's row and its patron, as far as there are any."""
    found = session.execute(_KNOWN, {"talk": talk}).one_or_none()
    return (found[0], found[1]) if found else (None, None)


def _answered(turn: Turn) -> Reply:
    """Understand what was said and answer it."""
    state = turn.state
    if isinstance(turn.said, Choice):
        meaning = reading.button(state, turn.said)
        if meaning is None:
            gone = turn.said.offer not in ("", state.offer)
            turn.meaning = Meaning("choose", {"ordinal": turn.said.number}, reading=str(turn.said.number))
            nothing = not gone and not state.choices
            return with_question(
                state, Text("old-button" if gone else "nothing-on-offer" if nothing else "no-such-choice")
            )
        turn.meaning = meaning
        only_whom = acting.begin(turn)
    else:
        secret = linking.secret(turn)
        if secret is not None:
            return _guarded(turn, lambda same: _resumed(same, secret(same)))
        only_whom = acting.begin(turn)
        if turn.said is not None and only_whom is None:
            turn.meaning = understand(
                turn.said, locale=turn.locale, moment=reading.moment(state, turn.locale), today=turn.today
            )
        turn.meaning = usable.sensible(turn.meaning)
        if turn.cut:
            turn.meaning = replace(turn.meaning, confidence=min(turn.meaning.confidence, repair.SURE_OF_HALF))
    if only_whom is None:
        turn.understood = acting.understood(turn, reading.as_said(state, turn.meaning))
    return acting.opened(turn, only_whom or _guarded(turn, _act))


def _guarded(turn: Turn, act: Any) -> Reply:
    """Do `act` in a savepoint; a refusal takes back what was begun and becomes its sentence."""
    before = pickle.dumps(turn.state)  # a deep copy, ten times as quick
    savepoint = turn.session.begin_nested()
    try:
        reply: Reply = act(turn)
    except Refusal as refusal:
        if refusal.kept:
            savepoint.commit()
        else:
            savepoint.rollback()
        turn.state = pickle.loads(before)
        if isinstance(refusal, NotLinked):
            return linking.needed(turn)
        if refusal.over or not refusal.kept:
            turn.state.leave()
        return linking.refused(turn, refusal)
    except SearchError:
        savepoint.rollback()
        turn.state = pickle.loads(before)
        return Reply((Text("search-away"),))
    except BaseException:
        savepoint.rollback()
        raise
    savepoint.commit()
    return reply


def _act(turn: Turn) -> Reply:
    """Go on with what is under way, or begin what was meant."""
    state, meaning = turn.state, turn.meaning
    if not turn.pressed:
        terse.settled(turn)
        titled.settled(turn)
        asked = repair.unsure(turn)
        if asked is not None:
            return asked
        turn.meaning = meaning = reading.numbered(reading.corrected(turn))
    misses, state.misses = state.misses, state.misses if meaning.intent == "none" else 0
    under_way = STEPS[state.pending.step].intent if state.pending is not None else ""
    acting.settle(turn, under_way=under_way, keeps=meaning.intent in KEEPS)
    pending = state.pending
    if pending is not None:
        going_on = _going_on(turn, pending, meaning)
        if going_on is not None:
            return going_on
        meaning = turn.meaning
        if meaning.intent == "none":
            return repair.missed(turn)
        if meaning.intent in KEEPS:
            said = FLOWS[meaning.intent](turn)
            return said if turn.repeats else with_question(state, *said.texts, *said.afterwards)
        state.leave()
    elif meaning.intent not in KEEPS and meaning.intent not in ("yes", "no"):
        state.state = "idle" if state.state == "playing" else state.state
    reply = _resumed(turn, FLOWS[meaning.intent](turn))
    return repair.after_a_miss(turn, misses, reply) if turn.missed else reply


def _going_on(turn: Turn, pending: Pending, meaning: Meaning) -> Reply | None:
    """What the step under way makes of `meaning`; None if it has nothing to do with it."""
    state, step = turn.state, STEPS[pending.step]
    if state.state == "confirming" and reading.agrees(turn, step.intent):
        turn.meaning = meaning = replace(meaning, intent="yes")
    if meaning.intent == "yes" and state.state == "confirming":
        if pending.asked is not None and turn.now - pending.asked > LAPSE:
            pending.asked = turn.now
            return with_question(state, Text("asked-long-ago"))
        state.leave()
        return _resumed(turn, step.yes(turn, pending.arguments))
    if meaning.intent == "yes":
        first = reading.first_of(state)
        if first is None:
            return with_question(state, *(() if state.state == "asking" else (Text("please-say-which"),)))
        turn.meaning = meaning = first
    if step.answer is not None:
        answer = step.answer(turn, pending.arguments)
        if answer is not None:
            if meaning.intent == "none" and meaning.slots:
                going_on = STEPS[state.pending.step] if state.pending else step
                turn.understood = replace(meaning, intent=going_on.intent)
            return _resumed(turn, answer)
    if meaning.intent in ("no", "cancel", "undo"):
        state.leave()
        left = _resumed(turn, step.no(turn, pending.arguments))
        if meaning.intent == "undo" and state.recent and state.pending is None:
            return Reply((*left.texts, Text("done-stays")), left.choices, left.afterwards)
        return left
    return None


def _resumed(turn: Turn, reply: Reply) -> Reply:
    """Go on with what the patron wanted before something came in between."""
    wanted, own = turn.resume, turn.meaning
    turn.resume = None
    if wanted is None:
        return reply
    turn.meaning = wanted
    following = _guarded(turn, FLOWS[wanted.intent])
    turn.meaning = own
    return Reply(reply.texts + following.texts, following.choices, following.afterwards)


def _unheard(turn: Turn, reason: str) -> Reply:
    return with_question(turn.state, Text(f"not-heard-{reason.replace('_', '-')}"))


def _dated(turn: Turn, reply: Reply) -> Reply:
    """The reply; with the age of what it says of copies, loans and holds, where their system is away."""
    if turn.meaning.intent not in DATED:
        return reply
    since = turn.services.library.as_of(turn.session, now=turn.now)
    if since is None or any(one.id in (WillBeDone.reason, SystemAway.reason) for one in reply.texts):
        return reply
    said = Text("data-as-of", {"moment": since.astimezone(turn.services.zone)})
    return replace(reply, texts=(*reply.texts, said))


def _closed(turn: Turn, reply: Reply) -> TurnResult:
    """Render the reply, write the state back, and gather the details."""
    state = turn.state
    reply = _dated(turn, reply)
    if reply.choices or not turn.repeats:
        state.offer = hashlib.blake2s(turn.id.encode(), digest_size=6).hexdigest()
    if not turn.repeats:
        state.last, state.repeated = turn.remembered or reply, 0
    keeps = turn.meaning.intent in KEEPS or any(one.id in repair.ALONE for one in reply.texts)
    if not reply.choices and state.pending is None and state.state == "choosing" and not keeps:
        state.state, state.choices = "idle", []
    preferences = turn.speaker.preferences if turn.speaker else {}
    message = rendering.render(
        replace(reply, texts=(Text("heard-half"), *reply.texts)) if turn.cut else reply,
        locale=turn.locale,
        verbosity=state.verbosity or str(preferences.get("verbosity") or "normal"),
        pace=state.pace or float(preferences.get("rate") or 1.0),
        volume=state.volume or float(preferences.get("volume") or 1.0),
        timbre=str(preferences.get("timbre") or "") if state.timbre is None else state.timbre,
        aloud=turn.heard if state.aloud is None and "voice_reply" not in preferences else bool(
            preferences.get("voice_reply") if state.aloud is None else state.aloud
        ),
        offer=state.offer,
        today=turn.today,
    )  # fmt: skip
    message = replace(message, secret=linking.asks_secret(state), hush=turn.secret, once=turn.remembered is not None)
    changed = audit.touched(turn.session, turn.id)
    done = reports.done(audit.of_turn(turn.session, turn.id)) if changed else []
    if done:
        state.recent.append(turn.id)
        acting.told(turn)
    state.lines += [f"R: {reports.line(turn)}", f"S: {reports.answered(turn, message)}"]
    turn.talk.state = state.to_json()
    turn.talk.updated_at, turn.talk.live = turn.now, True
    turn.talk.patron_id = turn.speaker.id if turn.speaker else None
    turn.session.flush()
    return TurnResult(message, reports.details(turn, message, done), turn.talk.patron_id)
