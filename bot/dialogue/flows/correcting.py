"""Yes, no and cancel where nothing is asked, taking back what was done, and saying what was done."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

from bot.dialogue import named, naming
from bot.dialogue.flows import finding, linking
from bot.dialogue.state import LAPSE
from bot.dialogue.steps import Arguments, Step
from bot.dialogue.turn import Turn
from bot.messages import Reply, Several, Text, Value, Word
from bot.understanding.meaning import Meaning
from catalog import audit, undo
from catalog.audit import DONE, AuditEntry
from catalog.connectors import queue
from catalog.connectors.queue import QueuedWish
from catalog.outreach.tables import Event
from catalog.records.tables import BibliographicRecord
from catalog.refusals import NothingToUndo, NotUndoable

NAMED = 3
"""Up to so many things are named when what was done is said."""


def yes(turn: Turn) -> Reply:
    """A yes where nothing was asked: the only thing on offer is taken, of two things to do with a book the first."""
    offered = turn.state.offered
    last = turn.state.last
    if turn.state.state == "choosing" and last is not None:
        if offered is not None and offered.kind == "records" and len(offered.ids) == 1 and turn.state.chosen is None:
            turn.meaning = Meaning("choose", {"ordinal": 1})
            return finding.choose(turn)
        acts = [one for one in turn.state.choices if one.intent != "choose"] if turn.state.chosen is not None else []
        only = acts[:1] or (turn.state.choices if len(turn.state.choices) == 1 else [])
        if only:
            turn.meaning = only[0]
            return turn.go_on_with(turn.meaning.intent)
        if offered is not None and offered.kind == "loans":
            return turn.go_on_with("renew_all")
        return _first(turn) or Reply((Text("yes-to-which"),), last.choices, last.afterwards)
    return Reply((Text("yes-to-nothing"),))


def _first(turn: Turn) -> Reply | None:
    """A yes, or "this one", to a whole list of books: is it the first of them?"""
    offered, last = turn.state.offered, turn.state.last
    choice = turn.state.choices[0] if turn.state.choices else None
    if offered is None or offered.kind != "records" or choice is None or choice.intent != "choose" or last is None:
        return None
    title = last.choices[0].values.get("title")
    if title is None:
        return None
    choices = turn.confirm("the-first", ordinal=choice.slots["ordinal"])
    return Reply((Text("ask-the-first", {"title": title}),), choices)


def the_first(turn: Turn, arguments: Arguments) -> Reply:
    """It is the first."""
    turn.meaning = Meaning("choose", {"ordinal": arguments["ordinal"]})
    return finding.choose(turn)


def not_the_first(turn: Turn, arguments: Arguments) -> Reply:
    """It is another one: the list again."""
    offered = turn.state.offered
    return finding.page(turn, (Text("yes-to-which"),)) if offered is not None else no(turn)


def no(turn: Turn) -> Reply:
    """A no to what is on offer."""
    if turn.state.state == "choosing":
        turn.leave()
        turn.state.offered = None
        turn.state.chosen = None
        return Reply((Text("no-to-offer"),))
    return Reply((Text("left-alone"),))


def cancel(turn: Turn) -> Reply:
    """Leave what is on offer; where no question was open, "log out" means the card."""
    busy = turn.state.state not in ("idle", "playing")
    if turn.patron is not None and named.only(turn, "leave_card"):
        turn.understood = Meaning("unlink_card", reading=turn.meaning.reading)
        return linking.unlink_card(turn)
    turn.leave()
    turn.state.offered = None
    turn.state.chosen = None
    return Reply((Text("cancelled" if busy else "nothing-under-way"),))


def undo_last(turn: Turn) -> Reply:
    """Take back the last thing that was done; of another's only what the speaker did for him in this talk. Where the
    last thing in it was done with another card, nothing older is meant.

    What the reader has just been told of is taken back at once: what was done in this talk, or by another for him.
    Anything else is read back first: what is older, was done elsewhere, or lies before what cannot be taken back.
    """
    turns, acts_for_another = turn.state.recent, turn.by.delegate_id is not None
    newest = undo.last_done(turn.session, turns=turns, now=turn.now) if turns else None
    own_pace = newest is not None and acts_for_another and newest.what == "preference_set"
    if newest is not None and newest.patron_id != turn.reader.id and not own_pace:
        return Reply((Text("undo-other-card"),))
    entry = _last(turn, undo.ACTS)
    wish = last_wish(turn)
    if wish is not None and (entry is None or entry.at <= wish.asked_at):
        return wish_withdrawn(turn, {"wish": wish.id}) if turn.now - wish.asked_at <= LAPSE else ask_wish(turn, wish)
    if entry is None:
        raise NothingToUndo()
    if entry.what not in undo.UNDOS:
        before = _last(turn, undo.UNDOS)
        if before is None:
            raise NotUndoable()
        return _read_back(turn, before, Text(NotUndoable.reason))
    told = entry.turn in turn.state.recent or entry.delegate_id is not None
    if told and turn.now - entry.at <= LAPSE:
        return _taken_back(turn, entry)
    return _read_back(turn, entry)


def undo_agreed(turn: Turn, arguments: Arguments) -> Reply:
    """Take back what was read back."""
    return _taken_back(turn, turn.session.get_one(AuditEntry, arguments["entry"]))


def last_wish(turn: Turn, what: str = "") -> QueuedWish | None:
    """What was written down last for the reader while the library's system was away, and still waits."""
    waiting = queue.waiting(turn.session, patron=turn.reader)
    return next((one for one in reversed(waiting) if what in ("", one.what)), None)


