"""`shusheng serve`: it answers, ends whatever is open, and says in a sentence why it cannot serve."""

from __future__ import annotations

import os
import re
import signal
import socket
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.client import HTTPResponse
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from tests.bot.cli.conftest import PATIENCE_S, Command, Serving, start
from tests.demonstration import DemoUnion

Serve = Callable[..., Serving]


def opened(address: str) -> HTTPResponse:
    """The answer to a GET, without following anywhere."""

    class Straight(urllib.request.HTTPRedirectHandler):
        def redirect_request(self, *given: object) -> None:
            raise AssertionError("the page redirects")

    answer = urllib.request.build_opener(Straight).open(address, timeout=30)
    assert isinstance(answer, HTTPResponse)
    return answer


def test_the_page_answers_and_ends_with_open_streams(serving: Serve) -> None:
    service = serving("--demo", "--port", "0")
    assert any("without ears" in line for line in service.said)
    with opened(service.address) as page:
        assert page.status == 200
        assert b'role="log"' in page.read()
        cookie = page.headers["Set-Cookie"].partition(";")[0]
    stream = urllib.request.urlopen(
        urllib.request.Request(f"{service.address}events", headers={"Cookie": cookie}), timeout=30
    )
    assert service.end(signal.SIGTERM) == 0
    stream.close()
    assert "Traceback" not in service.log()


def test_ctrl_c_ends_it_twice_as_well(serving: Serve) -> None:
    service = serving("--port", "0")
    service.process.send_signal(signal.SIGINT)
    assert service.end(signal.SIGINT) == 0
    assert "Traceback" not in service.log()


def test_a_signal_before_it_serves_ends_it_too(union: DemoUnion, tmp_path: Path) -> None:
    settings = {"SHUSHENG_DATABASE_URL": f"sqlite:///{tmp_path}/new.db", "SHUSHENG_DATA": str(tmp_path)}
    process = start("serve", "--demo", "--port", "0", settings=settings, folder=tmp_path)
    with process:
        while not (tmp_path / "new.db").exists():
            assert process.poll() is None
            time.sleep(0.05)
        process.send_signal(signal.SIGTERM)
        assert process.wait(PATIENCE_S) == 0
        assert process.stderr is not None
        assert "Traceback" not in process.stderr.read()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
@pytest.mark.parametrize("command", ["serve --port 0", "search", "chat"])
def test_a_signal_while_it_is_still_loading(tmp_path: Path, command: str, number: signal.Signals) -> None:
    """Bug: in its first second `serve` was killed by SIGTERM, and SIGINT left a traceback.

    The command stops at the first module beyond the standard library that it loads: there the signal comes.
    """
    (tmp_path / "typer.py").write_text(
        "import signal\nprint('loading', flush=True)\nsignal.pause()\n", encoding="utf-8"
    )
    path = os.pathsep.join([str(tmp_path), os.environ.get("PYTHONPATH", "")])
    with start(*command.split(), settings={"PYTHONPATH": path}, folder=tmp_path) as process:
        assert process.stdout and process.stderr
        assert process.stdout.readline() == "loading\n"
        process.send_signal(number)
        ends = 0 if command.startswith("serve") else 130 if number is signal.SIGINT else -signal.SIGTERM
        assert process.wait(PATIENCE_S) == ends
        assert process.stderr.read() == ""


@pytest.mark.parametrize("command", ["chat --json", "search --json"])
def test_ctrl_c_in_the_middle_leaves_no_traceback(union: DemoUnion, tmp_path: Path, command: str) -> None:
    with start(*command.split(), settings=union.environment, folder=tmp_path) as process:
        assert process.stdin and process.stdout and process.stderr
        process.stdin.write('{"say": "三体"}\n')
        process.stdin.flush()
        assert process.stdout.readline()
        process.send_signal(signal.SIGINT)
        assert process.wait(PATIENCE_S) == 130
        assert process.stderr.read() == ""


def test_a_port_that_is_taken(shusheng: Command) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        ran = shusheng("serve", "--port", str(port))
    assert ran.code == 1
    assert str(port) in ran.sentence
    assert "--port" in ran.sentence


def test_an_address_that_is_not_ours(shusheng: Command) -> None:
    ran = shusheng("serve", "--host", "192.0.2.1", "--port", "0")
    assert ran.code == 1
    assert "192.0.2.1:0" in ran.sentence
    assert "--host" in ran.sentence


@contextmanager
def telegram(status: int) -> Iterator[str]:
    """A Bot API server that answers everything with one error."""

    class Answer(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            self.rfile.read(int(self.headers.get("Content-Length", 0)))
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.end_headers()
            self.wfile.write(b'{"ok": false, "error_code": %d, "description": "no"}' % status)

        def log_message(self, format: str, *args: object) -> None:
            """Say nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Answer) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


@pytest.mark.parametrize(("status", "said"), [(409, "telegram-conflict"), (0, "telegram-waits")])
def test_telegrams_trouble_is_one_line_and_the_page_goes_on(serving: Serve, status: int, said: str) -> None:
    token = "123456:ABC-DEF"
    with telegram(status) as api:
        service = serving(
            "--port", "0", SHUSHENG_TELEGRAM_TOKEN=token, SHUSHENG_TELEGRAM_API=api if status else "http://127.0.0.1:9"
        )
        until = time.monotonic() + PATIENCE_S
        while said not in service.log() and time.monotonic() < until:
            time.sleep(0.1)
        with opened(service.address) as page:
            assert page.status == 200
        assert service.end() == 0
    log = service.log()
    assert said in log
    assert token not in log
    assert "Traceback" not in log
    if status:
        assert len(re.findall("telegram", log)) <= 2


def test_a_bad_request_is_no_trouble_and_the_log_holds_no_words(serving: Serve) -> None:
    service = serving("--port", "0")
    with pytest.raises(urllib.error.HTTPError):
        opened(f"{service.address}say-something-private")
    with socket.create_connection(("127.0.0.1", int(service.address.rstrip("/").rpartition(":")[2]))) as raw:
        raw.sendall(b"NONSENSE \x00\xff private words\r\n\r\n")
        raw.recv(100)
    assert service.end() == 0
    assert "private" not in service.log()
    assert "Traceback" not in service.log()
