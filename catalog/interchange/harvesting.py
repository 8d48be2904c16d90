"""A library's records by OAI-PMH: page after page into the union, going on where it broke off, then only what changed.

oaipmh-scythe asks and waits (503, Retry-After, lost connections). Its own reading of the answers mends broken XML and
would take half a page without a resumption token for the end of the list; so the answers are read here, strictly, and
a broken one is asked for again. A page is one transaction with the token that comes after it. What the list's first
answer was dated is where the next harvest begins: records changed meanwhile come twice rather than never.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from lxml import etree
from sqlalchemy.orm import Session, sessionmaker

from catalog import audit
from catalog.audit import Actor
from catalog.interchange import marcxml, sources
from catalog.interchange.batches import Batches, LeftOut, Options, Read, Reject
from catalog.interchange.describing import Unusable
from catalog.interchange.importing import ImportReport, places_of
from catalog.interchange.marc import number_of
from catalog.interchange.records import MarcRecord
from catalog.records.tables import ImportProgress, SourceRecord

OAI = "{http://www.openarchives.org/OAI/2.0/}"
TRIES = 4
TIMEOUT_S = 60.0


class Unharvestable(Exception):  # noqa: N818 - said to the operator as it is
    """A harvest cannot go on now; the message is the sentence that says why. What came is kept; the next goes on."""


@dataclass(frozen=True, slots=True)
class Repository:
    """What is harvested: the address, the library whose records these are, and which of them in which format."""

    address: str
    library: str
    prefix: str = "marcxml"
    set_name: str = ""

    @property
    def key(self) -> str:
        """Under which name the progress is kept."""
        return f"oai {self.address} {self.library} {self.prefix} {self.set_name}"


@dataclass(slots=True)
class _Page:
    """One answer: its records, the token for the next, and the server's own time."""

    records: list[Any]
    token: str = ""
    dated: str = ""


@dataclass(slots=True)
class _State:
    """How far a harvest is."""

    token: str = ""
    since: str = ""
    next_since: str = ""
    counts: Counter[str] = field(default_factory=Counter)


def harvest(
    session_factory: sessionmaker[Session],
    repository: Repository,
    *,
    now: datetime,
    by: Actor,
    options: Options | None = None,
    again: bool = False,
    tries: int = TRIES,
    pause: Callable[[float], None] = time.sleep,
    on_reject: Callable[[Reject], None] = lambda reject: None,
    on_left_out: Callable[[LeftOut], None] = lambda left_out: None,
    progress: Callable[[int, int], None] | None = None,
) -> ImportReport:
    """Take in what the repository has, or what changed since the last harvest (`again`: everything once more).

    Raises: Unharvestable; refusals.NotFound: there is no such library.
    """
    options = options or Options()
    places = places_of(session_factory, repository.library, options)
    state = _begun(session_factory, repository, again=again)
    batches = Batches(
        session_factory,
        file=repository.address,
        places=places,
        options=options,
        counts=state.counts,
        fingerprint=repository.key,
        by_position=False,
        now=now,
        on_reject=on_reject,
        on_left_out=on_left_out,
    )
    position = state.counts["read"]
    for page in _pages(repository, state, tries, pause):
        state.next_since = state.next_since or page.dated
        for element in page.records:
            position += 1
            batches.take(_read(session_factory, repository, element, position))
        batches.write(reached=_reached(state, page.token))
        if progress:
            progress(position, position)
    _ended(session_factory, repository, state)
    with session_factory.begin() as session:
        counts = {name: state.counts[name] for name in ("read", "created", "updated", "merged", "deleted")}
        audit.record(session, "records_harvested", now=now, by=by, ids={"library": repository.library, **counts})
    names = [name for name in ImportReport.__slots__ if name != "file"]
    return ImportReport(repository.address, **{name: state.counts[name] for name in names})


def _pages(repository: Repository, state: _State, tries: int, pause: Callable[[float], None]) -> Iterator[_Page]:
    """The answers one after the other, from where the last harvest broke off."""
    import httpx2
    from oaipmh_scythe import Scythe
    from oaipmh_scythe.config import HTTPConfig, RetryConfig
    from oaipmh_scythe.exceptions import BadResumptionToken, NoRecordsMatch, OAIPMHException

    http = HTTPConfig(timeout=TIMEOUT_S)
    retries = RetryConfig(max_retries=tries - 1, default_retry_after=TIMEOUT_S, retry_on_transport_error=True)
    with Scythe(repository.address, http_config=http, retry_config=retries) as scythe:
        query = _query(repository, state)
        while query:
            try:
                if "from" in query and "hh" not in str(getattr(scythe.identify(), "granularity", "")):
                    query["from"] = query["from"][:10]  # it knows days only
                page = _asked(scythe, query, tries, pause)
            except NoRecordsMatch:
                return
            except BadResumptionToken:
                if not state.token:
                    raise Unharvestable("the repository does not take back its own resumption token") from None
                state.token = ""  # it is too old: from the beginning, where what has come already costs little
                query = _query(repository, state)
                continue
            except OAIPMHException as error:
                raise Unharvestable(f"the repository refuses: {str(error) or type(error).__name__}") from error
            except httpx2.HTTPError as error:
                raise Unharvestable(f"the repository cannot be reached ({type(error).__name__})") from error
            yield page
            state.token = page.token
            query = {"verb": "ListRecords", "resumptionToken": page.token} if page.token else {}


