"""The small catalogue of books.tsv, imported and indexed once."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from catalog.search.index import Index
from tests.catalog.union import Union

HERE = Path(__file__).parent


@pytest.fixture(scope="session")
def small_union(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Union]:
    union = Union(tmp_path_factory.mktemp("small"))
    union.load(HERE / "books.tsv")
    yield union
    union.close()


@pytest.fixture(scope="session")
def small_index(small_union: Union) -> Index:
    return small_union.index()
