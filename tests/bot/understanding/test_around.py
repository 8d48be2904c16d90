"""Where a sound goes along with what was heard, it tells which of our sentences was said, and what around its words."""

from __future__ import annotations

from collections.abc import Sequence

from bot.locales import load
from bot.understanding import understand
from bot.understanding.meaning import Meaning, Moment, Phrase
from speech.recognition import Hypothesis, Transcript
from tests.bot.understanding.saying import TODAY


class Sound:
    """A sound to which only one sentence is likely."""

    def __init__(self, said: str) -> None:
        self._said = said.split()

    def likelihoods(self, sentences: Sequence[Sequence[str]]) -> list[float | None]:
        return [0.0 if list(one) == self._said else -40.0 for one in sentences]


def heard(*several: str, sound: Sound | None = None) -> Meaning:
    hypotheses = tuple(Hypothesis(syllables=one, weight=1 / len(several)) for one in several)
    said = Transcript(hypotheses, 0.9, 2.0, sound=sound)
    return understand(said, locale=load("zh-CN"), moment=Moment(), today=TODAY)


def title(meant: Meaning) -> Phrase:
    found = meant.slots["title"]
    assert isinstance(found, Phrase)
    return found


def test_the_sentence_around_a_title_goes_along_as_it_was_heard() -> None:
    said = title(heard("wo3 xiang3 jie4 san1 ti3 song4 dao4 jia1 li3"))
    assert said.syllables == "san1 ti3"
    assert (("wo3", "xiang3", "jie4"), ("song4", "dao4", "jia1", "li3")) in [
        (way.before, way.behind) for way in said.around
    ]


def test_what_belongs_to_the_sentence_may_have_been_taken_for_the_title() -> None:
    """借 was heard as 这: the sentence is said with 借, and the sound will tell."""
    sound = Sound("wo3 xiang3 jie4 san1 ti3 song4 dao4 jia1 li3")
    said = title(heard("wo3 xiang3 zhe4 san1 ti3 song4 dao4 jia1 li3", sound=sound))
    assert "san1 ti3" in [said.syllables, *(one.syllables for one in said.others)]
    assert ("wo3", "xiang3", "jie4") in [way.before for way in said.around]


def test_words_alone_are_read_as_ever() -> None:
    words = "wo3 xiang3 jie4 san1 ti3"
    with_sound, without = heard(words, sound=Sound(words)), heard(words)
    assert (with_sound.intent, title(with_sound).syllables) == (without.intent, title(without).syllables)


def test_of_a_part_of_what_was_heard_no_sound_is_asked() -> None:
    words = "wo3 xiang3 jie4 san1 ti3 bu2 dui4 wo3 xiang3 jie4 huo2 zhe5"
    meant = heard(words, sound=Sound(words))
    assert title(meant).around == ()


def test_the_sound_tells_which_of_our_sentences_was_said() -> None:
    words = "zai4 bang4 du2 zhe3"
    assert heard(words).intent != "link_card"
    assert heard(words, sound=Sound("bang3 du2 zhe3 zheng4")).intent == "link_card"


def test_a_sound_that_speaks_for_nothing_of_ours_takes_nothing_away() -> None:
    words = "ba3 di4 er4 ben3 song4 dao4 jia1 li3"
    with_sound, without = heard(words, sound=Sound("jin1 tian1 tian1 qi4")), heard(words)
    assert (with_sound.intent, with_sound.slots) == (without.intent, without.slots)
    assert with_sound.confidence == without.confidence
