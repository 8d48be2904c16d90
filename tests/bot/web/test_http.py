"""The page over plain HTTP: what a form does without JavaScript, what is refused, and what every answer carries."""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import io
import json
import re
import socket
import threading
from collections.abc import AsyncIterator, Callable, Iterator
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace

import aiohttp
import pytest
from sqlalchemy import select
from yarl import URL

from bot import outbox
from bot.channels import Gone
from bot.channels.web import PortTaken, Web, lines
from bot.channels.web.limits import Allowance
from bot.channels.web.tables import WebMessage, WebVisitor
from bot.dialogue.state import Talk
from bot.messages import Message
from bot.outbox import OutboxRow
from catalog.organisation.tables import OrgUnit
from catalog.patrons.tables import Patron
from tests.waiting import PATIENCE_S, until

JSON = {"Accept": "application/json"}


class Reader:
    """A browser without JavaScript, and one that fetches: cookies, the last page, its token."""

    def __init__(self, url: str, **headers: str) -> None:
        self.url = url
        self.answers: list[aiohttp.ClientResponse] = []
        self.client = aiohttp.ClientSession(
            headers=headers, cookie_jar=aiohttp.CookieJar(unsafe=True), middlewares=(self._keep,)
        )
        self.html = ""

    async def _keep(self, request: aiohttp.ClientRequest, handler: aiohttp.ClientHandlerType) -> aiohttp.ClientResponse:
        """Hold on to an answer until the test is over: one whose body nobody reads must not be collected while open."""
        self.answers.append(await handler(request))
        return self.answers[-1]

    async def close(self) -> None:
        for answer in self.answers:
            answer.close()
        await self.client.close()

    async def get(self, path: str = "/", **options: object) -> aiohttp.ClientResponse:
        response = await self.client.get(self.url + path, **options)  # type: ignore[arg-type]
        if response.content_type == "text/html":
            self.html = await response.text()
        return response

    def field(self, name: str) -> str:
        found = re.search(rf'name="{name}" value="([^"]*)"', self.html)
        assert found
        return found[1]

    async def send(self, path: str, fields: dict[str, str], **options: object) -> aiohttp.ClientResponse:
        """Send a form of the page."""
        own = {"csrf": self.field("csrf"), "update_id": self.field("update_id")}
        response = await self.client.post(self.url + path, data=own | fields, **options)  # type: ignore[arg-type]
        if response.content_type == "text/html":
            self.html = await response.text()
        return response

    async def fetch(self, path: str, fields: dict[str, str], token: str | None = None) -> aiohttp.ClientResponse:
        """Send as the page's script does."""
        headers = JSON | {"X-CSRF-Token": self.field("csrf") if token is None else token}
        return await self.client.post(self.url + path, data=fields, headers=headers)

    @property
    def said(self) -> list[str]:
        return [re.sub(r"<[^>]+>", "", line).strip() for line in re.findall(r"<p><b>.*?</p>", self.html, re.S)]

    @property
    def status(self) -> str:
        found = re.search(r'role="status">(.*?)</p>', self.html, re.S)
        assert found
        return re.sub(r"<[^>]+>", "", found[1])


@pytest.fixture
async def open_reader() -> AsyncIterator[Callable[..., Reader]]:
    readers: list[Reader] = []

    def make(served, **headers: str) -> Reader:
        readers.append(Reader(served.url, **headers))
        return readers[-1]

    yield make
    for reader in readers:
        await reader.close()


async def test_the_page_is_there_with_one_log(serve, open_reader):
    reader = open_reader(serve())
    response = await reader.get(allow_redirects=False)
    assert response.status == 200
    assert reader.html.count('role="log"') == 1
    assert '<html lang="zh-CN"' in reader.html
    log = re.search(r'<div class="log".*?<div class="desk">', reader.html, re.S)
    assert log and "<button" not in log[0]
    cookie = response.headers.getall("Set-Cookie")[0]
    assert "HttpOnly" in cookie and "SameSite=Lax" in cookie and "Secure" not in cookie
    assert response.headers["Cache-Control"] == "no-store"
    for name in ("Content-Security-Policy", "X-Content-Type-Options", "Referrer-Policy", "Permissions-Policy"):
        assert name in response.headers
    assert "unsafe" not in response.headers["Content-Security-Policy"]
    assert (await reader.client.head(reader.url + "/")).status == 200
    assert await (await reader.get("/healthz")).text() == "ok\n"


