"""Which books fit what a reader likes to have chosen for him: asked of the index, his formats first."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain, zip_longest

from catalog.delivery.tables import ReadingProfile
from catalog.search import Index, Query

LOOKED_AT = 60
"""How many works of each subject are looked at before it is given up for this time."""


def candidates(index: Index, profile: ReadingProfile) -> Iterator[int]:
    """The records of works that fit the profile, the likeliest first, its subjects in turn."""
    formats = frozenset(profile.patron.formats)
    found = [
        index.search(Query(subject=subject, formats=formats, limit=LOOKED_AT)).hits for subject in profile.subjects
    ]
    return (hit.record for hit in chain.from_iterable(zip_longest(*found)) if hit is not None)
