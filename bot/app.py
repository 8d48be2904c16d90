"""The only place where parts meet: settings become an engine, an index, ears, voices, channels, relay and clock.

It decides nothing; each part knows its own work.
"""

from __future__ import annotations

import asyncio
import contextlib
import functools
import gc
import importlib
import os
import secrets
from collections.abc import Callable, Collection, Coroutine, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import structlog
from sqlalchemy import Engine
from sqlalchemy.orm import Session, sessionmaker

from bot import inbox, journal, locales, outbox
from bot.channels import CHANNELS, Channel
from bot.dialogue.services import Services
from bot.moments import YEARS, moment_in
from bot.settings import Settings, WrongOption, data_unusable, make_data
from bot.understanding import prepare as prepare_sentences
from catalog.connectors import CONNECTORS
from catalog.database import open_engine, open_sessions, prepare
from catalog.search import Index, SearchError, writing

if TYPE_CHECKING:
    from bot.jobs.schedule import Ground
    from speech.pool import Ears, Voices

ENDING_S = 2.5
"""How long parts may take to end after SIGTERM (CONTRACT.md: five seconds in all)."""
PAGE_FIRST_S = 0.5
"""Who waits for the page gets it before the processor is busy with what he may say next."""
TELEGRAM_AGAIN_S = 60.0
"""How long after it broke Telegram is started again."""

log = structlog.get_logger()


class PartEnded(Exception):  # noqa: N818 - what happened, said to the operator
    """A part without which there is no service ended by itself; `error` is why."""

    def __init__(self, part: str, error: BaseException) -> None:
        super().__init__(part)
        self.part, self.error = part, error


@dataclass(frozen=True)
class Parts:
    """What every command and the service stand on. Ears and voices are made when first asked for."""

    settings: Settings
    engine: Engine
    sessions: sessionmaker[Session]
    services: Services

    @property
    def index_path(self) -> Path:
        """The folder of the search index."""
        return self.settings.data / "index"

    @property
    def ground(self) -> Ground:
        """What the clock's jobs stand on."""
        from bot.jobs.schedule import Ground

        return Ground(self.sessions, self.services, self.index_path)

    @cached_property
    def ears(self) -> Ears:
        """The recognizers, loaded when first used."""
        from speech.pool import Ears

        return Ears(self.settings.model_folders, engine=self.settings.ears)

    @cached_property
    def voices(self) -> Voices:
        """The synthesizers, started when first used."""
        from speech.pool import Voices

        return Voices(self.settings.model_folders, engine=self.settings.voice, readings=locales.readings())


@contextlib.contextmanager
def open_parts(settings: Settings) -> Iterator[Parts]:
    """The parts for `settings`, closed at the end; the database is brought to the newest schema first."""
    journal.configure(settings.log_level)
    make_data(settings)
    try:
        secret = _secret(settings)
    except OSError as error:
        raise data_unusable(settings, error) from error
    engine = open_engine(settings.database_url)
    prepare(engine)
    services = Services(
        index=Index.open(settings.data / "index"),
        library=CONNECTORS["local"](),
        zone=ZoneInfo(settings.zone),
        secret=secret,
        forget=(inbox.forget, outbox.forget, _forget_page),
        told=(inbox.told, outbox.told, _told_page),
    )
    parts = Parts(settings, engine, open_sessions(engine), services)
    _index_in_order(parts)
    try:
        yield parts
    finally:
        for made in ("ears", "voices"):
            if made in parts.__dict__:
                parts.__dict__[made].close()
        engine.dispose()


def _forget_page(session: Session, talks: Collection[str]) -> None:
    from bot.channels.web import lines  # the page's package is heavy, and few turns need it

    lines.forget(session, talks)


def _told_page(session: Session, talks: Collection[str]) -> dict[str, list[dict[str, Any]]]:
    from bot.channels.web import lines

    return lines.told(session, talks)


def _index_in_order(parts: Parts) -> None:
    """An index that is broken or of an older version is built anew; where that cannot be now, searching says so."""
    try:
        parts.services.index.behind(parts.engine)
    except SearchError:
        with contextlib.suppress(SearchError, OSError):
            writing.update(parts.sessions, parts.index_path)


def moment(settings: Settings, text: str = "") -> datetime:
    """The moment `text` names (ISO 8601; without an offset, in the consortium's zone), or the present one.

    Raises WrongOption.
    """
    zone = ZoneInfo(settings.zone)
    if not text:
        return datetime.now(zone)
    try:
        return moment_in(text, zone)
    except ValueError:
        years = f"from {YEARS[0]} to {YEARS[-1]}"
        raise WrongOption(f"--now must be a time such as 2026-11-22T09:30, {years}, not {text!r}") from None


