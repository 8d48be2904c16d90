"""The database itself: what is erased is gone from the file."""

from __future__ import annotations

from pathlib import Path

from sqlalchemy import text

from catalog.database import open_engine


def test_what_is_erased_stands_nowhere_in_the_file(tmp_path: Path) -> None:
    """Bug: SQLite leaves what was deleted in its file unless told otherwise (Debian's is told, others are not)."""
    file = tmp_path / "erased.db"
    engine = open_engine(f"sqlite:///{file}")
    with engine.begin() as connection:
        assert connection.scalar(text("PRAGMA secure_delete")) == 1
        connection.execute(text("CREATE TABLE said (words TEXT)"))
    for act in ("INSERT INTO said VALUES ('my PIN is 483916')", "UPDATE said SET words = ''"):
        with engine.begin() as connection:
            connection.execute(text(act))
    engine.dispose()
    assert b"483916" not in b"".join(one.read_bytes() for one in tmp_path.iterdir())