async def test_everything_together_is_small(serve, open_reader):
    reader = open_reader(serve())
    await reader.get()
    whole = len(reader.html.encode())
    for path in re.findall(r'(?:src|href)="(/static/[^"]+)"', reader.html):
        response = await reader.client.get(reader.url + path)
        assert "immutable" in response.headers["Cache-Control"]
        whole += len(await response.read())
    assert whole < 60_000
    assert not re.findall(r'(?:src|href|action)="(?!/|#)', reader.html), "nothing from elsewhere"


async def test_behind_https_the_cookie_is_secure(serve, open_reader):
    reader = open_reader(serve(public_url="https://read.example.org"))
    response = await reader.get()
    cookie = response.headers.getall("Set-Cookie")[0]
    assert cookie.startswith("__Host-") and "Secure" in cookie
    assert "Strict-Transport-Security" in response.headers


async def test_a_form_waits_for_the_answer(serve, open_reader):
    reader = open_reader(serve())
    await reader.get()
    response = await reader.send("/say", {"say": "找书"}, allow_redirects=False)
    assert (response.status, response.headers["Location"]) == (303, "/#latest")
    await reader.get()
    assert "找到三本" in reader.said[-1]
    assert "2. 三体，刘慈欣</button>" in reader.html
    await reader.send("/choose", {"choose": "2", "offer": reader.field("offer")})
    assert reader.said[-2:] == ["您： 2. 三体，刘慈欣", "书声： 您选了第 2 本。"]


async def test_an_answer_that_takes_long_is_said_to(serve, open_reader):
    reader = open_reader(serve(patience_s=0.3))
    await reader.get()
    await reader.send("/say", {"say": "不答"})
    assert "还在办" in reader.status
    assert re.search(r'href="/\?\S+#latest"', reader.html), "an address of its own: the same one is not loaded again"


async def test_a_form_sent_twice_is_stored_once_but_other_words_are_not_lost(serve, open_reader):
    served = serve()
    reader = open_reader(served)
    await reader.get()
    same = {"csrf": reader.field("csrf"), "update_id": reader.field("update_id"), "say": "找书"}
    for _ in range(2):
        await reader.client.post(reader.url + "/say", data=same)
    assert len(served.rows()) == 1
    await reader.client.post(reader.url + "/say", data=same | {"say": "三体"})
    assert len(served.rows()) == 2
    await asyncio.gather(*(reader.fetch("/say", {"say": "活着", "update_id": "x"}) for _ in range(5)))
    assert len(served.rows()) == 3
    with served.sessions() as session:
        own = session.scalars(select(WebMessage.text).where(WebMessage.who == "patron")).all()
    assert sorted(own) == sorted(["找书", "三体", "活着"])


async def test_a_recording(serve, open_reader):
    served = serve()
    reader = open_reader(served)
    await reader.get()
    form = aiohttp.FormData({"csrf": reader.field("csrf"), "update_id": "v1"})
    form.add_field("voice", b"OggS" + bytes(2000), filename="note.ogg", content_type="audio/ogg")
    response = await reader.client.post(reader.url + "/voice", data=form)
    reader.html = await response.text()
    assert "听到了一段录音，2004 个字节" in reader.said[-1]
    assert "（录音）我听到：我想借三体" in reader.said[-2]
    empty = aiohttp.FormData({"csrf": reader.field("csrf"), "update_id": "v2"})
    empty.add_field("voice", b"", filename="", content_type="application/octet-stream")
    response = await reader.client.post(reader.url + "/voice", data=empty)
    assert response.status == 422 and "还没有选录音" in await response.text()


async def test_a_recording_that_is_too_big(serve, open_reader):
    reader = open_reader(serve())
    await reader.get()
    form = aiohttp.FormData({"csrf": reader.field("csrf")})
    form.add_field("voice", io.BytesIO(bytes(21 * 1024 * 1024)), filename="note.ogg", content_type="audio/ogg")
    response = await reader.client.post(reader.url + "/voice", data=form)
    assert response.status == 413 and "太大" in await response.text()


@pytest.mark.parametrize(
    ("path", "sent", "status", "sentence"),
    [
        ("/say", {"say": ""}, 422, "还没有写字"),
        ("/say", {"say": " \t "}, 422, "还没有写字"),
        ("/say", {"say": "长" * 10_001}, 413, "太长"),
        ("/say", {"say": "长" * 100_000}, 413, "太长"),
        ("/choose", {"choose": "-1"}, 400, "没有收到完整"),
        ("/choose", {"choose": "九"}, 400, "没有收到完整"),
        ("/choose", {}, 400, "没有收到完整"),
    ],
)
async def test_what_cannot_be_taken_gets_a_sentence(serve, open_reader, path, sent, status, sentence):  # noqa: PLR0917
    served = serve()
    reader = open_reader(served)
    await reader.get()
    response = await reader.send(path, sent)
    assert response.status == status
    assert sentence in reader.status and f"<title>{reader.status}" in reader.html
    assert not served.rows()


