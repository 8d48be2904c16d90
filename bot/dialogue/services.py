"""What the dialogue may use besides the database session; made once by bot.app, faked nowhere."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from catalog.connectors import LibrarySystem
from catalog.search import Index

Forget = Callable[[Session, Collection[str]], None]
Told = Callable[[Session, Collection[str]], dict[str, list[dict[str, Any]]]]


@dataclass(frozen=True, slots=True)
class Services:
    """The search index, the library system behind its port, and the consortium's time zone.

    `secret` keys the hashes of one-time codes and senders. `forget` and `told` are of whoever else keeps what was said
    in a talk (inbox, outbox, the page): they erase it for a patron who wants to be forgotten or takes his card out of
    the talk, and tell it to one who wants to know what is held of him.
    """

    index: Index
    library: LibrarySystem
    zone: ZoneInfo
    secret: str
    forget: tuple[Forget, ...] = ()
    told: tuple[Told, ...] = ()
