"""From characters to sounds: what Chinese text reads like, as toned syllables and as one code point a syllable.

The readings are pypinyin's and the simplified forms OpenCC's. pypinyin itself reads ten thousand titles a second and
takes a third of a second to import; its tables, kept in readings.tsv, read half a million a second by `str.translate`
(docs/decisions). `python -m catalog.search.readings` makes that file anew; a test holds it against pypinyin.
This module knows nothing of what sounds alike: that is sounds.py.

A *code* stands for a syllable: U+E000 + 6 x place in the sorted list of toneless syllables + tone (0: not known, 5:
neutral). Latin words stay as small letters, so that a code string is compared sign by sign whatever it holds.
"""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache, lru_cache
from operator import add
from pathlib import Path

HERE = Path(__file__).parent
FIRST_CODE = 0xE000
TONES = 6
_NOT_A_WORD = re.compile(r"[\W_]+")
_SPACE_BY_HAN = re.compile(r"(?<=[^\x00-\x7f]) | (?=[^\x00-\x7f])")
_HAN = re.compile(r"[\u3400-\u9fff\uf900-\ufaff\U00020000-\U0002ebef]")
_DIGITS = re.compile(r"\d+")
_LETTERS = re.compile(r"[a-z]+")
_ACCENTED = re.compile("[À-ɏ]")
_LATIN = re.compile(r"[\x00-\x7f]")
_TONED = re.compile(r"([a-z]+)([0-5])")
YEAR_DIGITS = 4
LONGEST_NUMBER = 8
SPELLED_LETTERS = 3


@dataclass(frozen=True, slots=True)
class Readings:
    """The tables of sound: characters to codes, phrases that read otherwise, and the list of toneless syllables."""

    syllables: tuple[str, ...]
    places: Mapping[str, int]
    characters: Mapping[int, str]
    phrases: Mapping[str, Mapping[str, str]]
    """First two characters of a phrase, then the phrase: its codes."""
    letters: Mapping[str, str]
    """A Latin letter: the codes of its Chinese name."""


def plain(text: str) -> str:
    """`text` for comparing: simplified, half-width, small letters without accents, no punctuation.

    Words of Latin letters stay apart by one blank; between Chinese characters there is none.
    """
    if _plain_signs().issuperset(text):
        return text
    folded = unicodedata.normalize("NFKC", text).casefold()
    if not folded.isascii():
        folded = _without_accents(to_simplified(folded))
    return _SPACE_BY_HAN.sub("", _NOT_A_WORD.sub(" ", folded).strip())


def to_simplified(text: str) -> str:
    """`text` in simplified characters, word by word (後 of 皇后 stays); simplified text comes back as it is."""
    variants = _variants()
    simple = text if _traditional().isdisjoint(text) else _convert(text)
    if not variants.signs.isdisjoint(simple):
        pattern = variants.in_traditional if simple != text else variants.sure
        simple = pattern.sub(variants.becomes, simple.translate(variants.always))
    return simple


def has_han(text: str) -> bool:
    """Whether `text` holds a Chinese character."""
    return _HAN.search(text) is not None


def encode(text: str) -> str:
    """The codes of `text` (any form of it): a sign for each syllable, small letters for Latin words."""
    return encode_plain(plain(text))


def encode_plain(text: str) -> str:
    """`encode` for text that is `plain` already."""
    if text.isascii() and _LETTERS.search(text):
        return text
    tables = readings()
    if not text.isalpha() or _LETTERS.search(text):
        text = _LETTERS.sub(_spell, _read_digits(text))
    first_two = tables.phrases
    if not first_two.keys().isdisjoint(map(add, text, text[1:])):
        text = _with_phrases(text, tables)
    return text.translate(tables.characters)


def sign_by_sign(text: str) -> str:
    """The codes of plain text without its neighbours having a say: what `encode_plain` gives where no phrase, digit or
    Latin word stands in it."""
    return text.translate(readings().characters)


