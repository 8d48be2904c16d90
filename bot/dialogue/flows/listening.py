"""Listening: the link to a recording, and going on where one stopped."""

from __future__ import annotations

from collections.abc import Mapping

from bot.dialogue import naming
from bot.dialogue.flows import describing, searching, which
from bot.dialogue.steps import Arguments, Step
from bot.dialogue.turn import Turn
from bot.messages import Link, Reply, Text, Value, Word
from catalog.audiobooks import playing
from catalog.records.tables import BibliographicRecord

MINUTE = 60


def play_audiobook(turn: Turn) -> Reply:
    """Start the recording of the book meant."""
    one = which.book(turn, "play-what")
    return one if isinstance(one, Reply) else play(turn, one)


def play(turn: Turn, record_id: int) -> Reply:
    """Give the link, from where the reader stopped."""
    turn.state.chosen = record_id
    record = turn.session.get_one(BibliographicRecord, record_id)
    if playing.recording_of(turn.session, record_id=record_id) is None:
        borrowed = record_id if record.format == "audiobook" else searching.edition(turn, record_id, "audiobook")
        if borrowed is not None:
            return describing.found_one(turn, borrowed, (Text("only-to-borrow", {"title": naming.title(record)}),))
        choices = turn.confirm("request-recording", record=record_id)
        return Reply((Text("no-recording", {"title": naming.title(record)}),), choices)
    held = playing.link(turn.session, patron=turn.patron, record_id=record_id, now=turn.now, by=turn.by)
    turn.leave()
    turn.state.state = "playing"
    values: dict[str, Value] = {"title": naming.title(record), "link": Link(held.url)}
    texts = [Text("play-link", values)]
    if held.position >= MINUTE:
        texts.append(Text("play-from", {"minutes": held.position // MINUTE}))
    if held.seconds >= MINUTE:
        texts.append(Text("play-length", {"length": length(held.seconds)}))
    if held.label_accessible:
        texts.append(Text("play-label"))
    return Reply(tuple(texts))


def continue_listening(turn: Turn) -> Reply:
    """Go on with what was listened to last."""
    recording = playing.last_played(turn.session, patron=turn.reader)
    if recording is None:
        return Reply((Text("nothing-begun"),))
    return play(turn, recording.record_id)


def what_answer(turn: Turn, arguments: Arguments) -> Reply | None:
    """Which book is to be played."""
    one = which.answered_book(turn, "play-what", "play_audiobook")
    if one is None or isinstance(one, Reply):
        return one
    turn.leave()
    return play(turn, one)


def length(seconds: int) -> Word:
    """A length of time in hours and minutes."""
    hours, minutes = divmod(round(seconds / MINUTE), MINUTE)
    if hours and minutes:
        return Word("length-hours-minutes", {"hours": hours, "minutes": minutes})
    return Word("length-hours", {"hours": hours}) if hours else Word("length-minutes", {"minutes": minutes})


STEPS: Mapping[str, Step] = {"play-what": Step("play_audiobook", answer=what_answer)}
