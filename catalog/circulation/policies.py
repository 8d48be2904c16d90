"""Which policy holds where: what a county, a town or a reading room has settled otherwise than policy.toml.

The library that gave the reader his card decides what he may borrow, for how long, and what bringing it costs: he is
told one rule, wherever he stands. Whether an item goes home is decided by the place it belongs to. What is asked is
remembered as calendars are (organisation.changes): no statement of its own at an act.
"""

from __future__ import annotations

from collections import defaultdict
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from catalog import audit
from catalog.circulation.policy import NAMES, Policy, Setting, Value, policy, read_value
from catalog.circulation.tables import PolicySetting
from catalog.organisation import changes
from catalog.organisation.calendar import above
from catalog.organisation.tables import OrgUnit
from catalog.patrons.tables import Patron
from catalog.records.tables import Item


def for_patron(session: Session, patron: Patron, *, form: str = "") -> Policy:
    """What the library of the reader's card grants him, for items in the format `form`."""
    return at(session, place_id=patron.home_id or patron.home.id, group=patron.group, form=form)


def for_item(session: Session, item: Item) -> Policy:
    """What the place that the item belongs to has settled for it, whoever reads it."""
    return at(session, place_id=item.home_id, group="adult", form=item.record.format)


def at(session: Session, *, place_id: int, group: str, form: str = "") -> Policy:
    """The policy at a place for readers of `group` and items in the format `form`."""
    kept = changes.known(session).policies
    asked = (place_id, group, form)
    if asked not in kept:
        kept[asked] = policy(group=group, form=form, own=_own(session, place_id))
    return kept[asked]


def settings_of(session: Session, *, place: OrgUnit) -> list[PolicySetting]:
    """What `place` itself has settled, in the order of policy.toml's list of names."""
    rows = session.scalars(select(PolicySetting).where(PolicySetting.org_unit_id == place.id))
    return sorted(rows, key=lambda row: (row.group, row.format, NAMES.index(row.name)))


def settle(
    session: Session,
    *,
    place: OrgUnit,
    name: str,
    said: str | None,
    group: str = "",
    form: str = "",
    now: datetime,
    by: audit.Actor,
) -> bool:
    """Let the setting `name` be `said` at `place` and all below it, or as above it again (None); whether that is new.

    Holds for what is lent, renewed, asked for or brought from now on; due dates that were told stay.

    Raises: ValueError, with what the setting should be.
    """
    value: Value | None = None if said is None else read_value(name, said)
    if name not in NAMES:
        read_value(name, "")
    row = session.scalars(
        select(PolicySetting).where(
            PolicySetting.org_unit_id == place.id,
            PolicySetting.group == group,
            PolicySetting.format == form,
            PolicySetting.name == name,
        )
    ).one_or_none()
    if (row.value if row else None) == value:
        return False
    before = {"value": row.value if row else None}
    if row is None:
        session.add(PolicySetting(org_unit_id=place.id, group=group, format=form, name=name, value=value))
    elif value is None:
        session.delete(row)
    else:
        row.value = value
    session.flush()
    ids = {"place": place.id, "group": group, "format": form, "setting": name, "value": value}
    audit.record(session, "policy_changed", now=now, by=by, ids=ids, before=before)
    return True


def _own(session: Session, place_id: int) -> list[list[Setting]]:
    """The settings of the place and of all above it, from the top down."""
    known = changes.known(session)
    if known.settings is None:
        found: dict[int, list[Setting]] = defaultdict(list)
        for row in session.scalars(select(PolicySetting).order_by(PolicySetting.id)):
            found[row.org_unit_id].append(Setting(row.group, row.format, row.name, row.value))
        known.settings = dict(found)
    if not known.settings:
        return []
    chain = reversed(above(session, session.get_one(OrgUnit, place_id)))
    return [known.settings[unit.id] for unit in chain if unit.id in known.settings]
