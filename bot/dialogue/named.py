"""Which of a few known things a sentence names: a language, a topic, on or off, the nearest place.

Understanding says what was meant (set_language); this says which one, from the words in locales/<tag>/named.yaml. A
sentence of which only the sounds are known is held against the sounds of the same words.
"""

from __future__ import annotations

import re
from datetime import time
from functools import cache
from typing import Any

import yaml

from bot import locales
from bot.dialogue.turn import Turn
from bot.messages import Utterance
from bot.understanding import understand
from bot.understanding.meaning import Moment
from catalog.search import sounds
from speech.recognition import Transcript

ALIKE = 0.85
"""From this likeness on (0 to 1) heard syllables are a word."""
ALONE = 0.9
"""The same for a word of one syllable: too much sounds like it."""


def named(turn: Turn, what: str, said: str = "", *, whole: bool = False) -> str:
    """The id under `what` of the first words found in `said`, or in the whole sentence; "" if none is.

    Of a sentence in another language than the talk's the words of that one count; of what was heard first the
    characters that were written for it, then the sounds. `whole`: a word in letters must stand by itself (something is
    no "thin").
    """
    others = (_table(tag).get(what, ()) for tag in locales.available() if tag != turn.locale.tag)
    tables = [_table(turn.locale.tag)[what], *others]
    writes = _writes_whole if whole else _writes
    for says in (writes, _sounds) if not said else (writes,):
        for table in tables:
            if found := next((id for id, words in table if any(says(turn, one, said) for one in words)), ""):
                return str(found)
    return ""


def says(turn: Turn, what: str) -> bool:
    """Whether one of the words under `what` was said."""
    return any(_says(turn, one, "") for one in _table(turn.locale.tag)[what])


def asks_back(turn: Turn) -> bool:
    """Whether what was said is a question itself ("可以吗", "sure?"): no yes to ours."""
    text = turn.said.text if isinstance(turn.said, Utterance) else ""
    if not text and isinstance(turn.said, Transcript) and turn.said.hypotheses:
        text = turn.said.hypotheses[0].text
        heard = sounds.parse_syllables(turn.said.hypotheses[0].syllables)
        if heard and any(heard[-1:] == sounds.syllables(word) for word in words(turn, "asking_word")):
            return len(heard) > 1
    bare = text.strip().rstrip("\u3002.!\uff01 ")
    return bare.endswith(("?", "\uff1f")) or bare.endswith(tuple(words(turn, "asking_word")))


def only(turn: Turn, what: str, said: str = "") -> bool:
    """Whether nothing but one of the words under `what` was said, in all or in `said`."""
    said = "".join(sign for sign in turn.locale.incoming(said or turn.words).casefold() if sign.isalnum())
    return bool(said) and said in ("".join(one.split()) for one in words(turn, what))


def found(turn: Turn, what: str, text: str) -> bool:
    """Whether one of the words under `what` stands in `text`."""
    return any(one in turn.locale.incoming(text).casefold() for one in words(turn, what))


def words(turn: Turn, what: str) -> list[str]:
    """The words under `what` themselves."""
    return [str(one) for one in _table(turn.locale.tag)[what]]


def table(turn: Turn, what: str) -> list[tuple[str, list[str]]]:
    """The ids under `what` with the words of each; none where this language has no such table."""
    return [(str(id), [str(one) for one in words]) for id, words in _table(turn.locale.tag).get(what, [])]


def under(turn: Turn, what: str, id: str) -> list[str]:
    """The words of `id` in the table `what`."""
    return next((words for one, words in table(turn, what) if one == id), [])


def hours(turn: Turn) -> tuple[time | None, time | None]:
    """From when to when, as far as said: "from nine in the evening to seven", "after nine", "before eight"."""
    words = turn.locale.incoming(turn.words)
    for joint in _table(turn.locale.tag)["until"]:
        first, found, last = words.partition(joint)
        if found:
            begin, end = (_time(turn, part) for part in (first, last))
            if begin is not None and end is not None:
                return begin, end
    one = turn.hour()
    return (None, one) if says(turn, "before") else (one, None)


def _time(turn: Turn, words: str) -> time | None:
    moment = Moment("asking", frozenset({"time"}), (), "quiet_hours")
    meaning = understand(Utterance(words), locale=turn.locale, moment=moment, today=turn.today)
    value = meaning.slots.get("time")
    return value if isinstance(value, time) else None


def _says(turn: Turn, word: str, said: str) -> bool:
    return _writes(turn, word, said) if said or turn.words else _sounds(turn, word, said)


def _writes(turn: Turn, word: str, said: str) -> bool:
    """Whether `word` stands in the characters of `said`, or of the whole sentence."""
    return word in turn.locale.incoming(said or turn.words).casefold()


def _writes_whole(turn: Turn, word: str, said: str) -> bool:
    """The same, for words in letters only where no letter stands next to them."""
    if not word.isascii():
        return _writes(turn, word, said)
    return (
        re.search(rf"(?<![a-z]){re.escape(word)}(?![a-z])", turn.locale.incoming(said or turn.words).casefold())
        is not None
    )


def _sounds(turn: Turn, word: str, said: str) -> bool:
    """Whether `word` was heard, by its sounds; a single syllable must be just that one."""
    if not isinstance(turn.said, Transcript) or not turn.said.hypotheses:
        return False
    best = turn.said.hypotheses[0]
    heard, sound = sounds.parse_syllables(best.syllables) or sounds.syllables(best.text), sounds.syllables(word)
    size, alike = len(sound), ALIKE if len(sound) > 1 else ALONE
    return size > 0 and any(
        sounds.similarity(heard[at : at + size], sound) >= alike for at in range(len(heard) - size + 1)
    )


@cache
def _table(tag: str) -> dict[str, Any]:
    table: dict[str, Any] = {}
    for one in reversed(locales.load(tag).chain):
        file = locales.FOLDER / one / "named.yaml"
        if file.is_file():
            table |= yaml.safe_load(file.read_text("utf-8"))
    return table
