"""What someone says a library holds, before the union has looked at it: value types that interchange fills."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class ItemEntry:
    """A physical copy. `home` and `location` are OrgUnit ids (`location` None: at home).

    `barcode` "" lets the union make one from the library's code, so that the same row finds the same item again.
    """

    home: int
    home_code: str
    barcode: str = ""
    call_number: str = ""
    location: int | None = None
    status: str = ""
    """One of STATED in tables.py, or "" if the source says nothing of it."""


@dataclass(frozen=True, slots=True)
class RecordingEntry:
    """A recording on the web: its address, its length in seconds (0 is unknown), who reads."""

    url: str
    seconds: int = 0
    narrator: str = ""
    open_access: bool = True


@dataclass(frozen=True, slots=True)
class Origin:
    """The source record that an entry was read from; `data` is the record as it came, compressed with zlib.

    `number` is `library`'s own number for it, by which a later version of it is known.
    """

    library: str
    number: str
    kind: str
    data: bytes
    digest: bytes
    encoding: str = ""
    file: str = ""


@dataclass(frozen=True, slots=True)
class Entry:
    """An edition in one format as its source describes it: words cleaned, ISBNs as ISBN-13, years as numbers."""

    title: str
    subtitle: str = ""
    volume: str = ""
    original: str = ""
    """The title under which the work is known everywhere (MARC's uniform title, a translation's original)."""
    authors: tuple[str, ...] = ()
    publisher: str = ""
    year: int | None = None
    isbns: tuple[str, ...] = ()
    language: str = ""
    clc: str = ""
    subjects: tuple[str, ...] = ()
    popularity: int = 0
    format: str = "print"
    source: Mapping[str, str] = field(default_factory=dict)
    items: tuple[ItemEntry, ...] = ()
    recording: RecordingEntry | None = None
    origin: Origin | None = None
    deleted: bool = False
    """The library has no such record any more; nothing else of the entry counts."""
