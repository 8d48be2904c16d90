"""Where the index lies on disk: generations, each a whole index, and a file `current` that names the one in force.

A rebuild makes a new generation beside the old one and then changes the name, so that readers, and a process killed
at any moment, always find a whole index. Readers are in index.py, the writer in writing.py.
"""

from __future__ import annotations

import json
import os
import shutil
import zlib
from functools import cache
from pathlib import Path

import tantivy

from catalog.search import documents

CURRENT = "current"
STATE = documents.term("state", "log")
FORM = 7
"""Changes whenever documents.py writes otherwise than before."""


class SearchError(Exception):
    """The index cannot be used now. The tree:

    SearchError
     +-- IndexUnusableError   it is broken or of another version
     +-- IndexLockedError     another process has been writing it for too long
    """


class IndexUnusableError(SearchError):
    """The index is broken or of another version; the message says what to do, in one sentence."""

    def __init__(self, path: Path) -> None:
        super().__init__(f"the search index in {path} cannot be used: run `shusheng index --rebuild`")


class IndexLockedError(SearchError):
    """Another process has been writing the index for too long; the message says which one, in one sentence."""


@cache
def form() -> str:
    """The version of the index's contents: ours, and that of the readings in it."""
    return f"{FORM}-{zlib.crc32(Path(__file__).with_name('readings.tsv').read_bytes()):08x}"


def in_force(path: Path) -> Path | None:
    """The folder of the generation in force, None if there has never been one."""
    try:
        return path / (path / CURRENT).read_text("utf-8").strip()
    except FileNotFoundError:
        return None


def new(path: Path, name: str) -> tuple[Path, tantivy.Index]:
    """A new, empty generation."""
    folder = path / name
    folder.mkdir()
    (folder / "form").write_text(form(), "utf-8")
    handle = tantivy.Index(documents.schema(), path=str(folder))
    handle.register_tokenizer("terms", documents.analyzer())
    return folder, handle


def opened(folder: Path) -> tantivy.Index:
    """tantivy's handle of a generation. Raises ValueError or OSError if it is broken or of another version."""
    if (folder / "form").read_text("utf-8") != form():
        raise ValueError("another version")
    handle = tantivy.Index.open(str(folder))
    handle.register_tokenizer("terms", documents.analyzer())
    handle.config_reader("manual")
    handle.reload()
    return handle


def seen(handle: tantivy.Index) -> int:
    """The number of the last change in a generation. Raises ValueError if it holds none."""
    searcher = handle.searcher()
    found = searcher.search(tantivy.Query.term_query(handle.schema, "whole", STATE, "basic"), 1).hits
    if not found:
        raise ValueError("it does not say how far it was written")
    return int(json.loads(bytes(searcher.doc(found[0][1])["stored"][0])))


def state(number: int) -> tantivy.Document:
    """The document that keeps the number of the last change."""
    doc = tantivy.Document(whole=[STATE])
    doc.add_bytes("stored", json.dumps(number).encode())
    return doc


def put_in_force(path: Path, folder: Path) -> None:
    """Point `current` at the generation `folder`, in one step, and clear the others away."""
    fresh = path / f"{CURRENT}.new"
    with fresh.open("w", encoding="utf-8") as file:
        file.write(folder.name)
        file.flush()
        os.fsync(file.fileno())
    fresh.replace(path / CURRENT)
    for old in path.iterdir():
        if old.is_dir() and old != folder:
            shutil.rmtree(old, ignore_errors=True)
