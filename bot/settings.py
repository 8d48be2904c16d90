"""Every setting there is: each says what it means in the library, its default, and what is allowed.

Settings come from environment variables with the prefix SHUSHENG_ (and only from there: secrets are never in files of
ours). A wrong one is refused with a sentence that names it and says what is allowed, a wrong name with the nearest one;
its value is not repeated, since it may be a secret.
"""

from __future__ import annotations

import difflib
import os
from pathlib import Path
from typing import Annotated, Any
from zoneinfo import ZoneInfo

from pydantic import Field, ValidationError, field_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError

from speech.engines import ENGINES

PREFIX = "SHUSHENG_"
BESIDE = ("shared",)
"""Names with our prefix that are the tests' and benchmarks', and no settings."""
DRIVERS = frozenset({"sqlite", "sqlite+pysqlite", "postgresql", "postgres", "postgresql+psycopg"})
ADDRESS = r"^(https?://[^\s/]+\S*)?$"


class WrongSetting(Exception):  # noqa: N818 - said to the operator as it is
    """A setting has a value that is not allowed; the message says which, and what is allowed."""


class WrongOption(WrongSetting):
    """The wrong value was given on the command line: the command was used wrongly."""


def _setting(default: object, meaning: str, allowed: str, **limits: Any) -> Any:
    """A field with its meaning, and with what is allowed in it as the end of "it must be …"."""
    return Field(default, description=meaning, json_schema_extra={"allowed": allowed}, **limits)


def _engines(kind: str) -> tuple[str, ...]:
    return ("auto", "none", *(engine.name for engine in ENGINES.values() if engine.kind == kind))


class Settings(BaseSettings):
    """The settings of one installation (one consortium)."""

    model_config = SettingsConfigDict(
        env_prefix=PREFIX, env_ignore_empty=True, extra="ignore", validate_default=True, hide_input_in_errors=True
    )

    database_url: str = _setting(
        "sqlite:///var/shusheng.db",
        "The database; postgresql:// means psycopg 3.",
        "sqlite:///FILE or postgresql://USER@HOST/NAME",
    )
    data: Path = _setting(
        Path("var"), "The folder for the search index, the sound cache and fetched models.", "a folder"
    )
    models: Annotated[tuple[Path, ...], NoDecode] = _setting(
        (), "Further folders with voice models; the data folder's models are always found.", "folders separated by ':'"
    )
    zone: str = _setting("Asia/Shanghai", "The consortium's time zone.", "an IANA time zone such as Asia/Shanghai")
    host: str = _setting(
        "127.0.0.1", "The address the chat page listens on.", "an address of this machine", min_length=1
    )
    port: int = _setting(
        8080,
        "The port the chat page listens on; 0 takes a free one.",
        "a whole number from 0 to 65535",
        ge=0,
        le=65535,
    )
    public_url: str = _setting(
        "",
        "The chat page's address as readers see it.",
        "an address such as https://read.example.org",
        pattern=ADDRESS,
    )
    secret: str = _setting(
        "", "Keys cookies and code hashes; empty: one is made and kept in the data folder.", "any text"
    )
    telegram_token: str = _setting(
        "",
        "The Telegram bot's token; empty: Telegram is off.",
        "a token as BotFather gives it, such as 123456:ABC-DEF",
        pattern=r"^(\d+:[^\s:/]+)?$",
    )
    telegram_api: str = _setting(
        "https://api.telegram.org",
        "The Bot API server's address.",
        "an address such as https://api.telegram.org",
        pattern=ADDRESS,
        min_length=1,
    )
    telegram_webhook: str = _setting(
        "",
        "The public address for Telegram's webhook; empty: long polling.",
        "an address such as https://read.example.org/telegram",
        pattern=ADDRESS,
    )
    telegram_webhook_secret: str = _setting(
        "",
        "The secret token Telegram sends with each webhook call; empty: a new one at each start.",
        "1 to 256 letters, digits, _ or -",
        pattern=r"^[A-Za-z0-9_-]{0,256}$",
    )
    telegram_listen: str = _setting(
        "127.0.0.1:8081",
        "Where the webhook's calls arrive here.",
        "HOST:PORT, such as 127.0.0.1:8081",
        pattern=r"^[^:\s]+:\d{1,5}$",
    )
    metrics: str = _setting(
        "",
        "Where figures for Prometheus are served, at /metrics, without anybody's data; empty: nowhere. "
        "They need no password, so name an address that only you reach.",
        "HOST:PORT, such as 127.0.0.1:9464, or :9464 for this machine only",
        pattern=r"^([^:\s]*:\d{1,5})?$",
    )
    workers: int = _setting(
        0,
        "How many turns are answered at once; 0: one on SQLite, four on PostgreSQL.",
        "a whole number from 0 to 64",
        ge=0,
        le=64,
    )
    ears: str = _setting(
        "auto",
        "The recognizer, with the folder of its model if it is one we do not know.",
        f"one of {', '.join(_engines('recognizer'))}, or ENGINE:FOLDER",
    )
    voice: str = _setting("auto", "The synthesizer.", f"one of {', '.join(_engines('synthesizer'))}, or ENGINE:FOLDER")
    log_level: str = _setting(
        "info", "How much is logged.", "one of debug, info, warning, error", pattern=r"^(debug|info|warning|error)$"
    )

    @field_validator("models", mode="before")
    @classmethod
    def _paths(cls, value: object) -> object:
        return tuple(Path(part) for part in value.split(os.pathsep) if part) if isinstance(value, str) else value

    @field_validator("zone")
    @classmethod
    def _zone(cls, value: str) -> str:
        try:
            ZoneInfo(value)
        except (KeyError, OSError) as error:
            raise ValueError(value) from error
        return value

    @field_validator("database_url")
    @classmethod
    def _database(cls, value: str) -> str:
        try:
            url = make_url(value)
        except ArgumentError as error:
            raise ValueError(value) from error
        if url.drivername not in DRIVERS or url.database in (None, "", ":memory:"):
            raise ValueError(value)
        return value

    @field_validator("ears")
    @classmethod
    def _ears(cls, value: str) -> str:
        if value.partition(":")[0] not in _engines("recognizer"):
            raise ValueError(value)
        return value

    @field_validator("voice")
    @classmethod
    def _voice(cls, value: str) -> str:
        if value.partition(":")[0] not in _engines("synthesizer"):
            raise ValueError(value)
        return value

    @field_validator("telegram_listen", "metrics")
    @classmethod
    def _listen(cls, value: str) -> str:
        if value and int(value.rpartition(":")[2]) > 65535:
            raise ValueError(value)
        return value

    @property
    def model_folders(self) -> tuple[Path, ...]:
        """Where voice models are looked for, in order."""
        return (*self.models, self.data / "models")

    @property
    def listen_for_telegram(self) -> tuple[str, int]:
        """The host and port at which the webhook's calls arrive."""
        host, _, port = self.telegram_listen.rpartition(":")
        return host, int(port)

    @property
    def listen_for_metrics(self) -> tuple[str, int] | None:
        """The host (this machine only, where none is named) and port of the figures; None where they are off."""
        host, _, port = self.metrics.rpartition(":")
        return (host or "127.0.0.1", int(port)) if port else None


