"""How the service speaks: again, slower, louder, shorter, sign by sign, in another voice, in another language."""

from __future__ import annotations

from collections.abc import Mapping

from bot import locales
from bot.dialogue.named import named, words
from bot.dialogue.steps import Arguments, Step
from bot.dialogue.turn import Turn
from bot.messages import CallNumber, Code, Isbn, Phone, Reply, Text, Title, Utterance, Value
from catalog.patrons import preferences
from speech.synthesis import TIMBRES

PACES = (0.6, 0.8, 1.0, 1.3, 1.7, 2.2, 3.0)
"""The steps of "slower" and "faster": each a quarter to a third from the next, which is plainly heard. 1 is normal."""
TWICE = 2
"""From this many times in a row on, "say that again" means that it was too fast and too much."""
LOUDER, LOUDEST, SOFTEST = 0.25, 2.0, 0.25
PLAIN, ANOTHER = "plain", "another"
"""In the words for voices: the engine's own, and whichever comes next."""
OFF = "off"
LEVELS = ("short", "normal", "long")
SPELT = (Title, Code, Phone, Isbn, CallNumber)


def repeat(turn: Turn) -> Reply:
    """The last reply once more; whoever asks twice in a row gets it slower and plainer, from now on."""
    turn.state.repeated += 1
    if turn.state.repeated < TWICE or turn.state.last is None:
        return _again(turn, ())
    turn.state.repeated = 0
    calmer = _pace(turn, -1)
    plainer = _level(turn, -1)
    return _again(turn, (Text("speaking-plainer"),) if calmer or plainer else ())


def slower(turn: Turn) -> Reply:
    """The last reply once more, slower from now on."""
    if not _pace(turn, -1, named(turn, "pace")):
        return Reply((Text("slowest-already"),))
    return _again(turn, (Text("speaking-slower"),))


def faster(turn: Turn) -> Reply:
    """Faster and terser from now on; who is in a hurry is not told everything again."""
    quicker = _pace(turn, +1, named(turn, "pace"))
    terser = _level(turn, -1)
    return Reply((Text("speaking-faster" if quicker else "speaking-shorter" if terser else "fastest-already"),))


def louder(turn: Turn) -> Reply:
    """Louder or softer from now on, where the channel can; the device's own volume is named too."""
    softer = bool(named(turn, "softer"))
    now = turn.state.volume or float(_preferred(turn, "volume", 1.0))
    wanted = max(SOFTEST, now - LOUDER) if softer else min(LOUDEST, now + LOUDER)
    turn.state.volume = wanted
    if wanted == now:
        turn.repeats = True
        return Reply((Text("softest-already" if softer else "loudest-already"),))
    _keep(turn, "volume", wanted)
    return _again(turn, (Text("speaking-softer" if softer else "speaking-louder"),))


def shorter(turn: Turn) -> Reply:
    """Say less from now on."""
    return _levelled(turn, -1)


def longer(turn: Turn) -> Reply:
    """Say more from now on."""
    return _levelled(turn, +1)


def spell_out(turn: Turn) -> Reply:
    """The names and numbers of the last reply, sign by sign."""
    last = turn.state.last
    named = [
        value
        for text in ((*last.texts, *last.choices) if last else ())
        for value in text.values.values()
        if isinstance(value, SPELT)
    ]
    if not named:
        return _again(turn, (Text("nothing-to-spell"),))
    turn.repeats = True
    texts = tuple(_spelt(turn, value) for value in named[:3])
    return Reply(texts, *((last.choices, last.afterwards) if last and turn.state.state == "choosing" else ()))


def set_language(turn: Turn) -> Reply:
    """Another language from now on."""
    said = named(turn, "language")
    if said not in locales.available():
        turn.ask("language", ("topic",))
        return Reply((Text("ask-language"),))
    turn.talk.locale = said
    turn.locale = locales.load(said)
    _keep(turn, "locale", said)
    return _again(turn, (Text("language-set"),))


def set_voice_reply(turn: Turn) -> Reply:
    """Spoken replies on or off; large letters, where somebody typed them, are no voice however alike they sound."""
    if isinstance(turn.said, Utterance) and any(word in turn.words for word in words(turn, "large_print")):
        return _large_print(turn)
    if timbre := named(turn, "timbre"):
        return _timbre(turn, timbre)
    wanted = named(turn, "voice") != OFF
    turn.state.aloud = wanted
    _keep(turn, "voice_reply", wanted)
    return Reply((Text("voice-reply-on" if wanted else "voice-reply-off"),))


