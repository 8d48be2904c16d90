"""Where a talk stands: one row a talk, with the state as versioned JSON. It holds ids and the last reply, no secrets.

A PIN never comes here. The last lines of the talk are kept (few, PINs masked) so that a librarian who takes over need
not ask everything again; they go when the patron is forgotten.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from bot.dialogue.stored import meaning_from_json, meaning_to_json, reply_from_json, reply_to_json
from bot.messages import Reply
from bot.understanding.meaning import Meaning
from catalog.database import Base

VERSION = 1
LAPSE = timedelta(minutes=30)
"""After this long a pending confirmation is asked again instead of acted on."""
TURNS_KEPT = 20
LINES_KEPT = 12


class Talk(Base):
    """A conversation: its channel and address, whose it is, and where it stands."""

    __tablename__ = "talks"

    id: Mapped[str] = mapped_column(primary_key=True)
    channel: Mapped[str]
    address: Mapped[str]
    patron_id: Mapped[int | None] = mapped_column(ForeignKey("patrons.id"), index=True)
    locale: Mapped[str] = mapped_column(default="")
    """The language tag chosen in this talk; empty means the patron's, then the default."""
    state: Mapped[dict[str, Any]] = mapped_column(default=dict)
    updated_at: Mapped[datetime]
    live: Mapped[bool] = mapped_column(default=True)
    """False where the address is dead (blocked, closed): pushes go elsewhere."""


@dataclass
class Offered:
    """A list on offer: what kind of things, all their ids in order, the page being shown, and the wish it answers."""

    kind: str
    """Of: records, loans, holds, deliveries, events, places, addresses, delegates."""
    ids: list[int] = field(default_factory=list)
    page: int = 0
    wish: Meaning | None = None


@dataclass
class Pending:
    """What is under way: `step` is a key of STEPS (bot.dialogue.flows), `arguments` are ids, dates and numbers.

    `then` is what the patron wanted before this came in between (linking a card). `asked` marks when it was asked.
    """

    step: str
    arguments: dict[str, Any] = field(default_factory=dict)
    then: Meaning | None = None
    asked: datetime | None = None


@dataclass
class DialogueState:
    """The state of one talk. `choices` holds what each numbered choice of the last message means."""

    state: str = "idle"
    """idle, choosing, confirming, asking or playing."""
    pending: Pending | None = None
    expects: list[str] = field(default_factory=list)
    """In state "asking": the slots that are awaited."""
    offered: Offered | None = None
    chosen: int | None = None
    """The record the talk is about."""
    choices: list[Meaning] = field(default_factory=list)
    offer: str = ""
    last: Reply | None = None
    misses: int = 0
    repeated: int = 0
    """How many times in a row the last reply was asked for again."""
    pace: float | None = None
    verbosity: str = ""
    aloud: bool | None = None
    volume: float | None = None
    timbre: str | None = None
    recent: list[str] = field(default_factory=list)
    """The ids of the last turns that changed something, oldest first."""
    focus: list[int] = field(default_factory=list)
    """Loans that a reminder has just named."""
    lines: list[str] = field(default_factory=list)
    met: bool = False
    """Whether the service has introduced itself in this talk."""
    acting: int | None = None
    """The delegation by which this talk acts for somebody else just now."""

    def to_json(self) -> dict[str, Any]:
        """This state as JSON, with its version."""
        return {
            "version": VERSION,
            "state": self.state,
            "pending": _pending_to_json(self.pending),
            "expects": self.expects,
            "offered": _offered_to_json(self.offered),
            "chosen": self.chosen,
            "choices": [meaning_to_json(choice) for choice in self.choices],
            "offer": self.offer,
            "last": reply_to_json(self.last) if self.last else None,
            "misses": self.misses,
            "repeated": self.repeated,
            "pace": self.pace,
            "verbosity": self.verbosity,
            "aloud": self.aloud,
            "volume": self.volume,
            "timbre": self.timbre,
            "recent": self.recent[-TURNS_KEPT:],
            "focus": self.focus,
            "lines": self.lines[-LINES_KEPT:],
            "met": self.met,
            "acting": self.acting,
        }

    @classmethod
    def from_json(cls, stored: dict[str, Any]) -> DialogueState:
        """The state that `to_json` wrote; one of another version, or none, is a fresh state."""
        if stored.get("version") != VERSION:
            return cls()
        plain = {
            name: stored[name]
            for name in (
                *("state", "expects", "chosen", "offer", "misses", "pace", "verbosity", "aloud", "volume"),
                *("recent", "focus", "lines", "met"),
            )
        }
        return cls(
            **plain,
            pending=_pending_from_json(stored["pending"]),
            offered=_offered_from_json(stored["offered"]),
            choices=[meaning_from_json(choice) for choice in stored["choices"]],
            last=reply_from_json(stored["last"]) if stored["last"] else None,
            acting=stored.get("acting"),
            timbre=stored.get("timbre"),
            repeated=stored.get("repeated", 0),
        )

    def leave(self) -> None:
        """Drop what is under way and what is asked; lists, the chosen record and preferences stay."""
        self.pending = None
        self.expects = []
        self.choices = []
        self.state = "idle"


def _pending_to_json(pending: Pending | None) -> dict[str, Any] | None:
    if pending is None:
        return None
    return {
        "step": pending.step,
        "arguments": pending.arguments,
        "then": meaning_to_json(pending.then) if pending.then else None,
        "asked": pending.asked.isoformat() if pending.asked else None,
    }


def _pending_from_json(stored: dict[str, Any] | None) -> Pending | None:
    if stored is None:
        return None
    return Pending(
        stored["step"],
        stored["arguments"],
        meaning_from_json(stored["then"]) if stored["then"] else None,
        datetime.fromisoformat(stored["asked"]) if stored["asked"] else None,
    )


def _offered_to_json(offered: Offered | None) -> dict[str, Any] | None:
    if offered is None:
        return None
    return {
        "kind": offered.kind,
        "ids": offered.ids,
        "page": offered.page,
        "wish": meaning_to_json(offered.wish) if offered.wish else None,
    }


def _offered_from_json(stored: dict[str, Any] | None) -> Offered | None:
    if stored is None:
        return None
    wish = meaning_from_json(stored["wish"]) if stored["wish"] else None
    return Offered(stored["kind"], stored["ids"], stored["page"], wish)
