"""Joins the tokens of a pinyin recognizer (initials and finals, "x" "iǎng") into numbered syllables ("xiang3").

A table of sounds and one function; knows no engine.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Sequence

INITIALS = frozenset(
    (
        "b",
        "p",
        "m",
        "f",
        "d",
        "t",
        "n",
        "l",
        "g",
        "k",
        "h",
        "j",
        "q",
        "x",
        "zh",
        "ch",
        "sh",
        "r",
        "z",
        "c",
        "s",
        "y",
        "w",
    )
)
WHOLE = {initial: f"{initial}i" for initial in ("zh", "ch", "sh", "r", "z", "c", "s")}
"""Initials that can be said alone: one left without its final becomes this syllable."""
TONES = {"\u0304": "1", "\u0301": "2", "\u030c": "3", "\u0300": "4"}
NEUTRAL = "5"
DIAERESIS = "\u0308"
BARE = (("iu", "you"), ("ui", "wei"), ("un", "wen"), ("ong", "weng"), ("in", "yin"), ("ing", "ying"))
"""Finals that are written otherwise when the initial before them was not heard."""


def syllables_of(tokens: Iterable[str]) -> tuple[str, ...]:
    """["w", "ǒ", "x", "iǎng"] → ("wo3", "xiang3"); neutral tone is 5, ü is v, a spelled letter stays ("t")."""
    found: list[str] = []
    initial = ""
    for token in tokens:
        if token in INITIALS:
            found += _alone(initial)
            initial = token
            continue
        if token.isascii() and token.isupper():
            found += [*_alone(initial), token.lower()]
        else:
            final, tone = _numbered(token)
            if final:
                found.append((initial + final if initial else _bare(final)) + tone)
        initial = ""
    return (*found, *_alone(initial))


def _alone(initial: str) -> list[str]:
    return [WHOLE[initial] + NEUTRAL] if initial in WHOLE else []


def _numbered(final: str) -> tuple[str, str]:
    """ "iǎng" → ("iang", "3")."""
    letters, tone = "", NEUTRAL
    for sign in unicodedata.normalize("NFD", final):
        if sign in TONES:
            tone = TONES[sign]
        elif sign == DIAERESIS:
            letters = letters[:-1] + "v"
        elif sign.isascii() and sign.isalpha():
            letters += sign
    return letters, tone


def _bare(final: str) -> str:
    """A final without its initial, as it is written alone: "iang" → "yang", "uo" → "wo", "ang" stays."""
    for written, alone in BARE:
        if final == written:
            return alone
    if final[0] == "i":
        return "y" + (final[1:] if len(final) > 1 else "i")
    if final[0] == "u":
        return "w" + (final[1:] if len(final) > 1 else "u")
    return "yu" + final[1:] if final[0] == "v" else final


def spellings(tokens: Sequence[str]) -> dict[str, tuple[int, ...]]:
    """How each numbered syllable is written in `tokens` (their numbers); a tone that is not among them is another's."""
    initials = [token for token in tokens if token in INITIALS]
    finals = [token for token in tokens if token not in INITIALS and token.isalpha() and not token.isupper()]
    place = {token: number for number, token in enumerate(tokens)}
    found: dict[str, tuple[int, ...]] = {}
    for written in [*([initial, final] for initial in initials for final in finals), *([final] for final in finals)]:
        syllables = syllables_of(written)
        if len(syllables) == 1:
            found.setdefault(syllables[0], tuple(place[token] for token in written))
    for syllable, spelled in list(found.items()):
        for tone in ("1", "2", "3", "4", NEUTRAL, ""):
            found.setdefault(syllable.rstrip("12345") + tone, spelled)
    return found
