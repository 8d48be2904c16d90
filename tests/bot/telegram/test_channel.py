"""The Telegram channel against the fake Bot API: what arrives is stored before it is confirmed, what goes out obeys."""

from __future__ import annotations

import asyncio
import contextlib
import socket
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session, sessionmaker
from structlog.testing import capture_logs

from bot.channels import Gone, Later
from bot.channels.telegram import Telegram
from bot.inbox import InboxRow
from bot.messages import Message
from bot.settings import WrongSetting
from catalog.database import Base, open_engine, open_sessions
from tests.fakes.bot_api import TOKEN, USERNAME, FakeBotApi, Fault
from tests.waiting import until

READER = 5
SHORT = Message("《活着》，余华。", "活着，余华。", ("《活着》", "《许三观卖血记》"), "ab12")


async def voice(form: str) -> bytes | None:
    assert form == "ogg"
    return b"OggS said aloud"


async def no_voice(form: str) -> bytes | None:
    return None


@contextlib.asynccontextmanager
async def running(api: FakeBotApi, sessions: sessionmaker[Session], **more: Any) -> AsyncIterator[Telegram]:
    channel = Telegram(sessions=sessions, wake=lambda: None, token=TOKEN, api=api.url, request_s=1, **more)
    task = asyncio.create_task(channel.run())
    try:
        yield channel
    finally:
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task


def stored(sessions: sessionmaker[Session]) -> list[InboxRow]:
    with sessions.begin() as session:
        return list(session.scalars(select(InboxRow).order_by(InboxRow.id)))


async def test_text_buttons_and_voice_are_stored_in_order(api: FakeBotApi, sessions: sessionmaker[Session]) -> None:
    api.known.add(READER)
    async with running(api, sessions) as channel:
        await channel.send("5", SHORT, no_voice)
        await api.say(READER, "你好")
        await api.press(READER, 2)
        await api.speak(READER, b"OggS note")
        await until(lambda: len(stored(sessions)) == 3 and stored(sessions)[2].sound)
        rows = stored(sessions)
        assert [row.body for row in rows[:2]] == [{"say": "你好"}, {"choose": 2, "offer": "ab12"}]
        assert (rows[2].sound, rows[2].needs) == (b"OggS note", "ears")
        await until(lambda: api.seen)
        await until(lambda: not api.updates)


async def test_nothing_is_confirmed_before_it_is_stored(api: FakeBotApi, tmp_path: Path) -> None:
    engine = open_engine(f"sqlite:///{tmp_path / 'later.db'}")
    sessions = open_sessions(engine)
    async with running(api, sessions):
        await api.say(READER, "一")
        await api.say(READER, "二")
        await until(lambda: api.calls["getUpdates"] >= 1)
        await asyncio.sleep(0.5)
        assert len(api.updates) == 2, "the inbox cannot be written, so Telegram must keep both"
        Base.metadata.create_all(engine, tables=[InboxRow.__table__])  # type: ignore[list-item]
        await until(lambda: len(stored(sessions)) == 2)
        await until(lambda: not api.updates)
    engine.dispose()


async def test_an_update_given_twice_is_stored_once(api: FakeBotApi, sessions: sessionmaker[Session]) -> None:
    number = await api.say(READER, "好")
    async with running(api, sessions):
        await until(lambda: len(stored(sessions)) == 1)
    await api.post(
        {"message": {"chat": {"id": READER, "type": "private"}, "from": {"id": 5}, "text": "好"}}, update_id=number
    )
    async with running(api, sessions):
        await api.say(READER, "二")
        await until(lambda: len(stored(sessions)) == 2)
    assert [row.body["say"] for row in stored(sessions)] == ["好", "二"]


