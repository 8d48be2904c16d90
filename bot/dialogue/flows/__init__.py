"""What the service can do: FLOWS says which function answers each intent, STEPS what may follow each question.

Reading these tables is reading the product. An ability is one file beside this one, its words in locales, and a line
here.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from bot.dialogue import acting
from bot.dialogue.flows import (
    correcting,
    delegating,
    delivering,
    describing,
    events,
    fetching,
    finding,
    held,
    holding,
    lending,
    linking,
    listening,
    people,
    places,
    preferring,
    privacy,
    rearranging,
    regularly,
    regulations,
    speaking,
    talk,
    volunteering,
)
from bot.dialogue.steps import Arguments, Flow, Step
from bot.dialogue.turn import Abilities, Turn
from bot.messages import Reply, Text

FLOWS: Mapping[str, Flow] = {
    "greet": talk.greet,
    "thanks": talk.thanks,
    "bye": talk.bye,
    "help": talk.help_,
    "none": talk.none,
    "find_title": finding.find_title,
    "find_audiobook": finding.find_audiobook,
    "more_results": finding.more_results,
    "previous_results": finding.previous_results,
    "choose": finding.choose,
    "details": finding.details,
    "place_hold": holding.place_hold,
    "list_holds": held.list_holds,
    "cancel_hold": held.cancel_hold,
    "suspend_hold": held.suspend_hold,
    "request_delivery": delivering.request_delivery,
    "delivery_status": rearranging.delivery_status,
    "change_delivery": rearranging.change_delivery,
    "request_return_pickup": fetching.request_return_pickup,
    "list_loans": lending.list_loans,
    "renew": lending.renew,
    "renew_all": lending.renew_all,
    "return_where": lending.return_where,
    "play_audiobook": listening.play_audiobook,
    "continue_listening": listening.continue_listening,
    "list_events": events.list_events,
    "join_event": events.join_event,
    "leave_event": events.leave_event,
    "branch_info": places.branch_info,
    "library_rules": regulations.library_rules,
    "yes": correcting.yes,
    "no": correcting.no,
    "cancel": correcting.cancel,
    "undo": correcting.undo_last,
    "what_did_you_do": correcting.what_did_you_do,
    "repeat": speaking.repeat,
    "slower": speaking.slower,
    "faster": speaking.faster,
    "louder": speaking.louder,
    "shorter": speaking.shorter,
    "longer": speaking.longer,
    "spell_out": speaking.spell_out,
    "human": people.human,
    "call_back": people.call_back,
    "feedback": people.feedback,
    "suggest_purchase": people.suggest_purchase,
    "request_recording": people.request_recording,
    "errands": volunteering.errands,
    "reading_profile": regularly.reading_profile,
    "link_card": linking.link_card,
    "unlink_card": linking.unlink_card,
    "delegate": delegating.delegate,
    "set_language": speaking.set_language,
    "set_voice_reply": speaking.set_voice_reply,
    "set_reminders": preferring.set_reminders,
    "set_auto_renew": preferring.set_auto_renew,
    "quiet_hours": preferring.quiet_hours,
    "subscribe_topic": preferring.subscribe_topic,
    "unsubscribe": preferring.unsubscribe,
    "export_my_data": privacy.export_my_data,
    "forget_me": privacy.forget_me,
}
"""Intent → the function that answers it."""


def _person_wanted(turn: Turn, arguments: Arguments) -> Reply:
    return people.human(turn)


STEPS: Mapping[str, Step] = {
    **finding.STEPS,
    **delivering.STEPS,
    **fetching.STEPS,
    **rearranging.STEPS,
    **holding.STEPS,
    **held.STEPS,
    **lending.STEPS,
    **listening.STEPS,
    **events.STEPS,
    **people.STEPS,
    **volunteering.STEPS,
    **regularly.STEPS,
    **linking.STEPS,
    **preferring.STEPS,
    **delegating.STEPS,
    **acting.STEPS,
    **privacy.STEPS,
    **speaking.STEPS,
    **correcting.STEPS,
    "want-a-person": Step("human", yes=_person_wanted),
}
"""Question under way → what yes, no and other answers do."""

CHOSEN: Mapping[str, Callable[[Turn, int], Reply]] = {
    "records": describing.book,
    "loans": lending.chosen,
    "holds": held.chosen,
    "deliveries": rearranging.chosen,
    "events": events.chosen,
    "places": places.chosen,
    "delegates": delegating.chosen,
}
"""Kind of list → what choosing one of it does."""

PAGES: Mapping[str, Callable[[Turn, tuple[Text, ...]], Reply]] = {
    "records": finding.page,
    "loans": lending.page,
    "holds": held.page,
    "events": events.page,
    "places": places.page,
    "delegates": delegating.page,
}
"""Kind of list → how a page of it is said."""

KEEPS = frozenset(
    {"repeat", "slower", "faster", "louder", "shorter", "longer", "spell_out", "help", "thanks", "greet"}
    | {"set_language", "set_voice_reply", "what_did_you_do", "library_rules"}
)
"""Intents that leave what is under way as it is."""

ABILITIES = Abilities(FLOWS, CHOSEN, PAGES)
"""The tables as a turn carries them, so that one flow may hand over to another."""
