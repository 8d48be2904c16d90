"""What happens when it is not sure what was meant: a narrower question, then an example, then a person.

Nothing is done on a guess. Counted are misses in a row; anything understood starts anew.
"""

from __future__ import annotations

from dataclasses import replace

from bot.dialogue import named, reading, reports
from bot.dialogue.flows import people, searching, unfound
from bot.dialogue.steps import with_question
from bot.dialogue.turn import PAGE, Turn
from bot.messages import Reply, Text, Utterance, Word
from bot.understanding.meaning import Around, Meaning, Phrase
from bot.understanding.sounding import books_said, said_plainly
from catalog.organisation import directory
from speech.recognition import Transcript

SURE = 0.5
"""Below this confidence nothing is taken as meant."""
SURE_TO_ACT = 0.65
"""Below this confidence what would change something at once is asked first."""
SURE_TO_ACT_HEARD = 0.9
"""The same for what was only heard (docs/decisions/0021 says how many of such readings are right)."""
SURE_OF_HALF = 0.85
"""So sure at the most is what was heard of a recording that breaks off: a book is looked for, but nothing is done."""
SURE_BESIDE_ANOTHER = 0.7
"""Below this confidence what was only heard is asked, where something else is likely as well and nothing is under way:
of such readings four in ten are wrong, and the right one is mostly the next."""
ACTING = frozenset(
    {
        *("yes", "undo", "human", "unlink_card", "set_reminders", "quiet_hours", "subscribe_topic", "unsubscribe"),
        *("set_auto_renew",),
        *("set_language", "set_voice_reply", "slower", "faster", "louder", "shorter", "longer", "export_my_data"),
    }
)
"""Intents that do something without a further question, or answer one. What reads back first needs no other question:
it is not here."""
ALONE = frozenset({"emergency"})
"""What is said alone, and leaves what was on offer as it was."""
WHOLE = frozenset({"exact", "pinyin", "phonetic"})
"""Ways of matching in which all that was said is a title."""
LEAST, LEAST_HEARD = 3, 2
"""Signs or syllables a title has that is recognised although the words might be a sentence of ours; and that was heard
as it stands in the catalogue."""
LIKELIEST = 2
"""So many stretches of a heard wish are looked up as titles."""
SOUND_FOR_SOUND = 0.94
"""From this score on a title is what was heard, in all of its sounds."""
FINDS = frozenset({"find_title", "find_audiobook"})
"""Intents that change nothing: a good match is reason enough."""
LIKELY = 0.25
"""Rivals below this are not worth a question."""


def unsure(turn: Turn) -> Reply | None:
    """What to ask if this turn was not understood well enough; None if it was."""
    if turn.heard and turn.state.pending is None and _a_title_heard(turn):
        return None
    meaning, state = turn.meaning, turn.state
    if meaning.intent == "yes" and state.state == "confirming" and named.asks_back(turn):
        return _narrower(turn)
    if meaning.intent == "find_title" and meaning.confidence < unfound.SURE_OF_A_TITLE and _under_way(turn):
        return _or_a_place(turn)
    if meaning.confidence < SURE_TO_ACT and state.pending is None and _a_book(turn):
        return None
    if meaning.intent in ("none", "help") and meaning.confidence < SURE_TO_ACT and named.named(turn, "emergency"):
        return Reply((Text("emergency"),))  # and nothing else is said: what was on offer can wait
    if meaning.intent == "none":
        if _awaited(turn):
            return None
        if (offer := people.spoken_at_length(turn)) is not None:
            return offer
        if _almost(turn):
            return None if _a_book_after_all(turn) else _narrower(turn)
        return _miss(turn) if meaning.confidence < SURE or not _free(turn) else None
    if meaning.confidence >= _enough(turn, meaning.intent):
        return None
    if state.state == "asking" and _fits(turn, meaning):
        return None
    if meaning.intent in FINDS and meaning.slots and unfound.convincing(searching.search(turn, meaning)):
        return None
    return None if state.state == "idle" and _a_book_after_all(turn) else _narrower(turn)


def _enough(turn: Turn, intent: str) -> float:
    """How sure it must be that `intent` was meant before it is taken as said."""
    acts = intent in ACTING
    if intent == "yes":
        acts = turn.state.state == "confirming"  # else it only means the first of what is on offer
    if intent == "renew":
        acts = bool(turn.state.focus)  # what a reminder has just named is renewed at once
    if not acts:
        return SURE_BESIDE_ANOTHER if _doubtful(turn, intent) else SURE
    return SURE_TO_ACT_HEARD if turn.heard else SURE_TO_ACT


