"""The synthesizer's own process: one pyttsx3 engine over the packaged espeak-ng; speech.engines.pyttsx3 starts it.

espeak-ng (GPL) is loaded here and nowhere else. It works through a queue of its own, and pyttsx3 cancels whatever is
still in it whenever it starts to run, changes of voice and rate included: that is how texts get lost, or said in the
last one's voice, or turn up under the next one's name. So nothing is queued inside pyttsx3 (`setBusy`), everything is
waited for (`Synchronize`), and a sentence counts only when it ended by itself. The parent starts a new process when
one was lost.
"""

from __future__ import annotations

import ctypes
import os

from speech.child import Frames

PRIMER = "1"
WAV_HEADER = 44


def main() -> None:
    """Answer questions {voice, wpm} + UTF-8 text with {} + a WAV file, empty if nothing came out."""
    frames = Frames()
    import espeakng_loader

    os.environ["ESPEAK_DATA_PATH"] = os.path.dirname(espeakng_loader.get_data_path())  # noqa: PTH120
    ctypes.CDLL(espeakng_loader.get_library_path() + ".1", mode=ctypes.RTLD_GLOBAL)
    import pyttsx3
    from pyttsx3.drivers import _espeak

    engine = pyttsx3.init("espeak")
    engine.proxy.setBusy(
        False
    )  # as it is after every sentence; busy, it would queue the first voice with the first text
    ended: list[bool] = []
    engine.connect("finished-utterance", lambda name, completed: ended.append(completed))

    def said(text: str, voice: str, wpm: int) -> bytes:
        engine.setProperty("voice", voice)
        engine.setProperty("rate", wpm)
        _espeak.Synchronize()
        ended.clear()
        file = os.memfd_create("speech")
        try:
            engine.save_to_file(text, f"/proc/self/fd/{file}")
            engine.runAndWait()
            _espeak.Synchronize()
            sound = os.pread(file, os.fstat(file).st_size, 0)
            return sound if ended == [True] and len(sound) > WAV_HEADER else b""
        finally:
            os.close(file)

    said(PRIMER, "gmw/en", 175)
    while (question := frames.read()) is not None:
        header, text = question
        frames.write({}, said(text.decode(), str(header["voice"]), int(header["wpm"])))
