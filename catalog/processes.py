"""A process of our own beside us, for what Python does on one core at a time; it knows nothing of what it works on.

It gets its work on its input and gives back what it made, both as frames of bytes. It ends when its input does:
whatever becomes of us, none is left behind. What to do when one was killed is for who started it.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO

_LENGTH_BYTES = 8


def cores() -> int:
    """How many cores this process may use."""
    return len(os.sched_getaffinity(0))


@contextmanager
def beside(module: str) -> Iterator[subprocess.Popen[bytes]]:
    """A process that runs `main` of a module; it is gone when the block is left."""
    paths = os.pathsep.join(path or str(Path.cwd()) for path in sys.path)
    process = subprocess.Popen(
        [sys.executable, "-c", f"from {module} import main; main()"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        env={**os.environ, "PYTHONPATH": paths},
    )
    try:
        yield process
    finally:
        process.kill()
        process.communicate()


def give(process: subprocess.Popen[bytes], frame: bytes) -> None:
    """Give a process its next frame; nothing is said if it has ended."""
    assert process.stdin
    with suppress(BrokenPipeError):
        send(process.stdin, frame)


def take(process: subprocess.Popen[bytes]) -> bytes | None:
    """The next frame that a process gives back; None from one that has ended."""
    assert process.stdout
    return receive(process.stdout)


def own_pipes() -> tuple[IO[bytes], IO[bytes]]:
    """In such a process: its input and its output. Ctrl-C is for who started it: then the input ends."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    return sys.stdin.buffer, sys.stdout.buffer


def send(pipe: IO[bytes], frame: bytes) -> None:
    """Write a frame. Raises BrokenPipeError where nobody reads any more."""
    pipe.write(len(frame).to_bytes(_LENGTH_BYTES, "little") + frame)
    pipe.flush()


def receive(pipe: IO[bytes]) -> bytes | None:
    """Read a frame; None where no whole one comes any more."""
    length = pipe.read(_LENGTH_BYTES)
    frame = pipe.read(int.from_bytes(length, "little")) if len(length) == _LENGTH_BYTES else b""
    return frame if frame and len(frame) == int.from_bytes(length, "little") else None
