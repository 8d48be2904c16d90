"""`shusheng broadcast`: what a library tells its readers at once; written by one librarian, approved by a second.

Every command may be repeated: the second time it changes nothing and says the same. The rules stand in
catalog.outreach.broadcasts; sending only writes what is owed, and the relay sends it as any other notice.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import Annotated

import typer
from sqlalchemy import select
from sqlalchemy.orm import Session

from bot import locales, rendering
from bot.cli.failing import Failure
from bot.cli.office import LIBRARIAN, Json, Now, at_desk, place_of, row_of, say
from bot.dialogue import notices as saying
from bot.messages import Reply
from bot.relay.notices import pushing_talk
from catalog.organisation.tables import Librarian
from catalog.outreach import broadcasts
from catalog.outreach.events import TOPICS
from catalog.outreach.quiet import is_quiet
from catalog.outreach.tables import Broadcast

Number = Annotated[int, typer.Argument(help="The broadcast's number.")]
Librarians = Annotated[str, typer.Option("--by", help="The librarian who does this: number or name.")]
VISIT = "next visit"
"""Instead of a channel: those whom no message can reach unasked are told when they come."""


def register(app: typer.Typer) -> None:
    """Add `broadcast` to `app`."""
    broadcast = typer.Typer(no_args_is_help=True, help="What a library tells many readers at once.")
    _add_writing(broadcast)
    _add_sending(broadcast)
    app.add_typer(broadcast, name="broadcast")


def _add_writing(broadcast: typer.Typer) -> None:
    @broadcast.command("draft")
    def draft(
        context: typer.Context,
        *,
        library: Annotated[str, typer.Option("--library", help="The library that speaks: code or name.")],
        text: Annotated[str, typer.Option("--text", help=f"What is said, {broadcasts.LONGEST} signs at most.")],
        by: Librarians,
        text_en: Annotated[str, typer.Option("--text-en", help="The same for readers who talk in English.")] = "",
        topic: Annotated[str, typer.Option("--topic", help=f"Only who asked for it: {', '.join(TOPICS)}.")] = "",
        places: Annotated[str, typer.Option("--places", help="Only readers of these places, parted by commas.")] = "",
        now: Now = "",
        json: Json = False,
    ) -> None:
        """Write a broadcast; nothing is sent."""
        if topic and topic not in TOPICS:
            raise Failure(f"there is no topic {topic!r}; it is one of {', '.join(TOPICS)}")
        with at_desk(context, now) as here:
            made = broadcasts.draft(
                here.session,
                library=place_of(here.session, library),
                text=text,
                text_en=text_en,
                topic=topic,
                places=[place_of(here.session, one) for one in places.split(",") if one.strip()],
                librarian=_librarian_of(here.session, by),
                now=here.now,
                by=LIBRARIAN,
            )
            say(json, f"broadcast {made.id}: {made.status}", {"broadcast": made.id, "status": made.status})

    @broadcast.command("preview")
    def preview(context: typer.Context, number: Number, now: Now = "", json: Json = False) -> None:
        """Who would be told, where, and in what words, shown and spoken; nothing is sent."""
        with at_desk(context, now) as here:
            one = _broadcast_of(here.session, number)
            channels: Counter[str] = Counter()
            tags: Counter[str] = Counter()
            quiet = 0
            for patron in broadcasts.audience(here.session, broadcast=one):
                talk = pushing_talk(here.session, patron.id)
                channels[talk.channel if talk else VISIT] += 1
                tags[locales.nearest((talk.locale if talk else "") or patron.locale)] += 1
                quiet += is_quiet(patron, here.now)
            words = [_in_words(one, tag) for tag in dict.fromkeys((locales.DEFAULT, *sorted(tags)))]
            readers = sum(channels.values())
            row = {
                "broadcast": one.id,
                "status": one.status,
                "readers": readers,
                "channels": dict(sorted(channels.items())),
                "quiet_now": quiet,
                "texts": words,
            }
            where = ", ".join(f"{channel} {count}" for channel, count in sorted(channels.items()))
            lines = [f"broadcast {one.id} ({one.status}): {readers} readers" + (f" ({where})" if where else "")]
            lines.append(f"in their quiet hours now, told later: {quiet}")
            for each in words:
                lines += [f"{each['locale']} shown: {each['shown']}", f"{each['locale']} spoken: {each['spoken']}"]
            say(json, "\n".join(lines), row)

    @broadcast.command("list")
    def list_(context: typer.Context, json: Json = False) -> None:
        """The broadcasts, the newest first: whose, how far, and how many were told."""
        with at_desk(context) as here:
            for one in here.session.scalars(select(Broadcast).order_by(Broadcast.id.desc())):
                told = broadcasts.told(here.session, broadcast=one)
                row = {
                    "broadcast": one.id,
                    "library": one.org_unit.code,
                    "status": one.status,
                    "topic": one.topic,
                    "text": one.text,
                    "drafted_at": one.drafted_at,
                    "sent_at": one.sent_at,
                }
                counts = ", ".join(f"{name} {count}" for name, count in told.items())
                say(json, f"{one.id}\t{one.status}\t{one.org_unit.code}\t{counts}\t{one.text}", row | told)


def _add_sending(broadcast: typer.Typer) -> None:
    @broadcast.command("approve")
    def approve(context: typer.Context, number: Number, *, by: Librarians, now: Now = "", json: Json = False) -> None:
        """A second librarian has read it, and it may be sent."""
        with at_desk(context, now) as here:
            one = _broadcast_of(here.session, number)
            librarian = _librarian_of(here.session, by)
            broadcasts.approve(here.session, broadcast=one, librarian=librarian, now=here.now, by=LIBRARIAN)
            say(json, f"broadcast {one.id}: {one.status}", {"broadcast": one.id, "status": one.status})

    @broadcast.command("send")
    def send(context: typer.Context, number: Number, *, by: Librarians, now: Now = "", json: Json = False) -> None:
        """Have it told to its readers, outside their quiet hours."""
        with at_desk(context, now) as here:
            one = _broadcast_of(here.session, number)
            librarian = _librarian_of(here.session, by)
            new = broadcasts.send(here.session, broadcast=one, librarian=librarian, now=here.now, by=LIBRARIAN)
            row = {"broadcast": one.id, "status": one.status, "readers": new}
            say(json, f"broadcast {one.id}: {one.status}, to {new} more readers", row)

    @broadcast.command("recall")
    def recall(
        context: typer.Context,
        number: Number,
        *,
        by: Librarians,
        text: Annotated[str, typer.Option("--text", help="What is right instead.")] = "",
        now: Now = "",
        json: Json = False,
    ) -> None:
        """Take it back: who was not told will not be, and who was is told that it was wrong."""
        with at_desk(context, now) as here:
            one = _broadcast_of(here.session, number)
            withdrawn, corrected = broadcasts.recall(
                here.session,
                broadcast=one,
                text=text,
                librarian=_librarian_of(here.session, by),
                now=here.now,
                by=LIBRARIAN,
            )
            row = {"broadcast": one.id, "status": one.status, "withdrawn": withdrawn, "corrected": corrected}
            say(json, f"broadcast {one.id}: withdrawn for {withdrawn} readers, corrected for {corrected}", row)


def _in_words(broadcast: Broadcast, tag: str) -> Mapping[str, str]:
    """The message as readers with this language see and hear it."""
    locale = locales.load(tag)
    message = rendering.render(Reply((saying.announced(locale, broadcast),)), locale=locale)
    return {"locale": tag, "shown": message.shown, "spoken": message.spoken}


def _broadcast_of(session: Session, number: int) -> Broadcast:
    found = row_of(session, Broadcast, number)
    if found is None:
        raise Failure(f"there is no broadcast {number}; `shusheng broadcast list` shows them")
    return found


def _librarian_of(session: Session, said: str) -> Librarian:
    said = said.strip()
    found = row_of(session, Librarian, int(said)) if said.isascii() and said.isdigit() else None
    by_name = session.scalars(select(Librarian).where(Librarian.name == said).limit(2)).all()
    if found is None and len(by_name) == 1:
        found = by_name[0]
    if found is None:
        known = ", ".join(f"{one.id} ({one.name})" for one in session.scalars(select(Librarian).limit(5)))
        raise Failure(f"no librarian has the number or name {said!r}; there are {known or 'none yet'}")
    return found
