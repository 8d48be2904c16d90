"""The sound of a note waits in memory for its answer, and nowhere else."""

from __future__ import annotations

import json
from collections.abc import Sequence

from rapidfuzz.distance import Levenshtein

from bot import relay
from bot.relay import sounds
from bot.relay.bodies import said_in, transcript_from_json, transcript_to_json
from speech.recognition import Hypothesis, Transcript
from tests.bot.relay.test_answering import NOW, answer, row, store
from tests.libraries import Library

SAID = "wo3 xiang3 jie4 huo2 zhe5"


class Asked:
    """The sound of SAID: the less likely another sentence, the more of its syllables are others."""

    def likelihoods(self, sentences: Sequence[Sequence[str]]) -> list[float | None]:
        return [-8.0 * Levenshtein.distance(sentence, SAID.split()) for sentence in sentences]


def test_a_sound_goes_along_in_memory_and_is_dropped_when_answered(library: Library) -> None:
    sound = Asked()
    heard = Transcript((Hypothesis(syllables=SAID),), 0.9, 2.0, sound=sound)
    number = store(library, "1", hear="audio/ogg", sound=b"OggS")
    assert relay.hear_next(library.sessions, channels={"console"}, hear=lambda *_: heard, now=NOW)
    stored = row(library, number).transcript
    assert stored is not None and sounds.kept(stored["sound"]) is sound
    assert len(json.dumps(stored)) < 300
    waiting = said_in(row(library, number))
    assert isinstance(waiting, Transcript) and waiting.sound is sound
    reply = answer(library)
    assert reply is not None and reply.details is not None and reply.details["intent"] == "find_title"
    assert sounds.kept(stored["sound"]) is None


def test_without_its_sound_a_note_is_what_was_written_down() -> None:
    heard = Transcript((Hypothesis(syllables="ni3 hao3"),), 0.9, 1.0, sound=Asked())
    stored = transcript_to_json(heard)
    sounds.drop(stored["sound"])
    again = transcript_from_json(stored)
    assert (again, again.sound) == (heard, None)


def test_only_a_few_sounds_wait() -> None:
    first = sounds.keep(Asked())
    more = [sounds.keep(Asked()) for _ in range(sounds.MOST)]
    assert sounds.kept(first) is None and sounds.kept(more[0]) is not None
    for word in more:
        sounds.drop(word)
    assert sounds.keep(None) == ""
