"""What `shusheng check` asks each part, and the one line each answers: ok, or what to do.

A part that does not work keeps no other from being asked.
"""

from __future__ import annotations

import os
import socket
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

from sqlalchemy import Engine, func, select, text
from sqlalchemy.exc import DBAPIError

from bot import locales
from bot.cli import failing
from bot.settings import Settings, data_unusable, make_data
from catalog.database import open_engine, open_sessions, prepare
from catalog.records.tables import BibliographicRecord

ROOM = 1 << 20
"""Bytes that must find room where something is kept."""

Answer = tuple[bool, str]
"""Whether a part works, and what it says."""


def answers(settings: Settings) -> Iterator[tuple[str, bool, str]]:
    """Each part's name, whether it works, and what it says."""
    yield "configuration", True, "ok"
    engine = open_engine(settings.database_url)
    try:
        yield "database", *_tried(lambda: _database(engine))
        yield "index", *_tried(lambda: _index(settings, engine))
    finally:
        engine.dispose()
    yield "voice", *_tried(lambda: _voice(settings))
    yield "channels", *_tried(lambda: _channels(settings))


def _tried(ask: Callable[[], Answer]) -> Answer:
    try:
        return ask()
    except Exception as error:
        return False, failing.sentence(error)


def _database(engine: Engine) -> Answer:
    prepare(engine)
    if engine.dialect.name == "sqlite" and engine.url.database:
        try:
            _room(Path(engine.url.database).parent)
        except OSError as error:
            return False, f"its disk cannot be written ({error.strerror}); free some space and look at who may write"
    with engine.begin():
        pass  # a writer's lock can be had
    with open_sessions(engine, reading=True)() as session:
        if engine.dialect.name == "sqlite":
            found = session.scalar(text("PRAGMA quick_check(1)"))
            if found != "ok":
                return False, f"damaged ({found}); restore the last backup"
        records = session.scalar(select(func.count()).select_from(BibliographicRecord)) or 0
    if not records:
        return True, "ok, but empty: import records, or run `shusheng demo`"
    return True, f"ok: {records:,} records"


def _room(folder: Path) -> None:
    """Write a little in `folder` and take it away again: asking the disk how much is free misses quotas and rights.

    Raises OSError.
    """
    with tempfile.NamedTemporaryFile(dir=folder, prefix=".check.") as file:
        file.write(bytes(ROOM))
        file.flush()
        os.fsync(file.fileno())


def _index(settings: Settings, engine: Engine) -> Answer:
    from catalog.search import Index

    make_data(settings)
    try:
        _room(settings.data)
    except OSError as error:
        raise data_unusable(settings, error) from error
    try:
        waiting = Index.open(settings.data / "index").behind(engine)
    except DBAPIError:
        return False, "not known, since the database cannot be read"
    if waiting < 0:
        return False, "of another database, which has seen more changes than this one; run `shusheng index --rebuild`"
    if waiting:
        return False, f"{waiting:,} changes behind; run `shusheng index`"
    return True, "ok"


def _channels(settings: Settings) -> Answer:
    try:
        listen_once(settings.host)
    except OSError as error:
        return False, failing.not_listening(settings, error)
    telegram = "telegram" if settings.telegram_token else "telegram is off (SHUSHENG_TELEGRAM_TOKEN)"
    return True, f"ok: web on {settings.host}:{settings.port}, {telegram}"


def listen_once(host: str) -> None:
    """Take a free port of `host` for a moment: is it an address of this machine? The port set may be `serve`'s now.

    Raises OSError.
    """
    for family, kind, number, _, address in socket.getaddrinfo(host, 0, type=socket.SOCK_STREAM):
        with socket.socket(family, kind, number) as trial:
            trial.bind(address)


def _voice(settings: Settings) -> Answer:
    from speech import models
    from speech.pool import Ears, Voices
    from speech.readings import faults
    from speech.recognition import RecognitionError
    from speech.synthesis import SynthesisError

    damaged = [
        f"{found.model.name}: {problem}; `shusheng models fetch` gets it again"
        for found in models.find(settings.model_folders)
        if (problem := models.check(found))
    ]
    tables = {file for tag in locales.available() for file in locales.load(tag).readings_files()}
    damaged += [fault for file in sorted(tables) for fault in faults(file)]
    ears, voices = Ears(settings.model_folders, engine=settings.ears), Voices(engine=settings.voice)
    try:
        ears.warm()
        voices.warm()
        said = "; ".join((*damaged, *ears.describe()))
    except RecognitionError as error:
        return False, f"the ears cannot be used: {error}; `shusheng models check` tells more"
    except SynthesisError as error:
        return False, f"the voice cannot be used: {error}"
    finally:
        ears.close()
        voices.close()
    return not damaged, said if damaged else f"ok: {said}"
