"""The tables of the chat page: browsers that have said something, and the lines their page shows.

The lines are a copy for the eyes of that browser alone: trimmed, erased after a month, and never holding a PIN.
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from catalog.database import Base

KINDS = ("words", "choice", "voice", "secret")
UNANSWERED = "unanswered"
LEFT = -10
"""The generation of a visitor who has ended his session; no cookie's is near it."""


class WebVisitor(Base):
    """A browser that has said something. `address` is its talk's address, known from the signed session cookie."""

    __tablename__ = "web_visitors"

    address: Mapped[str] = mapped_column(primary_key=True)
    last_seq: Mapped[int] = mapped_column(default=0)
    """The number of the last line; counted here, under this row's lock, so that lines appear in order."""
    generation: Mapped[int] = mapped_column(default=0)
    """Which session cookie is the valid one; it grows when a card is linked, so older ones are worth nothing."""
    confirmed: Mapped[bool] = mapped_column(default=True)
    """Whether the browser has shown the newest cookie; until then the one before is still taken."""
    rotated_at: Mapped[datetime | None]
    patron_id: Mapped[int | None]
    """The patron whose card is or was linked here: when he is forgotten, his lines go."""
    rotated_for: Mapped[int | None]
    """The patron for whom the cookie was last renewed."""
    seen_at: Mapped[datetime]


class WebMessage(Base):
    """One line of a talk as the page shows it, of the patron or of the library."""

    __tablename__ = "web_messages"
    __table_args__ = (
        CheckConstraint("who IN ('patron', 'library')", name="who"),
        CheckConstraint(f"kind IN {KINDS}", name="kind"),
    )

    talk: Mapped[str] = mapped_column(ForeignKey("web_visitors.address", ondelete="CASCADE"), primary_key=True)
    """The address of the visitor."""
    seq: Mapped[int] = mapped_column(primary_key=True)
    who: Mapped[str]
    kind: Mapped[str] = mapped_column(default="words")
    """Of: words, choice (a button's label), voice (a recording, kept nowhere; the text is what was heard in it), secret
    (a PIN, shown as dots; of the library's: it says a one-time code, which becomes dots with what is said next)."""
    text: Mapped[str]
    spoken: Mapped[str] = mapped_column(default="")
    pace: Mapped[float] = mapped_column(default=1.0)
    locale: Mapped[str]
    choices: Mapped[list[str]] = mapped_column(default=list)
    offer: Mapped[str] = mapped_column(default="")
    """What a choice must name to mean one of these; at a recording UNANSWERED, until it is known what was heard."""
    secret: Mapped[bool] = mapped_column(default=False)
    """The library asked for a secret here: the next answer is typed unseen and shown as dots."""
    created_at: Mapped[datetime] = mapped_column(index=True)