@pytest.mark.parametrize(
    "said",
    [
        "<script>alert(1)</script>",
        "</div></main>\"'><img src=x onerror=alert(1)>",
        "{{ 7*7 }}{% raw %}",
        "a\x00b\x1b[31m\u202e\ud800",
        "😀" * 50,
        "'; DROP TABLE web_messages; --",
    ],
)
async def test_hostile_words_stay_words(serve, open_reader, said):
    served = serve()
    reader = open_reader(served)
    await reader.get()
    response = await reader.client.post(
        reader.url + "/say",
        data="csrf="
        + reader.field("csrf")
        + "&say="
        + aiohttp.helpers.quote(said.encode("utf-8", "surrogatepass"), safe=""),
        headers={"Content-Type": "application/x-www-form-urlencoded"},
    )
    assert response.status == 200
    reader.html = await response.text()
    assert "<script>alert" not in reader.html and "<img src=x" not in reader.html
    assert len(served.rows()) == 1


@pytest.mark.parametrize("body", [b"\xff\xfe%%%", b"&" * 5000, b"a=1&" * 300, b"say=%ff%fe&csrf"])
async def test_broken_bodies_never_fail(serve, open_reader, body):
    reader = open_reader(serve())
    await reader.get()
    for path in ("/say", "/choose", "/voice", "/look", "/session"):
        response = await reader.client.post(reader.url + path, data=body)
        assert response.status in (400, 403), path
    response = await reader.client.post(
        reader.url + "/voice", data=body, headers={"Content-Type": "multipart/form-data; boundary=x"}
    )
    assert response.status in (400, 403, 422)


async def test_a_foreign_page_can_send_nothing(serve, open_reader):
    served = serve()
    reader = open_reader(served)
    await reader.get()
    for headers in ({"Origin": "https://evil.example"}, {"Origin": "null"}, {"Sec-Fetch-Site": "cross-site"}):
        response = await reader.send("/say", {"say": "找书"}, headers=headers)
        assert response.status == 403 and "不是从书声的页面" in reader.status
    response = await reader.send("/say", {"say": "找书"}, headers={"Origin": served.url})
    assert response.status == 200


async def test_without_the_token_nothing_is_done_and_nothing_is_lost(serve, open_reader):
    served = serve()
    reader, other = open_reader(served), open_reader(served)
    await reader.get()
    await other.get()
    for token in ("", "x", other.field("csrf"), "é" * 40):
        response = await reader.send("/say", {"say": "我想借三体", "csrf": token})
        assert response.status == 403 and "再按一次发送" in reader.status
        assert 'value="我想借三体"' in reader.html
    response = await reader.fetch("/say", {"say": "三体", "csrf": reader.field("csrf")}, token="")
    assert response.status == 403
    again = await response.json()
    assert (await reader.fetch("/say", {"say": "三体", "update_id": "1"}, token=again["csrf"])).status == 202
    assert len(served.rows()) == 1


async def test_a_broken_cookie_makes_a_new_session_quietly(serve, open_reader):
    served = serve()
    for cookie in ("x", "a.b.c", '"', "W10.x.y", "%00", "é"):
        reader = open_reader(served, Cookie=f"shusheng={cookie}; shusheng_look=size=99&tone=&locale=xx")
        response = await reader.get()
        assert response.status == 200 and 'data-size="1"' in reader.html


async def test_nobody_sees_anothers_talk(serve, open_reader):
    served = serve()
    reader, other = open_reader(served), open_reader(served)
    await reader.get()
    await reader.send("/say", {"say": "我的秘密"})
    await other.get()
    assert "我的秘密" not in other.html
    assert (await reader.get("/sound/2")).status == 200
    assert (await other.get("/sound/2")).status == 404


async def test_too_fast_is_said_kindly_and_the_words_stay(serve, open_reader):
    served = serve(allowances={"session": Allowance(2, 6)})
    reader = open_reader(served)
    await reader.get()
    for _ in range(2):
        assert (await reader.send("/say", {"say": "找书"})).status == 200
    response = await reader.send("/say", {"say": "我想借三体"})
    assert response.status == 429 and int(response.headers["Retry-After"]) in range(1, 11)
    assert "有点快" in reader.status and 'value="我想借三体"' in reader.html
    quick = await reader.fetch("/say", {"say": "我想借三体"})
    assert quick.status == 429 and "有点快" in (await quick.json())["error"]


