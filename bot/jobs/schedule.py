"""The clock: ticks each job of JOBS at its time. It remembers nothing: what is owed stands in rows (catalog/outreach).

APScheduler only ticks (docs/decisions): its store is in memory, missed ticks are merged into one, and a job that fails
is logged once and ticks again; every job may be run twice, or late, without harm. All that is erased because time
passes is erased here, by the room's own function; the relay only frees what a dead worker held.
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import structlog
from apscheduler.schedulers.asyncio import AsyncIOScheduler
from apscheduler.triggers.cron import CronTrigger
from apscheduler.triggers.interval import IntervalTrigger
from sqlalchemy.orm import Session, sessionmaker

from bot import inbox, outbox, relay
from bot.dialogue import choosing
from bot.dialogue.services import Services
from catalog import audit
from catalog.circulation import by_itself, targets
from catalog.connectors import queue
from catalog.connectors.patient import Patient
from catalog.delivery import errands, profiles
from catalog.delivery.tables import ReadingProfile
from catalog.outreach import notices
from catalog.search import writing

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Ground:
    """What a job may use: sessions, the dialogue's services, and the folder of the search index."""

    sessions: sessionmaker[Session]
    services: Services
    index: Path


@dataclass(frozen=True, slots=True)
class Job:
    """What a job does in one sentence, when it ticks (APScheduler's names), and its function: how much it did."""

    does: str
    trigger: Mapping[str, str | int]
    run: Callable[[Ground, datetime], int]


def _gather(ground: Ground, now: datetime) -> int:
    with ground.sessions.begin() as session:
        return notices.gather(session, now=now)


def _relay(ground: Ground, now: datetime) -> int:
    with ground.sessions.begin() as session:
        return relay.relay_notices(session, now=now, services=ground.services)


def _targets(ground: Ground, now: datetime) -> int:
    """Some works at a time, so that no reader waits for the whole union's queues."""
    by = audit.Actor(kind="system", turn="job:targets")
    with ground.sessions.begin() as session:
        parts = targets.works_to_assign(session, now=now)
    chosen = 0
    for part in parts:
        with ground.sessions.begin() as session:
            chosen += targets.assign_works(session, work_ids=part, now=now, by=by)
    return chosen


def _renewals(ground: Ground, now: datetime) -> int:
    """What readers have chosen to be renewed by itself, in the library's own system."""
    library = ground.services.library
    inner = library.inner if isinstance(library, Patient) else library

    def renew(session: Session, id: int) -> int:
        return by_itself.renew_one(session, loan_id=id, renew=inner.renew, now=now)

    with ground.sessions.begin() as session:
        ids = by_itself.due(session, now=now)
    return _each(ground, ids, renew)


def _wishes(ground: Ground, now: datetime) -> int:
    """What was wished while the library's system was away."""
    library = ground.services.library
    with ground.sessions.begin() as session:
        inner = library.inner if isinstance(library, Patient) else library
        return queue.perform(session, library=inner, now=now)


def _errands(ground: Ground, now: datetime) -> int:
    with ground.sessions.begin() as session:
        errands.call_off(session, now=now)
        waiting = errands.unoffered(session, now=now)

    def offer(session: Session, id: int) -> int:
        return errands.offer_one(session, id, now=now)

    return _each(ground, waiting, offer)


def _parcels(ground: Ground, now: datetime) -> int:
    """Order what is due, then choose for those whose time has come."""

    def order(session: Session, id: int) -> bool:
        return profiles.order_due(session, parcel_id=id, now=now, chance=random.SystemRandom())

    def choose(session: Session, id: int) -> bool:
        held = session.get_one(ReadingProfile, id)
        found = choosing.candidates(ground.services.index, held)
        return profiles.choose(session, profile=held, candidates=found, now=now) is not None

    with ground.sessions.begin() as session:
        parcels = profiles.to_order(session, now=now)
    done = _each(ground, parcels, order)
    with ground.sessions.begin() as session:
        ids = [one.id for one in profiles.due(session, now=now)]
    return done + _each(ground, ids, choose)


def _each(ground: Ground, ids: Iterable[int], act: Callable[[Session, int], int]) -> int:
    """Do `act` for each reader's row in a transaction of its own, so that nobody waits for another's and one that
    fails stops no other; how many it did something for."""
    done = 0
    for id in ids:
        try:
            with ground.sessions.begin() as session:
                done += act(session, id)
        except Exception as error:
            log.error("row-failed", id=id, act=act.__name__, error=type(error).__name__)
    return done


def _index(ground: Ground, now: datetime) -> int:
    return writing.update(ground.sessions, ground.index)


def _tidy(ground: Ground, now: datetime) -> int:
    from bot.channels.web import lines  # the page's package is heavy, and no other job needs it

    with ground.sessions.begin() as session:
        expired = outbox.expire(session, now=now)
        return expired + sum(erase(session, now=now) for erase in (outbox.erase_old, inbox.erase_old, lines.erase_old))


JOBS: dict[str, Job] = {
    "notices": Job("write down who is owed a notice: due soon, overdue, ready", {"minute": "*/10"}, _gather),
    "relay": Job("turn notices that are due into messages, one a reader, outside quiet hours", {"seconds": 30}, _relay),
    "targets": Job("choose copies for waiting holds", {"minute": "*/15"}, _targets),
    "renewals": Job("renew before they are due the loans of readers who chose that", {"minute": 25}, _renewals),
    "wishes": Job("do what was wished while the library's system was away", {"minute": "*/2"}, _wishes),
    "errands": Job("offer deliveries to volunteers near by", {"minute": "*/10"}, _errands),
    "parcels": Job("choose books for readers who wish it, order what nobody refused", {"minute": 40}, _parcels),
    "index": Job("bring the search index up to date", {"seconds": 1}, _index),
    "tidy": Job("expire messages nobody took, and erase answered and sent ones in time", {"minute": 7}, _tidy),
}


class Clock:
    """Ticks the jobs until cancelled; `after` is called after each tick that did something (to wake the relay)."""

    def __init__(self, ground: Ground, *, now: Callable[[], datetime], after: Callable[[], None]) -> None:
        self._ground = ground
        self._now = now
        self._after = after
        self._failing: set[str] = set()

    async def run(self) -> None:
        """Serve until cancelled."""
        scheduler = AsyncIOScheduler(timezone=self._ground.services.zone)
        for name, job in JOBS.items():
            trigger = IntervalTrigger(**job.trigger) if "seconds" in job.trigger else CronTrigger(**job.trigger)
            scheduler.add_job(
                self._tick, trigger, args=[name], id=name, coalesce=True, max_instances=1, misfire_grace_time=None
            )
        scheduler.start()
        try:
            await asyncio.Event().wait()
        finally:
            scheduler.shutdown(wait=False)

    async def _tick(self, name: str) -> None:
        try:
            count = await asyncio.to_thread(JOBS[name].run, self._ground, self._now())
        except asyncio.CancelledError:  # the service ends; APScheduler would log it as an error
            return
        except Exception as error:
            if name not in self._failing:
                log.error("job-failed", job=name, error=type(error).__name__)
            self._failing.add(name)
            return
        if name in self._failing:
            log.info("job-works-again", job=name)
            self._failing.discard(name)
        if count:
            log.info("job-done", job=name, count=count)
            self._after()
