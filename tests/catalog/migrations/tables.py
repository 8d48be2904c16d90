"""Imports every table there is: those of the catalogue, and bot's, found by their modules."""

from __future__ import annotations

import importlib
from pathlib import Path

from sqlalchemy import MetaData

from catalog.database import Base

ROOT = Path(__file__).resolve().parents[3]


def all_tables() -> MetaData:
    """The metadata with every table of catalog and bot."""
    for package in ("catalog", "bot"):
        for path in sorted((ROOT / package).rglob("*.py")):
            if "__tablename__" in path.read_text(encoding="utf-8"):
                importlib.import_module(".".join(path.relative_to(ROOT).with_suffix("").parts))
    return Base.metadata