def _a_title_heard(turn: Turn) -> bool:
    """Whether a book is called, sound for sound, what was heard, which only sounds like a sentence of ours (围城 is no
    "喂，成"): what the library has is a language model too."""
    said = turn.said
    if not isinstance(said, Transcript) or not said.hypotheses or turn.locale.language != "zh":
        return False
    if turn.meaning.intent != "none" and said_plainly(said, turn.meaning.intent, turn.locale):
        return False
    whole = _whole(turn, LEAST_HEARD)
    bare = [Meaning("find_title", {"title": whole}, unfound.GUESSED)] if whole else []
    for wish in (*bare, *books_said(said, turn.locale)[:LIKELIEST]):
        query = replace(searching.query_of(turn, wish, searching.usable(turn)), whole=True)
        hits = searching.asked(turn, query)
        if hits and hits[0].why in WHOLE and hits[0].score >= SOUND_FOR_SOUND:
            turn.meaning = turn.understood = replace(wish, reading=turn.meaning.reading)
            return True
    return False


def _doubtful(turn: Turn, intent: str) -> bool:
    """Whether what was heard only comes near to `intent`, with another one likely too."""
    said = turn.said
    if not isinstance(said, Transcript) or intent in FINDS or turn.state.pending is not None:
        return False
    if not _another(turn.meaning) or said_plainly(said, intent, turn.locale, politely=True):
        return False
    return "title" not in turn.meaning.slots or not _called_so(turn, turn.meaning, SOUND_FOR_SOUND)


def _another(meaning: Meaning) -> bool:
    """Whether another intent is likely enough to be asked for."""
    return any(one.confidence >= LIKELY and one.intent != meaning.intent for one in meaning.rivals)


def _a_book(turn: Turn) -> bool:
    """Whether what was not sure to be a sentence of ours is just the title of a book: then that is meant."""
    phrase = _whole(turn)
    if phrase is None:
        return False
    wish = Meaning("find_title", {"title": phrase}, unfound.GUESSED, turn.meaning.reading)
    query = searching.query_of(turn, wish, searching.usable(turn))
    if query != searching.query_of(turn, turn.meaning, query.formats):
        query = replace(query, whole=True)  # else it is what the answer will ask for as well
    hits = searching.asked(turn, query)
    if not hits or hits[0].why not in WHOLE or hits[0].score < searching.CLEAR:
        return False
    turn.meaning = turn.understood = wish
    return True


def _a_book_after_all(turn: Turn) -> bool:
    """Whether the catalogue has a book that sounds like what was hardly a sentence of ours: then that is meant."""
    wish = next((one for one in turn.meaning.rivals if one.intent in FINDS and one.slots), None)
    if wish is None or (turn.heard and wish.confidence < LIKELY and not _called_so(turn, wish)):
        return False
    if not unfound.convincing(searching.search(turn, wish)):
        return False
    turn.meaning = turn.understood = wish
    return True


def _called_so(turn: Turn, wish: Meaning, least: float = unfound.LIKE) -> bool:
    """Whether a book is called about as was heard: a subject of which two syllables are in a sentence is no reason."""
    hits = searching.asked(turn, searching.query_of(turn, wish, searching.usable(turn)))
    return bool(hits) and hits[0].why in WHOLE and hits[0].score >= least


def _whole(turn: Turn, least: int = LEAST) -> Phrase | None:
    """All that was said, as one phrase; None for a button, or for fewer than `least` signs or syllables."""
    if isinstance(turn.said, Utterance):
        return Phrase(turn.said.text) if len(turn.said.text) >= least else None
    best = turn.said.hypotheses[0] if isinstance(turn.said, Transcript) and turn.said.hypotheses else None
    if best is None or max(len(best.text), len(best.syllables.split())) < least:
        return None
    return Phrase(best.text, best.syllables, True, around=(Around(),))


def _or_a_place(turn: Turn) -> Reply | None:
    """A bare phrase said to an open question: a book there is, a kind of book, a place there is, or nothing."""
    slots = turn.meaning.slots
    offered = turn.state.offered
    if offered is not None and offered.kind == "loans" and named.only(turn, "all"):
        turn.meaning = turn.understood = Meaning("renew_all", {}, SURE_TO_ACT, turn.meaning.reading)
        return None
    if offered is not None and offered.kind == "delegates" and turn.words and turn.state.last is not None:
        names = [reports.option_name(one) for one in turn.state.last.choices]
        if any(name and name in turn.words for name in names):  # of namesakes the step asks which
            turn.meaning = turn.understood = Meaning("choose", {}, SURE, turn.meaning.reading)
            return None
    address = reading.another_address(turn)
    if address is not None:
        turn.meaning = turn.understood = Meaning("change_delivery", {"place": address}, SURE, turn.meaning.reading)
        return None
    if any(name in slots for name in ("format", "subject", "isbn")):
        return None
    if unfound.convincing(searching.search(turn, turn.meaning)):
        return None
    phrase = turn.phrase("title")
    found = directory.find(turn.session, name=phrase.text, syllables=phrase.syllables) if phrase is not None else []
    if phrase is not None and found:
        place = replace(phrase, text=found[0].short_name or found[0].name, others=())
        turn.meaning = replace(turn.meaning, intent="none", slots={"place": place})
        return None
    return missed(turn)


