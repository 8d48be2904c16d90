"""`shusheng jobs`: one scheduled job once, at a time of the operator's choosing."""

from __future__ import annotations

import json as json_module
from typing import Annotated

import typer

from bot.cli import settings_of
from bot.settings import WrongOption


def register(app: typer.Typer) -> None:
    """Add `jobs list` and `jobs run` to `app`."""
    jobs = typer.Typer(no_args_is_help=True, help="What the clock does, and doing it now.")
    app.add_typer(jobs, name="jobs")

    @jobs.command("list")
    def list_(json: Annotated[bool, typer.Option("--json", help="One JSON object a line.")] = False) -> None:
        """The jobs and what each does."""
        from bot.jobs.schedule import JOBS

        for name, job in JOBS.items():
            if json:
                print(json_module.dumps({"job": name, "does": job.does, "when": dict(job.trigger)}, ensure_ascii=False))
            else:
                print(f"{name}: {job.does}")

    @jobs.command()
    def run(
        context: typer.Context,
        name: Annotated[str, typer.Argument(help="A job of `jobs list`.")],
        now: Annotated[str, typer.Option(help="The time it should be, ISO 8601; without an offset, in our zone.")] = "",
        json: Annotated[bool, typer.Option("--json", help="One JSON object a line.")] = False,
    ) -> None:
        """Run one job once."""
        from bot.app import moment, open_parts
        from bot.jobs.schedule import JOBS

        if name not in JOBS:
            raise WrongOption(f"there is no job {name!r}; the jobs are {', '.join(JOBS)}")
        settings = settings_of(context)
        at = moment(settings, now)
        with open_parts(settings) as parts:
            count = JOBS[name].run(parts.ground, at)
        print(json_module.dumps({"job": name, "now": at.isoformat(), "count": count}) if json else f"{name}: {count}")