def encode_syllables(syllables: Iterable[str]) -> str:
    """The codes of syllables such as "san1" or "san"; what is no syllable stays as letters."""
    places = readings().places
    signs = []
    for syllable in syllables:
        toned = _TONED.fullmatch(syllable)
        name, tone = (toned[1], int(toned[2])) if toned else (syllable, 0)
        signs.append(chr(FIRST_CODE + places[name] * TONES + tone) if name in places else syllable)
    return "".join(signs)


def decode(codes: str) -> tuple[str, ...]:
    """The syllables of a code string ("san1", "san" where the tone is not known), and its Latin words."""
    return tuple(_decoded(codes))


def syllables(text: str) -> tuple[str, ...]:
    """How `text` is read, a toned syllable for each character ("三体" → "san1", "ti3"; the neutral tone is 5).

    Phrases decide between readings (重庆, 银行), digits are read as years or numbers, Latin words of more than three
    letters stay words; punctuation is silent.
    """
    return decode(encode(text))


def initials(codes: str) -> str:
    """The first letters of a code string's syllables ("红楼梦" → "hlm"); Latin words give their first letter."""
    if not _LATIN.search(codes):
        return codes.translate(_first_letters())
    return "".join(token[0] for token in _decoded(codes))


@cache
def _first_letters() -> Mapping[int, str]:
    names = enumerate(readings().syllables)
    return {FIRST_CODE + place * TONES + tone: name[0] for place, name in names for tone in range(TONES)}


def _decoded(codes: str) -> Iterator[str]:
    names = readings().syllables
    word = ""
    for sign in codes:
        place, tone = divmod(ord(sign) - FIRST_CODE, TONES)
        is_code = 0 <= place < len(names)
        if is_code or sign == " ":
            if word:
                yield word
            word = ""
            if is_code:
                yield f"{names[place]}{tone or ''}"
        elif sign.isascii():
            word += sign
        else:
            yield sign
    if word:
        yield word


def _with_phrases(text: str, tables: Readings) -> str:
    out: list[str] = []
    at = 0
    while at < len(text):
        found = ""
        for phrase in tables.phrases.get(text[at : at + 2], ()):
            if len(phrase) > len(found) and text.startswith(phrase, at):
                found = phrase
        if found:
            out.append(tables.phrases[text[at : at + 2]][found])
            at += len(found)
        else:
            out.append(text[at])
            at += 1
    return "".join(out)


def _spell(letters: re.Match[str]) -> str:
    word = letters[0]
    if len(word) > SPELLED_LETTERS:
        return word
    return "".join(readings().letters[letter] for letter in word)


def _read_digits(text: str) -> str:
    return _DIGITS.sub(lambda digits: _number(digits[0]), text)


@lru_cache(4096)
def _number(digits: str) -> str:
    """Digits as Chinese words: four of them sign by sign as in a year, fewer and a few more as a number."""
    import cn2an

    ascii_digits = "".join(str(unicodedata.digit(digit, 0)) for digit in digits)
    if len(digits) == YEAR_DIGITS or len(digits) > LONGEST_NUMBER or ascii_digits.startswith("0"):
        return str(cn2an.an2cn(ascii_digits, "direct"))
    return str(cn2an.an2cn(ascii_digits))


def _without_accents(text: str) -> str:
    if not _ACCENTED.search(text):
        return text
    return "".join(sign for sign in unicodedata.normalize("NFKD", text) if not unicodedata.combining(sign))


@cache
def _plain_signs() -> frozenset[str]:
    """The signs that are in plain form whatever stands beside them: most titles are made of nothing else."""
    signs = map(chr, readings().characters)
    same = {sign for sign in signs if has_han(sign) and unicodedata.normalize("NFKC", sign) == sign}
    return frozenset(same - _traditional() - _variants().signs)


@cache
def _traditional() -> frozenset[str]:
    import opencc

    lines = (Path(opencc.__file__).parent / "dictionary" / "TSCharacters.txt").read_text("utf-8").splitlines()
    pairs = (line.split("\t") for line in lines if "\t" in line)
    return frozenset(pair[0] for pair in pairs if pair[0] not in pair[1].split(" ")[:1])


