"""When places are open and when things get there: loads a place's calendar and asks its rules.

Closures of a place count for all below it. Days are days of the consortium's zone.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from datetime import date, datetime, time
from zoneinfo import ZoneInfo

from sqlalchemy import bindparam, select
from sqlalchemy.orm import Session, selectinload

from catalog import refusals
from catalog.delivery.tables import Volunteer
from catalog.organisation import changes
from catalog.organisation.public_holidays import public_holidays
from catalog.organisation.rules import Calendar, Span
from catalog.organisation.tables import Closure, OpeningHours, OrgUnit, VanRoute
from catalog.organisation.vans import Route, reach

ZONE = ZoneInfo("Asia/Shanghai")
"""The consortium's zone: what "today" means."""


REMEMBERED = 2_000
"""Starts and days for which it is remembered how far the vans get."""


def day_of(now: datetime, zone: ZoneInfo = ZONE) -> date:
    """The day that `now` falls on in the consortium's zone."""
    return now.astimezone(zone).date()


def above(session: Session, place: OrgUnit) -> list[OrgUnit]:
    """`place` and all that it belongs to, from itself up to the consortium."""
    chain: list[OrgUnit] = []
    unit: OrgUnit | None = place
    while unit is not None and unit not in chain:
        chain.append(unit)
        unit = session.get(OrgUnit, unit.parent_id) if unit.parent_id else None
    return chain


def below(session: Session, place: OrgUnit) -> list[OrgUnit]:
    """`place` and all that belongs to it."""
    found, level = [place], [place.id]
    while level:
        units = session.scalars(select(OrgUnit).where(OrgUnit.parent_id.in_(level)).order_by(OrgUnit.id)).all()
        found += units
        level = [unit.id for unit in units]
    return found


def calendar_of(session: Session, *, place: OrgUnit) -> Calendar:
    """The calendar of `place`, remembered until a place changes."""
    return calendar_at(session, place.id)


def calendar_at(session: Session, place_id: int) -> Calendar:
    """The calendar of the place with this id; the place itself is not read where its calendar is remembered."""
    calendars = changes.known(session).calendars
    if place_id not in calendars:
        calendars[place_id] = _read(session, session.get_one(OrgUnit, place_id))
    return calendars[place_id]


_HOURS = (
    select(OpeningHours.weekday, OpeningHours.opens, OpeningHours.closes)
    .where(OpeningHours.org_unit_id == bindparam("place"))
    .order_by(OpeningHours.weekday, OpeningHours.opens)
)
_UPWARDS = select(OrgUnit.id, OrgUnit.parent_id).where(OrgUnit.id == bindparam("place")).cte(recursive=True)
_CHAIN = _UPWARDS.union(select(OrgUnit.id, OrgUnit.parent_id).join(_UPWARDS, OrgUnit.id == _UPWARDS.c.parent_id))
_CLOSURES = (
    select(Closure.first_day, Closure.last_day, Closure.reason)
    .where(Closure.org_unit_id.in_(select(_CHAIN.c.id)))
    .order_by(Closure.first_day, Closure.id)
)
"""Written once: a recursive query takes longer to write than to answer."""


def _read(session: Session, place: OrgUnit) -> Calendar:
    hours: dict[int, list[Span]] = defaultdict(list)
    for weekday, opens, closes in session.execute(_HOURS, {"place": place.id}):
        hours[weekday].append((opens, closes))
    closures = session.execute(_CLOSURES, {"place": place.id})
    days = public_holidays() if _keeps_holidays(session, place) else None
    return Calendar(
        hours={weekday: tuple(spans) for weekday, spans in hours.items()},
        closures=tuple((first, last, reason) for first, last, reason in closures),
        rounds=_rounds(session, place),
        transfer_days=place.transfer_days,
        off=days.off if days else {},
        working=days.working if days else frozenset(),
    )


def holiday_on(session: Session, *, place: OrgUnit, day: date) -> str | None:
    """The id of the public holiday for which `place` is closed on `day`, or None."""
    return calendar_of(session, place=place).off.get(day)


def _keeps_holidays(session: Session, place: OrgUnit) -> bool:
    """Whether `place` is closed on public holidays: as it says itself, or the nearest above it that says so."""
    return next((unit.public_holidays for unit in above(session, place) if unit.public_holidays), "open") == "closed"


def _rounds(session: Session, place: OrgUnit) -> frozenset[int]:
    """The weekdays on which a van, or else a volunteer (details: {"weekdays": "25"}), goes round from here."""
    days = place.van_days
    if not days:
        volunteers = session.scalars(select(Volunteer).where(Volunteer.org_unit_id == place.id))
        days = "".join(str(volunteer.details.get("weekdays", "")) for volunteer in volunteers)
    return frozenset(int(digit) for digit in days if digit in "0123456")


