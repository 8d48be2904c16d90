"""A child process for test_child.py: it echoes, prints, hangs or dies, as it is asked to."""

from __future__ import annotations

import os
import time

from speech.child import Frames


def main() -> None:
    frames = Frames()
    while (question := frames.read()) is not None:
        header, body = question
        print("a library prints")
        os.write(1, b"and C prints too")
        if header["do"] == "hang":
            time.sleep(60)
        if header["do"] == "die":
            os._exit(3)
        if header["do"] == "mumble":
            os.write(frames._out, b"no frame at all, but long enough to be read as one")
        frames.write({"did": header["do"], "bytes": len(body)}, body)