def load(**given: object) -> Settings:
    """The settings from the environment, `given` (from the command line) before it.

    Raises WrongSetting, also for a name that is no setting's; WrongOption where only given ones are wrong.
    """
    _refuse_unknown()
    try:
        return Settings(**{name: value for name, value in given.items() if value is not None})  # type: ignore[arg-type]
    except ValidationError as error:
        names = tuple(dict.fromkeys(str(one["loc"][0]) for one in error.errors()))
        kind = WrongOption if all(given.get(name) is not None for name in names) else WrongSetting
        raise kind("; ".join(_sentence(name) for name in names)) from None


def make_data(settings: Settings) -> None:
    """Make the data folder if it is absent. Raises WrongSetting where it cannot be."""
    try:
        settings.data.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise data_unusable(settings, error) from error


def data_unusable(settings: Settings, error: OSError) -> WrongSetting:
    """The sentence for a data folder that is no folder, may not be written, or has no room."""
    return WrongSetting(
        f"the data folder {settings.data} cannot be used ({error.strerror}); "
        "look at SHUSHENG_DATA, at who may write there, and whether the disk is full"
    )


def allowed(name: str) -> str:
    """What is allowed in the field `name`, as the end of "it must be …"."""
    extra = Settings.model_fields[name].json_schema_extra
    return str(extra["allowed"]) if isinstance(extra, dict) else ""


NEARLY = 0.7
"""From this likeness on (0 to 1) a name is one of ours, misspelt."""


def _refuse_unknown() -> None:
    """Refuse variables that are nearly settings of ours: a misspelt one would be passed over in silence.

    One that is like none of ours is somebody else's (a script that runs us), and harms nobody.
    """
    known = [name.upper() for name in (*Settings.model_fields, *BESIDE)]
    given = {name: name.upper().removeprefix(PREFIX) for name in sorted(os.environ) if name.upper().startswith(PREFIX)}
    near = {name: difflib.get_close_matches(own, known, n=1, cutoff=NEARLY) for name, own in given.items()}
    misspelt = {name: found[0] for name, found in near.items() if found and given[name] not in known}
    if misspelt:
        raise WrongSetting(
            "; ".join(f"there is no setting {name}: perhaps {PREFIX}{misspelt[name]}" for name in misspelt)
        )


def _sentence(name: str) -> str:
    return f"the setting {PREFIX}{name.upper()} is wrong: it must be {allowed(name)}"
