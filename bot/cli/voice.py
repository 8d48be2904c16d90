"""`shusheng listen`, `say` and `models`: the ears and the voice without a talk, and the models they need.

Recordings are read, heard and forgotten; nothing is stored but what `say` was asked to write.
"""

from __future__ import annotations

import contextlib
import json as json_module
import os
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, TextIO, cast, get_args

import typer

from bot.cli import settings_of
from bot.cli.failing import Failure
from bot.cli.failing import say as complain
from bot.locales import readings
from bot.settings import WrongSetting

if TYPE_CHECKING:
    from speech.fetching import Fetched
    from speech.models import Model
    from speech.pool import Ears
    from speech.recognition import Transcript


def register(app: typer.Typer) -> None:
    """Add `listen`, `say` and `models` to `app`."""
    models = typer.Typer(no_args_is_help=True, help="Voice models: what there is, getting it, checking it.")
    app.command()(listen)
    app.command()(say)
    app.add_typer(models, name="models")
    models.command("list")(list_)
    models.command()(fetch)
    models.command()(check)


def listen(
    context: typer.Context,
    files: Annotated[list[Path], typer.Argument(help="Recordings: Ogg, WebM, MP4, AMR, MP3, WAV, FLAC.")],
    locale: Annotated[str, typer.Option(help="The language spoken: zh-CN, zh-Hant, en.")] = "zh-CN",
    json: Annotated[bool, typer.Option("--json", help="One JSON object a line.")] = False,
) -> None:
    """Speech to text."""
    from speech.pool import Ears
    from speech.recognition import RecognitionError

    settings = settings_of(context)
    tag = _locale(locale)
    with _own_stdout() as out, contextlib.ExitStack() as ending:
        try:
            ears = Ears(settings.model_folders, engine=settings.ears)
        except ValueError as error:
            raise WrongSetting(f"the setting SHUSHENG_EARS is wrong: {error}") from None
        ending.callback(ears.close)
        if not ears.installed(tag):
            raise Failure(f"no installed voice model hears {locale}; `shusheng models fetch` gets one")
        try:
            ears.warm(tag)
        except RecognitionError as error:
            raise Failure(f"the voice model cannot be used: {error}; `shusheng models check` tells more") from error
        failed = 0
        for file in files:
            start = time.perf_counter()
            heard = _heard(ears, file, tag)
            if isinstance(heard, str):
                failed = complain(f"{file}: {heard}")
                continue
            line = _line(file, heard, time.perf_counter() - start)
            print(json_module.dumps(line, ensure_ascii=False) if json else line["text"] or line["syllables"], file=out)
    if failed:
        raise typer.Exit(failed)


def say(
    context: typer.Context,
    text: Annotated[str, typer.Argument(help="What is to be said, as it is to be spoken.")],
    output: Annotated[Path, typer.Option("--output", "-o", help="The file; its ending is .wav, .ogg, .mp3 or .amr.")],
    locale: Annotated[str, typer.Option(help="The language: zh-CN, zh-Hant, en.")] = "zh-CN",
    rate: Annotated[float, typer.Option(min=0.6, max=3.0, help="The pace; 1 is normal.")] = 1.0,
) -> None:
    """Text to speech."""
    from speech.audio import Format
    from speech.pool import Voices
    from speech.synthesis import NothingToSay, SynthesisError

    settings = settings_of(context)
    form = output.suffix.lower().removeprefix(".")
    if form not in get_args(Format):
        raise typer.BadParameter("the file must end in .wav, .ogg, .mp3 or .amr", param_hint="--output")
    tag = _locale(locale)
    with contextlib.ExitStack() as ending:
        try:
            voices = Voices(settings.model_folders, engine=settings.voice, readings=readings())
        except ValueError as error:
            raise WrongSetting(f"the setting SHUSHENG_VOICE is wrong: {error}") from None
        ending.callback(voices.close)
        try:
            voices.warm()
            sound = voices.speak(text, tag, rate, form)
        except NothingToSay:
            raise Failure("there is no word in the text") from None
        except SynthesisError as error:
            raise Failure(f"it cannot be said: {error}") from error
    part = output.with_name(f".{output.name}.{os.getpid()}.part")
    try:
        part.write_bytes(sound)
        part.replace(output)
    finally:
        part.unlink(missing_ok=True)


def list_(
    context: typer.Context, json: Annotated[bool, typer.Option("--json", help="One JSON object a line.")] = False
) -> None:
    """The models we know, and which are installed."""
    from speech.models import MODELS, find

    installed = {found.model.name: found.folder for found in find(settings_of(context).model_folders)}
    for model in MODELS.values():
        folder = str(installed.get(model.name, ""))
        line = {
            "model": model.name,
            "engine": model.engine,
            "locales": sorted(model.locales),
            "megabytes": model.megabytes,
            "licence": model.licence,
            "folder": folder or None,
        }
        words = (
            f"{model.name}  {model.engine}  {' '.join(sorted(model.locales))}  {model.megabytes} MB  {model.licence}"
        )
        print(json_module.dumps(line, ensure_ascii=False) if json else f"{words}  {folder or 'not installed'}")


