"""From a reply of ids and values to a message in words: what is shown and what is said aloud, in a reader's language.

All words come from locales/<tag>/texts; this package decides nothing and stores nothing. A reply is said in the order
texts, numbered choices, question, each text on a line of its own, so that a screen reader can go through it.
"""

from __future__ import annotations

from datetime import date

from bot.locales import Locale
from bot.messages import Message, Reply, Text, Value
from bot.rendering import texts
from bot.rendering.speech import joined
from bot.rendering.values import Manner

__all__ = ["Manner", "label", "render", "say"]


def render(
    reply: Reply,
    *,
    locale: Locale,
    verbosity: str = "normal",
    pace: float = 1.0,
    volume: float = 1.0,
    timbre: str = "",
    aloud: bool = False,
    offer: str = "",
    today: date | None = None,
) -> Message:
    """The message of `reply`. `verbosity` is short, normal or long; `today` lets near days be called by their names.

    Raises KeyError for a text id that no language has.
    """
    eye = Manner(locale, aloud=False, verbosity=verbosity, today=today)
    ear = Manner(locale, aloud=True, verbosity=verbosity, today=today)
    labels = [eye.text(choice) for choice in reply.choices]
    lines = [
        *(eye.text(text) for text in reply.texts),
        *(
            eye.text(Text("choice-line", {"number": number, "label": label_}))
            for number, label_ in enumerate(labels, 1)
        ),
        *(eye.text(text) for text in reply.afterwards),
    ]
    said = [
        *(ear.text(text) for text in reply.texts),
        *(
            ear.text(Text("choice-line", {"number": number, "label": spoken}))
            for number, choice in enumerate(reply.choices, 1)
            if (spoken := ear.words(choice))
        ),
        *(ear.text(text) for text in reply.afterwards),
    ]
    return Message(
        shown=locale.outgoing("\n".join(line for line in lines if line)),
        spoken=locale.outgoing(joined(said, texts.of(locale))),
        choices=tuple(locale.outgoing(one) for one in labels),
        offer=offer,
        locale=locale.tag,
        pace=pace,
        volume=volume,
        timbre=timbre,
        aloud=aloud,
    )


def label(text: Text, *, locale: Locale) -> str:
    """One text as it is shown."""
    return locale.outgoing(Manner(locale, aloud=False).text(text))


def say(locale: Locale, id: str, **values: Value) -> str:
    """The sentence `id` as it is shown, for those who print single sentences."""
    return label(Text(id, values), locale=locale)
