"""What others would do with the same titles and questions: each peer is built from plain titles and asked for five.

FTS5's trigrams, tantivy over character bigrams (what Solr's and Elasticsearch's CJK analysers do), PostgreSQL's
pg_trgm where a server with a UTF-8 locale is installed, rapidfuzz over all titles. All are given the plain titles, so
traditional and simplified are one for them as well; pinyin goes to none of them.
"""

from __future__ import annotations

import os
import pwd
import shutil
import sqlite3
import subprocess
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from functools import partial
from pathlib import Path

Ask = Callable[[str], list[str]]
FEW, MANY = 50_000, 1_000_000
"""Up to so many titles rapidfuzz is asked, and pg_trgm."""


@contextmanager
def peers(folder: Path, titles: Sequence[str]) -> Iterator[dict[str, Ask | str]]:
    """Each peer's way to be asked, or why it cannot be."""
    with ExitStack() as stack:
        found: dict[str, Ask | str] = {"SQLite FTS5 trigram": _fts5(folder / "fts5.db", titles)}
        found["tantivy, character bigrams"] = _bigrams(folder / "bigrams", titles)
        if len(titles) > MANY:
            found["PostgreSQL pg_trgm"] = "only up to 1,000,000 titles"
        else:
            found["PostgreSQL pg_trgm"] = stack.enter_context(_pg_trgm(titles))
        found["rapidfuzz over all"] = _rapidfuzz(titles) if len(titles) <= FEW else f"only up to {FEW:,} titles"
        yield found


def _fts5(path: Path, titles: Sequence[str]) -> Ask:
    database = sqlite3.connect(path)
    database.execute("CREATE VIRTUAL TABLE titles USING fts5(title, tokenize='trigram', detail=full)")
    database.executemany("INSERT INTO titles VALUES (?)", ((title,) for title in titles))
    database.commit()
    statement = "SELECT title FROM titles WHERE titles MATCH ? ORDER BY rank LIMIT 5"

    def ask(text: str) -> list[str]:
        if len(text) < 3:
            like = "SELECT title FROM titles WHERE title LIKE ? ORDER BY length(title) LIMIT 5"
            return [row[0] for row in database.execute(like, (f"%{text}%",))]
        threes = " OR ".join(f'"{text[at : at + 3]}"' for at in range(len(text) - 2))
        return [row[0] for row in database.execute(statement, (threes,))]

    return ask


def _bigrams(path: Path, titles: Sequence[str]) -> Ask:
    import tantivy

    path.mkdir()
    builder = tantivy.SchemaBuilder()
    builder.add_text_field("title", stored=True, tokenizer_name="bigrams", index_option="freq")
    handle = tantivy.Index(builder.build(), path=str(path))
    pairs = tantivy.TextAnalyzerBuilder(tantivy.Tokenizer.ngram(1, 2, prefix_only=False)).build()
    handle.register_tokenizer("bigrams", pairs)
    writer = handle.writer(96_000_000, 1)
    for title in titles:
        writer.add_document(tantivy.Document(title=[title]))
    writer.commit()
    writer.wait_merging_threads()
    handle.reload()
    searcher, schema = handle.searcher(), handle.schema

    def ask(text: str) -> list[str]:
        terms = dict.fromkeys([text[at : at + 2] for at in range(len(text) - 1)] or [text])
        query = tantivy.Query.boolean_query(
            [(tantivy.Occur.Should, tantivy.Query.term_query(schema, "title", term, "freq")) for term in terms]
        )
        return [searcher.doc(address)["title"][0] for _, address in searcher.search(query, 5, count=False).hits]

    return ask


def _rapidfuzz(titles: Sequence[str]) -> Ask:
    from rapidfuzz import process
    from rapidfuzz.distance import Levenshtein

    return lambda text: [
        found[0] for found in process.extract(text, titles, scorer=Levenshtein.normalized_similarity, limit=5)
    ]


@contextmanager
def _pg_trgm(titles: Sequence[str]) -> Iterator[Ask | str]:
    """A server of our own on a socket, its processes ended with the bench."""
    found = next((Path(one) for one in (shutil.which("postgres"), *_debian()) if one), None)
    if found is None:
        yield "no PostgreSQL server is installed"
        return
    tools = found.resolve().parent
    as_root = os.geteuid() == 0
    if not (tools / "initdb").exists() or (as_root and not _known("postgres")):
        yield "no initdb beside the server, or nobody to run it as"
        return
    run = partial(subprocess.run, capture_output=True, check=False, user="postgres" if as_root else None)
    with tempfile.TemporaryDirectory(prefix="shusheng-pg-") as folder:
        if as_root:
            shutil.chown(folder, "postgres")
        data = f"{folder}/data"
        made = ["-D", data, "-E", "UTF8", "--locale", "C.UTF-8", "-A", "trust", "-U", "bench"]
        if run([tools / "initdb", *made]).returncode:
            yield "a database with a UTF-8 locale could not be made"
            return
        alone = f"-k {folder} -c listen_addresses=''"
        run([tools / "pg_ctl", "-D", data, "-w", "-o", alone, "-l", f"{folder}/log", "start"], check=True)
        try:
            yield _asked_by_trigram(folder, titles)
        finally:
            run([tools / "pg_ctl", "-D", data, "-m", "immediate", "stop"])


def _known(user: str) -> bool:
    try:
        return bool(pwd.getpwnam(user))
    except KeyError:
        return False


def _debian() -> list[str]:
    return [str(path) for path in sorted(Path("/usr/lib/postgresql").glob("*/bin/postgres"))]


def _asked_by_trigram(folder: str, titles: Sequence[str]) -> Ask | str:
    import psycopg

    connection = psycopg.connect(host=folder, user="bench", dbname="postgres", autocommit=True)
    try:
        connection.execute("CREATE EXTENSION pg_trgm")
    except psycopg.Error:
        return "the server has no pg_trgm"
    connection.execute("CREATE TABLE titles (title text)")
    with connection.cursor().copy("COPY titles FROM STDIN") as copy:
        for title in titles:
            copy.write_row((title,))
    connection.execute("CREATE INDEX ON titles USING gist (title gist_trgm_ops)")
    connection.execute("ANALYZE titles")
    statement = "SELECT title FROM titles ORDER BY title <-> %s LIMIT 5"
    return lambda text: [row[0] for row in connection.execute(statement, (text,))]