def ask_wish(turn: Turn, wish: QueuedWish) -> Reply:
    """Shall what was written down not be done?"""
    return Reply((Text("wish-read-back", _wished(turn, wish)),), turn.confirm("undo-wish", wish=wish.id))


def wish_withdrawn(turn: Turn, arguments: Arguments) -> Reply:
    """What was written down is not done."""
    wish = turn.session.get_one(QueuedWish, arguments["wish"])
    queue.withdraw(turn.session, wish=wish, now=turn.now, by=turn.by)
    return Reply((Text("wish-withdrawn", _wished(turn, wish)),))


def _wished(turn: Turn, wish: QueuedWish) -> dict[str, Value]:
    """What was written down, in words: the act, and the book where it is about one."""
    ids = queue.about(turn.session, wish)
    record = turn.session.get(BibliographicRecord, ids["record"]) if "record" in ids else None
    title: Value = naming.title(record) if record is not None else Word("something")
    return {"wish": Word(f"wish-{wish.what.replace('_', '-')}"), "title": title}


def _last(turn: Turn, among: Collection[str]) -> AuditEntry | None:
    delegate_id = turn.by.delegate_id
    turns = turn.state.recent if delegate_id is not None else turn.state.recent or None
    return undo.last_done(
        turn.session, patron_id=turn.reader.id, turns=turns, delegate_id=delegate_id, among=among, now=turn.now
    )


def _read_back(turn: Turn, entry: AuditEntry, *before: Text) -> Reply:
    alike = [one for one in audit.of_turn(turn.session, entry.turn) if one.what == entry.what] if entry.turn else []
    what = act(turn, alike or [entry], entry.what)
    return Reply((*before, Text("undo-read-back", {"act": what})), turn.confirm("undo", entry=entry.id))


def _taken_back(turn: Turn, entry: AuditEntry) -> Reply:
    undone = undo.undo(turn.session, entry=entry, patron=turn.reader, now=turn.now, by=turn.by)
    turn.state.pace = turn.state.volume = turn.state.timbre = turn.state.aloud = None
    turn.state.verbosity = ""
    return Reply((Text("undone", {"act": act(turn, undone[::-1], entry.what)}),))


def what_did_you_do(turn: Turn) -> Reply:
    """What the last turn that changed something did."""
    for id in reversed(turn.state.recent):
        entries = [one for one in audit.of_turn(turn.session, id) if one.what in DONE]
        if entries:
            kinds = dict.fromkeys(one.what for one in entries)
            acts = (act(turn, [one for one in entries if one.what == what], what) for what in kinds)
            last = Text("did-undo") if entries[-1].what in undo.UNDOS else Text("did-all")
            return Reply((*(Text("did", {"act": one}) for one in acts), last))
    return Reply((Text("did-nothing"),))


def act(turn: Turn, entries: Sequence[AuditEntry], what: str, *, named: bool = True) -> Word:
    """What was done, in words: the act, and the books or events it was done with, or how many there are; without
    titles where they are not to be `named`."""
    titles: list[Value] = []
    for entry in entries:
        records = (entry.ids.get("records") or entry.ids.get("record") or "").split()
        found = (turn.session.get(BibliographicRecord, int(id)) for id in records)
        titles += (naming.title(record) for record in found if record is not None)
        event = turn.session.get(Event, int(entry.ids["event"])) if entry.ids.get("event") else None
        titles += [naming.event(turn, event)] if event is not None else []
        titles += [Word(f"preference-{entry.ids['preference'].replace('_', '-')}")] if "preference" in entry.ids else []
    name: Value = Several(tuple(titles)) if titles and named else Word("something")
    if len(titles) > NAMED and named:
        name = Word("so-many-books", {"count": len(titles)})
    return Word(f"act-{what.replace('_', '-')}", {"title": name})


STEPS: Mapping[str, Step] = {
    "the-first": Step("choose", yes=the_first, no=not_the_first),
    "undo": Step("undo", yes=undo_agreed),
    "undo-wish": Step("undo", yes=wish_withdrawn),
}
