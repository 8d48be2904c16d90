"""The lint over everything we say: complete in every language, kind, short, speakable, without emoji or addresses."""

from __future__ import annotations

import ast
import inspect
import re
import unicodedata
from pathlib import Path

import pytest
from fluent.syntax import FluentParser, serialize
from fluent.syntax import ast as ftl

from bot import locales
from bot.dialogue.flows import places, speaking, volunteering
from bot.rendering import texts
from bot.rendering.speech import sayable
from bot.understanding.meaning import INTENTS
from catalog import audit, refusals
from catalog.circulation.policy import CARRIERS
from catalog.connectors.queue import PERFORMED
from catalog.delivery.tables import DELIVERY_STATUSES
from catalog.organisation.public_holidays import public_holidays
from catalog.outreach.events import TOPICS
from catalog.patrons import delegation
from catalog.patrons.preferences import PREFERENCES
from catalog.records.tables import FORMATS
from catalog.search import kinds
from speech.synthesis import TIMBRES

ROOT = Path(__file__).resolve().parents[3]
TAGS = locales.available()
LONGEST = {"zh": 75, "en": 220}
"""Signs a sentence of ours may have, its values aside."""
BREATH = {"zh": 45, "en": 130}
"""Signs of ours between two pauses."""
STATE = frozenset({"day", "place", "queue", "window", "code", "hours", "moment", "home", "until"})
"""Values that tell how it stands with a book."""
ID = re.compile(r"[a-z]+(?:-[a-z0-9]+)*")
ON_THE_PAGE = "page"
"""Texts of the chat page itself are read by the eye and may be longer; whether they are used is its own test's."""
ON_PAPER = "sheet-"
"""Texts of the printed sheets; whether they are used is test_sheets' business."""


def used() -> set[str]:
    """Every text id that stands in the code as a literal argument of Text or Word."""
    found: set[str] = set()
    for path in [*(ROOT / "bot" / "dialogue").rglob("*.py"), *(ROOT / "bot" / "relay").rglob("*.py")]:
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in ("Text", "Word"):
                first = node.args[0]
                found |= {
                    one.value
                    for one in ast.walk(first)
                    if isinstance(one, ast.Constant) and isinstance(one.value, str) and not _in_f_string(first)
                    and ID.fullmatch(one.value) and one.value not in ("none", "sure", "bring", "id")
                }  # fmt: skip
    return found


def _in_f_string(node: ast.expr) -> bool:
    return any(isinstance(one, ast.JoinedStr) for one in ast.walk(node))


def made() -> set[str]:
    """The ids that are put together from a kind and a name."""
    ids = {f"format-{one.replace('_', '-')}" for one in FORMATS} | {f"topic-{one}" for one in TOPICS}
    ids |= {f"act-{one.replace('_', '-')}" for one in audit.DONE}
    ids |= {f"wish-{one.replace('_', '-')}" for one in {*INTENTS, *PERFORMED} - {"none"}}
    ids |= {
        f"delivery-{kind}-{status}" for kind in ("bring", "fetch") for status in ("requested", "dispatched", "missed")
    }
    ids |= {f"delivery-by-{one}" for one in CARRIERS} | {f"access-{one.replace('_', '-')}" for one in places.ACCESS}
    ids |= {f"preference-{one.replace('_', '-')}" for one in PREFERENCES}
    ids |= {f"holiday-{one.replace('_', '-')}" for one in public_holidays().off.values()}
    ids |= {f"timbre-{one or 'own'}" for one in TIMBRES}
    ids |= {f"verbosity-{one}" for one in speaking.LEVELS} | {"consent-keep-recording", "consent-titles-in-pushes"}
    ids |= {"window-morning", "window-afternoon", "window-day"} | {f"scope-{one}" for one in delegation.SCOPES}
    ids |= {f"choice-minutes-{one}" for one in volunteering.USUAL} | {f"every-{days}" for days in (7, 14, 30)}
    ids |= {
        f"not-heard-{one}"
        for one in ("silent", "noise", "unclear", "not-audio", "too-long", "no-ears", "engine-failed")
    }
    ids |= {
        one.reason
        for _, one in inspect.getmembers(refusals, inspect.isclass)
        if issubclass(one, refusals.Refusal)
    }  # fmt: skip
    ids |= {
        f"why-{one.reason.removeprefix('refusal-')}"
        for one in (refusals.OthersWaiting, refusals.RenewedOften, refusals.LongOverdue, refusals.AlreadyRenewed,
                    refusals.Blocked, refusals.NothingOnLoan, refusals.LoanRefused)
    }  # fmt: skip
    ids |= {f"help-{one}" for one in ("idle", "no-card", "confirming", "asking", "book", "records", "loans", "holds",
                                      "deliveries", "events", "places", "addresses", "delegates")}  # fmt: skip
    ids |= {f"suggest-{one.replace('_', '-')}" for one in (*kinds(), "new", "popular", "like")}
    ids |= {f"edition-{one.replace('_', '-')}" for one in FORMATS}
    ids |= {
        f"question-{one}"
        for one in (
            "home-shelf",
            "play",
            "play-home",
            "play-home-shelf",
            "home-shelf-play",
            "renew",
            "play-renew",
            "renew-play",
        )
    }
    return ids


def messages(tag: str) -> list[tuple[Path, ftl.Message]]:
    return [
        (path, entry)
        for path in (locales.FOLDER / tag / "texts").glob("*.ftl")
        for entry in FluentParser().parse(path.read_text("utf-8")).body
        if isinstance(entry, ftl.Message)
    ]