@dataclass(frozen=True, slots=True)
class _Variants:
    """variants.json: what OpenCC's t2s leaves as it is.

    One character is two words in traditional print, a writer's 著 and the 着 of 活着. Its neighbours say which: beside
    some it stays, beside some it is `sure` to change; beside the rest it changes where the text is traditional.
    """

    signs: frozenset[str]
    always: dict[int, str]
    becomes: str
    sure: re.Pattern[str]
    in_traditional: re.Pattern[str]


@cache
def _variants() -> _Variants:
    table = json.loads((HERE / "variants.json").read_text("utf-8"))
    sign = f"(?<![{table['stays_after']}]){table['sign']}(?![{table['stays_before']}])"
    sure = f"(?<=[{table['always_after']}]){sign}|{sign}(?=[{table['always_before']}])"
    return _Variants(
        signs=frozenset({table["sign"], *table["signs"]}),
        always=str.maketrans(table["signs"]),
        becomes=table["becomes"],
        sure=re.compile(sure),
        in_traditional=re.compile(f"{sure}|(?<=.){sign}(?=.)"),
    )


@lru_cache(65536)
def _convert(text: str) -> str:
    return str(_converter().convert(text))


@cache
def _converter():  # type: ignore[no-untyped-def]  # opencc has no types
    import opencc

    return opencc.OpenCC("t2s")


@cache
def readings() -> Readings:
    """The tables, read once a process (30 ms)."""
    characters: dict[str, str] = {}
    words: dict[str, str] = {}
    for line in (HERE / "readings.tsv").read_text("utf-8").splitlines():
        first, second = line.split("\t")
        if first.isascii():
            characters.update(dict.fromkeys(second, first))
        else:
            words[first] = second
    toned = {*characters.values(), *(syllable for read in words.values() for syllable in read.split(" "))}
    names = tuple(sorted({syllable[:-1] for syllable in toned}))
    places = {name: place for place, name in enumerate(names)}

    def code(syllable: str) -> str:
        return chr(FIRST_CODE + places[syllable[:-1]] * TONES + int(syllable[-1]))

    letters = {
        letter: "".join(code(syllable) for syllable in spelled.split(" "))
        for letter, spelled in json.loads((HERE / "letters.json").read_text("utf-8")).items()
    }
    phrases: dict[str, dict[str, str]] = {}
    for phrase, read in words.items():
        phrases.setdefault(phrase[:2], {})[phrase] = "".join(code(syllable) for syllable in read.split(" "))
    return Readings(
        syllables=names,
        places=places,
        characters={ord(sign): code(syllable) for sign, syllable in characters.items()},
        phrases=phrases,
        letters=letters,
    )


def made_from_pypinyin() -> str:
    """The text of readings.tsv: every character's first reading, and the phrases that read otherwise."""
    from pypinyin import constants
    from pypinyin.contrib.tone_convert import to_tone3

    def toned(reading: str) -> str:
        return to_tone3(reading, neutral_tone_with_five=True)

    first = {
        chr(point): toned(read.split(",")[0]) for point, read in constants.PINYIN_DICT.items() if point < FIRST_CODE
    }
    by_syllable: dict[str, list[str]] = {}
    for sign, syllable in sorted(first.items()):
        if sign != "〇" and not _HAN.match(sign):
            continue
        by_syllable.setdefault(syllable, []).append(sign)
    lines = [f"{syllable}\t{''.join(signs)}" for syllable, signs in sorted(by_syllable.items())]
    phrases = {
        phrase: [toned(reading[0]) for reading in read]
        for phrase, read in constants.PHRASES_DICT.items()
        if len(phrase) > 1 and _HAN.match(phrase)
    }
    corrections = (HERE / "corrections.tsv").read_text("utf-8").splitlines()
    for line in corrections:
        if not line.startswith("#"):
            phrase, read = line.split("\t")
            phrases[phrase] = read.split(" ")
    lines += [
        f"{phrase}\t{' '.join(read)}"
        for phrase, read in sorted(phrases.items())
        if all(sign in first for sign in phrase) and read != [first[sign] for sign in phrase]
    ]
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    (HERE / "readings.tsv").write_text(made_from_pypinyin(), "utf-8")
