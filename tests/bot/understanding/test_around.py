"""Where a sound goes along with what was heard, its free words know what was said around them."""

from __future__ import annotations

from collections.abc import Sequence

from bot.locales import load
from bot.understanding import understand
from bot.understanding.meaning import Meaning, Moment, Phrase
from speech.recognition import Hypothesis, Transcript
from tests.bot.understanding.saying import TODAY


class Sound:
    """A sound to which everything is as likely."""

    def likelihoods(self, sentences: Sequence[Sequence[str]]) -> list[float | None]:
        return [0.0 for _ in sentences]


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
    said = title(heard("wo3 xiang3 zhe4 san1 ti3 song4 dao4 jia1 li3", sound=Sound()))
    assert "san1 ti3" in [said.syllables, *(one.syllables for one in said.others)]
    assert ("wo3", "xiang3", "jie4") in [way.before for way in said.around]


def test_words_alone_are_read_as_ever() -> None:
    with_sound, without = heard("wo3 xiang3 jie4 san1 ti3", sound=Sound()), heard("wo3 xiang3 jie4 san1 ti3")
    assert (with_sound.intent, title(with_sound).syllables) == (without.intent, title(without).syllables)


def test_of_a_part_of_what_was_heard_no_sound_is_asked() -> None:
    meant = heard("wo3 xiang3 jie4 san1 ti3 bu2 dui4 wo3 xiang3 jie4 huo2 zhe5", sound=Sound())
    assert title(meant).around == ()
