"""Finding a book: by title, author, subject or ISBN, three numbered results at a time, and going through them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from bot.dialogue import named, naming
from bot.dialogue.flows import describing, several, suggesting, unfound
from bot.dialogue.flows.searching import CLEAR, NEARLY, clear, edition, editions, no_edition, search
from bot.dialogue.flows.unfound import WISHES
from bot.dialogue.state import Offered
from bot.dialogue.steps import Arguments, Step, with_question
from bot.dialogue.turn import PAGE, Turn
from bot.messages import Reply, Text, Word
from bot.understanding.meaning import Meaning
from catalog.circulation.availability import Availability
from catalog.records.tables import BibliographicRecord


def find_title(turn: Turn) -> Reply:
    """Any wish for a book."""
    return find(turn, turn.meaning)


def find_audiobook(turn: Turn) -> Reply:
    """A wish for something to listen to."""
    return find(turn, _in_format(turn.meaning, "audiobook"))


def find(turn: Turn, wish: Meaning) -> Reply:
    """Search for `wish`, put the results on offer and say the first of them; where no book is named, suggest some."""
    if (opening := suggesting.suggested(turn, wish)) is not None:
        return page(turn, opening)
    if not any(name in wish.slots for name in WISHES):
        return _in_another_format(turn, wish)
    books = several.several(turn, wish)
    if books is not None:
        turn.offer("records", list(books.ids), wish=wish)
        if len(books.ids) == 1:
            return describing.found_one(turn, books.ids[0], books.without)
        listed = page(turn, (Text("found-some"), *books.without))
        return Reply(listed.texts, listed.choices, (Text("ask-which-or-all"),))
    hits = search(turn, wish)
    if not hits and "author" in wish.slots and "title" in wish.slots:
        hits = search(turn, replace(wish, slots={name: v for name, v in wish.slots.items() if name != "title"}))
    if unfound.only_talk(turn, wish, hits):
        return unfound.neither(turn)
    turn.found = hits
    turn.state.chosen = None
    wanted = str(wish.slots.get("format") or "")
    fitting = [hit for hit in hits if wanted in hit.formats] if wanted else hits
    missing = bool(hits) and bool(wanted) and not fitting
    likely = fitting or hits
    if not likely:
        return unfound.nothing(turn, wish)
    ids = editions(turn, likely, wanted)
    opening = (Text("found-not-in-format", {"format": naming.form(wanted)}),) if missing else ()
    if clear(likely):
        turn.offer("records", ids[:1], wish=wish)
        return describing.found_one(turn, ids[0], opening)
    if len(ids) == 1 and not missing:
        turn.offer("records", ids, wish=wish)
        return describing.found_one(turn, ids[0], (Text("found-perhaps"),))
    turn.offer("records", ids, wish=wish)
    sure = likely[0].score >= CLEAR or (likely[0].why in unfound.RIGHT and likely[0].score >= NEARLY)
    return page(turn, opening or (Text("found-some" if sure else "found-near"),))


def _in_another_format(turn: Turn, wish: Meaning) -> Reply:
    """No book was named, perhaps a format: the book or the list the talk is about, in that format; else ask."""
    form, offered = str(wish.slots.get("format") or ""), turn.state.offered
    if form and turn.state.chosen is not None:
        other = edition(turn, turn.state.chosen, form)
        if other is None:
            text = no_edition(turn, turn.state.chosen, form)
            return with_question(turn.state, text)
        turn.offer("records", [other], wish=offered.wish if offered else None)
        return describing.found_one(turn, other, ())
    if form and offered is not None and offered.wish is not None and any(name in offered.wish.slots for name in WISHES):
        return find(turn, _in_format(offered.wish, form))
    turn.ask("find-what", ("title", "author", "subject"), format=form or None)
    to_hear = form == "audiobook"
    return Reply((Text("ask-what-to-hear" if to_hear else "ask-what-to-read"),))


def page(turn: Turn, texts: tuple[Text, ...]) -> Reply:
    """The page of the records on offer, as numbered lines, title first."""
    offered = turn.state.offered
    assert offered is not None
    shown = turn.offer("records", offered.ids, page=offered.page, wish=offered.wish)
    records = describing.records(turn, shown)
    availabilities = describing.availabilities(turn, records)
    choices = tuple(book_choice(turn, record, availabilities[record.work_id]) for record in records)
    more = len(offered.ids) > (offered.page + 1) * PAGE
    return Reply(texts, choices, (Text("ask-which-or-more" if more else "ask-which"),))


def book_choice(turn: Turn, record: BibliographicRecord, had: Availability) -> Text:
    """One line of a list: title, author, format, and whether it can be had now, or played."""
    state = "state-wait" if had.copies else "state-none"
    if record.format == "audiobook" and describing.playable(turn, record):
        state = "state-listen"
    elif any(copies.available for copies in describing.of_edition(record, had)):
        state = "state-here"
    values = {"title": naming.title(record), "author": naming.people(record.authors)}
    return Text("choice-book", {**values, "format": naming.form(record.format), "state": Word(state)})


def more_results(turn: Turn) -> Reply:
    """The next page of whatever list is on offer."""
    return _turned(turn, +1)


def previous_results(turn: Turn) -> Reply:
    """The page before."""
    return _turned(turn, -1)


def choose(turn: Turn) -> Reply:
    """One of the list on offer, by number or by name."""
    offered = turn.state.offered
    if offered is None or not offered.ids:
        if turn.phrase("title"):
            return find(turn, turn.meaning)
        return Reply((Text("nothing-on-offer"),))
    one = picked(turn, offered)
    if one is None and turn.number("ordinal") is None and not turn.phrase("title"):
        if offered.kind == "records" and turn.state.state == "choosing":
            return turn.go_on_with("yes")
        if len(offered.ids) > 1:
            return Reply((Text("please-say-which"),), *_again(turn))
        one = offered.ids[0]
    if one is None:
        if turn.phrase("title"):
            return find(turn, turn.meaning)
        turn.state.state = "choosing"
        return Reply((Text("no-such-choice"),), *_again(turn))
    return turn.abilities.chosen[offered.kind](turn, one)


def details(turn: Turn) -> Reply:
    """Where the chosen book's copies are, and when this reader can have one."""
    if any(turn.phrase(name) for name in ("title", "isbn")):
        hits = search(turn, turn.meaning)
        turn.found = hits
        if not hits:
            return unfound.nothing(turn, turn.meaning)
        ids = editions(turn, hits, str(turn.meaning.slots.get("format") or ""))
        if clear(hits):
            turn.offer("records", ids[:1], wish=turn.meaning)
            return describing.book(turn, ids[0])
        turn.offer("records", ids, wish=turn.meaning)
        return page(turn, (Text("found-some"),))
    offered = turn.state.offered
    if offered is not None and turn.number("ordinal") is not None:
        return choose(turn)
    if turn.state.chosen is not None:
        return describing.book(turn, turn.state.chosen)
    if offered is not None and offered.kind == "records":
        if len(offered.ids) == 1:
            return describing.book(turn, offered.ids[0])
        return Reply((Text("which-of-these"),), *_again(turn))
    turn.ask("find-what", ("title", "author", "subject"))
    return Reply((Text("ask-which-book"),))


