"""Loans: what is at home and until when, renewing one or all, and where to bring it back."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from bot.dialogue import named, naming
from bot.dialogue.flows import finding, which
from bot.dialogue.steps import Arguments, Step
from bot.dialogue.turn import PAGE, Turn
from bot.messages import Reply, Several, Text, Value, Word
from catalog.circulation import policies
from catalog.circulation.loans import Renewal, renewable_until
from catalog.circulation.tables import Loan
from catalog.organisation import directory
from catalog.records.tables import BibliographicRecord
from catalog.refusals import Refusal, WillBeDone

NEAREST = 2
"""How many places are named where something can be returned."""


def list_loans(turn: Turn) -> Reply:
    """What the reader has at home, the earliest due date first."""
    loans = turn.services.library.loans(turn.session, patron=turn.reader)
    left = max(0, policies.for_patron(turn.session, turn.reader).loans - len(loans))
    more = (Text("loans-left", {"left": left}),) if named.says(turn, "how_many_more") else ()
    if not loans:
        return Reply((Text("nothing-at-home"), *more))
    turn.offer("loans", [one.id for one in loans])
    overdue = sum(1 for one in loans if one.due_date < turn.today)
    return page(turn, (Text("loans-count", {"count": len(loans), "overdue": overdue}), *more))


def page(turn: Turn, texts: tuple[Text, ...]) -> Reply:
    """The page of the loans on offer."""
    offered = turn.state.offered
    assert offered is not None
    shown = turn.offer("loans", offered.ids, page=offered.page)
    loans = [one for id in shown if (one := turn.session.get(Loan, id)) is not None]
    more = len(offered.ids) > (offered.page + 1) * PAGE
    ask = Text("ask-more-loans" if more else "ask-renew")
    return Reply(texts, tuple(line(turn, one) for one in loans), (ask,))


def line(turn: Turn, one: Loan) -> Text:
    """One loan in a line: the title, then when it is due."""
    late = (turn.today - one.due_date).days
    state = Word("loan-overdue", {"days": late}) if late > 0 else Word("loan-due", {"day": one.due_date})
    return Text("choice-loan", {"title": naming.title(one.item.record), "state": state})


def renew(turn: Turn) -> Reply:
    """Renew one loan: the one named or numbered, those a reminder has just named, the only one; else ask which."""
    loans = turn.services.library.loans(turn.session, patron=turn.reader)
    if not loans:
        return Reply((Text("nothing-at-home"),))
    said = turn.phrase("title") is not None or turn.number("ordinal") is not None
    of_chosen = [one for one in loans if not said and turn.state.chosen and _is_of(turn, one, turn.state.chosen)]
    if of_chosen:
        return _asked(turn, of_chosen[0])
    focus = [one for one in loans if one.id in turn.state.focus]
    if focus and not said:
        return _renew(turn, focus)
    picked = which.named(turn, which.numbered(turn, "loans", loans, lambda one: one.id), lambda one: one.item.record)
    if len(picked) == 1:
        return _asked(turn, picked[0])
    shown = list(picked or loans)
    turn.choose("renew-which", "loans", [one.id for one in shown])
    text = Text("ask-which-loan" if picked else "no-such-loan")
    return Reply((text,), tuple(line(turn, one) for one in shown[:PAGE]))


def renew_all(turn: Turn) -> Reply:
    """Renew everything, after one question that names what would be renewed, and what cannot be and why."""
    loans = turn.services.library.loans(turn.session, patron=turn.reader)
    if not loans:
        return Reply((Text("nothing-at-home"),))
    if len(loans) == 1:
        return _asked(turn, loans[0])
    refused = [Renewal(one, why) for one in loans if (why := _against(turn, one)) is not None]
    good = [one for one in loans if one not in [bad.loan for bad in refused]]
    before = tuple(_not_renewed(turn, one, "cannot-renew") for one in refused)
    if not good:
        return Reply(before)
    if len(good) == 1:
        asked = _asked(turn, good[0])
        return Reply((*before, *asked.texts), asked.choices)
    titles = Several(tuple(naming.title(one.item.record) for one in good))
    few = Text("renew-all-read-back", {"count": len(good), "titles": titles})
    asked_all = few if len(good) <= PAGE else Text("renew-many-read-back", {"count": len(good)})
    return Reply((*before, asked_all), turn.confirm("renew-all", loans=[one.id for one in good]))


def all_renewed(turn: Turn, arguments: Arguments) -> Reply:
    """Renew what can be renewed; each title is told, but for what was said before that it cannot be."""
    renewals = turn.services.library.renew_all(turn.session, patron=turn.reader, now=turn.now, by=turn.by)
    return _told(turn, [one for one in renewals if one.loan.id in arguments["loans"]])


def these_renewed(turn: Turn, arguments: Arguments) -> Reply:
    """Renew the loans a question or a reminder named."""
    mine = turn.services.library.loans(turn.session, patron=turn.reader)
    loans = [one for one in mine if one.id in arguments["loans"]]
    return _renew(turn, loans) if loans else Reply((Text("nothing-at-home"),))


def which_answer(turn: Turn, arguments: Arguments) -> Reply | None:
    """Which loan is to be renewed."""
    if turn.meaning.intent == "renew_all":
        return None
    loans = turn.services.library.loans(turn.session, patron=turn.reader)
    if turn.phrase("title"):
        named = which.named(turn, loans, lambda one: one.item.record)
        if len(named) == 1:
            turn.leave()
            return _asked(turn, named[0])
    offered = turn.state.offered
    if offered is None or turn.meaning.intent not in ("choose", "renew") or turn.number("ordinal") is None:
        return None
    id = finding.picked(turn, offered)
    picked = [one for one in loans if one.id == id]
    if not picked:
        return None
    turn.leave()
    return _asked(turn, picked[0])


def chosen(turn: Turn, id: int) -> Reply:
    """One loan of the list: shall it be renewed?"""
    loans = turn.services.library.loans(turn.session, patron=turn.reader)
    picked = [one for one in loans if one.id == id]
    return _asked(turn, picked[0]) if picked else Reply((Text("no-such-loan"),))


def return_where(turn: Turn) -> Reply:
    """Where a loan can be returned: anywhere in the union; the nearest places."""
    near = which.place(turn) or turn.own_place
    if near is None:
        return Reply((Text("return-anywhere"),))
    others = directory.nearest(turn.session, to=near, pickup_only=True, limit=NEAREST - 1)
    texts = [
        Text("return-place", {"place": naming.place(turn, one), "hours": naming.hours(turn, one, turn.today)})
        for one in (near, *(unit for unit, _ in others))
    ]
    return Reply((Text("return-anywhere"), *texts, Text("return-or-fetched")))


STEPS: Mapping[str, Step] = {
    "renew-all": Step("renew_all", yes=all_renewed),
    "renew-these": Step("renew", yes=these_renewed),
    "renew-which": Step("renew", answer=which_answer),
}


def _is_of(turn: Turn, loan: Loan, record_id: int) -> bool:
    """Whether a loan is of the work of this record."""
    return loan.item.record.work_id == turn.session.get_one(BibliographicRecord, record_id).work_id


def _asked(turn: Turn, loan: Loan) -> Reply:
    until = renewable_until(turn.session, loan=loan, patron=turn.reader, now=turn.now)
    values: dict[str, Value] = {"title": naming.title(loan.item.record), "day": until}
    return Reply((Text("renew-read-back", values),), turn.confirm("renew-these", loans=[loan.id]))


def _renew(turn: Turn, loans: Sequence[Loan]) -> Reply:
    """Renew these, each by itself; a refusal of the only one is the answer."""
    if len(loans) == 1:
        one = turn.services.library.renew(turn.session, loan=loans[0], now=turn.now, by=turn.by)
        return _told(turn, [Renewal(one)])
    done, later = list[Renewal](), None
    for loan in loans:
        savepoint = turn.session.begin_nested()
        try:
            done.append(Renewal(turn.services.library.renew(turn.session, loan=loan, now=turn.now, by=turn.by)))
            savepoint.commit()
        except WillBeDone as written:  # each of them is written down before it is said
            savepoint.commit()
            later = written
        except Refusal as refusal:
            savepoint.rollback()
            done.append(Renewal(loan, refusal))
    if later is not None:
        raise later
    return _told(turn, done)


def _told(turn: Turn, renewals: Sequence[Renewal]) -> Reply:
    turn.state.focus = []
    turn.state.offered = None
    good = [one for one in renewals if one.refusal is None]
    texts: list[Text] = []
    days = {one.loan.due_date for one in good}
    if len(good) > PAGE and len(days) == 1:
        texts.append(Text("renewed-several", {"count": len(good), "day": good[0].loan.due_date}))
    else:
        for one in good:
            texts.append(Text("renewed", {"title": naming.title(one.loan.item.record), "day": one.loan.due_date}))
    for one in renewals:
        if one.refusal is not None:
            texts.append(_not_renewed(turn, one, "not-renewed"))
    return Reply(tuple(texts))


def _against(turn: Turn, loan: Loan) -> Refusal | None:
    """What stands against renewing a loan, if anything does."""
    try:
        renewable_until(turn.session, loan=loan, patron=turn.reader, now=turn.now)
    except Refusal as refusal:
        return refusal
    return None


def _not_renewed(turn: Turn, one: Renewal, text: str) -> Text:
    assert one.refusal is not None
    why = Word(f"why-{one.refusal.reason.removeprefix('refusal-')}", _values(one.refusal.values))
    return Text(text, {"title": naming.title(one.loan.item.record), "why": why})


def _values(values: Mapping[str, object]) -> dict[str, Value]:
    return {name: value for name, value in values.items() if isinstance(value, str | int | float)}
