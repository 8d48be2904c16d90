"""A small OAI-PMH repository on this machine: pages, resumption tokens, deletions, and the faults real ones have."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import ClassVar
from urllib.parse import parse_qs, urlsplit
from xml.sax.saxutils import escape

HEAD = '<?xml version="1.0" encoding="UTF-8"?><OAI-PMH xmlns="http://www.openarchives.org/OAI/2.0/">'


@dataclass
class Held:
    """A record of the repository: when it changed, and its title; "" for one that was deleted."""

    day: str
    title: str


@dataclass
class Repository:
    """What is held, how many stand on a page, and what goes wrong: each fault is used up by one answer."""

    records: dict[str, Held] = field(default_factory=dict)
    page: int = 3
    today: str = "2026-11-22"
    granularity: str = "YYYY-MM-DDThh:mm:ssZ"
    faults: list[str] = field(default_factory=list)
    asked: list[dict[str, str]] = field(default_factory=list)
    expired: bool = False
    """Tokens are not known any more."""
    on_page: Callable[[int], None] = lambda number: None
    address: str = ""

    def answer(self, query: dict[str, str]) -> tuple[int, bytes]:
        """Status and body."""
        self.asked.append(query)
        fault = self.faults.pop(0) if self.faults else ""
        if fault == "unavailable":
            return 503, b""
        dated = f"<responseDate>{self.today}T08:00:00Z</responseDate>"
        if query["verb"] == "Identify":
            body = f"<Identify><granularity>{self.granularity}</granularity></Identify>"
            return 200, f"{HEAD}{dated}{body}</OAI-PMH>".encode()
        body = self._list(query)
        whole = f"{HEAD}{dated}{body}</OAI-PMH>".encode()
        return 200, whole[: len(whole) // 2] if fault == "cut" else b"<html>login</html>" if fault == "page" else whole

    def _list(self, query: dict[str, str]) -> str:
        since, start = query.get("from", ""), 0
        if token := query.get("resumptionToken"):
            since, _, place = token.partition("|")
            start = int(place)
            if self.expired:
                self.expired = False
                return '<error code="badResumptionToken">it is too old</error>'
        if len(since) > 10 and "hh" not in self.granularity:
            return '<error code="badArgument">days only</error>'
        found = [(number, held) for number, held in self.records.items() if held.day >= since[:10]]
        if not found:
            return '<error code="noRecordsMatch"/>'
        self.on_page(start)
        rows = "".join(_record(number, held) for number, held in found[start : start + self.page])
        after = start + self.page
        token = f"{since}|{after}" if after < len(found) else ""
        return f"<ListRecords>{rows}<resumptionToken>{token}</resumptionToken></ListRecords>"


def _record(number: str, held: Held) -> str:
    status = "" if held.title else ' status="deleted"'
    header = f"<header{status}><identifier>oai:test:{number}</identifier><datestamp>{held.day}</datestamp></header>"
    if not held.title:
        return f"<record>{header}</record>"
    return (
        f'<record>{header}<metadata><marc:record xmlns:marc="http://www.loc.gov/MARC21/slim">'
        f"<marc:leader>00000nam a2200000 a 4500</marc:leader>"
        f'<marc:controlfield tag="001">{number}</marc:controlfield>'
        f'<marc:datafield tag="100" ind1="1" ind2=" "><marc:subfield code="a">余华</marc:subfield></marc:datafield>'
        f'<marc:datafield tag="245" ind1="1" ind2="0"><marc:subfield code="a">{escape(held.title)}</marc:subfield>'
        f"</marc:datafield></marc:record></metadata></record>"
    )


@contextmanager
def serving(repository: Repository) -> Iterator[Repository]:
    """The repository at an address of this machine."""

    class Handler(BaseHTTPRequestHandler):
        held: ClassVar[Repository] = repository

        def do_GET(self) -> None:
            query = {name: values[0] for name, values in parse_qs(urlsplit(self.path).query).items()}
            status, body = self.held.answer(query)
            self.send_response(status)
            if status == 503:
                self.send_header("Retry-After", "0")
            self.send_header("Content-Type", "text/xml")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:
            """Nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    repository.address = f"http://127.0.0.1:{server.server_port}/oai"
    try:
        yield repository
    finally:
        server.shutdown()
        server.server_close()
        thread.join(30)
