"""People: a librarian now or later, opinions, books to buy, books to record. Nothing is handed over silently."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta

from bot.dialogue import named, naming
from bot.dialogue.flows import places, which
from bot.dialogue.steps import Arguments, Step
from bot.dialogue.turn import Turn
from bot.messages import Phone, Reply, Text, Title, Value
from catalog.organisation.calendar import is_open
from catalog.organisation.tables import OrgUnit
from catalog.outreach import enquiries
from catalog.records.tables import BibliographicRecord
from speech.recognition import Transcript

SAYS_SOMETHING = 2
"""Signs beside "I have a complaint" from which on the complaint itself has been said."""
OPINIONS = frozenset({"none", "feedback", "suggest_purchase", "find_title", "find_audiobook", "choose", "yes"})
"""What words of one's own may look like."""
AT_LENGTH = 15
"""Syllables from which on what means nothing to us is a speech, and no title."""
SURELY_ELSE = 0.9
SHORT_WISH = 16
"""Up to so many signs a sentence that surely means something else is that, and not a complaint about it."""


def human(turn: Turn) -> Reply:
    """A librarian takes over, with the last lines of the talk; who answers when is said."""
    enquiries.open_enquiry(
        turn.session,
        kind="human",
        patron=turn.patron,
        talk=turn.talk.id,
        transcript=turn.state.lines,
        now=turn.now,
        by=turn.by,
    )
    place = _desk(turn)
    if place is None:
        return Reply((Text("handed-over"),))
    values: dict[str, Value] = {"place": naming.place(turn, place)}
    if place.phone:
        values["phone"] = Phone(place.phone)
    if is_open(turn.session, place=place, now=turn.now):
        return Reply((Text("handed-over-open" if place.phone else "handed-over-open-no-phone", values),))
    opens = places.next_opening(turn, place)
    text = "handed-over-closed" if place.phone else "handed-over-closed-no-phone"
    return Reply((Text(text, {**values, "moment": opens}),))


def call_back(turn: Turn) -> Reply:
    """A librarian is to ring: at the reader's number, at the time wished for."""
    patron = turn.reader
    when = _when(turn)
    if not patron.phone:
        turn.ask("call-number", ("card", "text"), moment=when.isoformat())
        return Reply((Text("ask-phone"),))
    return _ask_call(turn, patron.phone, when)


def feedback(turn: Turn) -> Reply:
    """An opinion or a complaint for the library."""
    return _words_for(turn, "feedback")


def suggest_purchase(turn: Turn) -> Reply:
    """A book the library should buy."""
    title = turn.text("title") or turn.text("text")
    if not title and turn.state.last is not None:
        title = next((str(v) for t in turn.state.last.texts for v in t.values.values() if isinstance(v, Title)), "")
    if not title:
        turn.ask("purchase-what", ("title", "text"))
        return Reply((Text("ask-what-to-buy"),))
    return Reply((Text("purchase-read-back", {"title": Title(title)}),), turn.confirm("suggest-purchase", text=title))


def request_recording(turn: Turn) -> Reply:
    """A book that somebody should read aloud and record."""
    one = which.book(turn, "record-what")
    if isinstance(one, Reply):
        return one
    record = turn.session.get_one(BibliographicRecord, one)
    choices = turn.confirm("request-recording", record=one)
    return Reply((Text("recording-read-back", {"title": naming.title(record)}),), choices)


def suggested(turn: Turn, arguments: Arguments) -> Reply:
    """Leave the suggestion."""
    _open(turn, "purchase", arguments["text"])
    return Reply((Text("purchase-done", {"title": Title(arguments["text"])}),))


def recording_wanted(turn: Turn, arguments: Arguments) -> Reply:
    """Leave the wish for a recording."""
    record = turn.session.get_one(BibliographicRecord, arguments["record"])
    _open(turn, "recording", f"{record.id} {record.title}")
    return Reply((Text("recording-done", {"title": naming.title(record)}),))


