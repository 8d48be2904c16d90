"""CNMARC records for tests, as a library system would send them."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path


def book(
    number: str,
    title: str,
    author: str,
    *,
    isbn: str = "",
    year: int | None = None,
    items: Sequence[str] = (),
    place: str = "DQ",
    encoding: str = "utf-8",
    status: str = "n",
) -> bytes:
    """One record; `status` is the leader's: n new, c corrected, d deleted."""
    fields = [("001", number), ("200", f"1 \x1fa{title}\x1ff{author}著"), ("701", f" 0\x1fa{author}\x1f4著")]
    fields += [("010", f"  \x1fa{isbn}")] if isbn else []
    fields += [("210", f"  \x1fc作家出版社\x1fd{year}")] if year else []
    fields += [("905", f"  \x1fa{place}\x1fb{barcode}\x1fdI247.5") for barcode in items]
    directory, body = b"", b""
    for tag, value in fields:
        data = value.encode(encoding) + b"\x1e"
        directory += f"{tag}{len(data):04d}{len(body):05d}".encode()
        body += data
    base = 25 + len(directory)
    leader = f"{base + len(body) + 1:05d}{status}am0 22{base:05d}   450 ".encode()
    return leader + directory + b"\x1e" + body + b"\x1d"


def write(folder: Path, *records: bytes, name: str = "records.iso") -> Path:
    """A file of records."""
    file = folder / name
    file.write_bytes(b"".join(records))
    return file