async def test_a_code_is_shown_until_something_else_is_said(serve, open_reader):
    served = serve()
    reader = open_reader(served)
    await reader.get()
    await reader.send("/say", {"say": "给我一个码"})
    assert "482913" in reader.html
    await reader.get()
    assert "482913" in reader.html, "else nobody without script could read it"
    await reader.send("/say", {"say": "找书"})
    assert "482913" not in reader.html and "码是••••，24小时" in reader.html
    with served.sessions() as session:
        kept = [(one.text, one.spoken) for one in session.scalars(select(WebMessage))]
    assert not any("482913" in text or "四八二" in spoken for text, spoken in kept)


async def test_a_code_after_which_nothing_is_said_becomes_dots_in_time(serve, open_reader):
    served = serve()
    reader = open_reader(served)
    await reader.get()
    await reader.send("/say", {"say": "给我一个码"})
    with served.sessions.begin() as session:
        lines.erase_old(session, now=datetime.now(UTC))
        assert "482913" in str([one.text for one in session.scalars(select(WebMessage))])
        lines.erase_old(session, now=datetime.now(UTC) + lines.LATELY)
        assert "482913" not in str([one.text for one in session.scalars(select(WebMessage))])


async def test_a_pin_is_typed_unseen_and_never_shown_or_kept(serve, open_reader):
    served = serve()
    reader = open_reader(served)
    await reader.get()
    await reader.send("/say", {"say": "办证"})
    assert 'name="say" type="password"' in reader.html
    await reader.send("/say", {"say": "483916"})
    assert 'name="say" type="text"' in reader.html
    await reader.send("/say", {"say": "我的卡号 1000 2000"})
    await reader.send("/say", {"say": "密码 271828"})
    assert "483916" not in reader.html and "271828" not in reader.html and "1000 2000" not in reader.html
    assert reader.html.count("••••") == 3
    with served.sessions() as session:
        kept = "".join(session.scalars(select(WebMessage.text)))
    assert "483916" not in kept and "271828" not in kept


async def test_the_mark_of_a_repeated_form_gives_no_pin_away(serve, open_reader):
    """Bug: the inbox kept a plain hash of what was said for a week; a PIN has only a million of them."""
    served = serve()
    reader = open_reader(served)
    await reader.get()
    await reader.send("/say", {"say": "办证"})
    await reader.send("/say", {"say": "483916"})
    mark = served.rows()[-1].update_id.rpartition(":")[2]
    assert len(mark) >= 16
    said = repr({"say": "483916"}).encode()
    guesses = [getattr(hashlib, name)(said).hexdigest() for name in ("blake2s", "blake2b", "sha256", "sha1", "md5")]
    guesses += [hashlib.blake2s(said, digest_size=size).hexdigest() for size in range(1, 33)]
    assert not any(guess.startswith(mark) or mark.startswith(guess) for guess in guesses if len(guess) >= 8)


async def test_no_such_page(serve, open_reader):
    reader = open_reader(serve())
    for path in ("/nowhere", "/static/page.py", "/static/..%2fchannel.py", "/sound/abc", "/sound/99"):
        response = await reader.get(path)
        assert response.status == 404, path
        assert "没有这个页面" in reader.html and 'href="/"' in reader.html
    response = await reader.get("/say")
    assert response.status == 405 and "没有办成" in reader.html
    english = open_reader(serve(), **{"Accept-Language": "en-US,en;q=0.9"})
    await english.get("/nowhere")
    assert "No such page" in english.html


@pytest.mark.parametrize(
    ("asked", "lang"),
    [("zh-TW,zh;q=0.9", "zh-Hant"), ("en-GB", "en"), ("fr, en;q=0.5", "en"), ("fr", "zh-CN"), ("zh-SG", "zh-CN")],
)
async def test_the_browsers_language(serve, open_reader, asked, lang):
    served = serve()
    reader = open_reader(served, **{"Accept-Language": asked})
    await reader.get()
    assert f'<html lang="{lang}"' in reader.html
    await reader.send("/say", {"say": "hello"})
    assert len(reader.said) == 3


async def test_switching_the_language_is_the_talks_too(serve, open_reader):
    served = serve(answer=lambda body, sound: Message(json.dumps(body), "-"))
    reader = open_reader(served)
    await reader.get()
    await reader.send("/look", {"locale": "en"})
    assert '<html lang="en"' in reader.html and "What would you like to say?" in reader.html
    await reader.send("/say", {"say": "hi"})
    assert "&#34;locale&#34;: &#34;en&#34;" in reader.html
    address = served.address()
    with served.sessions() as session:
        session.add(Talk(id=f"web:{address}", channel="web", address=address, locale="", state={}, updated_at=now()))
        session.commit()
    await reader.send("/look", {"locale": "zh-Hant"})
    assert '<html lang="zh-Hant"' in reader.html and "您想說什麼" in reader.html
    with served.sessions() as session:
        assert session.scalars(select(Talk.locale)).one() == "zh-Hant"


