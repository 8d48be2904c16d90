"""Titles and people's names as sources write them, made comparable: roles, nationalities, editions and volumes off.

The words taken off stand in wording.json. What two equal names mean for merging is decided in matching.py.
"""

from __future__ import annotations

import html
import json
import re
from functools import cache, lru_cache
from pathlib import Path
from unicodedata import normalize

from rapidfuzz import fuzz

from catalog.search.readings import encode_plain, has_han, plain
from catalog.search.sounds import fold_codes

_BRACKETED = re.compile(r"^\s*[\[【〔(（{]\s*[^\]】〕)）}]{1,12}[\]】〕)）}]\s*")
_ANY_BRACKETS = re.compile(r"[\[【〔(（]([^\]】〕)）]*)[\]】〕)）]")
_BETWEEN = re.compile(r"\s*(?:[;；/／、|&＆\n]|，|,|\band\b)\s*")
_WORDS = re.compile(r"([\s/]+)")
_ARTICLE = re.compile(r"^(?:the|an?)\s+(?=\S)", re.IGNORECASE)
_AMPERSAND = re.compile(r"\s*&\s*")
_DOTS = re.compile(r"[·•・‧．.。\s]+")
_ROMAN = ("", "i", "ii", "iii", "iv", "v", "vi", "vii", "viii", "ix", "x", "xi", "xii")
HEAVY = "\u3010"
"""This bracket holds the words of a shop, never of a title page."""
REMARK = 12
"""From this length on, what stands in brackets behind a title is no part of it."""
FAMILY_SOUNDS = 65.0
LATIN_ALIKE = 80.0
_CHINESE_SPACED = re.compile(r"(?<=[\u3400-\u9fff])\s+(?=[\u3400-\u9fff])")
_BLANKS = re.compile(r"\s+")
_UNSORTED = re.compile(r"[\x88\x89\x98\x9c]")
"""UNIMARC puts these around an article that does not count for the order: L'altra faccia."""
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u200b-\u200f\ufeff]+")


def clean(text: str) -> str:
    """`text` without control characters, HTML's &#39;, doubled blanks and blanks around it."""
    if "&" not in text and "  " not in text and text.isprintable():
        return text.strip()
    if "&" in text:
        text = html.unescape(text)
    return _BLANKS.sub(" ", _CONTROL.sub(" ", _UNSORTED.sub("", text))).strip()


@lru_cache(65536)
def people(written: str) -> tuple[str, ...]:
    """The persons in an author field: "[美] 马克·吐温 著；张友松 译" → 马克·吐温, 张友松. Nobody for 佚名."""
    found: dict[str, None] = {}
    text = clean(written)
    for part in _BETWEEN.split(_ANY_BRACKETS.sub(" ", text).strip() or text):
        name = person(part)
        if name:
            found[name] = None
    return tuple(found)


def person(written: str) -> str:
    """One person's name without nationality, role and life dates; "" if nobody is named."""
    name = clean(written)
    while (shorter := _BRACKETED.sub("", name)) != name and shorter:
        name = shorter
    name = _ANY_BRACKETS.sub("", name).strip(" ,，.:：;；·-—[]()（）")
    table = _tables()
    while match := table.role.search(name):
        name = name[: match.start()].rstrip(" ,，.·:：")
    if has_han(name):
        name = _CHINESE_SPACED.sub("", name) if len(name) <= 7 else name
    return "" if plain(name) in table.nobody else name


def inverted(name: str) -> str:
    """A catalogue's "Austen, Jane" as "Jane Austen"; Chinese names only lose the comma."""
    family, comma, given = (part.strip() for part in name.partition(","))
    if not comma or not given:
        return family
    return family + given if has_han(family) else f"{given} {family}"


@lru_cache(65536)
def title_parts(title: str) -> tuple[str, str]:
    """A title as the work's name and its volume, both plain: editions, bindings, sets and advertising off.

    "平凡的世界（第2版）（上）" → ("平凡的世界", "上"); what would leave nothing is kept.
    """
    table = _tables()
    volume = ""

    def sort_out(match: re.Match[str]) -> str:
        nonlocal volume
        inside = plain(match[1])
        if table.volume.fullmatch(inside):
            volume = inside
            return " "
        said = (
            len(inside) >= REMARK
            or match[0][0] == HEAVY
            or table.edition.fullmatch(inside)
            or table.remark.search(inside)
        )
        return " " if said else match[0]

    bare = _ANY_BRACKETS.sub(sort_out, title).strip()
    if table.remark.search(bare):
        bare = _without_remarks(bare, table)
    if (shorter := table.edition_tail.sub("", bare)) and len(plain(shorter)) > 1:
        bare = shorter
    if not has_han(bare):
        bare = _ARTICLE.sub("", _AMPERSAND.sub(" and ", bare))
    words = plain(bare) or plain(title)
    if not volume and (tail := table.tail.search(bare)):
        kept = plain(bare[: tail.start()])
        if kept:
            return kept.replace(" ", ""), plain(tail[1])
    return words.replace(" ", ""), volume


