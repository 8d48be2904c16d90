"""Figures in words, as a language counts: how many, the how-manieth, years, prices, times, and digits one by one.

How a language does it stands in its texts (speech-…): speech-numbers names one of the two manners known here, "chinese"
(by cn2an) or "english" (small numbers from the texts). Signs that are no figures are speech.py's.
"""

from __future__ import annotations

import re

from bot.rendering.texts import Texts

DIGIT = re.compile(r"\d")
YEAR = re.compile(r"(?<![\d.,-])\d{4}(?![\d.,-]*\d)")
NUMBER = re.compile(r"\s*(\d+(?:,\d{3})*(?:\.\d+)?)\s*")
NUMBER_SIGN = re.compile(r"\bNo\.\s*(?=\d)")
ENGLISH_NUMBER = re.compile(r"(\d+(?:,\d{3})*(?:\.\d+)?)(st|nd|rd|th)?")
ISO_DAY = re.compile(r"(?<!\d)(\d{4})-(\d{1,2})-(\d{1,2})(?!\d)")
CLOCK = re.compile(r"(?<![\d:])([01]?\d|2[0-4]):([0-5]\d)(?![\d:])")
TELEPHONE = re.compile(r"(?<![\d.])(?:\+?\d{2,3}[ -])?(?:0\d{2,3}-\d{3,4}-?\d{3,4}|1\d{10})(?!\d)")
MOBILE = re.compile(r"(1\d\d)(\d{4})(\d{4})")
YEARS = re.compile(r"(?<!\d)((?:1[5-9]|20)\d\d)\s*[-–—~～]\s*((?:1[5-9]|20)\d\d)(?!\d)")
VERSION = re.compile(r"(?<![\d.])\d+(?:\.\d+){2,}(?![\d.])")
FRACTION = re.compile(r"(?<![\d/])(\d{1,2})/(\d{1,3})(?![\d/])")
RANGE = re.compile(r"(?<=\d)\s*[-–—~～]\s*(?=\d)")
PERCENT = re.compile(r"(\d+(?:\.\d+)?)\s*[%％]")
MONEY = re.compile(r"(?:[¥￥]|CNY|RMB)\s*(\d[\d,]*(?:\.\d+)?)")
CENTS = re.compile(r"(\d)\.(\d*?)0+(?=\s*{})")
DEGREES = re.compile(r"(?<=\d)\s*(?:℃|°\s?C)")
UNIT = re.compile(r"(?<=\d)\s*([A-Za-z]+)(?![A-Za-z])")
HYPHENED_ISBN = re.compile(r"(?<![\d-])97[89](?:-\d{1,7}){3}-[\dX](?![\d-])")
CALL_NUMBER = re.compile(r"(?<![A-Za-z\d])[A-Z]{1,2}\d{1,4}(?:\.\d+)?/[\dA-Z][\dA-Z.:=-]*")
BELOW_ZERO = re.compile(r"(?<!\d)[-−](?=\d+(?:\.\d+)?\s*(?:℃|°))")
SPAN = r"(?<=[{}])\s*[-–—~～]\s*(?=\d)"
EACH = r"{}\s*/\s*(?=[{}])"
NAMED_BY_FIGURE = re.compile(r"(?<=[A-Za-z])-(?=\d)")
SERVICE = re.compile(r"1\d{2}|1\d{4}")
"""Telephone numbers of everybody: 120, 12345."""
MOST_DIGITS = 8
"""A longer figure is a code."""
HUNDREDS = range(1100, 2000)
"""Years that English says in two halves; so are those from 2010 on."""