async def test_the_look_is_remembered(serve, open_reader):
    reader = open_reader(serve())
    await reader.get()
    for name, value in (("size", "3"), ("tone", "dark"), ("aloud", "on"), ("rate", "fast"), ("size", "<b>")):
        assert (await reader.send("/look", {name: value})).status == 200
    assert 'data-size="3"' in reader.html and 'data-tone="dark"' in reader.html
    assert 'name="rate" value="fast" aria-pressed="true"' in reader.html


async def test_the_sound_of_a_line(serve, open_reader):
    served = serve()
    reader = open_reader(served)
    await reader.get()
    await reader.send("/say", {"say": "三体"})
    whole = await reader.get("/sound/2")
    assert whole.status == 200 and whole.content_type == "audio/mpeg"
    content = await whole.read()
    part = await reader.get("/sound/2", headers={"Range": "bytes=0-9"})
    assert part.status == 206 and await part.read() == content[:10]
    rest = await reader.get("/sound/2", headers={"Range": "bytes=10-"})
    assert await rest.read() == content[10:]
    assert (await reader.get("/sound/2", headers={"Range": f"bytes={len(content)}-"})).status == 416
    assert served.spoken == ["您说的是 三体"], "made once"
    assert (await reader.get("/sound/1")).status == 404, "the patron's own words are not said"


async def test_a_line_is_said_as_loud_as_the_reader_wants_it(serve, open_reader):
    asked = []

    def pieces(text: str, locale: str, rate: float, form: str, volume: float, *timbre: str) -> Iterator[bytes]:
        asked.append((volume, *timbre))
        yield b"sound"

    served = serve(pieces=pieces)
    reader = open_reader(served)
    await reader.get()
    await reader.send("/say", {"say": "三体"})
    assert (await reader.get("/sound/2")).status == 200
    address = served.address()
    with served.sessions() as session:
        state = {"volume": 1.5, "timbre": "woman"}
        session.add(Talk(id=f"web:{address}", channel="web", address=address, locale="", state=state, updated_at=now()))
        session.commit()
    await reader.send("/say", {"say": "大声点"})
    assert (await reader.get("/sound/4")).status == 200
    assert asked == [(1.0, ""), (1.5, "woman")]


async def piece(
    reader: Reader, at: int, sound: bytes | io.BytesIO, note: str = "ab12"
) -> tuple[int, dict[str, object]]:
    headers = JSON | {"X-CSRF-Token": reader.field("csrf")}
    response = await reader.client.post(f"{reader.url}/voice/piece?note={note}&at={at}", data=sound, headers=headers)
    return response.status, await response.json()


async def ended(reader: Reader, size: int, note: str = "ab12") -> tuple[int, dict[str, object]]:
    fields = {"note": note, "size": str(size), "type": "audio/webm", "update_id": "one"}
    response = await reader.fetch("/voice", fields)
    return response.status, await response.json()


async def test_a_recording_in_pieces_is_one_message(serve, open_reader):
    served = serve()
    reader = open_reader(served)
    await reader.get()
    assert await piece(reader, 0, b"OggS" + bytes(996)) == (200, {"have": 1000})
    assert await ended(reader, 1500) == (409, {"have": 1000})
    assert await piece(reader, 1000, bytes(500)) == (200, {"have": 1500})
    assert (await ended(reader, 1500))[0] == 202
    assert (await ended(reader, 1500))[0] == 202, "sent again because its receipt got lost"
    await until(lambda: any("1500 个字节" in line for line in served.lines()))
    assert [line for line in served.lines() if "1500 个字节" in line] == ["听到了一段录音，1500 个字节。"]
    assert len(served.rows()) == 1


async def test_pieces_are_looked_at_with_suspicion(serve, open_reader):
    reader = open_reader(serve())
    await reader.get()
    for note, at in (("", 0), ("../x", 0), ("n", -1), ("n" * 65, 0)):
        assert (await piece(reader, at, b"x", note))[0] == 400
    assert (await piece(reader, 0, io.BytesIO(bytes((1 << 20) + 1))))[0] == 413
    foreign = await reader.client.post(
        f"{reader.url}/voice/piece?note=n&at=0", data=b"x", headers={"Origin": "http://x"}
    )
    assert foreign.status == 403
    without = await reader.client.post(f"{reader.url}/voice/piece?note=n&at=0", data=b"x")
    assert without.status == 403
    assert (await ended(reader, 0))[0] == 422
    assert (await ended(reader, 5, "unknown"))[1] == {"have": 0}


