"""A reader's own data: handed over, or erased for good after one clear question; his recordings also alone."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import select

from bot.dialogue.named import says
from bot.dialogue.state import DialogueState, Talk
from bot.dialogue.steps import Arguments, Step
from bot.dialogue.turn import Turn
from bot.messages import Reply, Several, Text, Title, Value, Word
from catalog.outreach import enquiries
from catalog.outreach.events import TOPICS
from catalog.patrons import privacy
from catalog.refusals import StillOnLoan

LISTED = 40
"""How many things of a kind are named; how many more there are is said."""
TITLED = {
    "data-loans": "loans",
    "data-holds": "holds",
    "data-deliveries": "deliveries",
    "data-events": "sign_ups",
    "data-listened": "listening_positions",
}
"""The texts that name titles, and the rows they are taken from."""


def export_my_data(turn: Turn) -> Reply:
    """Everything held of the reader: in plain words, counted when it is spoken, and whole beside the message."""
    patron = turn.reader
    found = privacy.export(turn.session, patron=patron, now=turn.now, by=turn.by)
    talks = list(turn.session.scalars(select(Talk).where(Talk.patron_id == patron.id).order_by(Talk.id)))
    found["talks"] = [_talk(talk) for talk in talks]
    for told in turn.services.told:
        found |= told(turn.session, [talk.id for talk in talks])
    turn.shared["data"] = found
    counts = {name: len(found[name]) for name in ("cards", "addresses", "loans", "holds")}
    return Reply((Text("data-exported", counts), *_in_words(found), Text("data-whole")))


def _talk(talk: Talk) -> dict[str, Any]:
    """What is kept of a talk: where it is held, in which language, and its last lines."""
    lines = DialogueState.from_json(talk.state or {}).lines
    at = talk.updated_at.isoformat()
    return {"id": talk.id, "channel": talk.channel, "locale": talk.locale, "updated_at": at, "lines": lines}


def _in_words(found: Mapping[str, Any]) -> list[Text]:
    """What is held, group by group, as a reader can read it; nothing is said of an empty group."""
    person = found["patron"]
    texts = [Text("data-person", {"name": person["name"], "phone": person["phone"] or Word("data-none")})]
    lists: dict[str, Sequence[Value]] = {
        "data-cards": [str(card["number"]) for card in found["cards"]],
        "data-addresses": [str(one["text"]) for one in found["addresses"] if one["text"]],
        **{id: [Title(name) for name in _titles(found[group])] for id, group in TITLED.items()},
        "data-settings": [_setting(name, value) for name, value in person["preferences"].items()],
        "data-consents": [Word(f"consent-{one['what'].replace('_', '-')}") for one in found["consents"]],
        "data-words": [_ended(str(one["text"])) for one in found["enquiries"] if one["text"]],
        "data-said": [_ended(line) for talk in found["talks"] for line in talk["lines"]][-LISTED:],
    }
    for id, values in lists.items():
        if values:
            more = max(0, len(values) - LISTED)
            texts.append(Text(id, {"these": Several(tuple(values[:LISTED])), "more": more}))
    rest = {name: len(found[name]) for name in ("notices", "audit", "blocks", "delegations", "link_codes")}
    kept = sum(len(found.get(name, ())) for name in ("messages_in", "messages_out", "page_lines"))
    return [*texts, Text("data-rest", {**rest, "messages": kept})]


def _ended(sentence: str) -> str:
    """A sentence as it stands in a list, which has a full stop of its own."""
    return sentence.rstrip("。.")


def _titles(rows: Sequence[Mapping[str, Any]]) -> list[str]:
    return list(dict.fromkeys(title for row in rows for title in row["titles"]))


def _setting(name: str, value: object) -> Word:
    told: Value = Word("data-on" if value else "data-off") if isinstance(value, bool) else str(value)
    if name in ("verbosity", "timbre"):
        told = Word(f"{name}-{value or 'own'}")
    if isinstance(value, list):
        told = Several(tuple(Word(f"topic-{one}") if one in TOPICS else str(one) for one in value))
    return Word("data-setting", {"setting": Word(f"preference-{name.replace('_', '-')}"), "value": told})


def forget_me(turn: Turn) -> Reply:
    """Erase the reader, after asking; or only what was recorded of his voice, where that was said."""
    if says(turn, "recordings"):
        if not enquiries.kept(turn.session, patron=turn.reader, talk=turn.talk.id):
            return Reply((Text("no-recordings-kept"),))
        return Reply((Text("drop-recordings-read-back"),), turn.confirm("drop-recordings"))
    loans = turn.services.library.loans(turn.session, patron=turn.reader)
    if loans:
        raise StillOnLoan(count=len(loans))
    return Reply((Text("forget-read-back"),), turn.confirm("forget"))


def recordings_dropped(turn: Turn, arguments: Arguments) -> Reply:
    """Take back the consent to keep recordings, and delete them."""
    enquiries.withdraw(turn.session, patron=turn.reader, talk=turn.talk.id, now=turn.now, by=turn.by)
    return Reply((Text("recordings-dropped"),))


def forgotten(turn: Turn, arguments: Arguments) -> Reply:
    """Erase, also from every talk: his own, and what others were told of him in theirs."""
    patron = turn.reader
    others = privacy.told_of(turn.session, patron=patron)
    privacy.forget(turn.session, patron=patron, now=turn.now, by=turn.by)
    talks = list(turn.session.scalars(select(Talk).where(Talk.patron_id == patron.id)))
    for forget in turn.services.forget:
        forget(turn.session, [talk.id for talk in talks])
    for talk in talks:
        talk.patron_id, talk.state, talk.locale = None, {}, talk.locale if talk is turn.talk else ""
    _forgotten_by(turn, list(turn.session.scalars(select(Talk).where(Talk.patron_id.in_(others)))))
    turn.state = DialogueState()
    turn.belongs_to(None)
    return Reply((Text("forgotten"),))


def _forgotten_by(turn: Turn, talks: Sequence[Talk]) -> None:
    """Nothing said in these talks is kept; for whom one acts is, so that it is noticed that this is over."""
    for forget in turn.services.forget:
        forget(turn.session, [talk.id for talk in talks])
    for talk in talks:
        state = DialogueState.from_json(talk.state or {})
        talk.state = DialogueState(met=state.met, acting=state.acting).to_json()


STEPS: Mapping[str, Step] = {
    "forget": Step("forget_me", yes=forgotten),
    "drop-recordings": Step("forget_me", yes=recordings_dropped),
}