def measured(words: str, known: Texts) -> str:
    """Dates, times, prices, shares, units and spans written as signs, in words; their numbers stay figures."""
    if not DIGIT.search(words):
        return words
    to = known.plain("speech-range").strip("|")
    words = NUMBER_SIGN.sub(known.plain("speech-number-sign").strip("|"), words)
    words = HYPHENED_ISBN.sub(lambda found: spelt(found[0], known), words)
    words = CALL_NUMBER.sub(lambda found: called(found[0], known), words)
    words = TELEPHONE.sub(lambda found: spelt(found[0], known), words)
    words = BELOW_ZERO.sub(known.plain("speech-below-zero").strip("|"), words)
    money, each = known.plain("speech-money"), known.plain("speech-each").strip("|")
    words = re.sub(EACH.format(money, known.plain("speech-each-of") or "\0"), f"{money}{each}", words)
    words = NAMED_BY_FIGURE.sub(" ", words)
    words = ISO_DAY.sub(lambda found: _date(known, *found.groups()), words)
    words = YEARS.sub(lambda found: f"{year(found[1], known)}{to}{year(found[2], known)}", words)
    words = VERSION.sub(lambda found: _version(found[0], known), words)
    words = re.sub(SPAN.format(known.plain("speech-spans") or "\0"), to, RANGE.sub(to, words))
    words = CLOCK.sub(lambda found: _clock(known, int(found[1]), int(found[2])), words)
    words = MONEY.sub(lambda found: f"{found[1]}{known.plain('speech-money')}", words)
    words = re.sub(CENTS.pattern.format(known.plain("speech-money").strip()), _without_cents, words)
    words = PERCENT.sub(lambda found: known.format("speech-percent", {"number": found[1]}, ""), words)
    words = FRACTION.sub(lambda found: _fraction(known, found[1], found[2]) or found[0], words)
    words = DEGREES.sub("degC", words)
    units = dict(pair.split(":") for pair in known.plain("speech-units").split())
    return UNIT.sub(lambda found: units[found[1]].replace("_", " ") if found[1] in units else found[0], words)


def numbered(words: str, known: Texts) -> str:
    """Every figure as the language says it."""
    if chinese(known):
        return _chinese_numbers(words, known)
    named, ringing = (tuple(known.plain(id).split()) for id in ("speech-named", "speech-ringing"))

    def said(found: re.Match[str]) -> str:
        if SERVICE.fullmatch(found[1]) and words[: found.start()].rstrip().casefold().endswith(ringing):
            return one_by_one(found[1], known)
        after_a_name = words[: found.start()].rstrip().endswith(named)
        if after_a_name and found[1].isdigit() and len(found[1]) == 3:
            return one_by_one(found[1], known).replace(known.plain("speech-small").split()[0], known.plain("speech-oh"))
        return _english_number(found[1], found[2] or "", known)

    return ENGLISH_NUMBER.sub(said, words)


def spelt(text: str, known: Texts) -> str:
    """Sign by sign, in groups of at most four with a pause between: a telephone number, an ISBN, a code."""
    text = MOBILE.sub(r"\1 \2 \3", text) if MOBILE.fullmatch(text) else text
    groups = re.findall(r"[0-9]{1,4}(?![0-9]{1}(?![0-9]))|[0-9]+|[A-Za-z]+", text)
    return known.plain("speech-comma").join(
        one_by_one(group, known) if group.isdigit() else " ".join(group.upper()) for group in groups
    )


def called(call_number: str, known: Texts) -> str:
    """A call number, sign by sign, its point and its stroke by name: I247.5/4."""
    said = []
    for group in re.findall(r"\d+|[A-Za-z]+|[./=:-]", call_number):
        if group.isdigit():
            said.append(one_by_one(group, known, years=True))
        elif group.isalpha():
            said.append(" ".join(group.upper()))
        else:
            said.append(
                known.plain("speech-dot" if group == "." else "speech-slash" if group == "/" else "speech-dash")
            )
    return " ".join(said)


def one_by_one(digits: str, known: Texts, *, years: bool = False) -> str:
    """Digits one by one: in Chinese 1 is yao in a telephone number, yi in a year."""
    names = known.plain("speech-digits-year" if years else "speech-digits").split()
    return ("" if chinese(known) else " ").join(names[int(digit)] for digit in digits)


def year(digits: str, known: Texts) -> str:
    """A year in a title: digit by digit, or in two halves."""
    return one_by_one(digits, known, years=True) if chinese(known) else _english_number(digits, "", known)


def chinese(known: Texts) -> bool:
    """Whether the language counts as Chinese does."""
    return known.plain("speech-numbers") == "chinese"


