"""What was heard is understood by its sound; what is no request, or was not heard, never acts."""

from __future__ import annotations

import pytest

from bot.locales import load
from bot.understanding import understand
from bot.understanding.meaning import Meaning, Moment, Phrase
from speech.recognition import Hypothesis, Transcript
from tests.bot.understanding.saying import ACTING, FIGURES, TODAY, by_line, heard, read, wrong

LINES = read("zh-CN/heard.yaml")


def test_homophones_and_near_syllables_are_understood() -> None:
    examples = [by_line(line) for line in LINES["idle"]]
    faults = [fault for one in examples if (fault := wrong(one, heard(one.said)))]
    FIGURES.append(f"zh-CN/heard.yaml: {len(examples) - len(faults)} of {len(examples)} by sound")
    assert not faults, "\n".join(faults)


@pytest.mark.parametrize("words", LINES["talk"])
def test_other_talk_never_acts(words: str) -> None:
    assert heard(words).intent not in ACTING


def test_nothing_heard_is_nothing() -> None:
    for transcript in (Transcript(()), Transcript((Hypothesis(text="  "),)), Transcript((Hypothesis(),))):
        meant = understand(transcript, locale=load("zh-CN"), moment=Moment(), today=TODAY)
        assert (meant.intent, dict(meant.slots)) == ("none", {})


def test_a_doubtful_ear_makes_a_doubtful_meaning() -> None:
    words = (Hypothesis(syllables="xu4 jie4"),)
    sure, unsure = (
        understand(Transcript(words, trust), locale=load("zh-CN"), moment=Moment(), today=TODAY).confidence
        for trust in (0.95, 0.2)
    )
    assert sure > 0.8
    assert unsure < 0.65


def test_the_further_hypotheses_go_along() -> None:
    title = heard("wo3 xiang3 jie4 san1 ti3 / wo3 xiang3 jie4 san1 ti2").slots["title"]
    assert isinstance(title, Phrase)
    assert title.syllables == "san1 ti3"
    assert [one.syllables for one in title.others] == ["san1 ti2"]


def test_the_reading_is_in_characters() -> None:
    assert heard("xu4 jie4").reading == "续借"
    assert heard("ba3 di4 er4 ben3 song4 dao4 jia1 li3").reading == "把第二本送到家里"
    assert heard("wo3 xiang3 jie4 san1 ti3").reading == "我想借 santi"


def test_a_title_that_was_only_heard_is_never_the_trace_of_a_list() -> None:
    title = heard("san1 ti3", moment=Moment("asking", frozenset({"title"}), (), "place_hold")).slots["title"]
    assert isinstance(title, Phrase)
    assert (title.text, title.syllables) == ("", "san1 ti3")


def test_what_the_hypotheses_do_not_agree_on_is_less_sure() -> None:
    agreed, doubted = (heard_so("man4 yi1 dian3", other) for other in ("man4 yi1 tian1", "wan3 yi1 dian3"))
    assert agreed.intent == doubted.intent == "slower"
    assert agreed.confidence > 0.9 > doubted.confidence


def heard_so(*syllables: str) -> Meaning:
    """What is understood of several readings of one note, each half as likely as the one before."""
    readings = tuple(Hypothesis(syllables=each, weight=0.5**place) for place, each in enumerate(syllables))
    return understand(Transcript(readings, 0.8), locale=load("zh-CN"), moment=Moment(), today=TODAY)


@pytest.mark.parametrize("title", ["ji4 jing4 ling3", "ji1 you2 zheng4 shi3", "di4 cang2", "di4 qiu2 wang3 shi4"])
def test_a_title_that_begins_like_how_many_or_like_of_is_a_title(title: str) -> None:
    """By sound 几 is 寂 and 的 is 地: what no title begins with must be more than one syllable."""
    for words in (f"you3 mei2 you3 {title} zhe4 ben3 shu1", f"bang1 wo3 zhao3 yi1 xia4 {title}"):
        found = heard(words)
        said = found.slots["title"]
        assert isinstance(said, Phrase)
        assert (found.intent, said.syllables) == ("find_title", title)


@pytest.mark.parametrize(
    "words", ["mao2 zhu3 xi2 de5 shu1", "yang3 hua1 de5 shu1", "xie3 cai4 de5 shu1", "zhong4 di4 de5 shu1"]
)
def test_books_about_something_are_no_command_that_ends_alike(words: str) -> None:
    meant = heard(words)
    assert meant.intent == "find_title"
    matter = next(value for value in meant.slots.values() if isinstance(value, Phrase))
    assert matter.syllables == words.removesuffix(" de5 shu1")


def test_what_is_said_before_a_known_end_is_the_title() -> None:
    meant = heard("wo3 xiang3 zhe4 yi1 mi3 de5 shou3 wang4 song4 dao4 jia1 bi3")
    title = meant.slots.get("title")
    assert meant.intent == "request_delivery"
    assert isinstance(title, Phrase)
    assert title.syllables.endswith("yi1 mi3 de5 shou3 wang4")
