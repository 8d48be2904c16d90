"""Writes the next migration: `python -m tests.catalog.migrations.generate "what changed"`; read it before you keep it.

Compares the tables with an empty SQLite database that was brought to the newest step.
"""

from __future__ import annotations

import subprocess
import sys

from alembic import command
from alembic.config import Config

from catalog.database import open_engine
from catalog.migrations import VERSIONS, head
from tests.catalog.migrations.tables import all_tables


def main(message: str) -> None:
    """Write versions/NNNN_message.py."""
    all_tables()
    engine = open_engine("sqlite:///:memory:")
    newest = head() if list(VERSIONS.glob("[0-9]*.py")) else ""
    number = f"{int(newest or 0) + 1:04d}"
    with engine.connect() as connection, connection.begin():
        config = Config()
        config.set_main_option("script_location", str(VERSIONS.parent))
        config.set_main_option("path_separator", "os")
        config.set_main_option("file_template", "%%(rev)s_%%(slug)s")
        config.attributes["connection"] = connection
        if newest:
            command.upgrade(config, "head")
        command.revision(config, message, autogenerate=True, rev_id=number)
    subprocess.run([f"{sys.prefix}/bin/ruff", "format", "-q", "--line-length", "120", str(VERSIONS)], check=True)
    subprocess.run([f"{sys.prefix}/bin/ruff", "check", "-q", "--fix", str(VERSIONS)], check=True)


if __name__ == "__main__":
    main(sys.argv[1])
