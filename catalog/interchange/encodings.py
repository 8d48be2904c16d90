"""In which encoding bytes are written: found out from the bytes themselves, never guessed silently.

CNMARC leaves the leader's place 9 blank whatever it is written in, and village lists come from Excel in GB18030: what
a file says of itself is not believed. Nearly any bytes can be read as GB18030 or Big5, so a reading counts only if it
makes sense: its characters, simplified, are nearly all among the 3,755 common ones and do not stand within Latin words
(MARC-8's accents would). No text is decoded with replacement signs; what fits no encoding is refused, and the operator
may say what it is.
"""

from __future__ import annotations

import codecs
import re
from pathlib import Path

from catalog.search.readings import to_simplified

CHUNK = 1 << 20
SAMPLE = 1 << 16
CHINESE = ("gb18030", "big5")
COMMON_SHARE = 0.8
CERTAIN_SHARE = 0.97
ENOUGH = 120
"""So many characters tell."""
_BOMS = ((codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))
_ESCAPE = b"\x1b"
_CODE = re.compile("\x1f.")
_WIDE = re.compile("[\u2e80-\U0003ffff]+")


def of_text_file(path: Path) -> str | None:
    """The encoding of a text file, read to its end (so that its last line cannot surprise); None if none fits."""
    with path.open("rb") as file:
        head = file.read(4)
    for mark, encoding in _BOMS:
        if head.startswith(mark):
            return encoding
    if _reads_as(path, "utf-8"):
        return "utf-8"
    sample = b""
    with path.open("rb") as file:
        for line in file:
            sample += b"" if line.isascii() else line
            if len(sample) >= SAMPLE:
                break
    encoding = _chinese(sample) or ""
    return encoding if encoding and _reads_as(path, encoding) else None


def of_marc(record: bytes) -> str:
    """The encoding of an ISO 2709 record: utf-8, gb18030, big5 or marc-8; "" if it is none of them."""
    if record.isascii():
        return "marc-8" if _ESCAPE in record else "utf-8"
    try:
        record.decode("utf-8")
    except UnicodeDecodeError:
        if _ESCAPE not in record and (encoding := _chinese(record)):
            return encoding
    else:
        return "utf-8"
    if _few_faults(record):
        return "utf-8"
    return "marc-8"


def _few_faults(record: bytes) -> bool:
    """Whether it is UTF-8 with a few broken signs: the fields that hold one are refused when they are asked for."""
    text = record.decode("utf-8", "replace")
    broken = text.count("\ufffd")
    return broken * 4 < sum(not sign.isascii() for sign in text) - broken


def _chinese(data: bytes) -> str | None:
    """The Chinese encoding in which `data` makes sense; None if in neither."""
    shares: dict[str, float] = {}
    for encoding in CHINESE:
        shares[encoding] = _common_share(data, encoding)
        if shares[encoding] >= CERTAIN_SHARE:
            return encoding
    best = max(CHINESE, key=lambda encoding: shares[encoding])
    return best if shares[best] >= COMMON_SHARE else None


def _common_share(data: bytes, encoding: str) -> float:
    """The share of the characters of `data`, read as `encoding`, that are common ones; 0 if it cannot be so read."""
    try:
        text = data.decode("big5hkscs" if encoding == "big5" else encoding)
    except UnicodeDecodeError as error:
        if error.end < len(data) - 3 or len(data) < SAMPLE:
            return 0.0
        text = data[: error.start].decode("big5hkscs" if encoding == "big5" else encoding)
    text = _CODE.sub(" ", text)
    wide = sensible = 0
    for run in _WIDE.finditer(text):
        wide += len(run[0])
        sensible += sum(map(_is_common, to_simplified(run[0])))
        sensible -= _is_letter(text[run.start() - 1 : run.start()]) + _is_letter(text[run.end() : run.end() + 1])
        if wide >= ENOUGH:
            break
    return sensible / wide if wide else 0.0


def _is_letter(sign: str) -> bool:
    return sign.isascii() and sign.isalpha()


def _is_common(sign: str) -> bool:
    """Whether it stands in the first part of GB 2312 (common characters), or is its punctuation."""
    try:
        return sign.encode("gb2312")[0] <= 0xD7
    except UnicodeEncodeError:
        return False


def _reads_as(path: Path, encoding: str) -> bool:
    decoder = codecs.getincrementaldecoder("big5hkscs" if encoding == "big5" else encoding)()
    try:
        with path.open("rb") as file:
            while chunk := file.read(CHUNK):
                decoder.decode(chunk)
            decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return False
    return True
