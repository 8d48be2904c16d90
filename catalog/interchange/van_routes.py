"""Lists of van routes: a row a route, with its weekdays and its stops in order. A route that is known is changed."""

from __future__ import annotations

import re
from collections.abc import Mapping

from sqlalchemy import select

from catalog import audit
from catalog.interchange.describing import Unusable
from catalog.interchange.lists import Kind, Taking, needed
from catalog.interchange.placing import weekdays
from catalog.interchange.registering import place_of
from catalog.interchange.tables import Columns
from catalog.organisation.tables import VanRoute, VanStop

COLUMNS = Columns(
    "route_columns.json",
    (frozenset({"code", "stops"}),),
    "{} has no columns that are headed as a route's number and its stops; --column HEADING=stops says which one it is",
)
_BETWEEN = re.compile("\\s*(?:[,/;|>\u2192\u3001\uff0c\uff1b\u2014\n]|->|--+)+\\s*")
"""What stands between two stops in a cell: also arrows, dashes and the full-width signs."""
FEWEST = 2


def _take(taking: Taking, said: Mapping[str, str]) -> str:
    code, days = needed(said, "code"), "".join(sorted(set(weekdays(needed(said, "weekdays")))))
    named = [one for one in _BETWEEN.split(needed(said, "stops")) if one]
    stops = [place_of(taking, one, "stop").id for one in named]
    if len(stops) > 1 and stops[0] == stops[-1]:
        stops.pop()  # that it comes back to where it began need not be said
    if len(stops) < FEWEST:
        raise Unusable("its stops are at least two places in the order of the way, such as A、B、C")
    if len(set(stops)) < len(stops):
        raise Unusable(
            "it stops twice at one place; each stop is said once, and that it comes back to the first is known"
        )
    held = taking.session.scalars(select(VanRoute).where(VanRoute.code == code)).one_or_none()
    name = said.get("name", held.name if held else "")
    if held is not None and (held.name, held.weekdays, [one.org_unit_id for one in held.stops]) == (name, days, stops):
        return "merged"
    route = held or VanRoute(code=code)
    route.name, route.weekdays = name, days
    if held is not None:
        held.stops.clear()
        taking.session.flush()
    route.stops = [VanStop(position=number, org_unit_id=stop) for number, stop in enumerate(stops)]
    taking.session.add(route)
    taking.session.flush()
    audit.record(taking.session, "route_entered", now=taking.now, by=taking.by, ids={"route": route.id})
    return "updated" if held is not None else "created"


ROUTES = Kind("routes", COLUMNS, _take)
