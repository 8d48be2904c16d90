"""How long a whole reply may be for who only hears it: what the replies of all conversations are held to.

At most three choices. Where something is on offer or asked, at most two sentences before the first of it, so that the
reader may soon say something; only what was asked to be told in full (TOLD) may take more. A book is named before it
is said how it stands with it, over all the texts of a reply. And a budget for the whole, in syllables: a voice at the
usual pace says some four and a half a second in Mandarin, and about as many in English.
"""

from __future__ import annotations

import re

from bot.messages import Message, Reply, Text

CHOICES, SENTENCES, TOLD_SENTENCES = 3, 2, 5
SYLLABLES, PER_SECOND = 118, 4.5
"""A whole reply: 26 seconds."""
TOLD = ("details-book", "place-", "return-", "renewed", "cannot-renew", "rule-", "data-", "did", "loan")
"""How the first text of a reply begins that tells in full what was asked for."""
WHOLE_LIST = frozenset({"data-exported"})
"""What is said of the reader's own data is as long as that is (PIPL art. 45)."""
STATES = ("details-", "hold-")
"""How the texts begin that tell how it stands with a book."""


def faults(message: Message, reply: Reply, language: str, *, spelt: bool = False, cut: bool = False) -> list[str]:
    """What is too long or in the wrong order in a reply; nothing for most. `spelt`: a title was asked for sign by sign;
    `cut`: that the recording broke off is said before."""
    found = []
    ids = [text.id for text in reply.texts]
    if len(reply.choices) > CHOICES:
        found.append(f"{len(reply.choices)} choices")
    told = spelt or any(one.startswith(TOLD) for one in ids)
    before = sentences(message.spoken.partition(first_choice(language))[0])
    if (reply.choices or reply.afterwards) and before > (TOLD_SENTENCES if told else SENTENCES + cut):
        found.append(f"{before} sentences before something can be said")
    if not WHOLE_LIST & set(ids) and syllables(message.spoken, language) > SYLLABLES:
        found.append(f"{syllables(message.spoken, language) / PER_SECOND:.0f} seconds")
    if late := named_late([*reply.texts, *reply.choices, *reply.afterwards]):
        found.append(f"{late}: its state before its title")
    return found


def first_choice(language: str) -> str:
    """What the first numbered choice is said with."""
    return "第一，" if language == "zh" else "one, "


def sentences(spoken: str) -> int:
    """How many sentences are said before the first question."""
    said = re.findall(r"[^。！？!?.]+(?:[。！？!?]|\.(?=\s|$))", spoken)
    asked = (place for place, one in enumerate(said) if one[-1] in "？?")
    return next(asked, len(said))


def syllables(spoken: str, language: str) -> int:
    """How many syllables are said: a Han sign is one, a word of letters as many as it has groups of vowels."""
    words = re.findall(r"[A-Za-z']+", spoken)
    return len(re.findall(r"[\u4e00-\u9fff]", spoken)) + sum(
        max(1, len(re.findall(r"[aeiouy]+", word.casefold()))) for word in words
    )


def named_late(said: list[Text]) -> str:
    """The text that tells how it stands with a book that is only named behind it; "" if there is none."""
    titles = [place for place, text in enumerate(said) if {"title", "titles"} & set(text.values)]
    if not titles:
        return ""
    states = (place for place, text in enumerate(said) if text.id.startswith(STATES) and place not in titles)
    return next((said[place].id for place in states if place < min(titles)), "")