def language_answer(turn: Turn, arguments: Arguments) -> Reply | None:
    """The language that was asked for."""
    if turn.meaning.intent in ("no", "cancel") or not named(turn, "language"):
        return None
    turn.leave()
    return set_language(turn)


def large_print(turn: Turn, arguments: Arguments) -> Reply:
    """Large print is looked for first from now on, and what the reader could use before after it."""
    formats = ["large_print", *(form for form in turn.reader.formats if form != "large_print")]
    _keep(turn, "formats", formats)
    return Reply((Text("large-print-set"),))


STEPS: Mapping[str, Step] = {
    "language": Step("set_language", answer=language_answer),
    "large-print": Step("set_voice_reply", yes=large_print),
}


def _large_print(turn: Turn) -> Reply:
    if turn.reader.formats[:1] == ["large_print"]:
        return Reply((Text("large-print-set"),))
    return Reply((Text("large-print-read-back"),), turn.confirm("large-print"))


def _timbre(turn: Turn, said: str) -> Reply:
    """Another voice from now on: the one that was named, or the next; who asks for a voice wants to hear it."""
    now = str(_preferred(turn, "timbre", "")) if turn.state.timbre is None else turn.state.timbre
    following = TIMBRES[(TIMBRES.index(now) + 1) % len(TIMBRES)]
    wanted = {PLAIN: "", ANOTHER: following}.get(said, said)
    turn.repeats = True
    turn.state.timbre = wanted
    _keep(turn, "timbre", wanted)
    return Reply((Text("voice-changed"),))


def _pace(turn: Turn, by: int, said: str = "") -> bool:
    """Speak a step slower (`by` -1) or faster (+1), or at the pace that was `said`; False if it is so already."""
    turn.repeats = True
    now = turn.state.pace or float(_preferred(turn, "rate", 1.0))
    wanted = float(said or 0)
    if not wanted or (wanted - 1) * by < 0:  # "you speak very fast" asks for slower
        beyond = [pace for pace in PACES if (pace - now) * by > 0]
        wanted = (beyond[0] if by > 0 else beyond[-1]) if beyond else now
    turn.state.pace = wanted
    if wanted == now:
        return False
    _keep(turn, "rate", wanted)
    return True


def _levelled(turn: Turn, by: int) -> Reply:
    if not _level(turn, by):
        turn.repeats = True
        return Reply((Text("shortest-already" if by < 0 else "longest-already"),))
    return _again(turn, (Text("speaking-shorter" if by < 0 else "speaking-longer"),))


def _level(turn: Turn, by: int) -> bool:
    """Say less (`by` -1) or more (+1) from now on; False if it is at its end."""
    now = turn.state.verbosity or str(_preferred(turn, "verbosity", "normal"))
    place = LEVELS.index(now) + by
    if not 0 <= place < len(LEVELS):
        return False
    turn.state.verbosity = LEVELS[place]
    _keep(turn, "verbosity", LEVELS[place])
    return True


def _again(turn: Turn, before: tuple[Text, ...]) -> Reply:
    """The last reply once more, with a word before it; the last reply stays what it was."""
    last = turn.state.last
    if last is None:
        turn.repeats = True
        return Reply(before or (Text("nothing-to-repeat"),))
    turn.repeats = True
    return Reply((*before, *last.texts), last.choices, last.afterwards)


def _preferred(turn: Turn, name: str, default: float | str) -> float | str:
    value = turn.patron.preferences.get(name) if turn.patron else None
    return value if isinstance(value, float | int | str) else default


def _keep(turn: Turn, name: str, value: str | float | bool | list[str]) -> None:
    """Remember it for this reader beyond the talk."""
    if turn.patron is not None:
        preferences.change(turn.session, patron=turn.patron, name=name, value=value, now=turn.now, by=turn.by)


def _spelt(turn: Turn, value: Value) -> Text:
    if isinstance(value, Title):
        pause = "、" if turn.locale.language == "zh" else ", "
        return Text("spelt-title", {"title": value, "signs": pause.join(sign for sign in value if sign.isalnum())})
    return Text("spelt-code", {"code": value})