def _chinese_numbers(words: str, known: Texts) -> str:
    measures, two = known.plain("speech-measures"), known.plain("speech-two")
    named, ringing = (tuple(known.plain(id).split()) for id in ("speech-named", "speech-ringing"))
    scored = tuple(known.plain("speech-scored").split())

    def said(found: re.Match[str]) -> str:
        figure = found[1].replace(",", "")
        rest = words[found.end() :]
        counted = words[: found.start()][-1:] != known.plain("speech-ordinal")
        if figure == "2" and counted and rest and rest[0] in measures:
            return two
        if YEAR.fullmatch(figure) and (rest[:1] == known.plain("speech-year") or figure.startswith("0")):
            return one_by_one(figure, known, years=True)
        if len(figure) > MOST_DIGITS or (len(figure) > 1 and figure.startswith("0") and figure.isdigit()):
            return spelt(figure, known)
        if len(figure) > 2 and figure.isdigit() and rest.startswith(named):
            return one_by_one(figure, known)
        if SERVICE.fullmatch(figure) and words[: found.start()].endswith(ringing) and not rest.startswith(scored):
            return one_by_one(figure, known)
        if len(figure) == 2 and figure[1] == "0" and rest.startswith(known.plain("speech-generation")):
            return one_by_one(figure, known, years=True)
        from cn2an import an2cn

        return str(an2cn(figure, "low"))

    joining = known.plain("speech-no-pause-before")
    return re.sub(f"，(?=[{joining}])", "", NUMBER.sub(said, words))


def _english_number(figure: str, ending: str, known: Texts) -> str:
    whole, _, part = figure.replace(",", "").partition(".")
    if part:
        return " ".join((_counted(int(whole), known), known.plain("speech-dot"), one_by_one(part, known)))
    if len(whole) > MOST_DIGITS or (len(whole) > 1 and whole.startswith("0")):
        return spelt(whole, known)
    number = int(whole)
    if ending:
        return _ordinal(number, known)
    if "," not in figure and len(whole) == 4 and (number in HUNDREDS or 2010 <= number < 2100):
        halves = (_counted(number // 100, known), _half(number % 100, known))
        return " ".join(halves)
    return _counted(number, known)


def _counted(number: int, known: Texts) -> str:
    small, tens = known.plain("speech-small").split(), known.plain("speech-tens").split()
    if number < len(small):
        return small[number]
    if number < 100:
        return tens[number // 10 - 2] + (f"-{small[number % 10]}" if number % 10 else "")
    for size, name in zip((1_000_000, 1000, 100), known.plain("speech-large").split(), strict=True):
        if number >= size:
            rest = number % size
            joint = f" {known.plain('speech-and')} " if 0 < rest < 100 else " "
            return f"{_counted(number // size, known)} {name}" + (joint + _counted(rest, known) if rest else "")
    raise AssertionError(number)


def _half(number: int, known: Texts) -> str:
    """The second half of a year: 1900, 1905, 1984."""
    if number == 0:
        return known.plain("speech-large").split()[-1]
    return f"{known.plain('speech-oh')} {_counted(number, known)}" if number < 10 else _counted(number, known)


def _ordinal(number: int, known: Texts) -> str:
    before, _, last = (words := _counted(number, known)).rpartition("-" if "-" in words else " ")
    own = dict(pair.split(":") for pair in known.plain("speech-ordinals").split())
    last = own.get(last, last + known.plain("speech-ordinal-ending"))
    return words[: len(before) + 1] * bool(before) + last


def _date(known: Texts, years: str, month: str, day: str) -> str:
    values = {"year": str(int(years)), "month": str(int(month)), "day": str(int(day))}
    return known.format("speech-date", values, "")


def _clock(known: Texts, hour: int, minute: int) -> str:
    id = "speech-clock-hour" if minute == 0 else "speech-clock-half" if minute == 30 else "speech-clock"
    if 0 < minute < 10:
        return known.format("speech-clock-early", {"hour": str(hour), "minute": str(minute)}, "")
    return known.format(id, {"hour": str(hour), "minute": str(minute)}, "")


def _version(digits: str, known: Texts) -> str:
    space = "" if chinese(known) else " "
    return f"{space}{known.plain('speech-dot')}{space}".join(
        one_by_one(part, known, years=True) for part in digits.split(".")
    )


def _fraction(known: Texts, above: str, below: str) -> str:
    """The words, where the figures can be a fraction at all."""
    if not 0 < int(above) < int(below):
        return ""
    return known.format("speech-fraction", {"above": above, "below": below}, "")


def _without_cents(found: re.Match[str]) -> str:
    return f"{found[1]}.{found[2]}" if found[2] else found[1]