def opening(session: Session, *, place: OrgUnit, day: date) -> list[tuple[time, time]]:
    """The spans (opens, closes) of `place` on `day`; none on a closed day or where its hours are unknown."""
    return list(calendar_of(session, place=place).spans(day))


def is_open(session: Session, *, place: OrgUnit, now: datetime, zone: ZoneInfo = ZONE) -> bool:
    """Whether `place` is open at `now` (False where its hours are unknown)."""
    local = now.astimezone(zone)
    spans = opening(session, place=place, day=local.date())
    return any(opens <= local.time() < closes for opens, closes in spans)


def next_open_day(session: Session, *, place: OrgUnit, after: date) -> date:
    """The first day after `after` on which `place` is open."""
    return calendar_of(session, place=place).next_open(after)


def closure_on(session: Session, *, place: OrgUnit, day: date) -> Closure | None:
    """The closure of `place`, or of what it belongs to, on `day`; the nearest one first."""
    if calendar_of(session, place=place).closed_for(day) is None:
        return None
    for unit in above(session, place):
        found = session.scalars(
            select(Closure)
            .where(Closure.org_unit_id == unit.id, Closure.first_day <= day, Closure.last_day >= day)
            .order_by(Closure.id)
        ).first()
        if found is not None:
            return found
    return None


def week(session: Session, *, place: OrgUnit) -> dict[int, list[tuple[time, time]]]:
    """The usual opening hours by weekday (Monday is 0), closures aside; weekdays that are closed are missing."""
    calendar = calendar_of(session, place=place)
    return {weekday: list(spans) for weekday, spans in sorted(calendar.hours.items())}


def arrival(session: Session, *, to: OrgUnit, origin: int | None, sent: date) -> date:
    """When an item put aside on the day `sent` at the place `origin` can lie ready at `to`; see `arrivals`."""
    return arrivals(session, to=to, origins=(origin,), sent=sent)[origin]


def arrivals(session: Session, *, to: OrgUnit, origins: Iterable[int | None], sent: date) -> dict[int | None, date]:
    """When an item put aside on the day `sent` can lie ready at `to`, by the place it comes from.

    By the van routes, where they lead there; else after the transfer days of `to`, with its van. None as origin is a
    place that is not known yet, a reader's return: by way of where the routes to `to` begin.
    """
    routes = _routes(session)
    calendar = calendar_at(session, to.id)
    otherwise: date | None = None
    found: dict[int | None, date] = {}
    for origin in origins:
        starts = {route.stops[0] for route in routes if to.id in route.stops} if origin is None else {origin}
        days = [day for start in starts if (day := _reached(session, start, sent).get(to.id)) is not None]
        if not days or to.id in starts:
            otherwise = otherwise or calendar.arrival(sent)
            found[origin] = otherwise
        else:
            found[origin] = min(days) if calendar.opens_on(min(days)) else calendar.next_open(min(days))
    return found


def comes_again(session: Session, *, to: OrgUnit, after: date) -> date:
    """When what was on the road to `to`, and was not taken in there on the day `after`, can lie ready there: it goes
    back to where the van's route begins and comes with the next van, by the routes or by the weekdays of `to`."""
    calendar = calendar_at(session, to.id)
    starts = {route.stops[0] for route in _routes(session) if to.id in route.stops} - {to.id}
    days = [day for start in starts if (day := _reached(session, start, after).get(to.id)) is not None]
    if not days:
        return calendar.next_van(after)
    return min(days) if calendar.opens_on(min(days)) else calendar.next_open(min(days))


def _routes(session: Session) -> tuple[Route, ...]:
    known = changes.known(session)
    if known.routes is None:
        rows = session.scalars(select(VanRoute).order_by(VanRoute.id).options(selectinload(VanRoute.stops)))
        known.routes = tuple(
            Route(tuple(stop.org_unit_id for stop in row.stops), frozenset(map(int, row.weekdays))) for row in rows
        )
    return known.routes


def _reached(session: Session, start: int, sent: date) -> dict[int, date]:
    """Where the vans take an item from `start`, and when: remembered for the places and days that are asked for."""
    known = changes.known(session)
    if not known.routes:
        return {}
    if (start, sent) not in known.reached:
        if len(known.reached) >= REMEMBERED:
            known.reached.clear()
        known.reached[start, sent] = reach(
            known.routes,
            start=start,
            sent=sent,
            stops=lambda place, day: calendar_at(session, place).closed_for(day) is None,
        )
    return known.reached[start, sent]


def delivery_date(session: Session, *, place: OrgUnit, now: datetime, ready: date, zone: ZoneInfo = ZONE) -> date:
    """When the round of `place` brings to the door what lies there from `ready` on.

    Raises: refusals.NoRound: no van and no volunteer goes round from there.
    """
    today = day_of(now, zone)
    found = calendar_of(session, place=place).round_day(today=today, ready=ready)
    if found is None:
        raise refusals.NoRound()
    return found