async def test_a_poisonous_update_holds_up_nobody(api: FakeBotApi, sessions: sessionmaker[Session]) -> None:
    async with running(api, sessions):
        await api.post({"message": ["not", "a", "message"]})
        await api.post(
            {
                "message": {
                    "chat": {"id": {}},
                    "from": 7,
                    "text": {"a": 1},
                    "voice": {"file_id": "x", "file_size": "big"},
                }
            }
        )
        await api.say(READER, "你好")
        await until(lambda: stored(sessions) and stored(sessions)[-1].body == {"say": "你好"})
        await until(lambda: not api.updates)


async def test_numbers_that_start_anew_after_a_quiet_week(api: FakeBotApi, sessions: sessionmaker[Session]) -> None:
    api.known.add(READER)
    async with running(api, sessions):
        await api.say(READER, "一")
        await until(lambda: not api.updates)
    message = {"chat": {"id": READER, "type": "private"}, "from": {"id": READER}, "text": "二"}
    async with running(api, sessions):
        await api.post({"message": message}, update_id=12)
        await until(lambda: len(stored(sessions)) == 2)


async def test_a_group_is_heard_only_when_it_speaks_to_the_bot(
    api: FakeBotApi, sessions: sessionmaker[Session]
) -> None:
    async with running(api, sessions):
        await api.say(-9, "大家好", kind="supergroup", sender=READER)
        await api.say(-9, f"@{USERNAME} 我想借三体", kind="supergroup", sender=READER)
        await until(lambda: stored(sessions))
        assert [(row.talk, row.address) for row in stored(sessions)] == [("telegram:-9:5", "-9")]


async def test_a_second_poller_is_named_once_and_both_go_on(api: FakeBotApi, sessions: sessionmaker[Session]) -> None:
    api.faults["getUpdates"].append(Fault(409, "Conflict: terminated by other getUpdates request"))
    with capture_logs() as logs:
        async with running(api, sessions):
            await until(lambda: any(line["event"] == "telegram-conflict" for line in logs))
    assert [line["say"] for line in logs if line["event"] == "telegram-conflict"] == [
        "another program reads this bot's updates; stop one of the two"
    ]


@pytest.mark.parametrize(
    "fault", [Fault(502), Fault(500, "Internal Server Error"), Fault(429, "Too Many Requests", {"retry_after": 1})]
)
async def test_polling_outlives_the_servers_troubles(
    api: FakeBotApi, sessions: sessionmaker[Session], fault: Fault
) -> None:
    api.faults["getUpdates"].append(fault)
    await api.say(READER, "你好")
    async with running(api, sessions):
        await until(lambda: len(stored(sessions)) == 1)


async def test_a_wrong_token_is_one_sentence(sessions: sessionmaker[Session], api: FakeBotApi) -> None:
    with pytest.raises(WrongSetting, match="SHUSHENG_TELEGRAM_TOKEN"):
        Telegram(sessions=sessions, wake=lambda: None, token="nonsense")
    channel = Telegram(sessions=sessions, wake=lambda: None, token="1:" + "B" * 35, api=api.url)
    with capture_logs() as logs:
        task = asyncio.create_task(channel.run())
        await until(lambda: logs)
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task
    assert logs[0]["event"] == "telegram-token"


# --- recordings ---


async def test_recordings_are_fetched_after_a_restart(api: FakeBotApi, sessions: sessionmaker[Session]) -> None:
    api.faults["getFile"].extend([Fault(502)] * 50)
    async with running(api, sessions):
        await api.speak(READER, b"OggS note")
        await until(lambda: api.calls["getFile"] >= 1)
        assert stored(sessions)[0].needs == "sound"
    api.faults["getFile"].clear()
    async with running(api, sessions):
        await until(lambda: stored(sessions)[0].needs == "ears")


@pytest.mark.parametrize(("size", "sound"), [(30_000_000, b"OggS"), (None, b"O" * 21_000_000)])
async def test_a_recording_that_is_too_large_is_answered(
    api: FakeBotApi, sessions: sessionmaker[Session], size: int | None, sound: bytes
) -> None:
    async with running(api, sessions):
        await api.speak(READER, sound, size=size)
        await until(lambda: stored(sessions) and not stored(sessions)[0].needs)
        assert stored(sessions)[0].transcript == {"reason": "too_long"}


