"""What is told of a reader's books that changed without him: renewed by itself or not, gone from the shelf, brought in
vain. Titles only where they may be `named`.
"""

from __future__ import annotations

from collections.abc import Sequence

from bot.dialogue import naming
from bot.dialogue.flows import delivering
from bot.dialogue.turn import Turn
from bot.messages import Text, Value, Word
from catalog.circulation import holds
from catalog.circulation.tables import Hold, Loan
from catalog.delivery.tables import DeliveryRequest
from catalog.outreach.tables import Notice
from catalog.records.tables import BibliographicRecord


def texts(turn: Turn, notices: Sequence[Notice], *, named: bool) -> list[Text]:
    """The sentences for those of `notices` that tell of such a change."""
    renewed = [one for one in notices if one.kind == "renewed_itself"]
    return [
        *(_renewed(turn, renewed, named) if renewed else ()),
        *(_not_renewed(turn, one, named) for one in notices if one.kind == "not_renewed_itself"),
        *(text for one in notices if one.kind == "hold_delayed" for text in _delayed(turn, one, named)),
        *(_missed(turn, one) for one in notices if one.kind == "delivery_missed"),
    ]


def _renewed(turn: Turn, notices: Sequence[Notice], named: bool) -> list[Text]:
    loans = [turn.session.get_one(Loan, one.about["loan"]) for one in notices]
    day = min(one.due_date for one in loans)
    if len(loans) > 1:
        return [Text("notice-renewed-itself-several", {"count": len(loans), "day": day})]
    return [_titled("notice-renewed-itself", {"day": day}, loans[0].item.record if named else None)]


def _not_renewed(turn: Turn, notice: Notice, named: bool) -> Text:
    loan = turn.session.get_one(Loan, notice.about["loan"])
    why = Word(f"why-{str(notice.about['reason']).removeprefix('refusal-')}", {"limit": notice.about["limit"] or 0})
    late = "-late" if loan.due_date < turn.today else ""
    values: dict[str, Value] = {"why": why, "day": loan.due_date}
    return _titled(f"notice-not-renewed-itself{late}", values, loan.item.record if named else None)


def _delayed(turn: Turn, notice: Notice, named: bool) -> list[Text]:
    """That the copy meant for a reader is not to be found, and from when on there is another for him."""
    hold = turn.session.get_one(Hold, notice.about["hold"])
    delivery = turn.session.get(DeliveryRequest, hold.delivery_id) if hold.delivery_id is not None else None
    gone = "notice-gone-delivery" if delivery is not None else "notice-gone-pickup"
    texts = [_titled(gone, {}, hold.record if named else None)]
    day = holds.expected(turn.session, hold, now=turn.now)
    if delivery is not None and (hold.item_id is not None or day is not None):
        again = "notice-gone-round" if hold.item_id is not None else "notice-gone-wait-round"
        return [*texts, Text(again, delivering.promised_values(delivery))]
    if day is None:
        return [*texts, Text("notice-gone-wait")]
    if hold.item_id is None or hold.pickup is None:
        return [*texts, Text("notice-gone-wait-day", {"day": day})]
    return [*texts, Text("notice-gone-day", {"day": day, "place": naming.place(turn, hold.pickup)})]


def _missed(turn: Turn, notice: Notice) -> Text:
    delivery = turn.session.get_one(DeliveryRequest, notice.about["delivery"])
    return Text(f"notice-missed-{delivery.kind}", delivering.promised_values(delivery))


def _titled(id: str, values: dict[str, Value], record: BibliographicRecord | None) -> Text:
    return Text(f"{id}-untitled", values) if record is None else Text(id, {**values, "title": naming.title(record)})