def _under_way(turn: Turn) -> bool:
    """Whether a question is open to which a bare phrase is hardly a new wish."""
    return turn.state.pending is not None and turn.state.state != "asking"


def _free(turn: Turn) -> bool:
    """Whether nothing but chat was said where nothing is under way: it gets its own kind answer."""
    return turn.state.pending is None


def _fits(turn: Turn, meaning: Meaning) -> bool:
    return any(slot in meaning.slots for slot in turn.state.expects)


def _narrower(turn: Turn) -> Reply:
    """Ask which of the likely meanings it was."""
    meaning, state = turn.meaning, turn.state
    state.misses += 1
    if state.misses >= 3:
        return _person(turn)
    likely = [one for one in (meaning, *meaning.rivals) if one.confidence >= LIKELY and one.intent != "none"]
    different = list({one.intent: one for one in reversed(likely)}.values())[::-1][:PAGE]
    if state.pending is not None and different and different[0].intent in ("yes", "no"):
        return with_question(turn.state, Text("say-yes-or-no"))
    if not different:
        return _again(turn)
    state.leave()
    state.choices = [Meaning(one.intent, one.slots, 1.0) for one in different]
    state.state = "choosing"
    if len(different) == 1:  # who listens hears it once, as a question
        only = wish(different[0])
        it = Word(only.id, only.values)
        return Reply((Text("did-you-mean-this", {"wish": it}),), (Text("choice-this", {"wish": it}),))
    return Reply((Text("did-you-mean"),), tuple(wish(one) for one in different))


def wish(meaning: Meaning) -> Text:
    """A meaning as a choice: what would be done."""
    title = meaning.slots.get("title") or meaning.slots.get("author") or meaning.slots.get("subject")
    words = getattr(title, "text", "") or ""
    if words:
        return Text(f"wish-{meaning.intent.replace('_', '-')}", {"what": words})
    return Text(f"wish-{meaning.intent.replace('_', '-')}", {"what": "none"})


def after_a_miss(turn: Turn, misses: int, reply: Reply) -> Reply:
    """`reply` could do nothing with what was said, after `misses` before it: the third time a person is offered."""
    turn.state.misses = misses + 1
    return _person(turn) if turn.state.misses >= 3 else reply


def missed(turn: Turn) -> Reply:
    """Nothing was understood of an answer that was awaited, also by what had asked for it."""
    if turn.heard and _almost(turn):
        return _narrower(turn)
    turn.state.misses += 1
    return _person(turn) if turn.state.misses >= 3 else _again(turn)


def _miss(turn: Turn) -> Reply | None:
    """Nothing was understood; words that may be a free answer are left to what asked for it."""
    pending = turn.state.pending
    if pending is not None and turn.state.state == "asking" and turn.words:
        return None
    return missed(turn)


def _awaited(turn: Turn) -> bool:
    """Whether what was heard, and is no sentence of ours, may be the answer to an open question: who asked looks."""
    return turn.heard and turn.state.pending is not None and turn.state.state == "asking"


def _almost(turn: Turn) -> bool:
    """Whether some sentence of ours is likely enough to be asked for."""
    return any(one.confidence >= LIKELY for one in turn.meaning.rivals)


def _again(turn: Turn) -> Reply:
    """The first miss asks again, the second with an example."""
    second = turn.state.misses >= 2
    if turn.state.pending is not None or turn.state.state == "choosing":
        turn.repeats = True
        return with_question(turn.state, Text("not-understood-example" if second else "not-understood"))
    if not second:
        return Reply((Text("not-understood-idle"),))
    return Reply((Text("not-understood-example"), Text("help-idle")))


def _person(turn: Turn) -> Reply:
    """The third miss offers a person."""
    turn.state.misses = 0
    turn.state.leave()
    choices = turn.confirm("want-a-person")
    return Reply((Text("offer-a-person"),), choices)