def _asked(scythe: Any, query: Mapping[str, str], tries: int, pause: Callable[[float], None]) -> _Page:
    """One whole answer; a broken one is asked for again. Raises Unharvestable."""
    for attempt in range(tries):
        if attempt:
            pause(float(2**attempt))
        try:
            return _page(scythe.harvest(dict(query)).http_response.content)
        except etree.XMLSyntaxError:
            continue
    raise Unharvestable("the repository's answer is broken XML, each time it is asked")


def _page(content: bytes) -> _Page:
    root = etree.fromstring(content, etree.XMLParser(resolve_entities=False, huge_tree=True, no_network=True))
    if root.tag != f"{OAI}OAI-PMH":
        raise Unharvestable("what answers at this address is no OAI-PMH repository")
    token = root.find(f".//{OAI}resumptionToken")
    return _Page(
        records=root.findall(f"{OAI}ListRecords/{OAI}record"),
        token=(token.text or "").strip() if token is not None else "",
        dated=(root.findtext(f"{OAI}responseDate") or "").strip(),
    )


def _query(repository: Repository, state: _State) -> dict[str, str]:
    if state.token:
        return {"verb": "ListRecords", "resumptionToken": state.token}
    query = {"verb": "ListRecords", "metadataPrefix": repository.prefix}
    query |= {"set": repository.set_name} if repository.set_name else {}
    return query | ({"from": state.since} if state.since else {})


def _read(sessions: sessionmaker[Session], repository: Repository, element: Any, position: int) -> Read:
    """One record of a page; a deletion comes with its identifier alone."""
    identifier = (element.findtext(f"{OAI}header/{OAI}identifier") or "").strip()
    if element.find(f"{OAI}header").get("status") == "deleted":
        number = _number(sessions, repository.library, identifier)
        origin = sources.origin(sources.MARCXML, b"", library=repository.library, number=number, file=identifier)
        return Read(position, {}, origin, deleted=True)
    metadata = element.find(f"{OAI}metadata")
    if metadata is None or not len(metadata):
        return Read(position, Unusable("the repository sent it without its metadata"))
    record = marcxml.decoded(etree.tostring(metadata[0], encoding="utf-8", with_tail=False))
    if not isinstance(record, MarcRecord):
        return Read(position, record)
    number = number_of(record) or identifier
    return Read(
        position,
        record,
        sources.origin(sources.MARCXML, record.raw, library=repository.library, number=number, file=identifier),
    )


def _number(sessions: sessionmaker[Session], library: str, identifier: str) -> str:
    """The library's number of the record with this OAI identifier, as it was when it came."""
    from sqlalchemy import select

    statement = select(SourceRecord.number).where(SourceRecord.library == library, SourceRecord.file == identifier)
    likely = (identifier, identifier.rpartition(":")[2])
    with sessions() as session:
        found = session.scalars(statement.where(SourceRecord.number.in_(likely))).first()
        return found or session.scalars(statement).first() or identifier


def _reached(state: _State, token: str) -> str:
    """What is kept with a page: the next token, and when this harvest began by the server's clock."""
    return f"{token}\n{state.next_since}" if token else ""


def _begun(sessions: sessionmaker[Session], repository: Repository, *, again: bool) -> _State:
    with sessions() as session:
        progress = session.get(ImportProgress, repository.key)
        if progress is None or again:
            return _State()
        if not progress.reached:
            return _State(since=progress.since)
        token, _, begun = progress.reached.partition("\n")
        return _State(token, progress.since, begun, Counter(progress.counts))


def _ended(sessions: sessionmaker[Session], repository: Repository, state: _State) -> None:
    with sessions.begin() as session:
        progress = session.get(ImportProgress, repository.key)
        if progress is None:
            progress = ImportProgress(source=repository.key, counts={})
            session.add(progress)
        progress.reached, progress.since = "", state.next_since or state.since
