"""The spellings in which sentences are compared: as characters, and as sounds, exact or folded.

One set of sentences serves typed and heard words: a pattern over Chinese characters becomes a pattern over syllables
(one sign each, without tones), in which 续接 and 续借 are the same; folded (z=zh, n=l, -n=-ng, f=h), 再讲 and 再见
are too. Characters read in two ways stand for both. Nothing here knows what a sentence means.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache

from bot.locales import Locale
from catalog.search.readings import FIRST_CODE, TONES, encode, encode_syllables, has_han, readings
from catalog.search.sounds import fold_codes


@dataclass(frozen=True, eq=False)
class Spelling:
    """How patterns are written: `sounds` False leaves them as they are; `folded` sounds are those dialects keep."""

    sounds: bool = False
    folded: bool = True
    polyphones: Mapping[str, Sequence[str]] = field(default_factory=dict, hash=False)

    def text(self, text: str) -> str:
        """Plain words in this spelling (a polyphone as its first reading)."""
        if not self.sounds:
            return text
        return "".join(_signs(self, sign)[0] if has_han(sign) else sign for sign in text)

    def fragments(self, text: str) -> list[str]:
        """The stretches of `text` that a match must hold as they are: words, cut at polyphones."""
        if not self.sounds:
            return [text]
        found = [""]
        for sign in text:
            signs = _signs(self, sign) if has_han(sign) else sign
            if len(signs) == 1:
                found[-1] += signs
            else:
                found.append("")
        return [one for one in found if one]

    def pattern(self, source: str) -> str:
        """A regular expression over characters, in this spelling."""
        return _pattern(self, source) if self.sounds and has_han(source) else source

    def of(self, codes: str) -> str:
        """Codes of syllables (catalog.search.readings) in this spelling."""
        return fold_codes(codes) if self.folded else toneless(codes)


WRITTEN = Spelling()


@cache
def _signs(spelling: Spelling, sign: str) -> str:
    """The signs one character may stand as, one for each reading."""
    read = spelling.polyphones.get(sign)
    codes = encode_syllables(read) if read else encode(sign)
    return "".join(dict.fromkeys(spelling.of(codes))) or sign


@cache
def _pattern(spelling: Spelling, source: str) -> str:
    out: list[str] = []
    in_class = escaped = False
    for sign in source:
        if escaped:
            escaped = False
            out.append(sign)
            continue
        escaped = sign == "\\"
        if sign == "[":
            in_class = True
        elif sign == "]":
            in_class = False
        if has_han(sign):
            signs = _signs(spelling, sign)
            out.append(signs if in_class or len(signs) == 1 else f"[{signs}]")
        else:
            out.append(sign)
    return "".join(out)


@cache
def sounds_of_locale(locale: Locale, *, folded: bool = True) -> Spelling:
    """The spelling in sounds, with the characters the locale reads in two ways (words.yaml: polyphones)."""
    return Spelling(True, folded, {sign: tuple(read) for sign, read in locale.words.get("polyphones", {}).items()})


def toneless(codes: str) -> str:
    """Codes of syllables without their tones."""
    last = FIRST_CODE + TONES * len(readings().syllables)
    return "".join(
        chr(ord(one) - (ord(one) - FIRST_CODE) % TONES) if FIRST_CODE <= ord(one) < last else one for one in codes
    )


@cache
def compiled(source: str) -> re.Pattern[str]:
    """The compiled pattern; one place, so that equal patterns are compiled once."""
    return re.compile(source)
