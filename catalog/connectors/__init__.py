"""Library systems behind one port. The local one is the default and keeps everything in our own database; the others
(SIP2, Koha) come later, each in a folder of its own and one line here. One that may be away is used by `Patient`, which
writes down what it cannot hear.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from catalog.connectors.local import Local
from catalog.connectors.port import CAPABILITIES, LibrarySystem

__all__ = ["CAPABILITIES", "CONNECTORS", "LibrarySystem"]

CONNECTORS: Mapping[str, Callable[[], LibrarySystem]] = {"local": Local}
