"""The value types of understanding: what was meant, and the moment of the talk in which it was said."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, time

INTENTS: tuple[str, ...] = (
    *("greet", "thanks", "bye", "help", "none"),
    *("find_title", "find_audiobook", "more_results", "previous_results", "choose", "details"),
    *("place_hold", "list_holds", "cancel_hold", "suspend_hold"),
    *("request_delivery", "delivery_status", "change_delivery", "request_return_pickup", "reading_profile"),
    *("list_loans", "renew", "renew_all", "return_where"),
    *("play_audiobook", "continue_listening"),
    *("list_events", "join_event", "leave_event", "branch_info", "library_rules"),
    *("yes", "no", "cancel", "undo", "what_did_you_do"),
    *("repeat", "slower", "faster", "louder", "shorter", "longer", "spell_out"),
    *("human", "call_back", "feedback", "suggest_purchase", "request_recording", "errands"),
    *("link_card", "unlink_card", "delegate", "set_language", "set_voice_reply", "set_reminders", "quiet_hours"),
    *("set_auto_renew",),
    *("subscribe_topic", "unsubscribe", "export_my_data", "forget_me"),
)
"""Every intent there is (CONTRACT.md); `none` is: nothing for a library, or nothing understood."""

SLOTS: tuple[str, ...] = (
    *("title", "author", "subject", "format", "isbn", "ordinal", "count", "date", "time", "days", "topic"),
    *("card", "library", "place", "person", "text"),
)
FORMATS: tuple[str, ...] = ("print", "large_print", "braille", "audiobook", "ebook")


@dataclass(frozen=True, slots=True)
class Around:
    """The syllables of a sentence before some free words and behind them; `cost`: how dear it is that it was this one.

    In nats, like the costs of weighing.py.
    """

    before: tuple[str, ...] = ()
    behind: tuple[str, ...] = ()
    cost: float = 0.0


@dataclass(frozen=True, slots=True)
class Phrase:
    """Free words inside a sentence (a title, an author, a place): as characters, as toned syllables, or both.

    Typed words have `text` only. Words heard by an ear that writes pinyin have `syllables` only ("san1 ti3"), and
    `text` is filled once the catalogue has told which characters they are. `others` are the same stretch in the
    recognizer's further hypotheses, with weights. `around` are the ways its sentence may have been said around it: the
    syllables before it and behind it. It is known only in the turn in which it was heard, and goes with its sound.
    """

    text: str = ""
    syllables: str = ""
    heard: bool = False
    weight: float = 1.0
    others: tuple[Phrase, ...] = ()
    around: tuple[Around, ...] = field(default=(), compare=False)


SlotValue = Phrase | str | int | date | time


@dataclass(frozen=True, slots=True)
class Moment:
    """What the talk expects just now; it decides between readings ("第二" of a list, "好" to a question).

    `state` is DialogueState.state: "idle", "choosing" (numbered options are on offer), "confirming" (a yes/no question
    is open), "asking" (a free answer is awaited, of the slots in `expects`), "playing".
    `options` are the labels of what is on offer, in order; naming one of them is choosing it. `intent` is the intent
    under way ("" if none): a free answer to an asked question comes back as that intent with the expected slot filled.
    """

    state: str = "idle"
    expects: frozenset[str] = frozenset()
    options: tuple[str, ...] = ()
    intent: str = ""


@dataclass(frozen=True, slots=True)
class Meaning:
    """What was meant: an intent of INTENTS, its slots (keys of SLOTS), how sure (0 to 1).

    `reading` is the sentence in characters as it was understood (for typed words: the words). `rivals` are the next
    best meanings, best first, for asking back.
    """

    intent: str
    slots: Mapping[str, SlotValue] = field(default_factory=dict)
    confidence: float = 1.0
    reading: str = ""
    rivals: tuple[Meaning, ...] = ()
