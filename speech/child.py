"""Helper processes that may be killed: frames over pipes, a deadline for every question, nothing shared.

What can hang, eat memory or crash (decoding a stranger's file, the synthesizer) runs in such a process. A frame is two
lengths, a JSON header and raw bytes. The child gets none of our environment and none of our open files, its own prints
go nowhere, and it ends by itself when we end. This module knows nothing of sound.
"""

from __future__ import annotations

import atexit
import contextlib
import json
import os
import selectors
import signal
import struct
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Mapping
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
LENGTHS = struct.Struct(">II")
CHUNK = 1 << 20

Value = str | int | float
Header = Mapping[str, Value]


class ChildError(Exception):
    """A child process gave no answer. The tree:

    ChildError
     +-- ChildDied      it ended, whatever the reason
     +-- ChildTooSlow   it went past its deadline, and was killed
    """


class ChildDied(ChildError):
    """The child ended before it answered."""


class ChildTooSlow(ChildError):
    """The child did not answer in time and was killed."""


class Frames:
    """The child's own end: `read` the next question (None when the parent is gone), `write` the answer."""

    def __init__(self) -> None:
        """Take the pipes from stdin and stdout; from here on prints of any library, in C too, go nowhere."""
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        self._in, self._out = os.dup(0), os.dup(1)
        nowhere = os.open(os.devnull, os.O_RDWR)
        for number in (0, 1, 2):
            os.dup2(nowhere, number)
        os.close(nowhere)

    def read(self) -> tuple[dict[str, Value], bytes] | None:
        """The next question, or None at the end."""
        lengths = self._exactly(LENGTHS.size)
        if lengths is None:
            return None
        header_length, body_length = LENGTHS.unpack(lengths)
        header, body = self._exactly(header_length), self._exactly(body_length)
        if header is None or body is None:
            return None
        return json.loads(header), body

    def write(self, header: Header, body: bytes = b"") -> None:
        """Answer."""
        rest = memoryview(_frame(header, body))
        while rest:
            rest = rest[os.write(self._out, rest) :]

    def _exactly(self, length: int) -> bytes | None:
        parts = bytearray()
        while len(parts) < length:
            part = os.read(self._in, min(CHUNK, length - len(parts)))
            if not part:
                return None
            parts += part
        return bytes(parts)


class Child:
    """One helper process that runs `main()` of a module of ours. Not for two threads at once."""

    def __init__(self, module: str) -> None:
        """Start it; `module` is its dotted name. The start costs about 0.1 s, and nobody waits for it here."""
        code = f"import sys; sys.path.insert(0, {str(ROOT)!r}); from {module} import main; main()"
        self._process = subprocess.Popen(
            [sys.executable, "-I", "-c", code],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env={"PATH": os.defpath, "LANG": "C.UTF-8"},
            bufsize=0,
        )
        assert self._process.stdin is not None and self._process.stdout is not None
        self._to, self._from = self._process.stdin, self._process.stdout
        os.set_blocking(self._to.fileno(), False)
        os.set_blocking(self._from.fileno(), False)

    @property
    def pid(self) -> int:
        """The number of the process."""
        return self._process.pid

    @property
    def alive(self) -> bool:
        """Whether it still runs."""
        return self._process.poll() is None

    def ask(self, header: Header, body: bytes = b"", *, deadline_s: float) -> tuple[dict[str, str], bytes]:
        """Send a question, wait for the answer. Raises ChildDied, ChildTooSlow; the child is dead after either."""
        until = time.monotonic() + deadline_s
        try:
            self._send(_frame(header, body), until)
            header_length, body_length = LENGTHS.unpack(self._receive(LENGTHS.size, until))
            answer = json.loads(self._receive(header_length, until))
            return answer, self._receive(body_length, until)
        except ChildError:
            self.close()
            raise
        except (OSError, ValueError, struct.error) as error:
            self.close()
            raise ChildDied(type(error).__name__) from error

    def close(self) -> None:
        """Kill it, if it still runs, and free the pipes."""
        if self.alive:
            self._process.kill()
        self._process.wait()
        for pipe in (self._to, self._from):
            with contextlib.suppress(OSError):
                pipe.close()

    def _send(self, data: bytes, until: float) -> None:
        rest = memoryview(data)
        with selectors.DefaultSelector() as waiting:
            waiting.register(self._to, selectors.EVENT_WRITE)
            while rest:
                _wait(waiting, until)
                rest = rest[os.write(self._to.fileno(), rest[:CHUNK]) :]

    def _receive(self, length: int, until: float) -> bytes:
        parts = bytearray()
        with selectors.DefaultSelector() as waiting:
            waiting.register(self._from, selectors.EVENT_READ)
            while len(parts) < length:
                _wait(waiting, until)
                part = os.read(self._from.fileno(), min(CHUNK, length - len(parts)))
                if not part:
                    raise ChildDied("the pipe was closed")
                parts += part
        return bytes(parts)


class Children:
    """Lends children that all run `module`: one is kept warm, more are started while several are needed at once."""

    def __init__(self, module: str, *, at_most: int = 4) -> None:
        """At most `at_most` run at a time; who comes later waits."""
        self._module = module
        self._free = threading.Semaphore(at_most)
        self._lock = threading.Lock()
        self._idle: list[Child] = []
        self._known_to_exit = False

    def warm(self) -> None:
        """Start one now, so that the first question finds it ready."""
        with self._lock:
            if not self._idle:
                self._idle.append(self._start())

    @contextlib.contextmanager
    def lend(self) -> Iterator[Child]:
        """A child for one question; it comes back to the shelf if it is still alive."""
        with self._free:
            with self._lock:
                child = self._idle.pop() if self._idle else None
            if child is None or not child.alive:
                if child is not None:
                    child.close()
                child = self._start()
            try:
                yield child
            finally:
                with self._lock:
                    keep = child.alive and not self._idle
                    if keep:
                        self._idle.append(child)
                if not keep:
                    child.close()

    def close(self) -> None:
        """End the idle ones."""
        with self._lock:
            idle, self._idle = self._idle, []
        for child in idle:
            child.close()

    def _start(self) -> Child:
        if not self._known_to_exit:
            self._known_to_exit = True
            atexit.register(self.close)
        return Child(self._module)


def _frame(header: Header, body: bytes) -> bytes:
    encoded = json.dumps(dict(header), ensure_ascii=False).encode()
    return LENGTHS.pack(len(encoded), len(body)) + encoded + body


def _wait(waiting: selectors.BaseSelector, until: float) -> None:
    while not waiting.select(max(0.0, until - time.monotonic())):
        if time.monotonic() >= until:
            raise ChildTooSlow("no answer in time")
