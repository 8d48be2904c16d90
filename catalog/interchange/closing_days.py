"""Lists of closed days: a row a closure of a place, and of all below it. What it moves is the rule of circulation."""

from __future__ import annotations

from collections.abc import Mapping

from sqlalchemy import select

from catalog.circulation import closing
from catalog.interchange.days import day_in
from catalog.interchange.describing import Unusable
from catalog.interchange.lists import Kind, Taking, needed
from catalog.interchange.registering import place_of
from catalog.interchange.tables import Columns
from catalog.organisation.tables import Closure

COLUMNS = Columns(
    "closure_columns.json",
    (frozenset({"place", "first"}),),
    "{} has no columns that are headed as a place and its first closed day; --column HEADING=first says which it is",
)


def _take(taking: Taking, said: Mapping[str, str]) -> str:
    place = place_of(taking, needed(said, "place"))
    first = day_in("first day", needed(said, "first"))
    last = day_in("last day", said["last"]) if "last" in said else first
    if last < first:
        raise Unusable(f"its last day, {last}, comes before its first, {first}")
    same = select(Closure.id).where(
        Closure.org_unit_id == place.id, Closure.first_day == first, Closure.last_day == last
    )
    if taking.session.scalars(same).first() is not None:
        return "merged"
    closing.close(
        taking.session,
        place=place,
        first_day=first,
        last_day=last,
        reason=said.get("reason", ""),
        now=taking.now,
        by=taking.by,
    )
    return "created"


CLOSURES = Kind("closures", COLUMNS, _take)
