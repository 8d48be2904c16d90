"""`shusheng serve` and `shusheng check`: running the service, and asking each part how it is."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Annotated

import typer

from bot.cli import settings_of
from bot.cli.failing import Failure, not_listening, sentence
from bot.settings import Settings

if TYPE_CHECKING:
    from bot.cli.stopping import Stop


def register(app: typer.Typer) -> None:
    """Add `serve` and `check` to `app`."""

    @app.command()
    def serve(
        context: typer.Context,
        demo: Annotated[
            bool, typer.Option("--demo", help="First build the demonstration, if it is not there.")
        ] = False,
        host: Annotated[str | None, typer.Option(help="The chat page's address (SHUSHENG_HOST).")] = None,
        port: Annotated[
            int | None, typer.Option(min=0, max=65535, help="The chat page's port (SHUSHENG_PORT); 0 takes a free one.")
        ] = None,
    ) -> None:
        """Serve the configured channels, the relay and the clock until Ctrl-C."""
        from bot.cli.stopping import Stop

        stop = Stop()
        stop.listen()
        _serve(settings_of(context, host=host, port=port), demo=demo, stop=stop)

    @app.command()
    def check(context: typer.Context) -> None:
        """One line a part: configuration, database, index, voice, channels: ok, or what to do."""
        from bot.cli.checks import answers

        broken = []
        for part, works, said in answers(settings_of(context)):
            print(f"{part}: {said}", flush=True)
            if not works:
                broken.append(part)
        if broken:
            raise Failure(f"not in order: {', '.join(broken)}")


def _serve(settings: Settings, *, demo: bool, stop: Stop) -> None:
    from bot.app import PartEnded, moment, open_parts
    from bot.app import serve as serve_parts

    with open_parts(settings) as parts:
        if demo:
            from bot.cli.demo import ensure

            ensure(parts, now=moment(settings))
        for line in parts.ears.describe():
            print(line, flush=True)
        try:
            asyncio.run(serve_parts(parts, host=settings.host, port=settings.port, announce=_announce, until=stop.wait))
        except PartEnded as ended:
            if ended.part == "web" and isinstance(ended.error, OSError):
                raise Failure(not_listening(settings, ended.error)) from ended.error
            raise Failure(f"the {ended.part} ended: {sentence(ended.error)}") from ended.error


def _announce(address: str) -> None:
    print(f"The chat page is at {address}  (Ctrl-C ends)", flush=True)