async def test_a_size_that_lies_is_found_out(api: FakeBotApi, sessions: sessionmaker[Session]) -> None:
    async with running(api, sessions):
        await api.speak(READER, b"O" * 21_000_000, size=1000)
        await until(lambda: stored(sessions) and not stored(sessions)[0].needs)
        assert stored(sessions)[0].transcript == {"reason": "too_long"}


# --- sending ---


async def test_a_message_goes_out_with_buttons_and_plain_text(api: FakeBotApi, sessions: sessionmaker[Session]) -> None:
    api.known.add(READER)
    async with running(api, sessions) as channel:
        receipt = await channel.send("5", Message("<b>*_《活着》_*</b>", "x", ("《活着》",), "ab"), no_voice)
        assert api.sent[0].text == "<b>*_《活着》_*</b>"
        assert api.sent[0].buttons == (("1. 《活着》", "ab:1"),)
        assert receipt.reference == str(api.sent[0].id)


async def test_said_aloud_is_one_message_with_the_same_text(api: FakeBotApi, sessions: sessionmaker[Session]) -> None:
    api.known.add(READER)
    aloud = Message(SHORT.shown, SHORT.spoken, SHORT.choices, SHORT.offer, aloud=True)
    async with running(api, sessions) as channel:
        await channel.send("5", aloud, voice)
        (sent,) = api.sent
        assert (sent.text, sent.voice, len(sent.buttons)) == (SHORT.shown, b"OggS said aloud", 2)
        await channel.send("5", aloud, no_voice)
        assert (api.sent[1].text, api.sent[1].voice) == (SHORT.shown, b"")
        await channel.send("5", Message("长。" * 800, "长。", aloud=True), voice)
        assert [(bool(one.text), bool(one.voice)) for one in api.sent[2:]] == [(True, False), (False, True)]


async def test_who_takes_no_voice_gets_the_text(api: FakeBotApi, sessions: sessionmaker[Session]) -> None:
    api.known.add(READER)
    api.faults["sendVoice"].append(Fault(400, "Bad Request: VOICE_MESSAGES_FORBIDDEN"))
    async with running(api, sessions) as channel:
        await channel.send("5", Message("好。", "好。", aloud=True), voice)
        assert [(one.text, one.voice) for one in api.sent] == [("好。", b"")]


async def test_long_texts_arrive_whole_with_buttons_last(api: FakeBotApi, sessions: sessionmaker[Session]) -> None:
    api.known.add(READER)
    text = "这是一句话。" * 1500
    async with running(api, sessions) as channel:
        await channel.send("5", Message(text, "x", ("一",), "o"), no_voice)
    assert "".join(one.text for one in api.sent) == text
    assert [bool(one.buttons) for one in api.sent] == [False, False, True]


async def test_asked_to_wait_in_the_middle_it_does_not_begin_again(
    api: FakeBotApi, sessions: sessionmaker[Session]
) -> None:
    api.known.add(READER)
    slow = FakeBotApi(each=1.0, burst=2)
    slow.known.add(READER)
    async with slow, running(slow, sessions) as channel:
        await channel.send("5", Message("这是一句话。" * 1500, "x"), no_voice)
    assert len(slow.sent) == 3 and slow.refused >= 1


async def test_buttons_that_are_refused_leave_the_numbered_lines(
    api: FakeBotApi, sessions: sessionmaker[Session]
) -> None:
    api.known.add(READER)
    api.faults["sendMessage"].append(Fault(400, "Bad Request: BUTTON_DATA_INVALID"))
    async with running(api, sessions) as channel:
        await channel.send("5", SHORT, no_voice)
    assert [(one.text, one.buttons) for one in api.sent] == [(SHORT.shown, ())]


