"""An ear that still has the sound is asked which of the titles near to what it wrote down it was."""

from __future__ import annotations

from collections.abc import Sequence

from catalog.search import Index, Query


class Ear:
    """To it the title of just these syllables is likely, and nothing else."""

    def __init__(self, *meant: str) -> None:
        self.meant = meant
        self.asked: list[tuple[str, ...]] = []

    def __call__(self, titles: Sequence[Sequence[str]]) -> list[float | None]:
        self.asked += map(tuple, titles)
        return [None if "?" in title else 0.0 if tuple(title) == self.meant else -12.0 for title in titles]


def test_the_sound_tells_titles_apart_that_come_as_near(small_index: Index) -> None:
    heard = {"syllables": "ren2 lei4 jian3 shi3", "others": (("", "hong2 lou2 meng4", 0.9), ("", "huo2 zhe5", 0.8))}
    for meant, title in ((("huo2", "zhe5"), "活着"), (("hong2", "lou2", "meng4"), "红楼梦")):
        ear = Ear(*meant)
        found = small_index.search(Query(heard=True, ear=ear, **heard))  # type: ignore[arg-type]
        assert meant in ear.asked
        assert (found.hits[0].title, found.hits[0].why) == (title, "phonetic")


def test_an_ear_cannot_put_a_title_before_what_was_said_quite_otherwise(small_index: Index) -> None:
    found = small_index.search(Query(syllables="san1 ti3", heard=True, ear=Ear("huo2", "zhe5")))
    assert found.hits[0].title == "三体"


def test_an_ear_that_knows_nothing_changes_no_order(small_index: Index) -> None:
    asked = Query(syllables="huo2 zhe5", heard=True)
    told = Query(syllables="huo2 zhe5", heard=True, ear=lambda titles: [None] * len(titles))
    assert [hit.work for hit in small_index.search(told).hits] == [hit.work for hit in small_index.search(asked).hits]
    assert told == asked
