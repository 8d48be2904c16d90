"""Serves figures for Prometheus at /metrics, on an address of the operator's own; the chat page never shows them.

They hold counts and times by channel, never a name, a card, a title or a word.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable

from aiohttp import web
from prometheus_client import CONTENT_TYPE_LATEST, REGISTRY, CollectorRegistry, generate_latest
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector
from sqlalchemy import func, select
from sqlalchemy.orm import Session, sessionmaker

from bot.inbox import InboxRow
from bot.outbox import OutboxRow

TABLES = (
    ("shusheng_inbox_messages", "Messages that wait for an answer.", InboxRow, ("new", "claimed")),
    ("shusheng_outbox_messages", "Messages that wait to be carried out.", OutboxRow, ("waiting", "sending")),
)


class Metrics:
    """The figures of this process, and what waits in the database behind `readers` (sessions that only read)."""

    def __init__(self, readers: sessionmaker[Session], host: str, port: int) -> None:
        self._host, self._port = host, port
        self._registry = CollectorRegistry()
        self._registry.register(_Waiting(readers))

    async def run(self) -> None:
        """Serve until cancelled. Raises OSError where the address cannot be had."""
        app = web.Application()
        app.router.add_get("/metrics", self._answer)
        runner = web.AppRunner(app, access_log=None, shutdown_timeout=1.0)
        await runner.setup()
        try:
            await web.TCPSite(runner, self._host, self._port).start()
            await asyncio.Event().wait()
        finally:
            await runner.cleanup()

    async def _answer(self, request: web.Request) -> web.Response:
        figures = await asyncio.to_thread(lambda: generate_latest(REGISTRY) + generate_latest(self._registry))
        return web.Response(body=figures, headers={"Content-Type": CONTENT_TYPE_LATEST})


class _Waiting(Collector):
    """How many messages wait, by channel and status, as the database has it when asked."""

    def __init__(self, readers: sessionmaker[Session]) -> None:
        self._readers = readers

    def collect(self) -> Iterable[GaugeMetricFamily]:
        with self._readers() as session:
            for name, meaning, table, open_ones in TABLES:
                gauge = GaugeMetricFamily(name, meaning, labels=["channel", "status"])
                counted = session.execute(
                    select(table.channel, table.status, func.count())
                    .where(table.status.in_(open_ones))
                    .group_by(table.channel, table.status)
                )
                for channel, status, count in counted:
                    gauge.add_metric([channel, status], count)
                yield gauge
