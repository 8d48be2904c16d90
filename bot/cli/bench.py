"""`shusheng bench`: the benchmarks of a checkout's tests/benchmarks, one file each.

A benchmark is a module with a docstring "name: what it measures" and `run(*, json, options)`, which prints and gives
the exit code; what it measures and what is too slow is its own.
"""

from __future__ import annotations

import importlib.util
import json as json_module
import sys
from pathlib import Path
from types import ModuleType
from typing import Annotated

import typer

from bot.cli.failing import Failure
from bot.settings import WrongOption

FOLDER = Path(__file__).resolve().parents[2] / "tests" / "benchmarks"


def register(app: typer.Typer) -> None:
    """Add `bench` to `app`."""

    @app.command(context_settings={"allow_extra_args": True, "ignore_unknown_options": True})
    def bench(
        context: typer.Context,
        name: Annotated[str, typer.Argument(help="A benchmark; none lists them.")] = "",
        json: Annotated[bool, typer.Option("--json", help="One JSON object a line.")] = False,
    ) -> None:
        """Run a benchmark; further options are its own."""
        if not FOLDER.is_dir():
            raise Failure("the benchmarks are in a checkout of the source (tests/benchmarks), and there is none here")
        found = {path.stem: _load(path) for path in sorted(FOLDER.glob("*.py"))}
        known = {name: module for name, module in found.items() if hasattr(module, "run")}
        if name and name not in known:
            raise WrongOption(f"there is no benchmark {name!r}; there are {', '.join(known)}")
        if name:
            raise typer.Exit(known[name].run(json=json, options=list(context.args)))
        for each, module in known.items():
            measures = (module.__doc__ or "").partition("\n\n")[0].removeprefix(f"{each}: ").replace("\n", " ")
            line = {"bench": each, "measures": measures}
            print(json_module.dumps(line, ensure_ascii=False) if json else f"{each}: {measures}")


def _load(path: Path) -> ModuleType:
    spec = importlib.util.spec_from_file_location(f"benchmark_{path.stem}", path)
    if spec is None or spec.loader is None:
        raise Failure(f"the benchmark {path.name} cannot be read")
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module  # dataclasses look there for the names in their annotations
    spec.loader.exec_module(module)
    return module