def words(message: ftl.Message) -> list[str]:
    """The literal words of a text and its attributes, each way of saying it by itself."""
    patterns = [message.value, *(attribute.value for attribute in message.attributes)]
    return [way for pattern in patterns if pattern is not None for way in _ways(pattern)]


def _ways(pattern: ftl.Pattern) -> list[str]:
    ways = [""]
    for element in pattern.elements:
        more = [""]
        if isinstance(element, ftl.TextElement):
            more = [element.value]
        elif isinstance(element, ftl.Placeable) and isinstance(element.expression, ftl.SelectExpression):
            more = [way for variant in element.expression.variants for way in _ways(variant.value)]
        ways = [way + one for way in ways for one in more]
    return ways


@pytest.mark.parametrize("tag", TAGS)
def test_every_file_is_understood(tag: str) -> None:
    for path in (locales.FOLDER / tag / "texts").glob("*.ftl"):
        junk = [one for one in FluentParser().parse(path.read_text("utf-8")).body if isinstance(one, ftl.Junk)]
        assert not junk, (path, junk[0].content)


@pytest.mark.parametrize("tag", TAGS)
def test_every_text_that_is_used_is_there(tag: str) -> None:
    known = texts.of(locales.load(tag))
    missing = sorted(id for id in used() | made() if id not in known)
    assert not missing


def test_no_text_is_left_over() -> None:
    import bot

    code = "\n".join(path.read_text("utf-8") for path in Path(bot.__file__).parent.rglob("*.py"))
    inside = re.compile(r"^(speech|day|time|value)-")
    left = sorted(
        message.id.name
        for _, message in messages("zh-CN")
        if f'"{message.id.name}"' not in code and message.id.name not in made() and not inside.match(message.id.name)
        and not message.id.name.startswith((ON_THE_PAGE, ON_PAPER, "notice-", "hold-read", "deliver-read"))
        and not any(message.id.name.startswith(start) for start in ("hold-cancel", "ask-which-", "event-", "choice-"))
    )  # fmt: skip
    assert not left


@pytest.mark.parametrize("tag", TAGS)
def test_kind_short_and_plain(tag: str) -> None:
    language = tag.split("-", maxsplit=1)[0]
    for path, message in messages(tag):
        for one in words(message):
            where = f"{path.name}: {message.id.name}: {one}"
            assert "://" not in one and "www." not in one, where
            assert not any(unicodedata.category(sign) in ("So", "Sk", "Cs", "Co") for sign in one), where
            assert "你" not in one, where
            if path.stem == ON_THE_PAGE:
                continue
            assert len(one) <= LONGEST[language], where
            assert len(re.findall(r"[。！？!?](?!”)|\.(?=\s|$)", one)) <= 2, where


@pytest.mark.parametrize("tag", TAGS)
def test_no_sentence_is_longer_than_one_breath(tag: str) -> None:
    """A budget for the ear: what is said in one go, the names in it aside."""
    for path, message in messages(tag):
        if path.stem == ON_THE_PAGE or message.id.name.startswith("speech-"):
            continue
        for one in words(message):
            longest = max(re.split(r"[。！？!?；;]|\.(?=\s|$)", one), key=len)
            assert len(longest) <= BREATH[tag.split("-", maxsplit=1)[0]], f"{message.id.name}: {longest}"


@pytest.mark.parametrize("tag", TAGS)
def test_the_title_comes_before_its_state(tag: str) -> None:
    """Who listens must know what is spoken of before hearing how it stands with it."""
    for _, message in messages(tag):
        for line in serialize(ftl.Resource([message])).splitlines():
            values = re.findall(r"\{ \$(\w+)", line)
            titles = [place for place, name in enumerate(values) if name in ("title", "titles")]
            states = [place for place, name in enumerate(values) if name in STATE]
            assert not titles or not states or min(titles) < min(states), f"{message.id.name}: {line.strip()}"


@pytest.mark.parametrize("tag", TAGS)
def test_what_is_spoken_holds_nothing_that_cannot_be_said(tag: str) -> None:
    """Every literal word of ours, made fit for the ear: no figure, bracket, emoji, stroke or address is left."""
    known = texts.of(locales.load(tag))
    for path, message in messages(tag):
        if path.stem == ON_THE_PAGE or message.id.name.startswith(("speech-", "day-", "time-", "value-")):
            continue
        for one in words(message):
            said = sayable(one, known)
            assert not re.search(r"[\d（）()《》“”\[\]/|*#~_<>]|://", said), f"{message.id.name}: {said}"


@pytest.mark.parametrize("tag", TAGS)
def test_the_same_values_in_every_language(tag: str) -> None:
    """A translation that asks for a value nobody gives would be a traceback for a reader."""
    ours = {message.id.name: _variables(message) for _, message in messages("zh-CN")}
    for _, message in messages(tag):
        assert _variables(message) <= ours.get(message.id.name, set()) | {"count", "label"}, message.id.name


def _variables(message: ftl.Message) -> set[str]:
    found: set[str] = set()

    def walk(node: object) -> None:
        if isinstance(node, ftl.VariableReference):
            found.add(node.id.name)
        if isinstance(node, ftl.BaseNode):
            for value in vars(node).values():
                for one in value if isinstance(value, list) else [value]:
                    walk(one)

    walk(message)
    return found


def test_delivery_states_are_all_spoken_of() -> None:
    assert set(DELIVERY_STATUSES) >= {"requested", "dispatched", "missed"}