@pytest.mark.parametrize(
    ("fault", "seconds"),
    [
        (Fault(429, "Too Many Requests: retry after 7", {"retry_after": 7}), 7),
        (Fault(502), 5),
        (Fault(500, "Internal Server Error"), 5),
        (Fault(409, "Conflict"), 5),
        (Fault(401, "Unauthorized"), 300),
    ],
)
async def test_trouble_means_later(
    api: FakeBotApi, sessions: sessionmaker[Session], fault: Fault, seconds: float
) -> None:
    api.known.add(READER)
    api.faults["sendMessage"].append(fault)
    async with running(api, sessions) as channel:
        with pytest.raises(Later) as later:
            await channel.send("5", SHORT, no_voice)
        assert later.value.seconds == seconds


async def test_who_has_left_is_gone(api: FakeBotApi, sessions: sessionmaker[Session]) -> None:
    api.known.add(READER)
    api.blocked.add(READER)
    async with running(api, sessions) as channel:
        for address in ("5", "6"):
            with pytest.raises(Gone):
                await channel.send(address, SHORT, no_voice)
        api.faults["sendMessage"].append(Fault(403, "Forbidden: user is deactivated"))
        with pytest.raises(Gone):
            await channel.send("5", SHORT, no_voice)


async def test_a_send_that_timed_out_is_not_a_failure(api: FakeBotApi, sessions: sessionmaker[Session]) -> None:
    api.known.add(READER)
    api.faults["sendMessage"].append(Fault(200, hang_s=2.0, after=True))
    async with running(api, sessions) as channel:
        receipt = await channel.send("5", SHORT, no_voice)
        assert receipt.reference == "timeout" and len(api.sent) == 1


async def test_a_server_that_is_away_means_later(sessions: sessionmaker[Session]) -> None:
    channel = Telegram(sessions=sessions, wake=lambda: None, token=TOKEN, api="http://127.0.0.1:9", request_s=1)
    with pytest.raises(Later):
        await channel.send("5", SHORT, no_voice)
    task = asyncio.create_task(channel.run())
    await asyncio.sleep(0)
    task.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await task


# --- webhook ---


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


async def test_a_webhook_call_is_answered_only_when_stored(api: FakeBotApi, tmp_path: Path) -> None:
    engine = open_engine(f"sqlite:///{tmp_path / 'hook.db'}")
    sessions = open_sessions(engine)
    port = free_port()
    address = f"http://127.0.0.1:{port}/telegram/hook"
    async with running(api, sessions, webhook=address, listen=("127.0.0.1", port)):
        await until(lambda: api.webhook)
        assert len(api.webhook["secret_token"]) >= 32
        await api.say(READER, "一")
        await api.say(READER, "二")
        await asyncio.sleep(0.5)
        assert len(api.updates) == 2, "nothing can be stored, so nothing may be confirmed"
        Base.metadata.create_all(engine, tables=[InboxRow.__table__])  # type: ignore[list-item]
        await until(lambda: not api.updates)
        assert [row.body["say"] for row in stored(sessions)] == ["一", "二"]
        async with aiohttp.ClientSession() as stranger:
            forged = {"update_id": 1, "message": {"chat": {"id": 1, "type": "private"}, "from": {"id": 1}, "text": "x"}}
            secret = {"X-Telegram-Bot-Api-Secret-Token": api.webhook["secret_token"]}
            for headers, body, status in (
                ({}, forged, 403),
                ({"X-Telegram-Bot-Api-Secret-Token": "guess"}, forged, 403),
                (secret, "no update", 200),
            ):
                async with stranger.post(address, json=body, headers=headers) as answer:
                    assert answer.status == status
            async with stranger.post(address, data=b"{", headers=secret) as answer:
                assert answer.status == 400
        assert len(stored(sessions)) == 2
    engine.dispose()
