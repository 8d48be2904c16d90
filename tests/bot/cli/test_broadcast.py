"""`shusheng broadcast`: drafted, looked at, approved by a second librarian, sent once, taken back."""

from __future__ import annotations

import pytest

from bot.cli.failing import Failure
from catalog import refusals
from tests.bot.cli.office import MONDAY, Shusheng

DRAFT = ("broadcast", "draft", "--library", "town", "--text", "周五闭馆一天。", "--by", "chen", *MONDAY)


def test_from_draft_to_recall_each_said_twice(office: Shusheng) -> None:
    for _ in range(2):
        assert office(*DRAFT) == [{"broadcast": 1, "status": "draft"}]
    (seen,) = office("broadcast", "preview", "1", *MONDAY)
    assert (seen["readers"], seen["channels"], seen["quiet_now"]) == (3, {"next visit": 3}, 0)
    assert [words["locale"] for words in seen["texts"]] == ["zh-CN"]
    assert "周五闭馆一天。" in seen["texts"][0]["shown"] and "乾元" in seen["texts"][0]["spoken"]
    assert office("broadcast", "preview", "1", "--now", "2026-11-23T23:00")[0]["quiet_now"] == 3
    for _ in range(2):
        assert office("broadcast", "approve", "1", "--by", "lin", *MONDAY)[0]["status"] == "approved"
    assert office("broadcast", "send", "1", "--by", "chen", *MONDAY)[0]["readers"] == 3
    assert office("broadcast", "send", "1", "--by", "chen", *MONDAY)[0]["readers"] == 0
    (listed,) = office("broadcast", "list")
    assert (listed["library"], listed["status"], listed["due"], listed["sent"]) == ("town", "sent", 3, 0)
    recall = ("broadcast", "recall", "1", "--by", "2", "--text", "周六闭馆。", *MONDAY)
    assert office(*recall)[0]["withdrawn"] == 3
    assert office(*recall)[0]["withdrawn"] == 0
    assert office("broadcast", "list")[0]["dropped"] == 3


def test_it_is_narrowed_by_places_and_topic(office: Shusheng) -> None:
    narrow = office(*DRAFT, "--places", "village")[0]["broadcast"]
    assert office("broadcast", "preview", str(narrow), *MONDAY)[0]["readers"] == 1
    topical = office(*DRAFT, "--topic", "health")[0]["broadcast"]
    assert office("broadcast", "preview", str(topical), *MONDAY)[0]["readers"] == 0


def test_a_librarian_does_not_approve_his_own(office: Shusheng) -> None:
    office(*DRAFT)
    with pytest.raises(refusals.SecondLibrarian):
        office("broadcast", "approve", "1", "--by", "1", *MONDAY)
    with pytest.raises(refusals.SecondLibrarian):
        office("broadcast", "send", "1", "--by", "lin", *MONDAY)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("preview", "9"), "there is no broadcast 9"),
        (("preview", str(10**20)), "there is no broadcast 1"),
        ((*DRAFT[1:], "--topic", "weather"), "there is no topic 'weather'; it is one of health"),
        ((*DRAFT[1:], "--places", "nowhere"), "no place has the code or name 'nowhere'"),
        ((*DRAFT[1:-4], "--by", "nobody"), "no librarian has the number or name 'nobody'; there are 1 .chen., 2 .lin."),
    ],
)
def test_what_is_wrong_is_said(office: Shusheng, arguments: tuple[str, ...], said: str) -> None:
    with pytest.raises(Failure, match=said):
        office("broadcast", *arguments)
