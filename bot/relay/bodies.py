"""What an inbox row's body says, read with suspicion: whatever a channel stored, something answerable comes out."""

from __future__ import annotations

from typing import Any

from bot.inbox import InboxRow
from bot.messages import Choice, Said, Utterance
from bot.relay import sounds
from speech.recognition import Hypothesis, Transcript


def said_in(row: InboxRow) -> Said | str:
    """What a row says: words, a choice, a transcript; or the reason why nothing was heard (bot.dialogue.engine)."""
    body = row.body
    if "hear" in body:
        stored = row.transcript or {"reason": "engine_failed"}
        return str(stored["reason"]) if "reason" in stored else transcript_from_json(stored)
    if "choose" in body:
        number = body["choose"]
        return Choice(number if isinstance(number, int) else 0, str(body.get("offer") or ""))
    if "heard" in body:
        hypotheses = _hypotheses(body["heard"])
        return Transcript(hypotheses) if hypotheses else "silent"
    return Utterance(str(body.get("say", "")))


def transcript_to_json(transcript: Transcript) -> dict[str, Any]:
    """A transcript as it stands in the inbox; its sound stays in memory (sounds.py)."""
    return {
        "hypotheses": [[one.text, one.syllables, one.weight] for one in transcript.hypotheses],
        "confidence": transcript.confidence,
        "audio_s": transcript.audio_s,
        "locale": transcript.locale,
        "sound": sounds.keep(transcript.sound),
        "cut": transcript.cut,
    }


def transcript_from_json(stored: dict[str, Any]) -> Transcript:
    """The transcript that `transcript_to_json` wrote."""
    hypotheses = tuple(Hypothesis(*one) for one in stored["hypotheses"])
    sound = sounds.kept(stored.get("sound", ""))
    cut = bool(stored.get("cut"))
    return Transcript(hypotheses, stored["confidence"], stored["audio_s"], stored["locale"], sound=sound, cut=cut)


def _hypotheses(heard: object) -> tuple[Hypothesis, ...]:
    """A transcript handed in as such: a text, or a list of {"text" or "syllables", "weight"}, best first."""
    given = heard if isinstance(heard, list) else [{"text": heard}] if isinstance(heard, str) and heard.strip() else []
    weighed = [
        (str(one.get("text") or ""), str(one.get("syllables") or ""), _weight(one.get("weight", 1.0)))
        for one in given
        if isinstance(one, dict) and (one.get("text") or one.get("syllables"))
    ]
    whole = sum(weight for _, _, weight in weighed)
    return tuple(Hypothesis(text, syllables, weight / whole) for text, syllables, weight in weighed)


def _weight(given: object) -> float:
    return float(given) if isinstance(given, int | float) and 0 < given < 1e9 else 1e-9