async def serve(
    parts: Parts,
    *,
    host: str,
    port: int,
    announce: Callable[[str], None],
    until: Callable[[], Coroutine[None, None, None]],
) -> None:
    """Serve the chat page, the relay and the clock, and Telegram where it is configured, until `until` returns.

    `announce` gets the page's address when it answers; only then ears, voices and sentences are loaded and Telegram
    starts, all of which takes seconds. Raises PartEnded where a part that must not end does.
    """
    answering = asyncio.Event()
    channels: dict[str, Channel] = {}
    wakes: list[Callable[[], None]] = []

    def wake() -> None:  # what comes in before there is a relay is found by it when it begins
        for one in wakes:
            one()

    def answers(address: str) -> None:
        announce(address)
        answering.set()

    channels["web"] = _channel("web")(
        sessions=parts.sessions,
        services=parts.services,
        wake=wake,
        pieces=parts.voices.pieces,
        host=host,
        port=port,
        public_url=parts.settings.public_url,
        announce=answers,
    )

    async def relay() -> None:
        await answering.wait()
        made = (await asyncio.to_thread(_loaded, "bot.relay:Relay"))(
            parts.sessions,
            services=parts.services,
            channels=channels,
            hear=parts.ears.hear,
            speak=parts.voices.speak,
            workers=parts.settings.workers or (1 if parts.engine.dialect.name == "sqlite" else 4),
        )
        wakes.append(made.wake)
        await made.run()

    async def clock() -> None:
        await answering.wait()
        made = await asyncio.to_thread(_loaded, "bot.jobs.schedule:Clock")
        await made(parts.ground, now=lambda: datetime.now(UTC), after=wake).run()

    running = {"web": channels["web"].run, "relay": relay, "clock": clock}
    if listen := parts.settings.listen_for_metrics:
        from bot.metrics import Metrics

        running["metrics"] = Metrics(open_sessions(parts.engine, reading=True), *listen).run

    async def afterwards() -> None:
        await answering.wait()
        await asyncio.sleep(PAGE_FIRST_S)
        await _warm(parts)
        if parts.settings.telegram_token:
            await _telegram(parts, wake, channels)

    essential = {asyncio.create_task(run()): name for name, run in running.items()}
    stopping, later = asyncio.create_task(until()), asyncio.create_task(afterwards())
    ended, _ = await asyncio.wait([stopping, *essential], return_when=asyncio.FIRST_COMPLETED)
    everything = [stopping, later, *essential]
    for task in everything:
        task.cancel()
    await asyncio.wait(everything, timeout=ENDING_S)
    for task in ended - {stopping}:
        raise PartEnded(essential[task], _first(task.exception()))


async def _warm(parts: Parts) -> None:
    """Load what the first reader of each kind would wait for; where that fails, a turn says so."""
    first, *others = locales.available()
    works: dict[str, Callable[[], None]] = {
        "index": parts.services.index.warm,
        first: functools.partial(prepare_sentences, locales.load(first)),
        "ears": parts.ears.warm,
        "voices": parts.voices.warm,
        **{tag: functools.partial(prepare_sentences, locales.load(tag)) for tag in others},
    }
    for name, warm in works.items():
        try:
            await asyncio.to_thread(warm)
        except Exception as error:
            log.warning("not-warm", part=name, error=type(error).__name__)
    gc.collect()
    gc.freeze()  # what was loaded stays: later collections need not look at it


async def _telegram(parts: Parts, wake: Callable[[], None], channels: dict[str, Channel]) -> None:
    """Run Telegram beside the page, which goes on whatever happens here; a channel that broke is started again."""
    settings = parts.settings
    while True:
        try:
            make = await asyncio.to_thread(_channel, "telegram")  # its package takes seconds to import
            channels["telegram"] = make(
                sessions=parts.sessions,
                wake=wake,
                token=settings.telegram_token,
                api=settings.telegram_api,
                webhook=settings.telegram_webhook,
                webhook_secret=settings.telegram_webhook_secret,
                listen=settings.listen_for_telegram,
            )
            await channels["telegram"].run()
        except Exception as error:
            log.error("telegram-broke", error=type(_first(error)).__name__, again_in_s=TELEGRAM_AGAIN_S)
        await asyncio.sleep(TELEGRAM_AGAIN_S)


def _first(error: BaseException | None) -> BaseException:
    """The first error of a group of them; a part that ended without one ended without a reason."""
    while isinstance(error, BaseExceptionGroup):
        error = error.exceptions[0]
    return error or RuntimeError("it returned")


def _channel(name: str) -> Callable[..., Channel]:
    return _loaded(CHANNELS[name])  # type: ignore[no-any-return]


def _loaded(where: str) -> Any:
    """What "module:name" is; its module may take long to import, and so it is imported when it is needed."""
    module, _, attribute = where.partition(":")
    return getattr(importlib.import_module(module), attribute)


def _secret(settings: Settings) -> str:
    """The installation's secret: from the environment, or made once and kept in the data folder for its owner only."""
    if settings.secret:
        return settings.secret
    path = settings.data / "secret"
    if not path.exists():
        mine = path.with_name(f".secret.{os.getpid()}")
        with os.fdopen(os.open(mine, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="ascii") as file:
            file.write(secrets.token_urlsafe(32))
        with contextlib.suppress(FileExistsError):
            path.hardlink_to(mine)  # whole or not at all, and the first of several processes wins
        mine.unlink()
    return path.read_text(encoding="ascii").strip()