def feedback_sent(turn: Turn, arguments: Arguments) -> Reply:
    """Hand the words on."""
    _open(turn, "feedback", arguments["text"])
    return Reply((Text("feedback-done"),))


def recording_agreed(turn: Turn, arguments: Arguments) -> Reply:
    """Consent was given: the next voice note is for the librarian."""
    turn.ask("voice-message", ("text",), kind=arguments["kind"])
    return Reply((Text("record-now"),))


def recorded(turn: Turn) -> Reply | None:
    """Keep this turn's voice note for the librarian, if that is what was agreed; None if it was not."""
    pending = turn.state.pending
    if pending is None or pending.step != "voice-message" or not isinstance(turn.said, Transcript):
        return None
    if turn.sound is None and not turn.said.hypotheses:
        return None
    best = turn.said.hypotheses[0] if turn.said.hypotheses else None
    enquiries.open_enquiry(
        turn.session,
        kind=str(pending.arguments["kind"]),
        patron=turn.patron,
        talk=turn.talk.id,
        text=(best.text or best.syllables) if best else "",
        recording=turn.sound,
        recording_type=turn.media_type,
        consent=turn.sound is not None,
        now=turn.now,
        by=turn.by,
    )
    turn.leave()
    return Reply((Text("voice-message-kept" if turn.sound is not None else "feedback-done"),))


def words_answer(turn: Turn, arguments: Arguments) -> Reply | None:
    """The words themselves, typed or heard: they are read back before they are handed on."""
    if turn.meaning.intent in ("cancel", "no", "help", "human") or _something_else(turn):
        return None
    words = turn.words
    if not words and not turn.heard:
        return None
    turn.leave()
    if not words:
        return Reply((Text("voice-consent"),), turn.confirm("voice-consent", kind=arguments["kind"]))
    return _read_back(turn, str(arguments["kind"]), words)


def purchase_answer(turn: Turn, arguments: Arguments) -> Reply | None:
    """The title of the book to be bought."""
    title = turn.text("title") or turn.text("text") or (turn.words if turn.meaning.intent == "none" else "")
    if not title or turn.meaning.intent in ("cancel", "no"):
        return None
    turn.leave()
    return Reply((Text("purchase-read-back", {"title": Title(title)}),), turn.confirm("suggest-purchase", text=title))


def recording_answer(turn: Turn, arguments: Arguments) -> Reply | None:
    """Which book is to be recorded."""
    one = which.answered_book(turn, "record-what", "request_recording")
    if one is None or isinstance(one, Reply):
        return one
    turn.leave()
    record = turn.session.get_one(BibliographicRecord, one)
    choices = turn.confirm("request-recording", record=one)
    return Reply((Text("recording-read-back", {"title": naming.title(record)}),), choices)


def called_back(turn: Turn, arguments: Arguments) -> Reply:
    """Leave the wish for a call."""
    when = datetime.fromisoformat(arguments["moment"])
    enquiries.open_enquiry(
        turn.session,
        kind="call_back",
        patron=turn.patron,
        talk=turn.talk.id,
        text=arguments["phone"],
        transcript=turn.state.lines,
        call_at=when,
        now=turn.now,
        by=turn.by,
    )
    return Reply((Text("call-done", {"moment": when}),))


def call_answer(turn: Turn, arguments: Arguments) -> Reply | None:
    """Another time, or the number to ring."""
    number = "".join(sign for sign in (turn.text("card") or turn.words) if sign.isdigit())
    when = datetime.fromisoformat(arguments["moment"])
    if turn.day() is not None or turn.hour() is not None:
        turn.leave()
        return _ask_call(turn, arguments.get("phone") or turn.reader.phone, _when(turn))
    if len(number) >= 7 and not arguments.get("phone"):
        turn.leave()
        return _ask_call(turn, number, when)
    return None