async def test_who_leaves_or_throws_away_leaves_no_sound(serve, open_reader):
    served = serve()
    reader = open_reader(served)
    await reader.get()
    await piece(reader, 0, b"x" * 10)
    assert await piece(reader, 0, b"") == (200, {"have": 0})
    assert (await ended(reader, 10))[1] == {"have": 0}
    await piece(reader, 0, b"x" * 10, "other")
    await reader.send("/leave", {})
    assert not served.web._parts.recordings._held


async def test_the_first_sentence_is_sent_while_the_second_is_made(serve, open_reader):
    heard, said = threading.Event(), []

    def pieces(text: str, *given: object) -> Iterator[bytes]:
        said.append(text)
        yield b"first"
        assert heard.wait(PATIENCE_S)
        yield b"second"

    reader = open_reader(serve(pieces=pieces))
    await reader.get()
    await reader.send("/say", {"say": "三体"})
    for whole in ({}, {"Range": "bytes=0-"}):
        growing = await reader.get("/sound/2", headers=whole)
        assert await growing.content.readexactly(5) == b"first"
    part = asyncio.create_task(reader.get("/sound/2", headers={"Range": "bytes=5-"}))
    heard.set()
    assert await growing.content.read() == b"second"
    assert await (await part).read() == b"second"
    assert await (await reader.get("/sound/2")).read() == b"firstsecond"
    assert len(said) == 1, "made once"


async def test_a_voice_that_fails_midway_breaks_the_sound_off_and_is_tried_anew(serve, open_reader):
    tries = []

    def pieces(text: str, *given: object) -> Iterator[bytes]:
        tries.append(text)
        yield b"first"
        if len(tries) == 1:
            raise RuntimeError("the voice is gone")
        yield b"second"

    reader = open_reader(serve(pieces=pieces))
    await reader.get()
    await reader.send("/say", {"say": "三体"})
    with pytest.raises(aiohttp.ClientError):
        await (await reader.get("/sound/2")).read()
    assert await (await reader.get("/sound/2")).read() == b"firstsecond"


async def test_without_a_voice_there_is_no_sound(serve, open_reader):
    def dumb(*given: object) -> bytes:
        raise RuntimeError("no voice")

    reader = open_reader(serve(pieces=dumb))
    await reader.get()
    await reader.send("/say", {"say": "三体"})
    assert (await reader.get("/sound/2")).status == 404


async def read_events(response: aiohttp.ClientResponse, count: int) -> list[dict[str, object]]:
    """The next `count` lines of a stream."""
    found: list[dict[str, object]] = []
    async with asyncio.timeout(PATIENCE_S):
        while len(found) < count:
            line = (await response.content.readline()).decode()
            if line.startswith("data: {") and '"seq"' in line:
                found.append(json.loads(line[6:]))
    return found


async def test_the_stream_resumes_and_two_tabs_get_everything(serve, open_reader):
    served = serve()
    reader = open_reader(served)
    await reader.get()
    first = await reader.get("/events?after=0")
    second = await reader.get("/events?after=0")
    assert first.content_type == "text/event-stream"
    await reader.fetch("/say", {"say": "一", "update_id": "1"})
    assert [line["seq"] for line in await read_events(first, 2)] == [1, 2]
    assert [line["who"] for line in await read_events(second, 2)] == ["patron", "library"]
    first.close()
    await reader.fetch("/say", {"say": "二", "update_id": "2"})
    await read_events(second, 2)
    again = await reader.get("/events?after=0", headers={"Last-Event-ID": "2"})
    assert [line["seq"] for line in await read_events(again, 2)] == [3, 4]
    again.close()
    second.close()


async def test_a_stream_without_a_session_is_not_opened_again(serve, open_reader):
    assert (await open_reader(serve()).get("/events")).status == 204


async def test_an_idle_stream_beats_and_the_oldest_of_many_ends(serve, open_reader):
    reader = open_reader(serve(beat_s=0.1))
    await reader.get()
    streams = [await reader.get("/events") for _ in range(5)]
    async with asyncio.timeout(PATIENCE_S):
        oldest = await streams[0].content.read()
        assert b"event: over" in oldest
        while b"beat" not in await streams[1].content.readline():
            pass
    for stream in streams:
        stream.close()


