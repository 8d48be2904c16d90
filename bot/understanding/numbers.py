"""Numbers as people say them: digits, Chinese numerals (cn2an and the signs it does not know), English words.

Which words are numbers is data (words.yaml); what counts days or books is decided by who asks.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

LARGEST = 1_000_000
_ORDINAL_ENDING = re.compile(r"(?<=\d)(?:st|nd|rd|th)$")
_HAN_NUMERALS = re.compile(r"[零一二三四五六七八九十百千万]+")


def number(text: str, words: Mapping[str, Any]) -> int | None:
    """The whole number `text` says ("12", "两", "二十三", "twenty-one"), or None.

    `words` is the locale's `numbers`: signs (replaced first), words (values of words).
    """
    text = _ORDINAL_ENDING.sub("", text.strip())
    if text.isdecimal():
        return int(text) if len(text) < len(str(LARGEST)) else None
    for sign, plain in words.get("signs", {}).items():
        text = text.replace(sign, plain)
    if _HAN_NUMERALS.fullmatch(text):
        return _han(text)
    return _in_words(text, words.get("words", {}))


def digits(text: str, words: Mapping[str, Any]) -> str:
    """Spoken or typed digits as digits ("九七八幺" → "9781"); letters stay, everything else goes."""
    table: Mapping[str, int] = words.get("digits", {})
    out: list[str] = []
    for token in re.findall(r"[a-z]{2,}|[^\W_]", text.casefold()):
        if token in table:
            out.append(str(table[token]))
        elif token.isascii():
            out.append(token)
    return "".join(out)


def isbn(text: str) -> str:
    """The ISBN in `text` without dashes if its check digit is right, else ""."""
    plain = re.sub(r"[\s-]", "", text).upper()
    if re.fullmatch(r"97[89]\d{10}", plain):
        total = sum(int(digit) * (3 if place % 2 else 1) for place, digit in enumerate(plain))
        return plain if total % 10 == 0 else ""
    if re.fullmatch(r"\d{9}[\dX]", plain):
        total = sum((10 if digit == "X" else int(digit)) * (10 - place) for place, digit in enumerate(plain))
        return plain if total % 11 == 0 else ""
    return ""


@lru_cache(4096)
def _han(text: str) -> int | None:
    import cn2an

    try:
        found = int(cn2an.cn2an(text, "smart"))
    except (ValueError, TypeError):
        return None
    return found if found < LARGEST else None


def _in_words(text: str, words: Mapping[str, int]) -> int | None:
    total = 0
    tokens = re.findall(r"[a-z]+", text)
    if not tokens:
        return None
    for token in tokens:
        if token == "and":
            continue
        if token not in words:
            return None
        value = words[token]
        total = (total or 1) * value if value == 100 else total + value
    return total