STEPS: Mapping[str, Step] = {
    "suggest-purchase": Step("suggest_purchase", yes=suggested),
    "request-recording": Step("request_recording", yes=recording_wanted),
    "record-what": Step("request_recording", answer=recording_answer),
    "feedback": Step("feedback", yes=feedback_sent),
    "feedback-words": Step("feedback", answer=words_answer),
    "voice-consent": Step("feedback", yes=recording_agreed),
    "voice-message": Step("feedback", answer=words_answer),
    "purchase-what": Step("suggest_purchase", answer=purchase_answer),
    "call-back": Step("call_back", yes=called_back, answer=call_answer),
    "call-number": Step("call_back", answer=call_answer),
}


def spoken_at_length(turn: Turn) -> Reply | None:
    """The offer to leave a recording, where somebody spoke long and freely and the ear could not write it down."""
    said = turn.said
    if not isinstance(said, Transcript) or not said.hypotheses or turn.written or turn.state.pending is not None:
        return None
    if len(said.hypotheses[0].syllables.split()) < AT_LENGTH:
        return None
    return Reply((Text("voice-consent"),), turn.confirm("voice-consent", kind="feedback"))


def _words_for(turn: Turn, kind: str) -> Reply:
    """The words to hand on: read back, or offered as a recording where the ear cannot write them down."""
    if turn.heard and not turn.written:
        return Reply((Text("voice-consent"),), turn.confirm("voice-consent", kind=kind))
    words = _own_words(turn)
    if not words:
        turn.ask("feedback-words", ("text",), kind=kind)
        return Reply((Text("ask-feedback"),))
    return _read_back(turn, kind, words)


def _own_words(turn: Turn) -> str:
    """What there is to hand on of a sentence that begins it; "" where it only says that something will come."""
    words = turn.text("text")
    if not words:
        return ""
    bare = turn.locale.incoming(words).casefold()
    for begin in sorted(named.words(turn, "feedback"), key=len, reverse=True):
        bare = bare.replace(begin, "")
    if sum(sign.isalnum() for sign in bare) < SAYS_SOMETHING:
        return ""
    whole = turn.words.strip()
    return whole if len(whole) >= len(words) else words


def _something_else(turn: Turn) -> bool:
    """Whether what was said to an open question for words is surely a wish of its own, and no opinion."""
    meaning = turn.meaning
    return (
        meaning.intent not in OPINIONS
        and meaning.confidence >= SURELY_ELSE
        and (turn.pressed or len(turn.words) <= SHORT_WISH)
    )


def _read_back(turn: Turn, kind: str, words: str) -> Reply:
    return Reply((Text("feedback-read-back", {"words": words}),), turn.confirm(kind, text=words))


def _open(turn: Turn, kind: str, text: str) -> None:
    enquiries.open_enquiry(
        turn.session, kind=kind, patron=turn.patron, talk=turn.talk.id, text=text, now=turn.now, by=turn.by
    )


def _desk(turn: Turn) -> OrgUnit | None:
    """Whose librarians answer: those of the reader's own place that has a telephone, else of its library."""
    place = turn.own_place
    while place is not None and not place.phone and place.parent is not None:
        place = place.parent
    return place or places.first(turn)


def _when(turn: Turn) -> datetime:
    """The time wished for a call, else the next opening."""
    day, hour = turn.day(), turn.hour()
    if day is None and hour is None:
        place = _desk(turn)
        if place is not None and is_open(turn.session, place=place, now=turn.now):
            return turn.local + timedelta(hours=1)
        return places.next_opening(turn, place) if place else turn.local + timedelta(hours=1)
    wanted = datetime.combine(day or turn.today, hour or places.MORNING, turn.services.zone)
    return wanted if wanted > turn.local else wanted + timedelta(days=1)


def _ask_call(turn: Turn, phone: str, when: datetime) -> Reply:
    choices = turn.confirm("call-back", phone=phone, moment=when.isoformat())
    return Reply((Text("call-read-back", {"phone": Phone(phone), "moment": when}),), choices)