async def test_it_ends_quickly_with_open_streams_and_waiting_forms(serve, open_reader):
    served = serve(patience_s=100 * PATIENCE_S)
    reader = open_reader(served)
    await reader.get()
    stream = await reader.get("/events")
    waiting = asyncio.create_task(reader.send("/say", {"say": "不答"}, allow_redirects=False))
    await until(served.rows)
    await asyncio.to_thread(served.end)
    with contextlib.suppress(aiohttp.ClientError):
        assert (await waiting).status == 303
    stream.close()


async def test_a_taken_port_is_one_sentence(serve):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        web = Web(
            sessions=serve().sessions,
            services=SimpleNamespace(secret="x"),
            wake=lambda: None,
            pieces=lambda *given: iter(()),
            port=port,
        )
        with pytest.raises(PortTaken, match=f"port {port} of 127.0.0.1 is taken"):
            await web.run()


def now():
    from datetime import UTC, datetime

    return datetime.now(UTC)


def linked(served, address: str) -> None:
    """Link a card to a talk, as the dialogue does."""
    with served.sessions() as session:
        unit = session.scalars(select(OrgUnit)).first()
        if unit is None:
            unit = OrgUnit(code="T", name="县图书馆", kind="library", level="county")
            session.add(unit)
            session.flush()
        patron = Patron(name="读者", home_id=unit.id)
        session.add(patron)
        session.flush()
        talk = session.get(Talk, f"web:{address}")
        if talk is None:
            talk = Talk(id=f"web:{address}", channel="web", address=address, state={}, updated_at=now())
            session.add(talk)
        talk.patron_id = patron.id
        session.commit()


async def linked_reader(serve, open_reader, say):
    """A reader who has said something and then linked a card."""
    served = serve()
    reader = open_reader(served)
    await reader.get()
    await reader.send("/say", {"say": say})
    linked(served, served.address())
    return served, reader, served.address()


async def test_a_linked_card_renews_the_cookie_and_the_old_one_is_worth_nothing(serve, open_reader):
    served = serve()
    reader = open_reader(served)
    await reader.get()
    await reader.send("/say", {"say": "我的书"})
    old = reader.client.cookie_jar.filter_cookies(URL(served.url))["shusheng"].value
    address = served.address()
    linked(served, address)
    thief = open_reader(served, Cookie=f"shusheng={old}")
    await thief.get()
    assert "我的书" in thief.html, "the same session until the card is linked"
    stream = await reader.get("/events?after=0")
    assert (await read_events(stream, 2))[-1]["renew"] is True
    assert (await reader.fetch("/session", {})).status == 200
    await reader.get()
    assert "我的书" in reader.html
    await thief.get()
    assert "我的书" not in thief.html
    assert b"event: over" in await stream.content.read(), "streams open again with the new cookie"


async def test_who_has_finished_leaves_nothing_behind(serve, open_reader):
    served, reader, address = await linked_reader(serve, open_reader, "我的书")
    await reader.get()
    await reader.get("/sound/2")
    old = reader.client.cookie_jar.filter_cookies(URL(served.url))["shusheng"].value
    with served.sessions.begin() as session:
        outbox.put(
            session, key="notice:1", channel="web", address=address, talk=f"web:{address}", now=now(),
            message=Message("您借的书", "您借的书"),
        )  # fmt: skip
    token = reader.field("csrf")
    assert (await reader.send("/leave", {"csrf": "guessed"})).status == 403
    assert "我的书" in reader.html, "nobody else can end it"
    response = await reader.send("/leave", {"csrf": token})
    assert response.status == 200 and "清空了" in reader.status and f"<title>{reader.status}" in reader.html
    assert "我的书" not in reader.html and len(reader.said) == 1
    new = reader.client.cookie_jar.filter_cookies(URL(served.url))["shusheng"].value
    assert new != old
    thief = open_reader(served, Cookie=f"shusheng={old}")
    await thief.get()
    assert "我的书" not in thief.html and (await thief.get("/sound/2")).status == 404
    assert (await thief.fetch("/say", {"say": "我的书", "update_id": "t"}, token=token)).status == 403
    with served.sessions() as session:
        assert not session.scalars(select(Talk)).all() and not session.scalars(select(WebMessage)).all()
        assert [row.message for row in session.scalars(select(OutboxRow))] == [{}]
    with pytest.raises(Gone):
        await asyncio.to_thread(served.push, address, Message("晚来的回答", "-"))
    await reader.send("/say", {"say": "下一位"})
    assert len(reader.said) == 3


