"""Wrong usage and wrong settings: one sentence that says what is wrong and what is allowed; never a traceback."""

from __future__ import annotations

import pytest

from bot.cli import COMMANDS, main
from bot.settings import Settings, WrongSetting, allowed, load
from tests.bot.cli.conftest import Command, Ran

MISUSED = [
    ("", "--help"),
    ("fly", "No such command 'fly'"),
    ("jobs", "jobs --help"),
    ("jobs run", "Missing argument"),
    ("jobs run wash", "the jobs are notices, relay, targets"),
    ("bench wash", "turn, voice"),
    ("demo --fast", "No such option"),
    ("demo --database", "--database needs a value"),
    ("demo --database mysql://x/y", "sqlite:///FILE or postgresql://USER@HOST/NAME"),
    ("demo --database sqlite://", "sqlite:///FILE"),
    ("demo --now yesterday", "--now must be a time such as"),
    ("chat --now 0001-01-01", "from 1970 to 2200"),
    ("jobs run relay --now 9999-12-31T23:59", "from 1970 to 2200"),
    ("chat --locale xx", "--locale must be one of"),
    ("serve --port 99999", "65535"),
    ("search --limit 0 x", "--limit"),
    ("desk register --card - --name x --home county", "--card is a number"),
    ("desk register --card 5 --name x --home county --group king", "--group is one of adult, child"),
    ("desk register --card 5 --name x --home county --formats papyrus", "--formats are of print"),
    ("import", "Missing argument"),
    ("import --format pdf x", "auto, marc, marcxml, csv, xlsx"),
    ("say hello -o sound.flac", ".wav, .ogg, .mp3 or .amr"),
    ("say hello -o sound.wav --rate 9", "--rate"),
    ("listen --locale fr x.ogg", "zh-CN, zh-Hant, en"),
    ("models fetch nothing", "there is no model nothing"),
]

WRONG = {
    "database_url": ["mysql://x/y", "shusheng.db", "sqlite://", "postgresql://"],
    "zone": ["Mars/Olympus", "../etc/passwd"],
    "port": ["http", "-1", "65536", "80.5"],
    "public_url": ["read.example.org", "ftp://x"],
    "telegram_token": ["abc", "123:a b"],
    "telegram_api": ["localhost"],
    "telegram_webhook": ["/telegram"],
    "telegram_webhook_secret": ["with blanks", "x" * 257],
    "telegram_listen": ["8081", "127.0.0.1:99999"],
    "workers": ["many", "65", "-1"],
    "ears": ["dragon"],
    "voice": ["siri"],
    "log_level": ["loud", "INFO"],
}


@pytest.mark.parametrize(("line", "says"), MISUSED, ids=[line or "nothing" for line, _ in MISUSED])
def test_wrong_usage_is_one_sentence_and_2(capfd: pytest.CaptureFixture[str], line: str, says: str) -> None:
    with pytest.raises(SystemExit) as ended:
        main(line.split())
    out, err = capfd.readouterr()
    assert says in Ran(int(str(ended.value.code)), out, err).sentence
    assert (ended.value.code, out) == (2, "")


def test_a_process_says_the_same(bare: Command) -> None:
    ran = bare("fly")
    assert (ran.code, ran.sentence) == (2, "No such command 'fly'; `shusheng --help` tells more")


@pytest.mark.parametrize(("name", "value"), [(name, value) for name in WRONG for value in WRONG[name]])
def test_a_wrong_setting_is_named_with_what_is_allowed(monkeypatch: pytest.MonkeyPatch, name: str, value: str) -> None:
    monkeypatch.setenv(f"SHUSHENG_{name.upper()}", value)
    with pytest.raises(WrongSetting) as wrong:
        load()
    assert str(wrong.value) == f"the setting SHUSHENG_{name.upper()} is wrong: it must be {allowed(name)}"


def test_a_wrong_setting_ends_a_command_with_its_sentence(bare: Command) -> None:
    ran = bare("serve", settings={"SHUSHENG_PORT": "http", "SHUSHENG_TELEGRAM_TOKEN": "a secret"})
    assert ran.code == 1
    assert "SHUSHENG_PORT is wrong: it must be a whole number from 0 to 65535" in ran.sentence
    assert "SHUSHENG_TELEGRAM_TOKEN" in ran.sentence
    assert "a secret" not in ran.sentence


@pytest.mark.parametrize("command", ["serve --port 0", "check", "search 三体"])
def test_a_misspelt_setting_is_named_with_the_nearest(bare: Command, command: str) -> None:
    """Bug: SHUSHENG_PROT=8080 was passed over in silence, and the service came up on another port."""
    ran = bare(*command.split(), settings={"SHUSHENG_PROT": "8080"})
    assert (ran.code, ran.sentence) == (1, "there is no setting SHUSHENG_PROT: perhaps SHUSHENG_PORT")


@pytest.mark.parametrize("name", ["SHUSHENG_SHARED", "SHUSHENG_NIGHTLY_RUN_OF_SOMEBODY"])
def test_what_is_like_no_setting_is_let_be(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    monkeypatch.setenv(name, "/shared")
    load()


@pytest.mark.parametrize("host", ["999.1.1.1", "192.0.2.1"])
def test_an_address_of_no_machine_of_ours_is_told_by_check_and_serve(bare: Command, host: str) -> None:
    """Bug: `check` called it ok, and only `serve` found out."""
    assert (
        f"channels: the chat page cannot listen on {host}:8080 (" in bare("check", settings={"SHUSHENG_HOST": host}).out
    )
    assert f"the chat page cannot listen on {host}:8080 (" in bare("serve", settings={"SHUSHENG_HOST": host}).sentence


def test_every_setting_says_what_is_allowed() -> None:
    assert all(allowed(name) for name in Settings.model_fields)


def test_an_empty_setting_is_none_at_all(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in Settings.model_fields:
        monkeypatch.setenv(f"SHUSHENG_{name.upper()}", "")
    assert load() == Settings.model_construct()


def test_help_names_every_command_on_stdout(bare: Command) -> None:
    ran = bare("--help")
    assert (ran.code, ran.err) == (0, "")
    assert set(COMMANDS) <= set(ran.out.split())