def fetch(
    context: typer.Context,
    names: Annotated[list[str] | None, typer.Argument(help="Models of `models list`; none means all.")] = None,
    if_missing: Annotated[
        bool, typer.Option("--if-missing", help="Only those that are in none of the folders.")
    ] = False,
    timeout: Annotated[float, typer.Option(min=0.1, help="Give up after so many seconds without an answer.")] = 5.0,
    source: Annotated[str, typer.Option("--from", help="An address that holds the archives, ending in /.")] = "",
) -> None:
    """Get voice models from their publishers into the data folder; goes on where it was broken off."""
    from speech.models import MODELS, check, find

    settings = settings_of(context)
    if unknown := [name for name in names or () if name not in MODELS]:
        raise typer.BadParameter(f"there is no model {unknown[0]}; there are {', '.join(MODELS)}", param_hint="names")
    if mine := [name for name in names or () if MODELS[name].by_hand]:
        address, place = MODELS[mine[0]].base_url + MODELS[mine[0]].archive, settings.data / "models"
        raise Failure(f"{mine[0]} is not fetched, since no checksum of it is known; unpack {address} into {place}")
    there = {each.model.name for each in find(settings.model_folders) if if_missing or not check(each)}
    wanted = [
        model for name, model in MODELS.items() if name not in there and (name in names if names else not model.by_hand)
    ]
    if not wanted:
        print("every model is there")
        return
    failed = 0
    for fetched in _fetched(wanted, settings.data / "models", source, timeout):
        if fetched.error is not None:
            failed = complain(f"{fetched.model.name}: {fetched.error}")
        else:
            print(f"{fetched.model.name}: {fetched.folder}")
    if failed:
        raise typer.Exit(failed)


def check(
    context: typer.Context, json: Annotated[bool, typer.Option("--json", help="One JSON object a line.")] = False
) -> None:
    """Whether the installed models are whole."""
    from speech.models import check as check_model
    from speech.models import find

    broken = False
    installed = find(settings_of(context).model_folders)
    if not installed and not json:
        print("no voice model is installed; `shusheng models fetch` gets them")
    for found in installed:
        problem = check_model(found)
        broken = broken or bool(problem)
        line = {"model": found.model.name, "folder": str(found.folder), "problem": problem or None}
        words = f"{found.model.name}: {f'{problem}; `shusheng models fetch` gets it again' if problem else 'ok'}"
        print(json_module.dumps(line, ensure_ascii=False) if json else words)
    if broken:
        raise typer.Exit(1)


def _locale(tag: str) -> str:
    """The locale, or a usage error that says which there are."""
    from speech.pool import LOCALES

    if tag not in LOCALES:
        raise typer.BadParameter(f"there is no {tag}; there are {', '.join(LOCALES)}", param_hint="--locale")
    return tag


def _heard(ears: Ears, file: Path, locale: str) -> Transcript | str:
    """What was said in `file`, or why it cannot be told."""
    from speech.audio import LARGEST_BYTES, AudioError, DecoderFailed, TooLong
    from speech.pool import LONGEST_NOTE_S
    from speech.recognition import RecognitionError

    try:
        with file.open("rb") as opened:
            sound = opened.read(LARGEST_BYTES + 1)
        return ears.hear(sound, locale=locale)
    except FileNotFoundError:
        return "there is no such file"
    except OSError as error:
        return f"it cannot be read ({error.strerror})"
    except TooLong:
        return f"it is too long; at most {LONGEST_NOTE_S:.0f} seconds and {LARGEST_BYTES >> 20} MB are heard"
    except DecoderFailed as error:
        return f"the decoder cannot be started ({error})"
    except AudioError:
        return "it is not a recording that can be read"
    except RecognitionError as error:
        return f"the recognizer failed ({error})"


def _line(file: Path, heard: Transcript, took_s: float) -> dict[str, object]:
    """The line of CONTRACT.md."""
    best = heard.hypotheses[0] if heard.hypotheses else None
    return {
        "file": str(file),
        "text": best.text if best else "",
        "syllables": best.syllables if best else "",
        "alternatives": [
            {
                **({"text": each.text} if each.text else {"syllables": each.syllables}),
                "weight": round(each.weight, 4),
                **({"times": [[round(at, 2) for at in word] for word in each.times]} if each.times else {}),
            }
            for each in heard.hypotheses
        ],
        "confidence": heard.confidence,
        "audio_s": round(heard.audio_s, 3),
        "took_s": round(took_s, 3),
    }


def _fetched(wanted: list[Model], folder: Path, source: str, timeout_s: float) -> list[Fetched]:
    """Fetch with a bar a model on stderr."""
    from rich.console import Console
    from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TimeRemainingColumn

    from speech.fetching import fetch_all

    columns = (TextColumn("{task.description}"), BarColumn(), DownloadColumn(), TimeRemainingColumn())
    console = Console(stderr=True)
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as bars:
        tasks = {model.name: bars.add_task(model.name, total=model.megabytes << 20) for model in wanted}

        def on_progress(model: Model, done: int, total: int) -> None:
            bars.update(tasks[model.name], completed=done, total=total or model.megabytes << 20)

        return fetch_all(wanted, folder, base_url=source, timeout_s=timeout_s, on_progress=on_progress)


@contextlib.contextmanager
def _own_stdout() -> Iterator[TextIO]:
    """The stdout that is ours alone; meanwhile what libraries print there, in C too, goes to stderr."""
    try:
        number = sys.stdout.fileno()
    except (OSError, ValueError):
        yield sys.stdout
        return
    sys.stdout.flush()
    kept = os.dup(number)
    os.dup2(2, number)
    try:
        with os.fdopen(os.dup(kept), "w", encoding="utf-8") as out:
            yield cast(TextIO, out)
    finally:
        os.dup2(kept, number)
        os.close(kept)