def picked(turn: Turn, offered: Offered) -> int | None:
    """The id that this turn's ordinal or name means among what is on offer; -1 is the last of the page shown."""
    ordinal = turn.number("ordinal")
    if ordinal is not None:
        first = offered.page * PAGE
        shown = offered.ids[first : first + PAGE]
        if ordinal < 0:
            return shown[ordinal] if -ordinal <= len(shown) else None
        return offered.ids[ordinal - 1] if 1 <= ordinal <= len(offered.ids) else None
    name = turn.text("title") or turn.text("place") or turn.text("topic")
    if name:
        for choice, id in zip(_again(turn)[0], offered.ids[offered.page * PAGE :], strict=False):
            said = [str(value) for value in choice.values.values() if isinstance(value, str)]
            if any(name in one or one in name for one in said if one):
                return id
    return None


def what_to_find(turn: Turn, arguments: Arguments) -> Reply | None:
    """The answer to "what would you like to read?"."""
    meaning = turn.meaning
    if meaning.intent in ("no", "cancel"):
        return None
    if not any(name in meaning.slots for name in WISHES) and not named.named(turn, "manner", whole=True):
        return None
    turn.leave()
    wish = replace(meaning, intent="find_title", confidence=min(meaning.confidence, unfound.GUESSED))
    return find(turn, _in_format(wish, str(arguments["format"])) if arguments.get("format") else wish)


STEPS: Mapping[str, Step] = {"find-what": Step("find_title", answer=what_to_find)}


def _turned(turn: Turn, by: int) -> Reply:
    offered = turn.state.offered
    if offered is None or not offered.ids:
        return Reply((Text("nothing-on-offer"),))
    wanted = offered.page + by
    if wanted < 0 or wanted * PAGE >= len(offered.ids):
        turn.state.state = "choosing"
        return Reply((Text("no-more-results" if by > 0 else "no-earlier-results"),), *_again(turn))
    offered.page = wanted
    return turn.abilities.pages[offered.kind](turn, (Text("more-results" if by > 0 else "earlier-results"),))


def _again(turn: Turn) -> tuple[tuple[Text, ...], tuple[Text, ...]]:
    last = turn.state.last
    return (last.choices, last.afterwards) if last else ((), ())


def _in_format(wish: Meaning, form: str) -> Meaning:
    return Meaning(wish.intent, {**wish.slots, "format": form}, wish.confidence, wish.reading)
