"""The figures for operators: they count, they name nobody, and they stand only where a setting says so."""

from __future__ import annotations

import asyncio
import contextlib
import re
import socket
from collections.abc import AsyncIterator
from datetime import UTC, datetime

import aiohttp
import pytest
from prometheus_client import REGISTRY

from bot import inbox, relay
from bot.metrics import Metrics
from bot.settings import WrongSetting, load
from catalog.database import open_sessions
from tests.bot.relay.test_answering import deaf
from tests.libraries import Library

LABELS = {
    "channel",
    "outcome",
    "status",
    "le",
    "generation",
    "implementation",
    "major",
    "minor",
    "patchlevel",
    "version",
}


def store(library: Library, number: int, say: str) -> None:
    with library.sessions.begin() as session:
        inbox.store(
            session, channel="console", update_id=number, talk=f"console:{number}", address="a",
            body={"say": say, "card": "1001"}, now=datetime.now(UTC),
        )  # fmt: skip


@contextlib.asynccontextmanager
async def served(library: Library) -> AsyncIterator[str]:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = int(probe.getsockname()[1])
    task = asyncio.create_task(Metrics(open_sessions(library.engine, reading=True), "127.0.0.1", port).run())
    async with aiohttp.ClientSession() as client:
        while True:
            with contextlib.suppress(aiohttp.ClientError):
                async with client.get(f"http://127.0.0.1:{port}/metrics") as answer:
                    assert answer.headers["Content-Type"].startswith("text/plain")
                    yield await answer.text()
                    break
            assert not task.done()
            await asyncio.sleep(0.05)
    task.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await task


async def test_turns_and_what_waits_are_counted_and_nobody_is_named(library: Library) -> None:
    def turns() -> float:
        return REGISTRY.get_sample_value("shusheng_turn_seconds_count", {"channel": "console"}) or 0.0

    before = turns()
    for number, say in enumerate(["我想借三体", "谢谢"], start=1):
        store(library, number, say)
    relay.answer_next(
        library.sessions, channels={"console"}, services=library.services, hear=deaf, now=datetime.now(UTC)
    )
    assert turns() == before + 1
    async with served(library) as figures:
        assert 'shusheng_inbox_messages{channel="console",status="new"} 1.0' in figures
        assert 'shusheng_outbox_messages{channel="console",status="waiting"} 1.0' in figures
        assert "shusheng_deliveries_total" in figures and "process_resident_memory_bytes" in figures
    assert set(re.findall(r'[{,]([a-z]+)="', figures)) <= LABELS
    assert "三体" not in figures and "1001" not in re.findall(r'"([^"]*)"', figures)


@pytest.mark.parametrize(
    ("given", "listen"), [("", None), (":9464", ("127.0.0.1", 9464)), ("10.0.0.7:9464", ("10.0.0.7", 9464))]
)
def test_they_are_off_unless_a_setting_names_their_place(given: str, listen: tuple[str, int] | None) -> None:
    assert load(metrics=given).listen_for_metrics == listen


@pytest.mark.parametrize("given", ["9464", "here", "127.0.0.1:99999", "a b:1"])
def test_a_wrong_place_is_one_sentence(given: str) -> None:
    with pytest.raises(WrongSetting, match="SHUSHENG_METRICS"):
        load(metrics=given)
