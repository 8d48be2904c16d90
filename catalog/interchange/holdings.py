"""ISO 20775 holdings in any envelope, as rows of an item list: they tell of copies, and name the record by its number.

What stands in the standard's codes (availability) is put into words here; everything else is describing.py's. Copies
that are only counted, without an identifier of their own, are no items.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from lxml import etree

from catalog.interchange.describing import Unusable
from catalog.interchange.tables import Reading, Row, Unreadable

NAMESPACE = "http://www.loc.gov/standards/iso20775/"
_ISO = f"{{{NAMESPACE}}}"
AVAILABILITY = {"0": "", "1": "available", "2": "away", "3": "away", "4": "away"}
"""availabilityStatus: unknown, available, not available, possibly, at a cost of time."""


def read(path: Path, reading: Reading) -> Iterator[tuple[Row, int]]:
    """A row for each copy, numbered through the file, and the bytes read so far. Raises Unreadable."""
    number = 0
    with path.open("rb") as file:
        try:
            for _, element in etree.iterparse(file, tag=f"{_ISO}holdings", resolve_entities=False, no_network=True):
                for row in _rows(element):
                    number += 1
                    yield (number, row), file.tell()
                element.clear()
        except etree.XMLSyntaxError as error:
            if not number:
                raise Unreadable(f"{path.name} is no readable XML ({error.msg})") from error
            yield (number + 1, Unusable(f"the XML breaks off here ({error.msg})")), file.tell()


def _rows(holdings: Any) -> Iterator[dict[str, str]]:
    record = _text(holdings, f"{_ISO}resource/{_ISO}resourceIdentifier/{_ISO}value")
    for holding in holdings.iterfind(f"{_ISO}holding"):
        place = _text(holding, f"{_ISO}institutionIdentifier/{_ISO}value") or _text(holding, f"{_ISO}physicalLocation")
        for copy in holding.iter(f"{_ISO}copyInformation"):
            barcode = _text(copy, f"{_ISO}pieceIdentifier/{_ISO}value")
            status = _text(copy, f".//{_ISO}availabilityStatus")
            if barcode:
                yield {
                    "number": record,
                    "barcode": barcode,
                    "library": _text(copy, f"{_ISO}sublocation") or place,
                    "call_number": _text(copy, f"{_ISO}shelfLocator"),
                    "status": AVAILABILITY.get(status, ""),
                }


def _text(element: Any, path: str) -> str:
    return (element.findtext(path) or "").strip()
