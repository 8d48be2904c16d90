"""Pages of HTML from templates, for a screen or for paper: all that stands in one is escaped, nothing is left out.

A template holds no words of its own: they are handed in with the facts (locales). jinja2 is loaded with the first page.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any


def page(template: Path, **facts: Any) -> str:
    """The page that `template` makes of `facts`. Raises jinja2.UndefinedError for a fact that is missing."""
    return str(_folder(template.parent).get_template(template.name).render(**facts))


@cache
def _folder(templates: Path) -> Any:
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    return Environment(
        loader=FileSystemLoader(templates),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