async def test_an_open_page_of_a_talk_that_is_over_hears_of_it(serve, open_reader):
    served = serve()
    reader = open_reader(served)
    await reader.get()
    mark = re.search(r'data-talk="(\w+)"', reader.html)[1]
    stream = await reader.get(f"/events?after=0&talk={mark}")
    await reader.send("/leave", {})
    assert b"event: over" in await stream.content.read()
    again = await reader.get(f"/events?after=0&talk={mark}")
    assert b"event: left" in await again.content.read()


async def test_a_notice_in_between_does_not_take_the_choices_away(serve, open_reader):
    served = serve()
    reader = open_reader(served)
    await reader.get()
    await reader.send("/say", {"say": "找书"})
    address = served.address()
    stream = await reader.get("/events?after=0")
    await read_events(stream, 2)
    await asyncio.to_thread(served.push, address, Message("您借的书快到期了。", "-"))
    assert (await read_events(stream, 1))[0]["asks"] is False
    await reader.get()
    assert "您借的书快到期了" in reader.said[-1] and "2. 三体，刘慈欣</button>" in reader.html
    await asyncio.to_thread(served.push, address, Message("要续借吗？", "-", ("好", "不用"), offer="n"))
    assert (await read_events(stream, 1))[0]["asks"] is True
    await reader.get()
    assert "1. 好</button>" in reader.html
    await reader.send("/say", {"say": "三体"})
    assert "</button>" in reader.html and "1. 好</button>" not in reader.html
    stream.close()


async def test_who_is_forgotten_is_forgotten_here_too(serve, open_reader):
    served, reader, address = await linked_reader(serve, open_reader, "我的书")
    await reader.send("/say", {"say": "忘了我"})
    with served.sessions() as session:
        session.scalars(select(Patron)).one().forgotten_at = now()
        session.scalars(select(Talk)).one().patron_id = None
        session.commit()
    stream = await reader.get("/events?after=4")
    await asyncio.to_thread(served.push, address, Message("都忘了。", "都忘了。"))
    assert (await read_events(stream, 1))[0]["first"] == 5
    stream.close()
    await reader.get()
    assert [line for line in reader.said if line.startswith("您")] == [] and reader.said[-1] == "书声： 都忘了。"


async def test_the_next_reader_at_a_browser_does_not_see_the_lines_of_the_one_before(serve, open_reader):
    """Bug: in a reading room, who linked a card after another reader was shown what that one had asked and borrowed."""
    served, reader, address = await linked_reader(serve, open_reader, "绑定")
    await reader.send("/say", {"say": "我的书"})
    await reader.send("/say", {"say": "我的地址"})
    assert "我的书" in reader.html and "我的地址" in reader.html
    linked(served, address)
    await asyncio.to_thread(served.push, address, Message("另一位读者，您好。", "-"))
    await reader.get()
    assert "我的书" not in reader.html and "我的地址" not in reader.html and "另一位读者" in reader.html


async def test_wrong_pins_are_counted_by_network_address_not_by_session(serve, open_reader):
    senders = []

    def note(body, sound):
        senders.append(body["sender"])
        return Message("好。", "好。")

    served = serve(answer=note)
    for _ in range(2):
        reader = open_reader(served)
        await reader.get()
        await reader.send("/say", {"say": "483916"})
    assert len(set(senders)) == 1 and "127.0.0.1" not in senders[0]


async def test_messages_wait_for_the_page_and_a_browser_long_gone_is_gone(serve, open_reader):
    served = serve()
    reader = open_reader(served)
    await reader.get()
    await reader.send("/say", {"say": "一"})
    address = served.address()
    for number in range(lines.KEPT_LINES + 20):
        await asyncio.to_thread(served.push, address, Message(f"通知 {number}", "通知"))
    await reader.get()
    assert "通知 119" in reader.said[-1] and len(reader.said) == lines.KEPT_LINES + 1
    with pytest.raises(Gone):
        await asyncio.to_thread(served.push, "nobody", Message("x", "x"))
    with served.sessions() as session:
        assert lines.erase_old(session, now=now() + timedelta(days=29)) == 0
        assert lines.erase_old(session, now=now() + timedelta(days=31)) == lines.KEPT_LINES
        session.commit()
        assert not session.scalars(select(WebVisitor)).all()
    await reader.get()
    assert len(reader.said) == 1


async def test_a_locked_database_is_said_and_the_words_stay(serve, open_reader):
    served = serve()
    reader = open_reader(served)
    await reader.get()
    with served.sessions() as session:
        session.connection().exec_driver_sql("ALTER TABLE inbox RENAME TO gone")
        session.commit()
    response = await reader.send("/say", {"say": "我想借三体"})
    assert response.status == 503 and "有点忙" in reader.status and 'value="我想借三体"' in reader.html
