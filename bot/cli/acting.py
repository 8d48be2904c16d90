"""The desk's commands about acting for another: letting somebody, ending it, and the trail of who did what for whom."""

from __future__ import annotations

from dataclasses import replace
from typing import Annotated

import typer
from sqlalchemy import select

from bot.cli.failing import Failure
from bot.cli.office import LIBRARIAN, CardOption, Json, Now, at_desk, day_of, patron_of, say
from catalog.audit import AuditEntry
from catalog.patrons import delegation
from catalog.patrons.tables import Delegation

To = Annotated[str, typer.Option("--to", help="The card of the one who acts.")]


def add_to_desk(desk: typer.Typer) -> None:
    """Add `delegate` and `revoke` to `desk`."""

    @desk.command("delegate")
    def delegate(
        context: typer.Context,
        *,
        card: CardOption,
        to: To,
        scope: Annotated[str, typer.Option(help=f"One of: {', '.join(delegation.SCOPES)}.")] = "borrow",
        until: Annotated[str, typer.Option(help="The last day; without one, until it is revoked.")] = "",
        now: Now = "",
        json: Json = False,
    ) -> None:
        """Somebody may act for the reader; both are told in their own channels."""
        if scope not in delegation.SCOPES:
            raise Failure(f"there is no scope {scope!r}; it is one of {', '.join(delegation.SCOPES)}")
        with at_desk(context, now) as here:
            patron = patron_of(here.session, card)
            held = delegation.delegate(
                here.session,
                patron=patron,
                delegate=patron_of(here.session, to),
                scope=scope,
                expires_on=day_of(until) if until else None,
                now=here.now,
                by=replace(LIBRARIAN, patron_id=patron.id),
            )
            say(json, f"card {to} may act for card {card}, {scope}, until {until or 'revoked'}", _row(held))

    @desk.command("revoke")
    def revoke(context: typer.Context, *, card: CardOption, to: To, now: Now = "", json: Json = False) -> None:
        """Somebody may no longer act for the reader."""
        with at_desk(context, now) as here:
            patron, other = patron_of(here.session, card), patron_of(here.session, to)
            statement = select(Delegation).where(Delegation.patron_id == patron.id, Delegation.delegate_id == other.id)
            held = here.session.scalars(statement).first()
            if held is None:
                raise Failure(f"card {to!r} never was to act for card {card!r}")
            by = replace(LIBRARIAN, patron_id=patron.id)
            delegation.revoke(here.session, delegation=held, now=here.now, by=by)
            say(json, f"card {to} may no longer act for card {card}", _row(held))


def add_to_patrons(patrons: typer.Typer) -> None:
    """Add `acts` to `patrons`."""

    @patrons.command("acts")
    def acts(
        context: typer.Context,
        *,
        card: CardOption,
        limit: Annotated[int, typer.Option(min=1, help="How many at most, the newest first.")] = 50,
        json: Json = False,
    ) -> None:
        """What was done for a reader, when and by whom: ids only, as the audit trail has it."""
        with at_desk(context) as here:
            patron = patron_of(here.session, card)
            statement = select(AuditEntry).where(AuditEntry.patron_id == patron.id)
            for entry in here.session.scalars(statement.order_by(AuditEntry.id.desc()).limit(limit)):
                who = f"patron {entry.delegate_id} for patron {patron.id}" if entry.delegate_id else entry.actor
                row = {
                    "at": entry.at.isoformat(),
                    "what": entry.what,
                    "actor": entry.actor,
                    "patron": patron.id,
                    "delegate": entry.delegate_id,
                    "ids": entry.ids,
                    "undone": entry.undone_at is not None,
                }
                say(json, f"{entry.at:%Y-%m-%d %H:%M}\t{entry.what}\t{who}", row)


def _row(held: Delegation) -> dict[str, object]:
    return {
        "delegation": held.id,
        "patron": held.patron_id,
        "delegate": held.delegate_id,
        "scope": held.scope,
        "until": held.expires_on,
        "revoked": held.revoked_at is not None,
    }
