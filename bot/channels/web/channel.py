"""The channel itself: serves the page, and shows on it what the relay hands over.

A message is kept with its line, so that a page that is closed shows it when it is opened again; but nobody can be
reached here who does not look, and so this channel does not push.
"""

from __future__ import annotations

import asyncio
import errno
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Protocol

from aiohttp import web
from sqlalchemy.orm import Session, sessionmaker

from bot.channels import PUSHING, Gone, Receipt, Sound
from bot.channels.web import lines
from bot.channels.web.limits import Allowance, Limits
from bot.channels.web.parts import Parts, Pieces
from bot.channels.web.server import application
from bot.channels.web.streams import Bells
from bot.channels.web.visitors import Sessions
from bot.messages import Message
from catalog.database import open_sessions

ENDING_S = 2.0


class HasSecret(Protocol):
    """bot.dialogue.services.Services, of which only the installation's secret is needed here."""

    @property
    def secret(self) -> str: ...


class PortTaken(OSError):  # noqa: N818 - said to the operator as it is
    """Another program listens on this port already; the message is one sentence for the operator."""


class Web:
    """The chat page on `host` and `port` (0 takes a free one). `pieces` says a text (parts.Pieces);
    `announce` gets the page's address when it answers; `patience_s` is how long a form without script waits."""

    name = "web"
    pushes = "web" in PUSHING

    def __init__(
        self,
        *,
        sessions: sessionmaker[Session],
        services: HasSecret,
        wake: Callable[[], None],
        pieces: Pieces,
        host: str = "127.0.0.1",
        port: int = 8080,
        public_url: str = "",
        announce: Callable[[str], None] = lambda address: None,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
        patience_s: float = 8.0,
        beat_s: float = 15.0,
        allowances: dict[str, Allowance] | None = None,
    ) -> None:
        self._host, self._port, self._announce = host, port, announce
        self._parts = Parts(
            sessions=sessions,
            readers=open_sessions(sessions.kw["bind"], reading=True),
            wake=wake,
            pieces=pieces,
            cookies=Sessions(services.secret, secure=public_url.startswith("https:")),
            limits=Limits(allowances),
            bells=Bells(),
            now=now,
            public_url=public_url,
            patience_s=patience_s,
            beat_s=beat_s,
        )

    async def run(self) -> None:
        """Serve until cancelled; open streams are ended. Raises PortTaken."""
        runner = web.AppRunner(application(self._parts), access_log=None, shutdown_timeout=ENDING_S)
        await runner.setup()
        try:
            site = web.TCPSite(runner, self._host, self._port)
            try:
                await site.start()
            except OSError as error:
                raise self._refused(error) from None
            self._announce(self._address(runner))
            await asyncio.Event().wait()
        finally:
            await runner.cleanup()

    async def send(self, address: str, message: Message, sound: Sound) -> Receipt:
        """Show a message on the page of `address`, now or when it is opened. Raises Gone for a browser long away."""
        seq = await self._parts.writing(
            lambda session: lines.add_message(session, address, message, now=self._parts.now())
        )
        if seq is None:
            raise Gone
        self._parts.bells.ring(address)
        return Receipt(str(seq))

    def _refused(self, error: OSError) -> OSError:
        if error.errno == errno.EADDRINUSE:
            return PortTaken(f"port {self._port} of {self._host} is taken by another program; choose one with --port")
        if error.errno == errno.EACCES:
            return PortTaken(f"port {self._port} may not be used by this account; choose one above 1023 with --port")
        return error

    def _address(self, runner: web.AppRunner) -> str:
        host, port = runner.addresses[0][:2]
        host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)
        shown = f"[{host}]" if ":" in host else host
        return f"http://{shown}:{port}/"
