"""What is remembered of the places from one turn to the next: calendars, positions, van routes and what each has
settled of the policy, until a place changes.

Nearly every turn asks when a place is open and when its van comes; that changes a few times a year. Each transaction
asks one number, which every flush that touches one of WATCHED raises; while the number stays, what was read before
holds, in this process. A transaction that has changed a place remembers for itself alone.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from weakref import WeakKeyDictionary

from sqlalchemy import Engine, event, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Mapped, Session, SessionTransaction, UOWTransaction, mapped_column

from catalog.circulation.policy import Policy, Setting
from catalog.circulation.tables import PolicySetting
from catalog.database import Base
from catalog.delivery.tables import Volunteer
from catalog.organisation.rules import Calendar
from catalog.organisation.tables import Closure, OpeningHours, OrgUnit, VanRoute, VanStop
from catalog.organisation.vans import Route

WATCHED = (OrgUnit, OpeningHours, Closure, Volunteer, VanRoute, VanStop, PolicySetting)
PLACES = "places"
_HELD = "catalog.organisation.changes"


class ChangeNumber(Base):
    """How often things of one kind have changed; what is remembered of them holds for one number."""

    __tablename__ = "change_numbers"

    name: Mapped[str] = mapped_column(primary_key=True)
    number: Mapped[int]


@dataclass(slots=True)
class Known:
    """What was read of the places, by their ids."""

    calendars: dict[int, Calendar] = field(default_factory=dict)
    positions: dict[int, tuple[float, float] | None] = field(default_factory=dict)
    routes: tuple[Route, ...] | None = None
    reached: dict[tuple[int, date], dict[int, date]] = field(default_factory=dict)
    """Where an item sent from a place on a day gets to, and on which day."""
    settings: dict[int, list[Setting]] | None = None
    policies: dict[tuple[int, str, str], Policy] = field(default_factory=dict)


@dataclass(slots=True)
class _Held:
    """What one transaction goes by; `own` once it has itself changed a place."""

    transaction: SessionTransaction | None
    known: Known
    own: bool = False


_TABLE = ChangeNumber.__table__
_NUMBER = select(_TABLE.c.number).where(_TABLE.c.name == PLACES)
_kept: WeakKeyDictionary[Engine, tuple[int, Known]] = WeakKeyDictionary()


def known(session: Session) -> Known:
    """What is remembered of the places, as this transaction sees them."""
    held: _Held | None = session.info.get(_HELD)
    if held is None or held.transaction is not session.get_transaction():
        number = session.connection().scalar(_NUMBER) or 0
        engine = session.get_bind().engine
        kept = _kept.get(engine)
        if kept is None or kept[0] != number:
            kept = _kept[engine] = (number, Known())
        held = session.info[_HELD] = _Held(session.get_transaction(), kept[1])
    return held.known


@event.listens_for(Session, "after_flush")
def _raise_number(session: Session, flushed: UOWTransaction) -> None:
    touched = [*session.new, *session.deleted]
    if not any(isinstance(one, WATCHED) for one in touched) and not any(
        isinstance(one, WATCHED) and session.is_modified(one) for one in session.dirty
    ):
        return
    insert = postgresql.insert if session.get_bind().dialect.name == "postgresql" else sqlite.insert
    raised = insert(ChangeNumber).values(name=PLACES, number=1)
    session.connection().execute(
        raised.on_conflict_do_update(index_elements=["name"], set_={"number": ChangeNumber.number + 1})
    )
    session.info[_HELD] = _Held(session.get_transaction(), Known(), own=True)


@event.listens_for(Session, "after_soft_rollback")
def _forget(session: Session, rolled_back: SessionTransaction) -> None:
    held: _Held | None = session.info.get(_HELD)
    if held is not None and held.own:
        held.known = Known()
