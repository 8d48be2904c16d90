"""ISBNs as they are written and said, made into the thirteen digits the union keeps; nothing here knows a record."""

from __future__ import annotations

import re
import unicodedata

_BETWEEN = re.compile(r"[\s\-‐–—]+")
_TEN = re.compile(r"\d{9}[\dX]")
_THIRTEEN = re.compile(r"97[89]\d{10}")
_CANDIDATE = re.compile(r"(?<![0-9])(?:97[89][\s\-‐–—]?(?:[0-9][\s\-‐–—]?){10}|(?:[0-9][\s\-‐–—]?){9}[0-9Xx])(?![0-9])")


def to_isbn13(written: str) -> str | None:
    """`written` as ISBN-13 digits ("7-5366-9293-X" → "9787536692930"), or None if it is no valid ISBN."""
    digits = _BETWEEN.sub("", unicodedata.normalize("NFKC", written)).upper()
    digits = digits.removeprefix("ISBN").lstrip(":")
    if _THIRTEEN.fullmatch(digits):
        return digits if digits[12] == _check_thirteen(digits[:12]) else None
    if _TEN.fullmatch(digits) and digits[9] == _check_ten(digits[:9]):
        body = "978" + digits[:9]
        return body + _check_thirteen(body)
    return None


def isbns_in(text: str) -> tuple[str, ...]:
    """The valid ISBNs that stand in a field such as "978-7-5366-9293-0 (平装) : CNY23.00", as ISBN-13, each once."""
    found = (to_isbn13(match) for match in _CANDIDATE.findall(unicodedata.normalize("NFKC", text)))
    return tuple(dict.fromkeys(isbn for isbn in found if isbn))


def said(text: str) -> str | None:
    """The ISBN that someone typed or spoke ("九七八七五三六六九二九三零"), as ISBN-13; None if the words are none."""
    return to_isbn13("".join(_digit(sign) for sign in unicodedata.normalize("NFKC", text)))


def _digit(sign: str) -> str:
    """The digit that a sign of any script means; other signs as they are."""
    value = unicodedata.numeric(sign, -1)
    return str(int(value)) if value in range(10) else sign


def _check_thirteen(body: str) -> str:
    return str(-sum(int(digit) * (3 if place % 2 else 1) for place, digit in enumerate(body)) % 10)


def _check_ten(body: str) -> str:
    rest = -sum(int(digit) * (10 - place) for place, digit in enumerate(body)) % 11
    return "X" if rest == 10 else str(rest)