def _without_remarks(title: str, table: _Tables) -> str:
    """A title without what a shop wrote behind it: "红楼梦 四大名著 推荐阅读" → "红楼梦"."""
    kept: list[str] = []
    for part in _WORDS.split(title):
        if kept and table.remark.search(plain(part)):
            break
        kept.append(part)
    return "".join(kept).strip(" /·:：-—")


@lru_cache(65536)
def volume_of(title: str, volume: str) -> str:
    """Which volume it is, however that is written (第二卷, 2, II, vol. 2 → "2"); "" for none."""
    said = plain(volume) or title_parts(title)[1]
    if not said:
        return ""
    bare = _tables().unit.sub("", said).replace(" ", "") or said
    if not bare.isascii():
        bare = _numeral(bare)
    return str(_ROMAN.index(bare)) if bare in _ROMAN else bare.lstrip("0") or bare


def _numeral(written: str) -> str:
    import cn2an

    try:
        return str(cn2an.cn2an(written, "normal"))
    except ValueError:
        return written


def title_key(title: str, volume: str) -> str:
    """The key under which editions of a work meet: its bare title and its volume."""
    return f"{title_parts(title)[0][:200]}|{volume_of(title, volume)}"


def work_key(title: str, volume: str, authors: tuple[str, ...]) -> str:
    """A name for a new work: its bare title, its volume, its first author."""
    author = plain(authors[0]).replace(" ", "") if authors else ""
    return f"{title_key(title, volume)}|{author[:80]}"


@lru_cache(65536)
def publisher_key(publisher: str) -> str:
    """A publisher's name without what all of them are called: "天津教育出版社" and "天津教育" are one."""
    return _tables().press.sub("", plain(publisher).replace(" ", "")) if publisher else ""


@lru_cache(65536)
def same_person(one: str, other: str) -> bool:
    """Whether two names of people who made books with one title are one person's.

    A foreign name may be given without its first names (梭罗, 亨利·戴维·梭罗), and be transcribed in several ways: long
    ones need only sound alike. A Chinese name must be the same. Names in two scripts cannot be compared.
    """
    first, second = _name_parts(one), _name_parts(other)
    if not first or not second:
        return False
    if "".join(first) == "".join(second):
        return True
    if has_han(one) != has_han(other):
        return False
    if encode_plain("".join(first)) == encode_plain("".join(second)):
        return True
    if not has_han(one):
        return _same_latin(first, second)
    if first[-1] == second[-1] and len(first) != len(second):
        return True
    if len(first) > 1 and len(second) > 1 and first[-1] == second[-1]:
        return first[0][0] == second[0][0] or _sound_alike("".join(first), "".join(second))
    if len(first) > 1 and len(second) > 1 and _sound_alike(first[-1], second[-1], FAMILY_SOUNDS, shortest=2):
        return True
    return _sound_alike(first[-1], second[-1]) or _sound_alike("".join(first), "".join(second))


def _name_parts(name: str) -> list[str]:
    parts = [part for part in plain(_DOTS.sub(" ", name) if has_han(name) else name).split(" ") if part]
    if has_han(name):
        return [plain(part).replace(" ", "") for part in _DOTS.split(normalize("NFKC", name)) if plain(part)]
    return parts


def _same_latin(first: list[str], second: list[str]) -> bool:
    """Family names alike, and first names that do not contradict: Jane Austen, J. Austen, Jane Austin."""
    if fuzz.ratio(first[-1], second[-1]) < LATIN_ALIKE:
        return False
    return len(first) == 1 or len(second) == 1 or first[0][0] == second[0][0]


def _sound_alike(one: str, other: str, least: float = 50.0, shortest: int = 4) -> bool:
    """Whether two transcriptions of some length can be one foreign name."""
    if min(len(one), len(other)) < shortest:
        return False
    sounds = [fold_codes(encode_plain(name)) for name in (one, other)]
    return fuzz.ratio(*sounds) >= least


def comparable(one: str, other: str) -> bool:
    """Whether two names are written in one script."""
    return has_han(one) == has_han(other)


class _Tables:
    """wording.json as patterns."""

    def __init__(self) -> None:
        table = json.loads(Path(__file__).with_name("wording.json").read_text("utf-8"))
        roles = "|".join(re.escape(role) for role in sorted(table["roles"], key=len, reverse=True))
        apart = "|".join(table["roles_apart"])  # 沈从文 and 筱原千绘 are names: these count only after a blank or a dot
        self.role = re.compile(
            rf"(?:(?:(?<=[\s,，·])|(?<=[\u4e00-\u9fff][\u4e00-\u9fff]))(?:{roles})|(?<=\S\S[\s,，·])(?:{apart}))$"
        )
        self.edition = re.compile("|".join(table["edition"]))
        self.volume = re.compile("|".join(table["volume"]))
        self.tail = re.compile(r"[\s:：.·,，]+(" + "|".join(table["volume"]) + r")$", re.IGNORECASE)
        self.edition_tail = re.compile("|".join(table["edition_tail"]))
        self.remark = re.compile("|".join(table["remark"]))
        self.unit = re.compile("|".join(table["unit"]))
        self.press = re.compile("|".join(table["press"]))
        self.nobody = frozenset(plain(word) for word in table["nobody"] + table["roles"] + table["roles_apart"]) | {""}


@cache
def _tables() -> _Tables:
    return _Tables()
