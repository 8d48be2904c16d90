"""What passes between the rooms of a talk: channel- and language-neutral value types, and nothing that acts.

Coming in, a channel stores an `Utterance`, a `Choice` or a `VoiceNote`; speech turns a voice note into a `Transcript`
(speech.recognition). Going out, dialogue makes a `Reply` of text ids and values, and rendering makes a `Message` of it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time

from speech.recognition import Transcript


@dataclass(frozen=True, slots=True)
class Utterance:
    """Words a patron typed."""

    text: str


@dataclass(frozen=True, slots=True)
class Choice:
    """A button a patron pressed, or a number chosen from the choices of the last message.

    `number` is 1-based. `offer` names the message whose choices were meant ("" means the last one), so that a button
    of last week cannot be taken for one of today.
    """

    number: int
    offer: str = ""


@dataclass(frozen=True, slots=True)
class VoiceNote:
    """A recording as the channel received it, not yet decoded."""

    sound: bytes
    media_type: str = ""


Said = Utterance | Choice | Transcript


class Title(str):
    """A work's title: shown in book-title marks, spoken between pauses."""


class Place(str):
    """The name of a library, branch, reading room or service point."""


class Phone(str):
    """A telephone number: spoken digit by digit."""


class Isbn(str):
    """An ISBN: spoken digit by digit."""


class CallNumber(str):
    """A call number such as I247.5/4: spoken sign by sign."""


class Link(str):
    """An address on the web: shown, never spoken."""


class Code(str):
    """A one-time code, card number or code word of digits and letters: spoken sign by sign."""


@dataclass(frozen=True, slots=True)
class Word:
    """A word of ours that stands inside a sentence (a format, a weekday, a state): a text id of its own."""

    id: str
    values: Mapping[str, Value] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Several:
    """A list inside a sentence, joined as the language joins it."""

    items: tuple[Value, ...]


Value = str | int | float | date | datetime | time | Word | Several


@dataclass(frozen=True, slots=True)
class Text:
    """One sentence to be said: its id in locales/<tag>/ and the values that stand in it."""

    id: str
    values: Mapping[str, Value] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Reply:
    """What the service answers: sentences in order, numbered offers, still without words.

    `texts` come first, then `choices` as numbered lines (1-based, short, each saying which book, place or act it is),
    then `afterwards` (the question). `state` is where the talk stands now (DialogueState.state).
    """

    texts: tuple[Text, ...]
    choices: tuple[Text, ...] = ()
    afterwards: tuple[Text, ...] = ()


@dataclass(frozen=True, slots=True)
class Message:
    """A reply in words: `shown` to be read, `spoken` to be said aloud, `choices` as labels for buttons.

    `offer` is the id a `Choice` must carry to mean one of these choices. `pace` is the speed for a synthesizer
    (0.6 to 3, 1 is normal), `volume` how loud it is to be (0.2 to 2, 1 is normal), `timbre` whose
    voice it is to sound like (speech.synthesis.TIMBRES; "" is the engine's own).
    `aloud` tells a channel that the patron wants this reply as sound too. `secret`: the next
    answer is a PIN or a code, to be typed unseen; `hush`: what was just said held one, so a channel keeps dots of it;
    `once`: the reply itself says one, and a channel keeps its words only until something else is said.
    `heard` is what a recording was taken to say, where this answers one: "" for nothing, or for what held a secret.
    """

    shown: str
    spoken: str
    choices: tuple[str, ...] = ()
    offer: str = ""
    locale: str = "zh-CN"
    pace: float = 1.0
    volume: float = 1.0
    timbre: str = ""
    aloud: bool = False
    secret: bool = False
    hush: bool = False
    once: bool = False
    heard: str | None = None
