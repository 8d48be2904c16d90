"""The flat file of titles: what was put away comes back, also while it grows, and a cut one says so."""

from __future__ import annotations

from pathlib import Path

import pytest

from catalog.search.documents import Name, name_of
from catalog.search.titles import FILE, Reader, Writer, written

WORKS = [
    (name_of("三体"), name_of("地球往事", whole=False)),
    (name_of("Harry Potter与魔法石"),),
    (),
    (name_of("三体 II：黑暗森林"), name_of("三体 II", whole=False), name_of("黑暗森林", whole=False)),
    (name_of("音乐：一种爱好"), name_of("音乐", whole=False)),
    (name_of("𠀋"), name_of("长" * 400)),
]


def kept(name: Name) -> Name:
    return Name(name.key[:250], name.words[:250], name.codes[:250], name.whole)


def test_titles_come_back(tmp_path: Path) -> None:
    with Writer(tmp_path) as writer:
        places = [writer.add(written(names)) for names in WORKS]
    reader = Reader(tmp_path)
    assert reader.read(places) == [tuple(map(kept, names)) for names in WORKS]
    assert reader.read([places[1]]) == [WORKS[1]]
    assert reader.read([]) == []


def test_a_reader_follows_what_is_appended(tmp_path: Path) -> None:
    with Writer(tmp_path) as writer:
        first = writer.add(written(WORKS[0]))
    reader = Reader(tmp_path)
    with (tmp_path / FILE).open("ab") as file:
        file.write(b"left by a killed writer")
    with Writer(tmp_path) as writer:
        second = writer.add(written(WORKS[1]))
    assert reader.read([second, first]) == [WORKS[1], WORKS[0]]


def test_a_cut_file_is_said(tmp_path: Path) -> None:
    with Writer(tmp_path) as writer:
        place = writer.add(written(WORKS[0]))
    (tmp_path / FILE).write_bytes(b"")
    with pytest.raises(OSError, match="cut off"):
        Reader(tmp_path).read([place])
